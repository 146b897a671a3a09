package standin

import (
	"fmt"
	"net/http"
	"strings"
)

// put creates or updates. On an update annotations are merged, parameters replaced whole, limits merged per field, and exec kept when absent.
func (o *OpenWhisk) put(w http.ResponseWriter, r *http.Request, kind, key string, stored object) {
	change, err := readBody(w, r)
	if err != nil {
		o.refuse(w, http.StatusBadRequest, "The request content was malformed.")
		return
	}
	if stored != nil && r.URL.Query().Get("overwrite") != "true" {
		o.refuse(w, http.StatusConflict, "resource already exists")
		return
	}
	if stored == nil && kind == "actions" && fields(change, "exec") == nil {
		o.refuse(w, http.StatusBadRequest, "exec undefined")
		return
	}
	made := o.create(kind, key, stored)
	for name, value := range change {
		switch name {
		case "annotations":
			made["annotations"] = mergeList(made["annotations"], value)
		case "delAnnotations":
			made["annotations"] = without(made["annotations"], value)
		case "limits":
			made["limits"] = mergeDeep(fields(made, "limits"), fields(change, "limits"))
		case "namespace", "name", "version", "updated":
		default:
			if value != nil {
				made[name] = value
			}
		}
	}
	if exec := fields(made, "exec"); exec != nil {
		made["annotations"] = mergeList(made["annotations"], []any{object{"key": "exec", "value": exec["kind"]}})
	}
	o.objects[kind][key] = made
	answer(w, http.StatusOK, made)
}

func (o *OpenWhisk) create(kind, key string, stored object) object {
	var made object
	if stored != nil {
		made = clone(stored)
		made["version"] = nextVersion(text(stored, "version"))
	} else {
		slash := strings.LastIndex(key, "/")
		made = object{"namespace": key[:slash], "name": key[slash+1:], "version": "0.0.1", "publish": false, "annotations": []any{}, "parameters": []any{}}
		if kind == "actions" {
			made["limits"] = object{"timeout": 60000.0, "memory": 256.0, "logs": 10.0, "concurrency": 1.0}
			made["annotations"] = []any{object{"key": "provide-api-key", "value": false}}
		}
	}
	made["updated"] = float64(o.now().UnixMilli())
	return made
}

// nextVersion adds one to the patch number.
func nextVersion(version string) string {
	var major, minor, patch int
	if _, err := fmt.Sscanf(version, "%d.%d.%d", &major, &minor, &patch); err != nil {
		return "0.0.1"
	}
	return fmt.Sprintf("%d.%d.%d", major, minor, patch+1)
}

// mergeList merges lists of {key, value}.
func mergeList(into, from any) []any {
	merged, _ := into.([]any)
	merged = append([]any{}, merged...)
	added, _ := from.([]any)
	for _, entry := range added {
		pair, ok := entry.(object)
		if !ok {
			continue
		}
		replaced := false
		for n, old := range merged {
			if before, ok := old.(object); ok && before["key"] == pair["key"] {
				merged[n], replaced = pair, true
			}
		}
		if !replaced {
			merged = append(merged, pair)
		}
	}
	return merged
}

func without(from, keys any) []any {
	kept := []any{}
	entries, _ := from.([]any)
	names, _ := keys.([]any)
	for _, entry := range entries {
		gone := false
		for _, name := range names {
			if pair, ok := entry.(object); ok && pair["key"] == name {
				gone = true
			}
		}
		if !gone {
			kept = append(kept, entry)
		}
	}
	return kept
}

package compare

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/fn9s/fn9s/kube/plan"
)

// later are the sets of fields that others wrote than who applied the object: in them is what was changed besides. What the
// server filled in belongs to who wrote the object then.
func later(object map[string]any) []map[string]any {
	v, _ := plan.Lookup(object, "metadata.managedFields")
	entries, _ := v.([]any)
	var all []map[string]any
	for _, e := range entries {
		fields := asMap(asMap(e)["fieldsV1"])
		if sub, _ := asMap(e)["subresource"].(string); sub != "" || fields == nil {
			continue
		}
		if !has(asMap(asMap(fields["f:metadata"])["f:annotations"]), "f:"+lastApplied) {
			all = append(all, fields)
		}
	}
	return all
}

// member are the sets of what is under a key.
func member(sets []map[string]any, key string) []map[string]any {
	var all []map[string]any
	for _, s := range sets {
		if m, ok := s["f:"+key].(map[string]any); ok {
			all = append(all, m)
		}
	}
	return all
}

// element are the sets of what is in an element of a list, which is named there by its keys.
func element(sets []map[string]any, e any) []map[string]any {
	var all []map[string]any
	for _, s := range sets {
		for k, v := range s {
			text, ok := strings.CutPrefix(k, "k:")
			if !ok {
				continue
			}
			var keys map[string]any
			if json.Unmarshal([]byte(text), &keys) != nil || !bears(asMap(e), keys) {
				continue
			}
			if m, ok := v.(map[string]any); ok {
				all = append(all, m)
			}
		}
	}
	return all
}

func bears(e, keys map[string]any) bool {
	for k, v := range keys {
		if fmt.Sprint(e[k]) != fmt.Sprint(v) {
			return false
		}
	}
	return e != nil
}

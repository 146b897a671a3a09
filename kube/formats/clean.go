package formats

import (
	"maps"
	"slices"
	"strings"
)

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }

// served are fields of the metadata that the server sets.
var served = []string{
	"uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink", "deletionTimestamp",
	"deletionGracePeriodSeconds", "ownerReferences", "finalizers",
}

// cleaned is a copy of an object as it could be applied again: without what the server adds, and without values that
// look like credentials.
func (w *writing) cleaned(o object) object {
	out, _ := w.copied("", map[string]any(o), 0).(map[string]any)
	delete(out, "status")
	meta := object(out).at("metadata")
	for _, key := range served {
		delete(meta, key)
	}
	if notes := meta.at("annotations"); notes != nil {
		delete(notes, "kubectl.kubernetes.io/last-applied-configuration")
		if len(notes) == 0 {
			delete(meta, "annotations")
		}
	}
	return out
}

// namesOnly are fields that name Secrets and keys of theirs, and hold none.
var namesOnly = map[string]bool{
	"secretKeyRef": true, "secretRef": true, "secretName": true, "secrets": true, "secretMounts": true, "imagePullSecrets": true,
	"imagepullsecret": true, "valueFrom": true, "volumes": true, "volumeMounts": true, "apiVersion": true, "kind": true, "image": true,
	"serviceAccount": true, "serviceAccountName": true, "resources": true, "uid": true, "resourceVersion": true, "checksum": true,
}

// copied copies a value of JSON. Credentials in it are left out and noted.
func (w *writing) copied(name string, v any, depth int) any {
	if depth > maxDepth {
		return nil
	}
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		called, _ := v["name"].(string)
		for _, key := range sortedKeys(v) {
			if namesOnly[key] {
				out[key] = v[key]
				continue
			}
			as := key
			if key == "value" && called != "" {
				as = called
			}
			if text, ok := v[key].(string); ok && secret(as, text) {
				w.note("the value of " + quoted(as) + " looks like a credential: it is not in the file")
				continue
			}
			out[key] = w.copied(as, v[key], depth+1)
		}
		return out
	case []any:
		out := make([]any, 0, len(v))
		for _, item := range v {
			if text, ok := item.(string); ok && secret(name, text) {
				w.note("a value of " + quoted(name) + " looks like a credential: it is not in the file")
				continue
			}
			out = append(out, w.copied(name, item, depth+1))
		}
		return out
	case string:
		return strings.Clone(v)
	}
	return v
}

// Clean is an object as it could be applied again, without what the server adds. Values that look like credentials are
// not in it.
func Clean(live map[string]any) map[string]any { return (&writing{}).cleaned(live) }

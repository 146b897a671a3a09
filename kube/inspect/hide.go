package inspect

import (
	"maps"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/security/detect"
)

// maxHidden bounds how deep an object is looked through.
const maxHidden = 32

// references are fields that name Secrets, keys and mounts, and hold no value of them.
var references = map[string]bool{
	"secretKeyRef": true, "secretRef": true, "secretName": true, "secrets": true, "secretMounts": true, "imagePullSecrets": true,
	"imagepullsecret": true, "configMapKeyRef": true, "configMapRef": true, "configmaps": true, "valueFrom": true,
	"secretTargetRef": true, "authenticationRef": true, "imageCredentials": true, "serviceAccountToken": true,
	"secretStoreRef": true, "loadFromSecret": true, "dataFrom": true, "volumes": true, "volumeMounts": true, "resources": true,
	"nodeSelector": true, "tolerations": true, "apiVersion": true, "kind": true, "uid": true, "resourceVersion": true,
	"ownerReferences": true, "image": true, "imageID": true, "containerID": true,
}

// Hide puts a note in the place of every value that looks like a credential, and says why it does. It changes the object,
// which is JSON as it is decoded, and returns the values that it took out, so that a text of the same object can be
// freed of them too.
func Hide(object map[string]any) []string {
	h := &hider{}
	h.object(object, 0)
	return h.values
}

type hider struct{ values []string }

func (h *hider) object(o map[string]any, depth int) {
	if depth > maxHidden {
		return
	}
	named, _ := o["name"].(string)
	for _, k := range slices.Sorted(maps.Keys(o)) {
		if references[k] {
			continue
		}
		name := k
		if k == "value" && named != "" {
			name = named
		}
		o[k] = h.value(name, o[k], depth+1)
	}
}

func (h *hider) value(name string, v any, depth int) any {
	switch v := v.(type) {
	case map[string]any:
		h.object(v, depth)
	case []any:
		if depth > maxHidden {
			return v
		}
		before := ""
		for i, e := range v {
			s, isText := e.(string)
			if !isText {
				v[i] = h.value(name, e, depth+1)
				continue
			}
			v[i] = h.argument(name, before, s)
			before = s
		}
	case string:
		return h.text(name, v)
	}
	return v
}

// argument is one word of a command: what follows `--password`, or stands behind it after an equals sign, goes by that
// name.
func (h *hider) argument(name, before, s string) string {
	if flag, value, ok := strings.Cut(s, "="); ok && value != "" {
		if kind := detect.Value(strings.TrimLeft(flag, "-"), value, nil); kind != "" {
			return flag + "=" + h.take(value, kind)
		}
	}
	if strings.HasPrefix(before, "-") && !strings.Contains(before, "=") && !strings.HasPrefix(s, "-") {
		name = strings.TrimLeft(before, "-")
	}
	return h.text(name, s)
}

// text hides a value: the lines that give something away where it has several, else all of it.
func (h *hider) text(name, s string) string {
	if strings.Contains(s, "\n") {
		if out, ok := h.lines(s); ok {
			return out
		}
	}
	if kind := detect.Value(name, s, nil); kind != "" {
		return h.take(s, kind)
	}
	return s
}

func (h *hider) lines(s string) (string, bool) {
	if strings.Contains(s, "-----BEGIN ") { // what follows belongs to it
		return "", false
	}
	hits := append(detect.Text(s), detect.Config(s)...)
	if len(hits) == 0 {
		return "", false
	}
	lines := strings.Split(s, "\n")
	for _, hit := range hits {
		line := lines[hit.Line-1]
		if bare := strings.TrimLeft(line, " \t"); !strings.HasPrefix(bare, note) {
			lines[hit.Line-1] = line[:len(line)-len(bare)] + h.take(bare, hit.Kind)
		}
	}
	return strings.Join(lines, "\n"), true
}

// note begins what stands where a value was.
const note = "<hidden: looks like a credential"

func (h *hider) take(value, kind string) string {
	h.values = append(h.values, value)
	return note + " (" + kind + ")>"
}

// HideIn takes values out of a text of an object. It reports whether nothing of them can be left: values that are too
// short to be told from other words cannot be taken out of a text.
func HideIn(text string, values []string) (string, bool) {
	slices.SortFunc(values, func(a, b string) int { return len(b) - len(a) })
	for _, v := range values {
		if len(v) < shortest || strings.Contains(v, "\n") || !strings.Contains(text, v) {
			return "", false
		}
		text = strings.ReplaceAll(text, v, plain)
	}
	return text, true
}

// plain stands in a text as it was written, where nothing may need quotes.
const plain = "<hidden-credential>"

// shortest is the length from which on a value is told from other words.
const shortest = 6

// Hides reports whether something of a value was hidden.
func Hides(v any) bool {
	switch v := v.(type) {
	case string:
		return strings.Contains(v, note) || strings.Contains(v, plain)
	case []any:
		return slices.ContainsFunc(v, Hides)
	case map[string]any:
		for _, e := range v {
			if Hides(e) {
				return true
			}
		}
	}
	return false
}

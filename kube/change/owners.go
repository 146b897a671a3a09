package change

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/kube/client"
)

// appliers are managers that write with updates, and write the same again: tools of delivery.
var appliers = []string{"kubectl-client-side-apply", "helm", "Helm", "pulumi", "terraform", "Terraform", "kapp", "flux-client-side-apply"}

// owners reads who else owns the paths that are touched.
func owners(o object, touches []touch) []Owner {
	meta, _ := child(o, "metadata")
	entries, _ := child(meta, "managedFields")
	list, _ := entries.([]any)
	var all []Owner
	for _, e := range list {
		entry, _ := e.(map[string]any)
		manager := text(entry, "manager")
		if manager == client.FieldManager || text(entry, "subresource") != "" {
			continue
		}
		fields, _ := child(entry, "fieldsV1")
		var paths []string
		for i := range touches {
			if owns(fields, o, touches[i].path) {
				paths = append(paths, touches[i].path.String())
			}
		}
		if len(paths) > 0 {
			all = addOwner(all, Owner{Manager: manager, Paths: paths, Applies: applies(entry)})
		}
	}
	return all
}

func addOwner(all []Owner, o Owner) []Owner {
	for i := range all {
		if all[i].Manager == o.Manager {
			all[i].Applies = all[i].Applies || o.Applies
			for _, p := range o.Paths {
				if !slices.Contains(all[i].Paths, p) {
					all[i].Paths = append(all[i].Paths, p)
				}
			}
			return all
		}
	}
	return append(all, o)
}

// applies reports whether a manager holds on to its fields.
func applies(entry object) bool {
	manager := text(entry, "manager")
	return text(entry, "operation") == "Apply" || slices.Contains(appliers, manager) || strings.HasPrefix(manager, "argocd") ||
		strings.HasSuffix(manager, "-controller") || strings.HasSuffix(manager, "-operator")
}

// owns follows a path through the field set of a manager. It ends at a leaf of the set: what is below belongs to it too.
func owns(fields any, o object, path fieldPath) bool {
	var value any = o
	for _, part := range path {
		set, ok := fields.(map[string]any)
		if !ok {
			return false
		}
		if len(set) == 0 {
			return true
		}
		if len(part.pick) == 0 {
			if fields, ok = set["f:"+part.key]; !ok {
				return false
			}
			value, _ = child(value, part.key)
			continue
		}
		list, _ := value.([]any)
		at, err := pick(list, part)
		if at < 0 || err != nil {
			return false
		}
		if fields, ok = ofElement(set, list[at], at); !ok {
			return false
		}
		value = list[at]
	}
	return true
}

// ofElement finds what a set holds of an element of a list: by its keys, or by its place.
func ofElement(set map[string]any, element any, at int) (any, bool) {
	if got, ok := set["i:"+strconv.Itoa(at)]; ok {
		return got, true
	}
	for key, got := range set {
		raw, ok := strings.CutPrefix(key, "k:")
		if !ok {
			continue
		}
		var keys map[string]any
		if json.Unmarshal([]byte(raw), &keys) != nil {
			continue
		}
		all := len(keys) > 0
		for k, want := range keys {
			have, ok := child(element, k)
			all = all && ok && equal(have, want)
		}
		if all {
			return got, true
		}
	}
	return nil, false
}

// marks are labels and annotations by which tools of delivery know their objects.
var marks = []struct{ key, value, tool, name string }{
	{"argocd.argoproj.io/tracking-id", "", "Argo CD", ""},
	{"argocd.argoproj.io/instance", "", "Argo CD", "argocd.argoproj.io/instance"},
	{"kustomize.toolkit.fluxcd.io/name", "", "Flux", "kustomize.toolkit.fluxcd.io/name"},
	{"helm.toolkit.fluxcd.io/name", "", "Flux", "helm.toolkit.fluxcd.io/name"},
	{"app.kubernetes.io/managed-by", "Helm", "Helm", "meta.helm.sh/release-name"},
	{"meta.helm.sh/release-name", "", "Helm", "meta.helm.sh/release-name"},
}

// managed says what keeps an object as it is, one line each.
func managed(o object) []string {
	notes := map[string]string{}
	meta, _ := child(o, "metadata")
	for _, part := range []string{"labels", "annotations"} {
		m, _ := child(meta, part)
		texts, _ := m.(map[string]any)
		for k, v := range texts {
			if s, ok := v.(string); ok {
				notes[k] = s
			}
		}
	}
	var all []string
	seen := map[string]bool{}
	for _, m := range marks {
		v, ok := notes[m.key]
		if !ok || m.value != "" && v != m.value || seen[m.tool] {
			continue
		}
		seen[m.tool] = true
		line := "managed by " + m.tool
		if name := notes[m.name]; name != "" {
			line += " (" + name + ")"
		}
		all = append(all, line+": its next sync may set the change back; change the source, or use --export")
	}
	refs, _ := child(meta, "ownerReferences")
	list, _ := refs.([]any)
	for _, r := range list {
		ref, _ := r.(map[string]any)
		if is, _ := ref["controller"].(bool); is {
			all = append(all, "owned by "+cmp.Or(text(ref, "kind"), "an object")+" "+text(ref, "name")+", whose controller may set the change back")
		}
	}
	return all
}

package change

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/fn9s/fn9s/kube/plan"
)

// File is one file of an export.
type File struct {
	Name string
	Data []byte
}

// Export writes the plan for teams whose truth is in git: one file for an object, and a kustomization. With patches it is
// a component, to be named under `components` beside the resources that it changes. What cannot be written without a
// secret value is left out and named.
func (p *Plan) Export() (files []File, left []string, err error) {
	k := map[string]any{"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
	var resources, patches []any
	used := map[string]bool{}
	for _, s := range p.Steps {
		if why := s.unwritable(p.veil); why != "" {
			left = append(left, s.Ref.String()+": "+why)
			continue
		}
		name := fileName(s, used)
		raw, err := s.exported()
		if err != nil {
			return nil, nil, fmt.Errorf("export %s: %w", s.Ref, err)
		}
		files = append(files, File{name, raw})
		if s.Verb == plan.Create {
			resources = append(resources, name)
			continue
		}
		target := map[string]any{"group": s.API.Group, "version": s.API.Version, "kind": s.Ref.Kind, "name": s.Ref.Name, "namespace": s.Ref.Namespace}
		for _, key := range []string{"group", "namespace"} {
			if target[key] == "" {
				delete(target, key)
			}
		}
		patches = append(patches, map[string]any{"path": name, "target": target})
	}
	if len(resources) > 0 {
		k["resources"] = resources
	}
	if len(patches) > 0 {
		k["patches"], k["apiVersion"], k["kind"] = patches, "kustomize.config.k8s.io/v1alpha1", "Component"
	}
	raw, err := yaml.Marshal(k)
	if err != nil {
		return nil, nil, fmt.Errorf("export: %w", err)
	}
	return append(files, File{"kustomization.yaml", raw}), left, nil
}

// unwritable says why the step cannot be in a file.
func (s *Step) unwritable(v *veil) string {
	switch {
	case s.Remote != "":
		return "it is an object of " + s.Remote + ", not of Kubernetes"
	case s.live == nil && s.Verb != plan.Create:
		return cmp.Or(s.Blocked, "it could not be read")
	case len(s.Needs) > 0:
		return "it needs a secret value, which is not written to a file"
	}
	for i := range s.touches {
		if t := &s.touches[i]; t.hasNow && v.secret(s.Ref.Kind, t.path, t.now) && s.Verb != plan.Delete {
			return "it holds a secret value at " + t.path.String() + ", which is not written to a file"
		}
	}
	return ""
}

func (s *Step) exported() ([]byte, error) {
	switch s.Verb {
	case plan.Create:
		return yaml.Marshal(s.made)
	case plan.Delete:
		o := s.object()
		meta := map[string]any{"name": o.Name}
		if o.Namespace != "" {
			meta["namespace"] = o.Namespace
		}
		return yaml.Marshal(map[string]any{"$patch": "delete", "apiVersion": o.APIVersion, "kind": o.Kind, "metadata": meta})
	}
	var ops []map[string]any
	for _, op := range s.Ops {
		// In git there is no uid and no old value of the cluster; where elements of lists are must still be right.
		guard := op.Op == "test" && op.Value != nil && slices.ContainsFunc(s.touches, func(t touch) bool { return t.guards(op) })
		if op.Op == "test" && !guard {
			continue
		}
		out := map[string]any{"op": op.Op, "path": op.Path}
		if op.Op != "remove" {
			out["value"] = op.Value
		}
		ops = append(ops, out)
	}
	return yaml.Marshal(ops)
}

// guards reports whether an operation tests the place of an element that the path leads through.
func (t *touch) guards(op Op) bool {
	for _, part := range t.path {
		for _, p := range part.pick {
			if strings.HasSuffix(op.Path, pointer("", p.key)) && equal(op.Value, p.value) {
				return true
			}
		}
	}
	return false
}

// fileName makes a name that no file system minds.
func fileName(s *Step, used map[string]bool) string {
	clean := func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '.' {
			return r
		}
		return '-'
	}
	parts := []string{string(s.Verb), s.Ref.Kind, s.Ref.Namespace, s.Ref.Name}
	parts = slices.DeleteFunc(parts, func(p string) bool { return p == "" })
	base := strings.Map(clean, strings.ToLower(strings.Join(parts, "-")))
	if len(base) > 200 {
		base = base[:200]
	}
	name := base + ".yaml"
	for i := 2; used[name]; i++ {
		name = fmt.Sprintf("%s-%d.yaml", base, i)
	}
	used[name] = true
	return name
}

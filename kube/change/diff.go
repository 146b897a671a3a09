package change

import (
	"fmt"
	"strings"

	"github.com/aymanbagabas/go-udiff"
	"sigs.k8s.io/yaml"

	"github.com/fn9s/fn9s/kube/plan"
)

// Sides are an object before and after a step, as YAML without noise and without secret values: for a comparison side by
// side.
type Sides struct{ Before, After string }

// Sides returns both sides. What is not there is empty.
func (p *Plan) Sides(s *Step) (Sides, error) {
	var out Sides
	var err error
	if s.live != nil && s.Verb != plan.Create {
		if out.Before, err = p.shown(s, s.live, nil); err != nil {
			return out, err
		}
	}
	if s.desired != nil && s.Verb != plan.Delete {
		out.After, err = p.shown(s, s.desired, s.live)
	}
	return out, err
}

// Diff returns the step as a unified diff; empty when nothing of it is known.
func (p *Plan) Diff(s *Step) (string, error) {
	sides, err := p.Sides(s)
	if err != nil {
		return "", err
	}
	name := strings.ToLower(s.Ref.Kind) + "/" + s.Ref.Name
	if s.Ref.Namespace != "" {
		name = s.Ref.Namespace + "/" + name
	}
	return udiff.Unified("live/"+name, "planned/"+name, sides.Before, sides.After), nil
}

// shown prints an object for people.
func (p *Plan) shown(s *Step, o, other object) (string, error) {
	o = withoutNoise(o)
	if other != nil {
		other = withoutNoise(other)
	}
	for i := range s.touches {
		if t := &s.touches[i]; t.secret {
			veiled(o, other, t.path)
		}
	}
	out, err := yaml.Marshal(p.veil.masked(o, other))
	if err != nil {
		return "", fmt.Errorf("print %s: %w", s.Ref, err)
	}
	return string(out), nil
}

// veiled puts stand-ins where values are that the plan knows to be secret. Names stay: they say what is meant.
func veiled(o, other object, path fieldPath) {
	e := editor{object: o, tested: map[string]bool{}}
	w, err := e.walk(path)
	if err != nil || w.missing >= 0 {
		return
	}
	old, ok := lookup(other, path)
	now := Hidden
	if other != nil && (!ok || !equal(old, w.found)) {
		now = strings.TrimSuffix(Hidden, ")") + ", different)"
	}
	w.put(covered(w.found, now))
}

func covered(v any, with string) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			if _, ok := e.(string); !ok || k != "name" && k != "key" {
				v[k] = covered(e, with)
			}
		}
		return v
	case []any:
		for i, e := range v {
			v[i] = covered(e, with)
		}
		return v
	}
	return with
}

// noise is what the server keeps for itself.
var noise = []string{"managedFields", "resourceVersion", "uid", "generation", "creationTimestamp", "selfLink"}

func withoutNoise(o object) object {
	o = cloneObject(o)
	delete(o, "status")
	meta, _ := o["metadata"].(map[string]any)
	for _, k := range noise {
		delete(meta, k)
	}
	if notes, ok := meta["annotations"].(map[string]any); ok {
		if delete(notes, lastApplied); len(notes) == 0 {
			delete(meta, "annotations")
		}
	}
	return o
}

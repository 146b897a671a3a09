package change

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// group is all that is wished for one object.
type group struct {
	verb       plan.Verb
	ref        model.Ref
	apiVersion string
	uid        types.UID // that it must have; empty: any
	fields     []plan.Field
	reverts    []touch // of an undo, newest first
	made       object  // of a create
	needs      []plan.Need
	functions  []model.FunctionID
	why, asks  []string
	units      []string
	effect     plan.Effect
	hidden     []string // paths of a new object whose values are secret
	along      bool     // what another step does may do this one too: that it is done already is no conflict
	release    bool     // of a delete: finalizers are taken away
	part       string   // of a patch: what of the object is written, see plan.Edit
	lasting    string   // why it cannot be undone
	anew       bool     // of a create: the object was there before
}

// grouped puts wishes for one object together, in the order of the first of each, as far as others need not come before.
func grouped(wishes []Wish) ([]*group, error) {
	var all []*group
	byRef := map[model.Ref]*group{}
	for i := range wishes {
		w := &wishes[i]
		if w.Object.Kind == "" || w.Object.Name == "" {
			return nil, fmt.Errorf("a change of %q names no object", w.Object)
		}
		g := byRef[w.Object]
		if g == nil {
			g = &group{verb: w.Verb, ref: w.Object, apiVersion: w.APIVersion, part: w.Part}
			byRef[w.Object] = g
			all = append(all, g)
		}
		if err := g.add(w); err != nil {
			return nil, fmt.Errorf("%s: %w", w.Object, err)
		}
	}
	return inOrder(wishes, all, byRef), nil
}

func (g *group) add(w *Wish) error {
	if w.APIVersion != "" && g.apiVersion != "" && w.APIVersion != g.apiVersion {
		return fmt.Errorf("it is wished for as %s and as %s", g.apiVersion, w.APIVersion)
	}
	g.apiVersion = cmp.Or(g.apiVersion, w.APIVersion)
	g.lasting = cmp.Or(g.lasting, w.Lasting)
	switch {
	case g.part != w.Part:
		return fmt.Errorf("one wish is about %q of it, another about %q", g.part, w.Part)
	case g.verb == plan.Create && w.Verb == plan.Patch:
		return g.merge(w.Fields) // the object does not exist yet: it is made with the fields
	case g.verb != w.Verb:
		return fmt.Errorf("one wish is to %s it, another to %s it", g.verb, w.Verb)
	case w.Verb == plan.Create && g.made != nil:
		made, err := normal(w.New)
		if err != nil {
			return err
		}
		if !equal(g.made, made) {
			return fmt.Errorf("two wishes make it differently")
		}
	case w.Verb == plan.Create:
		made, err := normal(w.New)
		if err != nil {
			return err
		}
		var ok bool
		if g.made, ok = made.(map[string]any); !ok {
			return fmt.Errorf("there is nothing to create")
		}
		if err := g.name(); err != nil {
			return err
		}
	case w.Verb == plan.Patch || w.Verb == plan.Delete:
		g.fields = append(g.fields, w.Fields...)
	}
	g.along, g.release = g.along || w.Along, g.release || w.Release
	g.needs = append(g.needs, w.Needs...)
	for _, id := range w.Functions {
		if !slices.Contains(g.functions, id) {
			g.functions = append(g.functions, id)
		}
	}
	g.why, g.asks, g.units = once(g.why, w.Why), once(g.asks, w.Asks), once(g.units, w.Unit)
	if stronger(w.Effect, g.effect) {
		g.effect = w.Effect
	}
	return nil
}

// name sees to it that the new object is the one that the wish names.
func (g *group) name() error {
	meta, _ := g.made["metadata"].(map[string]any)
	if meta == nil {
		meta = map[string]any{}
		g.made["metadata"] = meta
	}
	meta["name"] = g.ref.Name
	if delete(meta, "namespace"); g.ref.Namespace != "" {
		meta["namespace"] = g.ref.Namespace
	}
	g.apiVersion = cmp.Or(g.apiVersion, text(g.made, "apiVersion"))
	if g.apiVersion == "" {
		return fmt.Errorf("the new object has no apiVersion")
	}
	g.made["apiVersion"], g.made["kind"] = g.apiVersion, g.ref.Kind
	return nil
}

func (g *group) merge(fields []plan.Field) error {
	e := newEditor(g.made)
	for i := range fields {
		if err := e.set(&fields[i]); err != nil {
			return err
		}
	}
	g.made = e.object
	return nil
}

func once(all []string, s string) []string {
	if s == "" || slices.Contains(all, s) {
		return all
	}
	return append(all, s)
}

// stronger orders effects by how much the running function notices.
func stronger(a, b plan.Effect) bool {
	order := []plan.Effect{"", plan.AtOnce, plan.NextCall, plan.Restart, plan.Rollout}
	return slices.Index(order, a) > slices.Index(order, b)
}

// placeholder stands for a value that is only known when the plan is carried out.
const placeholder = "fn9s-value-to-be-made"

// standIn is the placeholder for a value; the server reads the ones with which images are pulled, and takes JSON only.
func standIn(path string) []byte {
	if strings.Contains(path, ".dockerc") {
		return []byte(`{"fn9s":"` + placeholder + `"}`)
	}
	return []byte(placeholder)
}

// aboutStandIns leaves out what the server warns of because a placeholder is no certificate.
func (s *Step) aboutStandIns(warnings []string) []string {
	if len(s.Needs) == 0 || s.Ref.Kind != "Secret" {
		return warnings
	}
	return slices.DeleteFunc(slices.Clone(warnings), func(w string) bool { return strings.HasPrefix(w, "tls: ") })
}

// filled returns the fields and the new object with the values that were needed. Without values they are placeholders.
func (g *group) filled(values map[string][]byte) ([]plan.Field, object, error) {
	fields, made := slices.Clone(g.fields), cloneObject(g.made)
	for _, n := range g.needs {
		value, ok := values[n.Path]
		if !ok {
			value = standIn(n.Path)
		}
		path, err := parsePath(n.Path)
		if err != nil {
			return nil, nil, err
		}
		var v any = string(value)
		if g.ref.Kind == "Secret" && path[0].key == "data" {
			v = base64.StdEncoding.EncodeToString(value)
		}
		if n.JSON {
			text, err := json.Marshal(string(value))
			if err != nil {
				return nil, nil, fmt.Errorf("the value for %s: %w", n.Path, err)
			}
			v = string(text)
		}
		f := plan.Field{Path: n.Path, Value: v, Secret: true}
		if g.verb == plan.Patch {
			fields = append(fields, f)
			continue
		}
		e := newEditor(made)
		if err := e.set(&f); err != nil {
			return nil, nil, err
		}
		made = e.object
	}
	return fields, made, nil
}

// edit makes what the group wishes of a live object.
func (g *group) edit(live object, values map[string][]byte) (*editor, error) {
	fields, _, err := g.filled(values)
	if err != nil {
		return nil, err
	}
	e := newEditor(live)
	for i := range fields {
		if err := e.set(&fields[i]); err != nil {
			return nil, err
		}
	}
	for i := range g.reverts {
		if err := e.revert(&g.reverts[i]); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// secretPaths are the paths whose values are secret whatever they look like.
func (g *group) secretPaths() map[string]bool {
	all := map[string]bool{}
	add := func(text string) {
		if p, err := parsePath(text); err == nil {
			all[p.String()] = true
		}
	}
	for i := range g.fields {
		if g.fields[i].Secret {
			add(g.fields[i].Path)
		}
	}
	for _, n := range g.needs {
		add(n.Path)
	}
	for _, p := range g.hidden {
		add(p)
	}
	for i := range g.reverts {
		if g.reverts[i].secret {
			add(g.reverts[i].path.String())
		}
	}
	return all
}

package deploy

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// MakeObjects makes functions that come as whole objects, and what comes with them. The first result is of the objects that
// are of no function alone; it has no name.
func (m *Maker) MakeObjects(ctx context.Context, s *Setting, objects []map[string]any, o Options) ([]*Result, error) {
	base, err := m.world(s, nil)
	if err != nil {
		return nil, err
	}
	rest := newDraft(&plan.DeployRequest{})
	rest.applies = true
	for _, x := range objects {
		n, err := normal(x)
		ref := refOf(n)
		if err != nil || ref.Kind == "" || ref.Name == "" {
			rest.problem("filename", fmt.Sprintf("an object has no apiVersion, kind or name: %s", ref))
			continue
		}
		rest.put(ref, n)
		rest.edits[ref] = &plan.Edit{Why: "as the file says"}
	}
	if rest.wrong() {
		return []*Result{rest.Result}, nil
	}
	w, err := m.world(s, []*draft{rest})
	if err != nil {
		return nil, err
	}
	all := []*draft{rest}
	for _, f := range w.Functions("") {
		if _, mine := rest.objects[f.Object]; !mine || f.Opaque {
			continue
		}
		d := newDraft(&plan.DeployRequest{Framework: f.Key.Framework, Namespace: f.Key.Namespace, Name: f.Key.Name, ServiceAccount: asked(f)})
		d.Declares, d.applies = f.Object, true
		d.put(f.Object, rest.objects[f.Object])
		d.edits[f.Object] = rest.edits[f.Object]
		rest.drop(f.Object)
		all = append(all, d)
	}
	return m.finish(ctx, s, plan.Surroundings{Objects: base, Served: s.Served}, all, o)
}

// asked is the account that an object asks for by its name.
func asked(f *model.Function) string {
	if f.ServiceAccount == "default" {
		return ""
	}
	return f.ServiceAccount
}

func (d *draft) drop(ref model.Ref) {
	delete(d.objects, ref)
	d.order = slices.DeleteFunc(d.order, func(o model.Ref) bool { return o == ref })
}

// Copy is what is copied of a function that runs.
type Copy struct {
	From            *model.Function
	Namespace, Name string
	// Image takes the place of that of the function, where it is not empty.
	Image string
	// Secrets has the Secrets that it needs copied, where they are not there.
	Secrets bool
}

// Clone makes another function like one that runs. Live are the objects that declare it and were made for it alone; values
// are the Secrets that are to be copied, whole. What it needs and the new namespace has not is named in the Notes.
func (m *Maker) Clone(ctx context.Context, s *Setting, c *Copy, live, values []map[string]any, o Options) (*Result, error) {
	base, err := m.world(s, nil)
	if err != nil {
		return nil, err
	}
	d := newDraft(&plan.DeployRequest{Framework: c.From.Key.Framework, Namespace: c.Namespace, Name: c.Name})
	d.copied = true
	if why := Check(d.Request, &plan.Offer{}); len(why) > 0 {
		d.Problems = why
		return d.Result, nil
	}
	d.around(s, plan.Surroundings{Objects: base, Served: s.Served})
	for _, x := range live {
		n, err := normal(x)
		if err != nil {
			return nil, fmt.Errorf("copy %s: %w", c.From.Key, err)
		}
		from := refOf(n)
		n = c.moved(stripped(n), from == c.From.Object)
		ref := refOf(n)
		d.put(ref, n)
		d.edits[ref] = &plan.Edit{Why: "copy of " + from.String()}
		if from == c.From.Object {
			d.Declares = ref
		}
	}
	if d.Declares.Name == "" {
		d.problem("copy-of", fmt.Sprintf("%s is declared by no object that could be copied", c.From.Key.Name))
	}
	d.needs(c, base, values)
	around := plan.Surroundings{Objects: base, Served: s.Served}
	results, err := m.finish(ctx, s, around, []*draft{d}, o)
	if err != nil {
		return nil, err
	}
	return results[0], nil
}

// moved gives an object the new names, wherever the old one stands by itself.
func (c *Copy) moved(o object, declares bool) object {
	old, ns := c.From.Key.Name, c.From.Key.Namespace
	o, _ = renamed(o, old, c.Name).(object)
	meta := below(o, "metadata")
	if meta["namespace"] = c.Namespace; declares {
		meta["name"] = c.Name
	}
	for _, k := range []string{"ownerReferences", "finalizers", "generateName"} {
		delete(meta, k)
	}
	spec, _ := o["spec"].(object)
	for _, k := range []string{"clusterIP", "clusterIPs", "healthCheckNodePort"} {
		delete(spec, k)
	}
	if ports, ok := spec["ports"].([]any); ok && text(o, "kind") == "Service" {
		for _, p := range ports {
			if m, ok := p.(object); ok {
				delete(m, "nodePort")
			}
		}
	}
	if notes, ok := meta["annotations"].(object); ok {
		maps.DeleteFunc(notes, func(k string, _ any) bool { return machineMade(k) })
	}
	if ns != c.Namespace {
		replaceNamespace(o, ns, c.Namespace)
	}
	if c.Image != "" && declares && c.From.Image != "" {
		o, _ = replacedImage(o, c.From.Image, c.Image).(object)
	}
	return o
}

// machineMade reports whether an annotation is written by a server or a tool, and says something about one object only.
func machineMade(key string) bool {
	return slices.Contains([]string{
		"deployment.kubernetes.io/revision", "serving.knative.dev/creator", "serving.knative.dev/lastModifier", "kubectl.kubernetes.io/restartedAt",
		"client.knative.dev/updateTimestamp", "fn9s.io/restarted-at",
	}, key)
}

// renamed replaces texts that are the old name.
func renamed(v any, old, name string) any {
	switch v := v.(type) {
	case object:
		for k, e := range v {
			v[k] = renamed(e, old, name)
		}
	case []any:
		for i, e := range v {
			v[i] = renamed(e, old, name)
		}
	case string:
		if v == old {
			return name
		}
	}
	return v
}

// replaceNamespace changes fields that are called namespace and hold the old one.
func replaceNamespace(v any, old, name string) {
	switch v := v.(type) {
	case object:
		for k, e := range v {
			if k == "namespace" && e == old {
				v[k] = name
				continue
			}
			replaceNamespace(e, old, name)
		}
	case []any:
		for _, e := range v {
			replaceNamespace(e, old, name)
		}
	}
}

// replacedImage changes fields that hold the old image.
func replacedImage(v any, old, image string) any {
	switch v := v.(type) {
	case object:
		for k, e := range v {
			if k == "image" && e == old {
				v[k] = image
				continue
			}
			v[k] = replacedImage(e, old, image)
		}
	case []any:
		for i, e := range v {
			v[i] = replacedImage(e, old, image)
		}
	}
	return v
}

// needs says what the copy refers to, and copies Secrets where that is asked for.
func (d *draft) needs(c *Copy, w plan.Objects, values []map[string]any) {
	seen := map[model.Ref]bool{}
	for _, r := range c.From.References {
		to := model.Ref{Kind: r.Kind, Namespace: c.Namespace, Name: r.Name}
		if r.Kind != "Secret" && r.Kind != "ConfigMap" || seen[to] || w.Get(to) != nil {
			continue
		}
		seen[to] = true
		i := slices.IndexFunc(values, func(o map[string]any) bool { return text(o, "kind") == r.Kind && text(o, "metadata", "name") == r.Name })
		if i < 0 || !c.Secrets {
			d.Notes = append(d.Notes, fmt.Sprintf("it needs %s %s, which is not in %s", r.Kind, r.Name, c.Namespace))
			continue
		}
		d.copyValue(to, values[i])
	}
}

// copyValue makes a Secret with the values of another one. They are given when the plan is carried out, and stand in no plan.
func (d *draft) copyValue(to model.Ref, from map[string]any) {
	made := object{"apiVersion": "v1", "kind": to.Kind, "metadata": object{"name": to.Name, "namespace": to.Namespace}}
	if t := text(from, "type"); t != "" {
		made["type"] = t
	}
	d.put(to, made)
	d.made = append(d.made, to)
	data, _ := from["data"].(object)
	if to.Kind != "Secret" {
		made["data"] = clone(data)
		return
	}
	for _, key := range slices.Sorted(maps.Keys(data)) {
		if value, ok := decoded(data[key]); ok {
			path := plan.Keyed("data", key)
			d.values[need{to, path}] = value
			d.moved[to] = append(d.moved[to], plan.Need{Path: path})
		}
	}
}

package deploy

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	utiljson "k8s.io/apimachinery/pkg/util/json"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// object is an object of Kubernetes as JSON: strings, bools, int64, float64, nil, []any and map[string]any.
type object = map[string]any

// draft is a function on its way from what its framework's tool makes to what is sent.
type draft struct {
	*Result
	objects map[model.Ref]object // of the function, as they will be
	order   []model.Ref
	made    []model.Ref // of objects, those that are made for its security
	live    map[model.Ref]object
	edits   map[model.Ref]*plan.Edit // that the objects come from
	others  []plan.Edit              // that make nothing new
	tried   map[string]bool          // intents whose refusal was told
	moved   map[model.Ref][]plan.Need
	key     model.FunctionKey
	applies bool // what is there already and different is changed, as a file says
	copied  bool // it is like a function that is there: an account of its own is made all the same
	// foreseen is what controllers would make of the objects.
	foreseen []object
	untold   bool // no connector could tell of it: it is not judged
}

func newDraft(r *plan.DeployRequest) *draft {
	return &draft{
		Result:  &Result{Request: r, values: map[need][]byte{}},
		objects: map[model.Ref]object{}, live: map[model.Ref]object{}, edits: map[model.Ref]*plan.Edit{}, tried: map[string]bool{},
		moved: map[model.Ref][]plan.Need{},
	}
}

func (d *draft) problem(field, text string) {
	d.Problems = append(d.Problems, plan.Problem{Field: field, Text: text})
}

// wrong reports whether nothing can be made of it.
func (d *draft) wrong() bool { return len(d.Problems) > 0 }

// take takes over what the framework's tool would make.
func (d *draft) take(edits []plan.Edit) {
	for i := range edits {
		e := &edits[i]
		if e.Verb != plan.Create {
			d.others = append(d.others, *e)
			continue
		}
		o, err := normal(e.New)
		if err != nil || len(o) == 0 {
			d.problem("name", fmt.Sprintf("%s cannot be written as JSON", e.Object))
			return
		}
		if err := named(o, e); err != nil {
			d.problem("name", err.Error())
			return
		}
		d.put(e.Object, o)
		d.edits[e.Object] = e
	}
}

// named sees to it that the object is the one that the edit names.
func named(o object, e *plan.Edit) error {
	if e.APIVersion != "" {
		o["apiVersion"] = e.APIVersion
	}
	o["kind"] = e.Object.Kind
	meta := below(o, "metadata")
	if meta["name"] = e.Object.Name; e.Object.Namespace != "" {
		meta["namespace"] = e.Object.Namespace
	}
	if ref := refOf(o); ref != e.Object {
		return fmt.Errorf("%s is made as %s", e.Object, ref)
	}
	return nil
}

func (d *draft) put(ref model.Ref, o object) {
	if _, ok := d.objects[ref]; !ok {
		d.order = append(d.order, ref)
	}
	d.objects[ref] = o
}

// look reads what the drafts would make, and has what is there go on as it is where the request says nothing.
func (m *Maker) look(ctx context.Context, s *Setting, all []*draft) error {
	var refs []model.Ref
	for _, d := range all {
		if !d.wrong() {
			refs = append(refs, d.order...)
			if d.literal() { // its credentials may have been moved into a Secret before
				refs = append(refs, d.secret())
			}
		}
	}
	slices.SortFunc(refs, model.Ref.Compare)
	refs = slices.Compact(refs)
	found := s.held(refs)
	if s.Look != nil && len(refs) > 0 {
		var err error
		if found, err = s.Look(ctx, refs); err != nil {
			return fmt.Errorf("read what is there: %w", err)
		}
	}
	for _, d := range all {
		if !d.wrong() {
			d.meet(found)
		}
	}
	return nil
}

// held finds objects in the documents.
func (s *Setting) held(refs []model.Ref) map[model.Ref]object {
	found := map[model.Ref]object{}
	for i := range s.Documents {
		if ref := s.Documents[i].Ref(); slices.Contains(refs, ref) {
			if o, err := parse(s.Documents[i].JSON); err == nil {
				found[ref] = o
			}
		}
	}
	return found
}

// meet takes over what is there. A name that something else has is a problem: nothing is overwritten.
func (d *draft) meet(found map[model.Ref]object) {
	if live, ok := found[d.Declares]; ok && d.Declares.Name != "" {
		d.Exists = true
		if d.copied {
			d.problem("name", fmt.Sprintf("%s exists already: choose another name", d.Declares))
			return
		}
		if owner := ownerOf(live); owner != "" {
			d.problem("name", fmt.Sprintf("%s exists already, and is made by %s: change that instead", d.Declares, owner))
			return
		}
		if text(live, "metadata", "deletionTimestamp") != "" {
			d.problem("name", fmt.Sprintf("%s is being deleted", d.Declares))
			return
		}
	}
	for _, ref := range d.order {
		live, ok := found[ref]
		switch {
		case !ok:
			continue
		case !d.Exists && !d.applies && !within(d.objects[ref], live):
			d.problem("name", fmt.Sprintf("%s exists already and is not of this function: choose another name", ref))
			return
		case record(ref) && ref != d.Declares && !within(d.objects[ref], live):
			d.problem("name", fmt.Sprintf("%s exists already and is another one: it can be deleted and made anew, and not changed", ref))
			return
		}
		d.live[ref] = live
		if unread(live) {
			d.problem("code", "the code that it has is too large to be read and kept for an undo: update it with `wsk action update`")
			return
		}
		if record(ref) {
			d.objects[ref] = overRecord(ref, stripped(live), d.objects[ref])
			continue
		}
		d.objects[ref] = overlay(stripped(live), d.objects[ref], "")
	}
	if live, ok := found[d.secret()]; ok {
		d.live[d.secret()] = live
	}
}

// secret is where variables go that hold credentials.
func (d *draft) secret() model.Ref {
	return model.Ref{Kind: "Secret", Namespace: d.Request.Namespace, Name: d.Request.Name + "-env"}
}

// literal reports whether variables come with their values.
func (d *draft) literal() bool {
	if d.copied {
		return true
	}
	return slices.ContainsFunc(d.Request.Env, func(v plan.Variable) bool { return v.Value != "" })
}

// ownerOf names the controller that makes an object, empty for none.
func ownerOf(o object) string {
	list, _ := below(o, "metadata")["ownerReferences"].([]any)
	for _, e := range list {
		if m, ok := e.(object); ok && m["controller"] == true {
			return text(m, "kind") + " " + text(m, "name")
		}
	}
	return ""
}

// stripped is what somebody would have to write to get the object.
func stripped(live object) object {
	o := copied(live)
	delete(o, "status")
	meta := below(o, "metadata")
	for _, k := range []string{"uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink"} {
		delete(meta, k)
	}
	if notes, ok := meta["annotations"].(object); ok {
		delete(notes, "kubectl.kubernetes.io/last-applied-configuration")
	}
	return o
}

func refOf(o object) model.Ref {
	gv, _ := schema.ParseGroupVersion(text(o, "apiVersion"))
	return model.Ref{Group: gv.Group, Kind: text(o, "kind"), Namespace: text(o, "metadata", "namespace"), Name: text(o, "metadata", "name")}
}

// below returns the map at a key, which is made where there is none.
func below(o object, key string) object {
	m, ok := o[key].(object)
	if !ok {
		m = object{}
		o[key] = m
	}
	return m
}

func text(o object, keys ...string) string {
	var v any = o
	for _, k := range keys {
		m, _ := v.(object)
		v = m[k]
	}
	s, _ := v.(string)
	return s
}

// normal is a value as the API server's JSON has it, as a copy.
func normal(v any) (object, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return parse(raw)
}

// decoded is a value of a Secret.
func decoded(v any) ([]byte, bool) {
	s, ok := v.(string)
	if !ok {
		return nil, false
	}
	value, err := base64.StdEncoding.DecodeString(s)
	return value, err == nil
}

func parse(raw []byte) (object, error) {
	var o object
	if err := utiljson.Unmarshal(raw, &o); err != nil {
		return nil, fmt.Errorf("read object: %w", err)
	}
	return o, nil
}

func copied(o object) object {
	c, _ := clone(o).(object)
	return c
}

func clone(v any) any {
	switch v := v.(type) {
	case object:
		out := make(object, len(v))
		for k, e := range v {
			out[k] = clone(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = clone(e)
		}
		return out
	}
	return v
}

// title names an object for people.
func title(ref model.Ref) string { return strings.TrimSpace(ref.Kind + " " + ref.Name) }

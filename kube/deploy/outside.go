package deploy

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/kube/rest"
	"github.com/fn9s/fn9s/security/model"
)

// Outside is the API of a framework that is no Kubernetes API.
type Outside interface {
	Title() string
	Framework() string
	// Records are what it has, without values.
	Records(ctx context.Context) ([]map[string]any, error)
	// Owns reports whether an object is one of this API, and Get reads it with its values.
	Owns(ref model.Ref) bool
	Get(ctx context.Context, ref model.Ref) (map[string]any, error)
}

// outside reads the API of a framework. One that does not answer is told of, and the plan fails at its steps.
func outside(ctx context.Context, s *Setting, mu *sync.Mutex, api Outside) error {
	all, err := api.Records(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	mu.Lock()
	defer mu.Unlock()
	if err != nil {
		s.Unseen = append(s.Unseen, Unseen{GroupKind: schema.GroupKind{Kind: "functions of " + api.Title()}, Why: err.Error()})
		return nil
	}
	for _, o := range all {
		raw, err := json.Marshal(o)
		if err != nil {
			return fmt.Errorf("read %s: %w", api.Title(), err)
		}
		d, _ := manifest.Object(raw) // which takes exception at the slashes in its name, and reads the rest
		if d.Ref().Name == "" {
			continue
		}
		s.Documents = append(s.Documents, d)
		s.Unseen = slices.DeleteFunc(s.Unseen, func(u Unseen) bool { return u.Absent && u.Group == d.GVK.Group }) // no API server has them
	}
	return nil
}

// outside is the API beside the API server's that an object is of; nil for objects of Kubernetes.
func (r *Reader) outside(ref model.Ref) Outside {
	i := slices.IndexFunc(r.Outside, func(o Outside) bool { return o.Owns(ref) })
	if i < 0 {
		return nil
	}
	return r.Outside[i]
}

// lookOutside reads one object. What cannot be read counts as not there: the plan tries it again, and tells why not.
func lookOutside(ctx context.Context, api Outside, ref model.Ref, mu *sync.Mutex, found map[model.Ref]map[string]any) error {
	read, err := api.Get(ctx, ref)
	if err != nil {
		return ctx.Err()
	}
	o, err := normal(read)
	if err != nil {
		return err
	}
	mu.Lock()
	defer mu.Unlock()
	found[ref] = o
	return nil
}

// told is a record as its connector will tell of it, which is the form that controls read. It comes after what the connector
// tells now, and so takes its place.
func (d *draft) told(s *Setting, ref model.Ref) []manifest.Document {
	o, err := rest.Told(ref, d.objects[ref], s.held([]model.Ref{ref})[ref])
	if err == nil {
		var raw []byte
		if raw, err = json.Marshal(o); err == nil {
			doc, _ := manifest.Object(raw) // as with those that are read
			return []manifest.Document{doc}
		}
	}
	if !d.untold {
		d.untold = true
		d.Notes = append(d.Notes, "it is not judged: "+err.Error())
	}
	return nil
}

// record reports whether an object is one of an API beside the API server's.
func record(ref model.Ref) bool {
	return ref.Group == frameworks.WhiskGroup || ref.Group == frameworks.FnGroup
}

// overRecord writes what is wanted of a record over what is there. What runs in an action is one whole: of another image
// or another code nothing of the old one stays.
func overRecord(ref model.Ref, have, want object) object {
	out := overlay(have, want, "")
	if ref.Kind != "Action" {
		return out
	}
	spec, data := below(out, "spec"), below(out, "data")
	asked, _ := want["data"].(object)
	wished, _ := want["spec"].(object)
	if exec, ok := clone(wished["exec"]).(object); ok {
		_, coded := asked["code"]
		if main := text(have, "spec", "exec", "main"); coded && main != "" && exec["main"] == nil && text(have, "data", "code") != "" {
			exec["main"] = main
		}
		spec["exec"] = exec
		if !coded {
			delete(data, "code")
		}
	}
	if told, ok := wished["annotations"].(object); ok && told[whiskGuard] != nil {
		delete(data, "annotations/"+whiskGuard) // a secret of its own, which callers had to send
	}
	had, _ := have["spec"].(object)
	if init := union(had["init"], wished["init"]); len(init) > 0 {
		spec["init"] = init
	}
	return out
}

// unread reports whether an action has code that its API did not hand out whole.
func unread(live object) bool {
	kind := text(live, "spec", "exec", "kind")
	return record(refOf(live)) && text(live, "kind") == "Action" && kind != "blackbox" && kind != "sequence" && text(live, "data", "code") == ""
}

// whiskGuard is the annotation of an action that says what callers of it must send.
const whiskGuard = "require-whisk-auth"

// union is what either list has, in the order of the alphabet.
func union(a, b any) []any {
	var names []string
	for _, list := range []any{a, b} {
		l, _ := list.([]any)
		for _, e := range l {
			if s, ok := e.(string); ok && !slices.Contains(names, s) {
				names = append(names, s)
			}
		}
	}
	slices.Sort(names)
	all := make([]any, len(names))
	for i, n := range names {
		all[i] = n
	}
	return all
}

// veiled is an object for people: of a record no value is told, of which many may be secret.
func veiled(o object) object {
	data, ok := o["data"].(object)
	if !ok || !record(refOf(o)) {
		return o
	}
	o = copied(o)
	for k := range data {
		below(o, "data")[k] = change.Hidden
	}
	return o
}

package change

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// leaving says that an object is being deleted, and what it waits for; empty: it stays.
func leaving(o object) string {
	if text(o, "metadata", "deletionTimestamp") == "" {
		return ""
	}
	return "it is being deleted, and waits until somebody takes its finalizers away: " + strings.Join(finalizers(o), ", ")
}

func finalizers(o object) []string {
	meta, _ := child(o, "metadata")
	v, _ := child(meta, "finalizers")
	list, _ := v.([]any)
	var all []string
	for _, e := range list {
		if s, ok := e.(string); ok {
			all = append(all, s)
		}
	}
	return all
}

// release takes the finalizers of an object away that is being deleted: it goes then.
func (e *Engine) release(ctx context.Context, s *Step) error {
	live, err := e.get(ctx, s.Target())
	if err != nil || live == nil || text(live, "metadata", "uid") != string(s.UID) || len(finalizers(live)) == 0 {
		return err
	}
	body, err := json.Marshal([]Op{{"test", "/metadata/uid", string(s.UID)}, {"replace", "/metadata/finalizers", []any{}}})
	if err != nil {
		return fmt.Errorf("write %s: %w", s.Ref, err)
	}
	_, err = e.o.Client.PatchJSON(ctx, s.Target(), body, false)
	if client.Classify(err) == client.KindNotFound {
		return nil
	}
	return err
}

// ownersFirst puts objects that are made anew after those that own them.
func ownersFirst(groups []*group) []*group {
	byRef := map[model.Ref]*group{}
	for _, g := range groups {
		if g.anew {
			byRef[g.ref] = g
		}
	}
	o := ordering{before: map[*group][]*group{}, seen: make(map[*group]bool, len(groups))}
	for _, g := range groups {
		for _, owner := range ownersOf(g.made, g.ref.Namespace) {
			o.add(byRef[owner.ref], g)
		}
	}
	for _, g := range groups {
		o.visit(g)
	}
	return o.out
}

// owner is one owner reference of an object.
type owner struct {
	ref        model.Ref
	apiVersion string
	entry      map[string]any
}

func ownersOf(o object, namespace string) []owner {
	meta, _ := child(o, "metadata")
	v, _ := child(meta, "ownerReferences")
	list, _ := v.([]any)
	var all []owner
	for _, e := range list {
		entry, _ := e.(map[string]any)
		gv, err := schema.ParseGroupVersion(text(entry, "apiVersion"))
		if err == nil {
			all = append(all, owner{
				ref:        model.Ref{Group: gv.Group, Kind: text(entry, "kind"), Namespace: namespace, Name: text(entry, "name")},
				apiVersion: text(entry, "apiVersion"), entry: entry,
			})
		}
	}
	return all
}

// beforeCreate gives an object that is made anew the owners that are there now: what names an owner that is gone would be
// collected at once. What its owner's controller made anew already is left as it is; then it is returned.
func (e *Engine) beforeCreate(ctx context.Context, s *Step, dry bool) (*client.Written, error) {
	if !s.group.anew || dry {
		return nil, nil
	}
	if s.group.along {
		live, err := e.get(ctx, s.Target())
		if err != nil {
			return nil, err
		}
		if live != nil {
			raw, err := json.Marshal(live)
			return &client.Written{Object: raw, Created: true}, err
		}
	}
	made := cloneObject(s.made)
	var kept []any
	all := ownersOf(made, s.Ref.Namespace)
	for _, o := range all {
		at := &Step{Ref: o.ref, group: &group{apiVersion: o.apiVersion}}
		if e.locate(at) != "" {
			continue
		}
		live, err := e.get(ctx, at.Target())
		if client.Classify(err) == client.KindForbidden {
			continue
		}
		if err != nil {
			return nil, err
		}
		if live != nil {
			o.entry["uid"] = text(live, "metadata", "uid")
			kept = append(kept, o.entry)
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	meta, _ := made["metadata"].(map[string]any)
	if meta["ownerReferences"] = kept; len(kept) == 0 {
		delete(meta, "ownerReferences")
	}
	s.made, s.desired, s.touches = made, made, leaves(made)
	return nil, nil
}

// goes is the verdict on a function whose object the change deleted; false: it deleted none.
func (w *watcher) goes(ctx context.Context) (Verdict, string, bool) {
	s := w.step(w.s.Object)
	if s == nil || s.Step.Verb != plan.Delete {
		return "", "", false
	}
	o, why, err := w.get(ctx, w.s.Object)
	switch {
	case err != nil:
		return Progressing, client.Reason(err), true
	case why != "":
		return NotObservable, why, true
	case o == nil || text(o, "metadata", "uid") != string(s.Step.UID):
		return Gone, "it does not exist any more", true
	}
	return Progressing, leaving(o), true
}

// gone is the touches of an object that is deleted, and what it gets beside when it is made anew.
func (g *group) gone(live object) ([]touch, error) {
	all := leaves(live)
	for i := range all {
		t := &all[i]
		t.old, t.hadOld, t.now, t.hasNow = t.now, true, nil, false
	}
	for i := range g.fields {
		path, err := parsePath(g.fields[i].Path)
		if err != nil {
			return nil, err
		}
		value, err := normal(g.fields[i].Value)
		if err != nil {
			return nil, err
		}
		all = append(all, touch{path: path, now: value, hasNow: true})
	}
	return all, nil
}

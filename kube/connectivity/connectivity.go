// Package connectivity says who can reach functions, and whom they reach, before a change of network policies and after it.
//
// Its one rule: it is computed by the definitions, from what was read: what they leave open is said to be open.
package connectivity

import (
	"encoding/json"
	"fmt"
	"slices"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/reach"
	"github.com/fn9s/fn9s/security/snapshot"
)

// maxFunctions bounds the functions of one change that are computed: each is compared with every workload.
const maxFunctions = 20

// Change is what becomes of the connections of one function.
type Change struct {
	Namespace string `json:"namespace"`
	Function  string `json:"function"`
	// In are those who can reach it, Out whom it reaches: what ends first.
	In  []Line `json:"in"`
	Out []Line `json:"out"`
}

// Line is one peer, or several alike, with the ports of the pods: `all`, `TCP 8080`, `none`; `perhaps TCP 8080` where the
// definitions leave it open.
type Line struct {
	Peer   string `json:"peer"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// Changed reports whether the line is about a difference.
func (l *Line) Changed() bool { return l.Before != l.After }

// Of compares the connections of the functions to whose pods these edits of network policies apply. left is how many
// functions were left out, because there are too many.
func Of(r *snapshot.Reader, keys []model.FunctionKey, edits []plan.Edit) (changes []Change, left int, err error) {
	o, err := newOverlay(r, edits)
	if err != nil || o == nil {
		return nil, 0, err
	}
	after := snapshot.Once(o, r.Options())
	var affected []model.FunctionKey
	for _, key := range keys {
		if o.selects(reach.OfFunction.Get(r, key)) && !slices.Contains(affected, key) {
			affected = append(affected, key)
		}
	}
	if left = len(affected) - maxFunctions; left > 0 {
		affected = affected[:maxFunctions]
	}
	for _, key := range affected {
		if f := r.Function(key); f != nil {
			changes = append(changes, compare(r, after, f))
		}
	}
	return changes, max(left, 0), nil
}

// Left says how many functions were left out.
func Left(n int) string {
	return fmt.Sprintf("connections are compared for %d functions at most: fn9s reach has those of %d more", maxFunctions, n)
}

// overlay is the state with edits of network policies.
type overlay struct {
	*snapshot.Reader
	made    []model.Object
	removed map[model.Ref]bool
}

// newOverlay returns nil when no edit is about a network policy.
func newOverlay(r *snapshot.Reader, edits []plan.Edit) (*overlay, error) {
	o := &overlay{Reader: r, removed: map[model.Ref]bool{}}
	for i := range edits {
		e := &edits[i]
		switch {
		case e.Object.GroupKind() != reach.NetworkPolicies:
		case e.Verb == plan.Delete:
			o.removed[e.Object] = true
		case e.Verb == plan.Create:
			made, err := decode(e)
			if err != nil {
				return nil, fmt.Errorf("read the new %s: %w", e.Object, err)
			}
			if !slices.ContainsFunc(o.made, func(m model.Object) bool { return m.Head().Ref == e.Object }) {
				o.made = append(o.made, made)
			}
		}
	}
	if len(o.made)+len(o.removed) == 0 {
		return nil, nil
	}
	return o, nil
}

// decode reads a policy as if it came from the cluster.
func decode(e *plan.Edit) (model.Object, error) {
	raw, err := json.Marshal(e.New)
	if err != nil {
		return nil, err
	}
	var p networkingv1.NetworkPolicy
	if err := json.Unmarshal(raw, &p); err != nil {
		return nil, err
	}
	o := &model.Custom{Header: model.Header{Ref: e.Object, Version: "v1"}}
	for _, k := range reach.Kinds() {
		if k.GroupKind != reach.NetworkPolicies {
			continue
		}
		facts, err := k.Decode(&snapshot.Raw{Header: &o.Header, Typed: &p})
		if err != nil {
			return nil, err
		}
		o.Facts = append(o.Facts, model.Facts{Framework: snapshot.FactsName(k.Reader), Value: facts})
	}
	return o, nil
}

// Get is Source.
func (o *overlay) Get(ref model.Ref) model.Object {
	if ref.GroupKind() != reach.NetworkPolicies {
		return o.Reader.Get(ref)
	}
	if o.removed[ref] {
		return nil
	}
	for _, m := range o.made {
		if m.Head().Ref == ref {
			return m
		}
	}
	return o.Reader.Get(ref)
}

// List is Source.
func (o *overlay) List(kind schema.GroupKind, namespace string) []model.Object {
	all := o.Reader.List(kind, namespace)
	if kind != reach.NetworkPolicies {
		return all
	}
	out := slices.DeleteFunc(slices.Clone(all), func(x model.Object) bool { return o.removed[x.Head().Ref] })
	for _, m := range o.made {
		if namespace == "" || m.Head().Namespace == namespace {
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b model.Object) int { return a.Head().Compare(b.Head().Ref) })
	return out
}

// selects reports whether an edited policy selects one of the pods.
func (o *overlay) selects(pods []reach.Pod) bool {
	chosen := func(x model.Object) bool {
		p, ok := snapshot.FactsOf[*reach.Policy](x, reach.Kinds()[0].Reader)
		return ok && slices.ContainsFunc(pods, func(pod reach.Pod) bool {
			return pod.Namespace == x.Head().Namespace && p.Chooses(pod.Labels)
		})
	}
	if slices.ContainsFunc(o.made, chosen) {
		return true
	}
	for ref := range o.removed {
		if x := o.Reader.Get(ref); x != nil && chosen(x) {
			return true
		}
	}
	return false
}

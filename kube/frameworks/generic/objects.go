package generic

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// builder describes one function.
type builder struct {
	a      *adapter
	e      *Entry
	x      frameworks.Index
	head   *model.Header
	object model.Object
	facts  *facts
	f      *model.Function
	scope  env
	found  []found
	trace  *trace
}

// env gives the values that were kept of the function's objects. In a rule with each, element is the one at hand.
type env struct {
	in      [][]*reading // by place
	element *element
	rule    *each
}

func (s *env) results(u *use) []scalar {
	switch {
	case u.slot < 0:
		return nil
	case u.element != nil:
		if s.element == nil || u.element != s.rule {
			return nil
		}
		return s.element.values[u.slot]
	}
	readings := s.in[u.place]
	if len(readings) == 1 {
		return readings[0].values[u.slot]
	}
	var all []scalar
	for _, r := range readings {
		all = append(all, r.values[u.slot]...)
	}
	return frameworks.List(all)
}

// found is a workload of the function. The object is nil when a reference names one that cannot be found.
type found struct {
	ref    model.Ref
	object model.Object
	rule   *workloadRule
}

func (b *builder) findJoins() {
	for i := range b.e.joins {
		at := atJoin + place(i)
		for _, o := range b.joined(&b.e.joins[i]) {
			if f := b.a.factsOf(o.Head()); f != nil && f.in[at] != nil {
				b.scope.in[at] = append(b.scope.in[at], f.in[at])
			}
		}
	}
}

func (b *builder) joined(j *join) []model.Object {
	switch j.by {
	case byOwner:
		return b.owned(j.GroupKind)
	case byLabels:
		return b.labelled(j.GroupKind, j.labels)
	case byBackref:
		return b.x.Referrers(b.head.Ref, j.GroupKind)
	}
	name := b.head.Name
	if !j.ref.IsZero() {
		name, _ = j.ref.first(&b.scope)
	}
	if name == "" {
		return nil
	}
	ref := model.Ref{Group: j.Group, Kind: j.Kind, Namespace: b.head.Namespace, Name: name}
	if o := b.x.Get(ref); o != nil {
		return []model.Object{o}
	}
	return nil
}

// owned lists the objects of a kind that the function's object owns, also through the kinds of `through`.
func (b *builder) owned(gk schema.GroupKind) []model.Object {
	owners := []model.Ref{b.head.Ref}
	var all []model.Object
	for i := 0; i < len(owners) && i < frameworks.MaxList; i++ {
		all = append(all, b.x.Children(owners[i], gk)...)
		for _, t := range b.e.through {
			for _, o := range b.x.Children(owners[i], t) {
				if ref := o.Head().Ref; !slices.Contains(owners, ref) {
					owners = append(owners, ref)
				}
			}
		}
	}
	return frameworks.List(all)
}

// labelled lists the objects of a kind that have all the labels. Without a value for each there is none.
func (b *builder) labelled(gk schema.GroupKind, rules []labelRule) []model.Object {
	values := make([]string, len(rules))
	for i := range rules {
		if values[i], _ = rules[i].value.first(&b.scope); values[i] == "" {
			return nil
		}
	}
	var all []model.Object
	for _, o := range b.x.Labelled(gk, b.head.Namespace, rules[0].key, values[0]) {
		fits := true
		for i := range rules {
			fits = fits && o.Head().Labels.Get(rules[i].key) == values[i]
		}
		if fits {
			all = append(all, o)
		}
	}
	return frameworks.List(all)
}

func (b *builder) findWorkloads() {
	for i := range b.e.workloads {
		w := &b.e.workloads[i]
		switch w.by {
		case bySelf:
			b.addWorkload(found{b.head.Ref, b.object, w})
		case byRef:
			b.addReferenced(w)
		case byOwner:
			b.addWorkloads(b.owned(w.GroupKind), w)
		case byLabels:
			b.addWorkloads(b.labelled(w.GroupKind, w.labels), w)
		}
	}
	for _, w := range b.found {
		if w.object == nil || w.rule.role != model.Run {
			continue
		}
		if f := b.a.factsOf(w.object.Head()); f != nil && f.in[atWorkload] != nil {
			b.scope.in[atWorkload] = append(b.scope.in[atWorkload], f.in[atWorkload])
		}
	}
}

func (b *builder) addWorkloads(all []model.Object, w *workloadRule) {
	for _, o := range all {
		b.addWorkload(found{o.Head().Ref, o, w})
	}
}

func (b *builder) addReferenced(w *workloadRule) {
	name, rule := w.named.first(&b.scope)
	if name == "" {
		return
	}
	gk := schema.GroupKind{Group: frameworks.Deployment.Group, Kind: frameworks.Deployment.Kind}
	if w.Kind != "" {
		gk = w.GroupKind
	}
	if kind, _ := w.kind.first(&b.scope); kind != "" {
		gk.Kind = kind
	}
	if apiVersion, _ := w.apiVersion.first(&b.scope); apiVersion != "" {
		gk.Group = schema.FromAPIVersionAndKind(apiVersion, gk.Kind).Group
	}
	ref := model.Ref{Group: gk.Group, Kind: gk.Kind, Namespace: b.head.Namespace, Name: name}
	b.addWorkload(found{ref, b.x.Get(ref), w})
	b.trace.add("workload", ref.String(), rule, w.line)
}

func (b *builder) addWorkload(w found) {
	if len(b.found) >= frameworks.MaxList ||
		slices.ContainsFunc(b.found, func(have found) bool { return have.ref == w.ref }) {
		return
	}
	b.found = append(b.found, w)
	b.f.Workloads = append(b.f.Workloads, model.WorkloadRef{Ref: w.ref, Role: w.rule.role})
	if w.rule.by != byOwner || w.ref.GroupKind() != frameworks.Job {
		b.f.Claims = append(b.f.Claims, w.ref) // Jobs of an owner are nobody else's
	}
	if w.rule.by != byRef {
		b.trace.add("workload", w.ref.String(), "by: "+w.rule.by, w.rule.line)
	}
}

// running lists the workloads that are there and run the function.
func (b *builder) running() []model.Object {
	var all []model.Object
	for _, w := range b.found {
		if w.object != nil && w.rule.role == model.Run {
			all = append(all, w.object)
		}
	}
	return all
}

package generic

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// A workload whose function is gone is a row of its own. There are two ways to know it: its owner is of the
// function's kind and gone, or it has the label by which functions find their workloads with a value that no
// function gives. In the second case the key has the workload's kind and the label's value as its name; functions
// name that key too, so that the row comes and goes with them.

// orphanable reports whether it can be told that a function is gone. Where only some objects of the kind are
// functions it cannot: the object that is gone may have been none.
func (e *Entry) orphanable() bool {
	return !e.function.selective() && e.function.names.IsZero() && !isCore(e.function.GroupKind)
}

// byLabel reports whether the rule's workloads tell by their label which function they belong to.
func (w *workloadRule) byLabel(e *Entry) bool {
	return w.by == byLabels && w.role == model.Run && w.GroupKind != e.function.GroupKind
}

func (a *adapter) orphanKeysOfFunction(h *model.Header, f *facts) []model.FunctionKey {
	if !a.entry.orphanable() {
		return nil
	}
	var keys []model.FunctionKey
	s := &env{in: make([][]*reading, len(f.in))}
	s.in[atFunction] = []*reading{f.in[atFunction]}
	for i := range a.entry.workloads {
		w := &a.entry.workloads[i]
		if !w.byLabel(a.entry) {
			continue
		}
		if value, _ := w.labels[0].value.first(s); value != "" {
			keys = appendKey(keys, a.labelKey(w.GroupKind, h.Namespace, value))
		}
	}
	return keys
}

func (a *adapter) orphanKeysOfWorkload(h *model.Header) []model.FunctionKey {
	e := a.entry
	if !e.orphanable() || !e.function.namespaces.Match(h.Namespace) {
		return nil
	}
	var keys []model.FunctionKey
	for i := range e.workloads {
		w := &e.workloads[i]
		if w.role != model.Run || w.GroupKind != h.GroupKind() {
			continue
		}
		if w.byLabel(e) {
			if value := h.Labels.Get(w.labels[0].key); value != "" {
				keys = appendKey(keys, a.labelKey(w.GroupKind, h.Namespace, value))
			}
		}
		if owner, ok := h.ControllerOwner(); ok && w.by == byOwner && owner.Kind == e.function.Kind && owner.Group == e.function.Group {
			keys = appendKey(keys, a.key(model.Ref{Group: owner.Group, Kind: owner.Kind, Namespace: h.Namespace, Name: owner.Name}))
		}
	}
	return keys
}

func appendKey(keys []model.FunctionKey, k model.FunctionKey) []model.FunctionKey {
	if slices.Contains(keys, k) {
		return keys
	}
	return append(keys, k)
}

func (a *adapter) labelKey(gk schema.GroupKind, namespace, value string) model.FunctionKey {
	return a.key(model.Ref{Group: gk.Group, Kind: gk.Kind, Namespace: namespace, Name: value})
}

// buildOrphan describes workloads whose function is gone.
func (a *adapter) buildOrphan(key model.FunctionKey, x frameworks.Index) (*model.Function, bool) {
	e := a.entry
	members := x.Members(key)
	if len(members) == 0 || !e.orphanable() ||
		x.Availability(e.function.GroupKind, key.Namespace) != frameworks.Available {
		return nil, false
	}
	f := &model.Function{Key: key, State: model.Orphaned}
	for _, o := range members {
		h := o.Head()
		if h.GroupKind() == e.function.GroupKind || Platform(h) != "" || !a.ownersGone(h, x) {
			return nil, false
		}
		f.Workloads = append(f.Workloads, model.WorkloadRef{Ref: h.Ref, Role: model.Run})
		f.Claims = append(f.Claims, h.Ref)
		if w, ok := o.(*model.Workload); ok {
			f.Templates = append(f.Templates, frameworks.TemplateOf(w, model.Run, ""))
		}
		if f.Created.IsZero() || h.Created.Before(f.Created) {
			f.Created, f.Changed, f.Labels = h.Created, h.Changed, h.Labels
		}
	}
	health := frameworks.JointHealth(x, members)
	f.Ready, f.Desired = health.Ready, health.Desired
	f.Reason = fmt.Sprintf("no %s has this workload", e.function.GroupKind)
	if key.Kind == e.function.Kind && key.Group == e.function.Group {
		f.Reason = fmt.Sprintf("its %s is gone", e.function.GroupKind)
	}
	for _, p := range frameworks.PodsOfAll(x, members) {
		f.Pods = append(f.Pods, p.Ref)
	}
	if len(f.Templates) > 0 {
		t := f.Templates[0]
		f.ServiceAccount = frameworks.AccountOf(t.Spec)
		if c := frameworks.FunctionContainer(t.Spec, t.Container); c != nil {
			f.Image = frameworks.Text(c.Image)
		}
		f.References = frameworks.MarkMissing(x, frameworks.References(t.Spec, t.Origin.Ref))
	}
	return f, true
}

// ownersGone reports whether no owner of the workload is there, and that could be seen.
func (a *adapter) ownersGone(h *model.Header, x frameworks.Index) bool {
	for _, o := range h.Owners {
		ref := model.Ref{Group: o.Group, Kind: o.Kind, Namespace: h.Namespace, Name: o.Name}
		if x.Get(ref) != nil || x.Availability(ref.GroupKind(), h.Namespace) != frameworks.Available {
			return false
		}
	}
	return true
}

package screen

import (
	"cmp"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/security/model"
)

// ObjectOf returns the object to look at for a function: the one that declares it, else its first workload. The text
// says why there is none.
func ObjectOf(r *board.Row) (Target, string) {
	f := r.Function
	switch {
	case f.Object.Kind != "" && f.APIVersion != "":
		return Target{Context: r.ID.Context, Ref: f.Object}, ""
	case len(f.Workloads) > 0:
		return Target{Context: r.ID.Context, Ref: f.Workloads[0].Ref}, ""
	case f.Opaque:
		return Target{}, cmp.Or(f.Reason, "the row stands for functions that cannot be seen")
	}
	return Target{}, r.ID.Framework + " keeps it outside Kubernetes: it has no object"
}

// ObjectsOf returns the objects of a function, for its events: what declares it, its workloads and its pods.
func ObjectsOf(r *board.Row) []Target {
	var refs []model.Ref
	if !r.Function.Object.IsZero() {
		refs = append(refs, r.Function.Object)
	}
	for _, w := range r.Function.Workloads {
		refs = append(refs, w.Ref)
	}
	refs = append(refs, r.Function.Pods...)
	targets := make([]Target, len(refs))
	for i, ref := range refs {
		targets[i] = Target{Context: r.ID.Context, Ref: ref}
	}
	return targets
}

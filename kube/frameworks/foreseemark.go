package frameworks

import "github.com/fn9s/fn9s/kube/plan"

// Foreseen is an annotation of objects that Foresee made, for adapters that would change them beside what declares them: what
// is not there yet cannot be changed.
const Foreseen = "fn9s.io/foreseen"

// OnlyForeseen reports whether the pods of the function are those of objects that are not there yet.
func OnlyForeseen(w *plan.Wish) bool {
	for i := range w.Pods {
		if o := w.Objects.Get(w.Pods[i].Origin.Ref); o != nil && o.Head().Annotations.Has(Foreseen) {
			return true
		}
	}
	return false
}

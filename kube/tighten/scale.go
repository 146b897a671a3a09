package tighten

import (
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
)

// Limiter is a Source with fields for a ceiling on replicas, and on how long a call takes.
type Limiter interface {
	MaxScale(w *plan.Wish, most int32) plan.Answer
}

// ceiling is given to functions that have none: more than most have, and an end.
const ceiling = 20

// maxScale puts a ceiling above what runs now.
func (q *asked) maxScale() plan.Answer {
	x, ok := q.source.(Limiter)
	if !ok {
		return q.None("the framework has no field for it that fn9s knows", check.FixQuota)
	}
	most := int32(ceiling)
	for _, n := range []*int32{q.f.Desired, q.f.Ready, q.f.Scaling.Min} {
		if n != nil {
			most = max(most, *n*2)
		}
	}
	if m := q.f.Scaling.Max; m != nil && *m > 0 && *m <= most {
		return q.None("it has a ceiling that fn9s would not lower", check.FixReview)
	}
	q.ask("it gets no more replicas than the new ceiling, however many calls come")
	return x.MaxScale(q.Wish, most)
}

func (q *asked) timeout() plan.Answer {
	return q.None("how long its calls may take, its owner knows", check.FixReview)
}

// meshMTLS has the sidecars of its pods refuse what is not encrypted.
func (q *asked) meshMTLS() plan.Answer {
	if !q.meshed() || !q.istio() {
		return q.None("its pods have no sidecar that could ask for it", check.FixMeshJoin)
	}
	all := q.selections()
	if len(all) == 0 {
		return q.None("no labels tell its pods from others", check.FixReview)
	}
	q.ask("callers without a sidecar are refused")
	var edits []plan.Edit
	const version = "security.istio.io/v1"
	for i := range all {
		ref := model.Ref{Group: "security.istio.io", Kind: "PeerAuthentication", Namespace: q.f.Key.Namespace, Name: all[i].name + "-strict"}
		if q.r.Get(ref) != nil {
			return q.None("PeerAuthentication "+ref.Name+" is there and does not do it", check.FixReview)
		}
		edits = append(edits, plan.Edit{
			Verb: plan.Create, Object: ref, APIVersion: version, Why: q.Why, Asks: q.Asks,
			New: map[string]any{
				"apiVersion": version, "kind": ref.Kind, "metadata": map[string]any{"name": ref.Name, "namespace": ref.Namespace},
				"spec": map[string]any{"selector": map[string]any{"matchLabels": all[i].labels}, "mtls": map[string]any{"mode": "STRICT"}},
			},
		})
	}
	return q.Done(plan.AtOnce, edits...)
}

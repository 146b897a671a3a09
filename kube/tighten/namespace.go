package tighten

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	psa "k8s.io/pod-security-admission/api"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/artifact"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/pods"
)

// namespaceLevel raises what the namespace enforces as far as nothing that is there is refused, and has it warn about
// what is below the target.
func (q *asked) namespaceLevel() plan.Answer {
	ns := q.f.Key.Namespace
	ref := model.Ref{Kind: "Namespace", Name: ns}
	now := pods.NamespaceLevel.Get(q.r, ns)
	if !now.Exists {
		return q.None("the Namespace "+ns+" cannot be read", "")
	}
	target := "restricted"
	if of := q.r.Options().Target; of != nil {
		target = of(ns)
	}
	all := pods.Levels()
	from := slices.Index(all, now.Enforce.Level)
	best, refused, hidden := from, []model.Ref(nil), false
	for i := from + 1; i <= slices.Index(all, target); i++ {
		refused, hidden = pods.Refused(q.r, ns, all[i])
		if len(refused) > 0 || hidden {
			break
		}
		best = i
	}
	var fields []plan.Field
	set := func(label, value, old string) {
		if value != old {
			fields = append(fields, plan.Field{Path: plan.Keyed("metadata.labels", label), Value: value})
		}
	}
	if best > from {
		set(psa.EnforceLevelLabel, all[best], now.Enforce.Label)
	}
	if all[best] != target {
		set(psa.WarnLevelLabel, target, now.Warn.Label)
		set(psa.AuditLevelLabel, target, now.Audit.Label)
	}
	if best == from {
		why := "it would refuse " + listed(refused)
		if len(refused) == 0 {
			why = "what else makes pods in " + ns + " may not be read, so nobody can tell what it would refuse"
		}
		if len(fields) == 0 {
			return q.None(why, check.FixReview)
		}
		a := q.Done(plan.AtOnce, q.Patch(ref, "v1", fields...))
		a.Left = "the namespace warns only: at a higher level " + why
		return a
	}
	a := q.Done(plan.AtOnce, q.Patch(ref, "v1", fields...))
	if all[best] != target {
		a.Left = "at " + target + " it would refuse " + listed(refused)
	}
	return a
}

// listed names a few objects.
func listed(refs []model.Ref) string {
	const shown = 5
	var names []string
	for i, r := range refs {
		if i == shown {
			names = append(names, fmt.Sprintf("%d more", len(refs)-shown))
			break
		}
		names = append(names, r.Kind+" "+r.Name)
	}
	return strings.Join(names, ", ")
}

// made names objects that fn9s makes for a namespace.
const made = "fn9s-defaults"

// limitRange gives containers that ask for nothing what Limits would give them.
func (q *asked) limitRange() plan.Answer {
	ref := model.Ref{Kind: "LimitRange", Namespace: q.f.Key.Namespace, Name: made}
	if q.r.Get(ref) != nil {
		return q.None("LimitRange "+made+" is there and says nothing about containers", check.FixReview)
	}
	q.ask("containers in " + ref.Namespace + " that name no limit get memory " + rangeMemory + ", cpu " + rangeCPU + ", ephemeral-storage " + rangeStorage + " at their next start")
	return q.Done(plan.AtOnce, plan.Edit{
		Verb: plan.Create, Object: ref, APIVersion: "v1", Why: q.Why, Asks: q.Asks,
		New: map[string]any{
			"apiVersion": "v1", "kind": ref.Kind, "metadata": map[string]any{"name": ref.Name, "namespace": ref.Namespace},
			"spec": map[string]any{"limits": []any{map[string]any{
				"type":           "Container",
				"default":        map[string]any{"memory": rangeMemory, "cpu": rangeCPU, "ephemeral-storage": rangeStorage},
				"defaultRequest": map[string]any{"memory": "64Mi", "cpu": "50m", "ephemeral-storage": "64Mi"},
			}}},
		},
	})
}

const (
	rangeMemory  = "512Mi"
	rangeCPU     = "1"
	rangeStorage = "2Gi"
)

// quota bounds the number of pods: unlike one on resources it refuses no pod that names none.
func (q *asked) quota() plan.Answer {
	ns := q.f.Key.Namespace
	ref := model.Ref{Kind: "ResourceQuota", Namespace: ns, Name: made}
	if q.r.Get(ref) != nil {
		return q.None("ResourceQuota "+made+" is there and does not cover it", check.FixReview)
	}
	if q.findings[0].Control.ID == "RES-08" {
		return q.None("its quota is nearly used up: a person decides on more", check.FixReview)
	}
	if m := artifact.RoomOf(q.r, ns).Missing; m != nil {
		return q.None(m.String(), "")
	}
	most := q.podsOf(ns) * 3 / 2
	q.ask("namespace " + ns + " gets at most " + strconv.Itoa(most) + " pods: half as many again as its workloads may have now")
	return q.Done(plan.AtOnce, plan.Edit{
		Verb: plan.Create, Object: ref, APIVersion: "v1", Why: q.Why, Asks: q.Asks,
		New: map[string]any{
			"apiVersion": "v1", "kind": ref.Kind, "metadata": map[string]any{"name": ref.Name, "namespace": ns},
			"spec": map[string]any{"hard": map[string]any{"pods": strconv.Itoa(most)}},
		},
	})
}

// fewest is the least number of pods that a quota allows, for rollouts and jobs.
const fewest = 20

// podsOf counts the pods that a namespace may have now: what its workloads ask for, and what autoscalers allow.
func (q *asked) podsOf(ns string) int {
	most := map[model.Ref]int{}
	for _, kind := range workloads {
		for _, o := range q.r.List(kind, ns) {
			if w, ok := o.(*model.Workload); ok && len(w.Owners) == 0 || ok && w.Kind == "Deployment" {
				most[w.Ref] = int(max(w.Desired, 1))
			}
		}
	}
	for _, f := range q.r.Functions(ns) {
		for _, w := range f.Workloads {
			if m := f.Scaling.Max; m != nil && w.Role == model.Run {
				most[w.Ref] = max(most[w.Ref], int(*m))
			}
		}
	}
	n := 0
	for _, m := range most {
		n += m
	}
	return max(n, fewest)
}

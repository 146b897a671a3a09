package frameworks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
)

// FixWorkloads puts a wish into the workloads that run the function: for those that nobody sets back.
func FixWorkloads(w *plan.Wish) plan.Answer { return FixWorkloadParts(w, nil) }

// FixWorkloadParts is FixWorkloads for some of the fields only; take may be nil.
func FixWorkloadParts(w *plan.Wish, take func(plan.Part) bool) plan.Answer {
	var edits []plan.Edit
	effect, why := plan.Rollout, "nothing that runs the function can be changed"
	for i := range w.Pods {
		p := &w.Pods[i]
		e, none := frozen(p.Origin.Ref)
		if none != "" {
			why = none
			continue
		}
		var fields []plan.Field
		for _, f := range p.Fields {
			if take == nil || take(f.Part()) {
				f.Path = p.Origin.Path + "." + f.Path
				fields = append(fields, f)
			}
		}
		if len(fields) == 0 || slices.ContainsFunc(edits, func(o plan.Edit) bool { return o.Object == p.Origin.Ref }) {
			continue
		}
		effect = e
		edits = append(edits, w.Patch(p.Origin.Ref, VersionOf(w, p.Origin.Ref), fields...))
	}
	if len(edits) == 0 {
		return w.None(why, "")
	}
	return w.Done(effect, edits...)
}

// frozen says how a change of a workload's template takes effect, or why it cannot be changed.
func frozen(ref model.Ref) (effect plan.Effect, none string) {
	switch ref.GroupKind() {
	case Deployment, StatefulSet, DaemonSet:
		return plan.Rollout, ""
	case CronJob:
		return plan.NextCall, ""
	case Pod:
		return "", "a Pod that runs cannot be changed: it must be deleted and made again"
	case Job:
		return "", "the template of a Job cannot be changed: it must be deleted and made again"
	}
	if ref.Group == Deployment.Group && ref.Kind == "ReplicaSet" {
		return plan.Restart, ""
	}
	return "", "it is not known how a change of a " + ref.Kind + " reaches its pods"
}

// VersionOf returns the apiVersion in which an object was read; empty when it is not there.
func VersionOf(w *plan.Wish, ref model.Ref) string {
	if o := w.Objects.Get(ref); o != nil {
		return o.Head().APIVersion()
	}
	return ""
}

// FixAccount answers `no-token` at the function's ServiceAccount, for frameworks that have no field of their own. It
// asks when other functions run as that account.
func FixAccount(w *plan.Wish) plan.Answer {
	f := w.Function
	ref := model.Ref{Kind: "ServiceAccount", Namespace: f.Key.Namespace, Name: f.ServiceAccount}
	if f.ServiceAccount == "" {
		return w.None("the account that its pods run as is not known", "")
	}
	e := w.Patch(ref, "v1", plan.Field{Path: "automountServiceAccountToken", Value: false})
	e.Asks = Also(e.Asks, "all pods of "+ref.Namespace+" that run as "+ref.Name+" lose their token at their next start", Others(w, func(o *model.Function) bool {
		return o.ServiceAccount == f.ServiceAccount
	}))
	return w.Done(plan.Restart, e)
}

// Others names the other functions of the namespace for which same holds, a few of them and how many there are more.
func Others(w *plan.Wish, same func(*model.Function) bool) string {
	var names []string
	for _, o := range w.Objects.Functions(w.Function.Key.Namespace) {
		if o.Key != w.Function.Key && same(o) {
			names = append(names, o.Name())
		}
	}
	const shown = 5
	if n := len(names) - shown; n > 0 {
		names = append(names[:shown], fmt.Sprintf("%d more", n))
	}
	return strings.Join(names, ", ")
}

// Also adds a reason to ask to another one; names may be empty.
func Also(asks, reason, names string) string {
	if names != "" {
		reason += " (" + names + ")"
	}
	if asks == "" {
		return reason
	}
	return asks + "; " + reason
}

// Below moves fields of a pod template below another path: a pod spec that is part of another object. Fields of the
// pod's metadata are left out.
func Below(podSpec string, fields []plan.Field) []plan.Field {
	var out []plan.Field
	for _, f := range fields {
		if rest, ok := strings.CutPrefix(f.Path, "spec."); ok {
			f.Path = podSpec + "." + rest
			out = append(out, f)
		}
	}
	return out
}

// Foreign is what is left where templates change volumes that the framework itself adds: a volume of that name in its own
// object would be a second one.
const Foreign = "volumes that the framework itself adds stay as they are"

// InVolume reports whether a field is inside a volume, which then is in the template already.
func InVolume(p plan.Part) bool {
	return p.List == "" && !p.Meta && strings.HasPrefix(p.Rest, "volumes[") && strings.Contains(p.Rest, "].")
}

// Unplaced is the answer to wishes that a framework has no field for, where policies and accounts of the namespace come
// closest.
func Unplaced(w *plan.Wish, why string) plan.Answer {
	why = orElse(why, "the framework has no field for it")
	next := map[check.Intent]check.Intent{
		check.FixOwnAccount: check.FixNoToken, check.FixSeccomp: check.FixNamespaceLevel, check.FixNonRoot: check.FixNamespaceLevel,
		check.FixLimits: check.FixLimitRange,
	}
	return w.None(why, next[w.Intent])
}

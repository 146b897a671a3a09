package kubeless

import (
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
)

// template is where a Function holds what is merged into its Deployment.
const template = "spec.deployment.spec.template."

// merged are the user and groups of the pod: a Function that says anything about its pod's context says all of it.
var merged = []plan.Field{
	{Path: "spec.securityContext.runAsNonRoot", Value: true}, {Path: "spec.securityContext.runAsUser", Value: int64(1000)},
	{Path: "spec.securityContext.runAsGroup", Value: int64(1000)}, {Path: "spec.securityContext.fsGroup", Value: int64(1000)},
}

// Fix puts a wish into the Function, and where no controller runs that reads it, into the Deployment too.
func (adapter) Fix(w *plan.Wish) plan.Answer {
	if w.Function.Object.IsZero() {
		return frameworks.FixWorkloads(w)
	}
	switch w.Intent {
	case check.FixSeccomp:
		if frameworks.OnlyForeseen(w) {
			return frameworks.Unplaced(w, "the controller drops it from a Function: it can be set in the Deployment, once that is there")
		}
		a := frameworks.FixWorkloads(w) // the controller drops the field from the Function, and keeps it in the Deployment
		a.Lost = "a Function that is deleted and made again comes without it"
		return a
	case check.FixNonRoot:
		for i := range w.Pods {
			w.Pods[i].Fields = append(own(w.Pods[i].Fields), merged...)
		}
	}
	fields, main := w.All()
	var taken []plan.Field
	left := ""
	for _, f := range fields {
		p := f.Part()
		switch {
		case frameworks.InVolume(p):
			left = frameworks.Foreign
			continue
		case p.List == "initContainers" && strings.HasPrefix(p.Rest, "resources."), p.List == "containers" && p.Container == main:
			f.Path = template + "spec." + p.List + "[0]." + p.Rest // they have no names there
		case p.List != "":
			left = noInit
			continue
		default:
			f.Path = template + f.Path
		}
		taken = append(taken, f)
	}
	if len(taken) == 0 {
		return frameworks.Unplaced(w, left)
	}
	// Fields of the pod stay in the Deployment when they go from the Function: they are written there too, first, so that
	// they can be taken back.
	take := stays
	if w.Function.Platform.Version == "" { // no controller in sight
		take = func(p plan.Part) bool { return p.List != "initContainers" }
	}
	a := w.Done(plan.Rollout)
	if !frameworks.OnlyForeseen(w) {
		a.Edits = frameworks.FixWorkloadParts(w, take).Edits
	}
	a.Edits = append(a.Edits, w.Patch(w.Function.Object, w.Function.APIVersion, taken...))
	a.Left = left
	return a
}

// stays reports a field that the controller merges into the Deployment: lists are replaced whole.
func stays(p plan.Part) bool { return p.List == "" && !strings.HasPrefix(p.Rest, "volumes[") }

const noInit = "a Function has no field for its init containers"

// own leaves out what merged says.
func own(fields []plan.Field) []plan.Field {
	var out []plan.Field
	for _, f := range fields {
		if p := f.Part(); p.List != "" {
			out = append(out, f)
		}
	}
	return out
}

package nuclio

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
)

// Fix puts a wish into the NuclioFunction, and what it has no field for into the Deployment, where it stays.
func (adapter) Fix(w *plan.Wish) plan.Answer {
	switch {
	case w.Function.Object.IsZero():
		return frameworks.FixWorkloads(w)
	case w.Intent == check.FixNoToken:
		return frameworks.FixAccount(w)
	}
	fields, main := w.All()
	x := &fixing{main: main, facts: factsOf(w)}
	if x.facts == nil {
		return w.None("its NuclioFunction cannot be read", "")
	}
	taken := x.folders(fields)
	held, left := false, ""
	for _, f := range fields {
		if frameworks.InVolume(f.Part()) {
			left = frameworks.Foreign // the controller writes the list whole
			continue
		}
		if path, ok := x.fieldOf(f.Part()); ok {
			f.Path = path
			taken = append(taken, f)
		} else if !x.folder(f.Part()) {
			held = true
		}
	}
	var edits []plan.Edit
	if x.facts.account == "" { // it would stay in the Deployment when it goes from the function, so that has it first
		edits = frameworks.FixWorkloadParts(w, func(p plan.Part) bool { return p.List == "" && !p.Meta && p.Rest == "serviceAccountName" }).Edits
	}
	if len(taken) > 0 {
		edits = append(edits, w.Patch(w.Function.Object, w.Function.APIVersion, force(taken)...))
	}
	lost := ""
	if held && !running(w) {
		if w.Intent == check.FixReadOnlyRoot || len(taken) == 0 { // a place to write to is of no use to a root that is not read-only
			return w.None("a NuclioFunction has no field for it: it goes into its Deployment when that is there", "")
		}
		held, left = false, unfielded+" of it"
	}
	if held {
		direct := frameworks.FixWorkloadParts(w, func(p plan.Part) bool {
			_, ok := x.fieldOf(p)
			return !ok && !x.folder(p) && !frameworks.InVolume(p)
		})
		if len(direct.Edits) == 0 && len(edits) == 0 {
			return direct
		}
		edits = append(edits, direct.Edits...)
		lost = unfielded + " of it: applied to the workload, gone when the function is deleted and made again"
	}
	if len(edits) == 0 {
		return frameworks.Unplaced(w, left)
	}
	a := w.Done(plan.Rollout, edits...)
	a.Lost, a.Left = lost, left
	return a
}

// factsOf is what is kept of the function; nil when it cannot be read.
func factsOf(w *plan.Wish) *function {
	o := w.Objects.Get(w.Function.Object)
	if o == nil {
		return nil
	}
	f, _ := o.Head().FactsOf(Name).(*function)
	return f
}

const unfielded = "a NuclioFunction has no field for all"

// running reports whether there is a workload that the controller made.
func running(w *plan.Wish) bool {
	return slices.ContainsFunc(w.Pods, func(p plan.Pod) bool { return p.Origin.Ref != w.Function.Object })
}

// fixing puts the fields of pods where the function says them.
type fixing struct {
	facts *function
	main  string
}

// folder reports whether folders takes a field.
func (x *fixing) folder(p plan.Part) bool {
	return p.List == "" && strings.HasPrefix(p.Rest, "volumes[") && !strings.Contains(p.Rest, "].") ||
		p.Container == x.main && strings.HasPrefix(p.Rest, "volumeMounts[")
}

// folders gives the function the volumes that a wish adds: with their mounts they are one field.
func (x *fixing) folders(fields []plan.Field) []plan.Field {
	var taken []plan.Field
	for _, m := range fields {
		p := m.Part()
		mount, ok := m.Value.(map[string]any)
		if !ok || p.Container != x.main || !strings.HasPrefix(p.Rest, "volumeMounts[") {
			continue
		}
		for _, v := range fields {
			if volume, ok := v.Value.(map[string]any); ok && v.Part().List == "" && volume["name"] == mount["name"] {
				taken = append(taken, plan.Field{
					Path:  "spec.volumes" + plan.Join(plan.Step{Of: plan.Place, Index: x.facts.volumes + len(taken)}),
					Value: map[string]any{"volume": volume, "volumeMount": mount},
				})
			}
		}
	}
	return taken
}

// fieldOf returns the field of a NuclioFunction that a field of its pods comes from. Containers beside its own are written
// whole from there.
func (x *fixing) fieldOf(p plan.Part) (string, bool) {
	own := p.Container == x.main && p.List == "containers"
	switch {
	case own && (p.Rest == "image" || p.Rest == "imagePullPolicy" || strings.HasPrefix(p.Rest, "resources.") || strings.HasPrefix(p.Rest, "env[")):
		return "spec." + p.Rest, true
	case p.List == "containers" && !own && slices.Contains(x.facts.sidecars, p.Container):
		return plan.Named("spec.sidecars", p.Container) + "." + p.Rest, true
	case p.List == "initContainers" && slices.Contains(x.facts.inits, p.Container):
		return plan.Named("spec.initContainers", p.Container) + "." + p.Rest, true
	case p.List != "" || p.Meta:
		return "", false
	case strings.HasPrefix(p.Rest, "securityContext."):
		return "spec." + p.Rest, true
	case p.Rest == "serviceAccountName":
		return "spec.serviceAccount", true
	}
	return "", false
}

// force has the controller take the change up in every state that the function may be in: what a redeploy by the
// dashboard does. The value is another one for every other change.
func force(fields []plan.Field) []plan.Field {
	h := fnv.New64a()
	for _, f := range fields {
		_, _ = fmt.Fprintf(h, "%s %v %v\n", f.Path, f.Value, f.Remove)
	}
	return append(fields,
		plan.Field{Path: `metadata.annotations["nuclio.io/force-update"]`, Value: strconv.FormatUint(h.Sum64()>>1, 10)},
		plan.Field{Path: "status.state", Value: "waitingForResourceConfiguration"},
		plan.Field{Path: "status.scaleToZero", Remove: true},
	)
}

// MaxScale sets the highest number of replicas.
func (adapter) MaxScale(w *plan.Wish, most int32) plan.Answer {
	f := w.Function
	if f.Object.IsZero() {
		return w.None("its NuclioFunction is gone", "")
	}
	return w.Done(plan.AtOnce, w.Patch(f.Object, f.APIVersion, force([]plan.Field{{Path: "spec.maxReplicas", Value: int64(most)}})...))
}

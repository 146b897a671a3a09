package kyma

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
)

// Fix puts a wish into the Function.
func (adapter) Fix(w *plan.Wish) plan.Answer {
	switch {
	case w.Function.Object.IsZero():
		return frameworks.FixWorkloads(w)
	case w.Intent == check.FixNoToken:
		return frameworks.FixAccount(w)
	case w.Intent == check.FixOwnAccount:
		return frameworks.Unplaced(w, "a Function has no field for its account: one namespace for each function comes closest")
	}
	if why := first(w); why != "" {
		return w.None(why, check.FixUpgrade)
	}
	fields, main := w.All()
	x := &fixing{main: main, now: resourcesOf(w)}
	for _, f := range fields {
		x.put(f, f.Part())
	}
	if len(x.fields) == 0 {
		why := "a Function has no field for it"
		if x.init {
			why = "the container that fetches the source has no field in a Function"
		}
		return frameworks.Unplaced(w, why)
	}
	a := w.Done(plan.Rollout, w.Patch(w.Function.Object, w.Function.APIVersion, x.fields...))
	if x.init {
		a.Left = "the container that fetches the source has no field in a Function"
	}
	return a
}

// first says what the first generation has no field for.
func first(w *plan.Wish) string {
	if w.Function.Platform.Shape != shapeClassic {
		return ""
	}
	switch w.Intent {
	case check.FixNonRoot, check.FixNoEscalation, check.FixReadOnlyRoot, check.FixDropCapabilities, check.FixSeccomp, check.FixNoPrivileged:
		return "a Function of this version has no field for it"
	}
	return ""
}

type fixing struct {
	main   string
	fields []plan.Field
	init   bool         // something was asked of an init container
	now    []plan.Field // the resources that it has, by a profile perhaps
	sized  bool
}

// put finds the field of the Function that a field of the pod comes from. Its folders to write to are there already.
func (x *fixing) put(f plan.Field, p plan.Part) {
	own := p.Container == x.main && p.List == "containers"
	to := func(path string) {
		f.Path = path
		x.fields = append(x.fields, f)
	}
	switch rest, context := strings.CutPrefix(p.Rest, "securityContext."); {
	case p.List == "initContainers":
		x.init = true
	case context && own:
		to("spec.containerSecurityContext." + rest)
	case context && p.List == "" && !p.Meta:
		to("spec.podSecurityContext." + rest)
	case own && strings.HasPrefix(p.Rest, "resources."):
		if !x.sized {
			x.sized = true // a profile and numbers exclude each other
			x.fields = append(x.fields, plan.Field{Path: "spec.resourceConfiguration.function.profile", Remove: true})
			x.fields = append(x.fields, x.now...)
		}
		to("spec.resourceConfiguration.function." + p.Rest)
	case own && p.Rest == "image":
		to("spec.runtimeImageOverride")
	case own && strings.HasPrefix(p.Rest, "env["):
		to("spec." + p.Rest)
	case p.Meta:
		to("spec." + p.Rest)
	}
}

// resourcesOf are the resources that the function has now: what a profile gives goes with it.
func resourcesOf(w *plan.Wish) []plan.Field {
	var fields []plan.Field
	for _, t := range w.Function.Templates {
		c := frameworks.FunctionContainer(t.Spec, t.Container)
		if t.Role != model.Run || c == nil {
			continue
		}
		for kind, list := range map[string]corev1.ResourceList{"limits": c.Resources.Limits, "requests": c.Resources.Requests} {
			for name, q := range list {
				fields = append(fields, plan.Field{Path: "spec.resourceConfiguration.function.resources." + kind + "." + string(name), Value: q.String()})
			}
		}
		break
	}
	slices.SortFunc(fields, func(a, b plan.Field) int { return strings.Compare(a.Path, b.Path) })
	return fields
}

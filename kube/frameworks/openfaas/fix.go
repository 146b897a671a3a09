package openfaas

import (
	"slices"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
)

// Fix puts a wish into the Function, into a Profile of its own, or where nothing but the Deployment declares the
// function into that.
func (a adapter) Fix(w *plan.Wish) plan.Answer {
	if w.Function.Object.GroupKind() != functionKind {
		return community(w)
	}
	if w.Intent == check.FixNoToken {
		return frameworks.FixAccount(w)
	}
	return operator(w)
}

// community answers for the Community Edition, whose provider writes some fields of the Deployment whole with every
// deploy.
func community(w *plan.Wish) plan.Answer {
	a := frameworks.FixWorkloads(w)
	switch w.Intent {
	case check.FixReadOnlyRoot:
		a.Lost = "the next deploy sets it back: set readonly_root_filesystem in stack.yml too"
	case check.FixLimits:
		a.Lost = "the next deploy sets it back: set limits and requests in stack.yml too"
	case check.FixPinImage:
		a.Lost = "the next deploy sets it back: set image in stack.yml too"
	case check.FixEnvToSecret:
		a.Lost = "the next deploy sets it back: take the variable out of stack.yml too"
	}
	return a
}

// fixing sorts the fields of a wish by the object that takes them.
type fixing struct {
	w        *plan.Wish
	main     string
	function []plan.Field
	profile  map[string]any // below spec.podSecurityContext
	left     []string
}

func operator(w *plan.Wish) plan.Answer {
	fields, main := w.All()
	x := &fixing{w: w, main: main, profile: map[string]any{}}
	for _, f := range fields {
		if frameworks.InVolume(f.Part()) {
			x.left = append(x.left, frameworks.Foreign)
			continue
		}
		x.put(f, f.Part())
	}
	if w.Intent == check.FixReadOnlyRoot {
		x.function = []plan.Field{{Path: "spec.readOnlyRootFilesystem", Value: true}}
		x.left = []string{"the folder /tmp that the operator adds has no size limit"}
	}
	if len(x.profile) > 0 {
		return x.withProfile()
	}
	if len(x.function) == 0 {
		return frameworks.Unplaced(w, unplaced[w.Intent])
	}
	a := w.Done(plan.Rollout, w.Patch(w.Function.Object, w.Function.APIVersion, x.function...))
	a.Left = strings.Join(x.left, ", ")
	return a
}

var unplaced = map[check.Intent]string{
	check.FixDropCapabilities: "a Function has no field for capabilities, and a Profile is about the pod as a whole",
	check.FixNoEscalation:     "a Function has no field for it; newer operators set it by themselves",
	check.FixOwnAccount:       "the open source operator reads no account from a Function any more",
	check.FixNoPrivileged:     "a Function has no field for it: somebody changed the Deployment, and the operator's next update sets it back",
	check.FixPullPolicy:       "the operator gives all functions one pull policy",
}

// put finds the field of the Function, or of its Profile, that a field of the pod comes from.
func (x *fixing) put(f plan.Field, p plan.Part) {
	to := func(path string) {
		f.Path = path
		x.function = append(x.function, f)
	}
	own := p.Container == x.main && p.List == "containers"
	switch {
	case own && p.Rest == "image":
		to("spec.image")
	case own && strings.HasPrefix(p.Rest, "resources."):
		kind, name, _ := strings.Cut(strings.TrimPrefix(p.Rest, "resources."), ".")
		if name != "cpu" && name != "memory" {
			x.left = append(x.left, "a Function has no field for "+name)
			return
		}
		to("spec." + kind + "." + name)
	case p.List == "" && !p.Meta && p.Rest == "serviceAccountName" && x.w.Function.Platform.Shape == shapePro:
		to(plan.Keyed("spec.annotations", accountAnnotation))
	case p.Meta:
		to("spec." + p.Rest)
	case p.List == "":
		if name, ok := strings.CutPrefix(p.Rest, "securityContext."); ok && !f.Remove {
			x.profile[name] = f.Value
		}
	}
}

// withProfile makes, or changes, a Profile for this function alone: a second one in its annotation would replace the
// whole context of the pod.
func (x *fixing) withProfile() plan.Answer {
	w, f := x.w, x.w.Function
	spec, _ := spec(w)
	names := spec.annotations.Get(profileAnnotation)
	if f.Platform.Namespace == "" {
		return frameworks.Unplaced(w, "it takes a Profile in the namespace of OpenFaaS, which is not known")
	}
	profile := model.Ref{Group: group, Kind: profileKind.Kind, Namespace: f.Platform.Namespace, Name: f.Key.Name + "-" + f.Key.Namespace}
	if names != "" && !slices.Contains(strings.Split(names, ","), profile.Name) {
		return w.None("its Profile "+names+" may serve other functions, and another one would replace its whole context of the pod: add it there", check.FixReview)
	}
	var edits []plan.Edit
	if o := w.Objects.Get(profile); o != nil {
		var fields []plan.Field
		for name, value := range x.profile {
			fields = append(fields, plan.Field{Path: "spec.podSecurityContext." + name, Value: value})
		}
		slices.SortFunc(fields, func(a, b plan.Field) int { return strings.Compare(a.Path, b.Path) })
		edits = append(edits, w.Patch(profile, o.Head().APIVersion(), fields...))
	} else {
		edits = append(edits, plan.Edit{
			Verb: plan.Create, Object: profile, APIVersion: group + "/v1", Why: w.Why, Asks: w.Asks,
			New: map[string]any{
				"apiVersion": group + "/v1", "kind": profileKind.Kind,
				"metadata": map[string]any{"name": profile.Name, "namespace": profile.Namespace},
				"spec":     map[string]any{"podSecurityContext": x.profile},
			},
		})
	}
	if names == "" {
		at := plan.Keyed("spec.annotations", profileAnnotation)
		edits = append(edits, w.Patch(f.Object, f.APIVersion, plan.Field{Path: at, Value: profile.Name}))
	}
	return w.Done(plan.Rollout, edits...)
}

func spec(w *plan.Wish) (function, bool) {
	o := w.Objects.Get(w.Function.Object)
	if o == nil {
		return function{}, false
	}
	s, ok := o.Head().FactsOf(Name).(function)
	return s, ok
}

// Keep takes variables out of the Function and mounts a Secret instead: a Function refers to Secrets as files only.
func (a adapter) Keep(w *plan.Wish, secret string, variables []string) plan.Answer {
	s, ok := spec(w)
	if !ok {
		return w.None("its Function cannot be read", "")
	}
	names := make([]any, 0, len(s.secrets)+1)
	for _, name := range s.secrets {
		names = append(names, name)
	}
	if !slices.Contains(s.secrets, secret) {
		names = append(names, secret)
	}
	fields := []plan.Field{{Path: "spec.secrets", Value: names}}
	for _, v := range variables {
		fields = append(fields, plan.Field{Path: plan.Keyed("spec.environment", v), Remove: true, Secret: true})
	}
	e := w.Patch(w.Function.Object, w.Function.APIVersion, fields...)
	e.Asks = frameworks.Also(e.Asks, "its code must read /var/openfaas/secrets/NAME instead of the variables", strings.Join(variables, ", "))
	return w.Done(plan.Rollout, e)
}

// MaxScale sets the label that the gateway reads.
func (a adapter) MaxScale(w *plan.Wish, most int32) plan.Answer {
	f := w.Function
	if f.Object.IsZero() {
		return w.None("its Function is gone", "")
	}
	field := plan.Field{Path: plan.Keyed("spec.labels", scaleLabel+"max"), Value: strconv.Itoa(int(most))}
	if f.Object.GroupKind() != functionKind {
		field.Path = plan.Keyed("spec.template.metadata.labels", scaleLabel+"max")
	}
	answer := w.Done(plan.AtOnce, w.Patch(f.Object, f.APIVersion, field))
	if f.Object.GroupKind() != functionKind {
		answer.Effect, answer.Lost = plan.Rollout, "the next deploy sets it back: set the label in stack.yml too"
	}
	return answer
}

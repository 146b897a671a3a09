package knative

import (
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
)

// Fix puts a wish into the Knative Service, which makes a new Revision of it.
func (adapter) Fix(w *plan.Wish) plan.Answer {
	f := w.Function
	o := w.Objects.Get(f.Object)
	switch {
	case f.Object.GroupKind() == frameworks.Deployment:
		return frameworks.FixWorkloads(w)
	case o == nil || f.Object.GroupKind() != serviceKind && f.Object.GroupKind() != configurationKind:
		return w.None("there is neither a Knative Service nor a Configuration to change", "")
	}
	s, _ := o.Head().FactsOf(Name).(*serving)
	if s == nil || s.template == nil {
		return w.None("its template cannot be read", "")
	}
	fields, main := w.All()
	x := &fixing{template: s.template, main: main}
	left := ""
	for _, field := range fields {
		if frameworks.InVolume(field.Part()) {
			left = frameworks.Foreign
			continue
		}
		x.put(field, field.Part())
	}
	if len(x.fields) == 0 {
		return frameworks.Unplaced(w, "Knative allows no such field without its feature flags")
	}
	if name := s.template.revision; name != "" {
		x.fields = append(x.fields, plan.Field{Path: "spec.template.metadata.name", Remove: true}) // a name is of one Revision
	}
	e := w.Patch(f.Object, f.APIVersion, x.fields...)
	if pinned(s.wanted) {
		e.Asks = frameworks.Also(e.Asks, "its traffic is pinned to Revisions: the new one gets none until the traffic is changed", "")
	}
	a := w.Done(plan.Rollout, e)
	a.Left = left
	if o.Head().Labels.Has("function.knative.dev/name") {
		a.Lost = lost[w.Intent]
	}
	return a
}

// lost says what func takes back: it writes the template anew, but for security contexts and the token.
var lost = map[check.Intent]string{
	check.FixReadOnlyRoot: "the next func deploy takes the volume for /tmp away, and leaves the root read-only",
	check.FixLimits:       "the next func deploy sets it back: set options.resources in func.yaml too",
	check.FixPinImage:     "the next func deploy sets another image",
	check.FixOwnAccount:   "the next func deploy sets it back: set deploy.serviceAccountName in func.yaml too",
	check.FixEnvToSecret:  "the next func deploy sets it back: change run.envs in func.yaml too",
}

func pinned(traffic []target) bool {
	if len(traffic) == 0 {
		return false
	}
	for _, t := range traffic {
		if t.latest || t.revision == "" {
			return false
		}
	}
	return true
}

type fixing struct {
	template *podTemplate
	main     string
	fields   []plan.Field
}

const podSpec = "spec.template.spec."

// put finds the field of the template. Knative takes no security context of the pod without a feature flag, and what
// the sidecar of its own may do is not the function's to say.
func (x *fixing) put(f plan.Field, p plan.Part) {
	to := func(path string) {
		g := f
		g.Path = path
		for _, have := range x.fields {
			if have.Path == path {
				return
			}
		}
		x.fields = append(x.fields, g)
	}
	switch {
	case p.List == "containers":
		if at, ok := x.template.container(p.Container); ok {
			to(podSpec + at + "." + p.Rest)
		}
	case p.List != "":
		to("spec.template." + f.Path)
	case p.Meta:
		to("spec.template." + f.Path)
	case strings.HasPrefix(p.Rest, "securityContext."):
		rest := strings.TrimPrefix(p.Rest, "securityContext.")
		if rest == "fsGroup" || rest == "sysctls" {
			return
		}
		for i := range x.template.containers {
			to(podSpec + x.template.place(i) + "." + p.Rest)
		}
	case p.Rest == "automountServiceAccountToken", p.Rest == "serviceAccountName", strings.HasPrefix(p.Rest, "volumes["):
		to(podSpec + p.Rest)
	}
}

// container returns the path of a container in the template, by the name that it has in the Deployment. One without a
// name gets that of Serving there.
func (t *podTemplate) container(name string) (string, bool) {
	for i, c := range t.containers {
		if c == name || c == "" && (name == userContainer || len(t.containers) == 1) && name != "queue-proxy" {
			return t.place(i), true
		}
	}
	return "", false
}

func (t *podTemplate) place(i int) string {
	s := plan.Step{Of: plan.Place, Index: i}
	if name := t.containers[i]; name != "" {
		s = plan.Step{Of: plan.Element, Key: "name", Value: name}
	}
	return "containers" + plan.Join(s)
}

// MaxScale sets the annotation of the template.
func (adapter) MaxScale(w *plan.Wish, most int32) plan.Answer {
	f := w.Function
	if f.Object.GroupKind() != serviceKind && f.Object.GroupKind() != configurationKind {
		return w.None("nothing scales it", "")
	}
	return w.Done(plan.Rollout, w.Patch(f.Object, f.APIVersion, plan.Field{
		Path: `spec.template.metadata.annotations["autoscaling.knative.dev/max-scale"]`, Value: strconv.Itoa(int(most)),
	}))
}

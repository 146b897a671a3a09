package pods

import (
	"cmp"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	psa "k8s.io/pod-security-admission/api"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

func enforceLabel(namespace, value string) check.At {
	return check.At{
		Object: model.Ref{Kind: namespaceKind.Kind, Name: namespace},
		Path:   "metadata.labels['" + psa.EnforceLevelLabel + "']", Value: value,
	}
}

// unknownNamespace reports a namespace that may not be read.
func unknownNamespace(e *check.Eval) {
	if e.Need(namespaceKind, "") {
		e.Unknown(snapshot.Missing{Verb: "get", Resource: "namespaces", Reason: "may be elsewhere"})
	}
}

// notEnforced judges what the API server refuses in the function's namespace.
func notEnforced(e *check.Eval) {
	ns := e.Subject.Namespace
	n := NamespaceLevel.Get(e.Reader, ns)
	if !n.Known {
		unknownNamespace(e)
		return
	}
	want := target(e)
	if strict(n.Enforce.Level) >= strict(want) {
		return
	}
	message := "the API server accepts pods of any power in namespace " + ns
	switch {
	case n.Enforce.Level != levels[0]:
		message = fmt.Sprintf("namespace %s enforces %s, below %s", ns, n.Enforce.Level, want)
	case !n.Exists:
		message += ": no Namespace object sets a Pod Security level"
	case n.Enforce.Label == "":
		message += ": it has no label " + psa.EnforceLevelLabel
	}
	if n.Enforce.Level == levels[0] && (n.Warn.Label != "" || n.Audit.Label != "") {
		message += "; warnings and audit entries stop nothing"
	}
	f := e.Fail(enforceLabel(ns, n.Enforce.Label), message)
	if most, why := reachable(e.F); strict(n.Enforce.Level) >= most {
		f.With(why)
	}
}

// met is what all that makes pods in a namespace meets.
type met struct {
	level, templates int // templates that nothing counted makes
	some             bool
	missing          snapshot.Missing
	hidden           bool
}

// place is a namespace, judged by a version of the standards.
type place struct {
	namespace string
	minor     int
}

// metBy answers which level every workload, bare pod and function of a namespace meets.
var metBy = snapshot.NewQuery("level that a namespace meets", func(r *snapshot.Reader, at place) met {
	m := met{level: len(levels) - 1}
	count := func(s *corev1.PodSpec, annotations model.Labels) {
		m.level = min(m.level, verdictFor(r, s, annotations, at.minor).level())
	}
	for _, kind := range workload.PodMakers {
		if missing, hidden := r.Hidden(kind, at.namespace); hidden && !m.hidden {
			m.missing, m.hidden = missing, true
		}
		for _, s := range workload.Specs.List(r, kind, at.namespace) {
			count(s.Trait.Spec, s.Trait.Annotations)
			m.some = true
			if !slices.Contains(workload.PodMakers, s.Trait.Maker.GroupKind()) {
				m.templates++
			}
		}
	}
	for _, f := range limited.List(r, at.namespace) {
		m.level = min(m.level, f.Trait.most)
		for _, t := range f.Trait.templates {
			count(t.Spec, t.Annotations)
			m.some = true
			m.templates++
		}
	}
	return m
}, func(a, b met) bool { return a == b }).Eager()

// limits are the level that a function can reach, and its pod templates that no workload of Kubernetes holds.
type limits struct {
	most      int
	templates []model.PodTemplate
}

// limited is the trait of functions that bound what their namespace meets.
var limited = snapshot.NewFunctionTrait(func(f *model.Function) (b limits, ok bool) {
	b.most, _ = reachable(f)
	for i := range f.Templates {
		t := &f.Templates[i]
		if g := t.Origin.Group; g != "apps" && g != "batch" && g != "" && t.Spec != nil {
			b.templates = append(b.templates, model.PodTemplate{Annotations: t.Annotations, Spec: t.Spec})
		}
	}
	return b, b.most < len(levels)-1 || b.templates != nil
}, func(a, b limits) bool {
	return a.most == b.most && slices.EqualFunc(a.templates, b.templates, func(s, t model.PodTemplate) bool {
		return slices.Equal(s.Annotations, t.Annotations) && workload.Same(s.Spec, t.Spec)
	})
})

// couldEnforce finds namespaces where a higher level would refuse nothing that is there.
func couldEnforce(e *check.Eval) {
	ns := e.Subject.Namespace
	n := NamespaceLevel.Get(e.Reader, ns)
	if !n.Known {
		unknownNamespace(e)
		return
	}
	if strict(n.Enforce.Level) == len(levels)-1 {
		return
	}
	m := metBy.Get(e.Reader, place{ns, minorOf(n.Enforce.Version)})
	switch {
	case !m.some:
		e.NA("nothing in its namespace makes pods")
	case m.level <= strict(n.Enforce.Level):
	case m.hidden:
		e.Unknown(m.missing)
	default:
		e.Fail(enforceLabel(ns, n.Enforce.Label), couldRaise.Get(e.Reader, ns))
	}
}

// couldRaise is what is said of such a namespace, for all its functions.
var couldRaise = snapshot.NewQuery("a level that a namespace could enforce", func(r *snapshot.Reader, ns string) string {
	n := NamespaceLevel.Get(r, ns)
	m := metBy.Get(r, place{ns, minorOf(n.Enforce.Version)})
	return fmt.Sprintf("all %d pod templates and pods of namespace %s meet %s, and it enforces %s: raising it refuses nothing",
		m.templates, ns, levels[m.level], cmp.Or(n.Enforce.Label, "nothing"))
}, func(a, b string) bool { return a == b })

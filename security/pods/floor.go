package pods

import (
	"cmp"
	"fmt"

	"k8s.io/apimachinery/pkg/runtime/schema"
	psa "k8s.io/pod-security-admission/api"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
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
	level, templates int
	missing          snapshot.Missing
	hidden           bool
}

var makers = []schema.GroupKind{
	{Group: "apps", Kind: "Deployment"}, {Group: "apps", Kind: "StatefulSet"}, {Group: "apps", Kind: "DaemonSet"},
	{Group: "batch", Kind: "Job"}, {Group: "batch", Kind: "CronJob"}, podKind,
}

// place is a namespace, judged by a version of the standards.
type place struct {
	namespace string
	minor     int
}

// metBy answers which level every workload, bare pod and function of a namespace meets.
var metBy = snapshot.NewQuery("level that a namespace meets", func(r *snapshot.Reader, at place) met {
	m := met{level: len(levels) - 1}
	count := func(t model.PodTemplate) {
		if t.Spec != nil {
			m.templates++
			m.level = min(m.level, verdictFor(r, t.Spec, t.Annotations, at.minor).level())
		}
	}
	for _, kind := range makers {
		if missing, hidden := r.Hidden(kind, at.namespace); hidden && !m.hidden {
			m.missing, m.hidden = missing, true
		}
		for _, o := range r.List(kind, at.namespace) {
			switch o := o.(type) {
			case *model.Workload:
				count(o.Template)
			case *model.Pod:
				count(model.PodTemplate{Annotations: o.Annotations, Spec: o.Spec})
			}
		}
	}
	for _, f := range r.Functions(at.namespace) {
		most, _ := reachable(f)
		m.level = min(m.level, most)
		for i := range f.Templates {
			if o := f.Templates[i].Origin; o.Group != "apps" && o.Group != "batch" && o.Group != "" {
				count(f.Templates[i].PodTemplate)
			}
		}
	}
	return m
}, func(a, b met) bool { return a == b })

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
	case m.templates == 0:
		e.NA("nothing in its namespace makes pods")
	case m.level <= strict(n.Enforce.Level):
	case m.hidden:
		e.Unknown(m.missing)
	default:
		e.Failf(enforceLabel(ns, n.Enforce.Label), "all %d pod templates and pods of namespace %s meet %s, and it enforces %s: raising it refuses nothing",
			m.templates, ns, levels[m.level], cmp.Or(n.Enforce.Label, "nothing"))
	}
}

package framework

import (
	"cmp"
	"reflect"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Names of frameworks, as the adapters give them.
const (
	openFaaS  = "openfaas"
	kubeless  = "kubeless"
	kyma      = "kyma"
	knative   = "knative"
	fission   = "fission"
	nuclio    = "nuclio"
	openWhisk = "openwhisk"
	fnProject = "fn"
	keda      = "keda"
	dapr      = "dapr"
)

var (
	deploymentKind  = schema.GroupKind{Group: "apps", Kind: "Deployment"}
	statefulSetKind = schema.GroupKind{Group: "apps", Kind: "StatefulSet"}
	daemonSetKind   = schema.GroupKind{Group: "apps", Kind: "DaemonSet"}
	podKind         = schema.GroupKind{Kind: "Pod"}
	serviceKind     = schema.GroupKind{Kind: "Service"}
	secretKind      = schema.GroupKind{Kind: "Secret"}
	configMapKind   = schema.GroupKind{Kind: "ConfigMap"}
)

// Platform is the control plane of a framework.
type Platform struct {
	check.Subject
	// Shape and Version are empty where nothing tells them.
	Shape, Version string
	// Workloads, Services and Accounts are those of the control plane, in the order of Ref. Pods are among the
	// workloads where nothing owns them.
	Workloads, Services, Accounts []model.Ref
}

// Platforms lists the control planes: those whose objects are there, and those that functions name.
var Platforms = snapshot.NewQuery("control planes", func(r *snapshot.Reader, _ struct{}) []Platform {
	planes := slices.Clone(anchored.Get(r, struct{}{}))
	for _, n := range named.Get(r, struct{}{}) {
		i := slices.IndexFunc(planes, func(p Platform) bool { return p.Subject == n.Subject })
		if i < 0 {
			planes = append(planes, n)
			continue
		}
		planes[i].Shape, planes[i].Version = cmp.Or(planes[i].Shape, n.Shape), cmp.Or(planes[i].Version, n.Version)
	}
	slices.SortFunc(planes, func(a, b Platform) int { return compareSubjects(a.Subject, b.Subject) })
	for i := range planes {
		m := membersOf.Get(r, planes[i].Subject)
		planes[i].Workloads, planes[i].Services, planes[i].Accounts = m.workloads, m.services, m.accounts
	}
	return planes
}, nil)

// PlatformOf returns one control plane. Of one that Platforms does not list only the Subject is filled in.
var PlatformOf = snapshot.NewQuery("control plane", func(r *snapshot.Reader, s check.Subject) Platform {
	for _, p := range Platforms.Get(r, struct{}{}) {
		if p.Subject == s {
			return p
		}
	}
	return Platform{Subject: s}
}, nil)

// Served lists the functions of a control plane.
var Served = snapshot.NewQuery("functions of a control plane", func(r *snapshot.Reader, s check.Subject) []model.FunctionKey {
	return served.Get(r, struct{}{})[s]
}, slices.Equal[[]model.FunctionKey])

var served = snapshot.NewQuery("functions by control plane", func(r *snapshot.Reader, _ struct{}) map[check.Subject][]model.FunctionKey {
	all := map[check.Subject][]model.FunctionKey{}
	for _, f := range naming.List(r, "") {
		all[f.Trait.Subject] = append(all[f.Trait.Subject], f.Of)
	}
	return all
}, nil)

// naming is the trait of functions that name their control plane, with what they tell of it.
var naming = snapshot.NewFunctionTrait(func(f *model.Function) (mention, bool) {
	s, ok := check.Platform(f)
	if !ok {
		return mention{}, false
	}
	return mention{s, f.Platform.Shape, f.Platform.Version}, true
}, func(a, b mention) bool { return a == b })

type mention struct {
	check.Subject
	shape, version string
}

// named lists the control planes that functions name.
var named = snapshot.NewQuery("control planes that functions name", func(r *snapshot.Reader, _ struct{}) []Platform {
	var all []Platform
	for _, f := range naming.List(r, "") {
		s := f.Trait.Subject
		i := slices.IndexFunc(all, func(p Platform) bool { return p.Subject == s })
		if i < 0 {
			i, all = len(all), append(all, Platform{Subject: s})
		}
		if s.Framework != kyma { // whose functions have a shape each
			all[i].Shape = cmp.Or(all[i].Shape, f.Trait.shape)
		}
		all[i].Version = cmp.Or(all[i].Version, f.Trait.version)
	}
	return all
}, nil)

// anchored lists the control planes whose best known workload is there.
var anchored = snapshot.NewQuery("control planes in workloads", func(r *snapshot.Reader, _ struct{}) []Platform {
	var all []Platform
	for _, a := range anchors.List(r, deploymentKind, "") {
		if !slices.ContainsFunc(all, func(q Platform) bool { return q.Subject == a.Trait.Subject }) {
			all = append(all, a.Trait)
		}
	}
	return all
}, nil)

// anchors is the trait of workloads that a control plane is known by.
var anchors = snapshot.NewObjectTrait(func(o model.Object) (p Platform, ok bool) {
	w, ok := o.(*model.Workload)
	if !ok || w.Template.Spec == nil {
		return p, false
	}
	if p, ok = anchor(w); ok {
		p.Scope, p.Namespace = check.ScopePlatform, w.Namespace
	}
	return p, ok
}, func(a, b Platform) bool { return reflect.DeepEqual(a, b) })

func compareSubjects(a, b check.Subject) int {
	return cmp.Or(cmp.Compare(a.Framework, b.Framework), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Release, b.Release))
}

// members are the objects of one control plane.
type members struct{ workloads, services, accounts []model.Ref }

var membersOf = snapshot.NewQuery("objects of a control plane", func(r *snapshot.Reader, s check.Subject) members {
	var m members
	for _, ns := range homes(s) {
		var pods []model.Labels
		for _, kind := range []schema.GroupKind{deploymentKind, statefulSetKind, daemonSetKind, podKind} {
			for _, o := range r.List(kind, ns) {
				t, ok := templateOf(o)
				if !ok || !belongs(s, o.Head(), t) {
					continue
				}
				m.workloads = append(m.workloads, o.Head().Ref)
				m.accounts = append(m.accounts, model.Ref{Kind: "ServiceAccount", Namespace: ns, Name: accountOf(t.Spec)})
				pods = append(pods, t.Labels)
			}
		}
		for _, o := range r.List(serviceKind, ns) {
			svc, ok := o.(*model.Service)
			if ok && slices.ContainsFunc(pods, func(l model.Labels) bool { return selects(svc.Selector, l) }) {
				m.services = append(m.services, svc.Ref)
			}
		}
	}
	slices.SortFunc(m.workloads, model.Ref.Compare)
	slices.SortFunc(m.services, model.Ref.Compare)
	slices.SortFunc(m.accounts, model.Ref.Compare)
	m.accounts = slices.Compact(m.accounts)
	return m
}, nil)

// templateOf returns the pods that a workload makes, or the one that a pod is which no such workload made.
func templateOf(o model.Object) (model.PodTemplate, bool) {
	switch w := o.(type) {
	case *model.Workload:
		return w.Template, w.Template.Spec != nil
	case *model.Pod:
		if slices.ContainsFunc(w.Owners, func(o model.Owner) bool { return o.Group == deploymentKind.Group && slices.Contains(makers, o.Kind) }) {
			return model.PodTemplate{}, false
		}
		return model.PodTemplate{Labels: w.Labels, Annotations: w.Annotations, Spec: w.Spec}, w.Spec != nil
	}
	return model.PodTemplate{}, false
}

// makers are the kinds whose templates are looked at instead of their pods.
var makers = []string{deploymentKind.Kind, statefulSetKind.Kind, daemonSetKind.Kind}

func accountOf(s *corev1.PodSpec) string {
	return cmp.Or(s.ServiceAccountName, s.DeprecatedServiceAccount, "default")
}

// selects reports whether a Service's selector takes pods with these labels. One without selector takes none.
func selects(selector, pod model.Labels) bool {
	for _, want := range selector {
		if v, ok := pod.Lookup(want.Key); !ok || v != want.Value {
			return false
		}
	}
	return len(selector) > 0
}

// belongs reports whether a workload is a part of the control plane, and of no other release beside it.
func belongs(s check.Subject, h *model.Header, t model.PodTemplate) bool {
	part := partOf[s.Framework]
	if part == nil || !part(h, t) {
		return false
	}
	release := cmp.Or(h.Labels.Get("release"), t.Labels.Get("release"))
	return s.Release == "" || release == "" || release == s.Release || s.Framework == knative || s.Framework == openFaaS && isConnector(t)
}

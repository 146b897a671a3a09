package mesh

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

// Kind is the part of a mesh that a pod is in.
type Kind uint8

// The parts.
const (
	Outside Kind = iota
	Sidecar
	Ambient
	Linkerd
)

// Presence says which meshes a cluster has.
type Presence struct{ Istio, Linkerd bool }

// Meshes answers which meshes the cluster has: by their control planes, by namespaces that ask for them, and by objects
// of them.
var Meshes = snapshot.NewQuery("meshes", func(r *snapshot.Reader, _ struct{}) Presence {
	var p Presence
	p.Istio = r.Get(model.Ref{Kind: "ConfigMap", Namespace: istioNamespace, Name: "istio"}) != nil ||
		r.Get(model.Ref{Group: "apps", Kind: "Deployment", Namespace: istioNamespace, Name: "istiod"}) != nil ||
		len(r.List(peerKind, "")) > 0 || len(r.List(policyKind, "")) > 0 || len(r.List(requestKind, "")) > 0
	p.Linkerd = r.Get(model.Ref{Kind: "ConfigMap", Namespace: "linkerd", Name: "linkerd-config"}) != nil || len(r.List(serverKind, "")) > 0
	for _, o := range r.List(namespaceKind, "") {
		if p.Istio && p.Linkerd {
			break
		}
		h := o.Head()
		p.Istio = p.Istio || h.Labels.Get("istio-injection") == "enabled" || h.Labels.Has("istio.io/rev") ||
			h.Labels.Get(dataplane) == "ambient"
		inject := h.Annotations.Get(linkerdInject)
		p.Linkerd = p.Linkerd || inject == "enabled" || inject == "ingress"
	}
	return p
}, func(a, b Presence) bool { return a == b })

const (
	inject        = "sidecar.istio.io/inject"
	dataplane     = "istio.io/dataplane-mode"
	linkerdInject = "linkerd.io/inject"
)

// Member is how a function stands to the meshes.
type Member struct {
	Meshes Presence
	Kind   Kind
	// Why says why it is outside, or what only running pods show. Refused is set where the pod itself opted out.
	Why         string
	Refused     bool
	At          model.Origin // the pod spec, or its field, that decides
	Labels      model.Labels // of the pods
	Annotations model.Labels
	Namespace   string
	Root        string // root namespace of Istio
	Waypoint    string // name of the waypoint that its namespace or Services use
}

// Of answers how a function stands to the meshes.
var Of = snapshot.NewQuery("mesh of a function", member, nil).Passing()

func member(r *snapshot.Reader, key model.FunctionKey) *Member {
	m := &Member{Meshes: Meshes.Get(r, struct{}{}), Namespace: key.Namespace, Root: Root(r)}
	view := workload.Of.Get(r, key)
	for i := range view.Specs {
		s := &view.Specs[i]
		if s.Namespace != "" {
			m.Namespace = s.Namespace
		}
		one := m.judge(r, s)
		if i == 0 || one.Kind == Outside && m.Kind != Outside {
			m.Kind, m.Why, m.Refused, m.At = one.Kind, one.Why, one.Refused, one.At
			m.Labels, m.Annotations = s.Labels, s.Annotations
		}
	}
	m.running(r, view)
	switch m.Kind {
	case Sidecar, Ambient:
		m.Meshes.Istio = true
	case Linkerd:
		m.Meshes.Linkerd = true
	case Outside:
	}
	if m.Kind == Ambient {
		m.Waypoint = waypointOf(r, m)
	}
	return m
}

// verdict is where one pod spec stands.
type verdict struct {
	Kind    Kind
	Why     string
	Refused bool
	At      model.Origin
}

// judge decides by the labels in Istio's own order; a proxy that is there already is the truth.
func (m *Member) judge(r *snapshot.Reader, s *workload.Spec) verdict {
	at := model.Origin{Ref: s.Ref, Path: s.Path}
	switch proxyOf(s.Spec) {
	case "istio-proxy":
		return verdict{Kind: Sidecar, At: at}
	case "linkerd-proxy":
		return verdict{Kind: Linkerd, At: at}
	}
	if s.Annotations.Get("ambient.istio.io/redirection") == "enabled" {
		return verdict{Kind: Ambient, At: at}
	}
	namespace := namespaceOf(r, m.Namespace)
	out := verdict{At: at, Why: "namespace " + m.Namespace + " does not ask for the mesh, and neither do the pods"}
	if s.Spec != nil && s.Spec.HostNetwork {
		return verdict{At: model.Origin{Ref: s.Ref, Path: s.Field("hostNetwork")}, Why: "pods on the host network are never injected", Refused: true}
	}
	if v := m.istio(s, namespace); v.Kind != Outside || v.Why != "" {
		return v
	}
	value, own := s.Annotations.Lookup(linkerdInject)
	if !own {
		value = namespace.Annotations.Get(linkerdInject)
	}
	switch value {
	case "enabled", "ingress":
		return verdict{Kind: Linkerd, At: at}
	case "disabled":
		out.Why, out.Refused = "annotation "+linkerdInject+" is disabled", own
		if own {
			out.At.Path = annotationsOf(s) + "[" + linkerdInject + "]"
		}
	}
	return out
}

// istio follows the labels. A verdict without a kind and without words means that nothing asks for Istio.
func (m *Member) istio(s *workload.Spec, namespace *model.Header) verdict {
	at := model.Origin{Ref: s.Ref, Path: s.Path}
	injection := namespace.Labels.Get("istio-injection")
	pod := s.Labels.Get(inject)
	if pod == "" {
		pod = s.Annotations.Get(inject)
	}
	injected := injection == "enabled" || injection == "" && (namespace.Labels.Has("istio.io/rev") ||
		s.Labels.Get(inject) == "true" || s.Labels.Has("istio.io/rev"))
	switch {
	case injected && pod != "false":
		return verdict{Kind: Sidecar, At: at}
	case m.ambient(s, namespace):
		return verdict{Kind: Ambient, At: at}
	case pod == "false":
		at.Path = strings.TrimSuffix(annotationsOf(s), "annotations") + "labels[" + inject + "]"
		return verdict{Why: inject + ` is "false" on the pods`, Refused: true, At: at}
	case s.Labels.Get(dataplane) == "none" && namespace.Labels.Get(dataplane) == "ambient":
		return verdict{Why: dataplane + " is none on the pods", Refused: true, At: at}
	case injection == "disabled":
		return verdict{Why: "istio-injection is disabled on namespace " + m.Namespace, At: at}
	}
	return verdict{}
}

func (m *Member) ambient(s *workload.Spec, namespace *model.Header) bool {
	mode, own := s.Labels.Lookup(dataplane)
	if !own {
		mode = namespace.Labels.Get(dataplane)
	}
	return mode == "ambient"
}

// annotationsOf is the path of the annotations beside a pod spec.
func annotationsOf(s *workload.Spec) string {
	return strings.TrimSuffix(s.Path, "spec") + "metadata.annotations"
}

func proxyOf(s *corev1.PodSpec) string {
	if s == nil {
		return ""
	}
	for _, list := range [][]corev1.Container{s.Containers, s.InitContainers} {
		for i := range list {
			if n := list[i].Name; n == "istio-proxy" || n == "linkerd-proxy" {
				return n
			}
		}
	}
	return ""
}

// running looks whether the pods that run have the proxy that the labels promise: pods are injected when they are
// made.
func (m *Member) running(r *snapshot.Reader, view *workload.View) {
	proxies := map[Kind]string{Sidecar: "istio-proxy", Linkerd: "linkerd-proxy"}
	for _, ref := range view.Function.Pods {
		p, ok := r.Get(ref).(*model.Pod)
		if !ok || p.Phase == "Succeeded" || p.Phase == "Failed" {
			continue
		}
		if m.Labels == nil {
			m.Labels, m.Annotations = p.Labels, p.Annotations
		}
		for kind, name := range proxies {
			if m.Kind == Outside && slices.ContainsFunc(p.Containers, func(c model.Container) bool { return c.Name == name }) {
				m.Kind, m.Why = kind, ""
			}
		}
		name := proxies[m.Kind]
		if name != "" && len(p.Containers) > 0 && !slices.ContainsFunc(p.Containers, func(c model.Container) bool { return c.Name == name }) {
			m.Kind, m.At = Outside, model.Origin{Ref: ref, Path: "spec.containers"}
			m.Why = "pod " + ref.Name + " runs without " + name + ": it was made before the mesh was asked for"
			return
		}
	}
}

// nowhere is the header of a namespace that is not there.
var nowhere model.Header

// namespaceOf returns the header of a namespace, an empty one when it is not there. It must not be changed.
func namespaceOf(r *snapshot.Reader, name string) *model.Header {
	if o := r.Get(model.Ref{Kind: namespaceKind.Kind, Name: name}); o != nil {
		return o.Head()
	}
	return &nowhere
}

// Root returns the root namespace of Istio.
func Root(r *snapshot.Reader) string {
	s, ok := snapshot.FactsOf[*settings](r.Get(model.Ref{Kind: "ConfigMap", Namespace: istioNamespace, Name: "istio"}), reader)
	if ok && s.root != "" {
		return s.root
	}
	return istioNamespace
}

// HasProviders reports whether the configuration of Istio has all of these authorizers.
func HasProviders(r *snapshot.Reader, names []string) bool {
	s, ok := snapshot.FactsOf[*settings](r.Get(model.Ref{Kind: "ConfigMap", Namespace: istioNamespace, Name: "istio"}), reader)
	return ok && !slices.ContainsFunc(names, func(n string) bool { return !slices.Contains(s.providers, n) })
}

package expose

import (
	"encoding/json"
	"fmt"
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

const (
	gatewayGroup  = "gateway.networking.k8s.io"
	gatewayXGroup = "gateway.networking.x-k8s.io"
)

var (
	gatewayKind      = schema.GroupKind{Group: gatewayGroup, Kind: "Gateway"}
	gatewayClassKind = schema.GroupKind{Group: gatewayGroup, Kind: "GatewayClass"}
	listenerSetKind  = schema.GroupKind{Group: gatewayGroup, Kind: "ListenerSet"}
	listenerSetXKind = schema.GroupKind{Group: gatewayXGroup, Kind: "XListenerSet"}
	grantKind        = schema.GroupKind{Group: gatewayGroup, Kind: "ReferenceGrant"}
	namespaceKind    = schema.GroupKind{Kind: "Namespace"}
	gatewayRoutes    = []string{"HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"}
)

type jsonRef struct {
	Group, Kind, Namespace *string
	Name                   string
	SectionName            string
	Port                   int32
}

func (j jsonRef) ref(group, kind, namespace string) model.Ref {
	r := model.Ref{Group: group, Kind: kind, Namespace: namespace, Name: j.Name}
	if j.Group != nil {
		r.Group = *j.Group
	}
	if j.Kind != nil {
		r.Kind = *j.Kind
	}
	if j.Namespace != nil {
		r.Namespace = *j.Namespace
	}
	return r
}

type jsonFilter struct {
	Type            string
	RequestRedirect struct{ Scheme string }
	ExtensionRef    jsonRef
	URLRewrite      struct {
		Path struct{ ReplaceFullPath, ReplacePrefixMatch string }
	}
}

type jsonRule struct {
	Matches []struct {
		Path struct{ Value string }
	}
	Filters     []jsonFilter
	BackendRefs []jsonRef
}

func decodeGatewayRoute(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			Hostnames  []string
			ParentRefs []jsonRef
			Rules      []jsonRule
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	h := raw.Header
	f := &routing{middlewares: kongPlugins(h.Annotations)}
	for _, p := range bounded(o.Spec.ParentRefs) {
		f.parents = append(f.parents, parent{p.ref(gatewayGroup, gatewayKind.Kind, h.Namespace), p.SectionName, p.Port})
	}
	hosts := bounded(o.Spec.Hostnames)
	for i, rule := range bounded(o.Spec.Rules) {
		base := way{hosts: hosts, field: fmt.Sprintf("spec.rules[%d]", i)}
		if len(rule.Matches) > 0 {
			base.path = rule.Matches[0].Path.Value
		}
		base.fixed = "spec.rules[" + base.path + "]"
		base.filters(rule.Filters, h.Namespace)
		if base.redirects && len(rule.BackendRefs) == 0 {
			f.ways = append(f.ways, base)
			continue
		}
		for _, b := range bounded(rule.BackendRefs) {
			w := base
			w.service = b.ref("", serviceKind.Kind, h.Namespace)
			if b.Port != 0 {
				w.port = strconv.Itoa(int(b.Port))
			}
			if len(f.ways) < most {
				f.ways = append(f.ways, w)
			}
		}
	}
	return f, nil
}

func (w *way) filters(all []jsonFilter, namespace string) {
	for _, filter := range bounded(all) {
		switch filter.Type {
		case "RequestRedirect":
			w.redirects = w.redirects || filter.RequestRedirect.Scheme == "https"
		case "ExternalAuth":
			w.auth, w.by = External, "filter ExternalAuth"
		case "URLRewrite":
			w.rewrite = filter.URLRewrite.Path.ReplaceFullPath + filter.URLRewrite.Path.ReplacePrefixMatch
		case "ExtensionRef":
			to := filter.ExtensionRef.ref("", "", namespace)
			switch to.Kind {
			case "Middleware":
				w.middlewares = append(w.middlewares, middleware{"traefik", to.Namespace, to.Name})
			case "KongPlugin":
				w.middlewares = append(w.middlewares, middleware{"kong", to.Namespace, to.Name})
			default:
				if w.auth == NoAuth {
					w.auth, w.by = UnknownAuth, "filter "+to.Kind+" "+to.Name
				}
			}
		}
	}
}

func kongPlugins(a model.Labels) []middleware {
	var all []middleware
	for _, name := range splitList(a.Get("konghq.com/plugins")) {
		all = append(all, middleware{kind: "kong", name: name})
	}
	return all
}

// gateway is what is kept of a Gateway, a ListenerSet, or an Istio Gateway.
type gateway struct {
	class     string
	parent    model.Ref // of a ListenerSet
	listeners []listener
	addresses []string
	internal  bool // annotations of the infrastructure make its load balancer private
	service   string
	selector  model.Labels // of an Istio Gateway
	mtls      bool         // clients need a certificate
}

type listener struct {
	name, hostname, protocol string
	hosts                    []string // of an Istio Gateway
	port                     int32
	mode                     string
	redirect                 bool
	certs                    []model.Ref
	from                     string
	selector                 labels.Selector
	mtls                     bool
	unresolved               string // why its certificates cannot be used
	noCert                   bool
	field, fixed             string
}

type jsonTLS struct {
	Mode               string
	CertificateRefs    []jsonRef
	Options            map[string]string
	FrontendValidation *jsonValidation
}

type jsonValidation struct {
	Mode              string
	CACertificateRefs []jsonRef `json:"caCertificateRefs"`
}

func (v *jsonValidation) strict() bool {
	return v != nil && len(v.CACertificateRefs) > 0 && v.Mode != "AllowInsecureFallback"
}

type jsonListener struct {
	Name, Hostname, Protocol string
	Port                     int32
	TLS                      *jsonTLS `json:"tls"`
	AllowedRoutes            struct {
		Namespaces struct {
			From     string
			Selector *metav1.LabelSelector
		}
	}
}

func decodeGateway(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			GatewayClassName string
			ParentRef        jsonRef
			Addresses        []struct{ Value string }
			Listeners        []jsonListener
			Infrastructure   struct{ Annotations map[string]string }
			TLS              struct {
				Frontend struct {
					Default struct{ Validation *jsonValidation }
				}
			} `json:"tls"`
		}
		Status struct {
			Addresses []struct{ Value string }
			Listeners []struct {
				Name       string
				Conditions []struct{ Type, Status, Reason string }
			}
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	h := raw.Header
	g := &gateway{class: o.Spec.GatewayClassName, mtls: o.Spec.TLS.Frontend.Default.Validation.strict()}
	if h.GroupKind() != gatewayKind {
		g.parent = o.Spec.ParentRef.ref(gatewayGroup, gatewayKind.Kind, h.Namespace)
	}
	annotations := model.NewLabels(o.Spec.Infrastructure.Annotations, nil)
	g.internal, _ = internalBalancer(annotations, "")
	g.service = annotations.Get("networking.istio.io/service-type")
	if g.service == "" {
		g.service = h.Annotations.Get("networking.istio.io/service-type")
	}
	addresses := o.Status.Addresses
	if len(addresses) == 0 {
		addresses = o.Spec.Addresses
	}
	for _, a := range bounded(addresses) {
		g.addresses = append(g.addresses, a.Value)
	}
	for i := range bounded(o.Spec.Listeners) {
		l := o.Spec.Listeners[i].keep(i, h.Namespace)
		l.mtls = l.mtls || g.mtls
		for _, s := range bounded(o.Status.Listeners) {
			for _, c := range bounded(s.Conditions) {
				if s.Name == l.name && c.Type == "ResolvedRefs" && c.Status == "False" {
					l.unresolved = "ResolvedRefs is False: " + c.Reason
				}
			}
		}
		g.listeners = append(g.listeners, l)
	}
	return g, nil
}

func (j *jsonListener) keep(i int, namespace string) listener {
	l := listener{
		name: j.Name, hostname: j.Hostname, protocol: j.Protocol, port: j.Port, from: j.AllowedRoutes.Namespaces.From,
		field: fmt.Sprintf("spec.listeners[%d]", i), fixed: "spec.listeners[" + j.Name + "]",
	}
	if s := j.AllowedRoutes.Namespaces.Selector; s != nil {
		if selector, err := metav1.LabelSelectorAsSelector(s); err == nil {
			l.selector = selector
		}
	}
	if t := j.TLS; t != nil {
		l.mode = t.Mode
		if l.mode == "" {
			l.mode = "Terminate"
		}
		for _, c := range bounded(t.CertificateRefs) {
			l.certs = append(l.certs, c.ref("", "Secret", namespace))
		}
		l.noCert = l.mode == "Terminate" && len(l.certs) == 0 && len(t.Options) == 0
		l.mtls = t.FrontendValidation.strict()
	}
	return l
}

// admits reports whether routes of the namespace may attach to the listener.
func (l *listener) admits(r *snapshot.Reader, gatewayNamespace, namespace string) bool {
	switch l.from {
	case "All":
		return true
	case "Selector":
		n := r.Get(model.Ref{Kind: namespaceKind.Kind, Name: namespace})
		if n == nil || l.selector == nil {
			// The label that every namespace has is there without the object.
			return l.selector != nil && l.selector.Matches(labels.Set{"kubernetes.io/metadata.name": namespace})
		}
		return l.selector.Matches(namespaceLabels(n.Head()))
	case "None":
		return false
	}
	return gatewayNamespace == namespace
}

func namespaceLabels(h *model.Header) labels.Set {
	m := h.Labels.Map()
	m["kubernetes.io/metadata.name"] = h.Name
	return m
}

// grant is what a ReferenceGrant allows.
type grant struct {
	from []model.Ref // kind and namespace
	to   []string    // names of Services; empty: all
	any  bool
}

func decodeGrant(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			From []struct{ Group, Kind, Namespace string }
			To   []struct{ Group, Kind, Name string }
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	g := &grant{}
	for _, f := range bounded(o.Spec.From) {
		g.from = append(g.from, model.Ref{Group: f.Group, Kind: f.Kind, Namespace: f.Namespace})
	}
	for _, t := range bounded(o.Spec.To) {
		if t.Group == "" && t.Kind == serviceKind.Kind {
			g.any = g.any || t.Name == ""
			g.to = append(g.to, t.Name)
		}
	}
	return g, nil
}

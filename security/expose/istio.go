package expose

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

const istioGroup = "networking.istio.io"

var (
	istioGatewayKind   = schema.GroupKind{Group: istioGroup, Kind: "Gateway"}
	virtualServiceKind = schema.GroupKind{Group: istioGroup, Kind: "VirtualService"}
	ruleKind           = schema.GroupKind{Group: "gateway.kyma-project.io", Kind: "APIRule"}
)

type jsonDestination struct {
	Destination struct {
		Host string
		Port struct{ Number int32 }
	}
}

type jsonIstioRoute struct {
	Match []struct {
		URI      map[string]string
		Gateways []string
	}
	Redirect *struct{ Scheme string }
	Route    []jsonDestination
	Rewrite  struct{ URI string }
}

func decodeVirtualService(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			Hosts, Gateways, ExportTo []string
			HTTP, TLS, TCP            []jsonIstioRoute
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	h := raw.Header
	f := &routing{made: madeForRule(h), exported: slices.Contains(o.Spec.ExportTo, "*")}
	for _, name := range bounded(o.Spec.Gateways) {
		if name != "mesh" {
			f.parents = append(f.parents, parent{Ref: istioGateway(name, h.Namespace)})
		}
	}
	if len(f.parents) == 0 {
		return f, nil // for callers inside the mesh alone
	}
	for _, part := range []struct {
		name   string
		routes []jsonIstioRoute
	}{{"http", o.Spec.HTTP}, {"tls", o.Spec.TLS}, {"tcp", o.Spec.TCP}} {
		for i, route := range bounded(part.routes) {
			f.istioWays(route, bounded(o.Spec.Hosts), fmt.Sprintf("spec.%s[%d]", part.name, i), h.Namespace)
		}
	}
	return f, nil
}

func (f *routing) istioWays(route jsonIstioRoute, hosts []string, field, namespace string) {
	base := way{hosts: hosts, field: field, fixed: field, rewrite: route.Rewrite.URI}
	for _, m := range route.Match {
		for _, kind := range []string{"exact", "prefix", "regex"} {
			if base.path == "" {
				base.path = m.URI[kind]
			}
		}
	}
	if route.Redirect != nil {
		base.redirects = route.Redirect.Scheme == "https"
		if base.redirects {
			f.ways = append(f.ways, base)
		}
		return
	}
	for _, d := range bounded(route.Route) {
		to, ok := clusterHost(d.Destination.Host, namespace)
		if !ok || len(f.ways) >= most {
			continue
		}
		w := base
		w.service = to
		if n := d.Destination.Port.Number; n != 0 {
			w.port = strconv.Itoa(int(n))
		}
		f.ways = append(f.ways, w)
	}
}

// madeForRule is the APIRule that a VirtualService was made for.
func madeForRule(h *model.Header) model.Ref {
	const prefix = "apirule.gateway.kyma-project.io/"
	name, namespace := h.Labels.Get(prefix+"name"), h.Labels.Get(prefix+"namespace")
	if old := h.Labels.Get(prefix + "v1beta1"); name == "" && old != "" {
		i := strings.LastIndexByte(old, '.')
		if i < 0 {
			return model.Ref{}
		}
		name, namespace = old[:i], old[i+1:]
	}
	if name == "" {
		return model.Ref{}
	}
	return model.Ref{Group: ruleKind.Group, Kind: ruleKind.Kind, Namespace: namespace, Name: name}
}

// istioGateway reads NAME, NAMESPACE/NAME, and the old NAME.NAMESPACE.svc.cluster.local.
func istioGateway(text, namespace string) model.Ref {
	name := text
	if ns, n, ok := strings.Cut(text, "/"); ok {
		namespace, name = ns, n
	} else if n, rest, ok := strings.Cut(text, "."); ok {
		name = n
		namespace, _, _ = strings.Cut(rest, ".")
	}
	return model.Ref{Group: istioGroup, Kind: istioGatewayKind.Kind, Namespace: namespace, Name: name}
}

func decodeIstioGateway(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			Selector map[string]string
			Servers  []struct {
				Port struct {
					Number         int32
					Name, Protocol string
				}
				Hosts []string
				TLS   *struct {
					Mode, CredentialName string
					ServerCertificate    string
					CredentialNames      []string
					HTTPSRedirect        bool `json:"httpsRedirect"`
				} `json:"tls"`
			}
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	g := &gateway{selector: model.NewLabels(o.Spec.Selector, nil), class: "istio"}
	for i, s := range bounded(o.Spec.Servers) {
		l := listener{
			name: s.Port.Name, protocol: strings.ToUpper(s.Port.Protocol), port: s.Port.Number,
			field: fmt.Sprintf("spec.servers[%d]", i), fixed: "spec.servers[" + s.Port.Name + "]",
		}
		for _, host := range bounded(s.Hosts) {
			l.hosts = append(l.hosts, host[strings.IndexByte(host, '/')+1:])
		}
		if t := s.TLS; t != nil {
			l.mode, l.redirect = strings.ToUpper(t.Mode), t.HTTPSRedirect
			l.mtls = l.mode == "MUTUAL"
			for _, name := range append(bounded(t.CredentialNames), t.CredentialName) {
				if name != "" {
					l.certs = append(l.certs, model.Ref{Kind: "Secret", Name: name})
				}
			}
			l.noCert = (l.mode == "SIMPLE" || l.mode == "MUTUAL") && len(l.certs) == 0 && t.ServerCertificate == ""
		}
		g.listeners = append(g.listeners, l)
	}
	return g, nil
}

// ruleFacts is what is kept of an APIRule beside its ways.
type ruleFacts struct {
	routing
	rules []accessRule
	old   bool // v1beta1
}

// accessRule is one rule of an APIRule.
type accessRule struct {
	field, fixed, path string
	handler            string // noAuth, jwt, extAuth, or the handler of the old version
	scoped             bool   // every alternative asks for a scope or an audience
	authorizers        []string
	restricted         bool // extAuth with restrictions
	oathkeeper         bool // fields that only Oathkeeper reads
}

type jsonJWT struct {
	Authentications []json.RawMessage
	Authorizations  []struct{ RequiredScopes, Audiences []string }
}

func (j *jsonJWT) scoped() bool {
	if j == nil {
		return false
	}
	for _, a := range j.Authorizations {
		if len(a.RequiredScopes) == 0 && len(a.Audiences) == 0 {
			return false
		}
	}
	return len(j.Authorizations) > 0
}

type jsonStrategy struct {
	Handler string
	Config  json.RawMessage
}

type jsonRuleSpec struct {
	Hosts         []string
	Host, Gateway string
	Service       *jsonBackend
	Rules         []struct {
		Path    string
		Service *jsonBackend
		NoAuth  bool
		JWT     *jsonJWT
		ExtAuth *struct {
			Authorizers  []string
			Restrictions *jsonJWT
		}
		AccessStrategies []jsonStrategy
	}
}

type jsonBackend struct {
	Name, Namespace string
	Port            int32
}

const originalVersion = "gateway.kyma-project.io/original-version"

func decodeRule(raw *snapshot.Raw) (any, error) {
	var o struct{ Spec jsonRuleSpec }
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	h := raw.Header
	f := &ruleFacts{old: h.Version == "v1beta1" || h.Annotations.Get(originalVersion) == "v1beta1"}
	if kept := h.Annotations.Get("gateway.kyma-project.io/v1beta1-spec"); f.old && kept != "" && len(o.Spec.Rules) == 0 {
		if err := json.Unmarshal([]byte(kept), &o.Spec); err != nil {
			return nil, fmt.Errorf("read %s: v1beta1 spec: %w", h.Ref, err)
		}
	}
	hosts := bounded(o.Spec.Hosts)
	if o.Spec.Host != "" {
		hosts = append(hosts, o.Spec.Host)
	}
	if o.Spec.Gateway != "" {
		f.parents = []parent{{Ref: istioGateway(o.Spec.Gateway, h.Namespace)}}
	}
	for i, rule := range bounded(o.Spec.Rules) {
		a := accessRule{field: fmt.Sprintf("spec.rules[%d]", i), fixed: "spec.rules[" + rule.Path + "]", path: rule.Path}
		switch {
		case rule.NoAuth:
			a.handler = "noAuth"
		case rule.JWT != nil:
			a.handler, a.scoped = "jwt", rule.JWT.scoped()
		case rule.ExtAuth != nil:
			a.handler, a.authorizers = "extAuth", bounded(rule.ExtAuth.Authorizers)
			a.restricted, a.scoped = rule.ExtAuth.Restrictions != nil, rule.ExtAuth.Restrictions.scoped()
		case len(rule.AccessStrategies) > 0:
			a.strategy(rule.AccessStrategies[0])
		}
		f.rules = append(f.rules, a)
		backend := rule.Service
		if backend == nil || backend.Name == "" {
			backend = o.Spec.Service
		}
		f.ways = append(f.ways, a.way(backend, hosts, h.Namespace))
	}
	return f, nil
}

func (a *accessRule) strategy(s jsonStrategy) {
	a.handler = s.Handler
	var config struct {
		jsonJWT
		TrustedIssuers []string `json:"trusted_issuers"`
		JWKSURLs       []string `json:"jwks_urls"`
	}
	if a.handler == "jwt" && json.Unmarshal(s.Config, &config) == nil {
		a.scoped = config.scoped()
		a.oathkeeper = len(config.TrustedIssuers)+len(config.JWKSURLs) > 0
	}
}

// way is the rule as a way in; how it asks for a login is decided where it is resolved, too.
func (a *accessRule) way(b *jsonBackend, hosts []string, namespace string) way {
	w := way{hosts: hosts, path: a.path, field: a.field, fixed: a.fixed, by: a.handler}
	if b != nil && b.Name != "" {
		if b.Namespace != "" {
			namespace = b.Namespace
		}
		w.service, w.port = serviceRef(namespace, b.Name), strconv.Itoa(int(b.Port))
	}
	switch a.handler {
	case "noAuth", "no_auth", "allow":
		w.auth = NoAuth
	case "jwt":
		w.auth = JWTUnscoped
		if a.scoped {
			w.auth = JWTScoped
		}
		if a.oathkeeper {
			w.auth = UnknownAuth
		}
	case "extAuth":
		w.auth = External
	default:
		w.auth = UnknownAuth
	}
	return w
}

// Handler is how one rule of an APIRule asks for a login.
type Handler struct {
	Field, Fixed, Path string
	Name               string // noAuth, jwt, extAuth, or a handler of v1beta1
	Old                bool   // written in v1beta1
	Authorizers        []string
	Restricted, Scoped bool // by scopes or audiences
}

// Handlers lists the rules of an APIRule that lead to one of the Services.
func Handlers(r *snapshot.Reader, rule model.Ref) []Handler {
	f, ok := snapshot.FactsOf[*ruleFacts](r.Get(rule), reader)
	if !ok {
		return nil
	}
	all := make([]Handler, 0, len(f.rules))
	for _, a := range f.rules {
		all = append(all, Handler{a.field, a.fixed, a.path, a.handler, f.old, a.authorizers, a.restricted, a.scoped})
	}
	return all
}

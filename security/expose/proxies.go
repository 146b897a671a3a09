package expose

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

var (
	traefikGroups  = []string{"traefik.io", "traefik.containo.us"}
	httpProxyKind  = schema.GroupKind{Group: "projectcontour.io", Kind: "HTTPProxy"}
	openshiftKind  = schema.GroupKind{Group: "route.openshift.io", Kind: "Route"}
	mappingKind    = schema.GroupKind{Group: "getambassador.io", Kind: "Mapping"}
	authService    = schema.GroupKind{Group: "getambassador.io", Kind: "AuthService"}
	routeGroupKind = schema.GroupKind{Group: "zalando.org", Kind: "RouteGroup"}
	pluginKind     = schema.GroupKind{Group: "configuration.konghq.com", Kind: "KongPlugin"}
	clusterPlugin  = schema.GroupKind{Group: "configuration.konghq.com", Kind: "KongClusterPlugin"}
)

var (
	traefikMatcher = regexp.MustCompile(`(Host|HostHeader|PathPrefix|Path)\(([^)]*)\)`)
	traefikValue   = regexp.MustCompile("[`\"']([^`\"']*)[`\"']")
)

type traefikName struct {
	Name, Namespace, Kind string
	Port                  json.RawMessage
}

type traefikRoute struct {
	Match                 string
	Middlewares, Services []traefikName
}

func decodeTraefik(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			EntryPoints []string
			Routes      []traefikRoute
			TLS         *struct{ SecretName, CertResolver string } `json:"tls"`
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	h := raw.Header
	f := &routing{controller: "traefik"}
	verdict := Plain
	switch {
	case o.Spec.TLS != nil:
		verdict = Terminated
	case len(o.Spec.EntryPoints) == 1 && o.Spec.EntryPoints[0] == "websecure":
		verdict = UnknownTLS // the entry point may have TLS of its own
	}
	for i, route := range bounded(o.Spec.Routes) {
		w := way{field: fmt.Sprintf("spec.routes[%d]", i), fixed: "spec.routes[" + route.Match + "]", tls: verdict}
		f.traefik(route, w, h.Namespace)
	}
	if o.Spec.TLS != nil && o.Spec.TLS.CertResolver == "" {
		c := Certificate{Secret: model.Ref{Kind: "Secret", Namespace: h.Namespace, Name: o.Spec.TLS.SecretName}, Object: h.Ref}
		c.Field, c.Fixed = "spec.tls.secretName", "spec.tls.secretName"
		for _, w := range f.ways {
			c.Hosts = append(c.Hosts, w.hosts...)
		}
		f.certs = []Certificate{c}
	}
	return f, nil
}

func (f *routing) traefik(route traefikRoute, base way, namespace string) {
	base.hosts, base.path = traefikRule(route.Match)
	for _, m := range bounded(route.Middlewares) {
		base.middlewares = append(base.middlewares, middleware{"traefik", either(m.Namespace, namespace), m.Name})
	}
	for _, s := range bounded(route.Services) {
		if s.Kind != "" && s.Kind != serviceKind.Kind || len(f.ways) >= most {
			continue
		}
		w := base
		w.service, w.port = serviceRef(either(s.Namespace, namespace), s.Name), strings.Trim(string(s.Port), `"`)
		f.ways = append(f.ways, w)
	}
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// traefikRule reads the hosts and the path of "Host(`a`, `b`) && PathPrefix(`/x`)".
func traefikRule(rule string) (hosts []string, path string) {
	for _, m := range traefikMatcher.FindAllStringSubmatch(rule, most) {
		for _, v := range traefikValue.FindAllStringSubmatch(m[2], most) {
			if strings.HasPrefix(m[1], "Host") {
				hosts = append(hosts, v[1])
			} else if path == "" {
				path = v[1]
			}
		}
	}
	return bounded(hosts), path
}

func decodeOpenShift(raw *snapshot.Raw) (any, error) {
	type target struct{ Kind, Name string }
	var o struct {
		Spec struct {
			Host, Path, WildcardPolicy string
			To                         target
			AlternateBackends          []target
			TLS                        *struct {
				Termination, InsecureEdgeTerminationPolicy string
			} `json:"tls"`
		}
		Status struct{ Ingress []struct{ Host string } }
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	h := raw.Header
	w := way{path: o.Spec.Path, field: "spec.to", fixed: "spec.to", tls: Plain}
	host := o.Spec.Host
	if host == "" && len(o.Status.Ingress) > 0 {
		host = o.Status.Ingress[0].Host
	}
	if host == "" {
		host = "(made by the cluster)"
	}
	w.hosts = []string{host}
	if t := o.Spec.TLS; t != nil {
		w.tls = Terminated
		if t.Termination == "passthrough" {
			w.tls = Passthrough
		}
		if t.InsecureEdgeTerminationPolicy == "Allow" {
			w.beside = "insecureEdgeTerminationPolicy is Allow"
		}
	}
	f := &routing{controller: "openshift"}
	const ranges = "haproxy.router.openshift.io/ip_"
	allowed := strings.Fields(h.Annotations.Get(ranges+"allowlist") + " " + h.Annotations.Get(ranges+"whitelist"))
	if private, _ := rangesOf(bounded(allowed)); private {
		f.class = Private
	}
	for _, t := range append([]target{o.Spec.To}, bounded(o.Spec.AlternateBackends)...) {
		if t.Name != "" && (t.Kind == "" || t.Kind == serviceKind.Kind) {
			w.service = serviceRef(h.Namespace, t.Name)
			f.ways = append(f.ways, w)
		}
	}
	return f, nil
}

func decodeMapping(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			Host, Hostname, Prefix, Service string
			BypassAuth                      bool `json:"bypass_auth"`
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	w := way{path: o.Spec.Prefix, field: "spec.service", fixed: "spec.service", by: "AuthService"}
	if host := o.Spec.Hostname + o.Spec.Host; host != "" {
		w.hosts = []string{host}
	}
	if o.Spec.BypassAuth {
		w.by = ""
	}
	name := o.Spec.Service[strings.Index(o.Spec.Service, "//")+1:]
	name, w.port, _ = strings.Cut(strings.TrimPrefix(name, "/"), ":")
	if name, namespace, ok := strings.Cut(name, "."); ok {
		namespace, _, _ = strings.Cut(namespace, ".")
		w.service = serviceRef(namespace, name)
	} else {
		w.service = serviceRef(raw.Header.Namespace, name)
	}
	return &routing{controller: "emissary", ways: []way{w}}, nil
}

func decodeRouteGroup(raw *snapshot.Raw) (any, error) {
	type backendRef struct{ BackendName string }
	var o struct {
		Spec struct {
			Hosts    []string
			Backends []struct {
				Name, Type, ServiceName string
				ServicePort             int32
			}
			DefaultBackends []backendRef
			Routes          []struct {
				Path, PathSubtree string
				Filters           []string
				Backends          []backendRef
			}
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	f := &routing{controller: "skipper"}
	add := func(w way, refs []backendRef) {
		for _, ref := range bounded(refs) {
			for _, b := range bounded(o.Spec.Backends) {
				if b.Name == ref.BackendName && b.ServiceName != "" && len(f.ways) < most {
					w.service, w.port = serviceRef(raw.Header.Namespace, b.ServiceName), strconv.Itoa(int(b.ServicePort))
					f.ways = append(f.ways, w)
				}
			}
		}
	}
	for i, route := range bounded(o.Spec.Routes) {
		w := way{hosts: bounded(o.Spec.Hosts), path: route.Path + route.PathSubtree, field: fmt.Sprintf("spec.routes[%d]", i)}
		w.fixed = "spec.routes[" + w.path + "]"
		for _, filter := range route.Filters {
			for _, name := range []string{"oauth", "jwt", "basicAuth", "webhook", "oidc"} {
				if strings.HasPrefix(filter, name) {
					w.auth, w.by = Declared, "filter "+name
				}
			}
		}
		refs := route.Backends
		if len(refs) == 0 {
			refs = o.Spec.DefaultBackends
		}
		add(w, refs)
	}
	if len(o.Spec.Routes) == 0 {
		add(way{hosts: bounded(o.Spec.Hosts), field: "spec.defaultBackends", fixed: "spec.defaultBackends"}, o.Spec.DefaultBackends)
	}
	return f, nil
}

// HasHost reports whether an HTTPProxy names a host of its own, and is not a part of others.
func HasHost(r *snapshot.Reader, ref model.Ref) bool {
	f, ok := snapshot.FactsOf[*routing](r.Get(ref), reader)
	return ok && !f.child
}

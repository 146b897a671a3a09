package expose

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

type contourPolicy struct {
	Disabled bool
	Require  string
}

type contourHost struct {
	FQDN string
	TLS  *struct {
		SecretName       string
		Passthrough      bool
		ClientValidation *struct{ OptionalClientCertificate, SkipClientCertValidation bool }
	} `json:"tls"`
	Authorization *struct{ AuthPolicy contourPolicy }
	JWTProviders  []struct {
		Default   bool
		Audiences []string
	}
}

type contourRoute struct {
	Conditions []struct{ Prefix, Exact string }
	Services   []struct {
		Name string
		Port int32
	}
	PermitInsecure                    bool
	AuthPolicy, JWTVerificationPolicy *contourPolicy
}

func decodeHTTPProxy(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			VirtualHost *contourHost
			Includes    []struct{ Name, Namespace string }
			Routes      []contourRoute
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	h := raw.Header
	f := &routing{controller: "contour", child: o.Spec.VirtualHost == nil, root: way{tls: Plain}}
	if o.Spec.VirtualHost != nil {
		f.contourHost(o.Spec.VirtualHost, h)
	}
	for _, in := range bounded(o.Spec.Includes) {
		f.includes = append(f.includes, model.Ref{Group: h.Group, Kind: h.Kind, Namespace: either(in.Namespace, h.Namespace), Name: in.Name})
	}
	for i, route := range bounded(o.Spec.Routes) {
		w := f.root
		w.field = fmt.Sprintf("spec.routes[%d]", i)
		for _, c := range route.Conditions {
			w.path += c.Prefix + c.Exact
		}
		w.fixed = "spec.routes[" + w.path + "]"
		w.contourPolicies(&route)
		for _, s := range bounded(route.Services) {
			if len(f.ways) < most {
				w.service, w.port = serviceRef(h.Namespace, s.Name), strconv.Itoa(int(s.Port))
				f.ways = append(f.ways, w)
			}
		}
	}
	return f, nil
}

// contourHost reads what holds for all routes of the host, and of the proxies that it includes.
func (f *routing) contourHost(v *contourHost, h *model.Header) {
	f.root.hosts = []string{v.FQDN}
	if t := v.TLS; t != nil {
		f.root.tls = Terminated
		if t.Passthrough {
			f.root.tls = Passthrough
			return
		}
		namespace, name, ok := strings.Cut(t.SecretName, "/")
		if !ok {
			namespace, name = h.Namespace, t.SecretName
		}
		f.certs = []Certificate{{
			Secret: model.Ref{Kind: "Secret", Namespace: namespace, Name: name}, Hosts: f.root.hosts, Object: h.Ref,
			Field: "spec.virtualhost.tls.secretName", Fixed: "spec.virtualhost.tls.secretName",
		}}
		if c := t.ClientValidation; c != nil && !c.OptionalClientCertificate && !c.SkipClientCertValidation {
			f.root.auth, f.root.by = MTLS, "clientValidation"
			return
		}
	}
	if v.Authorization != nil && !v.Authorization.AuthPolicy.Disabled {
		f.root.auth, f.root.by = External, "authorization"
	}
	for _, p := range v.JWTProviders {
		if p.Default {
			f.root.auth, f.root.by = JWTUnscoped, "jwtProviders"
			if len(p.Audiences) > 0 {
				f.root.auth = JWTScoped
			}
		}
	}
}

// contourPolicies takes what the route says beside its host.
func (w *way) contourPolicies(route *contourRoute) {
	p, j := route.AuthPolicy, route.JWTVerificationPolicy
	switch {
	case p != nil && p.Disabled && w.auth == External, j != nil && j.Disabled && (w.auth == JWTUnscoped || w.auth == JWTScoped):
		w.auth, w.by = NoAuth, ""
	case j != nil && j.Require != "" && w.auth == NoAuth:
		w.auth, w.by = JWTUnscoped, "jwtVerificationPolicy"
	}
	w.insecure = route.PermitInsecure
	if w.tls == Terminated && w.insecure {
		w.beside = "permitInsecure is true"
	}
}

package expose

import (
	"encoding/json"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// plugin is what is kept of a Middleware of Traefik or a plugin of Kong.
type plugin struct {
	auth     Auth
	redirect bool
	chain    []middleware
}

func decodeMiddleware(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			BasicAuth, DigestAuth, ForwardAuth, JWT, OIDC, APIKey json.RawMessage
			Plugin                                                map[string]json.RawMessage
			RedirectScheme                                        struct{ Scheme string }
			Chain                                                 struct {
				Middlewares []struct{ Name, Namespace string }
			}
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	s := &o.Spec
	p := &plugin{redirect: s.RedirectScheme.Scheme == "https"}
	if len(s.BasicAuth)+len(s.DigestAuth)+len(s.ForwardAuth)+len(s.JWT)+len(s.OIDC)+len(s.APIKey) > 0 {
		p.auth = Declared
	} else if len(s.Plugin) > 0 {
		p.auth = UnknownAuth
	}
	for _, m := range bounded(s.Chain.Middlewares) {
		if m.Namespace == "" {
			m.Namespace = raw.Header.Namespace
		}
		p.chain = append(p.chain, middleware{"traefik", m.Namespace, m.Name})
	}
	return p, nil
}

func decodePlugin(raw *snapshot.Raw) (any, error) {
	var o struct {
		Plugin   string
		Disabled bool
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	p := &plugin{}
	if !o.Disabled && namesLogin(o.Plugin) {
		p.auth = Declared
	}
	return p, nil
}

// namesLogin tells a login by the name of a plugin that cannot be looked up.
func namesLogin(name string) bool {
	name = strings.ToLower(name)
	for _, word := range []string{"auth", "oidc", "openid", "jwt", "login", "sso", "saml"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// settings are ConfigMaps of control planes that decide about exposure, by name.
var settings = map[string][]string{
	"config-network":     {"external-domain-tls", "auto-tls", "http-protocol", "ingress-class", "ingress.class"},
	"config-kourier":     {"extauthz-host"},
	"api-gateway-config": {"api-gateway-config"},
}

// decodeConfigMap keeps the settings, and of config-domain the domains: the key `_example` is none.
func decodeConfigMap(c *corev1.ConfigMap) any {
	keys, known := settings[c.Name]
	kept := map[string]string{}
	if c.Name == "config-domain" && c.Namespace == knativeNamespace {
		for k, v := range c.Data {
			if k != "_example" && len(kept) < most {
				kept[k] = v
			}
		}
		return kept
	}
	if !known {
		return nil
	}
	for _, k := range keys {
		if v, ok := c.Data[k]; ok {
			kept[k] = v
		}
	}
	return kept
}

// ingressClass is what is kept of an IngressClass or a GatewayClass.
type ingressClass struct {
	controller string
	preferred  bool // the default of the cluster
}

func decodeIngressClass(c *networkingv1.IngressClass) any {
	return &ingressClass{controller: c.Spec.Controller, preferred: c.Annotations["ingressclass.kubernetes.io/is-default-class"] == "true"}
}

func decodeGatewayClass(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct{ ControllerName string }
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	return &ingressClass{controller: o.Spec.ControllerName}, nil
}

// attached is a policy of a Gateway implementation that asks for a login.
type attached struct {
	targets []model.Ref
	auth    Auth
}

func decodeAttached(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			TargetRef                                 jsonRef
			TargetRefs                                []jsonRef
			BasicAuth, JWT, OIDC, ExtAuth, APIKeyAuth json.RawMessage
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	s := &o.Spec
	a := &attached{auth: NoAuth}
	if len(s.BasicAuth)+len(s.JWT)+len(s.OIDC)+len(s.ExtAuth)+len(s.APIKeyAuth) > 0 || raw.Header.Kind == "AuthPolicy" {
		a.auth = Declared
	}
	for _, t := range append([]jsonRef{s.TargetRef}, bounded(s.TargetRefs)...) {
		if t.Name != "" {
			a.targets = append(a.targets, t.ref(gatewayGroup, "", raw.Header.Namespace))
		}
	}
	return a, nil
}

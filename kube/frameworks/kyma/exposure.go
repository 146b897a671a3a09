package kyma

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// rule is what is kept of an APIRule, of any version.
type rule struct {
	hosts   []string
	gateway model.Ref
	paths   []rulePath
	problem string // what its controller complains about
	old     bool   // v1beta1
}

type rulePath struct {
	path, auth string
	service    model.Ref
}

// subscription is what is kept of a Subscription.
type subscription struct {
	sink    model.Ref
	types   string
	problem string
}

// gateway is what is kept of an Istio Gateway.
type gateway struct {
	domain string // of the first server, for hosts that are a label only
	tls    bool
}

type serviceJSON struct {
	Name      string  `json:"name"`
	Namespace *string `json:"namespace"`
}

func (s *serviceJSON) ref(namespace string) model.Ref {
	if s == nil || s.Name == "" {
		return model.Ref{}
	}
	if s.Namespace != nil && *s.Namespace != "" {
		namespace = *s.Namespace
	}
	return model.Ref{Kind: frameworks.Service.Kind, Namespace: frameworks.Text(namespace), Name: frameworks.Text(s.Name)}
}

// ruleSpec has the fields of all versions: a rule that was made in an old one may keep its fields.
type ruleSpec struct {
	Hosts   []string     `json:"hosts"`
	Host    string       `json:"host"`
	Gateway string       `json:"gateway"`
	Service *serviceJSON `json:"service"`
	Rules   []struct {
		Path    string       `json:"path"`
		Service *serviceJSON `json:"service"`
		NoAuth  bool         `json:"noAuth"`
		JWT     *struct {
			Authentications []struct {
				Issuer string `json:"issuer"`
			} `json:"authentications"`
		} `json:"jwt"`
		ExtAuth *struct {
			Authorizers []string `json:"authorizers"`
		} `json:"extAuth"`
		Strategies []struct {
			Handler string `json:"handler"`
		} `json:"accessStrategies"`
	} `json:"rules"`
}

func decodeRule(raw *frameworks.Raw) (any, error) {
	var o struct {
		Spec   ruleSpec `json:"spec"`
		Status struct {
			State       string `json:"state"`
			Description string `json:"description"`
			Old         struct {
				Code string `json:"code"`
				Desc string `json:"desc"`
			} `json:"APIRuleStatus"`
		} `json:"status"`
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("decode APIRule: %w", err)
	}
	h := raw.Header
	old := raw.GVK.Version == "v1beta1" || h.Annotations.Get(oldRule) == "v1beta1"
	if kept := h.Annotations.Get(oldRuleSpec); old && kept != "" && len(o.Spec.Rules) == 0 {
		if err := json.Unmarshal([]byte(kept), &o.Spec); err != nil {
			return nil, fmt.Errorf("decode APIRule: annotation %s: %w", oldRuleSpec, err)
		}
	}
	r := o.Spec.decode(h)
	r.old = old
	switch {
	case o.Status.State == "Error" || o.Status.State == "Warning":
		r.problem = frameworks.Sentence(o.Status.State, o.Status.Description)
	case o.Status.Old.Code == "ERROR" || o.Status.Old.Code == "WARNING":
		r.problem = frameworks.Sentence(o.Status.Old.Code, o.Status.Old.Desc)
	}
	return r, nil
}

func (s *ruleSpec) decode(h *model.Header) rule {
	r := rule{gateway: gatewayRef(s.Gateway)}
	if s.Host != "" {
		s.Hosts = append(s.Hosts, s.Host)
	}
	for _, host := range frameworks.List(s.Hosts) {
		r.hosts = append(r.hosts, frameworks.Text(host))
	}
	whole := s.Service.ref(h.Namespace)
	for _, one := range frameworks.List(s.Rules) {
		p := rulePath{path: frameworks.Text(one.Path), service: one.Service.ref(h.Namespace)}
		if p.service.IsZero() {
			p.service = whole
		}
		switch {
		case one.JWT != nil:
			p.auth = "jwt"
			if all := one.JWT.Authentications; len(all) > 0 {
				p.auth = frameworks.Text("jwt " + all[0].Issuer)
			}
		case one.ExtAuth != nil:
			p.auth = frameworks.Text("external " + strings.Join(frameworks.List(one.ExtAuth.Authorizers), ","))
		case len(one.Strategies) > 0 && one.Strategies[0].Handler != "allow" && one.Strategies[0].Handler != "no_auth":
			p.auth = frameworks.Text(one.Strategies[0].Handler)
		}
		r.paths = append(r.paths, p)
		if !p.service.IsZero() {
			h.Links = append(h.Links, p.service)
		}
	}
	if !r.gateway.IsZero() {
		h.Links = append(h.Links, r.gateway)
	}
	return r
}

// gatewayRef reads `namespace/name`, and `name.namespace.svc.cluster.local` of the old version.
func gatewayRef(text string) model.Ref {
	namespace, name, ok := strings.Cut(text, "/")
	if !ok {
		name, namespace, _ = strings.Cut(text, ".")
		namespace, _, _ = strings.Cut(namespace, ".")
	}
	if name == "" {
		return model.Ref{}
	}
	return model.Ref{
		Group: gatewayKind.Group, Kind: gatewayKind.Kind, Namespace: frameworks.Text(namespace), Name: frameworks.Text(name),
	}
}

func decodeSubscription(raw *frameworks.Raw) (any, error) {
	var o struct {
		Spec struct {
			Sink  string   `json:"sink"`
			Types []string `json:"types"`
		} `json:"spec"`
		Status struct {
			Ready      *bool `json:"ready"`
			Conditions []struct {
				Type    string `json:"type"`
				Status  string `json:"status"`
				Reason  string `json:"reason"`
				Message string `json:"message"`
			} `json:"conditions"`
		} `json:"status"`
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("decode Subscription: %w", err)
	}
	s := subscription{types: frameworks.Text(strings.Join(frameworks.List(o.Spec.Types), ", ")), sink: sinkRef(o.Spec.Sink)}
	if o.Status.Ready != nil && !*o.Status.Ready {
		s.problem = "is not ready"
		for _, c := range frameworks.List(o.Status.Conditions) {
			if c.Status == "False" {
				s.problem = frameworks.Sentence(c.Reason, c.Message)
				break
			}
		}
	}
	if !s.sink.IsZero() {
		raw.Header.Links = append(raw.Header.Links, s.sink)
	}
	return s, nil
}

// sinkRef reads the Service of `http://NAME.NS.svc.cluster.local`.
func sinkRef(text string) model.Ref {
	u, err := url.Parse(text)
	if err != nil {
		return model.Ref{}
	}
	parts := strings.SplitN(u.Hostname(), ".", 4)
	if len(parts) < 3 || parts[2] != "svc" {
		return model.Ref{}
	}
	return model.Ref{Kind: frameworks.Service.Kind, Namespace: frameworks.Text(parts[1]), Name: frameworks.Text(parts[0])}
}

func decodeGateway(raw *frameworks.Raw) (any, error) {
	var o struct {
		Spec struct {
			Servers []struct {
				Hosts []string `json:"hosts"`
				TLS   *struct {
					Mode string `json:"mode"`
				} `json:"tls"`
			} `json:"servers"`
		} `json:"spec"`
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("decode Gateway: %w", err)
	}
	var g gateway
	for i, s := range frameworks.List(o.Spec.Servers) {
		g.tls = g.tls || s.TLS != nil && s.TLS.Mode != ""
		if i == 0 && len(s.Hosts) > 0 {
			host := s.Hosts[0][strings.IndexByte(s.Hosts[0], '/')+1:] // NAMESPACE/HOST is allowed
			g.domain = frameworks.Text(strings.TrimPrefix(host, "*."))
		}
	}
	return g, nil
}

package expose

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/snapshot"
)

var (
	knativeIngress  = schema.GroupKind{Group: "networking.internal.knative.dev", Kind: "Ingress"}
	domainKind      = schema.GroupKind{Group: "serving.knative.dev", Kind: "DomainMapping"}
	knativeService  = schema.GroupKind{Group: "serving.knative.dev", Kind: "Service"}
	fissionTrigger  = schema.GroupKind{Group: "fission.io", Kind: "HTTPTrigger"}
	nuclioFunction  = schema.GroupKind{Group: "nuclio.io", Kind: "NuclioFunction"}
	nuclioGateway   = schema.GroupKind{Group: "nuclio.io", Kind: "NuclioAPIGateway"}
	scaledKind      = schema.GroupKind{Group: "http.keda.sh", Kind: "HTTPScaledObject"}
	functionIngress = schema.GroupKind{Group: "openfaas.com", Kind: "FunctionIngress"}
	kubelessTrigger = schema.GroupKind{Group: "kubeless.io", Kind: "HTTPTrigger"}
	configMapKind   = schema.GroupKind{Kind: "ConfigMap"}
)

// knativeWays is what is kept of a Knative Ingress: the truth about the hosts of a Route.
type knativeWays struct {
	public    [][]string // hosts of each rule that is visible from outside
	paths     []string
	tlsHosts  []string
	redirects bool
}

func decodeKnativeIngress(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			HTTPOption string
			TLS        []struct{ Hosts []string } `json:"tls"`
			Rules      []struct {
				Hosts      []string
				Visibility string
			}
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	k := &knativeWays{redirects: o.Spec.HTTPOption == "Redirected"}
	for i, rule := range bounded(o.Spec.Rules) {
		if rule.Visibility != "ClusterLocal" {
			k.public = append(k.public, bounded(rule.Hosts))
			k.paths = append(k.paths, fmt.Sprintf("spec.rules[%d]", i))
		}
	}
	for _, t := range bounded(o.Spec.TLS) {
		k.tlsHosts = append(k.tlsHosts, bounded(t.Hosts)...)
	}
	return k, nil
}

// mapping is what is kept of a DomainMapping.
type mapping struct {
	to     string // name of the Knative Service or Route
	secret string
}

func decodeDomainMapping(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			Ref struct{ Kind, Name string }
			TLS struct{ SecretName string } `json:"tls"`
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	return &mapping{to: o.Spec.Ref.Name, secret: o.Spec.TLS.SecretName}, nil
}

// trigger is what is kept of an HTTPTrigger of Fission or Kubeless, or of a FunctionIngress.
type trigger struct {
	functions       []string
	namespace       string // of the function, where it is not the trigger's
	host, path, tls string
	ingress         bool // an Ingress or HTTPRoute is made for it
	login           bool
	bypass          bool
	fields          struct{ host, tls string }
}

func decodeFissionTrigger(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			FunctionRef struct {
				Name            string
				FunctionWeights map[string]int64
			}
			Host, RelativeURL, Prefix string
			CreateIngress             bool
			IngressConfig             struct{ Host, TLS string }
			RouteConfig               struct {
				Provider, TLS string
				Hostnames     []string
			}
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	s := &o.Spec
	t := &trigger{host: s.IngressConfig.Host, path: s.RelativeURL, tls: s.IngressConfig.TLS, ingress: s.CreateIngress}
	if s.Prefix != "" {
		t.path = s.Prefix
	}
	t.fields.host, t.fields.tls = "spec.ingressconfig.host", "spec.ingressconfig.tls"
	if s.RouteConfig.Provider != "" {
		t.ingress, t.tls, t.host = true, s.RouteConfig.TLS, ""
		t.fields.host, t.fields.tls = "spec.routeConfig.hostnames", "spec.routeConfig.tls"
		if len(s.RouteConfig.Hostnames) > 0 {
			t.host = s.RouteConfig.Hostnames[0]
		}
	}
	if t.host == "" {
		t.host = s.Host
	}
	t.functions = bounded(slices.Sorted(maps.Keys(s.FunctionRef.FunctionWeights)))
	if s.FunctionRef.Name != "" && !slices.Contains(t.functions, s.FunctionRef.Name) {
		t.functions = append(t.functions, s.FunctionRef.Name)
	}
	return t, nil
}

func decodeFunctionIngress(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			Domain, Function, FunctionNamespace, Path string
			BypassGateway                             bool
			TLS                                       struct{ Enabled bool } `json:"tls"`
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	s := &o.Spec
	t := &trigger{functions: []string{s.Function}, namespace: s.FunctionNamespace, host: s.Domain, path: s.Path, bypass: s.BypassGateway}
	if s.TLS.Enabled {
		t.tls = s.Domain + "-cert"
	}
	auth, _ := login(raw.Header.Annotations.Map())
	t.login = auth != NoAuth
	t.fields.host, t.fields.tls = "spec.domain", "spec.tls"
	return t, nil
}

func decodeKubelessTrigger(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			FunctionName string `json:"function-name"`
			HostName     string `json:"host-name"`
			Path         string `json:"path"`
			TLSSecret    string `json:"tls-secret"`
			Auth         string `json:"basic-auth-secret"`
			Gateway      string `json:"gateway"`
			TLS          bool   `json:"tls"`
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	s := &o.Spec
	t := &trigger{functions: []string{s.FunctionName}, host: s.HostName, path: s.Path, tls: s.TLSSecret, ingress: true}
	if s.TLS {
		t.tls = raw.Header.Name + "-tls"
	}
	t.login = s.Auth != "" && (s.Gateway == "nginx" || s.Gateway == "traefik")
	t.fields.host, t.fields.tls = "spec.host-name", "spec.tls"
	return t, nil
}

// nuclioFacts is what is kept of a NuclioFunction or a NuclioAPIGateway.
type nuclioFacts struct {
	serviceType, serviceField string
	ingresses                 []nuclioDoor
	login                     string // authenticationMode of the http trigger
	loginAt                   string
	gateway                   nuclioDoor // of an API gateway
	mode                      string
	functions                 []string
}

type nuclioDoor struct{ host, path, secret, field string }

func decodeNuclioFunction(raw *snapshot.Raw) (any, error) {
	type door struct {
		Host, SecretName string
		Paths            []string
	}
	var o struct {
		Spec struct {
			ServiceType string
			Triggers    map[string]struct {
				Kind       string
				Disabled   bool
				Attributes json.RawMessage
			}
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	f := &nuclioFacts{serviceType: o.Spec.ServiceType, serviceField: "spec.serviceType"}
	for _, name := range bounded(slices.Sorted(maps.Keys(o.Spec.Triggers))) {
		t := o.Spec.Triggers[name]
		var a struct {
			ServiceType, AuthenticationMode string
			Ingresses                       map[string]door
		}
		if t.Kind != "http" || t.Disabled || json.Unmarshal(t.Attributes, &a) != nil {
			continue
		}
		at := "spec.triggers." + name + ".attributes."
		if a.ServiceType != "" {
			f.serviceType, f.serviceField = a.ServiceType, at+"serviceType"
		}
		f.login, f.loginAt = a.AuthenticationMode, at+"authenticationMode"
		for _, key := range bounded(slices.Sorted(maps.Keys(a.Ingresses))) {
			d := nuclioDoor{host: a.Ingresses[key].Host, secret: a.Ingresses[key].SecretName, field: at + "ingresses." + key}
			if len(a.Ingresses[key].Paths) > 0 {
				d.path = a.Ingresses[key].Paths[0]
			}
			f.ingresses = append(f.ingresses, d)
		}
	}
	return f, nil
}

func decodeNuclioGateway(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			Host, Path, AuthenticationMode string
			Upstreams                      []struct{ NuclioFunction struct{ Name string } }
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	f := &nuclioFacts{mode: o.Spec.AuthenticationMode, gateway: nuclioDoor{host: o.Spec.Host, path: o.Spec.Path, field: "spec.host"}}
	for _, u := range bounded(o.Spec.Upstreams) {
		f.functions = append(f.functions, u.NuclioFunction.Name)
	}
	return f, nil
}

// scaled is what is kept of an HTTPScaledObject.
type scaled struct {
	hosts, paths  []string
	service, name string
}

func decodeScaled(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			Hosts, PathPrefixes []string
			ScaleTargetRef      struct{ Name, Service string }
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	t := o.Spec.ScaleTargetRef
	return &scaled{hosts: bounded(o.Spec.Hosts), paths: bounded(o.Spec.PathPrefixes), service: t.Service, name: t.Name}, nil
}

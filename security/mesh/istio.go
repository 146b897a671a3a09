package mesh

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

const (
	istioGroup      = "security.istio.io"
	istioNamespace  = "istio-system"
	istioNetworking = "networking.istio.io"
)

var (
	peerKind        = schema.GroupKind{Group: istioGroup, Kind: "PeerAuthentication"}
	policyKind      = schema.GroupKind{Group: istioGroup, Kind: "AuthorizationPolicy"}
	requestKind     = schema.GroupKind{Group: istioGroup, Kind: "RequestAuthentication"}
	destinationKind = schema.GroupKind{Group: istioNetworking, Kind: "DestinationRule"}
	configMapKind   = schema.GroupKind{Kind: "ConfigMap"}
	namespaceKind   = schema.GroupKind{Kind: "Namespace"}
)

var istioKinds = []snapshot.Kind{
	{GroupKind: peerKind, Versions: []string{"v1", "v1beta1"}, Reader: reader, Decode: decodePeer},
	{GroupKind: policyKind, Versions: []string{"v1", "v1beta1"}, Reader: reader, Decode: decodePolicy},
	{GroupKind: requestKind, Versions: []string{"v1", "v1beta1"}, Reader: reader, Decode: decodeRequest},
	{GroupKind: destinationKind, Versions: []string{"v1", "v1beta1", "v1alpha3"}, Reader: reader, Decode: decodeDestination},
	{GroupKind: configMapKind, Versions: []string{"v1"}, Reader: reader, Decode: snapshot.Typed(decodeConfig)},
	{GroupKind: namespaceKind, Versions: []string{"v1"}, Cluster: true, Reader: reader},
}

// target is an object that a policy is attached to by targetRefs.
type target struct{ group, kind, name string }

// scope is what a policy of Istio applies to.
type scope struct {
	selector model.Labels
	targets  []target
}

type jsonScope struct {
	Selector   struct{ MatchLabels map[string]string }
	TargetRef  *struct{ Group, Kind, Name string }
	TargetRefs []struct{ Group, Kind, Name string }
}

func (j *jsonScope) keep() scope {
	s := scope{selector: model.NewLabels(j.Selector.MatchLabels, nil)}
	if j.TargetRef != nil {
		j.TargetRefs = append(j.TargetRefs, *j.TargetRef)
	}
	for _, t := range bounded(j.TargetRefs) {
		s.targets = append(s.targets, target{t.Group, t.Kind, t.Name})
	}
	return s
}

// mode is that of mutual TLS; empty inherits.
type mode string

const (
	unset      mode = ""
	strict     mode = "STRICT"
	permissive mode = "PERMISSIVE"
	disabled   mode = "DISABLE"
)

func modeOf(s string) mode {
	if s == "UNSET" {
		return unset
	}
	return mode(s)
}

type peer struct {
	scope
	mode  mode
	ports map[int32]mode
}

func decodePeer(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			jsonScope
			MTLS          struct{ Mode string } `json:"mtls"`
			PortLevelMTLS map[string]struct{ Mode string }
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	p := &peer{scope: o.Spec.keep(), mode: modeOf(o.Spec.MTLS.Mode)}
	for text, m := range o.Spec.PortLevelMTLS {
		if port, err := strconv.ParseInt(text, 10, 32); err == nil && len(p.ports) < most {
			if p.ports == nil {
				p.ports = map[int32]mode{}
			}
			p.ports[int32(port)] = modeOf(m.Mode)
		}
	}
	return p, nil
}

// policy is an AuthorizationPolicy.
type policy struct {
	scope
	action   string // ALLOW, DENY, AUDIT, CUSTOM
	rules    []rule
	dryRun   bool
	provider string
	rejected string // what ztunnel said of it
}

// rule is one rule of an AuthorizationPolicy.
type rule struct {
	sources    []source
	operations []operation
	when       []condition
}

type source struct {
	Principals, NotPrincipals               []string
	RequestPrincipals, NotRequestPrincipals []string
	Namespaces, NotNamespaces               []string
	IPBlocks, NotIPBlocks                   []string
	RemoteIPBlocks, NotRemoteIPBlocks       []string
	ServiceAccounts, NotServiceAccounts     []string
}

type operation struct {
	Hosts, NotHosts, Ports, NotPorts, Methods, NotMethods, Paths, NotPaths []string
}

type condition struct {
	Key               string
	Values, NotValues []string
}

func decodePolicy(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			jsonScope
			Action   string
			Provider struct{ Name string }
			Rules    []struct {
				From []struct{ Source source }
				To   []struct{ Operation operation }
				When []condition
			}
		}
		Status struct {
			Conditions []struct{ Type, Status, Reason string }
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	p := &policy{
		scope: o.Spec.keep(), action: o.Spec.Action, provider: o.Spec.Provider.Name,
		dryRun: raw.Header.Annotations.Get("istio.io/dry-run") == "true",
	}
	if p.action == "" {
		p.action = "ALLOW"
	}
	for _, r := range bounded(o.Spec.Rules) {
		var one rule
		for _, f := range bounded(r.From) {
			one.sources = append(one.sources, f.Source)
		}
		for _, t := range bounded(r.To) {
			one.operations = append(one.operations, t.Operation)
		}
		one.when = bounded(r.When)
		p.rules = append(p.rules, one)
	}
	for _, c := range bounded(o.Status.Conditions) {
		if c.Reason == "UnsupportedValue" {
			p.rejected = c.Reason
		}
	}
	return p, nil
}

// request is a RequestAuthentication.
type request struct {
	scope
	audiences bool // every issuer's tokens are for named audiences
	issuers   int
	open      []int // places of the rules that name no audience
}

func decodeRequest(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			jsonScope
			JWTRules []struct {
				Issuer    string
				Audiences []string
			} `json:"jwtRules"`
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	q := &request{scope: o.Spec.keep(), issuers: len(o.Spec.JWTRules), audiences: len(o.Spec.JWTRules) > 0}
	for i, r := range o.Spec.JWTRules {
		if len(r.Audiences) == 0 {
			q.audiences = false
			if len(q.open) < most {
				q.open = append(q.open, i)
			}
		}
	}
	return q, nil
}

// destination is a DestinationRule.
type destination struct {
	host  string
	modes []clientTLS
}

type clientTLS struct {
	field, mode string
	verified    bool // a CA is named
}

type jsonClientTLS struct {
	TLS *struct {
		Mode, CACertificates, CredentialName string
		InsecureSkipVerify                   bool
	} `json:"tls"`
}

func decodeDestination(raw *snapshot.Raw) (any, error) {
	type traffic struct {
		jsonClientTLS
		PortLevelSettings []jsonClientTLS
	}
	var o struct {
		Spec struct {
			Host          string
			TrafficPolicy traffic
			Subsets       []struct{ TrafficPolicy traffic }
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	d := &destination{host: o.Spec.Host}
	add := func(field string, j jsonClientTLS) {
		if t := j.TLS; t != nil {
			verified := (t.CACertificates != "" || t.CredentialName != "") && !t.InsecureSkipVerify
			d.modes = append(d.modes, clientTLS{field + ".tls.mode", strings.ToUpper(t.Mode), verified})
		}
	}
	each := func(field string, t traffic) {
		add(field, t.jsonClientTLS)
		for i, p := range bounded(t.PortLevelSettings) {
			add(field+".portLevelSettings["+strconv.Itoa(i)+"]", p)
		}
	}
	each("spec.trafficPolicy", o.Spec.TrafficPolicy)
	for i, s := range bounded(o.Spec.Subsets) {
		each("spec.subsets["+strconv.Itoa(i)+"].trafficPolicy", s.TrafficPolicy)
	}
	return d, nil
}

// settings are what is kept of the ConfigMaps of the meshes.
type settings struct {
	root          string   // rootNamespace of Istio
	providers     []string // extensionProviders of Istio
	defaultPolicy string   // defaultInboundPolicy of Linkerd
}

// decodeConfig reads the few lines that matter of the YAML in these ConfigMaps.
func decodeConfig(c *corev1.ConfigMap) any {
	var text string
	switch {
	case c.Namespace == istioNamespace && c.Name == "istio":
		text = c.Data["mesh"]
	case c.Name == "linkerd-config":
		text = c.Data["values"]
	default:
		if a := decodeAnchor(c); a != nil {
			return a
		}
		return nil
	}
	s := &settings{}
	inProviders := false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n ")
		trimmed := strings.TrimLeft(line, " -")
		key, value, _ := strings.Cut(trimmed, ":")
		value = strings.Trim(strings.TrimSpace(value), `"'`)
		if line != "" && line[0] != ' ' && line[0] != '-' {
			inProviders = key == "extensionProviders"
		}
		switch {
		case key == "rootNamespace":
			s.root = value
		case key == "defaultInboundPolicy":
			s.defaultPolicy = value
		case inProviders && key == "name" && len(s.providers) < most:
			s.providers = append(s.providers, value)
		}
	}
	return s
}

// SelectsPods reports whether a PeerAuthentication is for the pods of a selector, and not for a namespace or the mesh.
func SelectsPods(r *snapshot.Reader, ref model.Ref) bool {
	p, ok := snapshot.FactsOf[*peer](r.Get(ref), reader)
	return ok && len(p.selector) > 0
}

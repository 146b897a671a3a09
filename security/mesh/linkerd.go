package mesh

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/service"
	"github.com/fn9s/fn9s/security/snapshot"
)

const linkerdGroup = "policy.linkerd.io"

var (
	serverKind        = schema.GroupKind{Group: linkerdGroup, Kind: "Server"}
	serverAuthKind    = schema.GroupKind{Group: linkerdGroup, Kind: "ServerAuthorization"}
	linkerdPolicyKind = schema.GroupKind{Group: linkerdGroup, Kind: "AuthorizationPolicy"}
	meshTLSKind       = schema.GroupKind{Group: linkerdGroup, Kind: "MeshTLSAuthentication"}
	networkKind       = schema.GroupKind{Group: linkerdGroup, Kind: "NetworkAuthentication"}
	linkerdRoutes     = []schema.GroupKind{
		{Group: linkerdGroup, Kind: "HTTPRoute"}, {Group: "gateway.networking.k8s.io", Kind: "HTTPRoute"},
		{Group: "gateway.networking.k8s.io", Kind: "GRPCRoute"},
	}
)

var linkerdKinds = []snapshot.Kind{
	{GroupKind: serverKind, Versions: []string{"v1beta3", "v1beta2", "v1beta1"}, Reader: reader, Decode: decodeServer},
	{GroupKind: serverAuthKind, Versions: []string{"v1beta1"}, Reader: reader, Decode: decodeServerAuth},
	{GroupKind: linkerdPolicyKind, Versions: []string{"v1alpha1"}, Reader: reader, Decode: decodeLinkerdPolicy},
	{GroupKind: meshTLSKind, Versions: []string{"v1alpha1"}, Reader: reader, Decode: decodeMeshTLS},
	{GroupKind: networkKind, Versions: []string{"v1alpha1"}, Reader: reader, Decode: decodeNetwork},
	{GroupKind: linkerdRoutes[0], Reader: reader, Decode: decodeServerRoute},
	{GroupKind: linkerdRoutes[1], Versions: []string{"v1", "v1beta1"}, Reader: reader, Decode: decodeServerRoute},
	{GroupKind: linkerdRoutes[2], Versions: []string{"v1"}, Reader: reader, Decode: decodeServerRoute},
}

// server is a Server of Linkerd.
type server struct {
	selector labels.Selector
	pairs    model.Labels // of the selector, those by equality
	port     string       // number or name
	access   string       // accessPolicy, empty means deny
}

func decodeServer(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			PodSelector  *metav1.LabelSelector
			Port         json.RawMessage
			AccessPolicy string
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	s := &server{port: strings.Trim(string(o.Spec.Port), `"`), access: o.Spec.AccessPolicy}
	if o.Spec.PodSelector != nil {
		selector, err := metav1.LabelSelectorAsSelector(o.Spec.PodSelector)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
		}
		s.selector, s.pairs = selector, model.NewLabels(o.Spec.PodSelector.MatchLabels, nil)
	}
	return s, nil
}

// serves reports whether the Server is for that port.
func (s *server) serves(port int32, name string) bool {
	return s.port == strconv.Itoa(int(port)) || name != "" && s.port == name
}

// serversIn answers which Servers a namespace has, by the labels that they select.
var serversIn = snapshot.NewQuery("Servers of a namespace", func(r *snapshot.Reader, namespace string) *servers {
	all := r.List(serverKind, namespace)
	return &servers{all, service.NewIndex(read[*server](all), func(o object[*server]) model.Labels { return o.value.pairs })}
}, func(a, b *servers) bool { return slices.Equal(a.all, b.all) })

type servers struct {
	all   []model.Object
	index *service.Index[object[*server]]
}

// of lists the Servers for pods with these labels.
func (s *servers) of(l model.Labels) []object[*server] {
	return slices.DeleteFunc(s.index.For(l), func(o object[*server]) bool {
		return o.value.selector == nil || !o.value.selector.Matches(l)
	})
}

// authorization is what a ServerAuthorization or an AuthorizationPolicy of Linkerd lets in.
type authorization struct {
	server   string // name of the Server; empty for selector
	selector labels.Selector
	target   target // of an AuthorizationPolicy
	required []model.Ref
	open     string // why anybody is let in; empty when not
}

func decodeServerAuth(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			Server struct {
				Name     string
				Selector *metav1.LabelSelector
			}
			Client struct {
				Unauthenticated bool
				Networks        []struct{ CIDR string }
				MeshTLS         *struct {
					UnauthenticatedTLS bool
					Identities         []string
				} `json:"meshTLS"`
			}
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	a := &authorization{server: o.Spec.Server.Name}
	if s := o.Spec.Server.Selector; s != nil {
		selector, err := metav1.LabelSelectorAsSelector(s)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
		}
		a.selector = selector
	}
	c := o.Spec.Client
	narrow := len(c.Networks) > 0
	for _, n := range c.Networks {
		narrow = narrow && !everyAddress(n.CIDR)
	}
	switch {
	case c.Unauthenticated && !narrow:
		a.open = "client.unauthenticated is true"
	case c.MeshTLS != nil && c.MeshTLS.UnauthenticatedTLS && !narrow:
		a.open = "client.meshTLS.unauthenticatedTLS is true"
	case c.MeshTLS != nil && slices.Contains(c.MeshTLS.Identities, "*") && !narrow:
		a.open = `client.meshTLS.identities is ["*"]`
	}
	return a, nil
}

func everyAddress(cidr string) bool { return strings.HasSuffix(cidr, "/0") }

func decodeLinkerdPolicy(raw *snapshot.Raw) (any, error) {
	type ref struct{ Group, Kind, Name, Namespace string }
	var o struct {
		Spec struct {
			TargetRef                  ref
			RequiredAuthenticationRefs []ref
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	t := o.Spec.TargetRef
	a := &authorization{target: target{t.Group, t.Kind, t.Name}}
	if t.Kind == serverKind.Kind {
		a.server = t.Name
	}
	for _, q := range bounded(o.Spec.RequiredAuthenticationRefs) {
		if q.Namespace == "" {
			q.Namespace = raw.Header.Namespace
		}
		a.required = append(a.required, model.Ref{Group: q.Group, Kind: q.Kind, Namespace: q.Namespace, Name: q.Name})
	}
	return a, nil
}

// authentication is a MeshTLSAuthentication or NetworkAuthentication; open says why everybody fits.
type authentication struct{ open string }

func decodeMeshTLS(raw *snapshot.Raw) (any, error) {
	var o struct{ Spec struct{ Identities []string } }
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	a := &authentication{}
	if slices.Contains(o.Spec.Identities, "*") {
		a.open = "MeshTLSAuthentication " + raw.Header.Name + ` is for the identities ["*"]`
	}
	return a, nil
}

func decodeNetwork(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			Networks []struct {
				CIDR   string
				Except []string
			}
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	a := &authentication{}
	for _, n := range bounded(o.Spec.Networks) {
		if everyAddress(n.CIDR) && len(n.Except) == 0 {
			a.open = "NetworkAuthentication " + raw.Header.Name + " is for " + n.CIDR
		}
	}
	return a, nil
}

// serverRoute is a route whose parents are Servers.
type serverRoute struct{ servers []string }

func decodeServerRoute(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			ParentRefs []struct{ Group, Kind, Name string }
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	var s serverRoute
	for _, p := range bounded(o.Spec.ParentRefs) {
		if p.Group == linkerdGroup && p.Kind == serverKind.Kind {
			s.servers = append(s.servers, p.Name)
		}
	}
	if len(s.servers) == 0 {
		return nil, nil
	}
	return &s, nil
}

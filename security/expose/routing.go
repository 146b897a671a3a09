package expose

import (
	"strings"

	"github.com/fn9s/fn9s/security/model"
)

// routing is what is kept of an object that leads to Services, whatever its kind.
type routing struct {
	ways  []way
	certs []Certificate
	// parents are the Gateways that serve the object; Gateway API names listeners of them.
	parents []parent
	// danger are the keys of annotations that let whoever writes the object configure the controller.
	danger []string
	// class is set where the object itself says from where it can be reached.
	class Class
	// middlewares of the whole object are looked up when it is resolved.
	middlewares []middleware
	controller  string // where the kind tells
	header      bool   // the object's annotations decide: an Ingress
	child       bool   // an HTTPProxy without a host, which others include
	root        way    // what an HTTPProxy gives to those that it includes
	includes    []model.Ref
	made        model.Ref // the object that a controller made this one for
	exported    bool      // a VirtualService that says it is for every namespace
}

// way is one host and path of a routing object, and where it leads. No host means every host.
type way struct {
	hosts        []string
	path         string
	field, fixed string
	service      model.Ref
	port         string
	tls          TLS
	beside       string
	auth         Auth
	by           string
	rewrite      string
	middlewares  []middleware
	redirects    bool // answers with a redirect to HTTPS and leads nowhere
	insecure     bool // serves plain HTTP where there is TLS
}

type parent struct {
	model.Ref
	section string
	port    int32
}

type middleware struct {
	kind, namespace, name string // kind is `traefik` or `kong`
}

// Certificate is a certificate that a route names.
type Certificate struct {
	Secret       model.Ref // without a name: the controller's default
	Hosts        []string
	Field, Fixed string
	Object       model.Ref // that names it
	// Issued says that an annotation asks a controller to make the Secret.
	Issued bool
	// Unresolved is what the controller says against it.
	Unresolved string
}

// covers reports whether a host name of a certificate or listener, which may begin with `*.`, is good for the host.
func covers(pattern, host string) bool {
	if strings.EqualFold(pattern, host) {
		return true
	}
	suffix, ok := strings.CutPrefix(pattern, "*")
	_, rest, found := strings.Cut(host, ".")
	return ok && found && strings.EqualFold(suffix, "."+rest)
}

// meets reports whether two host patterns have a host in common; wildcards stand for any number of labels, and an
// empty one for every host.
func meets(a, b string) bool {
	if a == "" || b == "" || a == "*" || b == "*" || strings.EqualFold(a, b) {
		return true
	}
	under := func(pattern, host string) bool {
		suffix, ok := strings.CutPrefix(pattern, "*")
		return ok && len(host) > len(suffix) && strings.EqualFold(host[len(host)-len(suffix):], suffix)
	}
	return under(a, b) || under(b, a)
}

// hostsOf makes one entry of every host: none means every host.
func hostsOf(hosts []string) []string {
	if len(hosts) == 0 {
		return []string{""}
	}
	return hosts
}

// wide reports whether a host stands for every host.
func wide(host string) bool { return host == "" || host == "*" }

// serviceRef names a Service.
func serviceRef(namespace, name string) model.Ref {
	return model.Ref{Kind: serviceKind.Kind, Namespace: namespace, Name: name}
}

// clusterHost reads `NAME.NAMESPACE.svc…`; a name without a dot is a Service of the namespace.
func clusterHost(host, namespace string) (model.Ref, bool) {
	if host == "" {
		return model.Ref{}, false
	}
	parts := strings.SplitN(host, ".", 4)
	switch {
	case len(parts) == 1:
		return serviceRef(namespace, host), true
	case len(parts) >= 3 && parts[2] == "svc":
		return serviceRef(parts[1], parts[0]), true
	}
	return model.Ref{}, false
}

package expose

import (
	"slices"
	"strings"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/service"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Knative is what the settings of Knative Serving say about the way in.
type Knative struct {
	Domain    bool // a real domain is configured
	DomainIs  bool // ConfigMap config-domain was found
	Hidden    []snapshot.Missing
	TLS       bool // external-domain-tls
	Redirects bool // http-protocol
	Gateway   Class
	Assumed   string
	ExtAuth   bool // Kourier asks an authorizer
}

const visibility = "networking.knative.dev/visibility"

// KnativeSettings answers what the settings of Knative Serving say.
var KnativeSettings = snapshot.NewQuery("settings of Knative", func(r *snapshot.Reader, _ struct{}) *Knative {
	k := &Knative{}
	config := func(name string) (map[string]string, bool) {
		return kept(r, knativeNamespace, name)
	}
	domains, found := config("config-domain")
	k.DomainIs = found
	for domain := range domains {
		k.Domain = k.Domain || domain != "svc.cluster.local"
	}
	if !found {
		if m, hidden := r.Hidden(configMapKind, knativeNamespace); hidden {
			k.Hidden = append(k.Hidden, m)
		}
	}
	network, _ := config("config-network")
	k.TLS = strings.EqualFold(either(network["external-domain-tls"], network["auto-tls"]), "enabled")
	k.Redirects = strings.EqualFold(network["http-protocol"], "redirected")
	kourier, _ := config("config-kourier")
	if kourier == nil {
		kourier, _ = kept(r, "kourier-system", "config-kourier")
	}
	k.ExtAuth = kourier["extauthz-host"] != ""
	k.gateway(r, either(network["ingress-class"], network["ingress.class"]))
	return k
}, nil)

func kept(r *snapshot.Reader, namespace, name string) (map[string]string, bool) {
	return snapshot.FactsOf[map[string]string](r.Get(model.Ref{Kind: configMapKind.Kind, Namespace: namespace, Name: name}), reader)
}

// gateway finds the Service that the chosen network layer listens on.
func (k *Knative) gateway(r *snapshot.Reader, layer string) {
	for _, at := range [][3]string{
		{"kourier", "kourier-system", "kourier"}, {"kourier", knativeNamespace, "kourier"},
		{"istio", "istio-system", "istio-ingressgateway"}, {"contour", "contour-external", "envoy"},
		{"contour", "projectcontour", "envoy"},
	} {
		if layer != "" && !strings.Contains(layer, at[0]) {
			continue
		}
		if s := service.Get(r, at[1], at[2]); s != nil {
			g := Look(s)
			k.Gateway, k.Assumed = g.Class, g.Assumed
			for _, route := range RoutesTo(r, s.Ref) {
				if route.Class > k.Gateway {
					k.Gateway, k.Assumed = route.Class, route.Assumed
				}
			}
			return
		}
	}
	k.Gateway, k.Assumed = Internet, presumed("the Knative gateway")
}

// knative adds the hosts of the function's Route, its tags and its DomainMappings.
func (c *collector) knative() {
	if c.f.Key.Group != knativeService.Group {
		return
	}
	h := c.head()
	k := KnativeSettings.Get(c.Reader, struct{}{})
	c.x.Class = max(c.x.Class, Cluster)
	c.x.Missing = append(slices.Clone(c.x.Missing), k.Hidden...)
	c.hosts(h, k)
	for _, ref := range Mappings(c.Reader, c.f.Key) {
		m, _ := snapshot.FactsOf[*mapping](c.Get(ref), reader)
		r := Route{Via: ref, Field: "metadata.name", Fixed: "metadata.name", Host: ref.Name, TLS: Plain}
		c.knativeRoute(&r, k)
		if in := c.ingress(ref.Namespace, ref.Name); m != nil && m.secret != "" || k.TLS || in != nil && len(in.tlsHosts) > 0 {
			r.TLS = Terminated
			if m == nil || m.secret == "" || in != nil {
				c.redirect(&r, k, in)
			}
		}
		c.add(r)
	}
}

func (c *collector) head() *model.Header {
	if o := c.Get(c.f.Object); o != nil {
		return o.Head()
	}
	return &model.Header{Ref: c.f.Object}
}

func (c *collector) ingress(namespace, name string) *knativeWays {
	in, _ := snapshot.FactsOf[*knativeWays](c.Get(model.Ref{Group: knativeIngress.Group, Kind: knativeIngress.Kind, Namespace: namespace, Name: name}), reader)
	return in
}

// hosts takes the truth from the Knative Ingress, and where there is none yet, from the label and the settings.
func (c *collector) hosts(h *model.Header, k *Knative) {
	ref := model.Ref{Group: knativeIngress.Group, Kind: knativeIngress.Kind, Namespace: h.Namespace, Name: h.Name}
	if in := c.ingress(h.Namespace, h.Name); in != nil {
		for i, hosts := range in.public {
			for _, host := range hosts {
				r := Route{Via: ref, Field: in.paths[i], Fixed: "spec.rules[" + host + "]", Host: host, TLS: Plain}
				if slices.ContainsFunc(in.tlsHosts, func(t string) bool { return covers(t, host) }) {
					r.TLS = Terminated
					c.redirect(&r, k, in)
				}
				c.knativeRoute(&r, k)
				c.add(r)
			}
		}
		return
	}
	if c.f.Object.IsZero() {
		return // nothing declares a route
	}
	route := c.Get(model.Ref{Group: knativeService.Group, Kind: "Route", Namespace: h.Namespace, Name: h.Name})
	local := h.Labels.Get(visibility) == "cluster-local" || route != nil && route.Head().Labels.Get(visibility) == "cluster-local"
	if local || k.DomainIs && !k.Domain {
		return
	}
	r := Route{Via: h.Ref, Field: "metadata.labels", Fixed: "metadata.labels", Host: h.Name + "." + h.Namespace + ".(domain)", TLS: Plain}
	c.knativeRoute(&r, k)
	if !k.DomainIs {
		r.Assumed = "assuming that a domain is configured for Knative"
		if len(k.Hidden) > 0 {
			r.Assumed = "whether a domain is configured for Knative cannot be read"
		}
	}
	if k.TLS && !off(h.Annotations.Get("networking.knative.dev/disable-external-domain-tls"), h.Annotations.Get("networking.knative.dev/disableAutoTLS")) {
		r.TLS = Terminated
		option := either(h.Annotations.Get("networking.knative.dev/http-protocol"), h.Annotations.Get("networking.knative.dev/httpOption"))
		c.redirect(&r, k, &knativeWays{redirects: strings.EqualFold(option, "redirected") || option == "" && k.Redirects})
	}
	c.add(r)
}

func off(values ...string) bool { return slices.Contains(values, "true") }

func (c *collector) redirect(r *Route, k *Knative, in *knativeWays) {
	redirects := k.Redirects
	if in != nil {
		redirects = in.redirects
	}
	if !redirects {
		r.Beside = "http-protocol is not Redirected: plain HTTP is served, too"
	}
}

func (c *collector) knativeRoute(r *Route, k *Knative) {
	r.Class, r.Shared, r.Assumed = k.Gateway, "", k.Assumed
	r.Controller = KnativeGateway
	if k.ExtAuth {
		r.Auth, r.By = External, "extauthz-host of Kourier"
	}
}

var mappings = service.NewLookup("DomainMappings", func(r *snapshot.Reader, namespace string, add func(string, model.Ref)) {
	for _, o := range r.List(domainKind, namespace) {
		if m, ok := snapshot.FactsOf[*mapping](o, reader); ok {
			add(m.to, o.Head().Ref)
		}
	}
})

// Mappings returns the DomainMappings that lead to a Knative Service: each is public.
func Mappings(r *snapshot.Reader, key model.FunctionKey) []model.Ref {
	return mappings.Get(r, key.Namespace, key.Name)
}

package expose

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/mesh"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/service"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

// collector gathers the ways into one function.
type collector struct {
	*snapshot.Reader
	f    *model.Function
	view *workload.View
	x    *Exposure
}

func exposure(r *snapshot.Reader, key model.FunctionKey) *Exposure {
	c := &collector{Reader: r, view: workload.Of.Get(r, key), x: &Exposure{}}
	c.f = c.view.Function
	c.x.Missing = hidden.Get(r, key.Namespace)
	c.services()
	c.pods()
	for _, s := range c.x.Services {
		c.direct(s, "", nil)
		c.through(s.Ref)
	}
	c.framework()
	c.login()
	c.sum()
	return c.x
}

// hidden answers what cannot be read of Services and routes in a namespace.
var hidden = snapshot.NewQuery("hidden routes", func(r *snapshot.Reader, namespace string) []snapshot.Missing {
	var all []snapshot.Missing
	if m, ok := r.Hidden(serviceKind, namespace); ok {
		all = append(all, m)
	}
	for _, kind := range routingKinds {
		if m, ok := r.Hidden(kind, namespace); ok {
			all = append(all, m)
		}
	}
	return all
}, slices.Equal)

// services are those that select the pods, and those that bear the name that the framework gives: at zero replicas a
// Service may select somebody else.
func (c *collector) services() {
	c.x.Services = slices.Clone(service.Of.Get(c.Reader, c.f.Key))
	for _, name := range c.names() {
		if s := service.Get(c.Reader, c.f.Key.Namespace, name); s != nil && !slices.Contains(c.x.Services, s) {
			c.x.Services = append(c.x.Services, s)
		}
	}
}

// names are those of the Services that the framework makes for the function.
func (c *collector) names() []string {
	k := c.f.Key
	switch k.Framework {
	case "nuclio":
		return []string{"nuclio-" + k.Name}
	case "openfaas", "kubeless", "kyma":
		return []string{k.Name}
	}
	return nil
}

// direct adds the way through the Service itself, where it leads out of the cluster.
func (c *collector) direct(s *model.Service, shared string, refine func(*Route)) {
	g := Look(s)
	if g.Class == None {
		return
	}
	c.x.Class = max(c.x.Class, Cluster)
	if g.Class <= Cluster {
		return
	}
	one := Route{
		Via: s.Ref, Field: "spec.type", Fixed: "spec.type", Service: s.Ref, Class: g.Class, TLS: clearText(s), Shared: shared,
		Assumed: g.Assumed,
	}
	if refine != nil {
		refine(&one)
	}
	c.add(one)
}

// clearText is the TLS verdict of a Service: a port that is not said to be HTTPS is plain.
func clearText(s *model.Service) TLS {
	for i := range s.Ports {
		p := &s.Ports[i]
		if p.Port != 443 && p.Port != 8443 && !strings.HasPrefix(p.Name, "https") && !strings.EqualFold(p.AppProtocol, "https") {
			return Plain
		}
	}
	return UnknownTLS
}

// through adds the ways of other objects to a Service.
func (c *collector) through(to model.Ref) {
	for _, one := range RoutesTo(c.Reader, to) {
		c.add(one)
	}
}

func (c *collector) add(r Route) {
	if len(c.x.Routes) < most {
		c.x.Routes = append(c.x.Routes, r)
	}
}

// pods adds the ways round every Service.
func (c *collector) pods() {
	for i := range c.view.Specs {
		s := &c.view.Specs[i]
		if s.Spec == nil || !opens(s.Spec) {
			continue
		}
		for _, k := range s.Containers() {
			for j := range k.Ports {
				port := &k.Ports[j]
				at := k.Path + ".ports[" + strconv.Itoa(j) + "].hostPort"
				if port.HostPort > 0 || s.Spec.HostNetwork {
					if s.Spec.HostNetwork {
						at = s.Field("hostNetwork")
					}
					if port.HostIP == "127.0.0.1" || port.HostIP == "::1" {
						continue
					}
					c.add(Route{Via: s.Ref, Field: at, Fixed: at, Class: Node, TLS: Plain})
				}
			}
		}
	}
}

// opens reports whether pods listen on addresses of their node.
func opens(s *corev1.PodSpec) bool {
	if s.HostNetwork {
		return true
	}
	for _, list := range [...][]corev1.Container{s.Containers, s.InitContainers} {
		for i := range list {
			for j := range list[i].Ports {
				if list[i].Ports[j].HostPort > 0 {
					return true
				}
			}
		}
	}
	return false
}

// login completes the ways with what the pods themselves ask for.
func (c *collector) login() {
	if len(c.x.Routes) == 0 {
		return
	}
	member := mesh.Of.Get(c.Reader, c.f.Key)
	tokens, by := mesh.Login(c.Reader, c.f.Key)
	checked := c.watchdog()
	for i := range c.x.Routes {
		r := &c.x.Routes[i]
		if r.Via.GroupKind() == ruleKind {
			if member.Kind == mesh.Outside && member.Meshes.Istio && len(c.view.Specs) > 0 && (r.Auth == JWTScoped || r.Auth == JWTUnscoped || r.Auth == External) {
				r.Auth, r.By = NoAuth, "the pods have no sidecar: the rule is not in force"
			}
			continue
		}
		switch tokens {
		case mesh.ScopedToken:
			r.require(JWTScoped, by.Kind+" "+by.Name)
		case mesh.AnyToken:
			r.require(JWTUnscoped, by.Kind+" "+by.Name)
		case mesh.NoTokens:
		}
		if checked != "" && r.Auth == NoAuth {
			r.Auth, r.By = UnknownAuth, checked
		}
	}
}

// watchdog names the setting by which the function's own process asks for a token: older ones ignore it.
func (c *collector) watchdog() string {
	if c.f.Key.Framework != "openfaas" {
		return ""
	}
	for i := range c.view.Specs {
		for _, k := range c.view.Specs[i].Containers() {
			for j := range k.Env {
				if k.Own && k.Env[j].Name == "jwt_auth" && k.Env[j].Value == "true" {
					return "jwt_auth is set; only a new watchdog checks it"
				}
			}
		}
	}
	return ""
}

// sum finds the class, and the weakest login of the ways of that class.
func (c *collector) sum() {
	x := c.x
	slices.SortStableFunc(x.Routes, func(a, b Route) int {
		return cmp.Or(cmp.Compare(b.Class, a.Class), a.Via.Compare(b.Via), cmp.Compare(a.Field, b.Field),
			cmp.Compare(a.Host, b.Host), a.Service.Compare(b.Service))
	})
	x.Routes = slices.CompactFunc(x.Routes, func(a, b Route) bool {
		return a.Via == b.Via && a.Field == b.Field && a.Host == b.Host && a.Service == b.Service && a.Auth == b.Auth
	})
	x.TLS = len(x.Routes) > 0
	first := true
	for i := range x.Routes {
		r := &x.Routes[i]
		x.Class = max(x.Class, r.Class)
		if r.Class == x.Class && (first || r.Auth.Weaker(x.Auth)) {
			x.Auth, first = r.Auth, false
		}
		x.TLS = x.TLS && r.TLS != Plain && r.Beside == ""
		if r.Assumed != "" && !slices.Contains(x.Assumed, r.Assumed) {
			x.Assumed = append(x.Assumed, r.Assumed)
		}
	}
}

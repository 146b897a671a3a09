package frameworks

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/security/model"
)

func urls(all []model.URL) []string {
	var texts []string
	for _, u := range all {
		if u.External {
			texts = append(texts, "external "+u.URL)
		} else {
			texts = append(texts, u.URL)
		}
	}
	return texts
}

func service(change func(*model.Service)) *model.Service {
	s := &model.Service{Type: "ClusterIP", Ports: []model.ServicePort{{Name: "http", Protocol: "TCP", Port: 8080}}}
	s.Ref = model.Ref{Kind: "Service", Namespace: "shop", Name: "cart"}
	change(s)
	return s
}

func TestServiceURLs(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*model.Service)
		want   []string
	}{
		{"cluster", func(*model.Service) {}, []string{"http://cart.shop.svc:8080"}},
		{"usual ports are left out", func(s *model.Service) {
			s.Ports = []model.ServicePort{{Port: 80}, {Port: 443}, {Port: 53, Protocol: "UDP"}}
		}, []string{"http://cart.shop.svc", "https://cart.shop.svc"}},
		{"node port", func(s *model.Service) { s.Type, s.Ports[0].NodePort = "NodePort", 31112 },
			[]string{"http://cart.shop.svc:8080", "external http://NODE:31112"}},
		{"load balancer", func(s *model.Service) {
			s.Type, s.Ports[0].NodePort, s.Addresses = "LoadBalancer", 31112, []string{"203.0.113.9", "2001:db8::1"}
		}, []string{"http://cart.shop.svc:8080", "external http://203.0.113.9:8080", "external http://[2001:db8::1]:8080"}},
		{"external address", func(s *model.Service) { s.ExternalIPs = []string{"203.0.113.9"} },
			[]string{"http://cart.shop.svc:8080", "external http://203.0.113.9:8080"}},
		{"a name for another host", func(s *model.Service) { s.Type = "ExternalName" }, nil},
		{"application protocol", func(s *model.Service) { s.Ports[0].AppProtocol = "HTTPS" },
			[]string{"https://cart.shop.svc:8080"}},
	} {
		t.Run(tc.name, func(t *testing.T) { assert.Equal(t, tc.want, urls(ServiceURLs(service(tc.change)))) })
	}
	assert.Nil(t, ServiceURLs(nil))
}

func TestURLsThroughRoutes(t *testing.T) {
	to := service(func(*model.Service) {})
	other := model.Ref{Kind: "Service", Namespace: "shop", Name: "other"}
	route := func(kind, group, name string, change func(*model.Route)) *model.Route {
		r := &model.Route{Rules: []model.RouteRule{{Hosts: []string{"a.example.com"}, Path: "/cart(/|$)(.*)", Service: to.Ref}}}
		r.Ref = model.Ref{Group: group, Kind: kind, Namespace: "shop", Name: name}
		r.Links = []model.Ref{to.Ref}
		change(r)
		return r
	}
	ingress := func(name string, change func(*model.Route)) *model.Route {
		return route("Ingress", "networking.k8s.io", name, change)
	}
	for _, tc := range []struct {
		name  string
		route *model.Route
		want  []string
	}{
		{"plain", ingress("i", func(*model.Route) {}), []string{"external http://a.example.com/cart"}},
		{"TLS for the host", ingress("i", func(r *model.Route) { r.TLS, r.TLSHosts = true, []string{"*.example.com"} }),
			[]string{"external https://a.example.com/cart"}},
		{"TLS for another host", ingress("i", func(r *model.Route) { r.TLS, r.TLSHosts = true, []string{"b.example.com"} }),
			[]string{"external http://a.example.com/cart"}},
		{"every host", ingress("i", func(r *model.Route) { r.Rules[0].Hosts, r.Rules[0].Path = nil, "" }),
			[]string{"external http://*/"}},
		{"every host, known address", ingress("i", func(r *model.Route) {
			r.Rules[0].Hosts, r.Rules[0].Path, r.Addresses = nil, "/", []string{"203.0.113.7"}
		}), []string{"external http://203.0.113.7/"}},
		{"only the rules to the Service", ingress("i", func(r *model.Route) {
			r.Rules = append(r.Rules, model.RouteRule{Hosts: []string{"b.example.com"}, Service: other})
		}), []string{"external http://a.example.com/cart"}},
		{"Gateway API", route("HTTPRoute", "gateway.networking.k8s.io", "h", func(r *model.Route) { r.TLS = true }),
			[]string{"external https://a.example.com/cart"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := URLsOf(index{objects: []model.Object{tc.route}}, to)
			assert.Equal(t, append([]string{"http://cart.shop.svc:8080"}, tc.want...), urls(got))
			triggers := HTTPTriggers(got)
			assert.Len(t, triggers, len(got))
			assert.Equal(t, tc.route.Name, triggers[1].Name)
		})
	}
	assert.Nil(t, URLsOf(index{}, nil))
}

func TestTLSOfAGateway(t *testing.T) {
	to := service(func(*model.Service) {})
	gateway := &model.Gateway{}
	gateway.Ref = model.Ref{Group: Gateway.Group, Kind: Gateway.Kind, Namespace: "istio-system", Name: "public"}
	route := &model.Route{
		Rules:   []model.RouteRule{{Hosts: []string{"a.example.com"}, Service: to.Ref}},
		Parents: []model.Ref{gateway.Ref},
	}
	route.Ref = model.Ref{Group: HTTPRoute.Group, Kind: HTTPRoute.Kind, Namespace: "shop", Name: "h"}
	route.Links = []model.Ref{to.Ref, gateway.Ref}
	for _, tc := range []struct {
		name      string
		listeners []model.Listener
		want      string
	}{
		{"plain listener", []model.Listener{{Protocol: "HTTP"}}, "http://a.example.com/"},
		{"for every host", []model.Listener{{Protocol: "HTTP"}, {Protocol: "HTTPS"}}, "https://a.example.com/"},
		{"for the host", []model.Listener{{Protocol: "HTTPS", Hostname: "*.example.com"}}, "https://a.example.com/"},
		{"for another host", []model.Listener{{Protocol: "HTTPS", Hostname: "*.example.org"}}, "http://a.example.com/"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			gateway.Listeners = tc.listeners
			got := URLsOf(index{objects: []model.Object{route, gateway}}, to)
			assert.Equal(t, "external "+tc.want, urls(got)[1])
		})
	}
}

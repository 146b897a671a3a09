package expose

import (
	"slices"
	"strings"

	"github.com/fn9s/fn9s/security/mesh"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// resolveVirtualService leaves those that were made for an APIRule to the APIRule, as long as it is there.
func resolveVirtualService(r *snapshot.Reader, h *model.Header, f *routing) *Object {
	out := &Object{Controller: "istio"}
	if !f.made.IsZero() && r.Get(f.made) != nil {
		return out
	}
	for i := range f.ways {
		w := &f.ways[i]
		out.Routes = append(out.Routes, w.routes(h, func(one *Route) { one.throughIstio(r, h, f, w, out) })...)
	}
	return out
}

// throughIstio completes a way through Gateways of Istio.
func (r *Route) throughIstio(s *snapshot.Reader, h *model.Header, f *routing, w *way, out *Object) {
	r.Controller = "istio"
	found, seen := serve(s, h, f.parents, r.Host)
	if len(found) == 0 && seen {
		r.Class = None
		return
	}
	r.apply(found, w.redirects, out)
	r.Class, r.Assumed = istioReach(s, found, f.parents)
	for _, p := range f.parents {
		g, ok := snapshot.FactsOf[*gateway](s.Get(p.Ref), reader)
		if !ok {
			continue
		}
		if by, guarded := mesh.GuardsSelector(s, p.Namespace, g.selector); guarded && r.Auth == NoAuth {
			r.Auth, r.By = Declared, by
		}
	}
}

// istioReach is the class of the Services of the gateways' pods. Credentials lie beside those pods.
func istioReach(r *snapshot.Reader, found []serving, parents []parent) (c Class, assumed string) {
	for i := range found {
		for _, ref := range gatewayServices.Get(r, selectorKey(found[i].gateway.selector)) {
			service, ok := r.Get(ref).(*model.Service)
			if !ok {
				continue
			}
			gate := Look(service)
			if gate.Class > c {
				c, assumed = gate.Class, gate.Assumed
			}
			for _, in := range Leading.Get(r, ref) {
				if in.GroupKind() != ingressKind {
					continue
				}
				for _, route := range ingressWays.Get(r, in).Routes {
					if route.Class > c {
						c, assumed = route.Class, route.Assumed
					}
				}
			}
		}
	}
	if c == None {
		name := "the ingress gateway"
		if len(parents) > 0 {
			name = "Gateway " + parents[0].Namespace + "/" + parents[0].Name
		}
		return Internet, presumed(name)
	}
	return c, assumed
}

func selectorKey(l model.Labels) string {
	var b strings.Builder
	for _, e := range l {
		b.WriteString(e.Key + "=" + e.Value + ",")
	}
	return b.String()
}

// gatewayServices answers which Services lead to the pods that an Istio Gateway selects.
var gatewayServices = snapshot.NewQuery("Services of an ingress gateway", func(r *snapshot.Reader, selector string) []model.Ref {
	if selector == "" {
		return nil
	}
	var all []model.Ref
	pairs := strings.Split(strings.TrimSuffix(selector, ","), ",")
	for _, o := range r.List(serviceKind, "") {
		s, ok := o.(*model.Service)
		if ok && !slices.ContainsFunc(pairs, func(p string) bool {
			k, v, _ := strings.Cut(p, "=")
			has, there := s.Selector.Lookup(k)
			return !there || has != v
		}) {
			all = append(all, s.Ref)
		}
	}
	return all
}, slices.Equal)

// GatewayNamespace returns where the pods of an Istio Gateway run, and so its credentials lie; false when it is not
// known.
func GatewayNamespace(r *snapshot.Reader, ref model.Ref) (string, bool) {
	g, ok := snapshot.FactsOf[*gateway](r.Get(ref), reader)
	if !ok {
		return "", false
	}
	for _, s := range gatewayServices.Get(r, selectorKey(g.selector)) {
		return s.Namespace, true
	}
	return "", false
}

// gatewayConfig is where Kyma says who checks the tokens of old rules.
var gatewayConfig = model.Ref{Kind: configMapKind.Kind, Namespace: "kyma-system", Name: "api-gateway-config"}

func resolveRule(r *snapshot.Reader, h *model.Header, f *ruleFacts) *Object {
	out := &Object{Controller: "istio"}
	kept, _ := snapshot.FactsOf[map[string]string](r.Get(gatewayConfig), reader)
	ory := strings.Contains(kept["api-gateway-config"], "ory")
	for i := range f.ways {
		w := &f.ways[i]
		rule := &f.rules[i]
		out.Routes = append(out.Routes, w.routes(h, func(one *Route) {
			one.Host = fullHost(r, f.parents, one.Host)
			one.throughIstio(r, h, &f.routing, w, out)
			one.By = rule.handler
			if rule.handler == "jwt" && f.old && ory {
				one.Auth = UnknownAuth
			}
			if rule.handler == "extAuth" && !mesh.HasProviders(r, rule.authorizers) {
				one.Auth, one.By = UnknownAuth, "extAuth: its provider was not found in the configuration of Istio"
			}
		})...)
	}
	return out
}

// fullHost completes a short host with the domain of the gateway's first server.
func fullHost(r *snapshot.Reader, parents []parent, host string) string {
	if host == "" || strings.Contains(host, ".") || len(parents) == 0 {
		return host
	}
	g, ok := snapshot.FactsOf[*gateway](r.Get(parents[0].Ref), reader)
	if !ok || len(g.listeners) == 0 || len(g.listeners[0].hosts) == 0 {
		return host
	}
	return host + "." + strings.TrimPrefix(g.listeners[0].hosts[0], "*.")
}

package expose

import (
	"strings"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// middlewares looks up what the names mean.
func (r *Route) middlewares(s *snapshot.Reader, h *model.Header, names []middleware) {
	r.lookUp(s, h, names, 0)
}

func (r *Route) lookUp(s *snapshot.Reader, h *model.Header, names []middleware, depth int) {
	for _, m := range names {
		p := pluginOf(s, h, m)
		switch {
		case p != nil:
			r.require(p.auth, m.kind+" "+m.name)
			if p.redirect && r.TLS == Plain {
				r.TLS = Redirect
			}
			if depth < 4 {
				r.lookUp(s, h, p.chain, depth+1)
			}
		case namesLogin(m.name):
			r.require(Declared, m.kind+" "+m.name)
		}
	}
}

// require takes a login that comes on top: the strongest counts.
func (r *Route) require(a Auth, by string) {
	if a != NoAuth && (r.Auth == NoAuth || r.Auth.Weaker(a)) {
		r.Auth, r.By = a, by
	}
}

// pluginOf finds a middleware or plugin, nil when it is not there.
func pluginOf(r *snapshot.Reader, h *model.Header, m middleware) *plugin {
	if m.kind == "kong" {
		for _, ref := range []model.Ref{
			{Group: pluginKind.Group, Kind: pluginKind.Kind, Namespace: h.Namespace, Name: m.name},
			{Group: clusterPlugin.Group, Kind: clusterPlugin.Kind, Name: m.name},
		} {
			if p, ok := snapshot.FactsOf[*plugin](r.Get(ref), reader); ok {
				return p
			}
		}
		return nil
	}
	name, provider, _ := strings.Cut(m.name, "@")
	namespaces := []string{m.namespace}
	if m.namespace == "" {
		if provider != "kubernetescrd" {
			return nil
		}
		namespaces = nil // NAMESPACE-NAME: every place of the dash is tried
		for i := range name {
			if name[i] == '-' {
				namespaces = append(namespaces, name[:i])
			}
		}
	}
	for _, namespace := range namespaces {
		rest := name
		if m.namespace == "" {
			rest = name[len(namespace)+1:]
		}
		for _, group := range traefikGroups {
			if p, ok := snapshot.FactsOf[*plugin](r.Get(model.Ref{Group: group, Kind: "Middleware", Namespace: namespace, Name: rest}), reader); ok {
				return p
			}
		}
	}
	return nil
}

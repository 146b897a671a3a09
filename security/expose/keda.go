package expose

import (
	"slices"
	"strings"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/service"
	"github.com/fn9s/fn9s/security/snapshot"
)

// scaledBy answers which HTTPScaledObjects scale which workload, after a slash, or Service.
var scaledBy = service.NewLookup("HTTPScaledObjects", func(r *snapshot.Reader, namespace string, add func(string, model.Ref)) {
	for _, o := range r.List(scaledKind, namespace) {
		if s, ok := snapshot.FactsOf[*scaled](o, reader); ok {
			add("/"+s.name, o.Head().Ref)
			if s.service != "" {
				add(s.service, o.Head().Ref)
			}
		}
	}
})

const interceptorName = "http-interceptor-proxy"

// interceptors answers where the interceptors of the KEDA HTTP add-on are.
var interceptors = snapshot.NewQuery("KEDA interceptors", func(r *snapshot.Reader, _ struct{}) []model.Ref {
	var all []model.Ref
	for _, o := range r.List(serviceKind, "") {
		if s, ok := o.(*model.Service); ok && strings.Contains(s.Name, interceptorName) && s.Type != "ExternalName" {
			all = append(all, s.Ref)
		}
	}
	return all
}, slices.Equal)

// bridges answers which Services of a namespace stand for a Service elsewhere, by its NAME.NAMESPACE.
var bridges = service.NewLookup("Services by external name", func(r *snapshot.Reader, namespace string, add func(string, model.Ref)) {
	for _, o := range r.List(serviceKind, namespace) {
		if s, ok := o.(*model.Service); ok && s.ExternalName != "" {
			if host, _, found := strings.Cut(s.ExternalName, ".svc"); found {
				add(host, s.Ref)
			}
		}
	}
})

// scaled adds the ways through the interceptor of the KEDA HTTP add-on, whose hosts are those of the HTTPScaledObject.
func (c *collector) scaled() {
	var refs []model.Ref
	for _, w := range c.f.Workloads {
		refs = append(refs, scaledBy.Get(c.Reader, c.f.Key.Namespace, "/"+w.Name)...)
	}
	for _, s := range c.x.Services {
		refs = append(refs, scaledBy.Get(c.Reader, c.f.Key.Namespace, s.Name)...)
	}
	slices.SortFunc(refs, model.Ref.Compare)
	for _, ref := range slices.Compact(refs) {
		if s, ok := snapshot.FactsOf[*scaled](c.Get(ref), reader); ok {
			c.intercepted(ref, s)
		}
	}
}

func (c *collector) intercepted(object model.Ref, s *scaled) {
	outside := slices.DeleteFunc(slices.Clone(s.hosts), func(h string) bool { return inCluster(h, c.f.Key.Namespace) })
	found := map[string]bool{}
	for _, ref := range interceptors.Get(c.Reader, struct{}{}) {
		if entry := service.Get(c.Reader, ref.Namespace, ref.Name); entry != nil {
			c.opened(entry, outside, found, len(s.hosts) == 0)
		}
		c.hosted(ref, s, outside, found)
		for _, bridge := range bridges.Get(c.Reader, c.f.Key.Namespace, ref.Name+"."+ref.Namespace) {
			c.hosted(bridge, s, outside, found)
		}
	}
	for _, h := range outside {
		if !found[h] && !wide(h) {
			c.add(Route{
				Via: object, Field: "spec.hosts", Host: h, Service: serviceRef(object.Namespace, s.service), Class: Cluster, Shared: KEDAInterceptor,
				Auth: UnknownAuth, By: "no route that leads " + h + " to the interceptor is known",
			})
		}
	}
}

// inCluster reports whether a host is a name that only pods of the cluster ask for.
func inCluster(host, namespace string) bool {
	return host != "" && host != "*" && !strings.Contains(host, ".") || strings.HasSuffix(host, "."+namespace) ||
		strings.HasSuffix(host, ".svc") || strings.HasSuffix(host, ".cluster.local")
}

// opened adds the ways through the interceptor's own Service, where that leads out of the cluster.
func (c *collector) opened(entry *model.Service, outside []string, found map[string]bool, all bool) {
	if all {
		outside = []string{""}
	}
	for _, h := range outside {
		before := len(c.x.Routes)
		c.direct(entry, KEDAInterceptor, func(r *Route) {
			if !wide(h) {
				r.Host = h
			}
		})
		found[h] = found[h] || len(c.x.Routes) > before
	}
}

// hosted adds the ways to the interceptor for the hosts of the object: without hosts it takes them all.
func (c *collector) hosted(entry model.Ref, s *scaled, outside []string, found map[string]bool) {
	w := entryWays.Get(c.Reader, entry)
	candidates := w.wild
	if len(s.hosts) == 0 || slices.ContainsFunc(outside, func(h string) bool { return strings.Contains(h, "*") }) {
		candidates = w.general
	} else {
		for _, h := range outside {
			candidates = append(slices.Clip(candidates), w.host[h]...)
		}
	}
	for _, r := range candidates {
		taken := len(s.hosts) == 0
		for _, h := range outside {
			if meets(h, r.Host) {
				taken, found[h] = true, true
			}
		}
		if taken {
			r.Shared = KEDAInterceptor
			c.add(r)
		}
	}
}

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

// interceptors answers where the interceptors of the KEDA HTTP add-on are.
var interceptors = snapshot.NewQuery("KEDA interceptors", func(r *snapshot.Reader, _ struct{}) []model.Ref {
	var all []model.Ref
	for _, o := range r.List(serviceKind, "") {
		if s, ok := o.(*model.Service); ok && strings.Contains(s.Name, "http-interceptor-proxy") && s.Type != "ExternalName" {
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
			c.intercepted(s)
		}
	}
}

func (c *collector) intercepted(s *scaled) {
	for _, ref := range interceptors.Get(c.Reader, struct{}{}) {
		if entry := service.Get(c.Reader, ref.Namespace, ref.Name); entry != nil {
			c.direct(entry, KEDAInterceptor, nil)
		}
		c.hosted(ref, s)
		for _, bridge := range bridges.Get(c.Reader, c.f.Key.Namespace, ref.Name+"."+ref.Namespace) {
			c.hosted(bridge, s)
		}
	}
}

// hosted adds the ways to the interceptor for the hosts of the object: without hosts it takes them all.
func (c *collector) hosted(entry model.Ref, s *scaled) {
	w := entryWays.Get(c.Reader, entry)
	outside := slices.DeleteFunc(slices.Clone(s.hosts), func(h string) bool { return strings.HasSuffix(h, ".svc.cluster.local") })
	candidates := w.wild
	if len(s.hosts) == 0 || slices.ContainsFunc(outside, func(h string) bool { return strings.Contains(h, "*") }) {
		candidates = w.general
	} else {
		for _, h := range outside {
			candidates = append(slices.Clip(candidates), w.host[h]...)
		}
	}
	for _, r := range candidates {
		if len(s.hosts) == 0 || slices.ContainsFunc(outside, func(h string) bool { return meets(h, r.Host) }) {
			r.Shared = KEDAInterceptor
			c.add(r)
		}
	}
}

package knative

import (
	"net/url"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// local reports whether an address leads to the cluster's own gateway only.
func local(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	host := u.Hostname()
	return strings.HasSuffix(host, ".svc") || strings.Contains(host, ".svc.")
}

// addresses lists the hosts: the function's own, one for every tag, and those of Routes and DomainMappings besides.
func (p *parts) addresses(f *model.Function, x frameworks.Index) {
	add := func(address string, at model.Ref, path string) {
		if address == "" || len(f.URLs) >= frameworks.MaxList ||
			slices.ContainsFunc(f.URLs, func(u model.URL) bool { return u.URL == address }) {
			return
		}
		f.URLs = append(f.URLs, model.URL{
			URL: address, External: !local(address), Origin: model.Origin{Ref: at, Path: path},
		})
	}
	if p.head.GroupKind() == serviceKind {
		add(p.spec.url, p.head.Ref, "status.url")
		add(p.spec.address, p.head.Ref, "status.address.url")
		for _, t := range p.spec.traffic {
			add(t.url, p.head.Ref, "status.traffic")
		}
	}
	mappings := slices.Clone(p.mappings)
	for _, r := range p.routes {
		s, ok := r.FactsOf(Name).(*serving)
		if !ok {
			continue
		}
		add(s.url, r.Ref, "status.url")
		add(s.address, r.Ref, "status.address.url")
		for _, t := range s.traffic {
			add(t.url, r.Ref, "status.traffic")
		}
		for _, m := range x.Referrers(r.Ref, mappingKind) {
			if !slices.Contains(mappings, m.Head()) {
				mappings = append(mappings, m.Head())
			}
		}
	}
	for _, h := range mappings {
		m, ok := h.FactsOf(Name).(*mapping)
		if !ok {
			continue
		}
		add(m.url, h.Ref, "status.url")
		if m.secret != "" {
			f.References = append(f.References, model.Reference{
				Kind: frameworks.Secret.Kind, Name: m.secret, How: model.ForTrig,
				Origin: model.Origin{Ref: h.Ref, Path: "spec.tls.secretName"},
			})
		}
		if ready := condition(m.conditions, "Ready"); ready.Status == "False" {
			f.Notes = append(f.Notes, "DomainMapping "+h.Name+": "+frameworks.Sentence(ready.Reason, ready.Message))
		}
	}
}

// triggers: every address is one, and so is everything of Eventing that names the function.
func (p *parts) triggers(f *model.Function) {
	f.Triggers = append(f.Triggers, frameworks.HTTPTriggers(f.URLs)...)
	for _, c := range p.calls {
		f.Triggers = append(f.Triggers, c.trigger)
		f.References = append(f.References, c.secrets...)
		if c.problem != "" {
			f.Notes = append(f.Notes, c.trigger.Origin.Kind+" "+c.trigger.Name+": "+c.problem)
		}
	}
}

// servedBy says whether a kind may exist in the namespace, and why that is not known.
func servedBy(x frameworks.Index, kind schema.GroupKind, namespace string) string {
	if x.Availability(kind, namespace) == frameworks.Absent {
		return ""
	}
	return frameworks.Unseen(x, kind, namespace)
}

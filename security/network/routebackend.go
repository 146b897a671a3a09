package network

import (
	"slices"
	"strconv"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/expose"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/service"
	"github.com/fn9s/fn9s/security/snapshot"
)

// danglingBackend looks at everything that the function's routes lead to.
func danglingBackend(e *check.Eval) {
	for _, ref := range routeObjects(e) {
		for _, r := range expose.Resolved.Get(e.Reader, ref).Routes {
			if r.Service.Name == "" || r.Service.Kind != serviceKind.Kind || r.Service.Group != "" {
				continue
			}
			backend(e, &r)
		}
	}
}

func backend(e *check.Eval, r *expose.Route) {
	s := service.Get(e.Reader, r.Service.Namespace, r.Service.Name)
	name := "Service " + r.Service.Namespace + "/" + r.Service.Name
	who := r.Via.Kind + " " + r.Via.Name
	switch {
	case s == nil && e.Options().Partial:
		e.Undecided(at(r), name+" is not among the manifests: it may be elsewhere")
	case s == nil:
		if e.Need(serviceKind, r.Service.Namespace) {
			e.Fail(at(r), who+" leads to "+name+", which does not exist: whoever makes a Service of that name gets the calls")
		}
	case !hasPort(s, r.Port):
		e.Fail(at(r), who+" leads to port "+r.Port+" of "+name+", which it does not have")
	case slices.Contains(service.Of.Get(e.Reader, e.F.Key), s): // selects the function itself
	case len(s.Selector) > 0 && s.Type != "ExternalName" && !selected.Get(e.Reader, s.Ref):
		if e.Options().Partial {
			e.Undecided(at(r), "what "+name+" selects may be elsewhere")
		} else {
			e.Fail(check.At{Object: s.Ref, Path: "spec.selector"}, name+" selects no pod and no template: whoever takes its labels gets the calls of "+who)
		}
	}
}

func hasPort(s *model.Service, port string) bool {
	if port == "" || port == "0" {
		return true
	}
	return slices.ContainsFunc(s.Ports, func(p model.ServicePort) bool {
		return p.Name == port || strconv.Itoa(int(p.Port)) == port
	})
}

var templateKinds = []schema.GroupKind{
	{Kind: "Pod"}, {Group: "apps", Kind: "Deployment"}, {Group: "apps", Kind: "StatefulSet"}, {Group: "apps", Kind: "DaemonSet"},
}

// selected answers whether a Service selects any pod or template. Frameworks make pods of templates that are nobody's
// workload: functions count, too.
var selected = snapshot.NewQuery("Service selects something", func(r *snapshot.Reader, ref model.Ref) bool {
	s := service.Get(r, ref.Namespace, ref.Name)
	if s == nil {
		return false
	}
	for _, kind := range templateKinds {
		if _, hidden := r.Hidden(kind, ref.Namespace); hidden {
			return true
		}
		for _, o := range r.List(kind, ref.Namespace) {
			labels := o.Head().Labels
			if w, ok := o.(*model.Workload); ok {
				labels = w.Template.Labels
			}
			if service.Selects(s.Selector, labels) {
				return true
			}
		}
	}
	for _, f := range r.Functions(ref.Namespace) {
		for i := range f.Templates {
			if service.Selects(s.Selector, f.Templates[i].Labels) {
				return true
			}
		}
	}
	return false
}, func(a, b bool) bool { return a == b })

// retiredController: ingress-nginx gets no fixes any more; old images let anybody who reaches their admission port run
// code.
func retiredController(e *check.Eval) {
	seen := false
	var worst *expose.Route
	all := routes(e)
	for i := range all {
		r := &all[i]
		if r.Via.GroupKind() != ingressKind {
			continue
		}
		seen = true
		if r.Controller == expose.NginxIngress && (worst == nil || r.Class > worst.Class) {
			worst = r
		}
	}
	if !seen {
		e.NA("no Ingress leads to it")
		return
	}
	if worst == nil {
		return
	}
	text := worst.Via.Kind + " " + worst.Via.Name + " is served by ingress-nginx, which gets no security fixes since March 2026"
	f := e.Fail(at(worst), text)
	if worst.Class == expose.Internet {
		f.As(check.High)
	}
	if c, ok := openAdmission(e); ok {
		f.As(check.Critical)
		f.Say(text + "; its image " + c.image + " lets whoever reaches its admission port run code in it (CVE-2025-1974)")
	}
}

var deploymentKinds = []schema.GroupKind{{Group: "apps", Kind: "Deployment"}, {Group: "apps", Kind: "DaemonSet"}}

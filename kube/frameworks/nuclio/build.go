package nuclio

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// parts are the objects of one function.
type parts struct {
	key      model.FunctionKey
	head     *model.Header // nil when the NuclioFunction is gone
	facts    *function
	workload *model.Workload
	cron     []*model.Workload
	pods     []*model.Pod
	gateways []*model.Header
}

func gather(key model.FunctionKey, x frameworks.Index) *parts {
	p := &parts{key: key, facts: &function{}}
	target := deployment(key.Namespace, key.Name)
	for _, o := range x.Members(key) {
		switch o := o.(type) {
		case *model.Workload:
			switch {
			case o.Kind == frameworks.CronJob.Kind:
				p.cron = append(p.cron, o)
			case p.workload == nil || o.Ref == target:
				p.workload = o
			}
		case *model.Pod:
			p.pods = append(p.pods, o)
		default:
			if h := o.Head(); h.GroupKind() == gatewayKind {
				p.gateways = append(p.gateways, h)
			} else {
				p.head = h
			}
		}
	}
	if p.workload == nil {
		p.workload = frameworks.GetWorkload(x, target)
	}
	if p.head != nil {
		if f, ok := p.head.FactsOf(Name).(*function); ok {
			p.facts = f
		}
	}
	return p
}

func (adapter) Build(key model.FunctionKey, x frameworks.Index) (*model.Function, bool) {
	p := gather(key, x)
	f := &model.Function{Key: key, Platform: platform(x, key.Namespace, p.workload)}
	switch {
	case p.head != nil:
		f.Object, f.APIVersion, f.Labels = p.head.Ref, p.head.APIVersion(), p.head.Labels
		f.Created, f.Changed = p.head.Created, p.head.Changed
	case p.workload != nil && p.workload.Labels.Get(labelFunction) == key.Name:
		f.Labels, f.Created, f.Changed = p.workload.Labels, p.workload.Created, p.workload.Changed
	default:
		return nil, false
	}
	s := p.facts
	f.Runtime, f.Handler, f.Source, f.Scaling = s.runtime, s.handler, s.source, s.scaling
	f.Claims = []model.Ref{deployment(key.Namespace, key.Name)}
	p.running(f)
	p.scale(f, x)
	p.addresses(f, x)
	f.References = frameworks.MarkMissing(x, frameworks.Additional(f.References, s.references))
	p.foresee(f)
	p.health(x).Set(f)
	f.Notes = append(f.Notes, s.unreadable...)
	if text := frameworks.MissingNames(f.References); text != "" {
		f.Notes = append(f.Notes, text)
	}
	return f, true
}

// running describes what runs; the object's own fields stand in for what is not there.
func (p *parts) running(f *model.Function) {
	f.Pods = frameworks.Refs(p.pods)
	f.ServiceAccount = p.facts.account
	f.Image = p.facts.running
	if f.Image == "" {
		f.Image = p.facts.image
	}
	if w := p.workload; w != nil {
		f.Workloads = append(f.Workloads, model.WorkloadRef{Ref: w.Ref, Role: model.Run})
		f.Templates = append(f.Templates, frameworks.TemplateOf(w, model.Run, container))
		f.References = frameworks.References(w.Template.Spec, w.Ref)
		f.ServiceAccount = frameworks.AccountOf(w.Template.Spec)
		f.Revision = w.Revision
		if c := frameworks.FunctionContainer(w.Template.Spec, container); c != nil && c.Image != "" {
			f.Image = frameworks.Line(c.Image)
		}
		if !slices.Contains(f.Claims, w.Ref) {
			f.Claims = append(f.Claims, w.Ref)
		}
	}
	if f.ServiceAccount == "" {
		f.ServiceAccount = "default"
	}
	for _, c := range p.cron {
		f.Workloads = append(f.Workloads, model.WorkloadRef{Ref: c.Ref, Role: model.Proxy})
		f.Templates = append(f.Templates, frameworks.TemplateOf(c, model.Proxy, ""))
		f.Claims = append(f.Claims, c.Ref)
	}
}

func (p *parts) scale(f *model.Function, x frameworks.Index) {
	if p.workload == nil {
		return
	}
	if by, ok := frameworks.Autoscaling(x, p.workload.Ref); ok {
		by.Note = f.Scaling.Note
		// The autoscaler never goes below 1: going to zero is the function's own setting.
		if f.Scaling.Min != nil && *f.Scaling.Min == 0 {
			by.Min = f.Scaling.Min
		}
		f.Scaling = by
	}
}

// addresses lists the Service's and those of the Ingresses to it, those of the API gateways included.
func (p *parts) addresses(f *model.Function, x frameworks.Index) {
	service := frameworks.GetService(x, p.key.Namespace, prefix+p.key.Name)
	f.URLs = frameworks.URLsOf(x, callable(service))
	if service == nil {
		for _, a := range p.facts.addresses {
			if a = frameworks.SafeURL(a); a != "" && p.head != nil {
				f.URLs = append(f.URLs, model.URL{
					URL:    "http://" + strings.TrimPrefix(a, "http://"),
					Origin: model.Origin{Ref: p.head.Ref, Path: "status.internalInvocationUrls"},
				})
			}
		}
	}
	f.Triggers = frameworks.HTTPTriggers(f.URLs)
	for i := range f.Triggers {
		f.Triggers[i].Auth = p.facts.authentication
	}
	for _, h := range p.gateways {
		p.gateway(f, h)
	}
	f.Triggers = append(f.Triggers, p.facts.triggers...)
}

// callable is the Service without the port that only answers with metrics.
func callable(s *model.Service) *model.Service {
	if s == nil {
		return nil
	}
	c := *s
	c.Ports = nil
	for _, p := range s.Ports {
		if p.Name != "metrics" {
			c.Ports = append(c.Ports, p)
		}
	}
	return &c
}

// gateway marks the addresses that an API gateway's Ingress made with its authentication, or adds its own when
// the Ingress is not to be seen.
func (p *parts) gateway(f *model.Function, h *model.Header) {
	g, ok := h.FactsOf(Name).(*gateway)
	if !ok {
		f.Notes = append(f.Notes, "API gateway "+h.Name+" cannot be read: "+frameworks.Line(h.Problem))
		return
	}
	if g.state == "error" {
		f.Notes = append(f.Notes, "API gateway "+h.Name+": "+frameworks.Sentence("error", g.lastError))
	}
	found := false
	for i := range f.Triggers {
		t := &f.Triggers[i]
		if t.Origin.Kind == frameworks.Ingress.Kind &&
			(t.Origin.Name == prefix+"agw-"+h.Name || t.Origin.Name == prefix+"agw-"+h.Name+"-canary") {
			t.Auth, found = g.mode, true
		}
	}
	if found || g.host == "" {
		return
	}
	u := model.URL{
		URL: "http://" + g.host + "/" + strings.TrimPrefix(g.path, "/"), External: true,
		Origin: model.Origin{Ref: h.Ref, Path: "spec.host"},
	}
	f.URLs = append(f.URLs, u)
	f.Triggers = append(f.Triggers, model.Trigger{
		Type: model.HTTP, Name: h.Name, Detail: u.URL, Auth: g.mode, Origin: u.Origin,
	})
}

func (p *parts) health(x frameworks.Index) frameworks.Health {
	if p.head == nil {
		return p.orphaned(x)
	}
	if !p.head.Deleting.IsZero() {
		return frameworks.Going(p.head)
	}
	if p.head.Problem != "" {
		return frameworks.Unreadable(p.head)
	}
	h := frameworks.Health{}
	if w := p.workload; w != nil {
		h = frameworks.WorkloadHealth(w, p.pods)
	}
	state, reason := p.state(x, h)
	h.State, h.Reason = state, reason
	return h
}

func (p *parts) orphaned(x frameworks.Index) frameworks.Health {
	h := frameworks.WorkloadHealth(p.workload, p.pods)
	h.State, h.Reason = model.Orphaned, fmt.Sprintf("its NuclioFunction %s is gone", p.key.Name)
	switch x.Availability(functionKind, p.key.Namespace) {
	case frameworks.Loading, frameworks.Denied:
		h.State = model.Unknown
		h.Reason = "its NuclioFunction is not known: " + frameworks.Unseen(x, functionKind, p.key.Namespace)
	case frameworks.Absent:
		h.Reason += ": " + frameworks.Unseen(x, functionKind, p.key.Namespace)
	}
	return h
}

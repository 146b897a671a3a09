package kyma

import (
	"slices"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// The generations.
const (
	shapeClassic   = "classic"
	shapeBuildless = "buildless"
)

// builder makes one function.
type builder struct {
	x          frameworks.Index
	f          *model.Function
	head       *model.Header
	spec       function
	workload   *model.Workload
	pods       []*model.Pod
	builds     []*model.Workload
	controller *model.Workload
}

// Build describes the function.
func (adapter) Build(key model.FunctionKey, x frameworks.Index) (*model.Function, bool) {
	if key.Group != group || key.Kind != functionKind.Kind {
		return nil, false
	}
	b := &builder{x: x, f: &model.Function{Key: key}}
	if !b.find() {
		return nil, false
	}
	b.platform()
	b.describe()
	b.judge()
	b.routes()
	b.events()
	b.f.References = frameworks.MarkMissing(x, b.f.References)
	b.f.Notes = frameworks.List(b.f.Notes)
	return b.f, true
}

// find looks for the Function, its Deployment and its build Jobs; false when there is neither Function nor
// Deployment.
func (b *builder) find() bool {
	k := b.f.Key
	if o := b.x.Get(model.Ref{Group: group, Kind: functionKind.Kind, Namespace: k.Namespace, Name: k.Name}); o != nil {
		b.head = o.Head()
		b.f.Object, b.f.APIVersion, b.f.Labels = b.head.Ref, b.head.APIVersion(), b.head.Labels
		b.spec, _ = b.head.FactsOf(Name).(function)
	}
	for _, w := range frameworks.Typed[*model.Workload](b.x.Members(k)) {
		switch {
		case w.GroupKind() == frameworks.Job:
			b.builds = append(b.builds, w)
		case b.workload == nil:
			b.workload = w
		default:
			// One is left from a deleted Function of this name; the controller deletes both and makes a new one.
			b.note("there are several Deployments of this function")
			if b.head != nil && w.OwnedBy(b.head) && !b.workload.OwnedBy(b.head) {
				b.workload = w
			}
		}
	}
	if b.head == nil && b.workload != nil {
		b.head = &b.workload.Header
	}
	return b.head != nil
}

// platform looks for the controller, which is always in one namespace.
func (b *builder) platform() {
	b.f.Platform.Namespace = "kyma-system"
	for _, w := range frameworks.Typed[*model.Workload](b.x.Labelled(frameworks.Deployment, "", moduleLabel, "serverless")) {
		if w.Name != "serverless-ctrl-mngr" {
			continue
		}
		b.controller = w
		b.f.Platform.Namespace = w.Namespace
		if c := frameworks.FunctionContainer(w.Template.Spec, "manager"); c != nil {
			b.f.Platform.Version = frameworks.Text(frameworks.ImageTag(c.Image))
		}
		break
	}
	b.f.Platform.Shape = b.generation()
}

// generation tells classic from buildless; empty when nothing tells.
func (b *builder) generation() string {
	switch {
	case b.spec.classic || len(b.builds) > 0:
		return shapeClassic
	case b.spec.buildless:
		return shapeBuildless
	case b.workload == nil:
		return ""
	}
	c := frameworks.FunctionContainer(b.workload.Template.Spec, "function")
	if c == nil {
		return ""
	}
	if _, ok := frameworks.EnvValue(c, "FUNC_HANDLER_SOURCE"); ok {
		return shapeBuildless
	}
	if tag := frameworks.ImageTag(c.Image); len(tag) == 64 && strings.Trim(tag, "0123456789abcdef") == "" {
		return shapeClassic
	}
	return ""
}

// describe fills in what Function and Deployment say.
func (b *builder) describe() {
	f := b.f
	f.Created, f.Changed = b.head.Created, b.head.Changed
	f.Runtime, f.Image, f.Source, f.Handler = b.spec.runtime, b.spec.image, b.spec.source, "handler.main"
	f.ServiceAccount = "default"
	f.References = append(f.References, b.spec.references...)
	f.Scaling = model.Scaling{Min: b.spec.min, Max: b.spec.max}
	if s, ok := frameworks.Autoscaling(b.x, b.f.Object); ok && !b.f.Object.IsZero() {
		f.Scaling = s
	} else if b.spec.scaled && f.Platform.Shape == shapeBuildless {
		f.Scaling = model.Scaling{}
		b.note("spec.scaleConfig is ignored: this version of Kyma makes no autoscaler")
	}
	if b.workload != nil {
		b.describeWorkload()
	}
	for _, j := range b.builds {
		f.Workloads = append(f.Workloads, model.WorkloadRef{Ref: j.Ref, Role: model.Build})
		f.Templates = append(f.Templates, frameworks.TemplateOf(j, model.Build, "executor"))
		refs := frameworks.References(j.Template.Spec, j.Ref)
		f.References = append(f.References, frameworks.Reuse(refs, model.ForBld)...)
	}
}

func (b *builder) describeWorkload() {
	f, w := b.f, b.workload
	b.pods = frameworks.PodsOf(b.x, w.Ref)
	t := frameworks.TemplateOf(w, model.Run, "function")
	f.Claims = []model.Ref{w.Ref}
	f.Workloads = append(f.Workloads, model.WorkloadRef{Ref: w.Ref, Role: model.Run})
	f.Pods = frameworks.Refs(b.pods)
	f.Templates = append(f.Templates, t)
	f.ServiceAccount = frameworks.AccountOf(t.Spec)
	f.Revision = w.Revision
	f.References = append(f.References, frameworks.References(t.Spec, w.Ref)...)
	if c := frameworks.FunctionContainer(t.Spec, "function"); c != nil {
		f.Image = frameworks.Text(c.Image)
		if runtime, ok := frameworks.EnvValue(c, "FUNC_RUNTIME"); ok && f.Runtime == "" {
			f.Runtime = frameworks.Text(runtime)
		}
	}
	if s, ok := frameworks.Autoscaling(b.x, w.Ref); ok {
		f.Scaling = s
	}
}

// routes fills in the addresses: the Service, Ingresses and routes to it, and APIRules.
func (b *builder) routes() {
	k := b.f.Key
	b.f.URLs = frameworks.URLsOf(b.x, frameworks.GetService(b.x, k.Namespace, k.Name))
	b.f.Triggers = frameworks.HTTPTriggers(b.f.URLs)
	service := model.Ref{Kind: frameworks.Service.Kind, Namespace: k.Namespace, Name: k.Name}
	for _, o := range b.x.Referrers(service, ruleKind) {
		if r, ok := o.Head().FactsOf(Name).(rule); ok {
			b.rule(o.Head(), r, service)
		}
	}
}

func (b *builder) rule(h *model.Header, r rule, service model.Ref) {
	g, seen := gateway{tls: true}, false // the gateway of Kyma itself has TLS
	if o := b.x.Get(r.gateway); o != nil {
		g, seen = o.Head().FactsOf(Name).(gateway)
	}
	scheme := "https"
	if seen && !g.tls {
		scheme = "http"
	}
	for _, host := range r.hosts {
		if !strings.Contains(host, ".") && g.domain != "" {
			host += "." + g.domain
		}
		for i, p := range r.paths {
			if p.service != service || len(b.f.URLs) >= frameworks.MaxList {
				continue
			}
			u := model.URL{
				URL: scheme + "://" + host + plainPath(p.path), External: true,
				Origin: model.Origin{Ref: h.Ref, Path: "spec.rules[" + strconv.Itoa(i) + "]"},
			}
			b.f.URLs = append(b.f.URLs, u)
			b.f.Triggers = append(b.f.Triggers, model.Trigger{
				Type: model.HTTP, Name: h.Name, Detail: u.URL, Auth: p.auth, Origin: u.Origin,
			})
		}
	}
	if r.problem != "" {
		b.note("APIRule " + h.Name + ": " + r.problem)
	}
	if r.old {
		b.note("APIRule " + h.Name + " is of version v1beta1: newer gateways do not reconcile it, and leave the route in place")
	}
}

// events adds the Subscriptions that deliver to the function's Service.
func (b *builder) events() {
	service := model.Ref{Kind: frameworks.Service.Kind, Namespace: b.f.Key.Namespace, Name: b.f.Key.Name}
	for _, o := range b.x.Referrers(service, subscriptionKind) {
		h := o.Head()
		s, ok := h.FactsOf(Name).(subscription)
		if !ok {
			continue
		}
		b.f.Triggers = append(b.f.Triggers, model.Trigger{
			Type: model.Event, Name: h.Name, Detail: s.types, Origin: model.Origin{Ref: h.Ref, Path: "spec.types"},
		})
		if s.problem != "" {
			b.note("Subscription " + h.Name + ": " + s.problem)
		}
	}
}

func (b *builder) note(text string) {
	if text = frameworks.Text(text); !slices.Contains(b.f.Notes, text) {
		b.f.Notes = append(b.f.Notes, text)
	}
}

package fission

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// parts are the objects of one function.
type parts struct {
	key         model.FunctionKey
	head        *model.Header // nil when the Function is gone
	facts       *function
	environment *environment // nil when it is not there or could not be read
	code        *code
	deployments []*model.Workload // its own
	pools       []*model.Workload // those of its Environment
	pods        []*model.Pod
	triggers    []*model.Header
	routes      []*model.Route
	plane       plane
}

func gather(key model.FunctionKey, x frameworks.Index) *parts {
	p := &parts{key: key, facts: &function{executor: poolManager}, plane: controlPlane(x)}
	for _, o := range x.Members(key) {
		switch o := o.(type) {
		case *model.Workload:
			p.deployments = append(p.deployments, o)
		case *model.Pod:
			p.pods = append(p.pods, o)
		case *model.Route:
			p.routes = append(p.routes, o)
		default:
			if h := o.Head(); h.GroupKind() == functionKind {
				p.head = h
			} else {
				p.triggers = append(p.triggers, h)
			}
		}
	}
	if p.head != nil {
		if f, ok := p.head.FactsOf(Name).(*function); ok {
			p.facts = f
		}
	}
	// Published versions have Deployments of their own; the one without a version is what the Function says now.
	slices.SortStableFunc(p.deployments, func(a, b *model.Workload) int {
		return cmp.Compare(a.Labels.Get(labelVersion), b.Labels.Get(labelVersion))
	})
	p.needed(x)
	return p
}

// needed looks up what the function stands on: Environment, pool and Package.
func (p *parts) needed(x frameworks.Index) {
	if !p.facts.code.IsZero() {
		if o := x.Get(p.facts.code); o != nil {
			p.code, _ = o.Head().FactsOf(Name).(*code)
		}
	}
	env := p.facts.environment
	if env.IsZero() {
		return
	}
	if o := x.Get(env); o != nil {
		p.environment, _ = o.Head().FactsOf(Name).(*environment)
	}
	if p.facts.executor != poolManager {
		return
	}
	for _, w := range frameworks.Typed[*model.Workload](x.Labelled(frameworks.Deployment, "", labelEnvironment, env.Name)) {
		if w.Labels.Get(labelExecutor) == poolManager && spaceOf(&w.Header, labelEnvSpace) == env.Namespace {
			p.pools = append(p.pools, w)
		}
	}
}

func (adapter) Build(key model.FunctionKey, x frameworks.Index) (*model.Function, bool) {
	p := gather(key, x)
	f := &model.Function{Key: key, Platform: p.plane.platform}
	switch {
	case p.head != nil:
		f.Object, f.APIVersion, f.Labels = p.head.Ref, p.head.APIVersion(), p.head.Labels
		f.Created, f.Changed = p.head.Created, p.head.Changed
	case len(p.deployments) > 0:
		w := p.deployments[0]
		f.Labels, f.Created, f.Changed = w.Labels, w.Created, w.Changed
		p.facts.executor = w.Labels.Get(labelExecutor)
	case slices.ContainsFunc(p.pods, func(o *model.Pod) bool { return !frameworks.Finished(o) }):
		f.Labels, f.Created = p.pods[0].Labels, p.pods[0].Created
	default:
		return nil, false
	}
	p.describe(f)
	p.running(f)
	p.scale(f, x)
	p.addresses(f, x)
	p.references(f, x)
	p.builders(f, x)
	p.foresee(f, x) // after what reads the templates of objects that there are
	p.health(x).Set(f)
	p.notes(f)
	return f, true
}

func (p *parts) describe(f *model.Function) {
	f.Handler, f.Scaling = p.facts.handler, p.facts.scaling
	f.Runtime = p.facts.environment.Name
	f.Image, f.ServiceAccount = p.facts.image, p.facts.account
	switch {
	case p.facts.executor == ownPods:
		f.Runtime, f.Source = ownPods, model.Source{Kind: "image"}
		if f.ServiceAccount == "" {
			f.ServiceAccount = "default"
		}
	case p.code != nil:
		f.Source = p.code.source
	}
	if p.environment != nil {
		f.Image = p.environment.image
	}
	if f.ServiceAccount == "" {
		f.ServiceAccount = "fission-fetcher"
	}
}

// running lists what runs the function. Pods of a pool are owned by nobody once they are taken out, and as long as
// there is none the pool's template shows what they will be.
func (p *parts) running(f *model.Function) {
	f.Pods = frameworks.Refs(p.pods)
	main := p.container()
	for _, w := range p.deployments {
		f.Workloads = append(f.Workloads, model.WorkloadRef{Ref: w.Ref, Role: model.Run})
		f.Templates = append(f.Templates, frameworks.TemplateOf(w, model.Run, main))
		f.Claims = append(f.Claims, w.Ref)
	}
	for _, pod := range p.pods {
		if t, ok := frameworks.TemplateOfPod(pod, model.Run, main); ok && len(p.deployments) == 0 && !frameworks.Finished(pod) {
			f.Templates = append(f.Templates, t)
			break // the pods of one pool are alike
		}
	}
	for _, w := range p.pools {
		f.Workloads = append(f.Workloads, model.WorkloadRef{Ref: w.Ref, Role: model.Run, Shared: true})
		if len(f.Templates) == 0 {
			f.Templates = append(f.Templates, frameworks.TemplateOf(w, model.Run, main))
		}
	}
	if len(f.Templates) == 0 {
		return
	}
	t := f.Templates[0]
	f.ServiceAccount = frameworks.AccountOf(t.Spec)
	if c := frameworks.FunctionContainer(t.Spec, main); c != nil && c.Image != "" {
		f.Image = frameworks.Line(c.Image)
	}
	if len(p.deployments) > 0 {
		f.Revision = p.deployments[0].Revision
	}
}

// container is named after the Environment, except with an executor that has none.
func (p *parts) container() string {
	if p.facts.executor == ownPods {
		return p.key.Name
	}
	if !p.facts.environment.IsZero() {
		return p.facts.environment.Name
	}
	if len(p.deployments) > 0 {
		return p.deployments[0].Labels.Get(labelEnvironment)
	}
	return ""
}

func (p *parts) scale(f *model.Function, x frameworks.Index) {
	for _, w := range p.deployments {
		if by, ok := frameworks.Autoscaling(x, w.Ref); ok {
			// The autoscaler never goes below 1: going to zero is the executor's doing.
			if f.Scaling.Min != nil && *f.Scaling.Min == 0 {
				by.Min = f.Scaling.Min
			}
			f.Scaling = by
			return
		}
	}
}

func (p *parts) references(f *model.Function, x frameworks.Index) {
	for _, t := range f.Templates {
		f.References = append(f.References, frameworks.References(t.Spec, t.Origin.Ref)...)
	}
	f.References = frameworks.Additional(f.References, p.facts.references)
	if p.environment != nil {
		f.References = frameworks.Additional(f.References, p.environment.references)
	}
	if p.code != nil {
		f.References = frameworks.Additional(f.References, p.code.pull)
	}
	for _, h := range p.triggers {
		t, ok := h.FactsOf(Name).(*trigger)
		if !ok {
			continue
		}
		f.References = frameworks.Additional(f.References, t.secrets)
		if t.tls != "" && p.plane.router != nil {
			f.References = append(f.References, model.Reference{
				Kind: frameworks.Secret.Kind, Namespace: p.plane.router.Namespace, Name: t.tls, How: model.ForTrig,
				Origin: model.Origin{Ref: h.Ref, Path: "spec"},
			})
		}
	}
	f.References = frameworks.MarkMissing(x, f.References)
}

// builders adds what works for the function without running it: the builder of its Environment, and the connector
// of a queue. They come after the templates that count, for their Secrets are not the function's.
func (p *parts) builders(f *model.Function, x frameworks.Index) {
	if env := p.facts.environment; !env.IsZero() {
		for _, w := range frameworks.Typed[*model.Workload](x.Children(env, frameworks.Deployment)) {
			if w.Labels.Get("owner") == "buildermgr" {
				f.Workloads = append(f.Workloads, model.WorkloadRef{Ref: w.Ref, Role: model.Build, Shared: true})
				f.Templates = append(f.Templates, frameworks.TemplateOf(w, model.Build, "builder"))
			}
		}
	}
	for _, h := range p.triggers {
		if h.GroupKind() != queueKind {
			continue
		}
		for _, w := range frameworks.Typed[*model.Workload](x.Children(h.Ref, frameworks.Deployment)) {
			f.Workloads = append(f.Workloads, model.WorkloadRef{Ref: w.Ref, Role: model.Proxy})
			f.Templates = append(f.Templates, frameworks.TemplateOf(w, model.Proxy, ""))
			f.Claims = append(f.Claims, w.Ref)
		}
	}
}

func (p *parts) notes(f *model.Function) {
	if p.environment != nil && p.environment.shared {
		f.Notes = append(f.Notes, fmt.Sprintf("Environment %s lets many functions share one pod", p.facts.environment.Name))
	}
	for _, h := range p.triggers {
		if t, ok := h.FactsOf(Name).(*trigger); ok && t.problem != "" {
			f.Notes = append(f.Notes, h.Kind+" "+h.Name+": "+t.problem)
		}
	}
	uids := map[string]bool{}
	for _, pod := range p.pods {
		if uid := pod.Labels.Get(labelUID); uid != "" {
			uids[uid] = true
		}
	}
	if len(uids) > 1 {
		f.Notes = append(f.Notes, "some of its pods are of an earlier function of this name")
	}
	if text := frameworks.MissingNames(f.References); text != "" {
		f.Notes = append(f.Notes, text)
	}
}

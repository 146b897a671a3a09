package knative

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// parts are the objects of one function.
type parts struct {
	head        *model.Header // of the Knative Service or Configuration; nil when it is gone
	spec        *serving      // nil when it could not be read
	routes      []*model.Header
	revisions   map[string]*revision
	deployments []*model.Workload // in the order of the traffic
	pods        []*model.Pod
	calls       []*call
	mappings    []*model.Header
	sources     []*model.Header
	scaled      []*model.Header
	traffic     []target
	serving     []string // Revisions with traffic, most first
	scope       string   // the namespace
}

func (adapter) Build(key model.FunctionKey, x frameworks.Index) (*model.Function, bool) {
	p := gather(key, x)
	switch (model.Ref{Group: key.Group, Kind: key.Kind}).GroupKind() {
	case serviceKind:
		return buildService(key, x, p)
	case configurationKind:
		return buildConfiguration(key, x, p)
	case frameworks.Deployment:
		return buildPlain(key, x, p)
	case sourceKind:
		return buildSource(key, x, p)
	}
	return nil, false
}

func gather(key model.FunctionKey, x frameworks.Index) *parts {
	p := &parts{revisions: map[string]*revision{}, scope: key.Namespace}
	for _, o := range x.Members(key) {
		h := o.Head()
		switch o := o.(type) {
		case *model.Workload:
			p.deployments = append(p.deployments, o)
			continue
		case *model.Pod:
			p.pods = append(p.pods, o)
			continue
		}
		switch f := h.FactsOf(Name).(type) {
		case *revision:
			p.revisions[h.Name] = f
		case *call:
			p.calls = append(p.calls, f)
		case *mapping:
			p.mappings = append(p.mappings, h)
		case *source:
			p.sources = append(p.sources, h)
		case *scaled:
			p.scaled = append(p.scaled, h)
		case *serving:
			if h.GroupKind() == routeKind {
				p.routes = append(p.routes, h)
			}
		}
	}
	return p
}

// foreign reports whether a Knative Service is the means of another product, whose object is the function.
func foreign(h *model.Header) bool {
	return slices.ContainsFunc(h.Owners, func(w model.Owner) bool { return w.Group == "serving.kserve.io" })
}

func buildService(key model.FunctionKey, x frameworks.Index, p *parts) (*model.Function, bool) {
	o := x.Get(refOf(key))
	if o == nil {
		return orphan(key, x, p)
	}
	p.head = o.Head()
	if foreign(p.head) {
		return nil, false
	}
	p.spec, _ = p.head.FactsOf(Name).(*serving)
	for _, r := range x.Referrers(objectRef(configurationKind, key.Namespace, key.Name), routeKind) {
		if !slices.Contains(p.routes, r.Head()) {
			p.routes = append(p.routes, r.Head())
		}
	}
	if p.spec != nil {
		p.traffic = p.spec.traffic
	}
	return describe(key, x, p), true
}

// buildConfiguration describes a Configuration that no Knative Service owns. Its traffic is that of the Routes.
func buildConfiguration(key model.FunctionKey, x frameworks.Index, p *parts) (*model.Function, bool) {
	o := x.Get(refOf(key))
	if o == nil {
		return orphan(key, x, p)
	}
	p.head = o.Head()
	if _, owned := serviceOf(p.head); owned {
		return nil, false
	}
	p.spec, _ = p.head.FactsOf(Name).(*serving)
	for _, r := range p.routes {
		if f, ok := r.FactsOf(Name).(*serving); ok {
			p.traffic = append(p.traffic, f.traffic...)
		}
	}
	return describe(key, x, p), true
}

func describe(key model.FunctionKey, x frameworks.Index, p *parts) *model.Function {
	f := &model.Function{
		Key: key, Object: p.head.Ref, APIVersion: p.head.APIVersion(), Labels: p.head.Labels,
		Created: p.head.Created, Changed: p.head.Changed, Platform: platform(x),
		Runtime: frameworks.Line(p.head.Labels.Get(labelRuntime)), Source: model.Source{Kind: "image"},
	}
	if p.spec == nil {
		p.spec = &serving{}
	}
	p.rank()
	p.workloads(f)
	p.template(f)
	p.addresses(f, x)
	p.triggers(f)
	p.origin(f)
	f.References = frameworks.MarkMissing(x, f.References)
	p.health(x).Set(f)
	// The webhook writes the user's name, and the managed fields only that of a client.
	if user := frameworks.Line(p.head.Annotations.Get("serving.knative.dev/lastModifier")); user != "" {
		f.Notes = append(f.Notes, "last changed by "+user)
	}
	if text := frameworks.MissingNames(f.References); text != "" {
		f.Notes = append(f.Notes, text)
	}
	return f
}

// rank finds the Revisions that serve, the one with the most traffic first, and the Deployments in their order.
func (p *parts) rank() {
	latest := p.spec.latestReady
	if latest == "" {
		latest = p.spec.latestCreated
	}
	share := map[string]int32{}
	for i := range p.traffic {
		t := &p.traffic[i]
		if t.revision == "" && (t.latest || t.configuration != "") {
			t.revision, t.latest = latest, true
		}
		if t.revision == "" {
			continue
		}
		if _, seen := share[t.revision]; !seen && (t.percent > 0 || t.tag != "") {
			p.serving = append(p.serving, t.revision)
		}
		share[t.revision] += min(t.percent, 100)
	}
	if len(p.serving) == 0 && latest != "" {
		p.serving = []string{latest}
	}
	slices.SortStableFunc(p.serving, func(a, b string) int { return cmp.Compare(share[b], share[a]) })
	place := func(w *model.Workload) int {
		if i := slices.Index(p.serving, w.Labels.Get(labelRevision)); i >= 0 {
			return i
		}
		return len(p.serving)
	}
	slices.SortStableFunc(p.deployments, func(a, b *model.Workload) int { return cmp.Compare(place(a), place(b)) })
}

// shown reports whether a Deployment belongs to the function's picture: it serves, or is on its way to.
func (p *parts) shown(w *model.Workload) bool {
	name := w.Labels.Get(labelRevision)
	return slices.Contains(p.serving, name) || name == p.spec.latestCreated
}

func (p *parts) workloads(f *model.Function) {
	f.Claims = append(f.Claims, p.head.Ref)
	reserve := 0
	for _, w := range p.deployments {
		f.Claims = append(f.Claims, w.Ref)
		if !p.shown(w) {
			reserve++
			continue
		}
		f.Workloads = append(f.Workloads, model.WorkloadRef{Ref: w.Ref, Role: model.Run})
		f.Templates = append(f.Templates, frameworks.TemplateOf(w, model.Run, p.container(w)))
		f.References = append(f.References, frameworks.References(w.Template.Spec, w.Ref)...)
	}
	for _, name := range p.serving {
		target := objectRef(frameworks.Deployment, p.scope, name+"-deployment")
		if !slices.Contains(f.Claims, target) {
			f.Claims = append(f.Claims, target)
		}
	}
	f.Pods = frameworks.Refs(p.pods)
	if reserve > 0 {
		f.Notes = append(f.Notes, fmt.Sprintf("%d Revisions without traffic can still be called from inside the cluster", reserve))
	}
}

// container is the function's own: Serving names it in the pods' annotations, else its default name is right.
func (p *parts) container(w *model.Workload) string {
	if name := w.Template.Annotations.Get("kubectl.kubernetes.io/default-container"); name != "" {
		return name
	}
	return userContainer
}

func (p *parts) template(f *model.Function) {
	t := p.spec.template
	if len(p.serving) > 0 {
		f.Revision = p.serving[0]
	}
	if len(f.Templates) > 0 {
		f.ServiceAccount = frameworks.AccountOf(f.Templates[0].Spec)
		if c := frameworks.FunctionContainer(f.Templates[0].Spec, f.Templates[0].Container); c != nil {
			f.Image = frameworks.Line(c.Image)
		}
	} else if t != nil {
		f.ServiceAccount, f.Image = t.account, t.image
	}
	if t != nil {
		f.Scaling = t.scaling
		f.References = frameworks.Additional(f.References, t.references)
	}
	// The tag is what people wrote; the Deployment holds the digest that the controller made of it.
	if r := p.revisions[f.Revision]; r != nil {
		f.Scaling = r.scaling
		if r.image != "" {
			f.Image = r.image
		}
	}
	for _, t := range frameworks.List(p.traffic) {
		f.Traffic = append(f.Traffic, model.Traffic{Revision: t.revision, Percent: t.percent, Tag: t.tag, Latest: t.latest})
	}
}

// origin adds what func-operator says about where the code comes from.
func (p *parts) origin(f *model.Function) {
	for _, h := range p.sources {
		s := h.FactsOf(Name).(*source)
		f.Source = s.source()
		f.References = append(f.References, s.references(h.Ref)...)
		if f.Runtime == "" {
			f.Runtime = s.runtime
		}
		if ready := condition(s.conditions, "Ready"); ready.Status == "False" {
			f.Notes = append(f.Notes, "its source "+h.Name+": "+frameworks.Sentence(ready.Reason, ready.Message))
		}
	}
}

func (s *source) source() model.Source {
	return model.Source{Kind: "git", Detail: strings.TrimSuffix(s.repository+"@"+s.reference, "@")}
}

func (s *source) references(at model.Ref) []model.Reference {
	var refs []model.Reference
	for path, name := range map[string]string{"spec.source.authSecretRef": s.sourceSecret, "spec.registry.authSecretRef": s.registrySecret} {
		if name != "" {
			refs = append(refs, model.Reference{
				Kind: frameworks.Secret.Kind, Name: name, How: model.ForBld, Origin: model.Origin{Ref: at, Path: path},
			})
		}
	}
	slices.SortFunc(refs, func(a, b model.Reference) int { return cmp.Compare(a.Origin.Path, b.Origin.Path) })
	return refs
}

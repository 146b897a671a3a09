package knative

import (
	"fmt"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// buildPlain describes what func deploys without Serving: a Deployment and a Service of one name.
func buildPlain(key model.FunctionKey, x frameworks.Index, p *parts) (*model.Function, bool) {
	if len(p.deployments) == 0 {
		return nil, false
	}
	w := p.deployments[0]
	for _, d := range p.deployments {
		if d.Name == key.Name {
			w = d
		}
	}
	f := &model.Function{
		Key: key, Object: w.Ref, APIVersion: w.APIVersion(), Labels: w.Labels, Created: w.Created, Changed: w.Changed,
		Runtime: frameworks.Line(w.Labels.Get(labelRuntime)), Source: model.Source{Kind: "image"},
		Platform: model.Platform{Shape: "func " + deployer(w)},
		Pods:     frameworks.Refs(p.pods), ServiceAccount: frameworks.AccountOf(w.Template.Spec),
	}
	for _, d := range p.deployments {
		f.Workloads = append(f.Workloads, model.WorkloadRef{Ref: d.Ref, Role: model.Run})
		f.Templates = append(f.Templates, frameworks.TemplateOf(d, model.Run, userContainer))
		f.References = append(f.References, frameworks.References(d.Template.Spec, d.Ref)...)
		f.Claims = append(f.Claims, d.Ref)
	}
	if c := frameworks.FunctionContainer(w.Template.Spec, userContainer); c != nil {
		f.Image = frameworks.Line(c.Image)
	}
	f.Revision = w.Revision
	f.Scaling, _ = frameworks.Autoscaling(x, w.Ref)
	f.URLs = frameworks.URLsOf(x, frameworks.GetService(x, key.Namespace, key.Name))
	p.scaledTo(f)
	p.triggers(f)
	p.origin(f)
	f.References = frameworks.MarkMissing(x, f.References)
	frameworks.WorkloadHealth(w, p.pods).Set(f)
	if text := frameworks.MissingNames(f.References); text != "" {
		f.Notes = append(f.Notes, text)
	}
	return f, true
}

func deployer(w *model.Workload) string {
	if d := w.Annotations.Get(annotationDeployer); d != "" {
		return frameworks.Line(d)
	}
	return "raw"
}

// scaledTo adds what the HTTPScaledObject of the keda deployer says.
func (p *parts) scaledTo(f *model.Function) {
	for _, h := range p.scaled {
		s := h.FactsOf(Name).(*scaled)
		f.Scaling = model.Scaling{Min: s.min, Max: s.max, By: h.Ref, Note: "HTTP requests"}
		f.Claims = append(f.Claims, h.Ref)
		for i, host := range s.hosts {
			f.URLs = append(f.URLs, model.URL{
				URL: "http://" + host, External: !local("http://" + host),
				Origin: model.Origin{Ref: h.Ref, Path: fmt.Sprintf("spec.hosts[%d]", i)},
			})
		}
	}
}

// buildSource describes a Function of func-operator for as long as it has no workload: it is being built, or
// cannot be.
func buildSource(key model.FunctionKey, x frameworks.Index, p *parts) (*model.Function, bool) {
	if len(p.deployments) > 0 || x.Get(objectRef(serviceKind, key.Namespace, key.Name)) != nil {
		return nil, false
	}
	var head *model.Header
	for _, o := range x.Members(key) {
		if o.Head().GroupKind() == sourceKind {
			head = o.Head()
			break
		}
	}
	if head == nil {
		return nil, false
	}
	f := &model.Function{
		Key: key, Object: head.Ref, APIVersion: head.APIVersion(), Labels: head.Labels,
		Created: head.Created, Changed: head.Changed, Platform: model.Platform{Namespace: "func-operator-system"},
		Claims: []model.Ref{
			objectRef(serviceKind, key.Namespace, key.Name), objectRef(frameworks.Deployment, key.Namespace, key.Name),
		},
	}
	s, ok := head.FactsOf(Name).(*source)
	if !ok || head.Problem != "" {
		frameworks.Unreadable(head).Set(f)
		return f, true
	}
	f.Source, f.Runtime = s.source(), s.runtime
	f.References = frameworks.MarkMissing(x, s.references(head.Ref))
	sourceHealth(key, x, head, s).Set(f)
	return f, true
}

func sourceHealth(key model.FunctionKey, x frameworks.Index, head *model.Header, s *source) frameworks.Health {
	if !head.Deleting.IsZero() {
		return frameworks.Going(head)
	}
	for _, c := range s.conditions {
		if c.Status == "False" {
			return frameworks.Health{State: model.Failed, Reason: frameworks.Sentence(c.Reason, c.Message)}
		}
	}
	deployed := condition(s.conditions, "Deployed")
	if deployed.Status != "True" {
		return frameworks.Health{State: model.Building, Reason: frameworks.Sentence(deployed.Reason, deployed.Message)}
	}
	if reason := servedBy(x, serviceKind, key.Namespace); reason != "" {
		return frameworks.Health{State: model.Unknown, Reason: reason}
	}
	return frameworks.Missing(x, frameworks.Deployment, key.Namespace,
		fmt.Sprintf("func-operator says that %s is deployed, and there is neither a Knative Service nor a Deployment", key.Name))
}

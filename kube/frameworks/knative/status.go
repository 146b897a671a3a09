package knative

import (
	"fmt"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

func (p *parts) health(x frameworks.Index) frameworks.Health {
	h := frameworks.Health{}
	h.Ready, h.Desired = p.counts()
	h.State, h.Reason = p.state(x, h)
	if h.State == model.NoWorkload {
		h.Ready, h.Desired = nil, nil
	}
	return h
}

// counts adds up the Revisions that serve. What a Revision says itself stands in for a Deployment that cannot be
// seen.
func (p *parts) counts() (ready, desired *int32) {
	var r, d int64
	known := false
	for _, name := range p.serving {
		if w := p.deployment(name); w != nil {
			r, d, known = r+int64(w.Ready), d+int64(w.Desired), true
			continue
		}
		if v := p.revisions[name]; v != nil && v.actual != nil && v.desired != nil {
			r, d, known = r+int64(*v.actual), d+int64(*v.desired), true
		}
	}
	if !known {
		return nil, nil
	}
	return model.Count(frameworks.Number(r)), model.Count(frameworks.Number(d))
}

func (p *parts) deployment(revision string) *model.Workload {
	for _, w := range p.deployments {
		if w.Labels.Get(labelRevision) == revision {
			return w
		}
	}
	return nil
}

func (p *parts) state(x frameworks.Index, counts frameworks.Health) (model.State, string) {
	if !p.head.Deleting.IsZero() {
		going := frameworks.Going(p.head)
		return going.State, going.Reason
	}
	if p.head.Problem != "" {
		unread := frameworks.Unreadable(p.head)
		return unread.State, unread.Reason
	}
	ready := condition(p.spec.conditions, "Ready")
	said := frameworks.Sentence(ready.Reason, ready.Message)
	switch {
	case ready.Status == "" && len(p.deployments) == 0:
		return unreconciled(x)
	case p.spec.observed < p.spec.generation:
		return model.Deploying, "the newest specification has not been taken up yet"
	case ready.Status == "False":
		return model.Failed, frameworks.Text(said + p.stillServing())
	case ready.Status == "True":
		return p.running(x, counts)
	}
	if trouble := frameworks.PodTrouble(p.pods); trouble != "" {
		return model.Failed, trouble
	}
	if said == "" {
		said = frameworks.PodWait(p.pods)
	}
	return model.Deploying, said
}

// unreconciled judges an object that no controller has written to.
func unreconciled(x frameworks.Index) (model.State, string) {
	controller := objectRef(frameworks.Deployment, systemNamespace, "controller")
	if x.Get(controller) != nil {
		return model.Deploying, "Knative Serving has not taken it up yet"
	}
	if reason := frameworks.Unseen(x, frameworks.Deployment, systemNamespace); reason != "" {
		return model.Unknown, "Knative Serving has not taken it up; whether it runs is not known: " + reason
	}
	return model.NoWorkload, "nothing has taken it up: no controller of Knative Serving runs in " + systemNamespace
}

// stillServing says that an older Revision answers while the newest one is broken.
func (p *parts) stillServing() string {
	if len(p.serving) == 0 || p.serving[0] == p.spec.latestCreated {
		return ""
	}
	if w := p.deployment(p.serving[0]); w == nil || w.Ready == 0 {
		return ""
	}
	return fmt.Sprintf(" (%s still serves)", p.serving[0])
}

// running judges a function that its controller calls ready: it may be scaled to zero, and its Deployment may have
// been taken away behind the controller's back.
func (p *parts) running(x frameworks.Index, counts frameworks.Health) (model.State, string) {
	idle, said := p.idle()
	if gone, kind := p.missing(); gone != "" {
		m := frameworks.Missing(x, kind, p.scope, gone)
		switch {
		case m.State == model.NoWorkload:
			return m.State, m.Reason
		case idle:
			return model.Idle, said
		case counts.Desired == nil || *counts.Desired == 0:
			return m.State, m.Reason
		}
	}
	switch {
	case idle:
		return model.Idle, said
	case counts.Desired == nil || *counts.Ready >= *counts.Desired:
		return model.Ready, frameworks.PodTrouble(p.pods)
	case *counts.Ready > 0:
		wait := frameworks.PodTrouble(p.pods)
		if wait == "" {
			wait = fmt.Sprintf("%d of %d replicas are ready", *counts.Ready, *counts.Desired)
		}
		return model.Ready, wait
	}
	if trouble := frameworks.PodTrouble(p.pods); trouble != "" {
		return model.Failed, trouble
	}
	return model.Deploying, frameworks.PodWait(p.pods)
}

// idle: every Revision with traffic says NoTraffic, or has a Deployment that wants no pods.
func (p *parts) idle() (bool, string) {
	said := ""
	for _, name := range p.serving {
		active := model.Condition{}
		if r := p.revisions[name]; r != nil {
			active = condition(r.conditions, "Active")
		}
		w := p.deployment(name)
		if w != nil && w.Desired > 0 || w == nil && active.Status != "False" {
			return false, ""
		}
		if active.Status == "False" && said == "" {
			said = frameworks.Sentence(active.Reason, active.Message)
		}
	}
	return len(p.serving) > 0, said
}

// missing names the first thing that a Revision with traffic lacks, and its kind.
func (p *parts) missing() (string, schema.GroupKind) {
	for _, name := range p.serving {
		if p.deployment(name) != nil {
			continue
		}
		if p.revisions[name] == nil {
			return "Revision " + name + " has traffic and does not exist", revisionKind
		}
		return "Revision " + name + " has traffic and its Deployment " + name + "-deployment does not exist", frameworks.Deployment
	}
	return "", schema.GroupKind{}
}

// orphan describes Deployments whose Knative Service or Configuration is not there.
func orphan(key model.FunctionKey, x frameworks.Index, p *parts) (*model.Function, bool) {
	if len(p.deployments) == 0 {
		return nil, false
	}
	kind := refOf(key).GroupKind()
	f := &model.Function{Key: key, Platform: platform(x), Source: model.Source{Kind: "image"}}
	p.head, p.spec = &model.Header{}, &serving{}
	for _, w := range p.deployments {
		f.Claims = append(f.Claims, w.Ref)
		f.Workloads = append(f.Workloads, model.WorkloadRef{Ref: w.Ref, Role: model.Run})
		f.Templates = append(f.Templates, frameworks.TemplateOf(w, model.Run, p.container(w)))
		f.References = append(f.References, frameworks.References(w.Template.Spec, w.Ref)...)
		p.serving = append(p.serving, w.Labels.Get(labelRevision))
	}
	first := p.deployments[0]
	f.Labels, f.Created, f.Changed = first.Labels, first.Created, first.Changed
	f.Runtime = frameworks.Line(first.Labels.Get(labelRuntime))
	f.Pods = frameworks.Refs(p.pods)
	p.template(f)
	f.References = frameworks.MarkMissing(x, f.References)
	f.Ready, f.Desired = p.counts()
	f.State = model.Orphaned
	f.Reason = fmt.Sprintf("its Knative %s %s is gone", kind.Kind, key.Name)
	switch x.Availability(kind, key.Namespace) {
	case frameworks.Loading, frameworks.Denied:
		f.State = model.Unknown
		f.Reason = "its Knative " + kind.Kind + " is not known: " + frameworks.Unseen(x, kind, key.Namespace)
	case frameworks.Absent:
		f.Reason += ": " + frameworks.Unseen(x, kind, key.Namespace)
	}
	return f, true
}

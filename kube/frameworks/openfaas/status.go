package openfaas

import (
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// judge sets state, reason and counts.
func (b *builder) judge() {
	h := b.health()
	if b.workload != nil {
		counts := frameworks.WorkloadHealth(b.workload, b.pods)
		h.Ready, h.Desired = counts.Ready, counts.Desired
	}
	h.Set(b.f)
	b.notes()
}

func (b *builder) health() frameworks.Health {
	switch {
	case b.f.Object.IsZero():
		return frameworks.Orphan(b.x, functionKind, b.f.Key.Namespace, b.f.Key.Name)
	case !b.head.Deleting.IsZero():
		return frameworks.Going(b.head)
	case b.head.Problem != "" && b.declared:
		return frameworks.Unreadable(b.head)
	case !b.declared:
		return frameworks.WorkloadHealth(b.workload, b.pods)
	}
	if c, ok := b.condition("Stalled"); ok && c.Status == "True" {
		return frameworks.Health{State: model.Failed, Reason: frameworks.Sentence(c.Reason, c.Message)}
	}
	if b.workload != nil {
		h := frameworks.WorkloadHealth(b.workload, b.pods)
		if h.State == model.Ready && b.spec.observed != 0 && b.spec.observed < b.spec.generation {
			h.State, h.Reason = model.Deploying, "the operator has not taken up the newest specification yet"
		}
		return h
	}
	return b.without()
}

// without is the health of a Function that has no Deployment.
func (b *builder) without() frameworks.Health {
	h := frameworks.Missing(b.x, frameworks.Deployment, b.f.Key.Namespace, "there is no Deployment "+b.name)
	if h.State != model.NoWorkload {
		return h
	}
	other := frameworks.GetWorkload(b.x, b.f.Claims[0])
	switch {
	case other != nil:
		h.Reason = "the Deployment " + b.name + " is not this Function's"
		b.f.Claims = nil
	case b.gateway == nil && b.x.Availability(frameworks.Deployment, "") == frameworks.Available:
		h.Reason = "no controller: there is no OpenFaaS operator in this cluster"
		if len(b.gateways) > 0 {
			h.Reason = "no controller: no OpenFaaS operator acts on this namespace"
		}
	default:
		if c, ok := b.condition("Ready"); ok && c.Status != "True" && (c.Reason != "" || c.Message != "") {
			h.Reason = frameworks.Sentence(c.Reason, c.Message)
		}
		if c, ok := b.condition("Reconciling"); ok && c.Status == "True" {
			h.State, h.Reason = model.Deploying, frameworks.Sentence(c.Reason, c.Message)
		}
	}
	h.Reason = frameworks.Text(h.Reason)
	return h
}

// explainMissing names missing Secrets, the usual reason why the operator makes nothing.
func (b *builder) explainMissing() {
	if b.f.State != model.NoWorkload || strings.HasPrefix(b.f.Reason, "no controller") {
		return
	}
	if missing := frameworks.MissingNames(b.f.References); missing != "" {
		b.f.Reason = frameworks.Text(b.f.Reason + "; " + missing)
	}
}

func (b *builder) condition(kind string) (model.Condition, bool) {
	for _, c := range b.spec.conditions {
		if c.Type == kind {
			return c, true
		}
	}
	return model.Condition{}, false
}

func (b *builder) notes() {
	ns := b.f.Key.Namespace
	if w := b.workload; w != nil {
		if l, ok := w.Template.Labels.Lookup(functionLabel); ok && l != b.name {
			b.note("the pods carry faas_function=" + l + ": they answer calls of that function")
		}
		if !b.declared && w.Labels.Get(functionLabel) == "" {
			b.note("only the pod template has the label faas_function: the gateway does not list the function")
		}
	}
	if b.gateway == nil && len(b.gateways) > 0 {
		b.note("no OpenFaaS gateway that can be seen serves namespace " + ns)
	}
	if b.gateway != nil && !b.gateway.running {
		b.note("the OpenFaaS gateway in " + b.gateway.ref.Namespace + " is not ready")
	}
	b.profiles()
}

// profiles names Profiles that do not exist: the operator only logs that, and runs the function without them.
func (b *builder) profiles() {
	if b.gateway == nil || !b.declared || b.x.Availability(profileKind, b.gateway.ref.Namespace) != frameworks.Available {
		return
	}
	for _, name := range frameworks.List(strings.Split(b.spec.annotations.Get(profileAnnotation), ",")) {
		name = strings.TrimSpace(name)
		ref := model.Ref{Group: group, Kind: profileKind.Kind, Namespace: b.gateway.ref.Namespace, Name: name}
		if name != "" && b.x.Get(ref) == nil {
			b.note("Profile " + name + " does not exist: the function runs without it")
		}
	}
}

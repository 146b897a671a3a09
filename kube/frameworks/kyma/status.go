package kyma

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
	if c, ok := b.condition("ConfigurationReady"); ok && strings.HasPrefix(c.Message, "Warning") {
		b.note(c.Message)
	}
	if b.dead() && b.workload != nil && !b.f.Object.IsZero() {
		b.note("no controller: changes of the Function have no effect")
	}
}

func (b *builder) health() frameworks.Health {
	switch {
	case b.f.Object.IsZero():
		return frameworks.Orphan(b.x, functionKind, b.f.Key.Namespace, b.f.Key.Name)
	case !b.head.Deleting.IsZero():
		return frameworks.Going(b.head)
	case b.head.Problem != "":
		return frameworks.Unreadable(b.head)
	}
	for _, kind := range []string{"ConfigurationReady", "BuildReady", "Running"} {
		c, ok := b.condition(kind)
		switch {
		case ok && c.Status == "False" && (kind != "Running" || b.workload == nil || c.Reason != "DeploymentDeleted"):
			return frameworks.Health{State: model.Failed, Reason: frameworks.Sentence(c.Reason, c.Message)}
		case ok && c.Status == "Unknown" && kind == "BuildReady":
			return frameworks.Health{State: model.Building, Reason: frameworks.Sentence(c.Reason, c.Message)}
		}
	}
	if b.workload == nil {
		return b.without()
	}
	h := frameworks.WorkloadHealth(b.workload, b.pods)
	if (h.State == model.Ready || h.State == model.Idle) && b.spec.observed != 0 && b.spec.observed < b.spec.generation {
		h.State, h.Reason = model.Deploying, "the controller has not taken up the newest specification yet"
	}
	if c, ok := b.condition("Running"); ok && h.State == model.Deploying && h.Reason == "" {
		h.Reason = frameworks.Sentence(c.Reason, c.Message)
	}
	return h
}

// without is the health of a Function that has no Deployment.
func (b *builder) without() frameworks.Health {
	h := frameworks.Missing(b.x, frameworks.Deployment, b.f.Key.Namespace, "there is no Deployment of this Function")
	if h.State != model.NoWorkload {
		return h
	}
	c, ok := b.condition("Running")
	switch {
	case b.dead():
		h.Reason = "no controller: nothing acts on this Function"
	case !ok && len(b.spec.conditions) == 0:
		h.State, h.Reason = model.Deploying, "the controller has not looked at the Function yet"
	case ok && c.Status == "True":
		h.Reason = "the Function says it runs, but its Deployment is gone; the controller looks again every few minutes"
	case ok && c.Status == "Unknown":
		h.State, h.Reason = model.Deploying, frameworks.Sentence(c.Reason, c.Message)
	case !ok:
		h.State, h.Reason = model.Deploying, "the Deployment is not made yet"
	}
	return h
}

// dead reports whether it is known that no controller runs.
func (b *builder) dead() bool {
	if b.controller != nil {
		return b.controller.Ready == 0
	}
	return b.x.Availability(frameworks.Deployment, "") == frameworks.Available
}

func (b *builder) condition(kind string) (model.Condition, bool) {
	for _, c := range b.spec.conditions {
		if c.Type == kind {
			return c, true
		}
	}
	return model.Condition{}, false
}

// plainPath is what a caller can type of a path: old rules hold regular expressions, new ones `{*}` and `{**}`.
func plainPath(p string) string {
	if i := strings.IndexAny(p, "*{[("); i >= 0 {
		p = strings.TrimSuffix(p[:i], ".")
	}
	return "/" + strings.TrimPrefix(p, "/")
}

package kubeless

import (
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// judge sets state, reason and counts. The object itself has no status.
func (b *builder) judge() {
	h := b.health()
	if b.workload != nil {
		counts := frameworks.WorkloadHealth(b.workload, b.pods)
		h.Ready, h.Desired = counts.Ready, counts.Desired
	}
	h.Set(b.f)
	if b.spec.problem != "" {
		b.note(b.spec.problem)
	}
	if b.f.Object.IsZero() {
		return
	}
	if !b.spec.checksum && b.spec.image == "" && b.head.Problem == "" {
		b.note("no checksum: a changed source is not taken up by running pods, and is not verified")
	}
	if b.dead() && b.workload != nil {
		b.note("no controller: changes of the Function have no effect")
	}
}

func (b *builder) health() frameworks.Health {
	switch {
	case b.f.Object.IsZero():
		return frameworks.Orphan(b.x, functionKind, b.f.Key.Namespace, b.f.Key.Name)
	case !b.head.Deleting.IsZero():
		h := frameworks.Going(b.head)
		if b.dead() {
			h.Reason = strings.TrimPrefix(h.Reason+"; no controller removes them", "; ")
		}
		return h
	case b.head.Problem != "":
		return frameworks.Unreadable(b.head)
	case b.workload == nil:
		return b.without()
	}
	return b.building(frameworks.WorkloadHealth(b.workload, b.pods))
}

// building tells source being fetched, installed and compiled, in init containers or in a Job, from starting.
func (b *builder) building(h frameworks.Health) frameworks.Health {
	if h.State != model.Deploying && h.State != model.Failed {
		return h
	}
	for _, j := range b.builds {
		switch job := frameworks.WorkloadHealth(j, frameworks.PodsOf(b.x, j.Ref)); job.State {
		case model.Ready, model.Deploying:
			return frameworks.Health{State: model.Building, Reason: frameworks.Text("the image is being built by Job " + j.Name)}
		case model.Failed:
			return frameworks.Health{State: model.Failed, Reason: frameworks.Text("Job " + j.Name + ": " + job.Reason)}
		}
	}
	if h.State == model.Deploying {
		for _, p := range b.pods {
			if c := frameworks.InitRunning(p); c != "" && !frameworks.Finished(p) {
				return frameworks.Health{State: model.Building, Reason: frameworks.Text("init container " + c + " is running")}
			}
		}
	}
	return h
}

// without is the health of a Function that has no Deployment. Kubeless itself only logs why.
func (b *builder) without() frameworks.Health {
	name := b.f.Key.Name
	h := frameworks.Missing(b.x, frameworks.Deployment, b.f.Key.Namespace, "there is no Deployment "+name)
	if h.State != model.NoWorkload {
		return h
	}
	switch {
	case b.x.Get(b.f.Claims[0]) != nil:
		h.Reason = "the Deployment " + name + " was not made by Kubeless and stands in the way"
		b.f.Claims = nil
	case b.dead():
		h.Reason = "no controller: nothing acts on this Function"
	case strings.Count(b.spec.handler, ".") != 1 && b.spec.handler != "":
		h.Reason += "; the handler is not FILE.FUNCTION"
	case b.spec.problem != "":
		h.Reason = b.spec.problem
	case b.controller != nil:
		h.Reason += "; the log of kubeless-function-controller in " + b.controller.Namespace + " says why"
	}
	h.Reason = frameworks.Text(h.Reason)
	return h
}

// dead reports whether it is known that no controller runs.
func (b *builder) dead() bool {
	if b.controller != nil {
		return b.controller.Ready == 0
	}
	return b.x.Availability(frameworks.Deployment, "") == frameworks.Available
}

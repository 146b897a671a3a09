package nuclio

import (
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// state translates the state of the object. Nuclio leaves it at ready while a later update is rolling, so the
// Deployment has its say then; h is what it says, or empty.
func (p *parts) state(x frameworks.Index, h frameworks.Health) (model.State, string) {
	s := p.facts
	switch s.state {
	case "waitingForBuild", "building":
		return model.Building, either(s.message, s.build)
	case "error":
		return model.Failed, either(s.message, s.build)
	case "unhealthy":
		return model.Failed, either(frameworks.PodTrouble(p.pods), s.message)
	case "waitingForResourceConfiguration", "configuringResources", "waitingForScaleResourceFromZero":
		if trouble := frameworks.PodTrouble(p.pods); trouble != "" {
			return model.Deploying, trouble
		}
		return model.Deploying, either(s.message, s.state)
	case "imported":
		if p.workload == nil {
			return p.missing(x, "imported and never deployed")
		}
		return model.Idle, "imported"
	}
	if p.workload == nil {
		return p.missing(x, "")
	}
	switch s.state {
	case "scaledToZero", "waitingForScaleResourceToZero":
		return model.Idle, s.state
	case "ready", "":
		if s.disabled {
			return model.Paused, "disabled in the NuclioFunction"
		}
		return h.State, h.Reason
	}
	return model.Unknown, "Nuclio says " + s.state + ", which is not known here"
}

// missing judges a function without a Deployment. Without a state the controller never looks at it.
func (p *parts) missing(x frameworks.Index, why string) (model.State, string) {
	switch {
	case why != "":
	case p.facts.state == "":
		why = "no state is set, so the controller leaves it alone; deploy it with nuctl or the dashboard"
	default:
		why = "Nuclio says " + p.facts.state + ", and there is no Deployment " + prefix + p.key.Name
	}
	m := frameworks.Missing(x, frameworks.Deployment, p.key.Namespace, why)
	if m.State == model.Unknown && (p.facts.state == "scaledToZero" || p.facts.state == "waitingForScaleResourceToZero") {
		return model.Idle, p.facts.state
	}
	return m.State, m.Reason
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

package fission

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

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
	h := p.runs(x)
	if state, reason, ok := p.blocked(x); ok {
		h.State, h.Reason = state, reason
	}
	return h
}

// blocked: without its Package built and its Environment there, a function never runs.
func (p *parts) blocked(x frameworks.Index) (model.State, string, bool) {
	if p.facts.executor == ownPods {
		return "", "", false
	}
	for _, need := range []model.Ref{p.facts.environment, p.facts.code} {
		if need.IsZero() {
			continue
		}
		o := x.Get(need)
		switch {
		case o != nil && o.Head().Problem != "":
			return model.Unknown, frameworks.Line(o.Head().Problem), true
		case o == nil && x.Availability(need.GroupKind(), need.Namespace) == frameworks.Available:
			return model.Failed, fmt.Sprintf("%s %s does not exist", need.Kind, need.Name), true
		}
	}
	if p.code != nil {
		switch p.code.build {
		case "failed":
			why := p.code.reason
			if p.code.log != "" && p.code.log != why {
				why = strings.TrimPrefix(why+": "+p.code.log, ": ")
			}
			return model.Failed, "package " + p.facts.code.Name + ": " + why, true
		case "pending", "running":
			return model.Building, "package " + p.facts.code.Name + " is " + p.code.build, true
		}
	} else if p.facts.packageReady.Status == "False" {
		return model.Failed, frameworks.Sentence(p.facts.packageReady.Reason, p.facts.packageReady.Message), true
	}
	return "", "", false
}

func (p *parts) runs(x frameworks.Index) frameworks.Health {
	if p.facts.executor == poolManager {
		return p.pooled(x)
	}
	if len(p.deployments) == 0 {
		return frameworks.Missing(x, frameworks.Deployment, p.key.Namespace,
			"the executor has made no Deployment for it, or somebody deleted it")
	}
	w := p.deployments[0]
	pods := slices.DeleteFunc(slices.Clone(p.pods), func(o *model.Pod) bool { return o.Namespace != w.Namespace })
	h := frameworks.WorkloadHealth(w, pods)
	if h.State == model.Idle && h.Reason == "" {
		h.Reason = "scaled to zero; the router wakes it"
	}
	return h
}

// pooled judges a function of the pool manager: no pod is normal as long as there is a pool to take one from.
func (p *parts) pooled(x frameworks.Index) frameworks.Health {
	h := frameworks.PodsHealth(p.pods)
	if h.State != model.Idle {
		return h
	}
	if reason := frameworks.Unseen(x, frameworks.Pod, p.key.Namespace); reason != "" {
		return frameworks.Health{State: model.Unknown, Reason: reason}
	}
	h.Reason = "no pod; one is taken from the pool at the next call"
	if p.environment != nil && p.environment.shared && len(p.pools) > 0 {
		// Pods of such an Environment carry no function's name.
		w := p.pools[0]
		pool := frameworks.WorkloadHealth(w, frameworks.PodsOf(x, w.Ref))
		return frameworks.Health{State: pool.State, Reason: strings.TrimSuffix(
			"shares the pods of Environment "+p.facts.environment.Name+": "+pool.Reason, ": ")}
	}
	if p.environment == nil || len(p.pools) > 0 {
		return h
	}
	if p.environment.pool == 0 {
		h.Reason = "no pod, and no pool: the next call waits for a pod to start"
		return h
	}
	return frameworks.Missing(x, frameworks.Deployment, p.facts.environment.Namespace,
		fmt.Sprintf("Environment %s has no pool: the executor does not run, or the pool was deleted", p.facts.environment.Name))
}

func (p *parts) orphaned(x frameworks.Index) frameworks.Health {
	h := frameworks.PodsHealth(p.pods)
	if len(p.deployments) > 0 {
		h = frameworks.WorkloadHealth(p.deployments[0], p.pods)
	}
	h.State, h.Reason = model.Orphaned, fmt.Sprintf("its Function %s is gone", p.key.Name)
	switch x.Availability(functionKind, p.key.Namespace) {
	case frameworks.Loading, frameworks.Denied:
		h.State = model.Unknown
		h.Reason = "its Function is not known: " + frameworks.Unseen(x, functionKind, p.key.Namespace)
	case frameworks.Absent:
		h.Reason += ": " + frameworks.Unseen(x, functionKind, p.key.Namespace)
	}
	return h
}

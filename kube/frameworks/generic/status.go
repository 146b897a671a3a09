package generic

import (
	"fmt"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// judge finds state, reason and counts. A rule of the configuration decides before the workloads do, but no rule
// makes a function of a workload that is not there.
func (b *builder) judge() {
	running := b.running()
	health := frameworks.JointHealth(b.x, running)
	for _, p := range frameworks.PodsOfAll(b.x, running) {
		b.f.Pods = append(b.f.Pods, p.Ref)
	}
	b.f.Pods = frameworks.List(b.f.Pods)
	if n := b.count("ready", &b.e.replicas.ready); n != nil {
		health.Ready = n
	}
	if n := b.count("desired", &b.e.replicas.desired); n != nil {
		health.Desired = n
	}
	rule, ruled := b.ruled()
	missing, lost := b.missing(len(running))
	verdict, why := health, "default: from the workloads"
	switch {
	case !b.head.Deleting.IsZero():
		verdict, why = frameworks.Going(b.head), "the object is being deleted"
	case b.facts.problem != "" && b.facts.podSpec == nil:
		verdict, why = frameworks.Health{State: model.Unknown, Reason: b.facts.problem}, "the object cannot be read"
	case b.head.Problem != "":
		verdict, why = frameworks.Unreadable(b.head), "the object cannot be read"
	case lost && missing.State == model.NoWorkload:
		verdict, why = withReason(missing, rule.Reason), "default: the workload is missing"
	case ruled && !(missing.State == model.NoWorkload && rule.State == model.Ready):
		verdict, why = rule, ""
	case missing.State != "":
		verdict, why = missing, "default: no workload"
	}
	if health.Ready != nil || health.Desired != nil {
		verdict.Ready, verdict.Desired = health.Ready, health.Desired
	}
	if idle(verdict) {
		verdict.State = model.Idle
	}
	if verdict.State == model.Ready && verdict.Reason == "" && health.State == model.Failed {
		verdict.Reason = health.Reason
	}
	verdict.Set(b.f)
	if why != "" {
		b.trace.add("state", string(b.f.State), why, 0)
	}
}

// idle reports whether nothing runs because nothing is wanted.
func idle(h frameworks.Health) bool {
	if h.State != model.Ready && h.State != model.Deploying {
		return false
	}
	return h.Desired != nil && *h.Desired == 0 && (h.Ready == nil || *h.Ready == 0)
}

func withReason(h frameworks.Health, reason string) frameworks.Health {
	if reason != "" {
		h.Reason = frameworks.Text(h.Reason + ": " + reason)
	}
	return h
}

// ruled returns what the first rule of `state` that holds says.
func (b *builder) ruled() (frameworks.Health, bool) {
	for i := range b.e.states {
		s := &b.e.states[i]
		if !holds(s.when, &b.scope) {
			continue
		}
		reason, _ := s.reason.first(&b.scope)
		message, _ := s.message.first(&b.scope)
		b.trace.add("state", string(s.state), fmt.Sprintf("state[%d]", i), s.line)
		return frameworks.Health{State: s.state, Reason: frameworks.Sentence(reason, message)}, true
	}
	return frameworks.Health{}, false
}

// missing is the health of a function that nothing runs; its state is empty when something does. Lost is true when
// the function names a workload that is not there.
func (b *builder) missing(running int) (h frameworks.Health, lost bool) {
	for _, w := range b.found {
		if w.object != nil || w.rule.role != model.Run {
			continue
		}
		gk := w.ref.GroupKind()
		if !isCore(gk) && !b.a.known[gk] {
			return frameworks.Health{State: model.Unknown, Reason: fmt.Sprintf("objects of %s are not read", gk)}, true
		}
		return frameworks.Missing(b.x, gk, b.head.Namespace, w.ref.String()+" is not there"), true
	}
	if running > 0 {
		return h, false
	}
	return b.absent(), false
}

// absent judges a function for which no rule finds a workload. Jobs come and go: without one the function is idle.
func (b *builder) absent() frameworks.Health {
	jobsOnly, kinds := true, 0
	why := "nothing runs it"
	for i := range b.e.workloads {
		w := &b.e.workloads[i]
		if w.role != model.Run || w.Kind == "" {
			continue
		}
		kinds++
		jobsOnly = jobsOnly && w.GroupKind == frameworks.Job
		if reason := frameworks.Unseen(b.x, w.GroupKind, b.head.Namespace); reason != "" {
			if b.x.Availability(w.GroupKind, b.head.Namespace) != frameworks.Absent {
				return frameworks.Health{State: model.Unknown, Reason: reason}
			}
			continue // a kind that is not served has no objects
		}
		if kinds == 1 {
			why = fmt.Sprintf("no %s %s", w.GroupKind, b.how(w))
		}
	}
	switch {
	case kinds == 0:
		return frameworks.Health{State: model.Unknown, Reason: "the configuration names no workloads"}
	case jobsOnly:
		return frameworks.Health{State: model.Idle, Ready: model.Count(0), Desired: model.Count(0)}
	}
	return frameworks.Health{State: model.NoWorkload, Reason: frameworks.Text(why)}
}

func (b *builder) how(w *workloadRule) string {
	if w.by != byLabels {
		return "is owned by it"
	}
	for _, l := range w.labels {
		if v, _ := l.value.first(&b.scope); v != "" {
			return "has the label " + l.key + "=" + v
		}
	}
	return "is named by it yet"
}

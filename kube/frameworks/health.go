package frameworks

import (
	"cmp"
	"slices"

	"github.com/fn9s/fn9s/security/model"
)

// PodsOfAll returns the pods of several workloads, each once, those of a CronJob's Jobs among them.
func PodsOfAll(x Index, workloads []model.Object) []*model.Pod {
	var all []*model.Pod
	seen := map[model.Ref]bool{}
	add := func(pods ...*model.Pod) {
		for _, p := range pods {
			if !seen[p.Ref] && len(all) < MaxList {
				seen[p.Ref] = true
				all = append(all, p)
			}
		}
	}
	for _, o := range workloads {
		switch o := o.(type) {
		case *model.Pod:
			add(o)
		case *model.Workload:
			if o.GroupKind() != CronJob {
				add(PodsOf(x, o.Ref)...)
				continue
			}
			for _, job := range List(x.Children(o.Ref, Job)) {
				add(PodsOf(x, job.Head().Ref)...)
			}
		}
	}
	return all
}

// JointHealth judges several workloads as one function. The worst of those that run all the time decides, and counts
// are summed. Of Jobs the newest decides, and only active ones count: history is no failure of today. The state is
// empty when nothing among the objects tells any.
func JointHealth(x Index, workloads []model.Object) Health {
	var parts []Health
	var jobs []*model.Workload
	var schedule *model.Workload
	var bare []*model.Pod
	for _, o := range workloads {
		switch o := o.(type) {
		case *model.Pod:
			bare = append(bare, o)
		case *model.Workload:
			switch o.GroupKind() {
			case Job:
				jobs = append(jobs, o)
			case CronJob:
				schedule = o
				jobs = append(jobs, Typed[*model.Workload](x.Children(o.Ref, Job))...)
			default:
				parts = append(parts, WorkloadHealth(o, PodsOf(x, o.Ref)))
			}
		}
	}
	if len(bare) > 0 {
		parts = append(parts, PodsHealth(bare))
	}
	if schedule != nil || len(jobs) > 0 {
		parts = append(parts, jobsHealth(x, schedule, jobs))
	}
	return sum(parts)
}

func sum(parts []Health) Health {
	var h Health
	order := model.States()
	for _, p := range parts {
		if h.State == "" || slices.Index(order, p.State) > slices.Index(order, h.State) {
			h.State, h.Reason = p.State, p.Reason
		}
		h.Ready, h.Desired = plus(h.Ready, p.Ready), plus(h.Desired, p.Desired)
	}
	if h.State == model.Idle && h.Ready != nil && *h.Ready > 0 {
		h.State = model.Ready // idle next to something that runs
	}
	return h
}

func plus(a, b *int32) *int32 {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return model.Count(Number(int64(*a) + int64(*b)))
}

// jobsHealth judges the Jobs of a function, and the CronJob that makes them where there is one.
func jobsHealth(x Index, schedule *model.Workload, jobs []*model.Workload) Health {
	zero := Health{State: model.Idle, Ready: model.Count(0), Desired: model.Count(0)}
	if len(jobs) > 0 {
		newest := slices.MaxFunc(jobs, func(a, b *model.Workload) int {
			return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.Name, b.Name))
		})
		h := WorkloadHealth(newest, PodsOf(x, newest.Ref))
		zero.State, zero.Reason = h.State, h.Reason
		seen := map[model.Ref]bool{}
		for _, j := range jobs {
			if seen[j.Ref] || over(j) {
				continue
			}
			seen[j.Ref] = true
			zero.Ready = plus(zero.Ready, model.Count(Number(int64(j.Ready))))
			zero.Desired = plus(zero.Desired, model.Count(Number(int64(j.Desired))))
		}
		if *zero.Ready > 0 && zero.State == model.Idle {
			zero.State, zero.Reason = model.Ready, ""
		}
	}
	if schedule == nil {
		return zero
	}
	own := WorkloadHealth(schedule, nil)
	if own.State == model.Idle || own.State == model.Ready && zero.State != model.Idle {
		if zero.State == model.Idle {
			zero.Reason = ""
		}
		return zero
	}
	own.Ready, own.Desired = zero.Ready, zero.Desired
	return own
}

func over(j *model.Workload) bool {
	for _, kind := range []string{"Complete", "Failed"} {
		if c, ok := j.Condition(kind); ok && c.Status == "True" {
			return true
		}
	}
	return false
}

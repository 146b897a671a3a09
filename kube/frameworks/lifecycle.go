package frameworks

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Scaler is implemented by adapters whose framework says in its own fields how many replicas there are.
type Scaler interface {
	Scale(f *model.Function, live plan.Live, to plan.Scale) plan.Answer
}

// Pauser is implemented by adapters whose framework has a way of its own to leave a function without pods, and back.
type Pauser interface {
	Pause(f *model.Function, live plan.Live) plan.Answer
	Resume(f *model.Function, live plan.Live) plan.Answer
}

// Reviser is implemented by adapters whose framework keeps earlier states of a function, or whose workloads do.
type Reviser interface {
	// Revisions lists them, the newest first.
	Revisions(f *model.Function, live plan.Live) []plan.Revision
	// Rollback goes to one of them; an empty name means the one before the present.
	Rollback(f *model.Function, live plan.Live, revision string) plan.Answer
}

// Splitter is implemented by adapters whose framework divides requests.
type Splitter interface {
	Split(f *model.Function, live plan.Live, t *plan.Task) plan.Answer
}

// Shifter is implemented by adapters whose framework shifts requests step by step itself when it is told how.
type Shifter interface {
	Splitter
	ShiftsItself()
}

// Watcher is implemented by adapters that can tell whether a share of the requests does well.
type Watcher interface {
	// Trouble says what is wrong with what gets requests; empty: nothing that can be seen.
	Trouble(f *model.Function, live plan.Live, shares []plan.Share) string
}

// Deleter is implemented by adapters that know what goes with a function.
type Deleter interface {
	Delete(f *model.Function, live plan.Live, how plan.Deletion) plan.Answer
}

// Limited is implemented by adapters that know without asking the cluster that an act has no means.
type Limited interface {
	// Unable says why a function cannot be treated so; empty: it may be possible.
	Unable(f *model.Function, act plan.Act) string
}

// Do asks the function's adapter for an act. Where it has no means of its own the workloads are scaled, paused, rolled back
// and deleted.
func Do(all []Framework, f *model.Function, live plan.Live, t *plan.Task) plan.Answer {
	if why := Unable(all, f, t.Act); why != "" {
		return plan.Answer{None: why}
	}
	a := adapterOf(all, f)
	switch t.Act {
	case plan.Scaling:
		if s, ok := a.(Scaler); ok {
			return s.Scale(f, live, t.Scale)
		}
		return ScaleWorkloads(f, live, t.Scale)
	case plan.Pausing, plan.Resuming:
		return pauseOrResume(a, f, live, t.Act)
	case plan.RollingBack:
		if !Keeps(all, f) {
			return plan.Answer{None: f.Key.Framework + " keeps no earlier states of its functions: what fn9s changed is in its journal"}
		}
		if r, ok := a.(Reviser); ok {
			return r.Rollback(f, live, t.Revision)
		}
		return RollbackWorkload(f, live, t.Revision)
	case plan.Splitting:
		if s, ok := a.(Splitter); ok {
			return s.Split(f, live, t)
		}
	case plan.Running:
		return StartJobs(f, live)
	case plan.Deleting:
		if d, ok := a.(Deleter); ok {
			return d.Delete(f, live, t.Deletion)
		}
		return Leaving{}.Delete(f, live, t.Deletion)
	}
	return plan.Answer{None: "nobody knows how to " + string(t.Act)}
}

func pauseOrResume(a Framework, f *model.Function, live plan.Live, act plan.Act) plan.Answer {
	p, ok := a.(Pauser)
	switch {
	case ok && act == plan.Pausing:
		return p.Pause(f, live)
	case ok:
		return p.Resume(f, live)
	case act == plan.Pausing:
		return PauseWorkloads(f, live)
	}
	return ResumeWorkloads(f, live)
}

// Revisions lists the earlier states that the framework, or the function's workload, keeps.
func Revisions(all []Framework, f *model.Function, live plan.Live) []plan.Revision {
	if !Keeps(all, f) || Unable(all, f, plan.RollingBack) != "" {
		return nil
	}
	if r, ok := adapterOf(all, f).(Reviser); ok {
		return r.Revisions(f, live)
	}
	return WorkloadRevisions(f, live)
}

// Shifts reports whether the framework of a function shifts requests step by step itself.
func Shifts(all []Framework, f *model.Function) bool {
	_, ok := adapterOf(all, f).(Shifter)
	return ok
}

// Trouble says what is wrong with what gets requests now; empty: nothing that can be seen.
func Trouble(all []Framework, f *model.Function, live plan.Live, shares []plan.Share) string {
	if w, ok := adapterOf(all, f).(Watcher); ok {
		return w.Trouble(f, live, shares)
	}
	return ""
}

// Keeps reports whether the cluster keeps earlier states of a function; elsewhere only the journal does.
func Keeps(all []Framework, f *model.Function) bool {
	if _, ok := adapterOf(all, f).(Reviser); ok {
		return true
	}
	switch f.Object.GroupKind() {
	case schema.GroupKind{}, Deployment, StatefulSet, DaemonSet:
		return f.Record.IsZero()
	}
	return false
}

// Unable says at once why an act has no means; empty: the cluster must be asked.
func Unable(all []Framework, f *model.Function, act plan.Act) string {
	a := adapterOf(all, f)
	if l, ok := a.(Limited); ok {
		if why := l.Unable(f, act); why != "" {
			return why
		}
	}
	if act == plan.Running && len(scheduled(f)) == 0 {
		return "no CronJob runs it: it is run by calling it (invoke)"
	}
	if _, ok := a.(Splitter); act == plan.Splitting && !ok {
		return f.Key.Framework + " does not divide requests: closest come two functions behind an Ingress or a mesh that does"
	}
	return ""
}

func adapterOf(all []Framework, f *model.Function) Framework {
	i := slices.IndexFunc(all, func(a Framework) bool { return a.Name() == f.Key.Framework })
	if i < 0 {
		return nil
	}
	return all[i]
}

// Change is the answer of one patch of an object.
func Change(ref model.Ref, apiVersion string, act plan.Act, effect plan.Effect, fields ...plan.Field) plan.Answer {
	return plan.Answer{Effect: effect, Edits: []plan.Edit{PatchFor(ref, apiVersion, act, fields...)}}
}

// PatchFor is a patch of an object for an act.
func PatchFor(ref model.Ref, apiVersion string, act plan.Act, fields ...plan.Field) plan.Edit {
	return plan.Edit{Verb: plan.Patch, Object: ref, APIVersion: apiVersion, Why: string(act), Fields: fields}
}

// RunWorkloads are the workloads that run the function and nothing else.
func RunWorkloads(f *model.Function) []model.Ref {
	var all []model.Ref
	for _, w := range f.Workloads {
		if !w.Shared && (w.Role == model.Run || w.Role == "") && !slices.Contains(all, w.Ref) {
			all = append(all, w.Ref)
		}
	}
	return all
}

// Join puts the answers for several objects together.
func Join(answers ...plan.Answer) plan.Answer {
	var all plan.Answer
	already := false
	for i := range answers {
		a := &answers[i]
		all.Edits = append(all.Edits, a.Edits...)
		all.Notes = append(all.Notes, a.Notes...)
		already = already || a.Already
		for _, m := range []struct {
			to   *string
			from string
		}{{&all.None, a.None}, {&all.Lost, a.Lost}, {&all.Left, a.Left}} {
			if *m.to == "" {
				*m.to = m.from
			}
		}
		if all.Effect == "" {
			all.Effect = a.Effect
		}
	}
	switch {
	case len(all.Edits) > 0:
		if all.None != "" {
			all.Notes = append(all.Notes, all.None)
		}
		all.None = ""
	case already:
		all.Already, all.None = true, ""
	}
	return all
}

package generic

import (
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// own reports whether workloads that no controller sets back run the function.
func (a *adapter) own() bool {
	for _, r := range a.entry.workloads {
		if r.by == bySelf || r.by == byRef {
			return true
		}
	}
	return false
}

// acting is the first fix of an act that applies, and its object and path.
func (a *adapter) acting(f *model.Function, live plan.Live, fixes []Fix) (fix *Fix, ref model.Ref, object map[string]any, none string) {
	var workload model.Ref
	if refs := frameworks.RunWorkloads(f); len(refs) > 0 {
		workload = refs[0]
	}
	s := &env{in: make([][]*reading, len(a.entry.kept))}
	for at, ref := range map[place]model.Ref{atFunction: f.Object, atWorkload: workload} {
		if o := live.Object(ref); o != nil {
			s.in[at] = []*reading{a.entry.read(newDocument(o), at)}
		}
	}
	for i := range fixes {
		x := &fixes[i]
		if x.None != "" {
			return nil, ref, nil, x.None
		}
		if ref = f.Object; x.at == atWorkload {
			ref = workload
		}
		if x.at >= atJoin || ref.IsZero() || !holds(x.requires, s) {
			continue
		}
		if object = live.Object(ref); object != nil {
			return x, ref, object, ""
		}
	}
	return nil, ref, nil, "none of the configured changes applies to it"
}

// Scale writes the fields that the configuration names.
func (a *adapter) Scale(f *model.Function, live plan.Live, to plan.Scale) plan.Answer {
	one, both := a.entry.fixes["scale"], a.entry.fixes["min-max"]
	if len(one) == 0 && len(both) == 0 {
		if !a.own() {
			return plan.Answer{None: "the configuration names no field for it: fixes.scale, fixes.min-max"}
		}
		return frameworks.ScaleWorkloads(f, live, to)
	}
	var answers []plan.Answer
	write := func(fixes []Fix, what string, field func(*Fix) []plan.Field) {
		if len(fixes) == 0 {
			answers = append(answers, plan.Answer{None: "the configuration names no field for it: fixes." + what})
			return
		}
		fix, ref, object, none := a.acting(f, live, fixes)
		if none != "" {
			answers = append(answers, plan.Answer{None: none})
			return
		}
		answers = append(answers, answered(fix, frameworks.SetFields(ref, plan.Text(object, "apiVersion"), object, plan.Scaling, effects[fix.effect], field(fix)...)))
	}
	if to.Replicas != nil {
		write(one, "scale", func(x *Fix) []plan.Field { return numbered(x.path, to.Replicas) })
	}
	if to.Min != nil || to.Max != nil {
		write(both, "min-max", func(x *Fix) []plan.Field { return append(numbered(x.low, to.Min), numbered(x.high, to.Max)...) })
	}
	return frameworks.Join(answers...)
}

func numbered(u *use, n *int) []plan.Field {
	if u == nil {
		return nil
	}
	path, ok := planPath(u.path)
	if !ok {
		return nil
	}
	return frameworks.Number64(path, n)
}

// answered adds what the configuration says of a fix.
func answered(x *Fix, a plan.Answer) plan.Answer {
	if len(a.Edits) > 0 {
		a.Lost = lost[x.survives]
		if x.note != "" {
			a.Notes = append(a.Notes, x.note)
		}
	}
	return a
}

// switched are the fields of a configured pause or resume.
func switched(x *Fix) []plan.Field {
	path, ok := planPath(x.path.path)
	if !ok {
		return nil
	}
	return []plan.Field{{Path: path, Value: x.value, Remove: x.value == nil}}
}

// Pause writes the field that the configuration names.
func (a *adapter) Pause(f *model.Function, live plan.Live) plan.Answer {
	if len(a.entry.pause) == 0 {
		if !a.own() {
			return plan.Answer{None: "the configuration names no field for it: pause"}
		}
		return frameworks.PauseWorkloads(f, live)
	}
	fix, ref, object, none := a.acting(f, live, a.entry.pause)
	if none != "" {
		return plan.Answer{None: none}
	}
	return answered(fix, frameworks.PauseObject(ref, plan.Text(object, "apiVersion"), object, effects[fix.effect], switched(fix)...))
}

// Resume gives back what Pause took, or writes the field that the configuration names.
func (a *adapter) Resume(f *model.Function, live plan.Live) plan.Answer {
	if len(a.entry.pause) == 0 && len(a.entry.resume) == 0 {
		if !a.own() {
			return plan.Answer{None: "the configuration names no field for it: resume"}
		}
		return frameworks.ResumeWorkloads(f, live)
	}
	var paused, otherwise []plan.Field
	fix, ref, object, none := a.acting(f, live, a.entry.pause)
	if none == "" {
		paused = switched(fix)
	}
	if len(a.entry.resume) > 0 {
		back, at, o, why := a.acting(f, live, a.entry.resume)
		if why != "" {
			return plan.Answer{None: why}
		}
		fix, ref, object, otherwise, none = back, at, o, switched(back), ""
	}
	if none != "" {
		return plan.Answer{None: none}
	}
	return answered(fix, frameworks.ResumeObject(ref, plan.Text(object, "apiVersion"), object, effects[fix.effect], paused, otherwise))
}

// Delete takes what the object owns along; the workload that it only scales stays.
func (a *adapter) Delete(f *model.Function, live plan.Live, how plan.Deletion) plan.Answer {
	l := frameworks.Leaving{}
	for _, t := range a.entry.through {
		l.Owned = append(l.Owned, schema.GroupKind{Group: t.Group, Kind: t.Kind})
	}
	if d := a.entry.delete; d != nil {
		if d.none != "" {
			return plan.Answer{None: d.none}
		}
		if d.note != "" {
			l.Notes = append(l.Notes, d.note)
		}
	}
	for _, j := range a.entry.joins {
		l.Owned = append(l.Owned, schema.GroupKind{Group: j.Group, Kind: j.Kind})
	}
	return l.Delete(f, live, how)
}

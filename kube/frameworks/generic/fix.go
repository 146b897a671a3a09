package generic

import (
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
)

// Fix puts a wish where the entry's `fixes` says, else into the pod spec of the function's object, else into its
// workloads.
func (a *adapter) Fix(w *plan.Wish) plan.Answer {
	if fixes := a.entry.fixes[string(w.Intent)]; len(fixes) > 0 {
		return a.configured(w, fixes)
	}
	own := a.entry.podSpec != nil && slices.ContainsFunc(w.Pods, func(p plan.Pod) bool { return p.Origin.Ref == w.Function.Object })
	if a.entry.podSpec == nil || w.Function.Object.IsZero() || !own && a.runs(w) {
		return frameworks.FixWorkloads(w)
	}
	fields, main := w.All()
	path, ok := planPath(a.entry.podSpec.use.path)
	if !ok {
		return frameworks.Unplaced(w, "the path of its pod spec names no single place")
	}
	for i := range fields {
		// Its own container may have another name there than in the workload.
		if p := fields[i].Part(); p.Container == main && p.List == "containers" {
			fields[i].Path = plan.ContainerPath(p.List, a.containerOf(w, main), p.Rest)
		}
	}
	n := len(fields)
	if !own { // the workload may have volumes that its controller adds
		fields = slices.DeleteFunc(fields, func(f plan.Field) bool { return frameworks.InVolume(f.Part()) })
	}
	left := ""
	if len(fields) < n {
		left = frameworks.Foreign
	}
	fields = frameworks.Below(path, fields)
	if len(fields) == 0 {
		return frameworks.Unplaced(w, left)
	}
	answer := w.Done(plan.Rollout, w.Patch(w.Function.Object, w.Function.APIVersion, fields...))
	answer.Left = left
	return answer
}

// runs reports whether workloads that are no means of a controller run the function: those of kinds that are changed
// themselves.
func (a *adapter) runs(w *plan.Wish) bool {
	return slices.ContainsFunc(a.entry.workloads, func(r workloadRule) bool { return r.by == bySelf || r.by == byRef })
}

// containerOf is the name of the function's container in the pod spec of its object.
func (a *adapter) containerOf(w *plan.Wish, main string) string {
	o := w.Objects.Get(w.Function.Object)
	if o == nil {
		return main
	}
	f := a.factsOf(o.Head())
	if !f.is() {
		return main
	}
	s := &env{in: make([][]*reading, len(a.entry.kept))}
	s.in[atFunction] = []*reading{f.in[atFunction]}
	if names, _ := a.entry.podSpec.container.all(s); len(names) > 0 {
		return names[0]
	}
	return main
}

// scopeOf has the values of the function's object, and of a workload.
func (a *adapter) scopeOf(w *plan.Wish, workload model.Ref) *env {
	s := &env{in: make([][]*reading, len(a.entry.kept))}
	for at, ref := range map[place]model.Ref{atFunction: w.Function.Object, atWorkload: workload} {
		if o := w.Objects.Get(ref); o != nil {
			if f := a.factsOf(o.Head()); f != nil && f.in[at] != nil {
				s.in[at] = []*reading{f.in[at]}
			}
		}
	}
	return s
}

// configured carries out the first fix of the entry that applies.
func (a *adapter) configured(w *plan.Wish, fixes []Fix) plan.Answer {
	var workload model.Ref
	for _, r := range w.Function.Workloads {
		if r.Role == model.Run && !r.Shared {
			workload = r.Ref
			break
		}
	}
	s := a.scopeOf(w, workload)
	for i := range fixes {
		f := &fixes[i]
		if f.None != "" {
			return w.None(f.None, "")
		}
		if f.path == nil || !holds(f.requires, s) {
			continue
		}
		object := w.Function.Object
		if f.at == atWorkload {
			object = workload
		}
		path, ok := planPath(f.path.path)
		if object.IsZero() || f.at >= atJoin || !ok {
			continue
		}
		fields := f.fields(w, path)
		if len(fields) == 0 {
			continue
		}
		answer := w.Done(effects[f.effect], w.Patch(object, frameworks.VersionOf(w, object), fields...))
		answer.Lost = lost[f.survives]
		if f.note != "" {
			answer.Lost = strings.TrimPrefix(answer.Lost+"; "+f.note, "; ")
		}
		return answer
	}
	return w.None("none of the configured fixes applies to it", check.FixReview)
}

var effects = map[string]plan.Effect{
	"": plan.Rollout, "none": plan.AtOnce, "rollout": plan.Rollout, "new-revision": plan.Rollout, "next-run": plan.NextCall,
}

var lost = map[string]string{
	"until-rollout": "its controller sets it back at the next rollout", "no": "its controller sets it back",
}

// fields writes the value of a fix: the configured one, or what the wish has for that place.
func (f *Fix) fields(w *plan.Wish, path string) []plan.Field {
	if f.hasValue {
		return []plan.Field{{Path: path, Value: f.value}}
	}
	var out []plan.Field
	all, main := w.All()
	for _, field := range all {
		p := field.Part()
		own := p.List == "containers" && p.Container == main
		switch {
		case w.Intent == check.FixLimits && own && strings.HasPrefix(p.Rest, "resources."):
			field.Path = path + strings.TrimPrefix(p.Rest, "resources")
		case w.Intent == check.FixPinImage && own && p.Rest == "image", w.Intent == check.FixPullPolicy && own && p.Rest == "imagePullPolicy",
			w.Intent == check.FixOwnAccount && p.List == "" && p.Rest == "serviceAccountName",
			w.Intent == check.FixNoToken && p.List == "" && p.Rest == "automountServiceAccountToken":
			field.Path = path
		default:
			continue
		}
		out = append(out, field)
	}
	return out
}

// planPath writes a path of the configuration in the grammar of changes.
func planPath(p *Path) (string, bool) {
	var steps []plan.Step
	for i := range p.segments {
		switch s := &p.segments[i]; {
		case s.kind == byKey:
			steps = append(steps, plan.Step{Key: s.key})
		case s.kind == byIndex && s.index >= 0:
			steps = append(steps, plan.Step{Of: plan.Place, Index: s.index})
		case s.kind == byFilter && !s.not && len(s.filter) == 1:
			steps = append(steps, plan.Step{Of: plan.Element, Key: s.filter[0], Value: s.equals})
		default:
			return "", false
		}
	}
	return plan.Join(steps...), len(steps) > 0 && steps[0].Of == plan.Member
}

package generic

import (
	"strconv"
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Restart writes the fields that the configuration names for it. Without any the workloads are restarted.
func (a *adapter) Restart(f *model.Function, at time.Time) plan.Answer {
	if len(a.entry.restart) == 0 {
		return frameworks.RestartWorkloads(f, at)
	}
	answer := plan.Answer{Effect: plan.Rollout}
	for i := range a.entry.restart {
		fix := &a.entry.restart[i]
		if fix.None != "" {
			return plan.Answer{None: fix.None}
		}
		path, ok := fix.path.path.field()
		if !ok {
			return plan.Answer{None: "the configuration's path " + fix.path.path.String() + " names elements by their number"}
		}
		value := fix.value
		if value == "now" {
			value = at.UTC().Format(time.RFC3339)
		}
		field := plan.Field{Path: path, Value: value}
		for _, ref := range a.places(f, fix.at) {
			answer.Edits = append(answer.Edits, plan.Edit{Verb: plan.Patch, Object: ref, Why: "restart", Fields: []plan.Field{field}})
		}
		if fix.survives != "yes" {
			answer.Lost = "the framework's next update takes the mark of the restart away"
		}
	}
	if len(answer.Edits) == 0 {
		return plan.Answer{None: "nothing is there that the configuration's restart could be written to"}
	}
	return answer
}

// places are the objects that a fix is written to.
func (a *adapter) places(f *model.Function, at place) []model.Ref {
	switch {
	case at == atFunction && f.Object.Kind != "":
		return []model.Ref{f.Object}
	case at == atWorkload:
		var all []model.Ref
		for _, w := range f.Workloads {
			if !w.Shared && (w.Role == model.Run || w.Role == "") {
				all = append(all, w.Ref)
			}
		}
		return all
	}
	return nil
}

// field writes the path as edits have it; elements of lists must be named by a key.
func (p *Path) field() (string, bool) {
	var b strings.Builder
	for i := range p.segments {
		s := &p.segments[i]
		switch {
		case s.kind == byKey:
			b.WriteString("[" + strconv.Quote(s.key) + "]")
		case s.kind == byFilter && len(s.filter) == 1 && !s.not:
			b.WriteString("[" + s.filter[0] + "=" + strconv.Quote(s.equals) + "]")
		default:
			return "", false
		}
	}
	return b.String(), b.Len() > 0
}

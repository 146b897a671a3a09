package knative

import (
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Restart makes a new Revision of the same code: Revisions themselves cannot be changed, and those that traffic is pinned
// to go on as they are.
func (adapter) Restart(f *model.Function, at time.Time) plan.Answer {
	if f.Object.Kind != "Service" && f.Object.Kind != "Configuration" {
		return frameworks.RestartWorkloads(f, at)
	}
	a := frameworks.RestartObject(f, "spec.template.metadata.annotations", at)
	var held []string
	for _, t := range f.Traffic {
		if t.Percent > 0 && !t.Latest && t.Revision != "" {
			held = append(held, t.Revision)
		}
	}
	if len(held) > 0 {
		a.Left = "traffic is pinned to Revisions, which go on as they are: " + strings.Join(held, ", ")
	}
	return a
}

// Point makes a new Revision: a name in the template is of one Revision only, and pinned traffic stays where it is.
func (adapter) Point(f *model.Function, objects plan.Objects, e plan.Edit, _ []plan.Edit) []plan.Edit {
	o := objects.Get(f.Object)
	if o == nil {
		return []plan.Edit{e}
	}
	if s, _ := o.Head().FactsOf(Name).(*serving); s != nil && s.template != nil {
		if s.template.revision != "" {
			e.Fields = append(e.Fields, plan.Field{Path: "spec.template.metadata.name", Remove: true})
		}
		if pinned(s.wanted) {
			e.Asks = frameworks.Also(e.Asks, "its traffic is pinned to Revisions: the new one gets none until the traffic is changed", "")
		}
	}
	return []plan.Edit{e}
}

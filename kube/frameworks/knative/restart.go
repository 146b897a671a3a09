package knative

import (
	"slices"
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Restart makes a new Revision of the same code: Revisions themselves cannot be changed. Those that traffic is pinned to
// go on as they are, so the pods of their Deployments are replaced.
func (adapter) Restart(f *model.Function, at time.Time) plan.Answer {
	if f.Object.Kind != "Service" && f.Object.Kind != "Configuration" {
		return frameworks.RestartWorkloads(f, at)
	}
	a := frameworks.RestartObject(f, "spec.template.metadata.annotations", at)
	newest := len(f.Traffic) == 0
	var held []plan.Edit
	var left []string
	for _, t := range f.Traffic {
		switch i := deploymentOf(f, t.Revision); {
		case t.Percent == 0:
		case t.Latest || t.Revision == "":
			newest = true
		case i < 0:
			left = append(left, t.Revision)
		default:
			held = append(held, frameworks.Mark(f.Workloads[i].Ref, "", "spec.template.metadata.annotations", frameworks.RestartedAt, at))
		}
	}
	switch {
	case len(held) > 0 && !newest:
		a.Edits = held
	case len(held) > 0:
		a.Edits = append(a.Edits, held...)
	}
	if len(left) > 0 {
		a.Left = "traffic is pinned to Revisions whose Deployments are not known: " + strings.Join(left, ", ")
	}
	return a
}

// deploymentOf is the place of the Deployment of a Revision among the workloads; -1: it is not there.
func deploymentOf(f *model.Function, revision string) int {
	return slices.IndexFunc(f.Workloads, func(w model.WorkloadRef) bool {
		return w.GroupKind() == frameworks.Deployment && w.Name == revision+"-deployment"
	})
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

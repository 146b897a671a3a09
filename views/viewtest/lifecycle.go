package viewtest

import (
	"context"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/workshop"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/views/screen"
)

// live are the sample objects as frameworks are given them.
type live struct{ s *Shop }

func (l live) Object(ref model.Ref) map[string]any { return l.s.objects[ref] }

func (l live) List(kind schema.GroupKind, namespace, selector string) []map[string]any {
	wanted, err := labels.Parse(selector)
	if err != nil {
		return nil
	}
	var refs []model.Ref
	for ref := range l.s.objects {
		if ref.GroupKind() == kind && ref.Namespace == namespace {
			refs = append(refs, ref)
		}
	}
	slices.SortFunc(refs, func(a, b model.Ref) int { return strings.Compare(a.Name, b.Name) })
	var all []map[string]any
	for _, ref := range refs {
		o := l.s.objects[ref]
		set := labels.Set{}
		v, _ := plan.Lookup(o, "metadata.labels")
		m, _ := v.(map[string]any)
		for k, v := range m {
			set[k], _ = v.(string)
		}
		if wanted.Matches(set) {
			all = append(all, o)
		}
	}
	return all
}

func (l live) Functions(namespace string) []*model.Function {
	var all []*model.Function
	for _, r := range l.s.world.Board().Rows() {
		if r.ID.Namespace == namespace {
			all = append(all, r.Function)
		}
	}
	return all
}

// Unable asks the frameworks.
func (s *Shop) Unable(id model.FunctionID, act plan.Act) string {
	row := s.world.Board().Row(id)
	if row == nil {
		return "it does not exist any more"
	}
	return frameworks.Unable(all.BuiltIn(), row.Function, act)
}

// Revisions asks the frameworks.
func (s *Shop) Revisions(_ context.Context, id model.FunctionID) ([]plan.Revision, error) {
	return frameworks.Revisions(all.BuiltIn(), s.world.Board().Row(id).Function, live{s}), s.world.Err
}

// task makes the steps of an act.
func (s *Shop) task(d *screen.Draft) error {
	for i := range d.Picks {
		id := d.Picks[i].Function
		f := s.world.Board().Row(id).Function
		ask := func(t *plan.Task) (plan.Answer, error) { return frameworks.Do(all.BuiltIn(), f, live{s}, t), nil }
		a, _ := ask(d.Task)
		if workshop.Stepwise(all.BuiltIn(), d.Task, f) {
			_, a, _ = workshop.FirstStep(d.Task, ask)
		}
		d.Notes = append(d.Notes, workshop.Told(id, &a)...)
		for j := range a.Edits {
			if err := s.edit(d, id, id.String(), &a.Edits[j], a.Effect); err != nil {
				return err
			}
		}
	}
	return nil
}

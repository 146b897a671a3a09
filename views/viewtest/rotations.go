package viewtest

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/rotate"
	"github.com/fn9s/fn9s/kube/workshop"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/views/screen"
)

// rotations is the part of a shop that plans new values.
type rotations struct {
	Forbidden  string // why no Secret may be written
	Unreadable string // why none may be read
	OutlookErr error  // what reading a Secret is answered with
	Over       []change.KeptSecret
	Written    map[string][]byte // values that changes which were begun took, by object and path
	Wanted     []rotate.Options  // what was asked
}

// Candidates are those of the samples.
func (s *Shop) Candidates(ctx context.Context, w screen.Wanted) ([]screen.Candidate, error) {
	if s.world.Err != nil {
		return nil, s.world.Err
	}
	return workshop.CandidatesOf(ctx, s.world.facts, settingsOf, w)
}

func settingsOf(f *model.Function, objects plan.Objects) plan.Settings {
	return frameworks.Settings(all.BuiltIn(), f, objects)
}

// Unkept asks the adapters.
func (s *Shop) Unkept(f *model.Function) string {
	if len(f.References) > 0 {
		return ""
	}
	return frameworks.NoSettings(all.BuiltIn(), f)
}

// Outlook asks the planner about a Secret of the samples.
func (s *Shop) Outlook(ctx context.Context, cluster string, ref model.Ref, o rotate.Options) (*screen.Outlook, error) {
	if s.OutlookErr != nil {
		return nil, s.OutlookErr
	}
	s.Wanted = append(s.Wanted, o)
	if s.Unreadable != "" && !workshop.Keeps(ref) {
		known, err := workshop.CandidatesOf(ctx, s.world.facts, settingsOf, screen.Wanted{Context: cluster, Secrets: []model.Ref{ref}})
		if err != nil {
			return nil, err
		}
		return &screen.Outlook{Secret: ref, Item: known[0].Item, Denied: s.Unreadable}, nil
	}
	p := rotate.Planner{Context: cluster, Settings: settingsOf,
		Restart: func(f *model.Function) plan.Answer { return frameworks.Restart(all.BuiltIn(), f, o.At) },
		Point: func(f *model.Function, objects plan.Objects, e plan.Edit, direct []plan.Edit) []plan.Edit {
			return frameworks.Point(all.BuiltIn(), f, objects, e, direct)
		}}
	var l *screen.Outlook
	var err error
	if workshop.Keeps(ref) {
		l, err = workshop.KeptOf(ctx, s.world.facts, p, ref, o)
	} else {
		l, err = workshop.OutlookOf(ctx, s.world.facts, stored(s.objects), p, ref, o)
	}
	if err == nil {
		l.Denied = s.Forbidden
	}
	return l, err
}

// Expired is what the test says.
func (s *Shop) Expired(context.Context, string, []string) ([]change.KeptSecret, error) {
	return s.Over, nil
}

// ReadValue reads a file.
func (s *Shop) ReadValue(name string) ([]byte, error) { return workshop.ReadValue(name) }

// stored are sample objects as a cluster has them.
type stored map[model.Ref]map[string]any

// Secret is a Secret without its values.
func (o stored) Secret(_ context.Context, ref model.Ref) (*rotate.Stored, error) {
	if o[ref] == nil {
		return nil, nil
	}
	raw, err := json.Marshal(o[ref])
	if err != nil {
		return nil, err
	}
	var s corev1.Secret
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, err
	}
	if s.Data == nil {
		s.Data = map[string][]byte{}
	}
	for k, v := range s.StringData {
		s.Data[k] = []byte(v)
	}
	return rotate.StoredOf(&s), nil
}

// Object is an object as it is.
func (o stored) Object(_ context.Context, ref model.Ref) (map[string]any, error) {
	return o[ref], nil
}

// wishes makes steps of what was wished for elsewhere.
func (s *Shop) wishes(d *screen.Draft) error {
	d.Notes = append(slices.Clone(d.Order.Notes), d.Notes...)
	if d.Request == nil {
		return nil
	}
	for i := range d.Request.Wishes {
		w := &d.Request.Wishes[i]
		var id model.FunctionID
		if len(w.Functions) > 0 {
			id = w.Functions[0]
		}
		e := w.Edit
		for _, n := range e.Needs {
			e.Fields = append(slices.Clip(e.Fields), plan.Field{Path: n.Path, Value: "(secret, different)"})
		}
		if err := s.edit(d, id, w.Unit, &e, w.Effect); err != nil {
			return err
		}
	}
	return nil
}

// masked hides the values of a Secret.
func masked(o map[string]any) map[string]any {
	if o["kind"] != "Secret" {
		return o
	}
	o = maps.Clone(o)
	data := map[string]any{}
	for _, part := range []string{"data", "stringData"} {
		values, _ := o[part].(map[string]any)
		for k := range values {
			data[k] = "(secret)"
		}
		delete(o, part)
	}
	o["data"] = data
	return o
}

// take asks for the values that a plan needs, as a change does that is begun.
func (s *Shop) take(d *screen.Draft) error {
	if d.Order == nil || d.Values == nil {
		return nil
	}
	if d.Hold != nil {
		defer d.Hold()()
	}
	if s.Written == nil {
		s.Written = map[string][]byte{}
	}
	for i := range d.Steps {
		step := &d.Steps[i]
		for _, n := range step.Needs {
			v, err := d.Values(context.Background(), &step.Step, n)
			if err != nil {
				return err
			}
			s.Written[step.Ref.String()+" "+n.Path] = slices.Clone(v)
		}
	}
	return nil
}

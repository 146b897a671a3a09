package viewtest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/fn9s/fn9s/kube/auditlog"
	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/samples"
	"github.com/fn9s/fn9s/kube/tighten"
	"github.com/fn9s/fn9s/kube/workshop"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/views/screen"
)

// Shop is the Changes of a world: the frameworks answer as they do, plans are made of the sample objects, and what the
// server would say to them, and what becomes of them, is arranged by the test.
type Shop struct {
	world      *World
	translator *tighten.Translator
	objects    map[model.Ref]map[string]any

	ReadOnlyMode bool
	Refused      string                  // why nothing can be changed
	PlanErr      error                   // what planning is answered with
	Arrange      func(*screen.Draft)     // changes what the server says to a plan
	Words        []string                // that guardrails ask for
	Started      [][]change.Confirmation // what was agreed to, for each change that was begun
	Exported     []string                // folders
	Planned      *screen.Order           // the newest
	Left         []string                // what an export leaves out
	BookOf       *journal.Book
	jobs         []screen.Job
	plans        int
	rotations
	deployments
}

// Shop gives the world a shop.
func (w *World) Shop(t testing.TB) *Shop {
	t.Helper()
	s := &Shop{world: w, objects: manifests(t), BookOf: &journal.Book{}}
	var sources []tighten.Source
	for _, a := range all.BuiltIn() {
		if source, ok := a.(tighten.Source); ok {
			sources = append(sources, source)
		}
	}
	s.translator = tighten.New(sources...)
	w.changes, w.rotates, w.deploys = s, s, s
	return s
}

// manifests are the sample objects, without status; they must not be changed. They are read once for all tests.
func manifests(t testing.TB) map[model.Ref]map[string]any {
	t.Helper()
	read.Do(func() { read.objects = readManifests(t) })
	return read.objects
}

var read struct {
	sync.Once
	objects map[model.Ref]map[string]any
}

func readManifests(t testing.TB) map[model.Ref]map[string]any {
	t.Helper()
	objects := map[model.Ref]map[string]any{}
	for _, f := range samples.Seed() {
		docs, problems := manifest.Read(f.Path, f.Data)
		require.Empty(t, problems)
		for i := range docs {
			var o map[string]any
			require.NoError(t, json.Unmarshal(docs[i].JSON, &o))
			meta, _ := o["metadata"].(map[string]any)
			name, _ := meta["name"].(string)
			namespace, _ := meta["namespace"].(string)
			delete(o, "status")
			objects[model.Ref{Group: docs[i].GVK.Group, Kind: docs[i].GVK.Kind, Namespace: namespace, Name: name}] = o
		}
	}
	return objects
}

// Refusal is what the test says.
func (s *Shop) Refusal(string) string { return s.Refused }

// ReadOnly is what the test says.
func (s *Shop) ReadOnly(string) bool { return s.ReadOnlyMode }

// Fixes asks the frameworks.
func (s *Shop) Fixes(ctx context.Context, cluster string, ids []model.FunctionID, given *tighten.Given) ([]screen.Fixes, []model.FunctionID, error) {
	if s.world.Err != nil {
		return nil, nil, s.world.Err
	}
	return workshop.FixesOf(ctx, s.world.facts, s.knowing(given), cluster, ids)
}

func (s *Shop) knowing(given *tighten.Given) *tighten.Translator {
	if given == nil {
		return s.translator
	}
	return s.translator.With(given)
}

// AuditLog reads a file.
func (s *Shop) AuditLog(ctx context.Context, name string) (*auditlog.Log, error) {
	return auditlog.ReadFile(ctx, name)
}

// Plan makes a step of all edits of one object.
func (s *Shop) Plan(ctx context.Context, o *screen.Order) (*screen.Draft, error) {
	if s.PlanErr != nil {
		return nil, s.PlanErr
	}
	s.plans++
	s.Planned = o
	d := &screen.Draft{Order: o, Title: o.Title, ID: fmt.Sprintf("20260901-12000%d-ab12cd", s.plans), Time: Now, Undoes: o.Undoes, Whole: o.Undoes != "", ReadOnly: s.ReadOnlyMode}
	if o.Task != nil {
		if err := s.task(d); err != nil {
			return nil, err
		}
	}
	for i := range o.Picks {
		p := &o.Picks[i]
		if o.Task != nil {
			break
		}
		found, _, err := workshop.FixesOf(ctx, s.world.facts, s.knowing(o.Given), o.Context, []model.FunctionID{p.Function})
		if err != nil {
			return nil, err
		}
		for j := range found {
			if err := s.pick(d, &found[j], p); err != nil {
				return nil, err
			}
		}
	}
	if err := s.wishes(d); err != nil {
		return nil, err
	}
	for i := range d.Steps {
		d.Steps[i].Number = i + 1
	}
	if s.Arrange != nil {
		s.Arrange(d)
	}
	steps := make([]*change.Step, len(d.Steps))
	for i := range d.Steps {
		steps[i] = &d.Steps[i].Step
	}
	d.Together = change.Together(steps)
	d.Confirmations = (&change.Plan{Steps: steps, Guarded: change.Guarded{Words: s.Words}}).Confirmations()
	return d, nil
}

func (s *Shop) pick(d *screen.Draft, f *screen.Fixes, p *workshop.Pick) error {
	for i := range f.Fixes {
		x := &f.Fixes[i]
		if !slices.Contains(p.Intents, x.Intent) {
			continue
		}
		if x.Answer.Lost != "" {
			d.Notes = append(d.Notes, workshop.Note{Function: f.Function, Intent: x.Intent, What: workshop.Lost, Text: x.Answer.Lost})
		}
		for j := range x.Edits {
			if err := s.edit(d, f.Function, f.Function.String()+" "+string(x.Intent), &x.Edits[j], x.Effect); err != nil {
				return err
			}
		}
	}
	d.Grades = append(d.Grades, workshop.Grade{Function: f.Function, Before: f.Posture.Letter(),
		Expected: f.Left(func(i check.Intent) bool { return slices.Contains(p.Intents, i) })})
	return nil
}

func (s *Shop) edit(d *screen.Draft, id model.FunctionID, unit string, e *plan.Edit, effect plan.Effect) error {
	at := slices.IndexFunc(d.Steps, func(o workshop.Step) bool { return o.Ref == e.Object })
	if at < 0 {
		before, err := text(masked(s.objects[e.Object]))
		if err != nil {
			return err
		}
		d.Steps = append(d.Steps, workshop.Step{Sides: change.Sides{Before: before, After: before}, Step: change.Step{
			Verb: e.Verb, Ref: e.Object, Functions: []model.FunctionID{id}, Effect: effect, Checked: change.Passed}})
		at = len(d.Steps) - 1
	}
	step := &d.Steps[at]
	step.Units = append(step.Units, unit)
	if !slices.Contains(step.Why, e.Why) {
		step.Why = append(step.Why, e.Why)
	}
	if e.Asks != "" && !slices.Contains(step.Asks, e.Asks) {
		step.Asks = append(step.Asks, e.Asks)
	}
	step.Needs = append(step.Needs, e.Needs...)
	var o map[string]any
	switch {
	case e.Verb == plan.Delete:
		step.Sides.After = ""
		return nil
	case e.Verb == plan.Create:
		o = e.New
	default:
		if err := yaml.Unmarshal([]byte(step.Sides.After), &o); err != nil {
			return err
		}
		if o == nil {
			o = map[string]any{}
		}
		if err := plan.Apply(o, e.Fields); err != nil {
			return err
		}
	}
	var err error
	step.Sides.After, err = text(o)
	return err
}

func text(o map[string]any) (string, error) {
	if o == nil {
		return "", nil
	}
	out, err := yaml.Marshal(o)
	return string(out), err
}

// Without leaves steps out.
func (s *Shop) Without(d *screen.Draft, numbers []int) *screen.Draft {
	if d.Whole || len(numbers) == 0 {
		return d
	}
	q := *d
	q.Steps = slices.DeleteFunc(slices.Clone(d.Steps), func(s workshop.Step) bool { return slices.Contains(numbers, s.Number) })
	var steps []*change.Step
	for i := range q.Steps {
		steps = append(steps, &q.Steps[i].Step)
	}
	q.Confirmations = (&change.Plan{Steps: steps, Guarded: change.Guarded{Words: s.Words}}).Confirmations()
	return &q
}

// Start begins a job, which the test carries on with Tell.
func (s *Shop) Start(d *screen.Draft, confirmed []change.Confirmation) (string, error) {
	if err := s.take(d); err != nil {
		return "", err
	}
	s.Started = append(s.Started, confirmed)
	s.jobs = append(s.jobs, screen.Job{Draft: d, Phase: workshop.Applying, Begun: Now, Progress: make([]workshop.StepState, len(d.Steps)), Outcome: journal.Begun})
	return d.ID, nil
}

// Tell changes the newest job, and says so as the program would.
func (s *Shop) Tell(change func(*screen.Job)) screen.BoardMsg {
	j := &s.jobs[len(s.jobs)-1]
	j.Progress = slices.Clone(j.Progress)
	change(j)
	return screen.BoardMsg{Version: s.world.Board().Version}
}

// Export notes the folder.
func (s *Shop) Export(d *screen.Draft, folder string) (int, []string, error) {
	s.Exported = append(s.Exported, folder)
	return len(d.Steps) + 1, s.Left, s.world.Err
}

// Job is what is known of a job.
func (s *Shop) Job(id string) (screen.Job, bool) {
	for _, j := range s.jobs {
		if j.ID == id {
			return j, true
		}
	}
	return screen.Job{}, false
}

// Jobs are all, the newest first.
func (s *Shop) Jobs() []screen.Job {
	out := slices.Clone(s.jobs)
	slices.Reverse(out)
	return out
}

// Stop notes that the job is to end.
func (s *Shop) Stop(id string) {
	for i := range s.jobs {
		if s.jobs[i].ID == id {
			s.jobs[i].Stopping = true
		}
	}
}

// Running counts the jobs that are not over.
func (s *Shop) Running() int {
	n := 0
	for i := range s.jobs {
		if s.jobs[i].Running() {
			n++
		}
	}
	return n
}

// Book is what the test says.
func (s *Shop) Book() (*journal.Book, error) { return s.BookOf, s.world.Err }

package workshop

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/connectivity"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/tighten"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// The actions that the shop knows by itself.
const (
	Tighten = "tighten"
	Restart = "restart"
	Undo    = "undo"
)

// Order is what is asked to be changed on one cluster. It must not be changed once it was given away.
type Order struct {
	Context string
	Action  string
	Title   string
	Picks   []Pick          // of tighten, restart and tasks
	Given   *tighten.Given  // of tighten: what only the operator knows; nil: nothing
	Task    *plan.Task      // what is done with functions that exist; Action is its act
	Undoes  string          // of undo: the id of a change; empty: the newest that can be undone
	Request *change.Request // of any other action: what was made elsewhere
	// Values gives secret values that the plan leaves open; nil where none is needed.
	Values func(ctx context.Context, s *change.Step, n plan.Need) ([]byte, error)
	// Hold keeps what Values gives until it is let go; nil: nothing has to be kept.
	Hold func() (letGo func())
	// Refusal says why the plan can only be looked at and exported; nil or empty: it can be carried out.
	Refusal func() string
	// After says what is to be known of how it ended; it may be nil.
	After func(*change.Result) []string
	// TakeBack has the change undone when a rollout fails.
	TakeBack bool
	Notes    []Note // that the plan begins with
	// Expected are the grades of what Request makes, and Subjects what is to be watched of it: it is on no board yet.
	Expected []Grade
	Subjects []change.Subject
}

// Refused says why the plan of the order can only be looked at and exported; empty: it can be carried out.
func (o *Order) Refused() string {
	if o == nil || o.Refusal == nil {
		return ""
	}
	return o.Refusal()
}

// Pick is a function, and what is wished for it; without intents a restart.
type Pick struct {
	Function model.FunctionID
	Intents  []check.Intent
}

// Functions lists those that are picked.
func (o *Order) Functions() []model.FunctionID {
	all := make([]model.FunctionID, len(o.Picks))
	for i := range o.Picks {
		all[i] = o.Picks[i].Function
	}
	return all
}

// Note is something that the plan does not say by itself.
type Note struct {
	Function model.FunctionID
	Intent   check.Intent
	// What is the kind of the note.
	What, Text string
}

// The kinds of notes.
const (
	LeftOut  = "left out"  // no step does it, and why
	Lost     = "lost"      // what the next deploy with the framework's own tools takes back
	NotCured = "not cured" // what the steps do not reach
	Takes    = "takes"     // how somebody comes to a new value
	Known    = "known"     // what else is to be known
	// NotCompared: connections that are not shown before and after
	NotCompared = "not compared"
)

// Step is a step of a plan as it was when the plan was made, with the object on both sides of it.
type Step struct {
	change.Step
	Sides change.Sides
}

// Grade is how well a function is secured before a change, and is expected to be after it; empty: not judged, or not
// known.
type Grade struct {
	Function         model.FunctionID
	Before, Expected string
}

// Draft is a plan that can be looked at, exported and carried out. It must not be changed.
type Draft struct {
	*Order
	ID, Title     string
	Time          time.Time
	Undoes        string
	Steps         []Step
	Already       []change.Dropped
	Notes         []Note
	Connectivity  []connectivity.Change // before and after, where network policies are made or deleted
	Grades        []Grade
	Confirmations []change.Confirmation
	Blocked       string // why the whole plan cannot be carried out, whatever its steps say; empty: it can
	ReadOnly      bool
	// Whole says that steps cannot be left out.
	Whole bool
	// Together has for each step, by number, those that make sense only with it, and itself.
	Together map[int][]int

	from   *plan.Share // the first step of a way that the shop goes; nil: there is none
	plan   *change.Plan
	engine *change.Engine
}

// Plan makes a plan of an order. It takes time.
func (s *Shop) Plan(ctx context.Context, o *Order) (*Draft, error) {
	e, err := s.engine(o.Context)
	if err != nil {
		return nil, err
	}
	d := &Draft{Order: o, Notes: slices.Clone(o.Notes), Grades: slices.Clone(o.Expected), engine: e}
	switch {
	case o.Action == Undo:
		d.plan, err = e.PlanUndo(ctx, o.Undoes)
	case o.Request != nil:
		d.plan, err = e.Plan(ctx, *o.Request)
	default:
		var r *change.Request
		if r, err = s.request(ctx, d); err == nil {
			d.plan, err = e.Plan(ctx, *r)
		}
	}
	if err != nil {
		return nil, err
	}
	return s.fill(d)
}

// Without returns the plan without some steps; see change.Engine.
func (s *Shop) Without(d *Draft, numbers []int) *Draft {
	if len(numbers) == 0 || d.Whole || d.engine == nil {
		return d
	}
	q := *d
	q.plan = d.engine.Without(d.plan, numbers)
	q.Steps = slices.DeleteFunc(slices.Clone(d.Steps), func(s Step) bool { return slices.Contains(numbers, s.Number) })
	q.Confirmations, q.Blocked = q.plan.Confirmations(), q.plan.Guarded.Deny
	return &q
}

// Functions lists the functions that the plan is about.
func (d *Draft) Functions() []model.FunctionID {
	var all []model.FunctionID
	for i := range d.Steps {
		all = append(all, d.Steps[i].Functions...)
	}
	slices.SortFunc(all, model.FunctionID.Compare)
	return slices.Compact(all)
}

// fill takes over what screens show of the plan.
func (s *Shop) fill(d *Draft) (*Draft, error) {
	p := d.plan
	d.ID, d.Title, d.Time, d.Undoes, d.Already = p.ID, p.Title, p.Time, p.Undoes, p.Dropped
	d.Confirmations, d.Blocked, d.Whole, d.ReadOnly = p.Confirmations(), p.Guarded.Deny, p.Undoes != "", s.ReadOnly(d.Context)
	for _, step := range p.Steps {
		sides, err := p.Sides(step)
		if err != nil {
			return nil, err
		}
		d.Steps = append(d.Steps, Step{*step, sides})
	}
	d.Together = change.Together(p.Steps)
	for _, id := range d.Functions() {
		if slices.ContainsFunc(d.Grades, func(g Grade) bool { return g.Function == id }) {
			continue
		}
		d.Grades = append(d.Grades, Grade{Function: id, Before: letter(s.o.Clusters.Board().Row(id))})
	}
	return d, nil
}

func letter(r *board.Row) string {
	if r == nil || r.Posture == nil {
		return ""
	}
	return r.Posture.Letter()
}

// request asks the frameworks for the edits of an order.
func (s *Shop) request(ctx context.Context, d *Draft) (*change.Request, error) {
	r := &change.Request{Action: d.Action, Title: d.Order.Title}
	if d.Task != nil {
		return r, s.task(ctx, d, r)
	}
	switch d.Action {
	case Restart:
		s.restart(d, r)
		return r, nil
	case Tighten:
		return r, s.tighten(ctx, d, r)
	}
	return nil, fmt.Errorf("nobody knows how to %s", d.Action)
}

func (s *Shop) restart(d *Draft, r *change.Request) {
	b := s.o.Clusters.Board()
	for _, p := range d.Picks {
		row := b.Row(p.Function)
		if row == nil {
			d.Notes = append(d.Notes, Note{Function: p.Function, What: LeftOut, Text: "it does not exist any more"})
			continue
		}
		a := frameworks.Restart(s.o.Adapters, row.Function, s.o.Now())
		if a.None != "" {
			d.Notes = append(d.Notes, Note{Function: p.Function, What: LeftOut, Text: a.None})
			continue
		}
		r.Wishes = append(r.Wishes, wishesOf(p.Function, Restart, &a)...)
	}
}

func (s *Shop) tighten(ctx context.Context, d *Draft, r *change.Request) error {
	for rest := d.Picks; len(rest) > 0; {
		err := s.o.Clusters.Ask(ctx, d.Context, func(reader *snapshot.Reader) {
			began := time.Now()
			for first := true; len(rest) > 0 && (first || time.Since(began) < piece); rest, first = rest[1:], false {
				s.pick(reader, d, r, &rest[0])
			}
		})
		if err != nil {
			return fmt.Errorf("ask %s for fixes: %w", d.Context, err)
		}
	}
	return s.connect(ctx, d, r)
}

// connect finds who reaches whom before and after, where the order is about network policies.
func (s *Shop) connect(ctx context.Context, d *Draft, r *change.Request) error {
	var edits []plan.Edit
	for i := range r.Wishes {
		if r.Wishes[i].Object.Kind == "NetworkPolicy" {
			edits = append(edits, r.Wishes[i].Edit)
		}
	}
	if len(edits) == 0 {
		return nil
	}
	var keys []model.FunctionKey
	for i := range d.Picks {
		keys = append(keys, d.Picks[i].Function.FunctionKey)
	}
	var left int
	var wrong error
	err := s.o.Clusters.Ask(ctx, d.Context, func(reader *snapshot.Reader) {
		d.Connectivity, left, wrong = connectivity.Of(reader, keys, edits)
	})
	if err = errors.Join(err, wrong); err != nil {
		return fmt.Errorf("compare connections: %w", err)
	}
	if left > 0 {
		d.Notes = append(d.Notes, Note{What: NotCompared, Text: connectivity.Left(left)})
	}
	return nil
}

// pick adds what one function gets.
func (s *Shop) pick(reader *snapshot.Reader, d *Draft, r *change.Request, p *Pick) {
	f, ok := fixesOf(reader, s.knowing(d.Given), p.Function, p.Intents)
	if !ok {
		d.Notes = append(d.Notes, Note{Function: p.Function, What: LeftOut, Text: "it is not there any more, or not judged"})
		return
	}
	var done []check.Intent
	for i := range f.Fixes {
		x := &f.Fixes[i]
		note := func(what, text string) {
			if text != "" {
				d.Notes = append(d.Notes, Note{p.Function, x.Intent, what, text})
			}
		}
		note(LeftOut, x.None)
		note(Lost, x.Answer.Lost)
		note(NotCured, x.Answer.Left)
		if x.Possible() {
			done = append(done, x.Intent)
			r.Wishes = append(r.Wishes, wishesOf(p.Function, string(x.Intent), &x.Answer)...)
		}
	}
	d.Grades = append(d.Grades, Grade{p.Function, f.Posture.Letter(), f.Left(func(i check.Intent) bool { return slices.Contains(done, i) })})
}

// wishesOf takes over what an adapter answers for a function. All of an answer is done, or nothing of it.
func wishesOf(id model.FunctionID, intent string, a *plan.Answer) []change.Wish {
	var all []change.Wish
	for _, e := range a.Edits {
		all = append(all, change.Wish{Edit: e, Functions: []model.FunctionID{id}, Effect: a.Effect, Unit: id.String() + " " + intent})
	}
	return all
}

// Export writes a plan into a folder, and nothing over a file that is there. It returns what was left out, and why. It
// takes time.
func (s *Shop) Export(d *Draft, folder string) (files int, left []string, err error) {
	if d.plan == nil {
		return 0, nil, fmt.Errorf("export %s: there is no plan", d.Title)
	}
	all, left, err := d.plan.Export()
	if err != nil {
		return 0, nil, err
	}
	if rest, ok := strings.CutPrefix(folder, "~/"); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return 0, nil, fmt.Errorf("export: %w", err)
		}
		folder = filepath.Join(home, rest)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return 0, nil, fmt.Errorf("export: %w", err)
	}
	for _, file := range all {
		if err := writeNew(filepath.Join(folder, file.Name), file.Data); err != nil {
			return files, left, fmt.Errorf("export: %w", err)
		}
		files++
	}
	return files, left, nil
}

func writeNew(name string, data []byte) (err error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer func() {
		if closed := f.Close(); err == nil {
			err = closed
		}
	}()
	_, err = f.Write(data)
	return err
}

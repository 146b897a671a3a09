package views

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/kube/workshop"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/dialog"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/jobs"
	"github.com/fn9s/fn9s/views/journal"
	"github.com/fn9s/fn9s/views/plan"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/rotate"
	"github.com/fn9s/fn9s/views/screen"
	"github.com/fn9s/fn9s/views/tighten"
)

// addChanges adds what begins, shows and ends changes.
func (r *Root) addChanges(reg *action.Registry) {
	reg.Add(action.Tighten, action.When(hasWork, func(s any) tea.Cmd {
		work, _ := r.work(s)
		return r.openTighten(work)
	}), action.DisabledBy(func(s screen.Screen) string {
		_, why := r.work(s)
		return why
	}))
	reg.Add(action.Restart, action.When(hasFunctions, func(s any) tea.Cmd {
		work, _ := r.work(s)
		return r.open(screen.Place{Page: screen.PagePlan, Order: restart(work)}, false)
	}), action.DisabledBy(func(s screen.Screen) string {
		_, why := r.work(s)
		return why
	}))
	reg.Add(action.Undo, action.When(undoes, r.undo), action.DisabledBy(r.whyNotUndo))
	reg.Add(action.Give, action.On(screen.Giver.Give), action.DisabledBy(screen.Giver.GiveRefusal))
	reg.Add(action.StopChange, action.On(screen.Stopper.Stop), action.DisabledBy(screen.Stopper.StopRefusal))
	reg.Add(action.NextStep, action.On(func(s screen.Planned) tea.Cmd { return s.NextStep(1) }))
	reg.Add(action.PreviousStep, action.On(func(s screen.Planned) tea.Cmd { return s.NextStep(-1) }))
	reg.Add(action.ToggleStep, action.On(screen.Planned.ToggleStep), action.DisabledBy(screen.Planned.ToggleRefusal))
	reg.Add(action.SideBySide, action.On(screen.Planned.ToggleSides))
	reg.Add(action.Export, action.On(screen.Exporter.Export), action.DisabledBy(screen.Exporter.ExportRefusal))
	reg.Add(action.Apply, action.On(screen.Planned.Apply), action.DisabledBy(screen.Planned.ApplyRefusal))
	reg.Add(action.CancelPlan, action.On(func(screen.Planned) tea.Cmd { return r.back() }))
}

func hasFunctions(target any) bool { _, ok := target.(screen.Subjected); return ok }

func hasWork(target any) bool {
	_, ok := target.(screen.Worker)
	return ok || hasFunctions(target)
}

func undoes(target any) bool {
	_, ok := target.(screen.Undoer)
	return ok || hasFunctions(target)
}

// work is what a change begun from a screen would be about. The text says why there is nothing to do.
func (r *Root) work(target any) (screen.Work, string) {
	if r.env.Changes == nil {
		return screen.Work{}, "these are manifests: fn9s fix -f writes fixes into them"
	}
	var work screen.Work
	if w, ok := target.(screen.Worker); ok {
		var why string
		if work, why = w.Work(); why != "" {
			return work, why
		}
	} else if s, ok := target.(screen.Subjected); ok {
		if id, ok := s.Subject(); ok {
			work.Functions = []model.FunctionID{id}
		}
	}
	b := r.env.Boards.Board()
	why := "no function is under the cursor"
	work.Functions = slices.DeleteFunc(slices.Clone(work.Functions), func(id model.FunctionID) bool {
		row := b.Row(id)
		switch {
		case row == nil:
			why = "it does not exist any more"
		case row.Function.Opaque:
			why = "it stands for functions that cannot be seen"
		}
		return row == nil || row.Function.Opaque
	})
	if len(work.Functions) == 0 {
		return work, why
	}
	context := work.Functions[0].Context
	if slices.ContainsFunc(work.Functions, func(id model.FunctionID) bool { return id.Context != context }) {
		return work, "they are in several clusters, and a change is about one"
	}
	if work.Title == "" {
		work.Title = r.titleOf(work.Functions)
	}
	return work, r.env.Changes.Refusal(context)
}

// titleOf names functions.
func (r *Root) titleOf(ids []model.FunctionID) string {
	if len(ids) > 1 {
		return text.Count(len(ids)) + " functions"
	}
	name := ids[0].Name
	if row := r.env.Boards.Board().Row(ids[0]); row != nil {
		name = row.Function.Name()
	}
	return text.Clean(name + " in " + ids[0].Namespace)
}

func (r *Root) openTighten(work screen.Work) tea.Cmd {
	return r.open(screen.Place{Page: screen.PageTighten, Work: &work}, false)
}

// buildChange makes the screen of a place that is about changes.
func (r *Root) buildChange(place screen.Place) screen.Screen {
	env := &r.env
	switch {
	case place.Page == screen.PageTighten:
		return tighten.New(env, r.workOf(place))
	case place.Page == screen.PageRotate && place.Rotation != nil:
		return rotate.New(env, *place.Rotation)
	case place.Page == screen.PageJobs:
		return jobs.New(env, place.Filter)
	case place.Page == screen.PageJournal && place.Change != "" && env.Changes != nil:
		return journal.NewDetail(env, place.Change)
	case place.Page == screen.PageJournal:
		return journal.New(env, place.Filter)
	case place.Order != nil:
		return plan.New(env, place.Order)
	}
	return plan.NewJob(env, place.Change)
}

// workOf is what the tighten screen of a place is about.
func (r *Root) workOf(place screen.Place) screen.Work {
	if place.Work != nil {
		return *place.Work
	}
	work := screen.Work{Functions: []model.FunctionID{place.Function}, Title: r.titleOf([]model.FunctionID{place.Function})}
	if place.Intent != "" {
		work.Intents = []check.Intent{place.Intent}
	}
	return work
}

func restart(work screen.Work) *screen.Order {
	o := &screen.Order{Context: work.Functions[0].Context, Action: workshop.Restart, Title: "restart " + work.Title}
	for _, id := range work.Functions {
		o.Picks = append(o.Picks, workshop.Pick{Function: id})
	}
	return o
}

func (r *Root) whyNotUndo(s screen.Screen) string {
	if r.env.Changes == nil {
		return "these are manifests: nothing was changed"
	}
	if u, ok := s.(screen.Undoer); ok {
		_, why := u.Undo()
		return why
	}
	_, why := r.work(s)
	return why
}

// lastMsg brings the newest change of a function.
type lastMsg struct {
	order *screen.Order // nil: there is none
	title string
	err   error
}

// undo opens the plan that takes back the change under the cursor, or the newest of the function there.
func (r *Root) undo(target any) tea.Cmd {
	if u, ok := target.(screen.Undoer); ok {
		order, _ := u.Undo()
		return r.open(screen.Place{Page: screen.PagePlan, Order: order}, false)
	}
	work, _ := r.work(target)
	id, changes := work.Functions[0], r.env.Changes
	return func() tea.Msg {
		m := lastMsg{title: work.Title}
		book, err := changes.Book()
		if m.err = err; err != nil {
			return m
		}
		if e := workshop.Last(book, id); e != nil {
			m.order = &screen.Order{Context: id.Context, Action: workshop.Undo, Title: "undo " + e.ID + ": " + e.Title, Undoes: e.ID}
		}
		return m
	}
}

func (r *Root) foundLast(msg lastMsg) tea.Cmd {
	switch {
	case msg.err != nil:
		r.notice(status.Error, "undo", msg.err.Error())
	case msg.order == nil:
		r.notice(status.Info, "undo", "the journal has no change of "+msg.title+" that could be undone")
	default:
		return r.open(screen.Place{Page: screen.PagePlan, Order: msg.order}, false)
	}
	return nil
}

// tightenCommand is `:tighten`: a function by its name, or all in scope.
func (r *Root) tightenCommand(c query.Tighten) tea.Cmd {
	if r.env.Changes == nil {
		r.warn("tighten", "these are manifests: fn9s fix -f writes fixes into them")
		return nil
	}
	context := r.context(c.Scope.Context)
	names, ok := r.expand(c.Scope.Namespaces)
	if !ok {
		return nil
	}
	scope := r.env.Scope
	if len(names) > 0 || c.Scope.All {
		scope = screen.Scope{Namespaces: names}
	}
	var ids []model.FunctionID
	for _, row := range r.env.Boards.Board().Rows() {
		named := c.Name == "" || row.Function.Name() == c.Name || row.ID.Framework+"/"+row.Function.Name() == c.Name
		if named && row.ID.Context == context && scope.Has(row.ID.Namespace) && !row.Function.Opaque {
			ids = append(ids, row.ID)
		}
	}
	if len(ids) == 0 {
		r.warn("tighten", strings.TrimSpace("there is no function "+c.Name)+" in scope")
		return nil
	}
	return r.openTighten(screen.Work{Functions: ids, Title: r.titleOf(ids)})
}

// running is how many changes are under way.
func (r *Root) running() int {
	if r.env.Changes == nil {
		return 0
	}
	return r.env.Changes.Running()
}

// applying lists the changes that still write.
func (r *Root) applying() []screen.Job {
	if r.env.Changes == nil {
		return nil
	}
	return slices.DeleteFunc(r.env.Changes.Jobs(), func(j screen.Job) bool { return j.Phase != workshop.Applying })
}

// quit ends the console. While something is being changed it asks first; asked again, it stops that after the steps under
// way.
func (r *Root) quit() tea.Cmd {
	jobs := r.applying()
	if len(jobs) == 0 {
		if r.askForwards() {
			return nil
		}
		return tea.Quit
	}
	if r.quitting != stay {
		return r.stopAll()
	}
	r.quitting = asked
	q := dialog.Question{ID: "quit", Title: "A change is being carried out", Buttons: []dialog.Button{
		{Label: "Wait, then quit", Key: "w", Choose: func() tea.Cmd { r.quitting = leaving; return r.leave() }},
		{Label: "Stop after this step, then quit", Key: "s", Choose: r.stopAll},
		{Label: "Stay", Choose: func() tea.Cmd { r.quitting = stay; return nil }},
	}}
	for i := range jobs {
		q.Targets = append(q.Targets, fmt.Sprintf("%s: %d of %d steps", jobs[i].Title, jobs[i].Done, len(jobs[i].Steps)))
	}
	r.dialogs.Open(dialog.NewConfirm(r.env.Theme, q))
	return nil
}

// stopAll stops all changes after the steps under way, and quits then.
func (r *Root) stopAll() tea.Cmd {
	for _, j := range r.applying() {
		r.env.Changes.Stop(j.ID)
	}
	r.quitting = leaving
	return r.leave()
}

// leave quits once nothing is being changed any more.
func (r *Root) leave() tea.Cmd {
	if r.quitting == leaving && len(r.applying()) == 0 {
		return tea.Quit
	}
	return nil
}

// quitting is how far the operator is with leaving.
type quitting uint8

const (
	stay quitting = iota
	asked
	leaving
)

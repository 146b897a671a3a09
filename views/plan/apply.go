package plan

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/kube/workshop"
	"github.com/fn9s/fn9s/ui/dialog"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/screen"
)

// startedMsg says that the change was begun, or why not.
type startedMsg struct {
	to  *Screen
	id  string
	err error
}

// blocked are the steps that are not left out and cannot be carried out.
func (s *Screen) blocked() []*workshop.Step {
	var all []*workshop.Step
	for i := range s.kept.Steps {
		if step := &s.kept.Steps[i]; step.Blocked != "" {
			all = append(all, step)
		}
	}
	return all
}

// ApplyRefusal says why the plan cannot be carried out.
func (s *Screen) ApplyRefusal() string {
	switch {
	case s.job != nil && s.job.Running():
		return "it is being carried out"
	case s.job != nil:
		return "it was carried out: u takes it back"
	case s.draft == nil:
		return "there is no plan yet"
	case s.planning:
		return "it is being planned anew"
	case s.draft.ReadOnly:
		return "read-only: it can be looked at and exported"
	case len(s.draft.Steps) == 0 && s.draft.Undoes == "":
		return "there is nothing to change"
	case len(s.draft.Steps) > 0 && len(s.kept.Steps) == 0:
		return "every step is left out"
	}
	blocked := s.blocked()
	switch {
	case len(blocked) > 0 && s.draft.Whole:
		return "an undo is done whole or not at all, and " + blocked[0].Ref.String() + " cannot: " + blocked[0].Blocked
	case len(blocked) > 0 && len(blocked) == len(s.kept.Steps):
		return "no step can be applied: " + blocked[0].Blocked
	case len(blocked) > 0 && len(s.without(blocked)) == len(s.kept.Steps):
		instead := "go back and choose otherwise"
		if s.draft.Action == workshop.Tighten {
			instead = "leave that fix out"
		}
		return "every step belongs to one that cannot be applied (" + blocked[0].Blocked + "): " + instead
	case len(blocked) == 0 && s.kept.Blocked != "":
		return s.kept.Blocked
	}
	return s.kept.Refused()
}

// without are the numbers of steps, and of what belongs to them.
func (s *Screen) without(steps []*workshop.Step) map[int]bool {
	all := map[int]bool{}
	for _, step := range steps {
		if all[step.Number] {
			continue
		}
		for _, n := range s.draft.Together[step.Number] {
			if !s.off[n] {
				all[n] = true
			}
		}
	}
	return all
}

// Apply asks what must be agreed to, one after the other, and begins.
func (s *Screen) Apply() tea.Cmd {
	if s.ApplyRefusal() != "" {
		return nil
	}
	if blocked := s.blocked(); len(blocked) > 0 {
		return s.leaveOut(blocked)
	}
	return s.ask(questionsOf(s.kept), nil)
}

// leaveOut offers to go on without what cannot be done.
func (s *Screen) leaveOut(blocked []*workshop.Step) tea.Cmd {
	numbers := s.without(blocked)
	q := dialog.Question{
		ID: "plan-blocked", Title: "Leave out " + count(len(numbers), "step"),
		Text: "These cannot be applied. They are left out with what belongs to them; the rest is shown once more before it is applied.",
		Buttons: []dialog.Button{
			{Label: "Leave them out", Key: "L", Choose: func() tea.Cmd {
				for n := range numbers {
					s.off[n] = true
				}
				s.keep()
				s.changed()
				return nil
			}},
			{Label: "Back"},
		},
	}
	for i := range s.kept.Steps {
		step := &s.kept.Steps[i]
		if !numbers[step.Number] {
			continue
		}
		why := step.Blocked
		if why == "" {
			why = "belongs to one of them"
		}
		q.Targets = append(q.Targets, step.Ref.String()+": "+why)
	}
	return screen.Send(screen.DialogMsg{Dialog: dialog.NewConfirm(s.env.Theme, q)})
}

// question is what is asked in one dialog.
type question struct {
	title, text string
	word        string
	all         []change.Confirmation
}

// questionsOf puts together what can be asked at once: another owner, and a word, are asked by themselves.
func questionsOf(d *screen.Draft) []question {
	var plain question
	var alone []question
	for _, c := range d.Confirmations {
		switch {
		case c.Word != "":
			alone = append(alone, question{"Type the word", c.Text, c.Word, []change.Confirmation{c}})
		case c.Override != "":
			alone = append(alone, question{"Change what " + c.Override + " owns?", c.Text, "", []change.Confirmation{c}})
		default:
			plain.all = append(plain.all, c)
			plain.text += "\n· " + c.Text
		}
	}
	if len(plain.all) == 0 {
		return alone
	}
	plain.title, plain.text = "Agree to "+count(len(plain.all), "thing"), strings.TrimPrefix(plain.text, "\n")
	return append([]question{plain}, alone...)
}

// ask asks the first question; the answer asks the next, and after the last the change begins.
func (s *Screen) ask(questions []question, given []change.Confirmation) tea.Cmd {
	if len(questions) == 0 {
		return s.start(given)
	}
	q := questions[0]
	label := "Agree"
	if len(questions) == 1 {
		label = "Apply " + count(len(s.kept.Steps), "step")
	}
	kept := s.kept
	d := dialog.Question{ID: "plan-confirm", Title: q.title, Text: q.text, Word: q.word, Buttons: []dialog.Button{
		{Label: label, Key: "A", Danger: true, Choose: func() tea.Cmd {
			if s.kept != kept { // another plan than the one that was asked about
				return nil
			}
			return s.ask(questions[1:], append(slices.Clip(given), q.all...))
		}},
		{Label: "Back"},
	}}
	if len(questions) == 1 {
		for i := range kept.Steps {
			d.Targets = append(d.Targets, string(kept.Steps[i].Verb)+" "+kept.Steps[i].Ref.String())
		}
	}
	return screen.Send(screen.DialogMsg{Dialog: dialog.NewConfirm(s.env.Theme, d)})
}

// start begins the change. It goes on without this screen.
func (s *Screen) start(given []change.Confirmation) tea.Cmd {
	changes, kept := s.env.Changes, s.kept
	return func() tea.Msg {
		id, err := changes.Start(kept, given)
		return startedMsg{to: s, id: id, err: err}
	}
}

func (s *Screen) started(msg startedMsg) tea.Cmd {
	if msg.err != nil {
		return notice(status.Error, "apply", msg.err.Error())
	}
	s.jobID = msg.id
	s.take()
	s.cursor = 0
	s.pager.Reset()
	s.changed()
	return nil
}

func notice(severity status.Severity, source, message string) tea.Cmd {
	return screen.Send(screen.NoticeMsg{Severity: severity, Source: source, Text: text.Clean(message)})
}

// ToggleRefusal says why no step can be left out.
func (s *Screen) ToggleRefusal() string {
	switch {
	case s.job != nil:
		return "it was begun"
	case s.draft == nil:
		return "there is no plan yet"
	case s.draft.Whole:
		return "an undo is done whole or not at all"
	case s.cursor == 0:
		return "tab goes to a step"
	}
	return ""
}

// ToggleStep leaves the step out with what belongs to it, or takes them in again.
func (s *Screen) ToggleStep() tea.Cmd {
	number := s.draft.Steps[s.cursor-1].Number
	off := !s.off[number]
	together := s.draft.Together[number]
	for _, n := range together {
		if delete(s.off, n); off {
			s.off[n] = true
		}
	}
	s.keep()
	s.changed()
	if n := len(together) - 1; n > 0 {
		return notice(status.Info, "plan", "together with "+count(n, "step")+" that it makes sense with only")
	}
	return nil
}

// ToggleSides draws differences in two columns, or in one.
func (s *Screen) ToggleSides() tea.Cmd {
	s.sides = !s.sides
	s.changed()
	return nil
}

// ExportRefusal says why nothing can be written to files.
func (s *Screen) ExportRefusal() string {
	switch {
	case s.job != nil:
		return "it was begun: export a plan before it is applied"
	case s.draft == nil:
		return "there is no plan yet"
	case len(s.kept.Steps) == 0:
		return "there is nothing to export"
	}
	return ""
}

// Export asks for a folder, and writes the plan there.
func (s *Screen) Export() tea.Cmd {
	changes, kept := s.env.Changes, s.kept
	field := dialog.Field{Label: "Folder", Value: "fn9s-" + kept.ID, Hint: "a folder that is new, or has none of these files", Wrong: func(v string) string {
		if strings.TrimSpace(v) == "" {
			return "say where to"
		}
		return ""
	}}
	about := "The plan is written as patches and a kustomization, without secret values. The cluster is not changed."
	return screen.Send(screen.DialogMsg{Dialog: dialog.NewForm(s.env.Theme, "plan-export", "Export "+count(len(kept.Steps), "step"), about, nil, "write",
		[]dialog.Field{field}, func(values []string) tea.Cmd {
			folder := strings.TrimSpace(values[0])
			return func() tea.Msg {
				files, left, err := changes.Export(kept, folder)
				if err != nil {
					return screen.NoticeMsg{Severity: status.Error, Source: "export", Text: text.Clean(err.Error())}
				}
				said := fmt.Sprintf("%s written to %s; the cluster was not changed", count(files, "file"), folder)
				if len(left) > 0 {
					return screen.NoticeMsg{Severity: status.Warning, Source: "export", Text: text.Clean(said + ". Not exported: " + most(left, 3))}
				}
				return screen.NoticeMsg{Severity: status.Info, Source: "export", Text: text.Clean(said)}
			}
		})})
}

// Undo takes back what was done.
func (s *Screen) Undo() (*screen.Order, string) {
	switch {
	case s.job == nil:
		return nil, "nothing was applied"
	case s.job.Phase == workshop.Applying:
		return nil, "it is being carried out"
	case !s.job.Undoable():
		return nil, "nothing was changed"
	}
	return &screen.Order{Context: s.draft.Context, Action: workshop.Undo, Title: "undo " + s.draft.Title, Undoes: s.job.Undoes()}, ""
}

// StopRefusal says why there is nothing to stop.
func (s *Screen) StopRefusal() string {
	switch {
	case s.job == nil:
		return "nothing was begun"
	case !s.job.Running():
		return "it is over"
	case s.job.Stopping:
		return "it is stopping already"
	}
	return ""
}

// Stop ends the change after the steps that are under way.
func (s *Screen) Stop() tea.Cmd {
	s.env.Changes.Stop(s.jobID)
	s.take()
	s.changed()
	return nil
}

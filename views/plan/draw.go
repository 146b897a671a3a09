package plan

import (
	"cmp"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/workshop"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/pager"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/screen"
)

// headLine is one of the first lines.
type headLine struct {
	text string
	role themes.Role
}

// refresh makes what is drawn anew when something changed.
func (s *Screen) refresh() {
	if !s.dirty {
		return
	}
	s.dirty, s.drawn = false, false
	s.aged = s.age()
	s.heads()
	s.sheet = sheet{width: max(s.width-1, 10)}
	if s.draft != nil && s.cursor > 0 {
		s.step(&s.sheet, s.cursor-1)
	} else {
		s.overview(&s.sheet)
	}
	lines := s.sheet.lines
	if len(lines) == 0 {
		lines = []string{" "}
	}
	spans := s.sheet.spans
	s.pager.SetLines(lines)
	s.pager.SetSpans(func(n int, _ string) []pager.Span {
		if n < len(spans) {
			return spans[n]
		}
		return nil
	})
	s.pager.SetSize(s.width, max(s.height-len(s.head)-s.listHeight()-1, 0))
}

// age says how old a plan is that was not carried out; empty while it is new.
func (s *Screen) age() string {
	const old = 2 * time.Minute
	if s.draft == nil || s.job != nil || s.order == nil {
		return ""
	}
	if age := s.env.Now().Sub(s.draft.Time); age >= old {
		return "planned " + text.Age(age.Truncate(time.Minute)) + " ago: ctrl-r plans anew"
	}
	return ""
}

// heads are the first lines: what is planned, and how that stands.
func (s *Screen) heads() {
	s.head = s.head[:0]
	add := func(role themes.Role, line string) { s.head = append(s.head, headLine{text.Clean(line), role}) }
	title := ""
	switch {
	case s.draft != nil:
		title = s.draft.Title
	case s.order != nil:
		title = s.order.Title
	}
	add(themes.Title, cmp.Or(title, "plan"))
	context := ""
	if s.draft != nil {
		context = s.draft.Context
	} else if s.order != nil {
		context = s.order.Context
	}
	if c, ok := s.env.Boards.Board().Cluster(context); ok {
		if note := screen.ConnectionNote(&c, s.env.Now()); note != "" {
			add(themes.Stale, themes.Glyph(themes.Warning)+" "+note)
		}
	}
	switch {
	case s.job != nil:
		s.progress(add)
	case s.draft != nil:
		s.standings(add)
	}
}

// standings says whether the plan can be carried out.
func (s *Screen) standings(add func(themes.Role, string)) {
	line := count(len(s.kept.Steps), "step")
	if n := len(s.draft.Steps) - len(s.kept.Steps); n > 0 {
		line += ", " + text.Count(n) + " left out"
	}
	if len(s.draft.Grades) == 1 {
		said, _ := s.graded(&s.draft.Grades[0])
		line += " · " + said
	} else if n := len(s.draft.Grades); n > 1 {
		line += " · " + count(n, "function")
	}
	role, why := themes.OK, "A applies it"
	switch refusal := s.ApplyRefusal(); {
	case refusal != "":
		role, why = themes.Error, refusal
		if s.draft.ReadOnly || len(s.draft.Steps) == 0 {
			role = themes.Denied
		}
	case len(s.blocked()) > 0:
		role, why = themes.Warning, count(len(s.blocked()), "step")+" cannot be applied: A leaves them out"
	case len(s.kept.Confirmations) > 0:
		role, why = themes.Warning, "A asks about "+count(len(s.kept.Confirmations), "thing")+" first"
	}
	if s.aged != "" {
		line += " · " + s.aged
	}
	if s.planning {
		line += " · planning anew…"
	}
	add(role, line+" · "+themes.Glyph(role)+" "+why)
}

// progress says how far the job is.
func (s *Screen) progress(add func(themes.Role, string)) {
	j := s.job
	switch {
	case j.Way != nil && j.Running():
		add(themes.Spinner, shifting(j))
	case j.Phase == workshop.Applying:
		line := "applying: " + text.Count(j.Done) + " of " + text.Count(len(j.Steps)) + " " + bar(j.Done, len(j.Steps))
		if j.Stopping {
			line += " · stopping after what is under way"
		}
		add(themes.Spinner, line)
	case j.Phase == workshop.Verifying:
		add(themes.Spinner, "applied, and being watched: "+text.Count(len(j.Seen))+" of "+text.Count(j.Watched)+" functions "+bar(len(j.Seen), j.Watched))
	case j.Outcome == journal.Skipped:
		add(themes.Error, themes.Glyph(themes.Error)+" nothing was begun: "+j.Reason)
	case j.Outcome != journal.Applied:
		add(themes.Error, themes.Glyph(themes.Error)+" "+outcomes[j.Outcome].word+": "+j.Reason)
	default:
		bad := 0
		for i := range j.Seen {
			if !j.Seen[i].Verdict.Good() {
				bad++
			}
		}
		if bad > 0 {
			then := "u takes it back"
			if j.TakenBack != "" {
				then = "it is taken back by " + j.TakenBack + " (:jobs)"
			}
			add(themes.Warning, themes.Glyph(themes.Warning)+" applied, but "+count(bad, "function")+" did not become ready: "+then)
			return
		}
		add(themes.OK, themes.Glyph(themes.OK)+" applied: "+count(len(j.Steps), "step")+s.lifted())
	}
}

// shifting says how far a way is.
func shifting(j *screen.Job) string {
	w := j.Way
	line := "shifting: " + text.Count(w.Percent) + "% of " + text.Count(w.Goal.Percent) + "% " + bar(w.Percent, w.Goal.Percent)
	switch {
	case w.Trouble != "":
		line = "going back: " + w.Trouble
	case !w.Next.IsZero():
		line += " · next step at " + w.Next.Format("15:04:05")
	}
	if j.Stopping {
		line += " · stopping after what is under way"
	}
	return line
}

// lifted is the grade before and now, of a change of one function.
func (s *Screen) lifted() string {
	if len(s.draft.Grades) != 1 {
		return ""
	}
	said, _ := s.graded(&s.draft.Grades[0])
	return " · " + said
}

// bar is a progress bar that needs no colour.
func bar(done, of int) string {
	const width = 20
	if of == 0 {
		return ""
	}
	full := min(done*width/of, width)
	return strings.Repeat("█", full) + strings.Repeat("░", width-full)
}

// listHeight is how many lines the list of steps gets.
func (s *Screen) listHeight() int {
	if s.draft == nil || len(s.draft.Steps) == 0 {
		return 0
	}
	room := s.height - len(s.head) - 1
	return min(len(s.draft.Steps)+1, max(room*2/5, 2))
}

// View draws head, list and what the cursor is on.
func (s *Screen) View() string {
	s.refresh()
	body := s.pager.View()
	if !s.drawn {
		s.drawn = true
		var lines []string
		for _, h := range s.head {
			lines = append(lines, s.env.Theme.Render(h.role, text.Fit(" "+h.text, s.width, text.Left)))
		}
		n := s.listHeight()
		s.top = max(0, min(min(s.top, s.cursor), len(s.steps())-n))
		if s.cursor >= s.top+n {
			s.top = s.cursor - n + 1
		}
		for i := s.top; i < s.top+n; i++ {
			lines = append(lines, s.row(i))
		}
		lines = append(lines, s.rule())
		s.view = strings.Join(lines[:min(len(lines), s.height)], "\n")
	}
	if body == "" {
		return s.view
	}
	return s.view + "\n" + body
}

// steps are the rows of the list: the overview, and one for each step.
func (s *Screen) steps() []workshop.Step {
	if s.draft == nil || len(s.draft.Steps) == 0 {
		return nil
	}
	return append([]workshop.Step{{}}, s.draft.Steps...)
}

func (s *Screen) rule() string {
	title := ""
	if s.listHeight() > 0 {
		title = " overview "
		if s.cursor > 0 {
			title = " step " + text.Count(s.cursor) + " of " + text.Count(len(s.draft.Steps)) + " "
		}
	}
	line := "─" + title
	return s.env.Theme.Render(themes.Border, text.Fit(line+strings.Repeat("─", max(s.width-text.Width(line), 0)), s.width, text.Left))
}

// row draws a line of the list.
func (s *Screen) row(i int) string {
	theme := s.env.Theme
	sign := " "
	if i == s.cursor {
		sign = theme.Render(themes.Accent, "▌")
	}
	if i == 0 {
		role := themes.Text
		if s.cursor == 0 {
			role = themes.Accent
		}
		return sign + text.FitStyled(theme.Render(role, "    overview"), s.width-1)
	}
	step := &s.draft.Steps[i-1]
	state, role := s.state(i - 1)
	box := "[x]"
	switch {
	case s.job != nil:
		box = "   "
	case s.off[step.Number]:
		box = "[ ]"
	}
	object := step.Ref.Kind + " "
	if step.Ref.Namespace != "" {
		object += step.Ref.Namespace + "/"
	}
	object += step.Ref.Name
	wide := min(max((s.width-14)*3/5, 20), 70)
	name := themes.Text
	if s.off[step.Number] {
		name = themes.Muted
	}
	line := box + " " + theme.Render(themes.Muted, text.Fit(string(step.Verb), 6, text.Left)) + "  " +
		theme.Render(name, text.Fit(text.Clean(object), wide, text.Left)) + "  " +
		theme.Render(role, text.Fit(text.Clean(state), max(s.width-wide-15, 1), text.Left))
	return sign + text.FitStyled(line, s.width-1)
}

// state says of a step in a few words whether it can be carried out, or how it ended.
func (s *Screen) state(i int) (string, themes.Role) {
	step := &s.draft.Steps[i]
	if s.job != nil {
		if i >= len(s.job.Progress) {
			return "", themes.Muted
		}
		p := s.job.Progress[i]
		o := outcomes[p.Outcome]
		word := strings.TrimSpace(themes.Glyph(o.role) + " " + o.word)
		if p.Reason != "" {
			word += ": " + p.Reason
		}
		return word, o.role
	}
	switch {
	case s.off[step.Number]:
		return "left out", themes.Muted
	case step.Blocked != "":
		return themes.Glyph(themes.Error) + " " + step.Blocked, themes.Error
	}
	var marks []string
	if len(step.Asks) > 0 {
		marks = append(marks, "asks")
	}
	if slices.ContainsFunc(step.Owners, func(o change.Owner) bool { return o.Applies }) {
		marks = append(marks, "another owner")
	}
	if step.Lasting != "" {
		marks = append(marks, "cannot be undone")
	}
	if step.Checked == change.Unable {
		marks = append(marks, "not tried before")
	}
	if n := len(step.Warnings); n > 0 {
		marks = append(marks, count(n, "warning"))
	}
	if len(marks) > 0 {
		return themes.Glyph(themes.Warning) + " " + strings.Join(marks, ", "), themes.Warning
	}
	return themes.Glyph(themes.OK) + " checked by the server", themes.OK
}

// move goes to a line of the list.
func (s *Screen) move(to int) {
	last := 0
	if s.draft != nil {
		last = len(s.draft.Steps)
	}
	to = max(0, min(to, last))
	if to != s.cursor {
		s.cursor = to
		s.pager.Reset()
	}
	s.changed()
}

// NextStep goes to another step; after the last comes the overview.
func (s *Screen) NextStep(by int) tea.Cmd {
	if s.draft == nil {
		return nil
	}
	n := len(s.draft.Steps) + 1
	s.move((s.cursor + by + n) % n)
	return nil
}

// Move scrolls what the cursor is on.
func (s *Screen) Move(id action.ID) tea.Cmd {
	s.refresh()
	s.pager.Do(id)
	return nil
}

// Wheel scrolls by lines.
func (s *Screen) Wheel(lines int) tea.Cmd {
	s.refresh()
	s.pager.ScrollBy(lines)
	return nil
}

// Click goes to the step on that line.
func (s *Screen) Click(_, y int) tea.Cmd {
	s.refresh()
	if at := y - len(s.head); at >= 0 && at < s.listHeight() {
		s.move(s.top + at)
	}
	return nil
}

package deploy

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/pager"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/panes"
	"github.com/fn9s/fn9s/views/screen"
)

const (
	// beside is the width from which what it comes to stands beside the form, else it is behind tab.
	beside = 120
	// aboutLines are for what the field under the cursor is for.
	aboutLines = 3
	worstShown = 5
)

// drawn is the last View and what it was made of.
type drawn struct {
	stale            bool
	body, side, view string
}

// SetSize sets the size of the screen.
func (s *Screen) SetSize(width, height int) {
	s.width, s.height = width, height
	s.arrange()
	s.changed()
}

func (s *Screen) wide() bool { return s.width >= beside && s.form != nil }

// left is the width of the form.
func (s *Screen) left() int {
	if !s.wide() {
		return s.width
	}
	return min(s.width*11/20, 104)
}

func (s *Screen) right() int {
	if !s.wide() {
		return s.width
	}
	return s.width - s.left() - 3
}

func (s *Screen) bodyHeight() int { return max(s.height-1, 0) }

func (s *Screen) aboutHeight() int {
	if s.form == nil || s.height < 14 {
		return 0
	}
	return aboutLines
}

// arrange gives both sides their room.
func (s *Screen) arrange() {
	s.Panes.SetSize(s.left(), s.bodyHeight()-s.aboutHeight())
	s.side.SetSize(s.right(), max(s.bodyHeight()-len(s.verdict()), 0))
}

// View draws the form, and beside it or instead of it what it comes to.
func (s *Screen) View() string {
	s.arrange()
	body, side := s.Panes.View(), ""
	if s.form != nil {
		side = s.side.View()
	}
	if v := &s.view; !v.stale && v.body == body && v.side == side && v.view != "" {
		return v.view
	}
	lines := []string{text.FitStyled(s.heading(), s.width)}
	switch {
	case s.form == nil:
		lines = append(lines, split(body, s.bodyHeight())...)
	case s.wide():
		left, right := s.formLines(body), s.sideLines(side)
		for i := range left {
			lines = append(lines, left[i]+s.env.Theme.Render(themes.Border, " │ ")+right[i])
		}
	case s.onSide:
		lines = append(lines, s.sideLines(side)...)
	default:
		lines = append(lines, s.formLines(body)...)
	}
	s.view = drawn{body: body, side: side, view: strings.Join(lines[:min(len(lines), max(s.height, 0))], "\n")}
	return s.view.view
}

func split(body string, height int) []string {
	if height == 0 {
		return nil
	}
	return strings.Split(body, "\n")
}

// formLines are the form, and below it what the field under the cursor is for.
func (s *Screen) formLines(body string) []string {
	lines := split(body, s.bodyHeight()-s.aboutHeight())
	if s.aboutHeight() == 0 {
		return lines
	}
	theme, width := s.env.Theme, s.left()
	lines = append(lines, theme.Render(themes.Border, strings.Repeat("─", width)))
	about := text.Wrap(text.Clean(s.aboutCursor()), max(width-2, 1))
	for i := range aboutLines - 1 {
		line := ""
		if i < len(about) {
			line = " " + theme.Render(themes.Muted, about[i])
		}
		lines = append(lines, text.FitStyled(line, width))
	}
	return lines
}

// aboutCursor says what the line under the cursor is for.
func (s *Screen) aboutCursor() string {
	r := s.selected()
	switch r.kind {
	case fieldRow:
		d := &r.field
		about := strings.TrimSpace(d.label) + ": " + d.about
		if d.refused != "" {
			return about + ". " + s.form.maker.Framework + " has none: " + d.refused
		}
		if d.without != "" {
			about += ". Without: " + d.without
		}
		return about
	case switchRow:
		for i := range s.got.Defaults {
			d := &s.got.Defaults[i]
			if d.Intent != r.intent {
				continue
			}
			about := string(d.Intent) + ": " + d.Intent.Wish()
			if len(d.Spares) > 0 {
				about += ". Without it fail " + strings.Join(d.Spares, ", ")
			}
			return about
		}
	case planRow:
		return "The plan shows every object that would be made, checked by the server, before anything is."
	}
	return ""
}

// heading says what the form comes to in one line, on both sides.
func (s *Screen) heading() string {
	theme := s.env.Theme
	if s.form == nil {
		return " " + theme.Render(themes.Title, "new function")
	}
	line := " " + theme.Render(themes.Title, text.Clean(s.form.maker.Framework)+" function")
	if !s.wide() {
		line += theme.Render(themes.Muted, map[bool]string{false: " · tab: what it comes to", true: " · tab: the form"}[s.onSide])
	}
	line += theme.Render(themes.Muted, " · ") + s.short()
	switch why := s.refused(); {
	case why != "":
		line += theme.Render(themes.Denied, " · "+themes.Glyph(themes.Denied)+" "+why)
	case s.readOnly():
		line += theme.Render(themes.ReadOnly, " · read-only")
	}
	return line
}

// short is the posture of the result, with its age.
func (s *Screen) short() string {
	theme := s.env.Theme
	switch {
	case s.askErr != "":
		return theme.Render(themes.Error, themes.Glyph(themes.Error)+" not computed: "+s.askErr)
	case s.got == nil:
		return theme.Render(themes.Spinner, "computing…")
	}
	line := theme.Render(themes.Muted, "not judged yet")
	if p := s.got.Posture; p != nil {
		line = theme.Render(themes.Muted, "grade ") + theme.Render(themes.Grade(p.Letter()), p.Letter()) + theme.Render(themes.Muted, ", "+count(s.got.Count, "object"))
	}
	age := s.env.Now().Sub(s.gotAt)
	switch {
	case s.asking:
		return line + theme.Render(themes.Spinner, fmt.Sprintf(", as of %s ago, computing…", text.Age(max(age, 0))))
	case age >= 2e9:
		return line + theme.Render(themes.Muted, ", as of "+text.Age(age)+" ago")
	}
	return line
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return text.Count(n) + " " + noun + "s"
}

// sideLines are the verdict and the objects.
func (s *Screen) sideLines(side string) []string {
	lines := s.verdict()
	lines = append(lines, split(side, s.bodyHeight()-len(lines))...)
	return lines[:min(len(lines), s.bodyHeight())]
}

// verdict is how well the result would be secured, drawn: at most half of the side.
func (s *Screen) verdict() []string {
	if s.form == nil {
		return nil
	}
	p := &panes.Pane{Theme: s.env.Theme, Width: max(s.right()-1, 1)}
	s.judge(p)
	most := max(s.bodyHeight()/2, min(s.bodyHeight(), 6))
	var lines []string
	for _, l := range p.Lines[:min(len(p.Lines), max(most-1, 0))] {
		lines = append(lines, text.FitStyled(" "+l.Text, s.right()))
	}
	if s.bodyHeight() > 0 {
		title := "─ Objects "
		if s.got != nil && s.got.Count > 0 {
			title = "─ " + count(s.got.Count, "object") + " "
		}
		role := themes.Border
		if s.onSide {
			role, title = themes.BorderFocus, title+"(keys are here, tab goes back) "
		}
		rule := title + strings.Repeat("─", max(s.right()-text.Width(title), 0))
		lines = append(lines, s.env.Theme.Render(role, text.Fit(rule, s.right(), text.Left)))
	}
	return lines
}

// judge draws the posture of the result.
func (s *Screen) judge(p *panes.Pane) {
	switch {
	case s.askErr != "":
		p.Note(themes.Error, themes.Glyph(themes.Error)+" What it comes to is not known: "+s.askErr)
		p.Note(themes.Muted, "ctrl-r asks again.")
	case s.got == nil:
		p.Note(themes.Spinner, "Computing what it comes to…")
	case s.got.Posture == nil:
		p.Note(themes.Muted, "It is judged once what is needed is filled in.")
	default:
		s.judged(p)
	}
	if s.got == nil {
		return
	}
	if s.got.Exists != "" {
		p.Note(themes.Warning, themes.Glyph(themes.Warning)+" "+s.got.Exists+" is there already")
	}
	for _, n := range s.got.Notes {
		p.Row(panes.Spot{}, panes.Cell{Text: "· " + n, Role: themes.Muted, Lines: 2})
	}
}

func (s *Screen) judged(p *panes.Pane) {
	posture := s.got.Posture
	letter := posture.Letter()
	about := "Posture of the result"
	if posture.PSS != "" {
		about += " · pods " + posture.PSS
	}
	p.Lines = append(p.Lines, panes.Line{Text: p.Theme.Render(themes.Grade(letter), letter) + p.Theme.Render(themes.Panel, "  "+about)})
	shown, more, framework := 0, 0, 0
	var rest []string // what the framework does not stand in the way of
	for i := range posture.Findings {
		x := &posture.Findings[i]
		if x.Status != check.Fail {
			continue
		}
		switch {
		case x.Limit == check.FrameworkLimit:
			framework++
		case x.Limit == check.NoLimit && !slices.Contains(rest, x.Control.ID):
			rest = append(rest, x.Control.ID)
		}
		if shown == worstShown {
			more++
			continue
		}
		shown++
		say := x.Control.ID + "  " + x.Control.Title
		if x.Limit != check.NoLimit {
			say += " (limit: " + x.Limit.String() + ")"
		}
		p.Row(panes.Spot{}, panes.Cell{Text: x.Severity.String(), Width: 8, Role: themes.Severity(x.Severity.String())}, panes.Cell{Text: say, Role: themes.Text, Lines: 1})
	}
	switch {
	case shown == 0:
		p.Note(themes.OK, themes.Glyph(themes.OK)+" nothing fails")
	case more > 0:
		p.Note(themes.Muted, "and "+count(more, "finding")+" more")
	}
	if framework > 0 && s.got.Best() {
		p.Note(themes.Muted, "as good as "+s.form.maker.Framework+" lets it be"+besides(rest))
	}
}

// fillSide takes over what would be made.
func (s *Screen) fillSide() {
	if s.got == nil {
		return
	}
	if s.got.Objects == "" {
		s.side.SetLines(nil)
		s.side.SetNote(themes.Muted, "Nothing can be made yet.")
		return
	}
	s.side.SetText(s.got.Objects)
	spans := s.spans
	s.side.SetSpans(func(line int, _ string) []pager.Span {
		if line < len(spans) {
			return spans[line]
		}
		return nil
	})
}

// NoForm asks for a framework, or for a function of a file.
func (s *Screen) NoForm() string {
	if s.form == nil && s.found == nil {
		return "choose what it is made in first"
	}
	return ""
}

// NextPane gives the keys to the other side.
func (s *Screen) NextPane() tea.Cmd {
	if s.form != nil {
		s.onSide = !s.onSide
		s.changed()
	}
	return nil
}

// Move moves the cursor, or scrolls what would be made.
func (s *Screen) Move(id action.ID) tea.Cmd {
	s.view.stale = true
	if s.onSide {
		s.side.Do(id)
		return nil
	}
	return s.Panes.Move(id)
}

// Wheel scrolls by lines.
func (s *Screen) Wheel(lines int) tea.Cmd {
	s.view.stale = true
	if s.onSide {
		s.side.ScrollBy(lines)
		return nil
	}
	return s.Panes.Wheel(lines)
}

// Click moves the cursor; on the other side it gives the keys there.
func (s *Screen) Click(x, y int) tea.Cmd {
	s.view.stale = true
	if s.wide() && x >= s.left() {
		s.endTyping()
		s.onSide = true
		return nil
	}
	if s.onSide = s.onSide && !s.wide(); s.onSide {
		return nil
	}
	s.endTyping()
	return s.Panes.Click(x, y-1)
}

// Footer says what keys do while a text is typed.
func (s *Screen) Footer() screen.Footer {
	f := screen.Footer{Total: -1}
	if s.typing != "" {
		f.Note = "typing: tab next · esc done"
	}
	return f
}

// Plain is all of it as text.
func (s *Screen) Plain() string {
	if s.got == nil {
		return s.Text()
	}
	return s.Text() + "\n" + text.CleanMultiline(s.got.Objects)
}

package tighten

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/panes"
	"github.com/fn9s/fn9s/views/screen"
)

// detailWidth is the width of what stands before a line of the detail.
const detailWidth = 10

// SetSize sets the size of the screen.
func (s *Screen) SetSize(width, height int) {
	s.width, s.height = width, height
	s.drawn = false
	s.Table.SetSize(width, max(height-1-s.detailHeight(), 0))
}

// detailHeight is how many lines below the table say all of the fix under the cursor.
func (s *Screen) detailHeight() int {
	if s.height < 14 {
		return 0
	}
	return min(s.height/3, 12)
}

// View draws what the fixes come to, the table, and the fix under the cursor.
func (s *Screen) View() string {
	table := s.Table.View()
	if s.drawn && table == s.body {
		return s.view
	}
	s.drawn, s.body = true, table
	lines := []string{s.heading()}
	if table != "" {
		lines = append(lines, table)
	}
	lines = append(lines, s.detail()...)
	s.view = strings.Join(lines, "\n")
	return s.view
}

// heading says what the functions are, and will be.
func (s *Screen) heading() string {
	theme := s.env.Theme
	line := " " + theme.Render(themes.Title, text.Clean(s.work.Title))
	if !s.loaded {
		return text.FitStyled(line, s.width)
	}
	on := 0
	for intent, extent := range s.on {
		if r, ok := s.Get(intent); ok && extent != off && r.possible > 0 {
			on++ // whatever the filter shows
		}
	}
	line += theme.Render(themes.Muted, " · "+text.Count(on)+" of "+text.Count(s.Total())+" fixes on")
	if s.sum.before != nil {
		line += theme.Render(themes.Muted, " · grade ") + grades(theme, s.sum.before) + theme.Render(themes.Muted, " → ") + grades(theme, s.sum.after) +
			theme.Render(themes.Muted, " expected")
	}
	if why := s.refusal(); why != "" {
		line += theme.Render(themes.Denied, " · "+themes.Glyph(themes.Denied)+" "+why)
	} else if on > 0 {
		line += theme.Render(themes.Muted, " · enter plans")
	}
	return text.FitStyled(line, s.width)
}

// refusal says why nothing can be applied.
func (s *Screen) refusal() string {
	if s.env.Changes == nil {
		return "nothing can be changed here"
	}
	if why := s.env.Changes.Refusal(s.context()); why != "" {
		return text.Clean(why)
	}
	if s.env.Changes.ReadOnly(s.context()) {
		return "read-only: enter shows the plan"
	}
	return ""
}

// grades are the functions by grade, worst first: `F D`, or of several `F 3 D 12`.
func grades(theme themes.Theme, counts map[string]int) string {
	n := 0
	for _, c := range counts {
		n += c
	}
	var parts []string
	for _, letter := range []string{"F?", "F", "D?", "D", "C?", "C", "B?", "B", "A?", "A"} {
		if c := counts[letter]; c > 0 {
			part := theme.Render(themes.Grade(letter), letter)
			if n > 1 {
				part += theme.Render(themes.Muted, " "+text.Count(c))
			}
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, " ")
}

// detail says all of the fix under the cursor.
func (s *Screen) detail() []string {
	n := s.detailHeight()
	if n == 0 {
		return nil
	}
	theme := s.env.Theme
	lines := make([]string, 0, n)
	r, ok := s.Selected()
	name := ""
	if ok {
		name = " " + string(r.intent) + ": " + r.intent.Wish() + " "
	}
	rule := "─" + text.Clean(name)
	lines = append(lines, theme.Render(themes.Border, text.Fit(rule+strings.Repeat("─", max(s.width-text.Width(rule), 0)), s.width, text.Left)))
	if ok {
		p := &panes.Pane{Theme: theme, Width: s.width - 2}
		s.fill(p, r)
		for _, l := range p.Lines[:min(len(p.Lines), n-1)] {
			lines = append(lines, " "+text.FitStyled(l.Text, s.width-1))
		}
	}
	for len(lines) < n {
		lines = append(lines, text.Spaces(s.width))
	}
	return lines
}

func (s *Screen) fill(p *panes.Pane, r *row) {
	said := func(name string, role themes.Role, values ...string) {
		for _, v := range values {
			if v != "" {
				p.Row(panes.Spot{}, panes.Cell{Text: name, Width: detailWidth, Role: themes.Label}, panes.Cell{Text: v, Role: role})
				name = ""
			}
		}
	}
	for _, a := range r.asks {
		said("asks", themes.Warning, a)
	}
	if r.possible < r.functions {
		for i, why := range r.nones {
			if i == 0 && r.next != "" {
				why += "; next best: " + r.next
			}
			said("not", themes.Muted, why)
		}
	}
	for _, v := range s.given.takes[r.intent] {
		if value := s.given.value(v.Key); value != "" {
			said("given", themes.Value, v.Key+"="+value)
		} else {
			said("W gives", themes.Accent, v.Key+": "+v.What)
		}
	}
	said("cures", themes.Value, strings.Join(r.controls, " "))
	shown := 0
	for i := range s.fixes {
		for j := range s.fixes[i].Fixes {
			x := &s.fixes[i].Fixes[j]
			if x.Intent != r.intent || shown > 20 {
				continue
			}
			shown++
			s.source(said, x)
		}
	}
}

// source says where a function's fix is made, and what it leaves.
func (s *Screen) source(said func(string, themes.Role, ...string), x *screen.Fix) {
	for i := range x.Edits {
		e := &x.Edits[i]
		line := e.Object.String()
		var paths []string
		for j := range e.Fields {
			paths = append(paths, e.Fields[j].Path)
		}
		if len(paths) > 0 {
			line += ": " + strings.Join(paths, ", ")
		}
		said(string(e.Verb), themes.Value, line)
	}
	said("takes", themes.Muted, string(x.Effect))
	said("lost", themes.Warning, x.Answer.Lost)
	said("left", themes.Warning, x.Answer.Left)
}

// Move moves the cursor or scrolls the columns.
func (s *Screen) Move(id action.ID) tea.Cmd {
	s.drawn = false
	return s.list.Move(id)
}

// Wheel scrolls by lines.
func (s *Screen) Wheel(lines int) tea.Cmd {
	s.drawn = false
	return s.list.Wheel(lines)
}

// Click moves the cursor, or sorts by the title.
func (s *Screen) Click(x, y int) tea.Cmd {
	s.drawn = false
	return s.list.Click(x, y-1)
}

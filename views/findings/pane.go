package findings

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
)

// pane is what both tables can do.
type pane interface {
	Keys() action.KeySet
	Move(id action.ID) tea.Cmd
	Wheel(lines int) tea.Cmd
	Click(x, y int) tea.Cmd
	ToggleWide() tea.Cmd
	HasWide() bool
	PickSort() tea.Cmd
	Mark() tea.Cmd
	MarkRange() tea.Cmd
	MarkInvert() tea.Cmd
	CopyName() tea.Cmd
	CopyField() tea.Cmd
	Plain() string
	View() string
	Footer() screen.Footer
	MarkedCount() (marked, hidden int)
	ClearMarks()
}

func (s *Screen) pane() pane {
	if s.by == screen.NotGrouped {
		return s.flat
	}
	return s.groups
}

// Keys is the key set of lists.
func (s *Screen) Keys() action.KeySet { return s.pane().Keys() }

// Move moves the cursor or scrolls the columns.
func (s *Screen) Move(id action.ID) tea.Cmd { return s.pane().Move(id) }

// Wheel scrolls by lines.
func (s *Screen) Wheel(lines int) tea.Cmd { return s.pane().Wheel(lines) }

// Click moves the cursor to the row, or sorts by the title.
func (s *Screen) Click(x, y int) tea.Cmd { return s.pane().Click(x, y) }

// ToggleWide shows or hides the wide columns.
func (s *Screen) ToggleWide() tea.Cmd { return s.pane().ToggleWide() }

// HasWide reports whether there are columns that only wide mode shows.
func (s *Screen) HasWide() bool { return s.pane().HasWide() }

// PickSort lets the operator choose the order.
func (s *Screen) PickSort() tea.Cmd { return s.pane().PickSort() }

// Mark marks the row under the cursor.
func (s *Screen) Mark() tea.Cmd { return s.pane().Mark() }

// MarkRange marks from the last mark to the cursor.
func (s *Screen) MarkRange() tea.Cmd { return s.pane().MarkRange() }

// MarkInvert inverts the marks.
func (s *Screen) MarkInvert() tea.Cmd { return s.pane().MarkInvert() }

// CopyName copies what names the row.
func (s *Screen) CopyName() tea.Cmd { return s.pane().CopyName() }

// CopyField copies a field of the row.
func (s *Screen) CopyField() tea.Cmd { return s.pane().CopyField() }

// Plain is what is shown as text.
func (s *Screen) Plain() string { return s.pane().Plain() }

// View draws the table.
func (s *Screen) View() string { return s.pane().View() }

// SetSize sets the size of the screen.
func (s *Screen) SetSize(width, height int) {
	s.flat.SetSize(width, height)
	s.groups.SetSize(width, height)
}

// Close ends what the screen has running.
func (s *Screen) Close() {
	s.flat.Close()
	s.groups.Close()
}

// FilterColumns are the columns that a filter may name.
func (s *Screen) FilterColumns() query.Columns { return s.flat.FilterColumns() }

// FilterText is the filter as it was typed.
func (s *Screen) FilterText() string { return s.flat.FilterText() }

// SetFilter chooses findings. Groups sum up those that pass.
func (s *Screen) SetFilter(input string) (tea.Cmd, error) {
	cmd, err := s.flat.SetFilter(input)
	if err != nil {
		return nil, err
	}
	if cmd == nil {
		cmd = s.regroup()
	}
	s.describeState()
	return cmd, nil
}

// Footer counts what is shown, and says how it is grouped.
func (s *Screen) Footer() screen.Footer {
	f := s.pane().Footer()
	if s.by == screen.NotGrouped {
		return f
	}
	flat := s.flat.Footer()
	f.Noun, f.Filter = nouns[s.by], flat.Filter
	f.Note = text.Count(s.flat.Visible()) + " findings"
	if flat.Note != "" {
		f.Note += " · " + flat.Note
	}
	return f
}

// Escape clears the filter, the marks and the view of failures, one at a time.
func (s *Screen) Escape() bool {
	switch marked, _ := s.pane().MarkedCount(); {
	case s.flat.FilterText() != "":
		s.work.begun, _ = s.SetFilter("") // which is right
	case marked > 0:
		s.pane().ClearMarks()
	case s.open:
		s.work.begun = s.ToggleFaults()
	default:
		return false
	}
	return true
}

// Aging reports that nothing here counts time.
func (s *Screen) Aging() bool { return false }

// Subject is the function under the cursor.
func (s *Screen) Subject() (model.FunctionID, bool) {
	if s.by == screen.NotGrouped {
		if i, ok := s.flat.Selected(); ok {
			return i.of.id, true
		}
	} else if g, ok := s.groups.Selected(); ok && s.by == screen.ByFunction {
		return g.of, true
	}
	return model.FunctionID{}, false
}

// Inspect is the object at fault.
func (s *Screen) Inspect() (screen.Target, string) {
	if s.by != screen.NotGrouped {
		return screen.Target{}, "open the group first: its findings name objects"
	}
	i, ok := s.flat.Selected()
	switch {
	case !ok:
		return screen.Target{}, "no finding is under the cursor"
	case i.f.Object().IsZero():
		return screen.Target{}, "the finding names no object"
	}
	return screen.Target{Context: i.of.id.Context, Ref: i.f.Object()}, ""
}

// describeState says what is missing from the list.
func (s *Screen) describeState() {
	complete, waiting, total := len(s.board.Clusters) > 0, 0, 0
	for i := range s.board.Clusters {
		c := &s.board.Clusters[i]
		complete = complete && c.Complete
		waiting, total = waiting+c.Unjudged, total+c.Functions
	}
	message, role := "", themes.Muted
	var loading, denied []string
	refusals := screen.Refusals(s.board.Clusters, s.env.Scope)
	switch {
	case s.env.Facts == nil:
		denied = []string{"Posture is not judged here: there are no findings to show"}
	case !complete:
		headline, lines := screen.Progress(s.board.Clusters)
		loading = append([]string{headline}, lines...)
	case s.work.loading && s.flat.Total() == 0:
		loading = []string{"Gathering the findings of " + text.Count(len(s.board.Rows())) + " functions"}
	case s.work.summing && s.by != screen.NotGrouped && s.groups.Total() == 0:
		loading = []string{"Summing up " + text.Count(s.flat.Visible()) + " findings"}
	case waiting > 0:
		message = fmt.Sprintf("judging: %s of %s functions are still to come", text.Count(waiting), text.Count(total))
		loading = []string{"Judging functions: " + text.Count(total-waiting) + " of " + text.Count(total)}
	case len(refusals) > 0:
		denied = append([]string{"You may not read functions here"}, refusals...)
		if note := screen.DeniedNote(s.board.Clusters, s.env.Scope); note != "" {
			message, role = themes.Glyph(themes.Warning)+" "+note, themes.Denied
		}
	}
	for _, l := range []interface {
		SetLoading(lines ...string)
		SetDenied(lines ...string)
		SetReady(lines ...string)
		SetMessage(message string, role themes.Role)
	}{s.flat, s.groups} {
		switch {
		case loading != nil:
			l.SetLoading(loading...)
		case denied != nil:
			l.SetDenied(denied...)
		case s.flat.FilterText() != "" && s.flat.Total() > 0:
			l.SetReady("The filter hides all of them: " + s.flat.FilterText() + ". Press esc to clear it.")
		case len(s.board.Rows()) == 0:
			l.SetReady("There are no functions in scope. Press 0 for all namespaces.")
		default:
			l.SetReady("Nothing was found, and nothing is unknown: every function in scope passes every control.")
		}
		l.SetMessage(message, role)
	}
}

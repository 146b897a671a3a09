package screen

import (
	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/views/query"
)

// What the root asks of a screen besides the Screen itself, where the screen has it.
type (
	// Footed screens fill the footer.
	Footed interface{ Footer() Footer }
	// Aging screens draw ages: they want ticks while they show some.
	Aging interface{ Aging() bool }
	// Shown screens want to know when they come to the top and when they leave it.
	Shown interface {
		Show() tea.Cmd
		Hide()
	}
	// Versioned screens have actions that come and go: a version stands for what the footer hints at.
	Versioned interface{ Version() uint64 }
	// Reloaded screens do more than to be shown again when the operator asks for what is new.
	Reloaded interface{ Reload() tea.Cmd }
	// Escaping screens use esc for themselves (clear marks, clear the filter) until there is nothing left to clear.
	Escaping interface{ Escape() bool }
	// Following screens have something left to do away from the loop after esc, a search or a filter of lines.
	Following interface{ Follow() tea.Cmd }
	// Clicked screens take mouse clicks, relative to their own corner.
	Clicked interface{ Click(x, y int) tea.Cmd }
	// Wheeled screens scroll by lines.
	Wheeled interface{ Wheel(lines int) tea.Cmd }
	// TextView screens release the mouse, so that the terminal's own selection works.
	TextView interface{ ReleasesMouse() bool }
	// Saved screens can write what they show as plain text.
	Saved interface{ Plain() string }
	// SavedLater screens have so much text that it is made away from the loop, by a function that is called once.
	SavedLater interface{ PlainLater() func() string }
	// Typing screens take keys as text while Typing is true.
	Typing interface {
		Typing() bool
		Type(key tea.KeyPressMsg) tea.Cmd
	}
)

// What actions ask of a screen. An action exists on every screen that has the method.
type (
	// Mover moves by one of the move and scroll actions.
	Mover interface{ Move(id action.ID) tea.Cmd }
	// Opener opens what is under the cursor.
	Opener interface{ Open() tea.Cmd }
	// Filtered screens can be filtered by the prompt.
	Filtered interface {
		FilterColumns() query.Columns
		FilterText() string
		// SetFilter applies a filter; a wrong one leaves the last good result and returns what is wrong.
		SetFilter(text string) (tea.Cmd, error)
	}
	// Searched screens are searched by the prompt.
	Searched interface {
		SearchText() string
		SetSearch(text string) error
		SearchNext() tea.Cmd
		SearchPrevious() tea.Cmd
	}
	// Sorted screens let the operator choose the order.
	Sorted interface{ PickSort() tea.Cmd }
	// Widened screens have more columns than they show at first.
	Widened interface {
		ToggleWide() tea.Cmd
		HasWide() bool
	}
	// Arranged screens let the operator choose the columns and their order.
	Arranged interface{ PickColumns() tea.Cmd }
	// Faulted screens can show only what is not well.
	Faulted interface{ ToggleFaults() tea.Cmd }
	// Marked screens have rows that can be marked.
	Marked interface {
		Mark() tea.Cmd
		MarkRange() tea.Cmd
		MarkInvert() tea.Cmd
	}
	// Named screens have something under the cursor whose name and fields can be copied.
	Named interface {
		CopyName() tea.Cmd
		CopyField() tea.Cmd
	}
	// Celled screens show cells of what is under the cursor, by the titles of their columns.
	Celled interface{ Cells() map[string]string }
	// Inspected screens have an object under the cursor. The text says why there is none to look at.
	Inspected interface{ Inspect() (Target, string) }
	// Wrapped screens can wrap long lines.
	Wrapped interface{ ToggleWrap() tea.Cmd }
	// Folded screens have blocks that can be folded.
	Folded interface {
		ToggleFold() tea.Cmd
		ToggleFoldAll() tea.Cmd
	}
	// LineFiltered screens can show only the lines that match.
	LineFiltered interface {
		LinesText() string
		SetLinesFilter(text string) error
	}
	// Digited screens collect digits for a move to a line; false means that the key is not for them.
	Digited interface{ Digit(key string) bool }
	// LineCopied screens copy the line under the cursor.
	LineCopied interface{ CopyLine() tea.Cmd }
)

// What actions ask of a screen that shows findings.
type (
	// Grouped screens sum up their rows by one thing or another.
	Grouped interface{ NextGrouping() tea.Cmd }
	// Accepter screens have findings under the cursor that can be accepted. AcceptRefusal says why not.
	Accepter interface {
		Accept() tea.Cmd
		AcceptRefusal() string
	}
)

// Subjected screens have a function under the cursor.
type Subjected interface {
	Subject() (model.FunctionID, bool)
}

// Package dialog draws questions and messages over a screen.
//
// Rule: keys that were typed before a dialog could be seen never answer it. A dialog that opens by itself swallows
// keys until the operator has paused for a moment.
package dialog

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
)

// Grace is how long an uncalled-for dialog swallows keys, counted from the last one swallowed; at most four times as
// long in all.
const Grace = 400 * time.Millisecond

// Dialog is what can lie over a screen.
type Dialog interface {
	ID() string
	// SetSize says how much room there is; the dialog takes what it needs of it.
	SetSize(width, height int)
	// SetTheme changes the styles: the terminal may tell its background late.
	SetTheme(theme themes.Theme)
	// HandleKey takes a key. When done, the dialog is closed before the command runs.
	HandleKey(msg tea.KeyPressMsg) (done bool, cmd tea.Cmd)
	// View draws the dialog: lines of the same width.
	View() string
}

// Paster is a dialog that takes pasted text.
type Paster interface {
	HandlePaste(pasted string)
}

type entry struct {
	dialog   Dialog
	opened   time.Time // zero when the operator asked for it
	lastSwat time.Time
}

// Overlay is the stack of open dialogs. The topmost has the keys.
type Overlay struct {
	now    func() time.Time
	width  int
	height int
	stack  []entry

	under, over, drawn string
}

// New makes an empty overlay; the clock is that of the program.
func New(now func() time.Time) *Overlay { return &Overlay{now: now} }

// SetSize sets the size of the screen below.
func (o *Overlay) SetSize(width, height int) {
	o.width, o.height = width, height
	for _, e := range o.stack {
		e.dialog.SetSize(width, height)
	}
}

// SetTheme changes the styles of what is open.
func (o *Overlay) SetTheme(theme themes.Theme) {
	for _, e := range o.stack {
		e.dialog.SetTheme(theme)
	}
}

// Open shows a dialog that the operator's key asked for: it takes keys at once. A dialog of the same ID is replaced.
func (o *Overlay) Open(d Dialog) { o.push(entry{dialog: d}) }

// OpenAsync shows a dialog that opens by itself.
func (o *Overlay) OpenAsync(d Dialog) {
	now := o.now()
	o.push(entry{dialog: d, opened: now, lastSwat: now})
}

func (o *Overlay) push(e entry) {
	o.Close(e.dialog.ID())
	e.dialog.SetSize(o.width, o.height)
	o.stack = append(o.stack, e)
}

// Close removes the dialog of an ID without an answer.
func (o *Overlay) Close(id string) {
	for i, e := range o.stack {
		if e.dialog.ID() == id {
			o.stack = append(o.stack[:i:i], o.stack[i+1:]...)
			return
		}
	}
}

// Clear removes every dialog without an answer.
func (o *Overlay) Clear() { o.stack = nil }

// Top returns the dialog that has the keys; ok is false when none is open.
func (o *Overlay) Top() (d Dialog, ok bool) {
	if len(o.stack) == 0 {
		return nil, false
	}
	return o.stack[len(o.stack)-1].dialog, true
}

// Active reports whether a dialog is open.
func (o *Overlay) Active() bool { return len(o.stack) > 0 }

// HandleKey gives a key to the topmost dialog, unless it came too early.
func (o *Overlay) HandleKey(msg tea.KeyPressMsg) tea.Cmd {
	if len(o.stack) == 0 || o.tooEarly() {
		return nil
	}
	top := o.stack[len(o.stack)-1].dialog
	done, cmd := top.HandleKey(msg)
	if done {
		o.Close(top.ID())
	}
	return cmd
}

// HandlePaste gives pasted text to the topmost dialog that takes any.
func (o *Overlay) HandlePaste(pasted string) {
	if len(o.stack) == 0 || o.tooEarly() {
		return
	}
	if p, ok := o.stack[len(o.stack)-1].dialog.(Paster); ok {
		p.HandlePaste(pasted)
	}
}

// tooEarly reports whether a key was typed for what was on screen before.
func (o *Overlay) tooEarly() bool {
	top := &o.stack[len(o.stack)-1]
	if top.opened.IsZero() {
		return false
	}
	now := o.now()
	if now.Sub(top.lastSwat) < Grace && now.Sub(top.opened) < 4*Grace {
		top.lastSwat = now
		return true
	}
	top.opened = time.Time{}
	return false
}

// View draws the dialogs over a frame of the screen's size.
func (o *Overlay) View(under string) string {
	if len(o.stack) == 0 {
		return under
	}
	views := make([]string, len(o.stack))
	for i, e := range o.stack {
		views[i] = e.dialog.View()
	}
	over := strings.Join(views, "\x00")
	if o.under == under && o.over == over && o.drawn != "" {
		return o.drawn
	}
	o.under, o.over = under, over
	o.drawn = under
	for _, view := range views {
		o.drawn = Place(o.drawn, view, o.width, o.height)
	}
	return o.drawn
}

// Place draws a box over the middle of a frame. The frame keeps its size; what of the box does not fit is cut.
func Place(under, box string, width, height int) string {
	lines := strings.Split(under, "\n")
	rows := strings.Split(box, "\n")
	w := 0
	for _, row := range rows {
		w = max(w, text.Width(row))
	}
	w = min(w, width)
	rows = rows[:min(len(rows), height, len(lines))]
	x, y := (width-w)/2, (min(height, len(lines))-len(rows))/2
	for i, row := range rows {
		lines[y+i] = splice(lines[y+i], text.FitStyled(row, w), x, x+w, width)
	}
	return strings.Join(lines, "\n")
}

// splice puts part over the cells from left to right of a line.
func splice(line, part string, left, right, width int) string {
	const reset = "\x1b[m"
	head := text.Cut(line, 0, left)
	pad := text.Spaces(left - text.Width(head))
	if strings.IndexByte(head, 0x1b) >= 0 {
		head += reset
	}
	tail := text.Cut(line, right, width)
	if strings.IndexByte(part, 0x1b) >= 0 {
		part += reset
	}
	return head + pad + part + text.Spaces(width-right-text.Width(tail)) + tail
}

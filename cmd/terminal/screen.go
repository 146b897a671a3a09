package terminal

import (
	"fmt"
	"image/color"
	"strings"
	"time"

	uv "github.com/charmbracelet/ultraviolet"
)

// Cell is one place of the screen. A nil colour is the terminal's own. The basic sixteen colours are ansi.BasicColor.
type Cell struct {
	Text      string // a grapheme; empty behind a wide one
	Width     int
	FG, BG    color.Color
	Bold      bool
	Faint     bool
	Italic    bool
	Underline bool
	Reverse   bool
	Struck    bool
}

// Screen is what the terminal showed at one moment, as whole frames: a synchronized update is seen when it is done.
type Screen struct {
	Cols, Rows int
	At         time.Time // when the last of it was read from the program
	Alt        bool      // the alternate screen, which full-screen programs draw on
	Frames     int       // synchronized updates so far
	Title      string
	Bells      int

	cells []Cell
}

// Cells returns a row.
func (s *Screen) Cells(row int) []Cell {
	if row < 0 || row >= s.Rows {
		return nil
	}
	return s.cells[row*s.Cols : (row+1)*s.Cols]
}

// Line returns the text of a row, without the spaces at its end.
func (s *Screen) Line(row int) string {
	var b strings.Builder
	for _, c := range s.Cells(row) {
		b.WriteString(c.Text)
	}
	return strings.TrimRight(b.String(), " ")
}

// Lines returns the text of all rows.
func (s *Screen) Lines() []string {
	lines := make([]string, s.Rows)
	for y := range lines {
		lines[y] = s.Line(y)
	}
	return lines
}

// String is the text of the screen.
func (s *Screen) String() string { return strings.Join(s.Lines(), "\n") }

// Contains reports whether all texts are on the screen, each within one line.
func (s *Screen) Contains(texts ...string) bool {
	all := s.String()
	for _, t := range texts {
		if !strings.Contains(all, t) {
			return false
		}
	}
	return true
}

// Find returns the first row with a text, or -1.
func (s *Screen) Find(text string) int {
	for y := range s.Rows {
		if strings.Contains(s.Line(y), text) {
			return y
		}
	}
	return -1
}

// Screen returns the newest frame. While the program is writing one, it waits for its end, as a terminal does, but no
// longer than a terminal would.
func (t *Terminal) Screen() *Screen {
	patience := time.NewTimer(150 * time.Millisecond)
	defer patience.Stop()
	for {
		t.mu.Lock()
		if !t.updating {
			defer t.mu.Unlock()
			return t.copy()
		}
		changed := t.changed
		t.mu.Unlock()
		select {
		case <-changed:
		case <-t.done:
		case <-patience.C:
			t.mu.Lock()
			defer t.mu.Unlock()
			return t.copy()
		}
	}
}

func (t *Terminal) copy() *Screen {
	s := &Screen{Cols: t.emulator.Width(), Rows: t.emulator.Height(), At: t.painted, Alt: t.alt, Frames: t.frames,
		Title: t.title, Bells: t.bells}
	s.cells = make([]Cell, s.Cols*s.Rows)
	for y := range s.Rows {
		for x := range s.Cols {
			s.cells[y*s.Cols+x] = cellOf(t.emulator.CellAt(x, y))
		}
	}
	return s
}

func cellOf(c *uv.Cell) Cell {
	if c == nil {
		return Cell{Text: " ", Width: 1}
	}
	out := Cell{Text: c.Content, Width: c.Width, FG: c.Style.Fg, BG: c.Style.Bg,
		Bold: c.Style.Attrs&uv.AttrBold != 0, Faint: c.Style.Attrs&uv.AttrFaint != 0,
		Italic: c.Style.Attrs&uv.AttrItalic != 0, Reverse: c.Style.Attrs&uv.AttrReverse != 0,
		Struck: c.Style.Attrs&uv.AttrStrikethrough != 0, Underline: c.Style.Underline != uv.UnderlineNone}
	if out.Text == "" && out.Width > 0 {
		out.Text = " "
	}
	return out
}

// WaitFor returns the first frame for which ok holds. It looks at the screen now and after every change. The error
// names what was waited for, and shows the screen.
func (t *Terminal) WaitFor(what string, limit time.Duration, ok func(*Screen) bool) (*Screen, error) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		t.mu.Lock()
		changed := t.changed
		var s *Screen
		if !t.updating {
			s = t.copy()
		}
		t.mu.Unlock()
		if s != nil && ok(s) {
			return s, nil
		}
		select {
		case <-changed:
		case <-t.done:
			if s = t.Screen(); ok(s) {
				return s, nil
			}
			return nil, fmt.Errorf("the program ended with exit code %d, without %s; on its screen:\n%s", t.exit.Code, what, s)
		case <-timer.C:
			return nil, fmt.Errorf("no %s within %s; on the screen:\n%s", what, limit, t.Screen())
		}
	}
}

// WaitText waits until all texts are on the screen.
func (t *Terminal) WaitText(limit time.Duration, texts ...string) (*Screen, error) {
	return t.WaitFor(fmt.Sprintf("%q", texts), limit, func(s *Screen) bool { return s.Contains(texts...) })
}

// Paint presses a key and returns how long it took until a frame satisfied shown, which is told the frame from before
// the key. The time ends when the last byte of that frame was read.
func (t *Terminal) Paint(key string, limit time.Duration, shown func(before, now *Screen) bool) (time.Duration, error) {
	before := t.Screen()
	start := time.Now()
	if err := t.Send(key); err != nil {
		return 0, err
	}
	now, err := t.WaitFor("paint after key "+key, limit, func(s *Screen) bool { return shown(before, s) })
	if err != nil {
		return 0, err
	}
	return now.At.Sub(start), nil
}

package dialog

import (
	"bytes"
	"strings"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
)

// maxHidden is the longest text that can be typed unseen, in bytes.
const maxHidden = 4096

// Hidden asks for a text that nobody may read over a shoulder, and has it typed twice. What was typed is overwritten when
// the dialog is left.
type Hidden struct {
	theme  themes.Theme
	id     string
	title  string
	about  string
	fields [2][]byte
	focus  int
	wrong  string
	reveal func()
	shown  bool
	choose func(value []byte) tea.Cmd
	width  int
}

// NewHidden makes the dialog; the texts may come from anywhere. Reveal is called when the operator wants to see what was
// typed: somebody has to call Conceal after a while. Choose gets the text, and owns it.
func NewHidden(theme themes.Theme, id, title, about string, reveal func(), choose func(value []byte) tea.Cmd) *Hidden {
	h := &Hidden{theme: theme, id: id, title: title, about: text.CleanMultiline(about), reveal: reveal, choose: choose}
	for i := range h.fields {
		h.fields[i] = make([]byte, 0, maxHidden) // it never grows, so that no copy stays behind
	}
	return h
}

// ID names the dialog.
func (h *Hidden) ID() string { return h.id }

// SetSize says how much room there is.
func (h *Hidden) SetSize(width, _ int) { h.width = width }

// SetTheme changes the styles.
func (h *Hidden) SetTheme(theme themes.Theme) { h.theme = theme }

// Shown reports whether what was typed is on the screen.
func (h *Hidden) Shown() bool { return h.shown }

// Conceal hides what was typed.
func (h *Hidden) Conceal() { h.shown = false }

// Wipe overwrites what was typed.
func (h *Hidden) Wipe() {
	h.shown = false
	for i := range h.fields {
		h.cut(i, 0)
	}
}

func (h *Hidden) cut(i, n int) {
	clear(h.fields[i][n:])
	h.fields[i] = h.fields[i][:n]
}

// HandlePaste takes a text of one line. The line break at its end is no part of it.
func (h *Hidden) HandlePaste(pasted string) {
	h.insert(strings.TrimSuffix(strings.TrimSuffix(pasted, "\n"), "\r"))
}

func (h *Hidden) insert(s string) {
	h.wrong = ""
	switch {
	case strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
		h.wrong = "it has several lines, or control characters: take it from a file"
	case !utf8.ValidString(s):
		h.wrong = "it is no text: take it from a file"
	case len(h.fields[h.focus])+len(s) > maxHidden:
		h.wrong = "it is longer than " + text.Count(maxHidden) + " bytes: take it from a file"
	default:
		h.fields[h.focus] = append(h.fields[h.focus], s...)
	}
}

// HandleKey types, moves or answers.
func (h *Hidden) HandleKey(msg tea.KeyPressMsg) (done bool, cmd tea.Cmd) {
	switch msg.String() {
	case "esc":
		h.Wipe()
		return true, nil
	case "enter":
		return h.enter()
	case "tab", "down", "shift+tab", "up":
		h.focus = 1 - h.focus
	case "ctrl+t":
		if h.shown = !h.shown; h.shown && h.reveal != nil {
			h.reveal()
		}
	case "backspace", "ctrl+h":
		_, n := utf8.DecodeLastRune(h.fields[h.focus])
		h.cut(h.focus, len(h.fields[h.focus])-n)
		h.wrong = ""
	case "ctrl+u":
		h.cut(h.focus, 0)
		h.wrong = ""
	default:
		if msg.Text != "" {
			h.insert(msg.Text)
		}
	}
	return false, nil
}

func (h *Hidden) enter() (bool, tea.Cmd) {
	switch {
	case len(h.fields[0]) == 0:
		h.focus, h.wrong = 0, "the value is empty"
	case h.focus == 0:
		h.focus = 1
	case !bytes.Equal(h.fields[0], h.fields[1]):
		h.cut(1, 0)
		h.wrong = "the two are different: type it once more"
	default:
		value := bytes.Clone(h.fields[0])
		h.Wipe()
		return true, h.choose(value)
	}
	return false, nil
}

// View draws the dialog.
func (h *Hidden) View() string {
	inner := Inner(max(60, text.Width(h.title)+2), h.width)
	lines := append(text.Wrap(h.about, inner), "", h.line(0, "Value", inner), h.line(1, "Once more", inner))
	wrong := h.wrong
	if wrong != "" {
		wrong = themes.Glyph(themes.Error) + " " + wrong
	}
	hint := func(key, does string) string { return h.theme.Render(themes.Key, key) + " " + does }
	does := "next"
	if h.focus == 1 {
		does = "take it"
	}
	show := "show"
	if h.shown {
		show = "hide"
	}
	keys := hint("enter", does) + "   " + hint("tab", "other line") + "   " + hint("ctrl-t", show) + "   " + hint("esc", "cancel")
	return Frame(h.theme, h.title, append(lines, h.theme.Render(themes.Error, text.Fit(wrong, inner, text.Left)), keys), inner)
}

// line draws a field: how much was typed, and what only while it is shown.
func (h *Hidden) line(i int, label string, inner int) string {
	const labels = 9
	mark, cursor := "  ", ""
	if i == h.focus {
		mark, cursor = h.theme.Render(themes.Accent, "▌ "), h.theme.Render(themes.Cursor, " ")
	}
	n := utf8.RuneCount(h.fields[i])
	noun := " characters"
	if n == 1 {
		noun = " character"
	}
	count := text.Count(n) + noun
	room := max(inner-labels-len(count)-8, 1)
	shown := strings.Repeat("•", min(n, room))
	if h.shown {
		shown = text.Clean(string(h.fields[i]))
		for r := []rune(shown); text.Width(shown) > room; shown = string(r) {
			r = r[1:]
		}
	}
	line := mark + h.theme.Render(themes.Label, text.Fit(label, labels, text.Left)) + "  " + shown + cursor
	if n > 0 {
		line += "  " + h.theme.Render(themes.Muted, count)
	}
	return line
}

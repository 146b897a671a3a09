package dialog

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
)

// Button is one answer to a question.
type Button struct {
	Label string
	// Key chooses the button directly; "" only by moving to it.
	Key string
	// Danger is set for an answer that changes something.
	Danger bool
	// Choose makes the command of the answer.
	Choose func() tea.Cmd
}

// Question is what a confirmation asks.
type Question struct {
	ID    string
	Title string
	Text  string
	// Targets are named one by one, every one of them, in a list that scrolls.
	Targets []string
	// Word must be typed before an answer of danger can be chosen; "" asks for none.
	Word string
	// Buttons from left to right. Without a focus on another, the last one has it: put the safe answer there.
	Buttons []Button
}

// Confirm asks a question. Esc answers with the last button.
type Confirm struct {
	theme   themes.Theme
	q       Question
	focus   int
	top     int
	typed   string
	width   int
	height  int
	view    string
	isDrawn bool
}

// NewConfirm makes a question; the texts may come from anywhere.
func NewConfirm(theme themes.Theme, q Question) *Confirm {
	q.Text, q.Word = text.CleanMultiline(q.Text), text.Clean(q.Word)
	targets := make([]string, len(q.Targets))
	for i, t := range q.Targets {
		targets[i] = text.Clean(t)
	}
	q.Targets = targets
	if len(q.Buttons) == 0 {
		q.Buttons = []Button{{Label: "Close"}}
	}
	return &Confirm{theme: theme, q: q, focus: len(q.Buttons) - 1}
}

// NewInfo makes a message with one button.
func NewInfo(theme themes.Theme, id, title, message string) *Confirm {
	return NewConfirm(theme, Question{ID: id, Title: title, Text: message, Buttons: []Button{{Label: "Close", Key: "q"}}})
}

// ID names the dialog.
func (c *Confirm) ID() string { return c.q.ID }

// SetSize says how much room there is.
func (c *Confirm) SetSize(width, height int) {
	c.width, c.height, c.isDrawn = width, height, false
	c.scroll(0)
}

// SetTheme changes the styles.
func (c *Confirm) SetTheme(theme themes.Theme) { c.theme, c.isDrawn = theme, false }

// HandlePaste puts pasted text where the word is asked for.
func (c *Confirm) HandlePaste(pasted string) {
	if c.q.Word != "" {
		c.typed += strings.TrimSpace(text.Clean(pasted[:min(len(pasted), 256)]))
		c.isDrawn = false
	}
}

// HandleKey moves, scrolls, types or answers.
func (c *Confirm) HandleKey(msg tea.KeyPressMsg) (done bool, cmd tea.Cmd) {
	c.isDrawn = false
	key := msg.String()
	switch key {
	case "esc":
		return c.choose(len(c.q.Buttons) - 1)
	case "enter":
		return c.choose(c.focus)
	case "tab", "right":
		c.focus = (c.focus + 1) % len(c.q.Buttons)
		return false, nil
	case "shift+tab", "left":
		c.focus = (c.focus + len(c.q.Buttons) - 1) % len(c.q.Buttons)
		return false, nil
	case "up", "ctrl+p":
		c.scroll(-1)
		return false, nil
	case "down", "ctrl+n":
		c.scroll(1)
		return false, nil
	case "pgup", "ctrl+b":
		c.scroll(-c.room())
		return false, nil
	case "pgdown", "ctrl+f":
		c.scroll(c.room())
		return false, nil
	}
	if c.q.Word != "" {
		c.typeWord(key, msg.Text)
		return false, nil
	}
	for i, b := range c.q.Buttons {
		if b.Key != "" && b.Key == key {
			return c.choose(i)
		}
	}
	return false, nil
}

func (c *Confirm) typeWord(key, typed string) {
	switch key {
	case "backspace", "ctrl+h":
		if r := []rune(c.typed); len(r) > 0 {
			c.typed = string(r[:len(r)-1])
		}
	case "ctrl+u":
		c.typed = ""
	default:
		if len(c.typed) < 256 {
			c.typed += text.Clean(typed)
		}
	}
}

func (c *Confirm) choose(i int) (bool, tea.Cmd) {
	b := c.q.Buttons[i]
	if b.Danger && c.typed != c.q.Word {
		return false, nil
	}
	if b.Choose == nil {
		return true, nil
	}
	return true, b.Choose()
}

// body is the text and the targets, wrapped.
func (c *Confirm) body() []string {
	var lines []string
	if c.q.Text != "" {
		lines = text.Wrap(c.q.Text, c.inner())
	}
	if len(c.q.Targets) > 0 && len(lines) > 0 {
		lines = append(lines, "")
	}
	for _, t := range c.q.Targets {
		lines = append(lines, "  "+t)
	}
	return lines
}

func (c *Confirm) inner() int {
	wish := text.Width(c.q.Title) + 2
	for line := range strings.SplitSeq(c.q.Text, "\n") {
		wish = max(wish, min(text.Width(line), 64))
	}
	for _, t := range c.q.Targets {
		wish = max(wish, text.Width(t)+2)
	}
	return Inner(max(wish, text.Width(c.buttons()), text.Width(c.wordLine())), c.width)
}

// room is how many lines of the body fit: frame, blank line, word and buttons are always there.
func (c *Confirm) room() int {
	fixed := 4
	if c.q.Word != "" {
		fixed += 2
	}
	return max(1, c.height-2-fixed)
}

func (c *Confirm) scroll(n int) {
	c.top = max(0, min(c.top+n, len(c.body())-c.room()))
}

// View draws the question.
func (c *Confirm) View() string {
	if c.isDrawn {
		return c.view
	}
	c.isDrawn = true
	inner := c.inner()
	body := c.body()
	shown := body[c.top:min(c.top+c.room(), len(body))]
	lines := append([]string{}, shown...)
	rest := ""
	if hidden := len(body) - len(shown); hidden > 0 {
		rest = " ↑↓ " + text.Count(hidden) + " lines more"
	}
	lines = append(lines, c.theme.Render(themes.Muted, text.Fit(rest, inner, text.Left)))
	if c.q.Word != "" {
		lines = append(lines, c.wordLine(), "")
	}
	c.view = Frame(c.theme, c.q.Title, append(lines, c.buttons()), inner)
	return c.view
}

func (c *Confirm) wordLine() string {
	if c.q.Word == "" {
		return ""
	}
	return "Type " + c.theme.Render(themes.Accent, c.q.Word) + ": " + c.typed + c.theme.Render(themes.Cursor, " ")
}

func (c *Confirm) buttons() string {
	parts := make([]string, len(c.q.Buttons))
	for i, b := range c.q.Buttons {
		label := text.Clean(b.Label)
		if b.Key != "" {
			label += " (" + b.Key + ")"
		}
		role, left, right := themes.Button, "  ", "  "
		switch {
		case i == c.focus:
			role, left, right = themes.ButtonFocus, "[ ", " ]"
		case b.Danger:
			role = themes.Danger
		}
		parts[i] = c.theme.Render(role, left+label+right)
	}
	return strings.Join(parts, " ")
}

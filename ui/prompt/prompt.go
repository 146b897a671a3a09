// Package prompt is the line at the bottom in which commands, filters and searches are typed.
//
// It knows no grammar: what can be completed and what is wrong comes from functions that the screen gives it. Rule:
// enter runs exactly what is written; a completion only counts once it stands in the line.
package prompt

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
)

const (
	maxInput   = 4096
	maxHistory = 200
	maxShown   = 8
)

// Mode is what is being typed. Each has its own history.
type Mode uint8

// The modes.
const (
	Command Mode = iota // ":"
	Filter              // "/" in a list
	Search              // "/" in a text
	Lines               // "&" in a text
	modes
)

var prefixes = [modes]string{Command: ":", Filter: "/", Search: "/", Lines: "&"}

var placeholders = [modes]string{
	Command: "a kind, a namespace, a context; tab completes",
	Filter:  "word  \"a phrase\"  !not  ~fuzzy  /regex/  -l app=web  column>value",
	Search:  "text or /pattern/",
	Lines:   "text or /pattern/: only lines that match",
}

// Candidate is one completion: Text replaces the bytes Start to End of the line, and Suffix is put behind it.
type Candidate struct {
	Text, Description string
	Start, End        int
	Suffix            string
}

// Positioned is an error that knows which bytes of the line it is about.
type Positioned interface {
	error
	Span() (start, end int)
}

// EventKind is what a key did.
type EventKind uint8

// What a key can do.
const (
	None      EventKind = iota
	Changed             // the text is another one and is not wrong
	Submitted           // enter: the prompt is closed, the text is right
	Cancelled           // esc: the prompt is closed, what was before counts
)

// Event tells the screen what became of a key.
type Event struct {
	Kind EventKind
	Mode Mode
	Text string
}

// Prompt is the one-line input with its completions and its error.
type Prompt struct {
	theme     themes.Theme
	width     int
	maxHeight int
	input     textinput.Model

	complete func(mode Mode, line string, cursor int) []Candidate
	check    func(mode Mode, line string) error

	mode      Mode
	active    bool
	history   [modes][]string
	at        int    // in the history; len is the draft
	draft     string // what was typed before walking through the history
	list      []Candidate
	chosen    int    // of the list, -1 for none
	typed     string // the line before a completion was put in
	typedAt   int
	err       error
	left      int // first visible cell of the text
	view      string
	viewValid bool
}

// New makes a closed prompt.
func New(theme themes.Theme) *Prompt {
	in := textinput.New()
	in.Prompt = ""
	in.CharLimit = maxInput
	in.KeyMap = keyMap()
	in.SetVirtualCursor(false)
	return &Prompt{theme: theme, input: in, maxHeight: maxShown + 2, chosen: -1}
}

// keyMap leaves to the input what edits the line; tab, history and the clipboard are the prompt's.
func keyMap() textinput.KeyMap {
	k := textinput.DefaultKeyMap()
	off := key.NewBinding(key.WithDisabled())
	k.Paste, k.AcceptSuggestion, k.NextSuggestion, k.PrevSuggestion = off, off, off, off
	return k
}

// SetTheme changes the styles.
func (p *Prompt) SetTheme(theme themes.Theme) {
	p.theme = theme
	p.viewValid = false
}

// SetSize sets the width that every line of View fills, and how many lines it may have.
func (p *Prompt) SetSize(width, maxHeight int) {
	p.width, p.maxHeight = width, max(1, maxHeight)
	p.viewValid = false
}

// SetComplete gives the prompt its completions; the cursor is a byte offset.
func (p *Prompt) SetComplete(f func(mode Mode, line string, cursor int) []Candidate) { p.complete = f }

// SetCheck gives the prompt its judge. A filter is judged while it is typed, everything else at enter.
func (p *Prompt) SetCheck(f func(mode Mode, line string) error) { p.check = f }

// SetHistory replaces the history of a mode, oldest first.
func (p *Prompt) SetHistory(mode Mode, lines []string) {
	p.history[mode] = nil
	for _, line := range lines {
		p.remember(mode, text.Clean(line))
	}
}

// History returns the history of a mode, oldest first.
func (p *Prompt) History(mode Mode) []string { return slices.Clone(p.history[mode]) }

// Active reports whether the prompt is open and gets the keys.
func (p *Prompt) Active() bool { return p.active }

// Mode is what is being typed.
func (p *Prompt) Mode() Mode { return p.mode }

// Text is the line as it stands.
func (p *Prompt) Text() string { return p.input.Value() }

// Open shows the prompt with a text to go on from.
func (p *Prompt) Open(mode Mode, initial string) {
	p.mode, p.active = mode, true
	p.at, p.draft, p.left = len(p.history[mode]), "", 0
	p.input.Reset()
	p.input.SetValue(clean(initial))
	p.input.CursorEnd()
	p.input.Focus() // its command would make a cursor blink that is not drawn
	p.changed()
}

// Close hides the prompt.
func (p *Prompt) Close() {
	p.active, p.list, p.err, p.chosen = false, nil, nil, -1
	p.input.Blur()
	p.viewValid = false
}

// SetError shows an error in place: what a command answered after it was run, for example.
func (p *Prompt) SetError(err error) {
	p.err = err
	p.viewValid = false
}

// HandlePaste puts pasted text at the cursor, as one clean line.
func (p *Prompt) HandlePaste(pasted string) Event {
	if !p.active {
		return Event{}
	}
	return p.edit(tea.PasteMsg{Content: clean(pasted)})
}

// HandleKey takes a key while the prompt is open.
func (p *Prompt) HandleKey(msg tea.KeyPressMsg) Event {
	if !p.active {
		return Event{}
	}
	switch msg.String() {
	case "enter":
		return p.submit()
	case "esc":
		return p.escape()
	case "tab":
		return p.cycle(1)
	case "shift+tab":
		return p.cycle(-1)
	case "up", "ctrl+p":
		return p.walk(-1)
	case "down", "ctrl+n":
		return p.walk(1)
	}
	return p.edit(msg)
}

func (p *Prompt) edit(msg tea.Msg) Event {
	before, cursor := p.input.Value(), p.input.Position()
	p.input, _ = p.input.Update(msg)
	if v := p.input.Value(); text.Clean(v) != v {
		p.input.SetValue(text.Clean(v))
	}
	if p.input.Value() == before {
		p.viewValid = p.viewValid && p.input.Position() == cursor
		return Event{}
	}
	p.at = len(p.history[p.mode])
	return p.changed()
}

// changed looks up the completions and the error of a new text.
func (p *Prompt) changed() Event {
	p.list, p.chosen, p.err, p.viewValid = nil, -1, nil, false
	line := p.input.Value()
	if p.complete != nil && line != "" {
		p.list = p.complete(p.mode, line, p.cursor())
		p.dropPointless(line)
	}
	if p.mode == Filter && p.check != nil {
		if p.err = p.check(p.mode, line); p.err != nil {
			return Event{}
		}
	}
	return Event{Kind: Changed, Mode: p.mode, Text: line}
}

// dropPointless hides a list of which the only entry stands in the line already.
func (p *Prompt) dropPointless(line string) {
	if len(p.list) == 1 && slice(line, p.list[0].Start, p.list[0].End) == p.list[0].Text {
		p.list = nil
	}
}

func (p *Prompt) submit() Event {
	line := strings.TrimSpace(p.input.Value())
	if line == "" && p.mode == Command {
		p.Close()
		return Event{Kind: Cancelled, Mode: p.mode}
	}
	if p.check != nil {
		if err := p.check(p.mode, p.input.Value()); err != nil {
			p.err, p.list, p.viewValid = err, nil, false
			return Event{}
		}
	}
	p.remember(p.mode, line)
	p.Close()
	return Event{Kind: Submitted, Mode: p.mode, Text: line}
}

// escape takes a completion back first, and then closes the prompt.
func (p *Prompt) escape() Event {
	if p.chosen >= 0 {
		p.setLine(p.typed, p.typedAt)
		event := p.changed()
		p.list = nil
		return event
	}
	p.Close()
	return Event{Kind: Cancelled, Mode: p.mode}
}

// cycle puts the next or previous completion into the line.
func (p *Prompt) cycle(direction int) Event {
	if p.chosen < 0 {
		p.typed, p.typedAt = p.input.Value(), p.cursor()
		if p.complete != nil {
			p.list = p.complete(p.mode, p.typed, p.typedAt)
		}
	}
	n := len(p.list)
	if n == 0 {
		return Event{}
	}
	if p.chosen < 0 && direction < 0 {
		p.chosen = 0
	}
	p.chosen = (p.chosen + direction + n) % n
	c := p.list[p.chosen]
	start := min(max(c.Start, 0), len(p.typed))
	end := min(max(c.End, start), len(p.typed))
	suffix := c.Suffix
	if n > 1 || strings.HasPrefix(p.typed[end:], suffix) {
		suffix = ""
	}
	p.setLine(p.typed[:start]+c.Text+suffix+p.typed[end:], start+len(c.Text)+len(suffix))
	if n == 1 {
		return p.changed()
	}
	p.err, p.viewValid = nil, false
	if p.mode == Filter && p.check != nil {
		if p.err = p.check(p.mode, p.input.Value()); p.err != nil {
			return Event{}
		}
	}
	return Event{Kind: Changed, Mode: p.mode, Text: p.input.Value()}
}

// walk goes through the lines of the history that begin with what was typed.
func (p *Prompt) walk(direction int) Event {
	lines := p.history[p.mode]
	if p.at >= len(lines) {
		p.draft = p.input.Value()
	}
	for i := p.at + direction; i >= 0 && i <= len(lines); i += direction {
		if i < len(lines) && !strings.HasPrefix(lines[i], p.draft) {
			continue
		}
		p.at = i
		line := p.draft
		if i < len(lines) {
			line = lines[i]
		}
		p.setLine(line, len(line))
		event := p.changed()
		p.list = nil
		return event
	}
	return Event{}
}

func (p *Prompt) remember(mode Mode, line string) {
	if line == "" {
		return
	}
	lines := slices.DeleteFunc(p.history[mode], func(l string) bool { return l == line })
	lines = append(lines, line)
	p.history[mode] = lines[max(0, len(lines)-maxHistory):]
}

func (p *Prompt) setLine(line string, cursor int) {
	p.input.SetValue(clean(line))
	p.input.SetCursor(utf8.RuneCountInString(slice(line, 0, cursor)))
	p.viewValid = false
}

// cursor is the byte offset of the cursor.
func (p *Prompt) cursor() int {
	runes := []rune(p.input.Value())
	return len(string(runes[:min(p.input.Position(), len(runes))]))
}

// errorSpan is the part of the line that the error is about.
func (p *Prompt) errorSpan() (start, end int) {
	var positioned Positioned
	if !errors.As(p.err, &positioned) {
		return 0, 0
	}
	start, end = positioned.Span()
	n := len(p.input.Value())
	return min(max(start, 0), n), min(max(end, 0), n)
}

// clean makes one bounded line of what came from outside.
func clean(s string) string {
	if len(s) > maxInput {
		s = s[:maxInput]
	}
	return text.Clean(strings.TrimRight(s, "\r\n"))
}

func slice(s string, start, end int) string {
	start = min(max(start, 0), len(s))
	return s[start:min(max(end, start), len(s))]
}

package dialog

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
)

// maxField bounds what can be typed into one field.
const maxField = 512

// Field is one line of a form.
type Field struct {
	Label, Value string
	Hint         string // what to write, drawn while the field is empty
	// Options are the only values; the keys go through them. None: anything can be typed.
	Options []string
	// Wrong says what is wrong with a value; empty when nothing is. Nil: anything goes.
	Wrong func(value string) string
}

// Form asks for a few words. Enter goes to the next field, and at the last one answers if nothing is wrong; esc gives
// up.
type Form struct {
	theme   themes.Theme
	id      string
	title   string
	about   string
	targets []string
	submit  string
	fields  []Field
	choose  func(values []string) tea.Cmd
	focus   int
	told    bool // what is wrong is drawn
	top     int
	width   int
	height  int
	view    string
	isDrawn bool
}

// NewForm makes a form; the texts may come from anywhere. Targets are named one by one, in a list that scrolls.
// Submit says what enter at the last field does.
func NewForm(theme themes.Theme, id, title, about string, targets []string, submit string, fields []Field, choose func(values []string) tea.Cmd) *Form {
	f := &Form{theme: theme, id: id, title: title, about: text.CleanMultiline(about), submit: submit, fields: fields, choose: choose}
	for _, t := range targets {
		f.targets = append(f.targets, text.Clean(t))
	}
	return f
}

// ID names the dialog.
func (f *Form) ID() string { return f.id }

// SetSize says how much room there is.
func (f *Form) SetSize(width, height int) {
	f.width, f.height, f.isDrawn = width, height, false
	f.scroll(0)
}

// SetTheme changes the styles.
func (f *Form) SetTheme(theme themes.Theme) { f.theme, f.isDrawn = theme, false }

// HandlePaste puts pasted text into the field that has the keys.
func (f *Form) HandlePaste(pasted string) {
	f.insert(strings.TrimSpace(text.Clean(pasted[:min(len(pasted), maxField)])))
}

func (f *Form) insert(s string) {
	f.isDrawn = false
	if len(f.fields[f.focus].Options) > 0 {
		f.find(s)
		return
	}
	if v := &f.fields[f.focus].Value; len(*v)+len(s) <= maxField {
		*v += s
	}
}

// find chooses the next option that begins with a text.
func (f *Form) find(s string) {
	field := &f.fields[f.focus]
	at := slices.Index(field.Options, field.Value)
	for i := range field.Options {
		o := field.Options[(at+1+i)%len(field.Options)]
		if s != "" && strings.HasPrefix(strings.ToLower(o), strings.ToLower(s)) {
			field.Value = o
			return
		}
	}
}

// step goes to the option before or after.
func (f *Form) step(by int) {
	field := &f.fields[f.focus]
	n, at := len(field.Options), slices.Index(field.Options, field.Value)
	switch {
	case n == 0:
	case at < 0 && by < 0:
		field.Value = field.Options[n-1]
	default:
		field.Value = field.Options[(at+by+n)%n]
	}
}

// HandleKey moves, types or answers.
func (f *Form) HandleKey(msg tea.KeyPressMsg) (done bool, cmd tea.Cmd) {
	f.isDrawn = false
	value := &f.fields[f.focus].Value
	switch msg.String() {
	case "esc":
		return true, nil
	case "enter":
		return f.enter()
	case "tab", "down":
		f.focus = (f.focus + 1) % len(f.fields)
	case "shift+tab", "up":
		f.focus = (f.focus + len(f.fields) - 1) % len(f.fields)
	case "right", "space":
		if len(f.fields[f.focus].Options) > 0 {
			f.step(1)
		} else {
			f.insert(text.Clean(msg.Text))
		}
	case "left":
		f.step(-1)
	case "pgdown":
		f.scroll(f.room())
	case "pgup":
		f.scroll(-f.room())
	case "backspace", "ctrl+h":
		r := []rune(*value)
		if len(f.fields[f.focus].Options) > 0 {
			r = r[:min(len(r), 1)] // an option goes as a whole
		}
		if len(r) > 0 {
			*value = string(r[:len(r)-1])
		}
	case "ctrl+u":
		*value = ""
	case "ctrl+w":
		*value = (*value)[:strings.LastIndexByte(strings.TrimRight(*value, " "), ' ')+1]
		if len(f.fields[f.focus].Options) > 0 {
			*value = ""
		}
	default:
		f.insert(text.Clean(msg.Text))
	}
	return false, nil
}

func (f *Form) enter() (bool, tea.Cmd) {
	if f.wrong(f.focus) == "" && f.focus < len(f.fields)-1 {
		f.focus++
		return false, nil
	}
	f.told = true
	values := make([]string, len(f.fields))
	for i := range f.fields {
		if f.wrong(i) != "" {
			f.focus = i
			return false, nil
		}
		values[i] = strings.TrimSpace(f.fields[i].Value)
	}
	return true, f.choose(values)
}

func (f *Form) wrong(i int) string {
	if f.fields[i].Wrong == nil {
		return ""
	}
	return text.Clean(f.fields[i].Wrong(strings.TrimSpace(f.fields[i].Value)))
}

// body is the text and the targets, wrapped.
func (f *Form) body() []string {
	lines := text.Wrap(f.about, f.inner())
	if len(f.targets) > 0 {
		lines = append(lines, "")
	}
	for _, t := range f.targets {
		lines = append(lines, "  "+t)
	}
	return lines
}

func (f *Form) inner() int {
	wish := max(56, text.Width(f.title)+2)
	for _, t := range f.targets {
		wish = max(wish, text.Width(t)+2)
	}
	return Inner(wish, f.width)
}

// room is how many lines of the body fit: the fields are always there.
func (f *Form) room() int { return max(1, f.height-2-4-len(f.fields)) }

func (f *Form) scroll(n int) { f.top = max(0, min(f.top+n, len(f.body())-f.room())) }

// View draws the form.
func (f *Form) View() string {
	if f.isDrawn {
		return f.view
	}
	f.isDrawn = true
	inner, body := f.inner(), f.body()
	lines := append([]string{}, body[f.top:min(f.top+f.room(), len(body))]...)
	rest := ""
	if hidden := len(body) - len(lines); hidden > 0 {
		rest = " pgup pgdn: " + text.Count(hidden) + " lines more"
	}
	lines = append(lines, f.theme.Render(themes.Muted, text.Fit(rest, inner, text.Left)))
	labels := 0
	for i := range f.fields {
		labels = max(labels, text.Width(f.fields[i].Label))
	}
	for i := range f.fields {
		lines = append(lines, f.line(i, labels, inner))
	}
	wrong := ""
	if f.told {
		wrong = f.wrong(f.focus)
	}
	if wrong != "" {
		wrong = themes.Glyph(themes.Error) + " " + wrong
	}
	f.view = Frame(f.theme, f.title, append(lines, f.theme.Render(themes.Error, text.Fit(wrong, inner, text.Left)), f.keys()), inner)
	return f.view
}

// line draws a field: the end of what was typed is always there.
func (f *Form) line(i, labels, inner int) string {
	field := &f.fields[i]
	mark, cursor := "  ", ""
	if i == f.focus {
		mark, cursor = f.theme.Render(themes.Accent, "▌ "), f.theme.Render(themes.Cursor, " ")
	}
	room := max(inner-labels-5, 1)
	if len(field.Options) > 0 {
		room = max(room-4, 1)
	}
	value := text.Clean(field.Value)
	for r := []rune(value); text.Width(value) > room; value = string(r) {
		r = r[1:]
	}
	shown := value + cursor
	if len(field.Options) > 0 && value != "" && i == f.focus {
		shown = "‹ " + value + " ›"
	}
	if value == "" {
		shown = cursor + f.theme.Render(themes.Placeholder, strings.TrimRight(text.Fit(field.Hint, min(text.Width(field.Hint), room), text.Left), " "))
	}
	return mark + f.theme.Render(themes.Label, text.Fit(field.Label, labels, text.Left)) + "  " + shown
}

func (f *Form) keys() string {
	hint := func(key, does string) string { return f.theme.Render(themes.Key, key) + " " + does }
	does := f.submit
	if f.focus < len(f.fields)-1 {
		does = "next"
	}
	if len(f.fields[f.focus].Options) > 0 {
		return hint("← →", "choose") + "   " + hint("enter", does) + "   " + hint("tab", "next field") + "   " + hint("esc", "cancel")
	}
	return hint("enter", does) + "   " + hint("tab", "next field") + "   " + hint("esc", "cancel")
}

// Package reading is the text part that screens share: a pager that shows one text which takes time to get.
//
// Its one rule: while a newer text is on its way, or cannot be had, the last one stays on screen and says so.
package reading

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/pager"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/screen"
)

// Text is a pager over a text that is loaded when the screen comes to the top.
type Text struct {
	Reader
	Env *screen.Env

	title  string
	load   func(context.Context) (string, error)
	got    func(string)
	ctx    context.Context
	cancel context.CancelFunc

	source  string
	loading bool
	loaded  bool
	failed  string
	at      time.Time
	width   int
	height  int
}

// loadedMsg brings the text.
type loadedMsg struct {
	to   *Text
	text string
	err  error
}

// New makes a text with what loads it.
func New(env *screen.Env, title string, load func(context.Context) (string, error)) *Text {
	ctx, cancel := context.WithCancel(context.Background())
	t := &Text{Reader: Reader{Pager: pager.New(env.Theme)}, Env: env, title: title, load: load, ctx: ctx, cancel: cancel}
	t.SetNote(themes.Muted, "Loading…")
	return t
}

// OnText calls f with every text that arrives, before it is drawn.
func (t *Text) OnText(f func(string)) { t.got = f }

// Title is the crumb.
func (t *Text) Title() string { return text.Clean(t.title) }

// Close ends what the screen has running.
func (t *Text) Close() { t.cancel() }

// Show loads the text, again when it is shown again.
func (t *Text) Show() tea.Cmd {
	if t.loading {
		return nil
	}
	t.loading = true
	load, ctx := t.load, t.ctx
	return func() tea.Msg {
		s, err := load(ctx)
		return loadedMsg{to: t, text: s, err: err}
	}
}

// Hide does nothing: a text that arrives late is still welcome.
func (t *Text) Hide() {}

// Update takes the text.
func (t *Text) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case loadedMsg:
		if msg.to == t {
			t.take(msg)
		}
	case screen.ThemeMsg:
		t.SetTheme(t.Env.Theme)
	}
	return nil
}

func (t *Text) take(msg loadedMsg) {
	t.loading = false
	if msg.err != nil {
		t.failed = text.Clean(msg.err.Error())
		if !t.loaded {
			t.SetNote(themes.Error, themes.Glyph(themes.Error)+" "+t.failed+"\n\nctrl-r tries again, esc goes back.")
		}
		return
	}
	t.failed, t.loaded, t.at = "", true, t.Env.Now()
	clean := text.CleanMultiline(msg.text)
	if t.got != nil {
		t.got(clean)
	}
	t.source = clean
	t.SetText(clean)
}

// SetSize sets the size of the screen.
func (t *Text) SetSize(width, height int) {
	t.width, t.height = width, height
	t.Pager.SetSize(width, height)
}

// Footer says where the operator is in the text, and what keeps it from being new.
func (t *Text) Footer() screen.Footer {
	f := screen.Footer{Total: -1, Note: t.Status()}
	if t.failed != "" && t.loaded {
		f.Note += " · as of " + t.at.Format("15:04:05") + ": " + t.failed
	}
	return f
}

// Plain is the text.
func (t *Text) Plain() string { return t.source + "\n" }

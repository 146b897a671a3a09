// Package answer is the part that screens share which ask one question about a function, or about a cluster, and show
// the answer as a tree: blast radius, network, access.
//
// Its one rule: an answer that could not be had says why in its place, and the last one that was had stays beside it.
package answer

import (
	"cmp"
	"context"
	"reflect"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/ui/tree"
	"github.com/fn9s/fn9s/views/screen"
)

// Page is an answer. It must not be changed: the facts remember it.
type Page struct {
	Items []tree.Item
	// Extra is for Config.Figure.
	Extra any
}

// Config says what a screen asks.
type Config struct {
	Title    string
	Context  string
	Function model.FunctionID // zero: the question is about the cluster
	// Ask answers. The same pointer means that nothing changed.
	Ask func(r *snapshot.Reader) *Page
	// Forget gives back what the facts remember; nil: nothing.
	Forget func(r *snapshot.Reader)
	// Prepare asks the server what Ask needs; nil: nothing. It runs outside of the loop, once whenever the screen is shown.
	Prepare func(ctx context.Context) error
	// Figure draws above the answer where the width allows; nil: nothing.
	Figure func(p *Page, width int) []tree.Item
}

// The facts are asked again while the screen is on top: they answer from memory when nothing changed. An answer that
// took long is asked for less often, so that at most a part of the time goes into it.
const (
	every = time.Second
	rest  = 5
)

// Screen shows one answer.
type Screen struct {
	Config
	*tree.Tree
	env    *screen.Env
	ctx    context.Context
	cancel context.CancelFunc

	row     *board.Row
	posture *board.Posture
	seen    bool
	gone    bool
	shown   bool
	asking  bool
	again   bool
	asked   time.Time
	took    time.Duration
	ready   bool // prepared
	page    *Page
	err     error

	width int
	dirty bool
}

// answeredMsg brings an answer.
type answeredMsg struct {
	to    *Screen
	page  *Page
	ready bool
	took  time.Duration
	err   error
}

// New makes a screen.
func New(env *screen.Env, c Config) *Screen {
	ctx, cancel := context.WithCancel(context.Background())
	s := &Screen{Config: c, Tree: tree.New(env.Theme), env: env, ctx: ctx, cancel: cancel, dirty: true}
	s.take()
	return s
}

// About makes the screen of what a query tells of a function, with a drawing above it, or without one.
func About(env *screen.Env, title string, id model.FunctionID, q *snapshot.Query[model.FunctionKey, *Page], figure func(p *Page, width int) []tree.Item) *Screen {
	return New(env, Config{
		Title: title, Context: id.Context, Function: id, Figure: figure,
		Ask:    func(r *snapshot.Reader) *Page { return q.Get(r, id.FunctionKey) },
		Forget: func(r *snapshot.Reader) { q.Forget(r, id.FunctionKey) },
	})
}

// Title is the crumb.
func (s *Screen) Title() string { return text.Clean(s.Config.Title) }

// Keys is the key set of lists.
func (s *Screen) Keys() action.KeySet { return action.Lists }

// Close ends what the screen has running, and lets the facts forget the answer.
func (s *Screen) Close() {
	s.cancel()
	if facts, forget, of := s.env.Facts, s.Forget, s.Context; facts != nil && forget != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		go func() {
			defer cancel()
			_ = facts.Ask(ctx, of, forget)
		}()
	}
}

// Show asks.
func (s *Screen) Show() tea.Cmd {
	s.shown, s.ready = true, false
	s.take()
	return s.ask()
}

// Hide stops asking.
func (s *Screen) Hide() { s.shown = false }

// Aging wants ticks, to ask again.
func (s *Screen) Aging() bool { return true }

// Subject is the function.
func (s *Screen) Subject() (model.FunctionID, bool) {
	return s.Function, s.Function != model.FunctionID{}
}

// Update takes boards, ticks and answers.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.BoardMsg:
		if s.take() && s.shown {
			return s.ask()
		}
	case screen.TickMsg:
		if s.shown && msg.Now.Sub(s.asked) >= max(every, rest*s.took) {
			return s.ask()
		}
	case screen.ThemeMsg:
		s.SetTheme(s.env.Theme)
		s.dirty = true
	case answeredMsg:
		if msg.to == s {
			return s.answered(msg)
		}
	}
	return nil
}

// take reads the newest row and reports whether its posture is another one.
func (s *Screen) take() bool {
	if s.Function == (model.FunctionID{}) {
		s.dirty = s.dirty || s.page == nil
		return s.page == nil
	}
	row := s.env.Boards.Board().Row(s.Function)
	gone := row == nil && s.row != nil
	s.dirty = s.dirty || gone != s.gone || s.page == nil
	s.gone = gone
	if row == nil {
		return false
	}
	changed := !s.seen || row.Posture != s.posture
	s.row, s.posture, s.seen = row, row.Posture, true
	return changed
}

func (s *Screen) ask() tea.Cmd {
	if s.env.Facts == nil || s.gone || s.Function != (model.FunctionID{}) && s.row == nil {
		return nil
	}
	if s.asking {
		s.again = true
		return nil
	}
	s.asking, s.again, s.asked = true, false, s.env.Now()
	ctx, facts, c, have, ready := s.ctx, s.env.Facts, s.Config, s.page, s.ready || s.Prepare == nil
	return func() tea.Msg {
		m := answeredMsg{to: s, ready: ready}
		if !ready {
			if m.err = c.Prepare(ctx); m.err != nil {
				return m
			}
			m.ready = true
		}
		m.err = facts.Ask(ctx, c.Context, func(r *snapshot.Reader) {
			began := time.Now()
			m.page = c.Ask(r)
			m.took = time.Since(began)
		})
		if m.err == nil && m.page != have && reflect.DeepEqual(m.page, have) {
			m.page = have
		}
		return m
	}
}

func (s *Screen) answered(m answeredMsg) tea.Cmd {
	s.asking, s.took = false, m.took
	s.ready = s.ready || m.ready
	if m.err != nil {
		s.err, s.dirty = m.err, true
	} else {
		s.dirty = s.dirty || s.page != m.page || s.err != nil
		s.page, s.err = m.page, nil
	}
	if s.again && s.shown {
		return s.ask()
	}
	return nil
}

// SetSize sets the size of the screen.
func (s *Screen) SetSize(width, height int) {
	s.dirty = s.dirty || s.Figure != nil && width != s.width
	s.width = width
	s.Tree.SetSize(width, height)
}

// View draws the answer, or what is in its place.
func (s *Screen) View() string {
	if s.dirty {
		s.dirty = false
		s.Set(s.items())
	}
	return s.Tree.View()
}

func (s *Screen) items() []tree.Item {
	var items []tree.Item
	if s.gone {
		items = append(items, Note("state", themes.Error, "✗ deleted: this is the last that was seen of it"))
	}
	if s.err != nil {
		items = append(items, Note("error", themes.Error, "✗ "+s.err.Error()+". ctrl-r asks again."))
	}
	if s.page == nil {
		return append(items, s.waiting()...)
	}
	if s.Figure != nil {
		items = append(items, s.Figure(s.page, s.width)...)
	}
	return append(items, s.page.Items...)
}

// waiting says why there is no answer yet.
func (s *Screen) waiting() []tree.Item {
	if s.env.Facts == nil {
		return []tree.Item{Note("wait", themes.Unknown, "? Posture is not judged here, so that there is nothing to answer from.")}
	}
	b := s.env.Boards.Board()
	for i := range b.Clusters {
		c := &b.Clusters[i]
		if c.Context != s.Context || c.Complete || c.Connection.Phase == status.Denied {
			continue
		}
		headline, lines := screen.Progress([]status.Cluster{*c})
		items := []tree.Item{Note("wait", themes.Spinner, headline)}
		for _, l := range lines {
			items = append(items, Note("", themes.Muted, l))
		}
		return items
	}
	switch {
	case s.err != nil || s.gone:
		return nil
	case s.Function != model.FunctionID{} && s.row == nil:
		return []tree.Item{Note("wait", themes.Warning, "No function "+s.Function.Name+" in "+s.Function.Namespace+". It may have been deleted. esc goes back.")}
	}
	return []tree.Item{Note("wait", themes.Muted, "Asking…")}
}

// Opaque is the answer about a row that stands for functions which cannot be seen; nil when the row is a function.
func Opaque(r *snapshot.Reader, key model.FunctionKey) *Page {
	f := r.Function(key)
	switch {
	case f == nil:
		return &Page{Items: []tree.Item{Note("none", themes.Warning, "The function is not there any more.")}}
	case f.Opaque:
		why := cmp.Or(f.Reason, "the row stands for functions that cannot be seen")
		return &Page{Items: []tree.Item{Note("opaque", themes.Unknown, "? Unknown: "+why)}}
	}
	return nil
}

// Package asking keeps what a screen wants to know from the facts of all open clusters, asked away from the loop.
//
// Its one rule: one question is under way at a time. What changes meanwhile has it asked once more.
package asking

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/views/screen"
)

// Answer is what one cluster said. Err is set where nothing could be asked.
type Answer[T any] struct {
	Value T
	Err   error
}

// Asker asks one question again and again.
type Asker[T any] struct {
	env    *screen.Env
	ask    func(cluster string, r *snapshot.Reader) T
	ctx    context.Context
	cancel context.CancelFunc
	busy   bool
	again  bool
}

// New makes an asker. Ask runs away from the loop: it may read what does not change, and must copy out of the reader.
func New[T any](env *screen.Env, ask func(cluster string, r *snapshot.Reader) T) *Asker[T] {
	ctx, cancel := context.WithCancel(context.Background())
	return &Asker[T]{env: env, ask: ask, ctx: ctx, cancel: cancel}
}

type answers[T any] struct {
	to  *Asker[T]
	all map[string]Answer[T]
}

// Ask asks all open clusters. The answer comes as a message for Take.
func (a *Asker[T]) Ask() tea.Cmd {
	if a.env.Facts == nil || a.ctx.Err() != nil {
		return nil
	}
	if a.busy {
		a.again = true
		return nil
	}
	a.busy = true
	var names []string
	for _, c := range a.env.Boards.Board().Clusters {
		names = append(names, c.Context)
	}
	return func() tea.Msg {
		all := map[string]Answer[T]{}
		for _, name := range names {
			var v T
			err := a.env.Facts.Ask(a.ctx, name, func(r *snapshot.Reader) { v = a.ask(name, r) })
			all[name] = Answer[T]{v, err}
		}
		return answers[T]{a, all}
	}
}

// Take returns the answers by cluster if the message brings them, and the command that asks once more if something
// changed since.
func (a *Asker[T]) Take(msg tea.Msg) (all map[string]Answer[T], cmd tea.Cmd, ok bool) {
	m, ok := msg.(answers[T])
	if !ok || m.to != a {
		return nil, nil, false
	}
	a.busy = false
	if a.again {
		a.again = false
		cmd = a.Ask()
	}
	return m.all, cmd, true
}

// Close ends what is under way.
func (a *Asker[T]) Close() { a.cancel() }

// Package inquiry asks the facts of all open clusters, namespace by namespace, for the screens that list what stands in
// them.
//
// Its one rule: it asks in short pieces. Judging and other screens get their turn in between.
package inquiry

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/views/screen"
)

const (
	// piece is how long one question may keep the facts to itself.
	piece = 20 * time.Millisecond
	// every is how often is asked again while the screen is on top. What did not change is not computed again.
	every = time.Second
	// limit is how long a whole answer may take.
	limit = 30 * time.Second
)

// Part is the answer for one namespace.
type Part[T any] struct {
	Context, Namespace string
	Value              T
}

// Question is asked of each namespace in scope.
type Question[T any] struct {
	// Namespaces lists those in which there is something to tell of, besides those that the cluster is known to have.
	Namespaces func(*snapshot.Reader) []string
	Of         func(r *snapshot.Reader, namespace string) T
}

// Poll asks a question while its screen is on top. It belongs to the goroutine of the event loop.
type Poll[T any] struct {
	env      *screen.Env
	question Question[T]
	ctx      context.Context

	running, again bool
	asked          time.Time
	shown          bool
}

// New makes a poll whose questions end with the context.
func New[T any](ctx context.Context, env *screen.Env, q Question[T]) *Poll[T] {
	return &Poll[T]{env: env, question: q, ctx: ctx}
}

// answerMsg brings an answer.
type answerMsg[T any] struct {
	to    *Poll[T]
	parts []Part[T]
	err   error
}

// Show asks, and goes on asking.
func (p *Poll[T]) Show() tea.Cmd {
	p.shown = true
	return p.ask()
}

// Hide stops asking.
func (p *Poll[T]) Hide() { p.shown = false }

func (p *Poll[T]) ask() tea.Cmd {
	if p.env.Facts == nil || !p.shown {
		return nil
	}
	if p.running {
		p.again = true
		return nil
	}
	p.running, p.again, p.asked = true, false, p.env.Now()
	clusters, scope := p.env.Boards.Board().Clusters, p.env.Scope
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(p.ctx, limit)
		defer cancel()
		var all []Part[T]
		for i := range clusters {
			parts, err := p.of(ctx, &clusters[i], scope)
			if err != nil {
				return answerMsg[T]{to: p, err: err}
			}
			all = append(all, parts...)
		}
		return answerMsg[T]{to: p, parts: all}
	}
}

// of asks one cluster.
func (p *Poll[T]) of(ctx context.Context, c *status.Cluster, scope screen.Scope) (parts []Part[T], err error) {
	var rest []string
	for _, n := range c.Namespaces {
		rest = append(rest, n.Name)
	}
	first := true
	for first || len(rest) > 0 {
		err := p.env.Facts.Ask(ctx, c.Context, func(r *snapshot.Reader) {
			began := time.Now()
			if first {
				rest = append(rest, p.question.Namespaces(r)...)
				slices.Sort(rest)
				rest = slices.DeleteFunc(slices.Compact(rest), func(n string) bool { return !scope.Has(n) })
				first = false
			}
			for len(rest) > 0 && time.Since(began) < piece {
				parts = append(parts, Part[T]{c.Context, rest[0], p.question.Of(r, rest[0])})
				rest = rest[1:]
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return parts, nil
}

// Update takes what concerns the poll. With ok there is an answer; cmd asks on.
func (p *Poll[T]) Update(msg tea.Msg) (parts []Part[T], cmd tea.Cmd, ok bool, err error) {
	switch msg := msg.(type) {
	case answerMsg[T]:
		if msg.to != p {
			return nil, nil, false, nil
		}
		p.running = false
		if p.again {
			cmd = p.ask()
		}
		return msg.parts, cmd, true, msg.err
	case screen.BoardMsg, screen.ScopeMsg:
		return nil, p.ask(), false, nil
	case screen.TickMsg:
		if msg.Now.Sub(p.asked) >= every && !p.running {
			return nil, p.ask(), false, nil
		}
	}
	return nil, nil, false, nil
}

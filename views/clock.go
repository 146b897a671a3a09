package views

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/views/screen"
)

// clock ticks once a second while something on screen counts time and the terminal has the focus.
type clock struct {
	pending bool
	blurred bool
}

type tickMsg time.Time

// tick asks for the next tick unless one is under way or nobody wants it.
func (r *Root) tick() tea.Cmd {
	if r.clock.pending || r.clock.blurred || !r.counting() {
		return nil
	}
	r.clock.pending = true
	done := r.done
	return func() tea.Msg {
		timer := time.NewTimer(time.Second)
		defer timer.Stop()
		select {
		case t := <-timer.C:
			return tickMsg(t)
		case <-done:
			return nil
		}
	}
}

// counting reports whether something on screen changes with the time alone.
func (r *Root) counting() bool {
	if r.toast.text != "" {
		return true
	}
	b := r.env.Boards.Board()
	for i := range b.Clusters {
		if !b.Clusters[i].Connection.Phase.Steady() {
			return true
		}
	}
	a, ok := r.router.current().scr.(screen.Aging)
	return ok && a.Aging()
}

func (r *Root) ticked(tickMsg) tea.Cmd {
	r.clock.pending = false
	now := r.env.Now()
	r.toast.fade(now)
	r.lookForErrors()
	return tea.Batch(r.router.current().scr.Update(screen.TickMsg{Now: now}), r.begin())
}

// focus pauses the clock while nobody looks.
func (r *Root) focus(on bool) tea.Cmd {
	r.clock.blurred = !on
	if r.env.Metrics != nil {
		r.env.Metrics.Away(!on)
	}
	if !on {
		if s, ok := r.router.current().scr.(screen.Concealer); ok {
			s.Conceal()
		}
		return nil
	}
	return r.router.current().scr.Update(screen.TickMsg{Now: r.env.Now()})
}

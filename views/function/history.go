package function

import (
	"context"
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/views/columns"
	"github.com/fn9s/fn9s/views/panes"
)

const (
	// maxRevisions is how many earlier states the screen shows; rolling back lists them all.
	maxRevisions = 8
	// historyTime is how long the cluster may take to tell them.
	historyTime = 20 * time.Second
)

// historyState is what is known of earlier states.
type historyState struct {
	revisions []plan.Revision
	err       error
	asked     bool
	loaded    bool
}

// historyMsg brings the earlier states of the function.
type historyMsg struct {
	to        *Screen
	revisions []plan.Revision
	err       error
}

// loadHistory asks once for the earlier states: they change only with a rollout.
func (s *Screen) loadHistory() tea.Cmd {
	if s.env.Changes == nil || s.of.Row == nil || s.of.Row.Function.Opaque || s.history.asked {
		return nil
	}
	s.history.asked = true
	changes, id, parent := s.env.Changes, s.of.ID, s.ctx
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(parent, historyTime)
		defer cancel()
		all, err := changes.Revisions(ctx, id)
		return historyMsg{to: s, revisions: all, err: err}
	}
}

// history lists the states that can be gone back to.
func (p pane) history(h *historyState, now time.Time) {
	if !h.loaded || len(h.revisions) == 0 && h.err == nil {
		return
	}
	p.Heading("Rollout history", count(len(h.revisions)))
	if h.err != nil {
		p.Note(themes.Denied, themes.Glyph(themes.Warning)+" "+h.err.Error())
		return
	}
	names := make([]string, len(h.revisions))
	for i := range h.revisions {
		names[i] = h.revisions[i].Name
	}
	width := max(panes.Widest(36, names...), 1)
	for i := range h.revisions[:min(len(h.revisions), maxRevisions)] {
		r := &h.revisions[i]
		sign, role, age := " ", themes.Muted, "?"
		if r.Current {
			sign, role = "●", themes.Value
		}
		if !r.Made.IsZero() {
			age = columns.Age(r.Made, now)
		}
		what := r.What
		if r.Percent > 0 {
			what = strconv.Itoa(r.Percent) + "% · " + what
		}
		p.Row(panes.Spot{}, panes.Cell{Text: age, Width: 4, Role: themes.Muted}, panes.Cell{Text: sign, Width: 1, Role: role},
			panes.Cell{Text: r.Name, Width: width, Role: role}, panes.Cell{Text: what, Role: role, Lines: 2})
	}
	if more := len(h.revisions) - maxRevisions; more > 0 {
		p.Note(themes.Muted, strconv.Itoa(more)+" more: x, roll back lists them")
	}
}

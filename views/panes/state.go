package panes

import (
	"time"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/screen"
)

// Watched is a function of the board as a screen about it sees it: the newest row, or the last one that there was.
type Watched struct {
	ID   model.FunctionID
	Row  *board.Row
	Gone bool
}

// Take reads the newest row, and reports whether it is another one.
func (w *Watched) Take(b *board.Board) bool {
	row := b.Row(w.ID)
	gone := row == nil && w.Row != nil
	changed := gone != w.Gone || row != nil && row != w.Row
	w.Gone = gone
	if row != nil {
		w.Row = row
	}
	return changed
}

// Title is the function's name.
func (w *Watched) Title() string {
	if w.Row != nil {
		return text.Clean(w.Row.Function.Name())
	}
	return text.Clean(w.ID.Name)
}

// State says above everything else what makes a screen about a function old or empty. It reports whether it holds an
// age.
func (p *Pane) State(b *board.Board, w *Watched, now time.Time) (aging bool) {
	for i := range b.Clusters {
		c := &b.Clusters[i]
		if c.Context != w.ID.Context {
			continue
		}
		if note := screen.ConnectionNote(c, now); note != "" {
			p.Note(themes.Stale, themes.Glyph(themes.Warning)+" "+note)
			aging = true
		}
		if w.Row == nil && !c.Complete && c.Connection.Phase != status.Denied {
			headline, lines := screen.Progress([]status.Cluster{*c})
			p.Note(themes.Spinner, headline)
			for _, l := range lines {
				p.Note(themes.Muted, l)
			}
			return aging
		}
	}
	switch {
	case w.Gone:
		p.Note(themes.Error, "✗ deleted: this is the last that was seen of it")
	case w.Row == nil:
		p.Note(themes.Warning, "No function "+w.ID.Name+" in "+w.ID.Namespace+". It may have been deleted. esc goes back.")
	}
	return aging
}

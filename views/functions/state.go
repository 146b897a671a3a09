package functions

import (
	"slices"
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/screen"
)

// maxNotes is how many lines the notes below the table may take.
const maxNotes = 3

// frame is the last View and what it was made of.
type frame struct {
	table string
	notes string
	view  string
	valid bool
}

// describeState tells the table what to draw where rows are missing, and says below it what is stale or denied.
func (s *Screen) describeState(now time.Time) {
	clusters := s.board.Clusters
	complete, stale := len(clusters) > 0, len(clusters) > 0
	var notes []string
	for i := range clusters {
		c := &clusters[i]
		complete = complete && c.Complete
		stale = stale && c.Connection.Phase == status.Stale // of several clusters the rows of some are up to date
		if note := screen.ConnectionNote(c, now); note != "" {
			notes = append(notes, note)
		}
	}
	s.SetDim(stale)
	refusals := screen.Refusals(clusters, s.env.Scope)
	switch {
	case !complete:
		headline, lines := screen.Progress(clusters)
		s.SetLoading(append(append(slices.Clone(notes), headline), lines...)...)
	case len(refusals) > 0:
		s.SetDenied(append([]string{"You may not read functions here"}, append(refusals, stillWorks...)...)...)
	default:
		s.SetReady(s.emptyHints()...)
	}
	if s.Total() == 0 && (!complete || len(refusals) > 0) {
		notes = nil // the table says it in full
	} else if note := screen.DeniedNote(clusters, s.env.Scope); note != "" {
		notes = append(notes, note)
	}
	s.setNotes(notes)
}

var stillWorks = []string{"", "What still works: :ns NAME tries another namespace, :ctx another cluster, ! shows every error."}

// emptyHints say why there may be nothing, and what to do.
func (s *Screen) emptyHints() []string {
	if len(s.scope) > 0 {
		return []string{"In scope: " + text.Clean(strings.Join(s.scope, ", ")) + ". Press 0 for all namespaces, n to choose others."}
	}
	hints := []string{"No framework that fn9s knows has functions in this cluster."}
	for _, c := range s.board.Clusters {
		if len(c.Absent) > 0 {
			hints = append(hints, text.Clean(c.Context+" does not serve: "+strings.Join(c.Absent, ", ")))
		}
	}
	return hints
}

// setNotes wraps the notes to the width, the first of them in full.
func (s *Screen) setNotes(notes []string) {
	s.notes = notes
	var lines []string
	for _, n := range notes {
		lines = append(lines, text.Wrap(themes.Glyph(themes.Warning)+" "+n, max(s.width, 20))...)
	}
	s.noteLines = lines[:min(len(lines), maxNotes)]
	s.list.SetSize(s.width, max(s.height-len(s.noteLines), 0))
}

// SetSize sets the size of the screen.
func (s *Screen) SetSize(width, height int) {
	s.width, s.height = width, height
	s.setNotes(s.notes)
}

// View draws the table, and the notes below it.
func (s *Screen) View() string {
	t := s.list.View()
	if len(s.noteLines) == 0 {
		return t
	}
	notes := strings.Join(s.noteLines, "\n")
	if s.frame.valid && t == s.frame.table && notes == s.frame.notes {
		return s.frame.view
	}
	lines := make([]string, len(s.noteLines))
	for i, n := range s.noteLines {
		lines[i] = s.env.Theme.Render(themes.Denied, text.Fit(n, s.width, text.Left))
	}
	s.frame = frame{table: t, notes: notes, view: t + "\n" + strings.Join(lines, "\n"), valid: true}
	return s.frame.view
}

// Aging reports whether something on screen counts time.
func (s *Screen) Aging() bool {
	for i := range s.board.Clusters {
		if s.board.Clusters[i].Connection.Phase != status.Live {
			return true
		}
	}
	return s.list.Aging()
}

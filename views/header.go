package views

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/screen"
)

// header is the first line: where the operator is on the left, how the connection is on the right.
type header struct {
	clusters []status.Cluster
	scope    screen.Scope
	crumbs   []string
	jobs     int // changes that are under way
	now      time.Time
	theme    themes.Theme
}

// count says `1 change`, `3 changes`.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return text.Count(n) + " " + noun + "s"
}

// piece is a styled part of a line.
type piece struct {
	text string
	role themes.Role
}

const crumbSeparator = " ▸ "

func (h *header) draw(width int) string {
	right := h.right(true, true)
	if piecesWidth(right) > width/2 {
		right = h.right(true, false)
	}
	if piecesWidth(right) > width/2 {
		right = h.right(false, false)
	}
	room := width - piecesWidth(right) - 2
	left := h.left(len(h.crumbs))
	for keep := len(h.crumbs) - 1; keep >= 1 && piecesWidth(left) > room; keep-- {
		left = h.left(keep)
	}
	left = cutPieces(left, max(room, 0))
	line := h.render(left) + text.Spaces(width-piecesWidth(left)-piecesWidth(right)-1) + h.render(right)
	return text.FitStyled(line, width)
}

func (h *header) render(pieces []piece) string {
	var b strings.Builder
	for _, p := range pieces {
		b.WriteString(h.theme.Render(p.role, p.text))
	}
	return b.String()
}

func piecesWidth(pieces []piece) int {
	n := 0
	for _, p := range pieces {
		n += text.Width(p.text)
	}
	return n
}

// cutPieces shortens the longest pieces until all fit.
func cutPieces(pieces []piece, width int) []piece {
	for over := piecesWidth(pieces) - width; over > 0; over = piecesWidth(pieces) - width {
		longest := 0
		for i := range pieces {
			if text.Width(pieces[i].text) > text.Width(pieces[longest].text) {
				longest = i
			}
		}
		w := text.Width(pieces[longest].text)
		if w <= 4 {
			return pieces[:len(pieces)-1]
		}
		pieces[longest].text = strings.TrimRight(text.Fit(pieces[longest].text, max(w-over, 4), text.Left), " ")
	}
	return pieces
}

// left names contexts, scope and the last crumbs.
func (h *header) left(keep int) []piece {
	pieces := append(h.contexts(), piece{crumbSeparator, themes.Muted}, piece{h.scopeText(), themes.Crumb})
	crumbs := h.crumbs
	if keep < len(crumbs) {
		crumbs = append([]string{"…"}, crumbs[len(crumbs)-keep:]...)
	}
	for i, c := range crumbs {
		role := themes.Crumb
		if i == len(crumbs)-1 {
			role = themes.CrumbActive
		}
		pieces = append(pieces, piece{crumbSeparator, themes.Muted}, piece{text.Clean(c), role})
	}
	return pieces
}

// maxNamed is how many clusters the header names.
const maxNamed = 3

// contexts names the clusters. Where there are several, each has the sign of its own connection.
func (h *header) contexts() []piece {
	pieces := []piece{{" ", themes.HeaderBar}}
	switch n := len(h.clusters); {
	case n == 0:
		return append(pieces, piece{"no cluster", themes.HeaderBar})
	case n == 1:
		return append(pieces, piece{text.Clean(h.clusters[0].Context), themes.HeaderBar})
	}
	shown := h.byNeed()
	for i := range shown[:min(len(shown), maxNamed)] {
		c := &shown[i]
		if i > 0 {
			pieces = append(pieces, piece{" ", themes.HeaderBar})
		}
		sign, _, _ := strings.Cut(phaseWords[c.Connection.Phase], " ")
		pieces = append(pieces, piece{cmp.Or(sign, "?"), themes.Connection(string(c.Connection.Phase))}, piece{text.Clean(c.Context), themes.HeaderBar})
	}
	if more := len(shown) - maxNamed; more > 0 {
		pieces = append(pieces, piece{fmt.Sprintf(" +%d", more), themes.Muted})
	}
	return pieces
}

// byNeed are the clusters as they were opened; where not all can be named, those that need attention come first.
func (h *header) byNeed() []status.Cluster {
	if len(h.clusters) <= maxNamed {
		return h.clusters
	}
	shown := slices.Clone(h.clusters)
	slices.SortStableFunc(shown, func(a, b status.Cluster) int {
		return slices.Index(phases, b.Connection.Phase) - slices.Index(phases, a.Connection.Phase)
	})
	return shown
}

func (h *header) scopeText() string {
	if len(h.scope.Namespaces) == 0 {
		return "all"
	}
	return text.Clean(strings.Join(h.scope.Namespaces, ","))
}

// right says how the connection is, who the operator is, and that nothing can be changed.
func (h *header) right(full, operator bool) []piece {
	pieces := []piece{h.connection(full)}
	if n := h.unjudged(); n > 0 {
		pieces = append(pieces, piece{"   ", themes.Text}, piece{"… " + text.Count(n) + " to judge", themes.Info})
	}
	if h.jobs > 0 {
		pieces = append(pieces, piece{"   ", themes.Text}, piece{"▶ " + count(h.jobs, "change"), themes.Spinner})
	}
	if operator {
		if who := h.operators(); who != "" {
			pieces = append(pieces, piece{"   operator: ", themes.Muted}, piece{who, themes.Text})
		}
	}
	if slices.ContainsFunc(h.clusters, func(c status.Cluster) bool { return c.ReadOnly }) {
		pieces = append(pieces, piece{"   ", themes.Text}, piece{"[read-only]", themes.ReadOnly})
	}
	return pieces
}

// unjudged is how many functions wait for their posture.
func (h *header) unjudged() int {
	n := 0
	for i := range h.clusters {
		n += h.clusters[i].Unjudged
	}
	return n
}

func (h *header) operators() string {
	var who []string
	for i := range h.clusters {
		if o := text.Clean(h.clusters[i].Operator); o != "" && !slices.Contains(who, o) {
			who = append(who, o)
		}
	}
	return strings.TrimRight(text.Fit(strings.Join(who, ","), min(text.Width(strings.Join(who, ",")), 32), text.Left), " ")
}

// phases from the one that needs attention least to the one that needs it most.
var phases = []status.Phase{status.Files, status.Demo, status.Live, status.Connecting, status.Stale, status.Denied, status.AuthNeeded}

var phaseWords = map[status.Phase]string{status.Live: "● live", status.Connecting: "◌ connecting", status.Stale: "▲ stale",
	status.Denied: "✗ denied", status.AuthNeeded: "▲ login needed", status.Files: "■ files", status.Demo: "■ demo"}

// connection shows the worst state of all clusters, and whose it is when there are several.
func (h *header) connection(full bool) piece {
	if len(h.clusters) == 0 {
		return piece{"◌ connecting", themes.ConnConnecting}
	}
	worst := slices.MaxFunc(h.clusters, func(a, b status.Cluster) int {
		return slices.Index(phases, a.Connection.Phase) - slices.Index(phases, b.Connection.Phase)
	})
	c := &worst.Connection
	role := themes.Connection(string(c.Phase))
	word := phaseWords[c.Phase]
	if word == "" {
		word = "? " + text.Clean(string(c.Phase))
	}
	if c.Phase == status.Stale {
		word += " " + text.Age(h.now.Sub(c.Since))
	}
	if !c.Retry.IsZero() && !c.Phase.Steady() && full {
		if left := c.Retry.Sub(h.now); left >= time.Second {
			word += ", retry in " + text.Age(left)
		} else {
			word += ", retrying"
		}
	}
	if c.Phase == status.Connecting && full {
		if done, all := listed(&worst); all > 0 {
			word += fmt.Sprintf(" %d/%d", done, all)
		}
	}
	if c.Phase == status.Live && !worst.Complete && full {
		word += ", listing"
	}
	if len(h.clusters) > 1 && !c.Phase.Steady() {
		word += " (" + text.Clean(worst.Context) + ")"
	}
	return piece{word, role}
}

func listed(c *status.Cluster) (done, all int) {
	for _, p := range c.Progress {
		if p.Primary {
			all++
			if p.Listed {
				done++
			}
		}
	}
	return done, all
}

// Package posture shows how well a function is secured: the posture panel, which other screens hold too, and the
// evidence of one finding.
//
// Its one rule: it draws the posture of the newest row and computes nothing of its own. What was not judged is said,
// with what is missing, and is never drawn as good.
package posture

import (
	"cmp"
	"strings"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/panes"
	"github.com/fn9s/fn9s/views/screen"
)

// Panel draws the posture of one function into a pane. It keeps what it drew, for as long as nothing changed.
type Panel struct {
	key   panelKey
	lines []panes.Line
}

// panelKey is all that the panel depends on.
type panelKey struct {
	row     *board.Row
	waiting string
	width   int
	theme   themes.Theme
}

// Draw adds the whole panel to a pane.
func (c *Panel) Draw(p *panes.Pane, env *screen.Env, of *panes.Watched) {
	key := panelKey{row: of.Row, waiting: waiting(env, of), width: p.Width, theme: p.Theme}
	if c.key != key {
		q := panes.Pane{Theme: p.Theme, Width: p.Width}
		draw(&q, &q, of, key.waiting, env.Changes != nil)
		c.key, c.lines = key, q.Lines
	}
	p.Lines = append(p.Lines, c.lines...)
}

// draw fills one pane or two: what the grade is and what makes it, and the findings.
func draw(left, right *panes.Pane, of *panes.Watched, waiting string, fixable bool) {
	if waiting != "" {
		left.Heading("Posture", "")
		left.Note(themes.Unknown, themes.Glyph(themes.Unknown)+" "+waiting)
		return
	}
	s := newSheet(left, of.ID, of.Row)
	s.fixable = fixable
	s.head()
	s.pillars()
	s.beside()
	s.around()
	s.lifts()
	if left != right {
		s.unjudged()
		s.Pane = right
		s.findings()
		return
	}
	s.findings()
	s.unjudged()
}

// waiting says why there is nothing to show; empty when there is.
func waiting(env *screen.Env, of *panes.Watched) string {
	switch {
	case of.Row == nil:
		return "There is no function to judge."
	case of.Row.Posture != nil:
		return ""
	case of.Row.Function.Opaque:
		return "Not judged: " + cmp.Or(of.Row.Function.Reason, "the row stands for functions that cannot be seen")
	case env.Facts == nil:
		return "Not judged: posture is switched off."
	}
	if c, ok := env.Boards.Board().Cluster(of.ID.Context); ok && c.Unjudged > 0 {
		return "Being judged: " + text.Count(c.Functions-c.Unjudged) + " of " + text.Count(c.Functions) + " functions are done."
	}
	return "Not judged yet."
}

// Brief is the posture in one line, or why there is none.
func Brief(env *screen.Env, of *panes.Watched) (string, themes.Role) {
	if why := waiting(env, of); why != "" {
		return why, themes.Muted
	}
	p := of.Row.Posture
	l := lightOf(p.Grade, p.Capped)
	parts := []string{l.glyph + " " + p.Letter()}
	for i := range p.Pillars[:check.Pod+1] {
		parts = append(parts, check.Pillar(i).String()+" "+lightOf(p.Pillars[i].Grade, p.Pillars[i].Capped).letter)
	}
	return strings.Join(parts, " · "), l.role
}

// light is a grade as it is drawn: never by colour alone.
type light struct {
	glyph, letter string
	role          themes.Role
}

// lightOf is the light of a grade. One that only looks good because something was not judged is not drawn as good.
func lightOf(g security.Grade, capped bool) light {
	l := light{letter: g.String(), role: themes.Grade(g.String())}
	if capped {
		l.letter += "?"
		if g <= security.B {
			l.role = themes.Unknown
		}
	}
	l.glyph = themes.Glyph(l.role)
	return l
}

// sheet is a pane with the posture that is drawn into it.
type sheet struct {
	*panes.Pane
	id      model.FunctionID
	row     *board.Row
	posture *board.Posture
	sums    [check.Pillars]sum
	fixable bool // fixes can be made from here
}

// sum is what the findings and verdicts of a pillar come to.
type sum struct {
	open           [check.Critical + 1]int // failures that grade, by severity
	judged, holds  int                     // controls that apply, and those that hold
	unknown        int                     // controls that could not be judged
	worst, missing *check.Finding
}

func newSheet(p *panes.Pane, id model.FunctionID, r *board.Row) *sheet {
	s := &sheet{Pane: p, id: id, row: r, posture: r.Posture}
	for i, c := range security.Scoped(check.ScopeFunction) {
		sum := &s.sums[c.Pillar]
		switch s.verdict(i) {
		case check.NotApplicable:
			continue
		case check.Pass:
			sum.holds++
		}
		sum.judged++
	}
	seen := map[*check.Control]bool{}
	for i := range s.posture.Findings {
		f := &s.posture.Findings[i]
		sum := &s.sums[f.Control.Pillar]
		switch {
		case f.Status == check.Unknown:
			if !seen[f.Control] {
				seen[f.Control] = true
				sum.unknown++
			}
			if sum.missing == nil || sum.missing.Control.Priority != check.M && f.Control.Priority == check.M {
				sum.missing = f
			}
		case grades(f):
			sum.open[f.Severity]++
			if sum.worst == nil {
				sum.worst = f // findings are sorted, the worst first
			}
		}
	}
	return s
}

func (s *sheet) verdict(i int) check.Status {
	if i < len(s.posture.Verdicts) {
		return s.posture.Verdicts[i]
	}
	return check.NotApplicable
}

// grades reports whether a finding counts for the grade.
func grades(f *check.Finding) bool {
	return f.Status == check.Fail && f.Severity > check.Info && (!f.Control.Rollup || f.Counts)
}

// spot is what a line about a finding stands for: its object at the field, and its evidence.
func (s *sheet) spot(f *check.Finding) panes.Spot {
	return panes.Spot{Target: targetOf(s.id.Context, s.row, f), Path: f.Path, Place: screen.FindingOf(s.id, f)}
}

// targetOf is the object of a finding, when it has one in Kubernetes.
func targetOf(context string, r *board.Row, f *check.Finding) screen.Target {
	if f.Object().IsZero() || r != nil && f.Object() == r.Function.Object && r.Function.APIVersion == "" {
		return screen.Target{}
	}
	return screen.Target{Context: context, Ref: f.Object()}
}

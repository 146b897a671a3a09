package posture

import (
	"slices"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/panes"
	"github.com/fn9s/fn9s/views/screen"
)

const (
	severityWidth = 8
	controlWidth  = 8
	intentWidth   = 18
)

// noFixes says why nothing can be done about it from here.
const noFixes = "Not from this screen: fn9s fix -f writes them into manifests, fn9s tighten plans them on a cluster."

// lifts are the fixes in the order of their effort, and the grade after each.
func (s *sheet) lifts() {
	p := s.posture
	all := p.Lifts()
	if len(all) == 0 {
		return
	}
	s.Heading("What lifts the grade", "each fix, and the grade with those before it")
	for i, l := range all {
		spot := panes.Spot{}
		if at := slices.IndexFunc(p.Findings, func(f check.Finding) bool { return f.Control.ID == l.Control && grades(&f) }); at >= 0 {
			spot = s.spot(&p.Findings[at])
		}
		role := themes.Muted
		if s.fixable {
			role = themes.Value
			spot.Place = screen.Place{Page: screen.PageTighten, Function: s.id, Intent: l.Intent}
		}
		after := lightOf(l.Grade, p.Capped)
		s.Row(spot, panes.Cell{Text: strconv.Itoa(i + 1), Width: 1, Role: themes.Muted},
			panes.Cell{Text: "→ " + after.letter, Width: 4, Role: after.role}, panes.Cell{Text: l.Control, Width: controlWidth, Role: themes.Value},
			panes.Cell{Text: string(l.Intent), Width: intentWidth, Role: role},
			panes.Cell{Text: l.Intent.Wish(), Role: role, Lines: 1})
	}
	s.Note(themes.Muted, howToFix(s.fixable))
}

// howToFix says where fixes are made.
func howToFix(fixable bool) string {
	if fixable {
		return "enter on a fix, or T for all of them, shows what it changes and where; nothing is changed before the plan is applied."
	}
	return noFixes
}

// findings are all of them, worst first: what is wrong, what is worth knowing, what was accepted.
func (s *sheet) findings() {
	var open, facts, accepted []*check.Finding
	for i := range s.posture.Findings {
		f := &s.posture.Findings[i]
		switch {
		case f.Status == check.Accepted:
			accepted = append(accepted, f)
		case f.Status == check.Fail && f.Severity == check.Info:
			facts = append(facts, f)
		case f.Status == check.Fail:
			open = append(open, f)
		}
	}
	s.Heading("Findings", number(len(open)))
	if len(open) == 0 {
		s.Note(themes.Muted, "None.")
	}
	for _, f := range open {
		role := themes.Severity(f.Severity.String())
		s.finding(f, role, themes.Glyph(role), f.Severity.String(), f.Message)
	}
	if len(facts) > 0 {
		s.Heading("Facts", number(len(facts))+" · worth knowing, they do not grade")
	}
	for _, f := range facts {
		s.finding(f, themes.SeverityInfo, "·", f.Severity.String(), f.Message)
	}
	if len(accepted) > 0 {
		s.Heading("Accepted", number(len(accepted))+" · they do not grade until the exception ends")
	}
	for _, f := range accepted {
		message := f.Message
		if x := f.Exception(); x != nil {
			message = "until " + lastDay(x) + ": " + x.Reason + " · " + message
		}
		s.finding(f, themes.Muted, "○", f.Severity.String(), message)
	}
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// finding adds what was found, and below it where.
func (s *sheet) finding(f *check.Finding, role themes.Role, glyph, word, message string) {
	said := themes.Value
	if !grades(f) {
		said = themes.Muted
	}
	s.Row(s.spot(f), panes.Cell{Text: glyph, Width: lightWidth, Role: role}, panes.Cell{Text: word, Width: severityWidth, Role: role},
		panes.Cell{Text: f.Control.ID, Width: controlWidth, Role: said}, panes.Cell{Text: message, Role: said, Lines: 2})
	if where := whereOf(f, s.Width-whereIndent); where != "" {
		s.Row(panes.Spot{}, panes.Cell{Width: lightWidth}, panes.Cell{Width: severityWidth}, panes.Cell{Text: where, Role: themes.Muted, Lines: 1})
	}
}

// whereIndent is what stands before the place of a finding.
const whereIndent = lightWidth + severityWidth + 4

// whereOf is the place of a finding in a line of that width. Of a long path the end is shown: it tells most.
func whereOf(f *check.Finding, width int) string {
	if f.Object().IsZero() {
		return ""
	}
	where, value := f.Object().Kind+" "+nameOf(f), ""
	if f.Value != "" {
		value = " = " + f.Value
	}
	if f.Path == "" {
		return where + value
	}
	path := text.Clean(f.Path)
	for room := width - text.Width(where+value) - 4; text.Width(path) > max(room, 24); {
		i := strings.IndexByte(strings.TrimPrefix(path, "…"), '.')
		if i < 0 {
			break
		}
		path = "…" + strings.TrimPrefix(path, "…")[i+1:]
	}
	return where + " · " + path + value
}

func nameOf(f *check.Finding) string {
	if f.Object().Namespace == "" {
		return f.Object().Name
	}
	return f.Object().Namespace + "/" + f.Object().Name
}

// unjudged is what could not be judged, by what is missing.
func (s *sheet) unjudged() {
	type group struct {
		first    *check.Finding
		controls []string
		caps     bool
	}
	var groups []*group
	byReason := map[string]*group{}
	controls := map[*check.Control]bool{}
	for i := range s.posture.Findings {
		f := &s.posture.Findings[i]
		if f.Status != check.Unknown {
			continue
		}
		g := byReason[f.Message]
		if g == nil {
			g = &group{first: f}
			byReason[f.Message] = g
			groups = append(groups, g)
		}
		controls[f.Control] = true
		g.controls = append(g.controls, f.Control.ID)
		g.caps = g.caps || f.Control.Priority == check.M
	}
	if len(groups) == 0 {
		return
	}
	all := 0
	for i := range s.sums {
		all += s.sums[i].judged
	}
	s.Heading("Not judged", strconv.Itoa(len(controls))+" of "+strconv.Itoa(all)+" controls: what is missing, and for what")
	slices.SortStableFunc(groups, func(a, b *group) int { return order(a.caps) - order(b.caps) })
	for _, g := range groups {
		slices.Sort(g.controls)
		g.controls = slices.Compact(g.controls)
		s.Row(s.spot(g.first), panes.Cell{Text: themes.Glyph(themes.Unknown), Width: lightWidth, Role: themes.Unknown},
			panes.Cell{Text: g.first.Message, Role: themes.Unknown})
		if g.caps {
			s.ids(g.controls, "caps the grade at B")
		} else {
			s.ids(g.controls, "")
		}
	}
}

// ids lists controls below a reason: an id is never broken.
func (s *sheet) ids(controls []string, note string) {
	line := ""
	flush := func() {
		s.Row(panes.Spot{}, panes.Cell{Width: lightWidth}, panes.Cell{Text: line, Role: themes.Muted, Lines: 1})
	}
	if note != "" {
		controls = append(slices.Clone(controls), "· "+note)
	}
	for _, id := range controls {
		if line != "" && text.Width(line)+1+text.Width(id) > s.Width-lightWidth-2 {
			flush()
			line = ""
		}
		line = strings.TrimPrefix(line+" "+id, " ")
	}
	flush()
}

// order puts what weighs first.
func order(first bool) int {
	if first {
		return 0
	}
	return 1
}

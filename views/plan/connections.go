package plan

import (
	"slices"

	"github.com/fn9s/fn9s/kube/connectivity"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
)

// connections is a table of who reaches the functions and whom they reach, before the change and after it.
func (s *Screen) connections(p *sheet) {
	all := s.draft.Connectivity
	for i := range all {
		c := &all[i]
		s.oneSide(p, "Who can reach "+c.Namespace+"/"+c.Function, c.In)
		s.oneSide(p, "Whom "+c.Namespace+"/"+c.Function+" reaches", c.Out)
	}
	if len(all) > 0 && s.partly() {
		p.note(themes.Warning, themes.Glyph(themes.Warning)+" this is what the whole plan comes to: a policy of it is left out")
	}
	if len(all) > 0 && s.job == nil {
		p.gap()
	}
}

// partly reports whether a network policy of the plan is left out.
func (s *Screen) partly() bool {
	for i := range s.draft.Steps {
		if step := &s.draft.Steps[i]; s.off[step.Number] && step.Ref.Kind == "NetworkPolicy" {
			return true
		}
	}
	return false
}

// oneSide draws one direction, if anything in it is different afterwards.
func (s *Screen) oneSide(p *sheet, title string, lines []connectivity.Line) {
	if !slices.ContainsFunc(lines, func(l connectivity.Line) bool { return l.Changed() }) {
		return
	}
	p.heading(title)
	shown := lines[:min(len(lines), maxListed)]
	before, after := len("BEFORE"), len("AFTER")
	for i := range shown {
		before, after = max(before, text.Width(text.Clean(shown[i].Before))), max(after, text.Width(text.Clean(shown[i].After)))
	}
	most := max((p.width-20)/2, 8)
	before, after = min(before, most), min(after, most)
	row := func(l *connectivity.Line, role, peer themes.Role) {
		p.columns(column{l.Before, before, themes.Muted}, column{l.After, after, role}, column{l.Peer, 0, peer})
	}
	row(&connectivity.Line{Before: "BEFORE", After: "AFTER", Peer: "PEER"}, themes.Label, themes.Label)
	for i := range shown {
		l := &shown[i]
		role := themes.Value
		switch {
		case !l.Changed():
			role = themes.Muted
		case l.After == "none":
			role = themes.Warning
		}
		row(l, role, themes.Value)
	}
	if n := len(lines) - len(shown); n > 0 {
		p.note(themes.Muted, "and "+text.Count(n)+" more")
	}
}

package plan

import (
	"cmp"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/workshop"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/diff"
	"github.com/fn9s/fn9s/ui/pager"
	"github.com/fn9s/fn9s/ui/text"
)

// around is how many lines that stay the same are shown beside those that do not.
const around = 3

// step says all of one step: what it is for, what stands in its way, and what becomes of the object.
func (s *Screen) step(p *sheet, i int) {
	step := &s.draft.Steps[i]
	p.field("Object", string(step.Verb)+" "+step.Ref.String(), themes.Title)
	if s.job != nil && i < len(s.job.Progress) {
		state := s.job.Progress[i]
		o := outcomes[state.Outcome]
		word := themes.Glyph(o.role) + " " + o.word
		if state.Reason != "" {
			word += ": " + state.Reason
		}
		p.field("Outcome", strings.TrimSpace(word), o.role)
	}
	s.standing(p, step)
	if s.draft.Action == workshop.Tighten {
		p.field("Cures", most(controls(step.Why), 12), themes.Value)
	} else {
		p.field("Why", most(step.Why, 6), themes.Value)
	}
	if len(s.draft.Grades) > 1 {
		var names []string
		for _, id := range step.Functions {
			names = append(names, id.Namespace+"/"+id.Name)
		}
		p.field("For", most(names, 6), themes.Value)
	}
	p.field("Takes effect", effectWords[step.Effect], themes.Value)
	for _, o := range step.Owners {
		role, what := themes.Muted, "also writes "
		if o.Applies {
			role, what = themes.Warning, themes.Glyph(themes.Warning)+" owns "
		}
		p.field("Owner", o.Manager+": "+what+most(o.Paths, 4), role)
	}
	p.fields("Kept by", step.Managed, themes.Warning)
	for _, n := range step.Needs {
		how := cmp.Or(n.Generate, "the new value")
		if n.From.Path != "" {
			how = "the plaintext of " + n.From.Object.String()
		}
		p.field("Secret", n.Path+": "+how, themes.Value)
	}
	p.gap()
	s.compare(p, step)
	if len(step.Why) > 0 && s.draft.Action == workshop.Tighten {
		p.heading("What it cures")
		for _, why := range bounded(step.Why) {
			p.note(themes.Value, "· "+why)
		}
	}
}

// controls are the ids that the reasons begin with, each once; a reason that names none stands for itself.
func controls(reasons []string) []string {
	var all []string
	for _, why := range reasons {
		ids, _, _ := strings.Cut(why, ": ")
		for _, id := range strings.Fields(ids) {
			if !slices.Contains(all, id) {
				all = append(all, id)
			}
		}
	}
	return all
}

// standing is what stands in the way of a step.
func (s *Screen) standing(p *sheet, step *workshop.Step) {
	mark := func(role themes.Role, s string) string { return themes.Glyph(role) + " " + s }
	if step.Blocked != "" {
		p.field("Cannot", mark(themes.Error, step.Blocked), themes.Error)
	}
	switch step.Checked {
	case change.Passed:
		p.field("Server", mark(themes.OK, "tried it, and would take it"), themes.OK)
	case change.Unable:
		p.field("Server", mark(themes.Warning, "cannot try it before: "+step.Reason), themes.Warning)
	case change.NotChecked, change.Refused:
		if !strings.Contains(step.Blocked, step.Reason) {
			p.field("Server", mark(themes.Error, step.Reason), themes.Error)
		}
	}
	for _, w := range step.Warnings {
		p.field("Warning", mark(themes.Warning, w), themes.Warning)
	}
	for _, a := range step.Asks {
		p.field("Asks", mark(themes.Warning, a), themes.Warning)
	}
	if step.Lasting != "" {
		p.field("No undo", mark(themes.Warning, step.Lasting), themes.Warning)
	}
}

// compare draws the object before and after, in one column or in two.
func (s *Screen) compare(p *sheet, step *workshop.Step) {
	if step.Sides.Before == step.Sides.After {
		p.note(themes.Muted, "Nothing of the object is known to be different.")
		return
	}
	if !s.sides {
		signs := [...]struct {
			sign string
			role themes.Role
		}{diff.Same: {"  ", themes.Text}, diff.Deleted: {"- ", themes.DiffDelete}, diff.Added: {"+ ", themes.DiffAdd}, diff.Gap: {"@ ", themes.DiffHunk}}
		for _, l := range diff.Unified(step.Sides.Before, step.Sides.After, around) {
			p.line(signs[l.Kind].role, signs[l.Kind].sign+l.Text)
		}
		return
	}
	half := max((p.width-3)/2, 10)
	for _, pair := range diff.SideBySide(step.Sides.Before, step.Sides.After, around) {
		if pair.Left.Kind == diff.Gap {
			p.line(themes.DiffHunk, "@ "+pair.Left.Text)
			continue
		}
		left, lrole := side(pair.Left, half)
		right, rrole := side(pair.Right, half)
		right = strings.TrimRight(right, " ")
		const between = " │ "
		at := len(left) + len(between)
		p.add(left+between+right, pager.Span{End: len(left), Role: lrole}, pager.Span{Start: len(left), End: at, Role: themes.Border},
			pager.Span{Start: at, End: at + len(right), Role: rrole})
	}
}

// side is one line of one column: a sign tells what it is, not colour alone.
func side(l diff.Line, width int) (string, themes.Role) {
	sign, role := "  ", themes.Text
	switch l.Kind {
	case diff.Deleted:
		sign, role = "- ", themes.DiffDelete
	case diff.Added:
		sign, role = "+ ", themes.DiffAdd
	}
	return text.Fit(sign+text.Clean(l.Text), width, text.Left), role
}

package plan

import (
	"cmp"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/journal"
	wish "github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/shift"
	"github.com/fn9s/fn9s/kube/workshop"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
)

// maxListed bounds lists of functions, notes and objects.
const maxListed = 50

// overview says what the whole plan does, or did.
func (s *Screen) overview(p *sheet) {
	switch {
	case s.draft == nil && len(s.failed) > 0:
		p.note(themes.Error, themes.Glyph(themes.Error)+" "+s.failed[0])
		for _, why := range s.failed[1:] {
			p.under(2, themes.Value, why)
		}
		p.gap()
		p.note(themes.Muted, "ctrl-r tries again, esc goes back. Nothing was changed.")
		return
	case s.draft == nil:
		p.note(themes.Spinner, "Planning: every object is read, rights are asked for, and the server tries each step. Nothing is changed.")
		return
	}
	if s.job != nil {
		s.result(p)
	}
	s.grades(p)
	s.connections(p)
	if s.job == nil {
		s.effects(p)
		s.questions(p)
	}
	s.notes(p)
}

// grades says how well the functions were secured, and will be.
func (s *Screen) grades(p *sheet) {
	if len(s.draft.Grades) == 0 {
		return
	}
	if s.job != nil {
		p.heading("Functions")
	}
	all := s.draft.Grades
	if s.job != nil {
		all = s.worstFirst(all)
	}
	for i := range all[:min(len(all), maxListed)] {
		g := &all[i]
		said, role := s.graded(g)
		name := g.Function.Namespace + "/" + g.Function.Name
		if s.job == nil {
			p.field(map[bool]string{true: "Grade"}[i == 0], said+"  "+name, role)
			continue
		}
		verdict, why, vrole := s.verdict(g.Function)
		p.columns(column{strings.TrimSpace(themes.Glyph(vrole) + " " + verdict), 16, vrole}, column{said, 14, role}, column{name, 0, themes.Value})
		p.under(2, themes.Muted, why)
	}
	if n := len(all) - maxListed; n > 0 {
		p.note(themes.Muted, "and "+text.Count(n)+" more functions")
	}
}

// worstFirst puts functions first that did not become ready.
func (s *Screen) worstFirst(all []workshop.Grade) []workshop.Grade {
	bad := map[model.FunctionID]bool{}
	for i := range s.job.Seen {
		if v := &s.job.Seen[i]; !v.Verdict.Good() {
			bad[v.Function] = true
		}
	}
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b workshop.Grade) int { return order(bad[a.Function]) - order(bad[b.Function]) })
	return all
}

func order(first bool) int {
	if first {
		return 0
	}
	return 1
}

// graded is the grade before a change, and after it: as expected, or as it is now.
func (s *Screen) graded(g *workshop.Grade) (string, themes.Role) {
	before := cmp.Or(g.Before, "–")
	if s.job == nil {
		if g.Expected == "" {
			return before, themes.Grade(g.Before)
		}
		return before + " → " + g.Expected + " expected", themes.Grade(g.Expected)
	}
	now := ""
	if r := s.env.Boards.Board().Row(g.Function); r != nil && r.Posture != nil {
		now = r.Posture.Letter()
	}
	if now == "" {
		return before + " → gone", themes.Muted
	}
	return before + " → " + now + " now", themes.Grade(now)
}

// verdict is what became of a function.
func (s *Screen) verdict(id model.FunctionID) (word, why string, role themes.Role) {
	for i := range s.job.Seen {
		if v := &s.job.Seen[i]; v.Function == id {
			return string(v.Verdict), v.Reason, verdictRole(v.Verdict)
		}
	}
	switch {
	case s.job.Phase == workshop.Verifying:
		return "being watched", "", themes.Spinner
	case s.job.Running():
		return "waiting", "", themes.Muted
	}
	return "not watched", "", themes.Muted
}

func verdictRole(v change.Verdict) themes.Role {
	switch v {
	case change.Ready:
		return themes.OK
	case change.Idle, change.Gone:
		return themes.Idle
	case change.NotObservable:
		return themes.Unknown
	case change.Progressing:
		return themes.Info
	case change.TimedOut:
		return themes.Warning
	}
	return themes.Error
}

// effectWords say how a change comes to the running function.
var effectWords = map[wish.Effect]string{
	wish.AtOnce: "at once, nothing restarts", wish.Rollout: "pods are replaced", wish.Restart: "when the workload is restarted",
	wish.NextCall: "at the next cold start", "": "at once",
}

// effects says how the steps come to the running functions.
func (s *Screen) effects(p *sheet) {
	counts := map[wish.Effect]int{}
	for i := range s.kept.Steps {
		counts[s.kept.Steps[i].Effect]++
	}
	var all []string
	for _, e := range []wish.Effect{wish.Rollout, wish.Restart, wish.NextCall, wish.AtOnce, ""} {
		if n := counts[e]; n > 0 {
			all = append(all, count(n, "step")+": "+effectWords[e])
		}
	}
	p.fields("Takes effect", all, themes.Value)
	var managed, lasting []string
	for i := range s.kept.Steps {
		step := &s.kept.Steps[i]
		for _, m := range step.Managed {
			if m = step.Ref.Kind + " " + step.Ref.Name + ": " + m; !slices.Contains(managed, m) {
				managed = append(managed, m)
			}
		}
		if step.Lasting != "" {
			lasting = append(lasting, step.Ref.String()+": "+step.Lasting)
		}
	}
	p.fields("Kept by", bounded(managed), themes.Warning)
	if len(lasting) == 0 && len(s.kept.Steps) > 0 {
		p.field("Undo", "what is there now is kept in the journal: u takes it back", themes.Value)
	}
}

func bounded(all []string) []string {
	if n := len(all) - maxListed; n > 0 {
		return append(slices.Clone(all[:maxListed]), "and "+text.Count(n)+" more")
	}
	return all
}

// questions are what stands in the way: what cannot be done, and what must be agreed to.
func (s *Screen) questions(p *sheet) {
	var blocked []string
	for i := range s.kept.Steps {
		if step := &s.kept.Steps[i]; step.Blocked != "" {
			blocked = append(blocked, step.Ref.String()+": "+step.Blocked)
		}
	}
	if s.kept.Blocked != "" {
		blocked = append(blocked, s.kept.Blocked)
	}
	if len(blocked) > 0 {
		p.heading("Cannot be applied")
		for _, b := range bounded(blocked) {
			p.note(themes.Error, themes.Glyph(themes.Error)+" "+b)
		}
	}
	if len(s.kept.Confirmations) > 0 {
		p.heading("To be agreed to, when it is applied")
		for i := range s.kept.Confirmations[:min(len(s.kept.Confirmations), maxListed)] {
			p.note(themes.Warning, themes.Glyph(themes.Warning)+" "+s.kept.Confirmations[i].Text)
		}
		if n := len(s.kept.Confirmations) - maxListed; n > 0 {
			p.note(themes.Muted, "and "+text.Count(n)+" more")
		}
	}
}

// notes are what frameworks said, and what is as wished for already.
func (s *Screen) notes(p *sheet) {
	titles := map[string]string{
		workshop.Takes: "Who uses it, and how each gets the new value", workshop.Known: "To be known",
		workshop.LeftOut: "Left out, and why", workshop.NotCured: "Not cured by it", workshop.Lost: "Taken back by the next deploy with the framework's own tools",
		workshop.NotCompared: "Not compared",
	}
	several := len(s.draft.Grades) > 1
	for _, what := range []string{workshop.Takes, workshop.Known, workshop.LeftOut, workshop.NotCured, workshop.Lost, workshop.NotCompared} {
		type said struct {
			intent check.Intent
			text   string
		}
		var order []said
		names := map[said][]string{}
		for i := range s.draft.Notes {
			n := &s.draft.Notes[i]
			if n.What != what {
				continue
			}
			k := said{n.Intent, n.Text}
			if names[k] == nil {
				order = append(order, k)
			}
			names[k] = append(names[k], cmp.Or(n.Function.Name, "all"))
		}
		if len(order) == 0 {
			continue
		}
		p.heading(titles[what])
		for _, k := range order[:min(len(order), maxListed)] {
			line := k.text
			if k.intent != "" {
				line = string(k.intent) + ": " + line
			}
			if several && what != workshop.Takes && what != workshop.Known && what != workshop.NotCompared {
				line += " (" + most(names[k], 3) + ")"
			}
			p.note(themes.Value, "· "+line)
		}
	}
	if len(s.draft.Already) > 0 {
		p.heading("As wished for already")
		for _, a := range s.draft.Already[:min(len(s.draft.Already), maxListed)] {
			p.note(themes.Muted, "· "+a.Ref.String())
		}
	}
}

// result says how the change ended, or how far it is.
func (s *Screen) result(p *sheet) {
	j := s.job
	p.field("Change", j.ID, themes.Value)
	p.field("Begun", j.Begun.Format("15:04:05"), themes.Value)
	if !j.Running() {
		p.field("Ended", j.Ended.Format("15:04:05"), themes.Value)
	}
	if j.Outcome != journal.Begun && j.Outcome != journal.Applied {
		p.field("Why", j.Reason, themes.Error)
	} else {
		p.field("Note", j.Reason, themes.Warning)
	}
	if j.Way != nil {
		s.way(p)
	}
	p.field("Journal", j.Journal, themes.Error)
	p.field("Taken back", j.TakenBack, themes.Warning)
	p.field("Not undone", j.NotTakenBack, themes.Error)
	p.fields("Note", j.After, themes.Warning)
	counts := map[journal.Outcome]int{}
	for i := range j.Progress {
		counts[j.Progress[i].Outcome]++
	}
	var all []string
	for _, o := range []journal.Outcome{journal.Applied, journal.Begun, journal.Failed, journal.Conflict, journal.Unknown, journal.Skipped, ""} {
		if n := counts[o]; n > 0 {
			all = append(all, text.Count(n)+" "+outcomes[o].word)
		}
	}
	p.field("Steps", most(all, 9), themes.Value)
	switch {
	case j.Running():
		p.field("Stop", "K ends it after the steps that are under way; leaving the screen does not", themes.Muted)
	case j.Undoable() && j.Way != nil && len(j.Way.Changes) > 1:
		p.field("Undo", "u takes back the newest step; :jobs has those before it", themes.Value)
	case j.Undoable():
		p.field("Undo", "u takes back what was done", themes.Value)
	}
}

// way says how far requests were shifted, and by which changes.
func (s *Screen) way(p *sheet) {
	w := s.job.Way
	p.field("Requests", shift.Text(w.Goal, w.By), themes.Value)
	if s.job.Running() {
		p.field("Trouble", w.Trouble, themes.Error)
	}
	p.fields("Changes", bounded(w.Changes), themes.Value)
}

// outcomes are how a step ended, in words.
var outcomes = map[journal.Outcome]struct {
	word string
	role themes.Role
}{
	"":               {"waiting", themes.Muted},
	journal.Begun:    {"under way", themes.Spinner},
	journal.Applied:  {"applied", themes.OK},
	journal.Failed:   {"failed", themes.Error},
	journal.Conflict: {"conflict", themes.Error},
	journal.Unknown:  {"unknown", themes.Unknown},
	journal.Skipped:  {"skipped", themes.Muted},
}

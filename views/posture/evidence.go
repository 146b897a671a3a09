package posture

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/views/panes"
	"github.com/fn9s/fn9s/views/screen"
)

// maxRelated bounds the lists of other findings.
const maxRelated = 12

// evidence is a pane with the finding that it is about.
type evidence struct {
	*panes.Pane
	place   screen.Place
	row     *board.Row // nil when the finding is no function's
	context string
	f       *check.Finding
	posture *security.Posture
	places  screen.Places // nil: the objects stand in no file
	fixable bool          // fixes can be made from here
}

// draw fills one pane or two: what was found and where, and why it matters and what is to be done.
func (e *evidence) draw(left, right *panes.Pane) {
	e.Pane = left
	e.head()
	e.found()
	if left != right {
		e.rating()
		e.related()
		e.Pane = right
		e.why()
		e.fixes()
		e.references()
		return
	}
	e.why()
	e.rating()
	e.fixes()
	e.related()
	e.references()
}

// head is the verdict, and whose it is.
func (e *evidence) head() {
	f, role := e.f, themes.Severity(e.f.Severity.String())
	glyph, word := themes.Glyph(role), f.Severity.String()
	switch f.Status {
	case check.Unknown:
		role, word = themes.Unknown, "not judged"
		glyph = themes.Glyph(role)
	case check.Accepted:
		role, glyph, word = themes.Muted, "○", "accepted, "+word
	}
	e.Gap()
	e.Row(panes.Spot{}, panes.Cell{Text: glyph, Width: lightWidth, Role: role}, panes.Cell{Text: word, Width: max(severityWidth, len(word)), Role: role},
		panes.Cell{Text: f.Control.ID + "  " + f.Control.Title, Role: themes.Title})
	e.Row(panes.Spot{}, panes.Cell{Text: e.whose() + " · " + f.Control.Pillar.String(), Role: themes.Muted})
}

// whose names what the finding is about.
func (e *evidence) whose() string {
	if e.row != nil {
		return e.row.Function.Name() + ", " + e.row.ID.Framework + " in " + cmp.Or(e.row.ID.Namespace, "no namespace")
	}
	switch s := e.place.Subject; s.Scope {
	case check.ScopePlatform:
		return "control plane " + cmp.Or(s.Release, s.Framework) + ", " + s.Framework + " in " + s.Namespace
	case check.ScopeNamespace:
		return "namespace " + s.Namespace
	case check.ScopeCluster:
		return "cluster " + e.context
	}
	return e.place.Function.Name + " in " + e.place.Function.Namespace
}

// found is what was found, in which field of which object.
func (e *evidence) found() {
	f := e.f
	e.Gap()
	role := themes.Value
	if f.Status == check.Unknown {
		role = themes.Unknown
	}
	e.Note(role, f.Message)
	if f.Object().IsZero() {
		return
	}
	e.Heading("Evidence", "")
	target := targetOf(e.context, e.row, f)
	spot := panes.Spot{}
	if !target.IsZero() {
		spot = panes.Spot{Target: target, Path: f.Path, Place: screen.Place{Page: screen.PageYAML, Target: target, Path: f.Path}}
	}
	kind := f.Object().Kind
	if f.Object().Group != "" {
		kind += "." + f.Object().Group
	}
	e.SpotField("Object", kind+" "+nameOf(f), themes.Link, spot)
	if e.places != nil {
		if file, line, _ := e.places.Position(f.Object(), f.Path); file != "" {
			e.Field("File", file+":"+strconv.Itoa(max(line, 1)), themes.Link)
		}
	}
	e.Field("Field", f.Path, themes.Value)
	if f.Fixed != f.Path {
		e.Field("By name", f.Fixed, themes.Muted)
	}
	e.Field("Value", f.Value, themes.Value)
}

// why says what is looked at, and what it means, to who is on call.
func (e *evidence) why() {
	e.Heading("Why it matters", "")
	e.Note(themes.Value, e.f.Control.Why)
	e.Heading("What is looked at", "")
	e.Note(themes.Value, e.f.Control.Detects)
}

// rating is how the severity came about, what it does to the grade, and what stands in the way of a cure.
func (e *evidence) rating() {
	f := e.f
	e.Heading("How it weighs", "")
	if f.Status == check.Unknown {
		e.Field("Grade", unknownWeight(f), themes.Unknown)
		return
	}
	severity := f.Severity.String()
	if f.Severity != f.Base {
		severity += ", " + f.Base.String() + " by itself"
	}
	e.Field("Severity", severity, themes.Severity(f.Severity.String()))
	e.Field("Moved by", f.Rule(), themes.Value)
	e.Field("Grade", weight(f), themes.Value)
	if limit := limits[f.Limit]; limit != "" {
		e.Field("Limit", limit, themes.Warning)
	}
	if x := f.Exception(); x != nil {
		e.Field("Accepted", "until "+lastDay(x)+" by "+cmp.Or(x.Owner, "nobody named")+", from "+x.From, themes.Value)
		e.Field("Reason", x.Reason, themes.Value)
	}
}

var limits = [...]string{check.NoLimit: "", check.FrameworkLimit: "the framework has no field that cures it",
	check.VersionLimit: "only another version of the framework cures it"}

func lastDay(x *snapshot.Exception) string { return x.Until.AddDate(0, 0, -1).Format(time.DateOnly) }

// weight says what a failure does to the grade.
func weight(f *check.Finding) string {
	pillar := f.Control.Pillar
	switch {
	case f.Status == check.Accepted:
		return "does not count until the exception ends"
	case f.Control.Rollup && !f.Counts:
		return "does not count: it sums up other findings"
	case f.Severity == check.Info:
		return "does not count: it is a fact worth knowing"
	case pillar > check.Pod:
		return pillar.String() + " is no better than " + security.Grade(f.Severity).String() + ", and weighs at most C"
	}
	return pillar.String() + " is no better than " + security.Grade(f.Severity).String()
}

// unknownWeight says what it does to the grade that a control could not be judged.
func unknownWeight(f *check.Finding) string {
	if f.Control.Priority == check.M {
		return f.Control.Pillar.String() + " cannot be better than B? until this is judged"
	}
	return "it is counted and named, and holds no grade back"
}

// fixes are the intents that would cure it.
func (e *evidence) fixes() {
	if e.f.Status == check.Unknown {
		return
	}
	e.Heading("Fixes", "")
	if len(e.f.Intents()) == 0 {
		e.Note(themes.Muted, "None: nothing that can be set cures it.")
		return
	}
	late := false
	for _, i := range e.f.Intents() {
		if i == check.FixReview {
			e.Row(panes.Spot{}, panes.Cell{Text: string(i), Width: intentWidth, Role: themes.Value}, panes.Cell{Text: "a person decides, with the object at that field", Role: themes.Value})
			continue
		}
		late = true
		spot, role := panes.Spot{}, themes.Muted
		if e.fixable && e.row != nil {
			spot.Place, role = screen.Place{Page: screen.PageTighten, Function: e.row.ID, Intent: i}, themes.Value
		}
		e.Row(spot, panes.Cell{Text: string(i), Width: intentWidth, Role: role}, panes.Cell{Text: i.Wish(), Role: role})
	}
	if late {
		e.Note(themes.Muted, howToFix(e.fixable))
	}
}

// related are the findings that this one hangs together with.
func (e *evidence) related() {
	f := e.f
	var cause, follow, same, reason []*check.Finding
	for i := range e.posture.Findings {
		o := &e.posture.Findings[i]
		switch {
		case screen.KeyOf(o) == screen.KeyOf(f):
		case f.Cause() != "" && o.Control.ID == f.Cause():
			cause = append(cause, o)
		case o.Cause() == f.Control.ID:
			follow = append(follow, o)
		case o.Control == f.Control:
			same = append(same, o)
		case f.Status == check.Unknown && o.Status == check.Unknown && o.Message == f.Message:
			reason = append(reason, o)
		}
	}
	if f.Cause() != "" && len(cause) == 0 {
		e.Heading("It follows from", "")
		c, ok := security.Control(f.Cause())
		if !ok {
			c = &check.Control{ID: f.Cause()}
		}
		e.Row(panes.Spot{}, panes.Cell{Text: c.ID, Width: controlWidth, Role: themes.Value}, panes.Cell{Text: c.Title, Role: themes.Value})
	}
	e.list("It follows from", cause)
	e.list("What follows from it", follow)
	e.list("The same control found besides", same)
	e.list("Not judged for the same reason", reason)
}

func (e *evidence) list(title string, all []*check.Finding) {
	if len(all) == 0 {
		return
	}
	e.Heading(title, number(len(all)))
	for _, o := range all[:min(len(all), maxRelated)] {
		role, word := themes.Severity(o.Severity.String()), o.Severity.String()
		said := o.Message
		if o.Status == check.Unknown {
			role, word = themes.Unknown, "unknown"
			if o.Control != e.f.Control {
				said = o.Control.Title
			}
		}
		place := screen.FindingOf(e.place.Function, o)
		if e.row == nil && e.place.Subject.Scope != check.ScopeFunction {
			place = screen.ScopeFindingOf(e.context, e.place.Subject, o)
		}
		e.Row(panes.Spot{Target: targetOf(e.context, e.row, o), Path: o.Path, Place: place},
			panes.Cell{Text: themes.Glyph(role), Width: lightWidth, Role: role}, panes.Cell{Text: word, Width: severityWidth, Role: role},
			panes.Cell{Text: o.Control.ID, Width: controlWidth, Role: themes.Value}, panes.Cell{Text: said, Role: themes.Value, Lines: 1})
	}
	if n := len(all) - maxRelated; n > 0 {
		e.Note(themes.Muted, "and "+strconv.Itoa(n)+" more")
	}
}

// references are the rules elsewhere that say the same.
func (e *evidence) references() {
	if refs := e.f.Control.References; len(refs) > 0 {
		e.Heading("References", "")
		e.Note(themes.Value, strings.Join(slices.Clone(refs), " · "))
	}
}

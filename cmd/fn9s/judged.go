package main

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/store"
	"github.com/fn9s/fn9s/security/blast"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/expose"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/report"
	"github.com/fn9s/fn9s/security/scan"
	"github.com/fn9s/fn9s/security/snapshot"
)

// postureItem is the posture of one function, as a report has it.
type postureItem struct {
	Grade    string           `json:"grade"`
	Capped   bool             `json:"capped"`
	Lifts    []report.Lift    `json:"lifts"`
	Pillars  report.Pillars   `json:"pillars"`
	PSS      *report.PSS      `json:"pss,omitempty"`
	Exposure *report.Exposure `json:"exposure,omitempty"`
	Blast    *report.Blast    `json:"blast,omitempty"`
	Platform *platformGrade   `json:"platform,omitempty"`
	Findings []report.Finding `json:"findings"`
}

// platformGrade is how the control plane behind a function stands.
type platformGrade struct {
	Framework string `json:"framework"`
	Release   string `json:"release,omitempty"`
	Namespace string `json:"namespace"`
	Grade     string `json:"grade"`
	Capped    bool   `json:"capped"`
}

// judge fills in what lists say of a posture.
func (i *functionItem) judge(p *board.Posture) {
	if p == nil {
		return
	}
	i.Exposure, i.PSS, i.Blast = p.Class.String(), p.PSS, model.Count(int32(p.Reach))
	if p.Class > expose.None {
		i.Authentication = p.Auth.String()
	}
	i.Grade, i.Capped = p.Grade.String(), p.Capped
}

// lean returns the row, when it is picked, without findings: a list does not print them.
func lean(r *board.Row, pick func(*board.Row) bool) *board.Row {
	if !pick(r) {
		return nil
	}
	if r.Posture != nil {
		p, sums := *r.Posture, *r.Posture.Posture
		sums.Findings, sums.Verdicts = nil, nil
		p.Posture, r.Posture = &sums, &p
	}
	return r
}

// facts are what the functions of a context are judged from.
func (a *answer) facts(contextName string, common *snapshot.Options) (*store.Snapshot, *snapshot.Options, bool) {
	if a.fleet == nil {
		return nil, nil, false
	}
	c := a.clusters[contextName]
	objects, ok := a.fleet.Snapshot(contextName)
	o := *common
	o.ServerMinor, _ = minorOf(c.Version)
	return objects, &o, ok
}

// options reads the settings of posture, and says which exceptions do not count.
func (a *answer) options(app *app, now time.Time) (*snapshot.Options, error) {
	o, problems, err := (&postureFlags{}).options(app, now)
	if err != nil {
		return nil, err
	}
	for _, problem := range problems {
		_, _ = fmt.Fprintf(app.ErrOut, "warning: %s\n", clean(problem.Error()))
	}
	return o, nil
}

// judge gives the rows their posture, and keeps of them what take returns: that is called for one row at a time.
func (a *answer) judge(ctx context.Context, app *app, now time.Time, take func(*board.Row) *board.Row) error {
	options, err := a.options(app, now)
	if err != nil {
		return err
	}
	groups := map[string][]*board.Row{}
	for _, r := range a.rows {
		groups[r.ID.Context] = append(groups[r.ID.Context], r)
	}
	kept := make([]*board.Row, 0, len(a.rows))
	for _, rows := range groups {
		source, o, ok := a.facts(rows[0].ID.Context, options)
		if !ok {
			o = nil
		}
		kept = append(kept, judgeRows(ctx, source, o, rows, take)...)
	}
	slices.SortFunc(kept, func(x, y *board.Row) int { return x.ID.Compare(y.ID) })
	a.rows = kept
	return ctx.Err()
}

// judgeRows judges the rows of one context, namespace by namespace, on all processors. Without options none is judged.
func judgeRows(ctx context.Context, source snapshot.Source, o *snapshot.Options, rows []*board.Row, take func(*board.Row) *board.Row) []*board.Row {
	var groups [][]*board.Row // the rows are sorted by namespace
	for i, r := range rows {
		if i == 0 || r.ID.Namespace != rows[i-1].ID.Namespace {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], r)
	}
	var mu sync.Mutex
	var wait sync.WaitGroup
	var kept []*board.Row
	work := make(chan []*board.Row)
	for range min(runtime.GOMAXPROCS(0), len(groups)) {
		wait.Go(func() {
			var reader *snapshot.Reader
			if o != nil {
				reader = snapshot.Once(source, o)
			}
			for group := range work {
				for _, r := range group {
					judged := &board.Row{ID: r.ID, Function: r.Function}
					if reader != nil && ctx.Err() == nil {
						judged.Posture = board.PostureOf(reader, r.ID.FunctionKey)
					}
					mu.Lock()
					if judged = take(judged); judged != nil {
						kept = append(kept, judged)
					}
					mu.Unlock()
				}
				if reader != nil {
					reader.Forget(group[0].ID.Namespace)
				}
			}
		})
	}
	for _, g := range groups {
		work <- g
	}
	close(work)
	wait.Wait()
	return kept
}

// posture judges one function. It returns the row with its posture, and the posture in full; nil for what is opaque.
func (a *answer) posture(app *app, now time.Time, r *board.Row) (*board.Row, *postureItem, error) {
	common, err := a.options(app, now)
	if err != nil {
		return r, nil, err
	}
	source, o, ok := a.facts(r.ID.Context, common)
	if !ok || r.Function.Opaque {
		return r, nil, nil
	}
	row, item := fullPosture(source, o, r)
	return row, item, nil
}

// objects is a snapshot that finds objects by their names.
type objects interface {
	snapshot.Source
	Object(ref model.Ref) model.Object
}

// fullPosture judges a function from a source.
func fullPosture(source objects, o *snapshot.Options, r *board.Row) (*board.Row, *postureItem) {
	p := board.PostureOf(snapshot.Once(source, o), r.ID.FunctionKey)
	if p == nil {
		return r, nil
	}
	f := scan.One(source, scan.Request{Context: r.ID.Context, Options: o, Lookup: report.Lookup{
		Version: func(ref model.Ref) string { return apiVersionOf(source, ref) },
	}}, r.Function)
	item := &postureItem{Grade: f.Grade, Capped: f.Capped, Lifts: f.Lifts, Pillars: f.Pillars, PSS: f.PSS, Exposure: f.Exposure,
		Blast: f.Blast, Findings: f.Findings}
	if p.Behind != nil {
		item.Platform = &platformGrade{Framework: p.Platform.Framework, Release: p.Platform.Release, Namespace: p.Platform.Namespace,
			Grade: p.Behind.Grade.String(), Capped: p.Behind.Capped}
	}
	return &board.Row{ID: r.ID, Function: r.Function, Posture: p}, item
}

// posture prints a posture for people.
func (p *page) posture(d *postureItem, of *board.Posture) {
	if d == nil || of == nil {
		return
	}
	p.b.WriteString("\n")
	p.field("Grade", report.Letter(d.Grade, d.Capped)+liftText(d.Grade, d.Lifts))
	if d.Platform != nil {
		p.field("Platform grade", report.Letter(d.Platform.Grade, d.Platform.Capped)+" ("+cmp.Or(d.Platform.Release, d.Platform.Framework)+
			" in "+d.Platform.Namespace+")")
	}
	if x := d.Exposure; x != nil {
		p.field("Exposed", exposedText(x)+doubt(of.Hidden, "a way in may be hidden"))
	}
	if d.PSS != nil {
		text := d.PSS.Level + " (" + d.PSS.Version
		if d.PSS.NamespaceEnforces != "" {
			text += ", the namespace enforces " + d.PSS.NamespaceEnforces
		}
		p.field("Pod Security", text+")")
	}
	if b := d.Blast; b != nil {
		p.field("Blast radius", strconv.Itoa(b.Level)+" "+blast.Level(b.Level).String()+doubt(of.Further, "it may go further"))
		var paths [][]string
		for _, steps := range b.Paths {
			var words []string
			for _, s := range steps {
				words = append(words, s.Text)
			}
			paths = append(paths, []string{strings.Join(words, " → ")})
		}
		p.list("Proof", "", paths)
	}
	var pillars [][]string
	d.Pillars.Each(func(name string, at *report.Pillar) {
		pillars = append(pillars, []string{name, report.Letter(at.Grade, at.Capped), countText(at.Fail, at.Unknown)})
	})
	p.list("Pillars", "", pillars)
	var findings [][]string
	for i := range d.Findings {
		f := &d.Findings[i]
		word := f.Severity
		if f.Status != check.Fail.String() {
			word = f.Status
		}
		findings = append(findings, []string{word, f.Control, f.Message})
	}
	p.list("Findings", "none", findings)
}

// liftText says what makes the grade what it is, and what it takes to make it better.
func liftText(grade string, lifts []report.Lift) string {
	for i, l := range lifts {
		if l.Grade == grade {
			continue
		}
		first := lifts[0].Control + " (" + string(lifts[0].Intent) + ")"
		if i == 0 {
			return ", because of " + first + ": without it " + l.Grade
		}
		return ", because of " + first + " and " + strconv.Itoa(i) + " more: without them " + l.Grade
	}
	return ""
}

func exposedText(x *report.Exposure) string {
	text := x.Class
	switch x.Authentication {
	case "":
	case expose.NoAuth.String():
		text += ", without a login"
	default:
		text += ", login: " + x.Authentication
	}
	if x.Authentication != "" && !x.TLS {
		text += ", not always encrypted"
	}
	return text
}

// doubt adds what may be worse than it looks.
func doubt(in bool, what string) string {
	if !in {
		return ""
	}
	return "; not all could be read: " + what
}

func countText(fail, unknown int) string {
	var parts []string
	if fail > 0 {
		parts = append(parts, strconv.Itoa(fail)+" failed")
	}
	if unknown > 0 {
		parts = append(parts, strconv.Itoa(unknown)+" not judged")
	}
	return strings.Join(parts, ", ")
}

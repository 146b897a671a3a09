package tighten

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/table"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/listing"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
)

// row is one intent for all functions that it cures something of. Rows are immutable.
type row struct {
	intent              check.Intent
	on                  extent
	functions, possible int      // that it would cure, and that have something to change for it
	safe                int      // of those that end nothing that is used now
	controls            []string // what it cures
	objects             []string // what is changed, each once
	asks                []string
	nones               []string // why some framework has nothing to change
	next                string   // what comes closest then
	grade               string   // of the function with this fix alone; empty when there are several
	lifts               bool     // the grade is another one than now
	text                string
}

// extent is for which functions a fix is on.
type extent uint8

// The extents: for none, for those for which it ends nothing that is used now, for all.
const (
	off extent = iota
	unasked
	all
)

// takes reports whether a fix of that extent is made for a function.
func (e extent) takes(x *screen.Fix) bool {
	return x.Possible() && (e == all || e == unasked && len(x.Asked()) == 0)
}

// first is the extent to begin with: what ends something is off.
func (r *row) first() extent {
	switch {
	case r.safe == 0:
		return off
	case r.safe < r.possible:
		return unasked
	}
	return all
}

// turned is the extent after another turn.
func (r *row) turned() extent {
	switch {
	case r.possible == 0 || r.on == all:
		return off
	case r.on == off && r.safe > 0 && r.safe < r.possible:
		return unasked
	}
	return all
}

// rowsOf sums up fixes by intent; with intents only those.
func rowsOf(fixes []screen.Fixes, only []check.Intent) []*row {
	byIntent := map[check.Intent]*row{}
	var rows []*row
	for i := range fixes {
		f := &fixes[i]
		for j := range f.Fixes {
			x := &f.Fixes[j]
			if x.Intent == check.FixReview || len(only) > 0 && !slices.Contains(only, x.Intent) {
				continue
			}
			r := byIntent[x.Intent]
			if r == nil {
				r = &row{intent: x.Intent}
				byIntent[x.Intent] = r
				rows = append(rows, r)
			}
			r.add(x)
			if len(fixes) == 1 && x.Possible() {
				r.grade = f.Left(func(i check.Intent) bool { return i == x.Intent })
				r.lifts = r.grade != f.Posture.Letter()
			}
		}
	}
	for _, r := range rows {
		r.text = strings.Join([]string{string(r.intent), r.intent.Wish(), r.state(), strings.Join(r.controls, " "), strings.Join(r.objects, " ")}, " ")
	}
	return rows
}

func (r *row) add(x *screen.Fix) {
	once := func(list *[]string, s string) {
		if s != "" && !slices.Contains(*list, s) {
			*list = append(*list, s)
		}
	}
	r.functions++
	for _, c := range x.Controls {
		once(&r.controls, c)
	}
	if !x.Possible() {
		why := cmp.Or(x.None, "nothing is left to do at its source")
		once(&r.nones, why)
		if x.Next != "" {
			r.next = string(x.Next)
		}
		return
	}
	r.possible++
	if len(x.Asked()) == 0 {
		r.safe++
	}
	for i := range x.Edits {
		e := &x.Edits[i]
		once(&r.objects, string(e.Verb)+" "+e.Object.String())
	}
	for _, a := range x.Asked() {
		once(&r.asks, a)
	}
}

func (r *row) same(o *row) bool {
	return r.on == o.on && r.functions == o.functions && r.possible == o.possible && r.grade == o.grade && r.text == o.text &&
		slices.Equal(r.asks, o.asks) && slices.Equal(r.nones, o.nones)
}

// box is whether the fix is on, without colour.
func (r *row) box() string {
	switch {
	case r.possible == 0:
		return " – "
	case r.on == all:
		return "[x]"
	case r.on == unasked:
		return "[~]"
	}
	return "[ ]"
}

// state says what stands out.
func (r *row) state() string {
	switch {
	case r.possible == 0:
		return r.nones[0]
	case len(r.asks) > 0 && r.safe > 0:
		return "for " + text.Count(r.possible-r.safe) + ": " + r.asks[0]
	case len(r.asks) > 0:
		return r.asks[0]
	case r.possible < r.functions:
		return "not for " + strconv.Itoa(r.functions-r.possible) + ": " + r.nones[0]
	}
	return "changes nothing that is used now"
}

func (r *row) stateRole() themes.Role {
	switch {
	case r.possible == 0:
		return themes.Muted
	case len(r.asks) > 0:
		return themes.Warning
	}
	return themes.OK
}

func (r *row) where() string {
	switch len(r.objects) {
	case 0:
		return "–"
	case 1:
		return r.objects[0]
	}
	return r.objects[0] + " and " + strconv.Itoa(len(r.objects)-1) + " more"
}

func (r *row) count() string {
	if r.possible == r.functions {
		return text.Count(r.functions)
	}
	return text.Count(r.possible) + "/" + text.Count(r.functions)
}

// order puts first what can be done without asking, then what asks, then what cannot be done.
func (r *row) order() int {
	switch {
	case r.possible == 0:
		return 2
	case r.safe == 0:
		return 1
	}
	return 0
}

var places = func() map[check.Intent]int {
	m := map[check.Intent]int{}
	for i, intent := range check.Intents() {
		m[intent] = i
	}
	return m
}()

func compareIntents(a, b check.Intent) int { return cmp.Compare(places[a], places[b]) }

// Text is what words are searched in.
func (r *row) Text() string { return r.text }

// Field is the value in a column.
func (r *row) Field(i int) query.Value {
	switch i {
	case 0:
		return query.Value{Text: string(r.intent), Known: true}
	case 1:
		return query.Value{Text: strings.Join(r.controls, " "), Known: true}
	case 2:
		return query.Value{Text: [...]string{off: "off", unasked: "partly", all: "on"}[r.on], Known: true}
	case 3:
		return query.Value{Text: r.state(), Known: true}
	}
	return query.Value{Text: strings.Join(r.objects, " "), Known: len(r.objects) > 0}
}

// Labels are none.
func (r *row) Labels() map[string]string { return nil }

// Columns are those that a filter may name.
var Columns = query.Columns{
	{Name: "fix", Aliases: []string{"intent"}, Title: "id of the fix"}, {Name: "cures", Title: "controls that it cures"},
	{Name: "on", Title: "on, partly, off", Values: []string{"on", "partly", "off"}}, {Name: "state", Title: "what it asks about, or why it cannot be done"},
	{Name: "where", Title: "objects that it changes"},
}

func columns(several bool) []table.Column[*row] {
	plain := func(id, title string, priority, most int, cell func(*row) string, role func(*row) themes.Role) table.Column[*row] {
		return table.Column[*row]{ID: id, Title: title, Priority: priority, Max: most, Cell: listing.Role(cell, role),
			Compare: func(a, b *row) int { return cmp.Compare(cell(a), cell(b)) }}
	}
	dim := func(role themes.Role) func(*row) themes.Role {
		return func(r *row) themes.Role {
			if r.possible == 0 {
				return themes.Muted
			}
			return role
		}
	}
	on := plain("on", "ON", 99, 0, (*row).box, func(r *row) themes.Role {
		if r.on != off {
			return themes.Accent
		}
		return themes.Muted
	})
	on.Frozen = true
	on.Compare = func(a, b *row) int { return cmp.Or(a.order()-b.order(), compareIntents(a.intent, b.intent)) }
	fix := plain("fix", "FIX", 98, 20, func(r *row) string { return string(r.intent) }, dim(themes.Value))
	fix.Frozen = true
	cures := plain("cures", "CURES", 60, 40, func(r *row) string { return strings.Join(r.controls, " ") }, dim(themes.Value))
	cures.Flex, cures.Min = 1, 6
	where := plain("where", "WHERE", 70, 80, (*row).where, dim(themes.Value))
	where.Flex, where.Min = 2, 28
	state := plain("state", "ASKS, OR WHY NOT", 80, 100, func(r *row) string { return cmp.Or(themes.Glyph(r.stateRole()), "–") + " " + r.state() }, (*row).stateRole)
	state.Flex, state.Min = 3, 34
	shown := []table.Column[*row]{on, fix}
	if several {
		count := plain("functions", "FUNCTIONS", 90, 0, (*row).count, dim(themes.Value))
		count.Align, count.DescFirst = text.Right, true
		count.Compare = func(a, b *row) int { return cmp.Compare(a.possible, b.possible) }
		shown = append(shown, count)
	} else {
		grade := plain("grade", "GRADE", 90, 0, func(r *row) string { return strings.TrimSuffix("→ "+r.grade, "→ ") },
			func(r *row) themes.Role {
				if !r.lifts {
					return themes.Muted
				}
				return themes.Grade(r.grade)
			})
		shown = append(shown, grade)
	}
	return append(shown, state, where, cures)
}

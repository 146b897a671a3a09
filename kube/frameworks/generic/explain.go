package generic

import (
	"fmt"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// Cell is one thing that is known of a function, and the rule of the configuration that gave it.
type Cell struct {
	Cell  string // name, image, state, triggers …
	Value string
	Rule  string // `.spec.image`, `triggers[0] spec.triggers[1]`, `default: …`
	Line  int    // of the rule; 0 for defaults
}

// trace collects cells while a function is built; a nil trace collects nothing.
type trace struct{ cells []Cell }

func (t *trace) add(cell, value, rule string, line int) {
	if t != nil {
		t.cells = append(t.cells, Cell{Cell: cell, Value: value, Rule: rule, Line: line})
	}
}

// value adds a cell that a value of the configuration gave; the line is that of the term which did.
func (t *trace) value(cell, result, rule string, v *Value) {
	if t == nil {
		return
	}
	line := 0
	for i := range v.terms {
		if v.terms[i].rule == rule && len(v.terms[i].from) > 0 {
			line = v.terms[i].from[0].line
		}
	}
	t.add(cell, result, rule, line)
}

// Explanation says how one object was read.
type Explanation struct {
	Function *model.Function // nil: no function
	Skipped  string          // why it is none
	Cells    []Cell
}

// Explain reads the function of the object as the framework of entries[i] does, and says which rule gave each cell. x
// must come from a store that was made with New(entries).
func Explain(entries []Entry, i int, object model.Ref, x frameworks.Index) Explanation {
	a := newAdapter(entries, i)
	t := &trace{}
	f, ok := a.build(a.key(object), x, t)
	if ok {
		return Explanation{Function: f, Cells: t.cells}
	}
	return Explanation{Skipped: a.why(object, x)}
}

func (a *adapter) why(object model.Ref, x frameworks.Index) string {
	e := a.entry
	gk := object.GroupKind()
	if gk != e.function.GroupKind {
		return fmt.Sprintf("%s is no %s", object, e.function.GroupKind)
	}
	o := x.Get(object)
	if o == nil {
		if why := frameworks.Unseen(x, gk, object.Namespace); why != "" {
			return why
		}
		return object.String() + " is not there"
	}
	if why := e.function.cheap(o.Head()); why != "" {
		return why
	}
	for _, b := range a.before {
		if f, _ := o.Head().FactsOf(b.Name).(*facts); f.is() {
			return fmt.Sprintf("the earlier framework %q has it", b.Name)
		}
	}
	return "its fields are not selected (function.fields, function.where)"
}

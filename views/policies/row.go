package policies

import (
	"cmp"
	"reflect"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/security/guards"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/table"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/listing"
	"github.com/fn9s/fn9s/views/query"
)

// key names a policy as it counts in one namespace.
type key struct {
	context, namespace string
	sort               guards.Sort
	ref                model.Ref
}

func compareKeys(a, b key) int {
	return cmp.Or(cmp.Compare(a.namespace, b.namespace), cmp.Compare(a.sort, b.sort), a.ref.Compare(b.ref), cmp.Compare(a.context, b.context))
}

// row is one policy. Rows are immutable.
type row struct {
	key
	*guards.Policy
	selected, missed string
	text             string
}

func newRow(context string, p *guards.Policy) *row {
	r := &row{key: key{context, p.Namespace, p.Sort, p.Ref}, Policy: p, selected: names(p.Selected), missed: names(p.Missed)}
	r.text = strings.Join([]string{r.name(), p.Ref.Kind, p.Namespace, string(p.Sort), p.Does, r.selected, r.missed, r.state()}, " ")
	return r
}

func names(keys []model.FunctionKey) string {
	all := make([]string, len(keys))
	for i := range keys {
		all[i] = keys[i].Name
	}
	return strings.Join(all, ", ")
}

func (r *row) name() string { return cmp.Or(r.Policy.Ref.Name, "(no policy)") }

func (r *row) kind() string { return cmp.Or(r.Policy.Ref.Kind, "–") }

// total is how many functions there are to select.
func (r *row) total() int { return len(r.Selected) + len(r.Missed) + len(r.Unsure) }

// state is what stands out: nothing, somebody who is missed, something that does nothing.
func (r *row) state() string {
	switch {
	case r.Weak:
		return "open"
	case len(r.Unsure) > 0:
		return "unknown for some"
	case r.total() > 0 && len(r.Selected) == 0:
		return "selects none"
	case len(r.Selected) > 0 && len(r.Idle) == len(r.Selected):
		return "not in the mesh"
	case len(r.Idle) > 0:
		return "some not in the mesh"
	case len(r.Missed) > 0:
		return "misses some"
	case r.total() == 0:
		return "no functions"
	}
	return "selects all"
}

func (r *row) stateRole() themes.Role {
	switch {
	case r.Weak || len(r.Idle) > 0:
		return themes.Warning
	case len(r.Unsure) > 0:
		return themes.Unknown
	case r.total() == 0 || len(r.Missed) > 0:
		return themes.Info
	}
	return themes.OK
}

func (r *row) faulty() bool { return r.Weak || len(r.Idle) > 0 || len(r.Unsure) > 0 }

func (r *row) count() string {
	n := strconv.Itoa(len(r.Selected))
	if len(r.Unsure) > 0 {
		n += "–" + strconv.Itoa(len(r.Selected)+len(r.Unsure))
	}
	if r.Policy.Ref.Name == "" {
		return n
	}
	return n + "/" + strconv.Itoa(r.total())
}

// Text is what words are searched in.
func (r *row) Text() string { return r.text }

// Field is the value in a column.
func (r *row) Field(i int) query.Value {
	known := func(s string) query.Value { return query.Value{Text: s, Known: s != ""} }
	switch i {
	case 0:
		return known(r.name())
	case 1:
		return known(r.Policy.Namespace)
	case 2:
		return known(string(r.Sort))
	case 3:
		return known(r.Policy.Ref.Kind)
	case 4:
		return known(r.Does)
	case 5:
		return known(r.state())
	case 6:
		return query.Value{Text: r.selected, Num: float64(len(r.Selected)), Known: true}
	}
	return query.Value{Text: r.missed, Num: float64(len(r.Missed)), Known: true}
}

// Labels are none.
func (r *row) Labels() map[string]string { return nil }

// same reports whether nothing that is drawn differs.
func (r *row) same(o *row) bool {
	return r.Policy == o.Policy || reflect.DeepEqual(r.Policy, o.Policy)
}

// Columns are those that a filter may name.
var Columns = query.Columns{
	{Name: "name", Title: "name"}, {Name: "namespace", Aliases: []string{"ns"}, Title: "namespace"},
	{Name: "about", Title: "network, pod security, istio, linkerd"}, {Name: "kind", Title: "kind"}, {Name: "does", Title: "what it does"},
	{Name: "state", Title: "open, selects all, misses some, selects none, not in the mesh, unknown for some"},
	{Name: "selects", Title: "functions that it selects"}, {Name: "misses", Title: "functions that it misses"},
}

func tableColumns(several bool) []table.Column[*row] {
	plain := func(id, title string, priority, most int, cell func(*row) string) table.Column[*row] {
		return table.Column[*row]{ID: id, Title: title, Priority: priority, Max: most, Cell: listing.Role(cell, nil),
			Compare: func(a, b *row) int { return cmp.Compare(cell(a), cell(b)) }}
	}
	count := plain("functions", "SELECTS", 85, 0, (*row).count)
	count.Align, count.DescFirst = text.Right, true
	count.Compare = func(a, b *row) int { return cmp.Compare(len(a.Selected), len(b.Selected)) }
	state := plain("state", "STATE", 90, 0, (*row).state)
	state.Cell = listing.Role(func(r *row) string { return themes.Glyph(r.stateRole()) + " " + r.state() }, (*row).stateRole)
	does := plain("does", "DOES", 60, 80, func(r *row) string { return r.Does })
	does.Flex, does.Min = 3, 14
	selects := plain("selects", "FUNCTIONS", 40, 60, func(r *row) string { return cmp.Or(r.selected, "–") })
	selects.Flex, selects.Min = 2, 14
	misses := plain("misses", "MISSES", 50, 60, func(r *row) string { return cmp.Or(r.missed, "–") })
	misses.Flex, misses.Min = 2, 14
	name := plain("name", "NAME", 0, 63, (*row).name)
	name.Frozen, name.Flex, name.Min = true, 2, 12
	all := []table.Column[*row]{name, plain("namespace", "NAMESPACE", 80, 30, func(r *row) string { return r.Policy.Namespace }),
		plain("about", "ABOUT", 70, 0, func(r *row) string { return string(r.Sort) }), state, count, does, misses, selects,
		plain("kind", "KIND", 30, 30, (*row).kind)}
	if several {
		all = append(all, plain("context", "CONTEXT", 65, 30, func(r *row) string { return r.context }))
	}
	return all
}

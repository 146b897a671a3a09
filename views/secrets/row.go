package secrets

import (
	"cmp"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fn9s/fn9s/security/secrets"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/table"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/listing"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
)

// row is one Secret. Rows are immutable.
type row struct {
	target screen.Target
	item   *secrets.Item
	unsure bool // there may be more readers
	users  string
	ways   string
	text   string
	now    func() time.Time
}

func newRow(context string, i *secrets.Item, unsure bool, now func() time.Time) *row {
	r := &row{target: screen.Target{Context: context, Ref: i.Ref}, item: i, unsure: unsure, now: now}
	var users, ways []string
	for k := range i.Usage {
		u := &i.Usage[k]
		users = append(users, u.Name)
		for _, w := range u.Ways {
			if !slices.Contains(ways, w.String()) {
				ways = append(ways, w.String())
			}
		}
	}
	r.users, r.ways = strings.Join(users, ", "), strings.Join(ways, ",")
	r.text = strings.Join([]string{i.Ref.Name, i.Ref.Namespace, i.Type, string(i.Provider), i.By, r.users, r.ways, r.state()}, " ")
	return r
}

// use is who uses it, or that nobody does.
func (r *row) use() string {
	n := len(r.item.Usage)
	switch {
	case n > 1:
		return strconv.Itoa(n) + ": " + r.users
	case n == 1:
		return r.users
	}
	return "–"
}

// state is the word of the state.
func (r *row) state() string {
	if r.item.Status == secrets.Used && r.overdue() {
		return "not rotated"
	}
	return string(r.item.Status)
}

// overdue reports whether the data is older than it should be.
func (r *row) overdue() bool {
	w := r.item.Written
	return !w.At.IsZero() && w.Recorded && r.item.Limit > 0 && r.now().Sub(w.At) > r.item.Limit
}

func (r *row) faulty() bool {
	return r.item.Status == secrets.Unused || r.item.Status == secrets.Absent || r.overdue()
}

func (r *row) stateRole() themes.Role {
	switch r.state() {
	case string(secrets.Used), string(secrets.Found), string(secrets.Named):
		return themes.OK
	case string(secrets.Absent):
		return themes.Error
	case string(secrets.Doubtful), string(secrets.Unseen):
		return themes.Unknown
	}
	return themes.Warning
}

// exists is false for what is only named.
func (r *row) exists() bool {
	return r.item.Status != secrets.Absent && r.item.Keys+len(r.item.Type) > 0
}

func (r *row) readers() string {
	switch {
	case !r.exists():
		return "–"
	case r.unsure:
		return strconv.Itoa(r.item.Readers) + "?"
	}
	return strconv.Itoa(r.item.Readers)
}

// rotated is since when the data is what it is: exactly, at the latest, or not known.
func (r *row) rotated(now time.Time) string {
	w := r.item.Written
	switch {
	case w.At.IsZero() || !w.Recorded:
		return "?"
	case w.Sure:
		return text.Age(now.Sub(w.At))
	}
	return "≥" + text.Age(now.Sub(w.At))
}

// Text is what words are searched in.
func (r *row) Text() string { return r.text }

// Field is the value in a column.
func (r *row) Field(i int) query.Value {
	i0 := r.item
	known := func(s string) query.Value { return query.Value{Text: s, Known: s != ""} }
	age := func(t time.Time, ok bool) query.Value {
		return query.Value{Num: r.now().Sub(t).Seconds(), Known: ok && !t.IsZero()}
	}
	switch i {
	case 0:
		return known(i0.Ref.Name)
	case 1:
		return known(i0.Ref.Namespace)
	case 2:
		return known(r.state())
	case 3:
		return known(string(i0.Provider))
	case 4:
		return known(i0.Type)
	case 5:
		return query.Value{Text: r.users, Num: float64(len(i0.Usage)), Known: true}
	case 6:
		return known(r.ways)
	case 7:
		return query.Value{Text: r.readers(), Num: float64(i0.Readers), Known: r.exists()}
	case 8:
		return age(i0.Created, true)
	case 9:
		return age(i0.Written.At, i0.Written.Recorded)
	}
	return query.Value{Text: strconv.Itoa(i0.Keys), Num: float64(i0.Keys), Known: r.exists()}
}

// Labels are none.
func (r *row) Labels() map[string]string { return nil }

// Columns are those that a filter may name.
var Columns = query.Columns{
	{Name: "name", Title: "name"}, {Name: "namespace", Aliases: []string{"ns"}, Title: "namespace"},
	{Name: "state", Title: "used, named, unused, perhaps unused, missing, not seen, not rotated"},
	{Name: "provider", Title: "plain, sealed, external, csi, certificate, managed"}, {Name: "type", Title: "type"},
	{Name: "used", Aliases: []string{"users"}, Title: "functions and workloads that use it"},
	{Name: "how", Title: "env, envFrom, file, pull, …"},
	{Name: "readers", Title: "subjects that may read it", Type: query.Number}, {Name: "age", Title: "age", Type: query.Duration},
	{Name: "rotated", Title: "time since the data changed", Type: query.Duration}, {Name: "keys", Title: "number of keys", Type: query.Number},
}

const (
	ageField     = 8
	rotatedField = 9
)

func tableColumns(several bool) []table.Column[*row] {
	plain := func(id, title string, priority, most int, cell func(*row) string) table.Column[*row] {
		return table.Column[*row]{ID: id, Title: title, Priority: priority, Max: most, Cell: listing.Role(cell, nil),
			Compare: func(a, b *row) int { return cmp.Compare(cell(a), cell(b)) }}
	}
	used := plain("used", "USED BY", 80, 70, (*row).use)
	used.Flex, used.Min = 3, 12
	used.Compare = func(a, b *row) int { return cmp.Compare(len(a.item.Usage), len(b.item.Usage)) }
	readers := plain("readers", "READERS", 70, 0, (*row).readers)
	readers.Align, readers.DescFirst = text.Right, true
	readers.Compare = func(a, b *row) int { return cmp.Compare(a.item.Readers, b.item.Readers) }
	keys := plain("keys", "KEYS", 30, 0, func(r *row) string { return strconv.Itoa(r.item.Keys) })
	keys.Align, keys.Wide = text.Right, true
	by := plain("by", "MANAGED BY", 20, 40, func(r *row) string { return cmp.Or(r.item.By, "–") })
	by.Wide = true
	all := []table.Column[*row]{
		{ID: "name", Title: "NAME", Frozen: true, Flex: 2, Min: 16, Max: 63,
			Cell:    listing.Role(func(r *row) string { return r.item.Ref.Name }, nil),
			Compare: func(a, b *row) int { return cmp.Compare(a.item.Ref.Name, b.item.Ref.Name) }},
		plain("namespace", "NAMESPACE", 75, 30, func(r *row) string { return r.item.Ref.Namespace }),
		{ID: "state", Title: "STATE", Priority: 90, Cell: func(r *row, _ time.Time) table.Cell {
			role := r.stateRole()
			return table.Cell{Text: themes.Glyph(role) + " " + r.state(), Role: role}
		}, Compare: func(a, b *row) int { return cmp.Compare(a.state(), b.state()) }},
		plain("how", "HOW", 65, 20, func(r *row) string { return cmp.Or(r.ways, "–") }), used,
		plain("provider", "PROVIDER", 60, 0, func(r *row) string { return cmp.Or(string(r.item.Provider), "–") }), readers,
		age("rotated", "ROTATED", 55, func(r *row) time.Time { return r.item.Written.At }, (*row).rotated),
		age("age", "AGE", 40, func(r *row) time.Time { return r.item.Created }, func(r *row, now time.Time) string {
			if r.item.Created.IsZero() {
				return "–"
			}
			return text.Age(now.Sub(r.item.Created))
		}),
		plain("type", "TYPE", 35, 40, func(r *row) string { return cmp.Or(r.item.Type, "–") }), keys, by,
	}
	if several {
		all = append(all, plain("context", "CONTEXT", 50, 30, func(r *row) string { return r.target.Context }))
	}
	return all
}

func age(id, title string, priority int, at func(*row) time.Time, cell func(*row, time.Time) string) table.Column[*row] {
	return table.Column[*row]{ID: id, Title: title, Priority: priority, Align: text.Right, Ages: true, DescFirst: true,
		Cell: func(r *row, now time.Time) table.Cell {
			c := table.Cell{Text: cell(r, now)}
			if id == "rotated" && r.overdue() {
				c.Role = themes.Warning
			}
			return c
		},
		Compare: func(a, b *row) int { return at(b).Compare(at(a)) }}
}

// same reports whether nothing that is drawn differs.
func (r *row) same(o *row) bool {
	return r.unsure == o.unsure && (r.item == o.item || reflect.DeepEqual(r.item, o.item))
}

func compareTargets(a, b screen.Target) int {
	return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), a.Ref.Compare(b.Ref), cmp.Compare(a.Context, b.Context))
}

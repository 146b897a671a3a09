package objects

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/table"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
)

func tableColumns(answer *screen.Table, several bool) []table.Column[*row] {
	if answer == nil {
		return []table.Column[*row]{{ID: "name", Title: "NAME", Frozen: true, Cell: func(r *row, _ time.Time) table.Cell {
			return table.Cell{Text: r.target.Name}
		}}}
	}
	var all []table.Column[*row]
	if several {
		all = append(all, table.Column[*row]{ID: "context", Title: "CONTEXT", Priority: 51, Flex: 1, Min: 7, Max: 24,
			Cell: func(r *row, _ time.Time) table.Cell {
				return table.Cell{Text: r.target.Context, Role: themes.Muted}
			},
			Compare: func(a, b *row) int { return cmp.Compare(a.target.Context, b.target.Context) }})
	}
	if answer.Namespaced {
		all = append(all, table.Column[*row]{ID: "namespace", Title: "NAMESPACE", Priority: 50, Max: 30,
			Cell: func(r *row, _ time.Time) table.Cell {
				return table.Cell{Text: r.target.Namespace, Role: themes.Muted}
			},
			Compare: func(a, b *row) int { return cmp.Compare(a.target.Namespace, b.target.Namespace) }})
	}
	for i, c := range answer.Columns {
		all = append(all, column(i, c))
	}
	return all
}

func column(i int, c screen.Column) table.Column[*row] {
	cell := func(r *row) string {
		if i < len(r.cells) {
			return r.cells[i]
		}
		return ""
	}
	name := text.Clean(c.Name)
	t := table.Column[*row]{
		ID: id(c), Title: strings.ToUpper(name), Priority: 40 - i, Wide: c.Priority > 0, Max: 60,
		Frozen: strings.EqualFold(c.Name, "name"),
		Cell: func(r *row, _ time.Time) table.Cell {
			return table.Cell{Text: cmp.Or(cell(r), "–"), Role: role(c, cell(r))}
		},
		Compare: func(a, b *row) int { return compareCells(cell(a), cell(b)) },
	}
	if strings.EqualFold(c.Type, "integer") || strings.EqualFold(c.Type, "number") {
		t.Align = text.Right
	}
	if t.Frozen {
		t.Flex, t.Min = 3, 16
	} else if c.Type == "string" {
		t.Flex, t.Min = 1, 10
	}
	return t
}

func id(c screen.Column) string {
	return strings.ReplaceAll(strings.ToLower(text.Clean(c.Name)), " ", "-")
}

// bad are the words of a STATUS column that somebody should look at.
var bad = []string{"error", "crashloop", "backoff", "failed", "unknown", "evicted", "oomkilled", "pending", "lost", "notready"}

func role(c screen.Column, cell string) themes.Role {
	if name := strings.ToLower(c.Name); name != "status" && name != "type" && name != "reason" {
		return themes.Text
	}
	lower := strings.ToLower(cell)
	for _, w := range bad {
		if strings.Contains(lower, w) {
			return themes.Error
		}
	}
	if lower == "warning" {
		return themes.Warning
	}
	return themes.Text
}

// compareCells compares what looks like numbers, quantities or ages by value, everything else as text.
func compareCells(a, b string) int {
	x, okX := number(a)
	y, okY := number(b)
	if okX && okY {
		return cmp.Compare(x, y)
	}
	return cmp.Compare(a, b)
}

// number reads counts, ages as the server draws them, and ratios by their first part.
func number(s string) (float64, bool) {
	first, _, _ := strings.Cut(s, " ")
	if ready, _, ok := strings.Cut(first, "/"); ok {
		first = ready
	}
	if n, err := strconv.ParseFloat(first, 64); err == nil {
		return n, true
	}
	return query.ParseDuration(first)
}

func queryColumns(answer *screen.Table) query.Columns {
	q := query.Columns{{Name: "context", Aliases: []string{"ctx", "cluster"}, Title: "context of the kubeconfig"}, {Name: "namespace", Aliases: []string{"ns"}, Title: "namespace"}}
	if answer == nil {
		return q
	}
	for _, c := range answer.Columns {
		kind := query.Text
		switch {
		case strings.EqualFold(c.Type, "integer"), strings.EqualFold(c.Type, "number"):
			kind = query.Number
		case strings.EqualFold(c.Name, "age"):
			kind = query.Duration
		}
		q = append(q, query.Column{Name: id(c), Title: strings.ToLower(text.Clean(c.Name)), Type: kind})
	}
	return q
}

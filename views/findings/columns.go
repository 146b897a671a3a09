package findings

import (
	"cmp"
	"strings"
	"time"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/table"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/listing"
)

// role is how a severity, or another verdict, is drawn.
func role(word string) themes.Role {
	switch word {
	case "unknown":
		return themes.Unknown
	case "accepted", "":
		return themes.Muted
	}
	return themes.Severity(word)
}

func muted[R any](R) themes.Role { return themes.Muted }

// columns are those of the findings one by one.
func columns(contexts, baseline bool) []table.Column[*item] {
	words := func(id, title string, priority, flex, least, most int, cell func(*item) string, r func(*item) themes.Role) table.Column[*item] {
		return table.Column[*item]{ID: id, Title: title, Priority: priority, Flex: flex, Min: least, Max: most, Cell: listing.Role(cell, r),
			Compare: func(a, b *item) int { return strings.Compare(cell(a), cell(b)) }}
	}
	wide := func(c table.Column[*item]) table.Column[*item] { c.Wide = true; return c }
	all := []table.Column[*item]{{
		ID: "severity", Title: "SEVERITY", Frozen: true, DescFirst: true,
		Cell:    listing.Role((*item).word, func(i *item) themes.Role { return role(i.word()) }),
		Compare: func(a, b *item) int { return cmp.Compare(a.rank(), b.rank()) },
	}, {
		ID: "control", Title: "CONTROL", Frozen: true, Cell: listing.Role(func(i *item) string { return i.f.Control.ID }, nil),
		Compare: func(a, b *item) int { return cmp.Compare(a.control, b.control) },
	}}
	if baseline {
		all = append(all, table.Column[*item]{ID: "new", Title: "NEW", Priority: 9, DescFirst: true,
			Cell:    listing.Role(func(i *item) string { return newWord(i.fresh) }, func(*item) themes.Role { return themes.Warning }),
			Compare: func(a, b *item) int { return compareBools(a.fresh, b.fresh) }})
	}
	if contexts {
		all = append(all, words("context", "CONTEXT", 3, 1, 7, 24, func(i *item) string { return i.of.id.Context }, muted))
	}
	return append(all,
		words("namespace", "NAMESPACE", 5, 1, 9, 24, func(i *item) string { return i.of.id.Namespace }, muted),
		words("function", "FUNCTION", 8, 2, 12, 40, func(i *item) string { return i.of.row().Function.Name() }, nil),
		wide(words("framework", "FRAMEWORK", 6, 0, 0, 12, func(i *item) string { return i.of.id.Framework }, muted)),
		words("message", "WHAT WAS FOUND", 7, 3, 20, 160, func(i *item) string { return i.f.Message }, nil),
		wide(words("title", "CONTROL SAYS", 4, 1, 12, 48, func(i *item) string { return i.f.Control.Title }, muted)),
		wide(words("object", "OBJECT", 4, 1, 12, 60, func(i *item) string { return objectText(i.f.Object()) }, nil)),
		wide(words("path", "FIELD", 3, 1, 12, 60, func(i *item) string { return i.f.Path }, muted)),
		wide(words("value", "VALUE", 3, 1, 6, 40, func(i *item) string { return i.f.Value }, muted)),
		wide(words("accepted", "ACCEPTED", 2, 1, 10, 60, accepted, muted)),
	)
}

func newWord(fresh bool) string {
	if fresh {
		return "new"
	}
	return ""
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// accepted says why and until when a risk was accepted.
func accepted(i *item) string {
	x := i.f.Exception()
	if x == nil || i.f.Status != check.Accepted {
		return ""
	}
	return "until " + x.Until.AddDate(0, 0, -1).Format(time.DateOnly) + ": " + x.Reason
}

func number[R any](id, title string, priority int, value func(R) int, r themes.Role) table.Column[R] {
	return table.Column[R]{ID: id, Title: title, Align: text.Right, Priority: priority, DescFirst: true,
		Cell: listing.Role(func(g R) string {
			if value(g) == 0 {
				return "–"
			}
			return text.Count(value(g))
		}, func(g R) themes.Role {
			if value(g) == 0 {
				return themes.Muted
			}
			return r
		}),
		Compare: func(a, b R) int { return cmp.Compare(value(a), value(b)) }}
}

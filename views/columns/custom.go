package columns

import (
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/ui/text"
)

// Label makes a column of a label of what declares a function.
func Label(title, label string) Column {
	return Column{ID: CustomID(title), Title: strings.ToUpper(text.Clean(title)), About: "label " + text.Clean(label), Flex: 1, Min: 6, Max: 30,
		Priority: 5, Sparse: true, Cell: cleaned(func(r *board.Row) string {
			return r.Function.Labels.Get(label)
		})}
}

// CustomID is the id of a column of the operator's own.
func CustomID(title string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' {
			return c
		}
		return '-'
	}, strings.ToLower(title))
}

// With is the set with more columns behind its own, those of ids that are taken left out.
func (s Set) With(more ...Column) Set {
	if len(more) == 0 {
		return s
	}
	out := slices.Clone(s)
	for _, c := range more {
		if _, taken := out.Find(c.ID); !taken {
			out = append(out, c)
		}
	}
	return out
}

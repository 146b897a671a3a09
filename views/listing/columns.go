package listing

import (
	"cmp"
	"strings"
	"time"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/table"
	"github.com/fn9s/fn9s/ui/text"
)

// Words is a column of texts, which it is sorted by. Its title is its id; most is its greatest width (0: any), role
// colours it (nil: not).
func Words[R any](id string, priority, most int, cell func(R) string, role func(R) themes.Role) table.Column[R] {
	return table.Column[R]{ID: id, Title: strings.ToUpper(id), Priority: priority, Max: most, Cell: Role(cell, role),
		Compare: func(a, b R) int { return cmp.Compare(cell(a), cell(b)) }}
}

// Age is the first column of lists of what happened, the newest first.
func Age[R any](since func(R) time.Time) table.Column[R] {
	return table.Column[R]{ID: "age", Title: "AGE", Align: text.Right, Priority: 95, Ages: true, Frozen: true,
		Cell:    func(r R, now time.Time) table.Cell { return table.Cell{Text: text.Age(max(0, now.Sub(since(r))))} },
		Compare: func(a, b R) int { return since(b).Compare(since(a)) }}
}

// Muted is the role of columns that tell least.
func Muted[R any](R) themes.Role { return themes.Muted }

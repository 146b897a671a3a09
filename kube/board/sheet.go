package board

import (
	"slices"

	"github.com/fn9s/fn9s/security/model"
)

// leafSize is how many rows lie together. A few of ten thousand change from board to board: what lies elsewhere is shared
// by both.
const leafSize = 32

// sheet is rows sorted by ID, in pieces that are not empty.
type sheet struct {
	leaves [][]*Row
	n      int
}

// sheetOf makes a sheet of sorted rows.
func sheetOf(rows []*Row) sheet {
	var s sheet
	s.add(rows)
	return s
}

// add appends rows, in pieces of their size where they are too many for one.
func (s *sheet) add(rows []*Row) {
	s.n += len(rows)
	for len(rows) > 2*leafSize {
		s.leaves = append(s.leaves, rows[:leafSize:leafSize])
		rows = rows[leafSize:]
	}
	if len(rows) > 0 {
		s.leaves = append(s.leaves, rows)
	}
}

func (s *sheet) rows() []*Row { return slices.Concat(s.leaves...) }

// count counts the rows of a context, which stand together: ids begin with it.
func (s *sheet) count(context string) int {
	n := 0
	for _, leaf := range s.leaves {
		if leaf[0].ID.Context == context && leaf[len(leaf)-1].ID.Context == context {
			n += len(leaf)
			continue
		}
		for _, r := range leaf {
			if r.ID.Context == context {
				n++
			}
		}
	}
	return n
}

// row finds the row of a function; nil: there is none.
func (s *sheet) row(id model.FunctionID) *Row {
	i, first := slices.BinarySearchFunc(s.leaves, id, func(leaf []*Row, id model.FunctionID) int { return leaf[0].ID.Compare(id) })
	if !first {
		i--
	}
	if i < 0 {
		return nil
	}
	if at, ok := find(s.leaves[i], id); ok {
		return s.leaves[i][at]
	}
	return nil
}

// next is the sheet with the upserts in and the deletes out, which are sorted by ID.
func (s *sheet) next(upserts []*Row, deletes []model.FunctionID) sheet {
	n := sheet{leaves: make([][]*Row, 0, len(s.leaves)+1)}
	for i, leaf := range s.leaves {
		u, d := len(upserts), len(deletes)
		if i+1 < len(s.leaves) {
			end := s.leaves[i+1][0].ID
			for u = 0; u < len(upserts) && upserts[u].ID.Compare(end) < 0; u++ {
			}
			for d = 0; d < len(deletes) && deletes[d].Compare(end) < 0; d++ {
			}
		}
		if u+d == 0 {
			n.leaves, n.n = append(n.leaves, leaf), n.n+len(leaf)
			continue
		}
		n.add(merge(leaf, upserts[:u], deletes[:d]))
		upserts, deletes = upserts[u:], deletes[d:]
	}
	if len(s.leaves) == 0 {
		n.add(merge(nil, upserts, deletes))
	}
	return n
}

func find(rows []*Row, id model.FunctionID) (int, bool) {
	return slices.BinarySearchFunc(rows, id, func(r *Row, id model.FunctionID) int { return r.ID.Compare(id) })
}

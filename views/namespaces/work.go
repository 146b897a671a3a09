package namespaces

import (
	"slices"

	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/screen"
)

// Work is all functions of the namespaces that are marked, else of the one under the cursor.
func (s *Screen) Work() (screen.Work, string) {
	chosen := s.Marked()
	if r, ok := s.Selected(); ok && len(chosen) == 0 {
		chosen = append(chosen, r)
	}
	if len(chosen) == 0 {
		return screen.Work{}, "no namespace is under the cursor"
	}
	var work screen.Work
	for _, f := range s.board.Rows() {
		in := key{f.ID.Context, f.ID.Namespace}
		if !f.Function.Opaque && slices.ContainsFunc(chosen, func(r *row) bool { return r.key == in }) {
			work.Functions = append(work.Functions, f.ID)
		}
	}
	if len(work.Functions) == 0 {
		return work, "there is no function in it"
	}
	work.Title = "namespace " + text.Clean(chosen[0].name)
	if n := len(chosen); n > 1 {
		work.Title = text.Count(n) + " namespaces"
	}
	return work, ""
}

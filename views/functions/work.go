package functions

import (
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/views/screen"
)

// Work is the functions that are marked, else the one under the cursor.
func (s *Screen) Work() (screen.Work, string) {
	var work screen.Work
	for _, i := range s.Marked() {
		work.Functions = append(work.Functions, i.ID)
	}
	if id, ok := s.SelectedKey(); ok && len(work.Functions) == 0 {
		work.Functions = []model.FunctionID{id}
	}
	if len(work.Functions) == 0 {
		return work, "no function is under the cursor"
	}
	return work, ""
}

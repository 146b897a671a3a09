package findings

import (
	"slices"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/screen"
)

// Work is what would cure the findings under the cursor, or those that are marked.
func (s *Screen) Work() (screen.Work, string) {
	all := s.chosen()
	if len(all) == 0 {
		return screen.Work{}, "no failure is under the cursor or marked"
	}
	var work screen.Work
	seen := map[model.FunctionID]bool{}
	control := all[0].f.Control
	for _, i := range all {
		if !seen[i.of.id] {
			seen[i.of.id] = true
			work.Functions = append(work.Functions, i.of.id)
		}
		for _, intent := range i.f.Intents() {
			if intent != check.FixReview && !slices.Contains(work.Intents, intent) {
				work.Intents = append(work.Intents, intent)
			}
		}
		if i.f.Control != control {
			control = nil
		}
	}
	if len(work.Intents) == 0 {
		return work, "nothing that can be set cures it"
	}
	slices.SortFunc(work.Functions, model.FunctionID.Compare)
	about := text.Count(len(all)) + " findings"
	if control != nil {
		about = control.ID
	}
	work.Title = about + " of " + text.Clean(work.Functions[0].Name)
	if n := len(work.Functions); n > 1 {
		work.Title = about + " of " + text.Count(n) + " functions"
	}
	return work, ""
}

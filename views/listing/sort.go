package listing

import (
	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/ui/table"
)

// sortedMsg brings an order that was made away from the loop.
type sortedMsg[K, R comparable] struct {
	list *List[K, R]
	job  uint64
	done *table.SortJob[K, R]
}

// toggleSort sorts by a column, and turns round when it is sorted by it already. Where that takes longer than a frame
// it happens away from the loop, and the last order stays on screen until then.
func (l *List[K, R]) toggleSort(id string) tea.Cmd {
	l.sorting++
	if l.Total() <= manyRows {
		l.ToggleSort(id)
		return nil
	}
	by, desc := l.SortedBy()
	first := true
	for i := range l.columns {
		if c := &l.columns[i]; c.ID == id {
			first = c.DescFirst
		}
	}
	if by == id {
		first = !desc
	}
	job, generation := l.PrepareSort(id, first), l.sorting
	if job == nil {
		return nil
	}
	return func() tea.Msg {
		job.Run()
		return sortedMsg[K, R]{list: l, job: generation, done: job}
	}
}

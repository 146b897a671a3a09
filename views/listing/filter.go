package listing

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/ui/table"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
)

const (
	// slowRows is how many rows are matched on the loop when the filter has a regular expression.
	slowRows = 5000
	// manyRows is how many rows are matched or sorted on the loop at all.
	manyRows = 20_000
	// refilterEvery is how often a filter on ages is asked anew.
	refilterEvery = 5 * time.Second
)

// filteredMsg brings a filter that was computed away from the loop.
type filteredMsg[K, R comparable] struct {
	list *List[K, R]
	job  uint64
	done *table.FilterJob[K, R]
}

// FilterColumns are the columns that a filter may name.
func (l *List[K, R]) FilterColumns() query.Columns { return l.cfg.Query }

// FilterText is the filter as it was typed.
func (l *List[K, R]) FilterText() string { return l.filterText }

// SetFilter applies a filter; a wrong one leaves the last good result and returns what is wrong.
func (l *List[K, R]) SetFilter(input string) (tea.Cmd, error) {
	f, err := query.ParseFilter(input, l.cfg.Query)
	if err != nil {
		return nil, err
	}
	l.filter, l.filterText = f, strings.TrimSpace(input)
	l.SetMatch(words(f)...)
	return l.refilter(), nil
}

// Only shows only the rows for which f is true, whatever the filter; why says so in the footer.
func (l *List[K, R]) Only(why string, f func(R) bool) tea.Cmd {
	l.only, l.onlyText = f, why
	return l.refilter()
}

// Tick takes the time, and asks a filter on ages anew now and then.
func (l *List[K, R]) Tick(now time.Time) tea.Cmd {
	l.SetNow(now)
	if l.timed() && now.Sub(l.filtered) >= refilterEvery {
		return l.refilter()
	}
	return nil
}

// Update takes a filter that was computed away from the loop. It reports whether the message was for the list.
func (l *List[K, R]) Update(msg tea.Msg) bool {
	switch m := msg.(type) {
	case filteredMsg[K, R]:
		if m.list == l && m.job == l.job {
			l.ApplyFilter(m.done)
		}
		return m.list == l
	case sortedMsg[K, R]:
		if m.list == l && m.job == l.sorting {
			l.ApplySort(m.done)
		}
		return m.list == l
	}
	return false
}

// Follow is the Update of a screen whose take reads its rows, at once: with every board and every second.
func (l *List[K, R]) Follow(msg tea.Msg, take func()) tea.Cmd {
	switch msg := msg.(type) {
	case screen.BoardMsg:
		take()
	case screen.TickMsg:
		take()
		return l.Tick(msg.Now)
	case screen.ThemeMsg:
		l.Restyle()
	default:
		l.Update(msg)
	}
	return nil
}

func (l *List[K, R]) clearFilter() {
	l.filter, l.filterText = query.Filter{}, ""
	l.SetMatch()
	l.refilter()
}

// refilter asks the filter about all rows. Where that takes longer than a frame it happens away from the loop, and
// the last result stays on screen until then.
func (l *List[K, R]) refilter() tea.Cmd {
	l.job++
	l.filtered = l.Env.Now()
	match := l.matcher()
	if match == nil || !l.slow() {
		l.Table.SetFilter(l.reads(), match)
		return nil
	}
	job, generation, ctx := l.PrepareFilter(l.reads(), match), l.job, l.ctx
	return func() tea.Msg {
		if job.Run(ctx) != nil {
			return nil
		}
		return filteredMsg[K, R]{list: l, job: generation, done: job}
	}
}

// matcher joins the filter that was typed with the one that the screen set; nil when all rows pass.
func (l *List[K, R]) matcher() func(R) bool {
	only, filter, row := l.only, l.filter, l.cfg.Row
	switch {
	case filter.Empty():
		return only
	case only == nil:
		return func(r R) bool { return filter.Match(row(r)) }
	}
	return func(r R) bool { return only(r) && filter.Match(row(r)) }
}

// reads is how the filters read to the operator.
func (l *List[K, R]) reads() string {
	switch {
	case l.onlyText == "":
		return l.filterText
	case l.filterText == "":
		return l.onlyText
	}
	return l.onlyText + ", " + l.filterText
}

// slow reports whether the filter that was typed takes longer than a frame.
func (l *List[K, R]) slow() bool {
	switch n := l.Total(); {
	case l.filter.Empty() || n <= slowRows:
		return false
	case n > manyRows:
		return true
	}
	for _, t := range l.filter.Terms() {
		if t.Kind == query.Regex || t.Kind == query.Compare && strings.HasPrefix(t.Text, "/") {
			return true
		}
	}
	return false
}

func (l *List[K, R]) timed() bool {
	if l.cfg.Timed == nil {
		return false
	}
	for _, t := range l.filter.Terms() {
		if i, ok := l.cfg.Query.Find(t.Column); t.Kind == query.Compare && ok && l.cfg.Timed(i) {
			return true
		}
	}
	return false
}

// words are what the filter looks for in the cells, to be underlined there.
func words(f query.Filter) []string {
	var all []string
	for _, t := range f.Terms() {
		if t.Kind == query.Word && !t.Not {
			all = append(all, t.Text)
		}
	}
	return all
}

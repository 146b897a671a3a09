package inquiry

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/table"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/listing"
	"github.com/fn9s/fn9s/views/screen"
)

// Config says what a list asks, what rows it makes of the answers, and what it says where there are none.
type Config[T any, K, R comparable] struct {
	Question Question[T]
	List     listing.Config[K, R]
	// Columns are those for one cluster, or for many.
	Columns func(many bool) []table.Column[R]
	// Rows makes rows of an answer, and names what may not be read.
	Rows func(Part[T]) ([]R, []snapshot.Missing)
	// Same reports whether a row says what the one before said; that one stays then.
	Same func(old, now R) bool
	// Faulty rows stay when only faults are asked for; Faults says which those are.
	Faulty func(R) bool
	Faults string

	Loading string   // while nothing is known yet
	Failed  string   // nothing was told
	Denied  []string // nothing may be read: a title, and lines below the reason
	Partial string   // a sentence for what is denied where something was read
	Empty   string   // there is nothing in scope
}

// List is a screen that lists what stands in namespaces, and asks for it while it is on top.
type List[T any, K, R comparable] struct {
	*listing.List[K, R]
	env    *screen.Env
	config Config[T, K, R]
	poll   *Poll[T]
	many   bool
	faults bool
}

// NewList makes the list with a filter to begin with.
func NewList[T any, K, R comparable](env *screen.Env, c Config[T, K, R], filter string) *List[T, K, R] {
	l := &List[T, K, R]{env: env, config: c}
	c.List.Columns = c.Columns(false)
	l.List = listing.New(env, c.List)
	l.poll = New(l.Context(), env, c.Question)
	l.SetLoading(c.Loading)
	if env.Facts == nil {
		l.SetDenied("The facts of the cluster are not read", "Posture is switched off.")
	}
	if _, err := l.SetFilter(filter); err != nil {
		env.Notices.Add(env.Now(), status.Warning, "filter "+filter, "the filter is off: "+err.Error())
	}
	return l
}

// Show asks, and goes on asking.
func (l *List[T, K, R]) Show() tea.Cmd { return l.poll.Show() }

// Hide stops asking.
func (l *List[T, K, R]) Hide() { l.poll.Hide() }

// Aging keeps the clock going, which is what the questions are timed by.
func (l *List[T, K, R]) Aging() bool { return true }

// Update takes answers.
func (l *List[T, K, R]) Update(msg tea.Msg) tea.Cmd {
	parts, cmd, ok, err := l.poll.Update(msg)
	if ok {
		l.take(parts, err)
		return cmd
	}
	switch msg := msg.(type) {
	case screen.TickMsg:
		return tea.Batch(cmd, l.Tick(msg.Now))
	case screen.ThemeMsg:
		l.Restyle()
	default:
		l.List.Update(msg)
	}
	return cmd
}

func (l *List[T, K, R]) take(parts []Part[T], err error) {
	if err != nil {
		why := text.Clean(err.Error())
		if l.Total() == 0 {
			l.SetDenied(l.config.Failed, why, "", "ctrl-r tries again, esc goes back.")
		} else {
			l.SetMessage(themes.Glyph(themes.Warning)+" these are the last that were read: "+why, themes.Stale)
		}
		return
	}
	var rows []R
	var hidden []snapshot.Missing
	many := false
	for _, p := range parts {
		many = many || p.Context != parts[0].Context
		more, missing := l.config.Rows(p)
		for _, m := range missing {
			if !slices.Contains(hidden, m) {
				hidden = append(hidden, m)
			}
		}
		for _, r := range more {
			if old, ok := l.Get(l.config.List.Key(r)); ok && l.config.Same(old, r) {
				r = old
			}
			rows = append(rows, r)
		}
	}
	if many != l.many {
		l.many = many
		l.SetColumns(l.config.Columns(many))
	}
	l.Sync(rows)
	l.describeState(hidden)
}

// describeState says what is missing from the list.
func (l *List[T, K, R]) describeState(hidden []snapshot.Missing) {
	l.SetReady(l.emptyHint())
	if len(hidden) == 0 {
		l.SetMessage("", themes.Text)
		return
	}
	note := text.Clean(hidden[0].String())
	if n := len(hidden) - 1; n > 0 {
		note += ", and " + text.Count(n) + " more"
	}
	if l.Total() == 0 {
		l.SetDenied(slices.Insert(slices.Clone(l.config.Denied), 1, note)...)
		return
	}
	l.SetMessage(themes.Glyph(themes.Warning)+" denied: "+note+". "+l.config.Partial, themes.Denied)
}

func (l *List[T, K, R]) emptyHint() string {
	if len(l.env.Scope.Namespaces) > 0 {
		return "In scope: " + text.Clean(strings.Join(l.env.Scope.Namespaces, ", ")) + ". Press 0 for all namespaces."
	}
	return l.config.Empty
}

// ToggleFaults shows only the faulty rows, or all.
func (l *List[T, K, R]) ToggleFaults() tea.Cmd {
	l.faults = !l.faults
	if !l.faults {
		return l.Only("", nil)
	}
	return l.Only(l.config.Faults, l.config.Faulty)
}

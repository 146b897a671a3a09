// Package policies lists the policies in scope with the functions that they select and those that they miss: network
// policies, pod security labels, and the policies of Istio and Linkerd.
//
// Its one rule: a namespace whose functions no network policy selects has a row that says so.
package policies

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/security/guards"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/table"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/inquiry"
	"github.com/fn9s/fn9s/views/listing"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
)

type list = listing.List[key, *row]

// Screen is the list of policies.
type Screen struct {
	*list
	env    *screen.Env
	poll   *inquiry.Poll[*guards.Guards]
	many   bool
	faults bool
}

// question lists the policies by namespace.
var question = inquiry.Question[*guards.Guards]{
	Namespaces: func(r *snapshot.Reader) []string {
		var names []string
		for _, f := range r.Functions("") {
			names = append(names, f.Key.Namespace)
		}
		slices.Sort(names)
		return slices.Compact(names)
	},
	Of: func(r *snapshot.Reader, namespace string) *guards.Guards { return guards.Of.Get(r, namespace) },
}

// New makes the screen with a filter to begin with.
func New(env *screen.Env, filter string) *Screen {
	s := &Screen{env: env}
	s.list = listing.New(env, listing.Config[key, *row]{
		Config: table.Config[key, *row]{Key: func(r *row) key { return r.key }, CompareKeys: compareKeys,
			SortBy: "namespace", Noun: "policies", Columns: tableColumns(false)},
		Query: Columns,
		Row:   func(r *row) query.Row { return r },
		Name:  (*row).name,
	})
	s.poll = inquiry.New(s.Context(), env, question)
	s.SetLoading("Reading which policies select which functions…")
	if env.Facts == nil {
		s.SetDenied("The facts of the cluster are not read", "Posture is switched off.")
	}
	if _, err := s.SetFilter(filter); err != nil {
		env.Notices.Add(env.Now(), status.Warning, "filter "+filter, "the filter is off: "+err.Error())
	}
	return s
}

// Title is the crumb.
func (s *Screen) Title() string { return "policies(" + text.Count(s.Total()) + ")" }

// Show asks, and goes on asking.
func (s *Screen) Show() tea.Cmd { return s.poll.Show() }

// Hide stops asking.
func (s *Screen) Hide() { s.poll.Hide() }

// Aging keeps the clock going, which is what the questions are timed by.
func (s *Screen) Aging() bool { return true }

// Update takes answers.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	parts, cmd, ok, err := s.poll.Update(msg)
	if ok {
		s.take(parts, err)
		return cmd
	}
	switch msg := msg.(type) {
	case screen.TickMsg:
		return tea.Batch(cmd, s.Tick(msg.Now))
	case screen.ThemeMsg:
		s.Restyle()
	default:
		s.list.Update(msg)
	}
	return cmd
}

func (s *Screen) take(parts []inquiry.Part[*guards.Guards], err error) {
	if err != nil {
		why := text.Clean(err.Error())
		if s.Total() == 0 {
			s.SetDenied("The policies cannot be told", why, "", "ctrl-r tries again, esc goes back.")
		} else {
			s.SetMessage(themes.Glyph(themes.Warning)+" these are the last that were read: "+why, themes.Stale)
		}
		return
	}
	var rows []*row
	var hidden []snapshot.Missing
	many := false
	for _, p := range parts {
		many = many || p.Context != parts[0].Context
		for _, m := range p.Value.Hidden {
			if !slices.Contains(hidden, m) {
				hidden = append(hidden, m)
			}
		}
		for k := range p.Value.Policies {
			r := newRow(p.Context, &p.Value.Policies[k])
			if old, ok := s.Get(r.key); ok && old.same(r) {
				r = old
			}
			rows = append(rows, r)
		}
	}
	if many != s.many {
		s.many = many
		s.SetColumns(tableColumns(many))
	}
	s.Sync(rows)
	s.describeState(hidden)
}

// describeState says what is missing from the list.
func (s *Screen) describeState(hidden []snapshot.Missing) {
	s.SetReady(s.emptyHint())
	if len(hidden) == 0 {
		s.SetMessage("", themes.Text)
		return
	}
	note := text.Clean(hidden[0].String())
	if n := len(hidden) - 1; n > 0 {
		note += ", and " + text.Count(n) + " more"
	}
	if s.Total() == 0 {
		s.SetDenied("You may not list policies", note)
		return
	}
	s.SetMessage(themes.Glyph(themes.Warning)+" denied: "+note+". There may be policies that are not shown", themes.Denied)
}

func (s *Screen) emptyHint() string {
	if len(s.env.Scope.Namespaces) > 0 {
		return "In scope: " + text.Clean(strings.Join(s.env.Scope.Namespaces, ", ")) + ". Press 0 for all namespaces."
	}
	return "There are no policies, and no functions that miss them."
}

// ToggleFaults shows only what lets everything through or does nothing, or all.
func (s *Screen) ToggleFaults() tea.Cmd {
	s.faults = !s.faults
	if !s.faults {
		return s.Only("", nil)
	}
	return s.Only("only what is open, unknown or without effect", (*row).faulty)
}

// Open tells all functions of the policy under the cursor.
func (s *Screen) Open() tea.Cmd {
	r, ok := s.Selected()
	if !ok {
		return nil
	}
	return screen.Send(screen.OpenMsg{Place: screen.Place{Page: screen.PagePolicies, Context: r.context,
		Resource: r.Policy.Namespace, Filter: string(r.Sort), Target: screen.Target{Context: r.context, Ref: r.Policy.Ref}}})
}

// Inspect is the object under the cursor.
func (s *Screen) Inspect() (screen.Target, string) {
	r, ok := s.Selected()
	switch {
	case !ok:
		return screen.Target{}, "no policy is under the cursor"
	case r.Policy.Ref.Name == "":
		return screen.Target{}, "there is no policy to look at"
	}
	return screen.Target{Context: r.context, Ref: r.Policy.Ref}, ""
}

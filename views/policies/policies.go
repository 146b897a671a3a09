// Package policies lists the policies in scope with the functions that they select and those that they miss: network
// policies, pod security labels, and the policies of Istio and Linkerd.
//
// Its one rule: a namespace whose functions no network policy selects has a row that says so.
package policies

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/security/guards"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/ui/table"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/inquiry"
	"github.com/fn9s/fn9s/views/listing"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
)

// Screen is the list of policies.
type Screen struct {
	*inquiry.List[*guards.Guards, key, *row]
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
	return &Screen{inquiry.NewList(env, inquiry.Config[*guards.Guards, key, *row]{
		Question: question, Columns: tableColumns,
		List: listing.Config[key, *row]{
			Config: table.Config[key, *row]{Key: func(r *row) key { return r.key }, CompareKeys: compareKeys, SortBy: "namespace", Noun: "policies"},
			Query:  Columns,
			Row:    func(r *row) query.Row { return r },
			Name:   (*row).name,
		},
		Rows: func(p inquiry.Part[*guards.Guards]) (rows []*row, hidden []snapshot.Missing) {
			for k := range p.Value.Policies {
				rows = append(rows, newRow(p.Context, &p.Value.Policies[k]))
			}
			return rows, p.Value.Hidden
		},
		Same: (*row).same, Faulty: (*row).faulty, Faults: "only what is open, unknown or without effect",
		Loading: "Reading which policies select which functions…",
		Failed:  "The policies cannot be told",
		Denied:  []string{"You may not list policies"},
		Partial: "There may be policies that are not shown",
		Empty:   "There are no policies, and no functions that miss them.",
	}, filter)}
}

// Title is the crumb.
func (s *Screen) Title() string { return "policies(" + text.Count(s.Total()) + ")" }

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

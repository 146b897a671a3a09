// Package secrets lists the Secrets in scope: who uses them and how, since when their data is what it is, where it comes
// from, and who may read it.
//
// Its one rule: metadata only. No value is read, let alone drawn.
package secrets

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/secrets"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/ui/table"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/inquiry"
	"github.com/fn9s/fn9s/views/listing"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
)

// Screen is the list of Secrets.
type Screen struct {
	*inquiry.List[*secrets.Inventory, screen.Target, *row]
}

// question lists the Secrets by namespace.
var question = inquiry.Question[*secrets.Inventory]{
	Namespaces: func(r *snapshot.Reader) []string {
		var names []string
		for _, o := range r.List(model.Ref{Kind: "Secret"}.GroupKind(), "") {
			names = append(names, o.Head().Namespace)
		}
		for _, f := range r.Functions("") {
			names = append(names, f.Key.Namespace)
		}
		slices.Sort(names)
		return slices.Compact(names)
	},
	Of: func(r *snapshot.Reader, namespace string) *secrets.Inventory {
		return secrets.InventoryOf.Get(r, namespace)
	},
}

// New makes the screen with a filter to begin with.
func New(env *screen.Env, filter string) *Screen {
	return &Screen{inquiry.NewList(env, inquiry.Config[*secrets.Inventory, screen.Target, *row]{
		Question: question, Columns: tableColumns,
		List: listing.Config[screen.Target, *row]{
			Config: table.Config[screen.Target, *row]{Key: func(r *row) screen.Target { return r.target }, CompareKeys: compareTargets,
				SortBy: "name", Noun: "Secrets"},
			Query: Columns,
			Row:   func(r *row) query.Row { return r },
			Name:  func(r *row) string { return r.item.Ref.Name },
			Timed: func(i int) bool { return i == ageField || i == rotatedField },
		},
		Rows: func(p inquiry.Part[*secrets.Inventory]) (rows []*row, hidden []snapshot.Missing) {
			for k := range p.Value.Items {
				rows = append(rows, newRow(p.Context, &p.Value.Items[k], len(p.Value.Readers) > 0, env.Now))
			}
			return rows, p.Value.Hidden
		},
		Same: (*row).same, Faulty: (*row).faulty, Faults: "only unused, missing and not rotated",
		Loading: "Reading which functions use which Secrets…",
		Failed:  "The Secrets cannot be told",
		Denied:  []string{"You may not list Secrets", "", "Functions and their other screens still work."},
		Partial: "There, only what functions name is shown",
		Empty:   "There are no Secrets, and no function names one.",
	}, filter)}
}

// Title is the crumb.
func (s *Screen) Title() string { return "secrets(" + text.Count(s.Total()) + ")" }

// Open shows who uses the Secret under the cursor, and who may read it.
func (s *Screen) Open() tea.Cmd {
	r, ok := s.Selected()
	if !ok {
		return nil
	}
	return screen.Send(screen.OpenMsg{Place: screen.Place{Page: screen.PageSecrets, Target: r.target}})
}

// Inspect is the object under the cursor.
func (s *Screen) Inspect() (screen.Target, string) {
	r, ok := s.Selected()
	switch {
	case !ok:
		return screen.Target{}, "no Secret is under the cursor"
	case r.item.Status == secrets.Absent:
		return screen.Target{}, "it is not there"
	}
	return r.target, ""
}

// Secrets are those that are marked, else the one under the cursor.
func (s *Screen) Secrets() ([]screen.Target, string) {
	var all []screen.Target
	for _, r := range s.Marked() {
		all = append(all, r.target)
	}
	if r, ok := s.Selected(); ok && len(all) == 0 {
		all = append(all, r.target)
	}
	if len(all) == 0 {
		return nil, "no Secret is under the cursor"
	}
	return all, ""
}

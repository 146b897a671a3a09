// Package secrets lists the Secrets in scope: who uses them and how, since when their data is what it is, where it comes
// from, and who may read it.
//
// Its one rule: metadata only. No value is read, let alone drawn.
package secrets

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/secrets"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/table"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/inquiry"
	"github.com/fn9s/fn9s/views/listing"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
)

type list = listing.List[screen.Target, *row]

// Screen is the list of Secrets.
type Screen struct {
	*list
	env    *screen.Env
	poll   *inquiry.Poll[*secrets.Inventory]
	many   bool
	faults bool
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
	s := &Screen{env: env}
	s.list = listing.New(env, listing.Config[screen.Target, *row]{
		Config: table.Config[screen.Target, *row]{Key: func(r *row) screen.Target { return r.target }, CompareKeys: compareTargets,
			SortBy: "name", Noun: "Secrets", Columns: tableColumns(false)},
		Query: Columns,
		Row:   func(r *row) query.Row { return r },
		Name:  func(r *row) string { return r.item.Ref.Name },
		Timed: func(i int) bool { return i == ageField || i == rotatedField },
	})
	s.poll = inquiry.New(s.Context(), env, question)
	s.SetLoading("Reading which functions use which Secrets…")
	if env.Facts == nil {
		s.SetDenied("The facts of the cluster are not read", "Posture is switched off.")
	}
	if _, err := s.SetFilter(filter); err != nil {
		env.Notices.Add(env.Now(), status.Warning, "filter "+filter, "the filter is off: "+err.Error())
	}
	return s
}

// Title is the crumb.
func (s *Screen) Title() string { return "secrets(" + text.Count(s.Total()) + ")" }

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

func (s *Screen) take(parts []inquiry.Part[*secrets.Inventory], err error) {
	if err != nil {
		why := text.Clean(err.Error())
		if s.Total() == 0 {
			s.SetDenied("The Secrets cannot be told", why, "", "ctrl-r tries again, esc goes back.")
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
		hidden = append(hidden, p.Value.Hidden...)
		for k := range p.Value.Items {
			r := newRow(p.Context, &p.Value.Items[k], len(p.Value.Readers) > 0, s.env.Now)
			if old, ok := s.Get(r.target); ok && old.same(r) {
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
	if len(hidden) == 0 {
		s.SetMessage("", themes.Text)
		s.SetReady(s.emptyHint())
		return
	}
	note := text.Clean(hidden[0].String())
	if n := len(hidden) - 1; n > 0 {
		note += ", and in " + text.Count(n) + " more"
	}
	if s.Total() == 0 {
		s.SetDenied("You may not list Secrets", note, "", "Functions and their other screens still work.")
		return
	}
	s.SetReady(s.emptyHint())
	s.SetMessage(themes.Glyph(themes.Warning)+" denied: "+note+". There, only what functions name is shown", themes.Denied)
}

func (s *Screen) emptyHint() string {
	if len(s.env.Scope.Namespaces) > 0 {
		return "In scope: " + text.Clean(strings.Join(s.env.Scope.Namespaces, ", ")) + ". Press 0 for all namespaces."
	}
	return "There are no Secrets, and no function names one."
}

// ToggleFaults shows only what is unused, missing or not rotated, or all.
func (s *Screen) ToggleFaults() tea.Cmd {
	s.faults = !s.faults
	if !s.faults {
		return s.Only("", nil)
	}
	return s.Only("only unused, missing and not rotated", (*row).faulty)
}

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

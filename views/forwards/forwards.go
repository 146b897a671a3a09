// Package forwards lists the ports of this machine that lead to pods.
//
// Its one rule: leaving the screen ends no forward; only the operator does.
package forwards

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/stream/forward"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/table"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/listing"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
)

// row is one forward at one moment.
type row struct{ forward.Forward }

func (r *row) local() string {
	var all []string
	for _, p := range r.Ports {
		all = append(all, r.URL(p))
	}
	return strings.Join(all, ", ")
}

func (r *row) remote() string {
	var all []string
	for _, p := range r.Ports {
		all = append(all, strconv.Itoa(p.Remote))
	}
	return strings.Join(all, ", ")
}

func (r *row) role() themes.Role {
	switch r.State {
	case forward.Active:
		return themes.OK
	case forward.Connecting:
		return themes.Spinner
	}
	return themes.Warning
}

func (r *row) state() string { return themes.Glyph(r.role()) + " " + string(r.State) }

func (r *row) pod() string { return cmp.Or(r.Pod, "–") }

// connections are those at this moment, of all that there were.
func (r *row) connections() string { return text.Count(r.Open) + "/" + text.Count(r.Total) }

// Text is what words are searched in.
func (r *row) Text() string {
	return strings.Join([]string{r.local(), r.Target.Title, string(r.State), r.Pod, r.Target.Context, r.Reason}, " ")
}

// Field is the value in a column.
func (r *row) Field(i int) query.Value {
	v := []string{r.local(), r.remote(), string(r.State), r.Target.Title, r.Pod, r.Target.Context}[i]
	return query.Value{Text: v, Known: v != ""}
}

// Labels are none.
func (r *row) Labels() map[string]string { return nil }

// Columns are those that a filter may name.
var Columns = query.Columns{
	{Name: "local", Aliases: []string{"address"}, Title: "where it listens"}, {Name: "port", Title: "port of the pod"},
	{Name: "state", Title: "connecting, active, waiting"}, {Name: "to", Aliases: []string{"function"}, Title: "what it leads to"},
	{Name: "pod", Title: "pod that it leads to now"}, {Name: "context", Title: "context of the kubeconfig"},
}

type list = listing.List[string, *row]

// Screen is the list of forwards.
type Screen struct {
	*list
	env *screen.Env
}

// New makes the screen with a filter to begin with.
func New(env *screen.Env, filter string) *Screen {
	s := &Screen{env: env}
	s.list = listing.New(env, listing.Config[string, *row]{
		Config: table.Config[string, *row]{Key: func(r *row) string { return r.ID }, CompareKeys: cmp.Compare[string], SortBy: "age",
			Noun: "forwards", Columns: columns()},
		Query: Columns,
		Row:   func(r *row) query.Row { return r },
		Name:  func(r *row) string { return r.URL(r.Ports[0]) },
	})
	if _, err := s.SetFilter(filter); err != nil {
		s.SetMessage("the filter is off: "+err.Error(), themes.Warning)
	}
	s.take()
	return s
}

// size is a number of bytes, as short as it goes.
func size(n int64) string {
	const unit = 1024
	if n < unit {
		return strconv.FormatInt(n, 10) + "B"
	}
	f, i := float64(n)/unit, 0
	for f >= unit && i < 3 {
		f, i = f/unit, i+1
	}
	return strconv.FormatFloat(f, 'f', 1, 64) + "KMGT"[i:i+1] + "iB"
}

func columns() []table.Column[*row] {
	to := listing.Words("to", 80, 60, func(r *row) string { return r.Target.Title }, nil)
	to.Flex, to.Min = 2, 12
	why := listing.Words("reason", 75, 120, func(r *row) string { return r.Reason }, func(*row) themes.Role { return themes.Warning })
	why.Flex, why.Min = 2, 8
	pod := listing.Words("pod", 50, 60, (*row).pod, nil)
	pod.Flex, pod.Min = 1, 10
	return []table.Column[*row]{
		listing.Words("local", 95, 46, (*row).local, func(*row) themes.Role { return themes.Link }), listing.Words("port", 90, 20, (*row).remote, nil),
		listing.Words("state", 85, 0, (*row).state, (*row).role), to, why, pod,
		listing.Words("conns", 70, 0, (*row).connections, nil),
		listing.Words("in", 60, 0, func(r *row) string { return size(r.In) }, listing.Muted[*row]),
		listing.Words("out", 60, 0, func(r *row) string { return size(r.Out) }, listing.Muted[*row]),
		listing.Words("context", 20, 30, func(r *row) string { return r.Target.Context }, listing.Muted[*row]),
		listing.Age(func(r *row) time.Time { return r.Since }),
	}
}

// take reads how the forwards are, which does not take time.
func (s *Screen) take() {
	if s.env.Forwards == nil {
		s.SetDenied("These are manifests: nothing runs that a port could lead to", "esc goes back.")
		return
	}
	var rows []*row
	for _, f := range s.env.Forwards.List() {
		r := &row{f}
		if old, ok := s.Get(f.ID); ok && old.Text() == r.Text() && old.In == r.In && old.Out == r.Out && old.Open == r.Open && old.Total == r.Total {
			r = old
		}
		rows = append(rows, r)
	}
	s.Sync(rows)
	s.SetReady("No port leads to a function. f on a function forwards one.")
}

// Title is the crumb.
func (s *Screen) Title() string { return "port-forwards(" + text.Count(s.Total()) + ")" }

// Show reads the forwards.
func (s *Screen) Show() tea.Cmd { s.take(); return nil }

// Hide does nothing.
func (s *Screen) Hide() {}

// Aging keeps the clock going: bytes are counted while somebody looks.
func (s *Screen) Aging() bool { return true }

// Update reads the forwards.
func (s *Screen) Update(msg tea.Msg) tea.Cmd { return s.Follow(msg, s.take) }

// Open shows the function that a forward leads to, else its pod.
func (s *Screen) Open() tea.Cmd {
	r, ok := s.Selected()
	switch {
	case !ok:
		return nil
	case r.Target.Function != (model.FunctionID{}):
		return screen.Send(screen.OpenMsg{Place: screen.Place{Page: screen.PageFunction, Function: r.Target.Function}})
	}
	return screen.Send(screen.OpenMsg{Place: screen.Place{Page: screen.PageDescribe, Target: screen.Target{Context: r.Target.Context, Ref: r.Target.Pod}}})
}

// RemoveRefusal says why there is nothing to stop.
func (s *Screen) RemoveRefusal() string {
	if _, ok := s.Selected(); !ok {
		return "no forward is under the cursor"
	}
	return ""
}

// Remove ends the forward under the cursor.
func (s *Screen) Remove() tea.Cmd {
	if r, ok := s.Selected(); ok {
		s.env.Forwards.Stop(r.ID)
		s.take()
	}
	return nil
}

// StopRefusal says why there is nothing to stop.
func (s *Screen) StopRefusal() string { return s.RemoveRefusal() }

// Stop ends the forward under the cursor.
func (s *Screen) Stop() tea.Cmd { return s.Remove() }

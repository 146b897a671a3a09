package views

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
)

// metricsCommand is `:metrics`: of a function by its name, or of the one under the cursor.
func (r *Root) metricsCommand(c query.Metrics) tea.Cmd {
	open := func(id model.FunctionID) tea.Cmd {
		return r.open(screen.Place{Page: screen.PageMetrics, Function: id}, true)
	}
	if c.Name == "" {
		if s, ok := r.router.current().scr.(screen.Subjected); ok {
			if id, ok := s.Subject(); ok {
				return open(id)
			}
		}
		r.warn("metrics", "no function is under the cursor: write metrics NAME")
		return nil
	}
	found, ok := r.named(c.Name, c.Scope)
	switch {
	case !ok:
		return nil
	case len(found) == 0:
		r.warn("metrics", "there is no function "+text.Clean(c.Name)+" in scope")
		return nil
	case len(found) == 1:
		return open(found[0].ID)
	}
	pick := screen.PickMsg{Title: "Which " + c.Name + "?"}
	byID := map[string]model.FunctionID{}
	for _, row := range found {
		id := row.ID.String()
		byID[id] = row.ID
		pick.Items = append(pick.Items, screen.PickItem{ID: id, Text: row.ID.Namespace + "/" + row.Function.Name(), Note: row.ID.Framework})
	}
	pick.Chosen = func(ids []string) tea.Cmd {
		if len(ids) != 1 {
			return nil
		}
		return open(byID[ids[0]])
	}
	return r.pick(pick)
}

// named are the functions of a name in a scope; without namespaces in that of the screen. False: a namespace is wrong, and
// that was said.
func (r *Root) named(name string, in query.Scope) ([]*board.Row, bool) {
	names, ok := r.expand(in.Namespaces)
	if !ok {
		return nil, false
	}
	scope := r.env.Scope
	if len(names) > 0 || in.All {
		scope = screen.Scope{Namespaces: names}
	}
	var found []*board.Row
	for _, row := range r.env.Boards.Board().Rows() {
		own := row.Function.Name()
		full := strings.Contains(name, "/") && (row.ID.Framework+"/"+own == name || row.ID.Namespace+"/"+own == name)
		if (own == name || full) && (in.Context == "" || row.ID.Context == in.Context) && scope.Has(row.ID.Namespace) {
			found = append(found, row)
		}
	}
	return found, true
}

// functionNames are those in scope, for completion.
func (r *Root) functionNames() []string {
	var names []string
	for _, row := range r.env.Boards.Board().Rows() {
		if r.env.Scope.Has(row.ID.Namespace) && !row.Function.Opaque {
			names = append(names, text.Clean(row.Function.Name()))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

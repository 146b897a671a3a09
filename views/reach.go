package views

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
)

// addReach adds what opens a screen about the function under the cursor.
func (r *Root) addReach(reg *action.Registry) {
	open := func(page screen.Page) action.Handler {
		return action.On(func(s screen.Subjected) tea.Cmd {
			id, _ := s.Subject()
			return r.open(screen.Place{Page: page, Function: id}, false)
		})
	}
	nobody := action.DisabledBy(func(s screen.Subjected) string {
		if _, ok := s.Subject(); !ok {
			return "no function is under the cursor"
		}
		return ""
	})
	reg.Add(action.Blast, open(screen.PageBlast), nobody)
	reg.Add(action.Network, open(screen.PageNetwork), nobody)
	reg.Add(action.AccessView, open(screen.PageAccess), nobody)
	reg.Add(action.Metrics, open(screen.PageMetrics), nobody)
}

// askRights opens the answer to a question about rights. It is about one namespace or about the whole cluster.
func (r *Root) askRights(c query.CanI, self bool) tea.Cmd {
	q := screen.Question{Self: self, Context: r.context(c.Scope.Context), Verb: c.Verb, Resource: c.Resource, Subresource: c.Subresource, Name: c.Name}
	switch {
	case strings.HasPrefix(c.Resource, "/") && c.Name != "":
		r.warn(q.String(), c.Resource+" is an address: it takes no name")
		return nil
	case len(c.Scope.Namespaces) > 1, len(c.Scope.Namespaces) == 1 && strings.Contains(c.Scope.Namespaces[0], "*"):
		r.warn(q.String(), "a question is about one namespace, or without -n about the whole cluster")
		return nil
	case len(c.Scope.Namespaces) == 1:
		q.Namespace = c.Scope.Namespaces[0]
	}
	if q.Context == "" {
		r.warn(q.String(), "no cluster is open")
		return nil
	}
	return r.open(screen.Place{Page: screen.PageAccess, Question: q}, true)
}

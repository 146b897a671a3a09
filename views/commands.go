package views

import (
	"path"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
)

// run does what a command asks for.
func (r *Root) run(c query.Command) tea.Cmd {
	switch c := c.(type) {
	case query.Open:
		return r.openKind(c)
	case query.SwitchContext:
		if c.Name == "" {
			return r.open(screen.Place{Page: screen.PageContexts}, true)
		}
		return r.switchTo(c.Name)
	case query.SwitchNamespaces:
		return r.switchNamespaces(c)
	case query.Favourite:
		if c.Slot > 0 {
			return r.favourite(string(rune('0' + c.Slot)))
		}
		return r.pickFavourite()
	case query.Set:
		return r.set(c.Option, c.Value)
	case query.Save:
		return r.save(c.File)
	case query.Metrics:
		return r.metricsCommand(c)
	case query.View:
		return r.viewCommand(c)
	case query.WhoCan:
		return r.askRights(query.CanI(c), false)
	case query.CanI:
		return r.askRights(c, true)
	case query.Tighten:
		return r.tightenCommand(c)
	case query.Rotate:
		return r.rotateCommand(c)
	case query.New:
		return r.newCommand(c)
	case query.Logs:
		return r.logsCommand(c)
	case query.Help:
		return r.open(screen.Place{Page: screen.PageHelp, Topic: c.Topic}, false)
	case query.Quit:
		return r.quit()
	}
	r.warn("command "+c.String(), ":"+c.String()+" is not available in this version")
	return nil
}

// openKind shows a kind. A scope that is given with it stays.
func (r *Root) openKind(c query.Open) tea.Cmd {
	var cmds []tea.Cmd
	if c.Scope.Context != "" {
		plain := !slices.ContainsFunc(ownKinds, func(k query.Kind) bool { return k.Name == c.Kind.Name })
		cmds = append(cmds, r.reach(c.Scope.Context, plain))
		if names := r.contextNames(c.Scope.Context); len(names) != 1 {
			c.Scope.Context = "" // of all that are open
		}
	}
	if c.Scope.All || len(c.Scope.Namespaces) > 0 {
		names, ok := r.expand(c.Scope.Namespaces)
		if !ok {
			return nil
		}
		cmds = append(cmds, r.rescope(names))
	}
	filter := c.Filter.String()
	place := screen.Place{Filter: filter}
	switch c.Kind.Name {
	case "fn":
		return tea.Batch(append(cmds, r.openFunctions(filter))...)
	case "events":
		place.Page, place.Function = screen.PageEvents, r.subject()
		if place.Function == (model.FunctionID{}) {
			place.Context = r.context(c.Scope.Context)
		}
	case "findings":
		place.Page = screen.PageFindings
	case "platforms":
		place.Page = screen.PagePlatforms
	case "errors":
		place.Page = screen.PageErrors
	case "journal":
		place.Page = screen.PageJournal
	case "forwards":
		place.Page = screen.PageForwards
	case "jobs":
		place.Page = screen.PageJobs
	case "secrets":
		place.Page = screen.PageSecrets
	case "policies":
		place.Page = screen.PagePolicies
	default:
		place.Page, place.Resource, place.Context = screen.PageObjects, c.Kind.Name, c.Scope.Context
	}
	return tea.Batch(append(cmds, r.open(place, true))...)
}

// openFunctions goes to the functions table that is open, if there is one, and filters it anew.
func (r *Root) openFunctions(filter string) tea.Cmd {
	for i, p := range r.router.pages {
		s, ok := p.scr.(screen.Filtered)
		if p.place.Page != screen.PageFunctions || !ok {
			continue
		}
		cmd := r.shown(r.router.move(i))
		return tea.Batch(cmd, r.filter(s, filter))
	}
	return r.open(screen.Place{Page: screen.PageFunctions, Filter: filter}, true)
}

// context is the cluster that a plain table is of.
func (r *Root) context(named string) string {
	if named != "" {
		return named
	}
	if s, ok := r.router.current().scr.(screen.Subjected); ok {
		if id, ok := s.Subject(); ok {
			return id.Context
		}
	}
	if c := r.env.Boards.Board().Clusters; len(c) > 0 {
		return c[0].Context
	}
	return ""
}

func (r *Root) switchNamespaces(c query.SwitchNamespaces) tea.Cmd {
	if !c.All && len(c.Names) == 0 {
		return r.open(screen.Place{Page: screen.PageNamespaces}, true)
	}
	names, ok := r.expand(c.Names)
	if !ok {
		return nil
	}
	return r.rescope(names)
}

// expand replaces patterns by the namespaces that they match now. A name stays even if nobody has seen it: it is
// probed.
func (r *Root) expand(names []string) (expanded []string, ok bool) {
	known := r.namespaces()
	for _, n := range names {
		if !strings.Contains(n, "*") {
			expanded = append(expanded, n)
			continue
		}
		before := len(expanded)
		for _, k := range known {
			if match, err := path.Match(n, k); err == nil && match {
				expanded = append(expanded, k)
			}
		}
		if len(expanded) == before {
			r.warn("namespaces", "no namespace that you can see matches "+n)
			return nil, false
		}
	}
	slices.Sort(expanded)
	return slices.Compact(expanded), true
}

func (r *Root) warn(source, message string) { r.notice(status.Warning, source, message) }

// pickFavourite shows the favourite scopes.
func (r *Root) pickFavourite() tea.Cmd {
	pick := screen.PickMsg{Title: "Favourite scopes", Empty: "None. Add one to scopes in the configuration."}
	for _, f := range r.options.Favourites {
		scope := strings.Join(f.Namespaces, ",")
		if scope == "" {
			scope = "all namespaces"
		}
		pick.Items = append(pick.Items, screen.PickItem{ID: string(rune('0' + f.Slot)), Text: string(rune('0'+f.Slot)) + "  " + scope, Note: f.Context})
	}
	pick.Chosen = func(ids []string) tea.Cmd {
		if len(ids) != 1 {
			return nil
		}
		return r.favourite(ids[0])
	}
	return r.pick(pick)
}

package views

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/contexts"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
)

// keepable are the pages that a view can be of: tables of a scope, and of nothing that may be gone tomorrow.
var keepable = []screen.Page{screen.PageFunctions, screen.PageObjects, screen.PageFindings, screen.PagePlatforms, screen.PageSecrets,
	screen.PagePolicies, screen.PageNamespaces, screen.PageJournal}

// viewMsg brings a view that was loaded, or what became of one that was saved.
type viewMsg struct {
	op   query.ViewOp
	name string
	view screen.View
	err  error
}

// kept is what the operator looks at; false when it cannot be kept.
func (r *Root) kept() (screen.View, bool) { return r.viewOf(r.router.current()) }

func (r *Root) viewOf(p *page) (screen.View, bool) {
	s, ok := p.scr.(screen.Viewed)
	if !ok || !slices.Contains(keepable, p.place.Page) || p.place.Target.Name != "" {
		return screen.View{}, false
	}
	v := screen.View{Page: p.place.Page, Resource: p.place.Resource, Namespaces: r.env.Scope.Namespaces}
	for _, c := range r.env.Boards.Board().Clusters {
		v.Contexts = append(v.Contexts, c.Context)
	}
	if f, ok := p.scr.(screen.Filtered); ok {
		v.Filter = f.FilterText()
	}
	s.Arrangement(&v)
	return v, true
}

// Session is what the operator looked at last that can be kept; false when there is none.
func (r *Root) Session() (screen.View, bool) {
	for at := r.router.at; at >= 0; at-- {
		if v, ok := r.viewOf(r.router.pages[at]); ok {
			return v, true
		}
	}
	return screen.View{}, false
}

// viewCommand is :view.
func (r *Root) viewCommand(c query.View) tea.Cmd {
	shelf := r.options.Views
	if shelf == nil {
		r.warn("view", "views are not kept here")
		return nil
	}
	if c.Op != query.ViewSave {
		return func() tea.Msg {
			v, err := shelf.Load(c.Name)
			return viewMsg{op: c.Op, name: c.Name, view: v, err: err}
		}
	}
	v, ok := r.kept()
	if !ok {
		r.warn("view", "this screen cannot be kept as a view: tables can")
		return nil
	}
	return func() tea.Msg { return viewMsg{op: c.Op, name: c.Name, err: shelf.Save(c.Name, v)} }
}

func (r *Root) viewed(msg viewMsg) tea.Cmd {
	name := text.Clean(msg.name)
	switch {
	case msg.err != nil:
		r.notice(status.Error, "view "+name, msg.err.Error())
	case msg.op == query.ViewSave:
		r.notice(status.Info, "view", "saved as "+name+": :view load "+name+" brings it back")
	case msg.op == query.ViewExport:
		return r.copy(screen.CopyMsg{Text: exported(&msg.view), What: "the view " + name + " for the configuration"})
	default:
		return r.showView(&msg.view, true)
	}
	return nil
}

// showView shows a view; with clusters, those that it was of, where they are still in the kubeconfig.
func (r *Root) showView(v *screen.View, clusters bool) tea.Cmd {
	if err := checkView(v); err != nil {
		r.warn("view", err.Error())
		return nil
	}
	var cmds []tea.Cmd
	known := contexts.Names(&r.env)
	if clusters && len(v.Contexts) > 0 && !slices.ContainsFunc(v.Contexts, func(c string) bool { return !slices.Contains(known, c) }) {
		cmds = append(cmds, r.reach(strings.Join(v.Contexts, ","), false))
	}
	cmds = append(cmds, r.rescope(v.Namespaces))
	place := screen.Place{Page: v.Page, Resource: v.Resource, Filter: v.Filter}
	if v.Page == screen.PageFunctions {
		cmds = append(cmds, r.openFunctions(v.Filter))
	} else {
		cmds = append(cmds, r.open(place, true))
	}
	if s, ok := r.router.current().scr.(screen.Viewed); ok {
		cmds = append(cmds, s.Arrange(v))
	}
	return tea.Batch(cmds...)
}

// checkView says what is wrong with a view that was read from a file.
func checkView(v *screen.View) error {
	const most = 200
	switch {
	case !slices.Contains(keepable, v.Page):
		return fmt.Errorf("there is no table %q", text.Clean(string(v.Page)))
	case v.Page == screen.PageObjects && !plausible(v.Resource):
		return fmt.Errorf("%q is no kind", text.Clean(v.Resource))
	case slices.ContainsFunc(v.Namespaces, func(n string) bool { return !plausible(n) }):
		return errors.New("its namespaces have names that no namespace has")
	case len(v.Namespaces) > most || len(v.Columns) > most || len(v.Contexts) > maxContexts:
		return errors.New("it is too large")
	}
	return nil
}

// exported writes a view as the configuration has columns and scopes.
func exported(v *screen.View) string {
	var b strings.Builder
	table := string(v.Page)
	if v.Resource != "" {
		table = v.Resource
	}
	if len(v.Columns) > 0 {
		fmt.Fprintf(&b, "columns: {%s: [%s]}\n", table, strings.Join(v.Columns, ", "))
	}
	if len(v.Namespaces) > 0 {
		fmt.Fprintf(&b, "scopes:\n  \"1\": {namespaces: [%s]}\n", strings.Join(v.Namespaces, ", "))
	}
	word := table
	if v.Page == screen.PageFunctions {
		word = "fn"
	}
	fmt.Fprintf(&b, "aliases: {view: %q}\n", strings.TrimSpace(word+" "+v.Filter))
	return b.String()
}

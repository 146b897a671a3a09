package views

import (
	"path"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/views/contexts"
	"github.com/fn9s/fn9s/views/screen"
)

// maxContexts is how many clusters are opened side by side.
const maxContexts = 16

// contextNames are the contexts that a word of a command means: a name, names with commas, or patterns with *. What
// nothing matches stays as it is, so that the kubeconfig says that it has no such context.
func (r *Root) contextNames(word string) []string {
	known := contexts.Names(&r.env)
	if slices.Contains(known, word) {
		return []string{word}
	}
	var names []string
	for _, part := range strings.Split(word, ",") {
		part = strings.TrimPrefix(strings.TrimSpace(part), "@")
		before := len(names)
		if strings.Contains(part, "*") && !slices.Contains(known, part) {
			for _, k := range known {
				if ok, err := path.Match(part, k); err == nil && ok {
					names = append(names, k)
				}
			}
		}
		if part != "" && len(names) == before {
			names = append(names, part)
		}
	}
	var unique []string
	for _, n := range names {
		if !slices.Contains(unique, n) {
			unique = append(unique, n)
		}
	}
	return unique
}

// switchTo goes to the contexts that a word means.
func (r *Root) switchTo(word string) tea.Cmd { return r.switchContexts(r.contextNames(word)) }

// switchContexts leaves the old clusters at once, whatever they are doing; what is open already stays open.
func (r *Root) switchContexts(names []string) tea.Cmd {
	title := strings.Join(names, ", ")
	if len(names) > maxContexts {
		r.warn("contexts", "at most 16 clusters are shown side by side: the rest is left out")
		names = names[:maxContexts]
	}
	if err := r.env.Fleet.Open(names...); err != nil {
		r.notice(status.Error, "switch to "+title, err.Error())
		return nil
	}
	r.notice(status.Info, "context", "switching to "+title)
	if len(r.env.Scope.Namespaces) > 0 {
		r.env.Scope.Namespaces = nil
		r.env.Fleet.SetScope(nil)
	}
	return tea.Batch(r.rescopePages(), r.open(screen.Place{Page: screen.PageFunctions}, true))
}

func (r *Root) rescopePages() tea.Cmd {
	for _, p := range r.router.pages {
		p.stale = true
	}
	return r.router.current().scr.Update(screen.ScopeMsg{})
}

// reach sees to it that the contexts that a word means are open. A table of all clusters wants them and no others; a
// table of one kind, more may be open.
func (r *Root) reach(word string, others bool) tea.Cmd {
	names, open := r.contextNames(word), r.env.Boards.Board().Clusters
	for _, n := range names {
		if !slices.ContainsFunc(open, func(c status.Cluster) bool { return c.Context == n }) {
			return r.switchContexts(names)
		}
	}
	if others || len(names) == len(open) {
		return nil
	}
	return r.switchContexts(names)
}

package views

import (
	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/views/screen"
)

// actions fills the registry. An action that is added here exists on every screen that has its ability.
func (r *Root) actions() *action.Registry {
	reg := action.NewRegistry(r.options.Preset, r.options.Keys...)
	r.addGeneral(reg)
	r.addMoves(reg)
	r.addLists(reg)
	r.addTexts(reg)
	r.addChanges(reg)
	r.addLifecycle(reg)
	r.addRotations(reg)
	r.addDeployments(reg)
	r.addLogs(reg)
	r.addRunning(reg)
	r.addEditing(reg)
	r.addOwn(reg)
	reg.AddGuard(action.ReadOnly(r.readOnly))
	return reg
}

// KeysMarkdown documents every action with the keys that it has by default.
func KeysMarkdown() string { return (&Root{}).actions().Markdown() }

// readOnly reports whether every open cluster refuses changes.
func (r *Root) readOnly() bool {
	for _, c := range r.env.Boards.Board().Clusters {
		if !c.ReadOnly {
			return false
		}
	}
	return true
}

func (r *Root) addGeneral(reg *action.Registry) {
	anywhere := func(run func() tea.Cmd) action.Handler {
		return action.On(func(screen.Screen) tea.Cmd { return run() })
	}
	open := func(page screen.Page) action.Handler {
		return anywhere(func() tea.Cmd { return r.open(screen.Place{Page: page}, false) })
	}
	reg.Add(action.Command, anywhere(r.promptCommand))
	reg.Add(action.Filter, action.On(r.promptFilter))
	reg.Add(action.Help, open(screen.PageHelp))
	reg.Add(action.Back, anywhere(r.escape))
	reg.Add(action.Close, anywhere(r.closePage))
	reg.Add(action.Quit, anywhere(r.quit))
	reg.Add(action.Suspend, anywhere(func() tea.Cmd { return tea.Suspend }))
	reg.Add(action.Errors, open(screen.PageErrors))
	reg.Add(action.Reconnect, anywhere(func() tea.Cmd {
		r.env.Fleet.Retry()
		return r.reload()
	}))
	reg.Add(action.HistoryBack, anywhere(r.back))
	reg.Add(action.HistoryForward, anywhere(func() tea.Cmd { return r.shown(r.router.move(r.router.at + 1)) }))
	reg.Add(action.LastView, anywhere(func() tea.Cmd { return r.shown(r.router.toLast()) }))
	reg.Add(action.Namespaces, anywhere(r.pickNamespaces))
	reg.Add(action.AllNamespaces, anywhere(func() tea.Cmd { return r.rescope(nil) }))
	reg.Add(action.Favourite, action.OnKey(func(_ screen.Screen, key string) tea.Cmd { return r.favourite(key) }))
	reg.Add(action.SaveView, action.On(r.saveView))
}

var moves = []action.ID{action.MoveDown, action.MoveUp, action.MoveTop, action.MoveBottom, action.HalfPageDown,
	action.HalfPageUp, action.PageDown, action.PageUp, action.ScrollLeft, action.ScrollRight}

func (r *Root) addMoves(reg *action.Registry) {
	for _, id := range moves {
		reg.Add(id, action.On(func(s screen.Mover) tea.Cmd { return s.Move(id) }))
	}
}

func (r *Root) addLists(reg *action.Registry) {
	reg.Add(action.Open, action.On(screen.Opener.Open))
	reg.Add(action.SortPicker, action.On(screen.Sorted.PickSort))
	reg.Add(action.Wide, action.On(screen.Widened.ToggleWide), action.DisabledBy(func(s screen.Widened) string {
		if s.HasWide() {
			return ""
		}
		return "this table has no more columns"
	}))
	reg.Add(action.Columns, action.On(screen.Arranged.PickColumns))
	reg.Add(action.Faults, action.On(screen.Faulted.ToggleFaults))
	reg.Add(action.Mark, action.On(screen.Marked.Mark))
	reg.Add(action.MarkRange, action.On(screen.Marked.MarkRange))
	reg.Add(action.MarkInvert, action.On(screen.Marked.MarkInvert))
	reg.Add(action.CopyName, action.On(screen.Named.CopyName))
	reg.Add(action.CopyField, action.On(screen.Named.CopyField))
	reg.Add(action.GroupBy, action.On(screen.Grouped.NextGrouping))
	reg.Add(action.Accept, action.On(screen.Accepter.Accept), action.DisabledBy(screen.Accepter.AcceptRefusal))
	inspect := func(page screen.Page) action.Handler {
		return action.On(func(s screen.Inspected) tea.Cmd {
			target, _ := s.Inspect()
			place := screen.Place{Page: page, Target: target}
			if l, ok := s.(screen.Located); ok && page == screen.PageYAML {
				place.Path = l.Field()
			}
			if f, ok := s.(screen.Subjected); ok && page != screen.PageYAML {
				place.Function, _ = f.Subject()
			}
			return r.open(place, false)
		})
	}
	whyNot := action.DisabledBy(func(s screen.Inspected) string {
		_, reason := s.Inspect()
		return reason
	})
	reg.Add(action.Describe, inspect(screen.PageDescribe), whyNot)
	reg.Add(action.YAML, inspect(screen.PageYAML), whyNot)
	reg.Add(action.Diff, inspect(screen.PageDiff), action.DisabledBy(func(s screen.Inspected) string {
		if r.env.Comparisons == nil {
			return "manifests are what is applied: there is nothing live to compare them with"
		}
		_, reason := s.Inspect()
		return reason
	}))
	reg.Add(action.Posture, action.On(func(s screen.Subjected) tea.Cmd {
		id, _ := s.Subject()
		return r.open(screen.Place{Page: screen.PagePosture, Function: id}, false)
	}), action.DisabledBy(func(s screen.Subjected) string {
		if _, ok := s.Subject(); !ok {
			return "no function is under the cursor"
		}
		return ""
	}))
	r.addReach(reg)
}

func (r *Root) addTexts(reg *action.Registry) {
	reg.Add(action.Search, action.On(r.promptSearch))
	reg.Add(action.SearchNext, action.On(screen.Searched.SearchNext))
	reg.Add(action.SearchPrevious, action.On(screen.Searched.SearchPrevious))
	reg.Add(action.Wrap, action.On(screen.Wrapped.ToggleWrap))
	reg.Add(action.Fold, action.On(screen.Folded.ToggleFold))
	reg.Add(action.FoldAll, action.On(screen.Folded.ToggleFoldAll))
	reg.Add(action.CopyLine, action.On(screen.LineCopied.CopyLine))
	reg.Add(action.FilterLines, action.On(r.promptLines))
}

// escape clears what the screen has to clear, then leaves it.
func (r *Root) escape() tea.Cmd {
	if s, ok := r.router.current().scr.(screen.Escaping); ok && s.Escape() {
		return rest(s)
	}
	return r.back()
}

// closePage leaves the screen, and the console at the first one.
func (r *Root) closePage() tea.Cmd {
	if r.router.at == 0 {
		return r.quit()
	}
	return r.back()
}

// reload asks the screen on top for what it does not get from the board.
func (r *Root) reload() tea.Cmd {
	if s, ok := r.router.current().scr.(screen.Reloaded); ok {
		return s.Reload()
	}
	return show(r.router.current())
}

// favourite goes to the scope on a key.
func (r *Root) favourite(key string) tea.Cmd {
	slot := int(key[0] - '0')
	for _, f := range r.options.Favourites {
		if f.Slot != slot {
			continue
		}
		if f.Context != "" {
			return tea.Batch(r.reach(f.Context, false), r.rescope(f.Namespaces))
		}
		return r.rescope(f.Namespaces)
	}
	r.warn("favourite", "no favourite scope is on "+key+": add one to scopes in the configuration")
	return nil
}

// pickNamespaces lets the operator choose the namespaces on screen.
func (r *Root) pickNamespaces() tea.Cmd {
	pick := screen.PickMsg{Title: "Namespaces", Multiple: true, AllowText: true,
		Empty: "No namespace is known. Type a name to try it."}
	seen := map[string]int{}
	b := r.env.Boards.Board()
	for i := range b.Clusters {
		for _, n := range b.Clusters[i].Namespaces {
			if at, ok := seen[n.Name]; ok {
				if n.Denied == "" {
					pick.Items[at].Disabled = ""
				}
				continue
			}
			seen[n.Name] = len(pick.Items)
			item := screen.PickItem{ID: n.Name, Text: n.Name, Disabled: n.Denied}
			item.Chosen = len(r.env.Scope.Namespaces) > 0 && r.env.Scope.Has(n.Name)
			pick.Items = append(pick.Items, item)
		}
	}
	pick.Chosen = func(ids []string) tea.Cmd { return r.rescope(ids) }
	return r.pick(pick)
}

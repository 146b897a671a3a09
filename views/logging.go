package views

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
)

// addLogs adds what opens logs, and the keys within them.
func (r *Root) addLogs(reg *action.Registry) {
	open := func(previous bool) action.Handler {
		return action.When(hasLogs, func(s any) tea.Cmd {
			of, _ := r.logging(s)
			of.Previous = previous
			return r.open(screen.Place{Page: screen.PageLogs, Logs: &of}, false)
		})
	}
	whyNot := action.DisabledBy(func(s screen.Screen) string {
		_, why := r.logging(s)
		return why
	})
	reg.Add(action.Logs, open(false), whyNot)
	reg.Add(action.PreviousLogs, open(true), whyNot)
	reg.Add(action.Follow, action.On(screen.Logged.ToggleFollow))
	reg.Add(action.Timestamps, action.On(screen.Logged.NextStamps))
	reg.Add(action.Level, action.On(screen.Logged.NextLevel))
	reg.Add(action.SinceLess, action.On(func(s screen.Logged) tea.Cmd { return s.Since(-1) }))
	reg.Add(action.SinceMore, action.On(func(s screen.Logged) tea.Cmd { return s.Since(1) }))
	reg.Add(action.PreviousContainer, action.On(screen.Logged.TogglePrevious))
	reg.Add(action.Pretty, action.On(screen.Logged.TogglePretty))
	reg.Add(action.Fields, action.On(screen.Logged.ToggleFields))
	reg.Add(action.Sources, action.On(screen.Logged.PickSources))
}

func hasLogs(target any) bool {
	if _, ok := target.(screen.Inspected); ok {
		return true
	}
	return hasFunctions(target)
}

// podKinds are the kinds that have pods, or are one.
var podKinds = []string{"Pod", "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob", "ReplicationController"}

// logging is whose logs a screen is about: of the functions that are marked or under the cursor, else of the object there.
// The text says why there are none.
func (r *Root) logging(target any) (of screen.Logging, why string) {
	if r.env.Logs == nil {
		return of, "these are manifests: nothing runs that writes logs"
	}
	if ids, _ := r.concerned(target); len(ids) > 0 {
		return r.loggingOf(ids)
	}
	s, ok := target.(screen.Inspected)
	if !ok {
		return of, "no function is under the cursor"
	}
	if of.Object, why = s.Inspect(); why != "" {
		return of, why
	}
	if !slices.Contains(podKinds, of.Object.Kind) {
		return of, text.Clean(of.Object.Kind) + " has no pods"
	}
	of.Title = of.Object.Kind + " " + of.Object.Name
	return of, ""
}

func (r *Root) loggingOf(ids []model.FunctionID) (of screen.Logging, why string) {
	b := r.env.Boards.Board()
	for _, id := range ids {
		row := b.Row(id)
		switch {
		case row == nil:
			why = "it does not exist any more"
		case row.Function.Opaque:
			why = "it stands for functions that cannot be seen"
		default:
			of.Functions = append(of.Functions, id)
		}
	}
	if len(of.Functions) == 0 {
		return of, why
	}
	of.Title = r.titleOf(of.Functions)
	if len(of.Functions) == 1 {
		of.Title = b.Row(of.Functions[0]).Function.Name()
	}
	return of, ""
}

// logsCommand is `:logs`: of the functions of a name in scope, or without one of what the screen on top is about.
func (r *Root) logsCommand(c query.Logs) tea.Cmd {
	var of screen.Logging
	var why string
	if c.Name == "" {
		of, why = r.logging(r.router.current().scr)
	} else if r.env.Logs == nil {
		why = "these are manifests: nothing runs that writes logs"
	} else {
		found, ok := r.named(c.Name, c.Scope)
		if !ok {
			return nil
		}
		if len(found) > 0 {
			ids := make([]model.FunctionID, len(found))
			for i, row := range found {
				ids[i] = row.ID
			}
			of, why = r.loggingOf(ids)
		} else {
			why = strings.TrimSpace("there is no function "+c.Name) + " in scope"
		}
	}
	if why != "" {
		r.warn("logs", why)
		return nil
	}
	return r.open(screen.Place{Page: screen.PageLogs, Logs: &of}, false)
}

package views

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/views/deploy"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
)

// addDeployments adds what makes functions.
func (r *Root) addDeployments(reg *action.Registry) {
	reg.Add(action.Deploy, action.When(deploysFrom, func(any) tea.Cmd {
		return r.openDeploy(screen.Making{Context: r.context("")})
	}), action.DisabledBy(func(screen.Screen) string { return r.whyNotDeploy(r.context("")) }))
	reg.Add(action.Clone, action.On(func(s screen.Subjected) tea.Cmd {
		id, _ := s.Subject()
		return r.openDeploy(screen.Making{Context: id.Context, Copy: id})
	}), action.DisabledBy(func(s screen.Subjected) string {
		id, ok := s.Subject()
		if !ok {
			return "no function is under the cursor"
		}
		if row := r.env.Boards.Board().Row(id); row == nil || row.Function.Opaque {
			return "it cannot be seen what it is made of"
		}
		return r.whyNotDeploy(id.Context)
	}))
	formless := action.DisabledBy(screen.Deploying.NoForm)
	reg.Add(action.ShowPlan, action.On(screen.Deploying.ShowPlan), formless)
	reg.Add(action.Interview, action.On(screen.Deploying.Interview))
	reg.Add(action.NextPane, action.On(screen.Paned.NextPane), action.DisabledBy(func(s screen.Paned) string {
		if d, ok := s.(screen.Deploying); ok {
			return d.NoForm()
		}
		return ""
	}))
}

// deploysFrom reports whether a function can be asked for on a screen: not on the form itself.
func deploysFrom(target any) bool {
	_, form := target.(screen.Deploying)
	return hasWork(target) && !form
}

const whyNoDeployment = "these are manifests: no function can be made in a cluster"

func (r *Root) whyNotDeploy(context string) string {
	if r.env.Changes == nil || r.env.Deployments == nil {
		return whyNoDeployment
	}
	return r.env.Changes.Refusal(context)
}

func (r *Root) openDeploy(of screen.Making) tea.Cmd {
	return r.open(screen.Place{Page: screen.PageDeploy, Deploy: &of}, false)
}

// buildDeploy makes the form of a place.
func (r *Root) buildDeploy(place screen.Place) screen.Screen {
	of := screen.Making{Context: r.context(place.Context)}
	if place.Deploy != nil {
		of = *place.Deploy
	}
	return deploy.New(&r.env, of)
}

// newCommand is `:new`: of a framework, from a file or a folder, or the form to choose from.
func (r *Root) newCommand(c query.New) tea.Cmd {
	context := r.context("")
	if why := r.whyNotDeploy(context); why != "" {
		r.warn("new", why)
		return nil
	}
	of := screen.Making{Context: context}
	if c.Source != "" {
		for _, m := range r.env.Deployments.Makers(context) {
			switch {
			case m.Framework != c.Source:
			case m.Refused != "":
				r.warn("new "+c.Source, m.Refused)
				return nil
			default:
				of.Framework = c.Source
			}
		}
		if of.Framework == "" {
			if !strings.ContainsAny(c.Source, "./~") {
				r.warn("new "+c.Source, c.Source+" is neither a framework nor a path: write ./"+c.Source+" for a file of this folder")
				return nil
			}
			of.File = c.Source
		}
	}
	return r.openDeploy(of)
}

// makers are the names of the frameworks that `:new` knows.
func (r *Root) makers() []string {
	if r.env.Deployments == nil {
		return nil
	}
	var names []string
	for _, m := range r.env.Deployments.Makers(r.context("")) {
		if m.Refused == "" {
			names = append(names, m.Framework)
		}
	}
	return names
}

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

// addRotations adds what gives Secrets new values.
func (r *Root) addRotations(reg *action.Registry) {
	reg.Add(action.Rotate, action.When(hasSecrets, func(s any) tea.Cmd {
		of, _ := r.rotation(s)
		return r.openRotation(of)
	}), action.DisabledBy(func(s screen.Screen) string {
		_, why := r.rotation(s)
		return why
	}))
	reg.Add(action.Peek, action.On(screen.Peeker.Peek), action.DisabledBy(screen.Peeker.PeekRefusal))
}

func hasSecrets(target any) bool {
	_, ok := target.(screen.Secreted)
	return ok || hasWork(target)
}

const whyNoRotation = "these are manifests: no Secret of a cluster is here"

// rotation is which Secrets a rotation begun from a screen would be about. The text says why there is none.
func (r *Root) rotation(target any) (screen.Rotation, string) {
	var of screen.Rotation
	if r.env.Changes == nil || r.env.Rotations == nil {
		return of, whyNoRotation
	}
	if s, ok := target.(screen.Secreted); ok {
		targets, why := s.Secrets()
		if why != "" {
			return of, why
		}
		of.Context = targets[0].Context
		for _, t := range targets {
			if t.Context != of.Context {
				return of, "they are in several clusters, and a change is about one"
			}
			of.Secrets = append(of.Secrets, t.Ref)
		}
		of.Title = titleOfSecrets(of.Secrets)
		return of, r.env.Changes.Refusal(of.Context)
	}
	ids, title := r.concerned(target)
	work, why := r.work(chosen{screen.Work{Title: title, Functions: ids}})
	if why != "" {
		return of, why
	}
	of.Title, of.Context, of.Functions = work.Title, work.Functions[0].Context, work.Functions
	return of, r.unkept(of.Functions)
}

// unkept says why no value of any of these functions can be given anew.
func (r *Root) unkept(ids []model.FunctionID) (why string) {
	b := r.env.Boards.Board()
	for _, id := range ids {
		row := b.Row(id)
		if row == nil {
			continue
		}
		if why = r.env.Rotations.Unkept(row.Function); why == "" {
			return ""
		}
	}
	return why
}

// concerned are the functions that a screen is about: those that work would be about, whether anything cures them or not.
func (r *Root) concerned(target any) (ids []model.FunctionID, title string) {
	if w, ok := target.(screen.Worker); ok {
		work, _ := w.Work()
		if len(work.Intents) == 0 {
			title = work.Title // else it names what is to be cured
		}
		ids = work.Functions
	}
	if s, ok := target.(screen.Subjected); ok && len(ids) == 0 {
		if id, ok := s.Subject(); ok {
			ids = []model.FunctionID{id}
		}
	}
	return ids, title
}

// chosen is work that was chosen already.
type chosen struct{ work screen.Work }

// Work is that work.
func (c chosen) Work() (screen.Work, string) { return c.work, "" }

func titleOfSecrets(refs []model.Ref) string {
	if len(refs) == 1 {
		return text.Clean("Secret " + refs[0].Namespace + "/" + refs[0].Name)
	}
	return text.Count(len(refs)) + " Secrets"
}

func (r *Root) openRotation(of screen.Rotation) tea.Cmd {
	return r.open(screen.Place{Page: screen.PageRotate, Rotation: &of}, false)
}

// rotateCommand is `:rotate`: a Secret by its name, or those of what is under the cursor.
func (r *Root) rotateCommand(c query.Rotate) tea.Cmd {
	if r.env.Changes == nil || r.env.Rotations == nil {
		r.warn("rotate", whyNoRotation)
		return nil
	}
	if c.Secret == "" {
		target := r.router.current().scr
		of, why := screen.Rotation{}, "say which Secret: rotate NAME"
		if hasSecrets(target) {
			of, why = r.rotation(target)
		}
		if why != "" {
			r.warn("rotate", why)
			return nil
		}
		return r.openRotation(of)
	}
	context := r.context(c.Scope.Context)
	if why := r.env.Changes.Refusal(context); why != "" {
		r.warn("rotate", why)
		return nil
	}
	names, ok := r.expand(c.Scope.Namespaces)
	if !ok {
		return nil
	}
	ns, name, qualified := strings.Cut(c.Secret, "/")
	switch {
	case !qualified:
		name = c.Secret
	case len(names) == 0:
		names = []string{ns}
	}
	if len(names) == 0 && !c.Scope.All {
		names = r.env.Scope.Namespaces
	}
	if len(names) == 0 {
		names = r.namespacesOf(context)
	}
	return r.openRotation(screen.Rotation{Title: text.Clean("Secret " + c.Secret), Wanted: screen.Wanted{Context: context, Name: name, Namespaces: names}})
}

// namespacesOf are the namespaces of a cluster that may be read.
func (r *Root) namespacesOf(context string) []string {
	var names []string
	for _, c := range r.env.Boards.Board().Clusters {
		for _, n := range c.Namespaces {
			if c.Context == context && n.Denied == "" {
				names = append(names, n.Name)
			}
		}
	}
	slices.Sort(names)
	return names
}

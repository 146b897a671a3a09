package views

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
)

// settables are the options that :set changes, each followed by a value.
func (r *Root) settables() []query.Candidate {
	all := []query.Candidate{{Text: "mouse off", Description: "leave the mouse to the terminal"}, {Text: "mouse on", Description: "click and scroll"}}
	for _, name := range r.themeNames() {
		all = append(all, query.Candidate{Text: "theme " + name, Description: "theme"})
	}
	return all
}

// themeNames are the themes to choose from, the operator's own first.
func (r *Root) themeNames() []string {
	var names []string
	for _, t := range r.options.Themes {
		names = append(names, t.Name())
	}
	for _, n := range themes.Names() {
		if !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names
}

// themeByName finds a theme; one of the operator's own wins over one that is built in.
func (r *Root) themeByName(name string) (themes.Theme, error) {
	for _, t := range r.options.Themes {
		if t.Name() == name {
			return t, nil
		}
	}
	return themes.ByName(name)
}

// set changes an option for this session.
func (r *Root) set(option, value string) tea.Cmd {
	switch option {
	case "theme":
		theme, err := r.themeByName(value)
		if err != nil {
			r.warn("set theme", err.Error())
			return nil
		}
		r.options.AsksBackground = false
		return r.setTheme(theme)
	case "mouse":
		r.options.NoMouse = value == "off" || value == "no" || value == "false"
	default:
		r.warn("set "+option, "option "+option+" does not exist: use theme or mouse")
	}
	return nil
}

func (r *Root) setTheme(theme themes.Theme) tea.Cmd {
	if theme == r.env.Theme {
		return nil
	}
	r.env.Theme = theme
	r.prompt.SetTheme(theme)
	r.dialogs.SetTheme(theme)
	for _, p := range r.router.pages {
		p.stale = true
	}
	return r.router.current().scr.Update(screen.ThemeMsg{})
}

// backgroundKnown goes on with the theme for the background that the terminal says it has, unless a theme was chosen.
func (r *Root) backgroundKnown(dark bool) tea.Cmd {
	if !r.options.AsksBackground {
		return nil
	}
	theme := r.options.Light
	if dark {
		theme = r.options.Dark
	}
	return r.setTheme(theme)
}

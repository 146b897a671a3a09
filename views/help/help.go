// Package help shows every key and command of the screen that the operator came from.
//
// Its one rule: all of it is generated from the registry and the grammar.
package help

import (
	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/help"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/reading"
	"github.com/fn9s/fn9s/views/screen"
)

// About says what the help is about: the screen that the operator came from.
type About struct {
	Registry *action.Registry
	Set      action.KeySet
	Target   screen.Screen
	Commands []query.Usage
}

// Screen is the help.
type Screen struct {
	reading.Reader
	help *help.Help
	env  *screen.Env
}

// New makes the help. A topic is searched for at once.
func New(env *screen.Env, about About, topic string) *Screen {
	h := help.New(env.Theme)
	s := &Screen{Reader: reading.Reader{Pager: h.Pager}, help: h, env: env}
	commands := help.Section{Title: "Commands (behind :)"}
	for _, u := range about.Commands {
		commands.Rows = append(commands.Rows, help.Row{Left: u.Syntax, Right: u.Title})
	}
	h.SetContent(about.Registry, about.Set, about.Target, commands, filters, signs)
	if topic != "" && s.SetSearch(topic) == nil {
		s.SearchNext()
	}
	return s
}

var filters = help.Section{Title: "Filters (behind / in a table)", Rows: []help.Row{
	{Left: "word word", Right: "rows that have both"},
	{Left: `"a phrase"`, Right: "rows that have exactly this"},
	{Left: "!word", Right: "rows that do not have it"},
	{Left: "~fzy", Right: "the letters in this order, within one cell"},
	{Left: "/regex/", Right: "a regular expression"},
	{Left: "-l app=web,tier!=dev", Right: "labels of the object"},
	{Left: "column>value", Right: "= != ~ > >= < <=, for example age<2h, ready<100%, state>=building, ns=pay*"},
}}

var signs = help.Section{Title: "Signs", Rows: []help.Row{
	{Left: "2/2", Right: "replicas that are ready, of those that are wanted"},
	{Left: "idle", Right: "scaled to zero: normal, the next call wakes it"},
	{Left: "no-workload", Right: "the function is declared, but nothing runs it"},
	{Left: "orphaned", Right: "something runs, but the function that it belonged to is gone"},
	{Left: "–", Right: "not known"},
}}

// Title is the crumb.
func (s *Screen) Title() string { return "help" }

// SetSize sets the size of the screen.
func (s *Screen) SetSize(width, height int) { s.help.SetSize(width, height) }

// View draws the help.
func (s *Screen) View() string { return s.help.View() }

// Update follows the theme.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	if _, ok := msg.(screen.ThemeMsg); ok {
		s.help.SetTheme(s.env.Theme)
	}
	return nil
}

// Footer says where the operator is in the text.
func (s *Screen) Footer() screen.Footer { return screen.Footer{Total: -1, Note: s.Status()} }

// Close has nothing to end.
func (s *Screen) Close() {}

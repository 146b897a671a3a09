package views

import (
	"cmp"
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/dialog"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/plugin"
	"github.com/fn9s/fn9s/views/screen"
)

// Hotkey is a key that runs a command.
type Hotkey struct {
	Name, Key, Description string
	Command                string // without the colon
	Override               bool
}

// maxBackground is how many plugins run in the background at once.
const maxBackground = 8

// groupOwn is where help lists what the configuration adds.
const groupOwn = "Your own"

// pluginDoneMsg says how a plugin ended.
type pluginDoneMsg struct {
	name       string
	background bool
	said       string
	err        error
}

// addOwn adds the plugins and hotkeys of the configuration.
func (r *Root) addOwn(reg *action.Registry) {
	for _, h := range r.options.Hotkeys {
		reg.AddScoped(action.Spec{ID: action.ID("hotkey-" + h.Name), Keys: []string{h.Key}, Title: cmp.Or(h.Description, h.Name),
			Tooltip: "Run :" + h.Command + ".", Group: groupOwn, Set: action.Lists | action.Pagers},
			action.On(func(screen.Screen) tea.Cmd { return r.command(h.Command) }), h.Override)
	}
	for i := range r.options.Plugins {
		p := &r.options.Plugins[i]
		applies := func(target any) bool {
			s, ok := target.(screen.Inspected)
			return ok && p.In(r.scopeWords(s))
		}
		reg.AddScoped(action.Spec{ID: action.ID("plugin-" + p.Name), Keys: []string{p.Key}, Title: cmp.Or(p.Description, p.Name),
			Tooltip: "Run " + p.Command + ".", Group: groupOwn, Set: action.Lists, Mutates: p.Dangerous},
			action.When(applies, func(target any) tea.Cmd { return r.runPlugin(p, target.(screen.Inspected)) }), p.Override,
			action.DisabledBy(func(s screen.Inspected) string {
				_, why := s.Inspect()
				return why
			}))
	}
}

// scopeWords are the words by which a plugin names what a screen lists.
func (r *Root) scopeWords(s screen.Inspected) []string {
	place := r.router.current().place
	words := []string{string(place.Page)}
	switch place.Page {
	case screen.PageFunctions, screen.PageFunction:
		words = append(words, "fn", "function", "functions")
		if t, why := s.Inspect(); why == "" {
			words = append(words, wordsOf(r.kindsOf(t))...)
		}
	case screen.PageNamespaces:
		words = append(words, "ns", "namespace")
	case screen.PageObjects:
		words = append(words, place.Resource)
		if t, why := s.Inspect(); why == "" {
			words = append(words, wordsOf(r.kindsOf(t))...)
		}
	}
	return words
}

// kindsOf is the served kind of an object; none where it is not known.
func (r *Root) kindsOf(t screen.Target) []screen.Kind {
	if r.env.Kinds == nil {
		return nil
	}
	var found []screen.Kind
	for _, k := range r.env.Kinds.Served(t.Context, strings.ToLower(t.Kind)) {
		if _, group, _ := strings.Cut(k.Name, "."); group == t.Group {
			found = append(found, k)
		}
	}
	return found
}

// wordsOf are the names of kinds, and the short ones.
func wordsOf(kinds []screen.Kind) []string {
	var words []string
	for _, k := range kinds {
		name, _, _ := strings.Cut(k.Name, ".")
		words = append(append(words, k.Name, name), k.Words...)
	}
	return words
}

// runPlugin runs a plugin on what is under the cursor, after the questions that it asks.
func (r *Root) runPlugin(p *plugin.Plugin, s screen.Inspected) tea.Cmd {
	values := r.valuesOf(s)
	if len(p.Inputs) == 0 {
		return r.preparePlugin(p, values)
	}
	fields := make([]dialog.Field, len(p.Inputs))
	for i := range p.Inputs {
		in := &p.Inputs[i]
		fields[i] = dialog.Field{Label: text.Clean(cmp.Or(in.Label, in.Name)), Value: in.Default, Options: in.Choices(), Wrong: in.Wrong}
		if in.Type != plugin.TextInput {
			fields[i].Hint = string(in.Type)
		}
		if !in.Required {
			fields[i].Hint = strings.TrimPrefix(fields[i].Hint+", may be empty", ", ")
		}
	}
	r.dialogs.Open(dialog.NewForm(r.env.Theme, "plugin-inputs", titleOf(p), p.Command+" runs with this.", targetOf(values), "go on", fields,
		func(given []string) tea.Cmd {
			for i, value := range given {
				values[p.Inputs[i].Variable()] = value
			}
			return r.preparePlugin(p, values)
		}))
	return nil
}

func titleOf(p *plugin.Plugin) string { return cmp.Or(text.Clean(p.Description), p.Name) }

// targetOf names what is under the cursor.
func targetOf(v plugin.Values) []string {
	if v["NAME"] == "" {
		return nil
	}
	return []string{strings.TrimPrefix(v["NAMESPACE"]+"/"+v["NAME"], "/")}
}

// preparePlugin fills the values in, and asks where the plugin says so.
func (r *Root) preparePlugin(p *plugin.Plugin, values plugin.Values) tea.Cmd {
	process, err := p.Process(values)
	if err != nil {
		r.notice(status.Error, "plugin "+p.Name, err.Error())
		return nil
	}
	if !p.Confirm {
		return r.startPlugin(p, process)
	}
	r.dialogs.Open(dialog.NewConfirm(r.env.Theme, dialog.Question{ID: "plugin", Title: titleOf(p) + "?",
		Targets: []string{process.String()}, Buttons: []dialog.Button{
			{Label: "Run", Key: "r", Danger: p.Dangerous, Choose: func() tea.Cmd { return r.startPlugin(p, process) }},
			{Label: "Cancel", Key: "c"},
		}}))
	return nil
}

func (r *Root) startPlugin(p *plugin.Plugin, process *plugin.Process) tea.Cmd {
	ctx, cancel := context.WithCancel(context.Background())
	done := r.done
	go func() {
		select {
		case <-done: // quitting ends what runs
		case <-ctx.Done():
		}
		cancel()
	}()
	if !p.Background {
		return tea.Exec(&plugin.Foreground{Process: process, Context: ctx}, func(err error) tea.Msg {
			cancel()
			return pluginDoneMsg{name: p.Name, err: err}
		})
	}
	if r.background >= maxBackground {
		cancel()
		r.warn("plugin "+p.Name, "8 plugins run in the background: wait for one")
		return nil
	}
	r.background++
	r.notice(status.Info, "plugin "+p.Name, p.Name+" runs in the background")
	return func() tea.Msg {
		defer cancel()
		said, err := process.Output(ctx)
		if !p.ShowOutput {
			said = ""
		}
		return pluginDoneMsg{name: p.Name, background: true, said: said, err: err}
	}
}

func (r *Root) pluginDone(msg pluginDoneMsg) {
	if msg.background {
		r.background--
	}
	switch {
	case msg.err != nil:
		r.notice(status.Error, "plugin "+msg.name, msg.name+": "+msg.err.Error())
	case msg.background:
		r.notice(status.Info, "plugin "+msg.name, cmp.Or(msg.said, msg.name+" is done"))
	}
}

// valuesOf are the variables of plugins for what is under the cursor.
func (r *Root) valuesOf(s screen.Inspected) plugin.Values {
	t, why := s.Inspect()
	if why != "" {
		return plugin.Values{}
	}
	v := plugin.Values{"NAME": t.Name, "NAMESPACE": t.Namespace, "CONTEXT": t.Context, "CLUSTER": "", "USER": "", "GROUPS": "",
		"KUBECONFIG": r.options.Kubeconfig, "RESOURCE_GROUP": t.Group, "RESOURCE_NAME": strings.ToLower(t.Kind), "RESOURCE_VERSION": "",
		"POD": "", "CONTAINER": "", "FILTER": ""}
	if t.Kind == "Pod" {
		v["POD"] = t.Name
	}
	if all, err := r.env.Fleet.Contexts(); err == nil {
		if i := slices.IndexFunc(all, func(c screen.Context) bool { return c.Name == t.Context }); i >= 0 {
			v["CLUSTER"], v["USER"] = all[i].Cluster, all[i].User
		}
	}
	if kinds := r.kindsOf(t); len(kinds) == 1 {
		v["RESOURCE_NAME"], _, _ = strings.Cut(kinds[0].Name, ".")
		v["RESOURCE_VERSION"] = kinds[0].Version
	}
	if f, ok := s.(screen.Filtered); ok {
		v["FILTER"] = f.FilterText()
	}
	if c, ok := s.(screen.Celled); ok {
		for title, cell := range c.Cells() {
			v["COL-"+strings.ToUpper(strings.ReplaceAll(title, " ", "-"))] = cell
		}
	}
	return v
}

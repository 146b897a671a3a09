package views

import (
	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/ui/picker"
	"github.com/fn9s/fn9s/views/screen"
)

// mode says who gets the keys.
type mode uint8

const (
	normal    mode = iota // the registry, for the screen on top
	prompting             // the line at the bottom
	asking                // a dialog
	typing                // a screen that takes text
)

func (r *Root) mode() mode {
	switch {
	case r.prompt.Active():
		return prompting
	case r.dialogs.Active():
		return asking
	}
	if t, ok := r.router.current().scr.(screen.Typing); ok && t.Typing() {
		return typing
	}
	return normal
}

// key hands a key to whoever has the keys now. ctrl-c always quits.
func (r *Root) key(msg tea.KeyPressMsg) tea.Cmd {
	if msg.String() == "ctrl+c" {
		return r.quit()
	}
	switch r.mode() {
	case prompting:
		return r.prompted(r.prompt.HandleKey(msg))
	case asking:
		return r.dialogs.HandleKey(msg)
	case typing:
		return r.router.current().scr.(screen.Typing).Type(msg)
	}
	return r.act(msg)
}

// act runs the action of a key on the screen on top.
func (r *Root) act(msg tea.KeyPressMsg) tea.Cmd {
	scr := r.router.current().scr
	a, ok := r.registry.Find(scr.Keys(), msg.String(), scr)
	if !ok {
		if d, isDigited := scr.(screen.Digited); isDigited {
			d.Digit(msg.String())
		}
		return nil
	}
	cmd, reason := r.registry.Run(a, scr, msg.String())
	if reason != "" {
		r.say(status.Info, a.Title+": "+reason, r.env.Now())
	}
	return cmd
}

// paste goes where text is typed.
func (r *Root) paste(content string) tea.Cmd {
	switch r.mode() {
	case prompting:
		return r.prompted(r.prompt.HandlePaste(content))
	case asking:
		r.dialogs.HandlePaste(content)
	case typing:
		if s, ok := r.router.current().scr.(screen.Pasted); ok {
			return s.Paste(content)
		}
	}
	return nil
}

// pick lets the operator choose from a list.
func (r *Root) pick(msg screen.PickMsg) tea.Cmd {
	c := picker.Config{ID: "pick", Title: msg.Title, Multi: msg.Multiple, Choose: msg.Chosen, Empty: msg.Empty, AllowText: msg.AllowText, Ordered: msg.Ordered}
	for _, i := range msg.Items {
		c.Items = append(c.Items, picker.Item{ID: i.ID, Title: i.Text, Detail: i.Note, Disabled: i.Disabled})
		if i.Chosen && msg.Multiple {
			c.Marked = append(c.Marked, i.ID)
		}
		if i.Chosen && c.Current == "" {
			c.Current = i.ID
		}
	}
	r.dialogs.Open(picker.New(r.env.Theme, c))
	return nil
}

// mouse scrolls and clicks on the screen on top; the header is at line 0.
func (r *Root) mouse(msg tea.Msg) tea.Cmd {
	if r.mode() == asking || r.mode() == prompting {
		return nil
	}
	scr := r.router.current().scr
	switch msg := msg.(type) {
	case wheelMsg:
		if w, ok := scr.(screen.Wheeled); ok {
			return w.Wheel(int(msg))
		}
	case tea.MouseClickMsg:
		c, ok := scr.(screen.Clicked)
		if ok && msg.Button == tea.MouseLeft && msg.Y > 0 && msg.Y < r.height-1 {
			return c.Click(msg.X, msg.Y-1)
		}
	}
	return nil
}

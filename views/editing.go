package views

import (
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/screen"
)

// readingTime is how long an object is read, and tried, at most.
const readingTime = 30 * time.Second

// addEditing adds what is written in the operator's editor.
func (r *Root) addEditing(reg *action.Registry) {
	reg.Add(action.Edit, action.When(editable, r.edit), action.DisabledBy(r.whyNotEdit))
}

func editable(target any) bool {
	_, inspected := target.(screen.Inspected)
	_, own := target.(screen.Rewritten)
	return inspected || own
}

func (r *Root) whyNotEdit(s screen.Screen) string {
	if w, ok := s.(screen.Rewritten); ok {
		return w.RewriteRefusal()
	}
	if r.env.Editing == nil {
		return "these are manifests: edit the files"
	}
	i, ok := s.(screen.Inspected)
	if !ok {
		return "nothing is under the cursor"
	}
	t, why := i.Inspect()
	if why != "" {
		return why
	}
	return r.env.Editing.Refusal(t)
}

// What becomes of an edit: it was begun, written, and tried.
type (
	editBegunMsg struct {
		target screen.Target
		edit   screen.Edit
		err    error
	}
	editWrittenMsg struct {
		target screen.Target
		edit   screen.Edit
		err    error
	}
	editTriedMsg struct {
		target screen.Target
		edit   screen.Edit
		order  *screen.Order
		err    error
	}
)

// edit reads the object under the cursor. A screen that has something of its own to write has that written.
func (r *Root) edit(target any) tea.Cmd {
	if w, ok := target.(screen.Rewritten); ok {
		return w.Rewrite()
	}
	i, ok := target.(screen.Inspected)
	if !ok {
		return nil
	}
	t, _ := i.Inspect()
	editing := r.env.Editing
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), readingTime)
		defer cancel()
		e, err := editing.Begin(ctx, t)
		return editBegunMsg{t, e, err}
	}
}

// edited goes on with an edit.
func (r *Root) edited(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case editBegunMsg:
		if msg.err != nil {
			r.notice(status.Error, "edit "+msg.target.Ref.String(), msg.err.Error())
			return nil
		}
		return rewrite(msg.target, msg.edit)
	case editWrittenMsg:
		if msg.err != nil {
			r.notice(status.Error, "edit "+msg.target.Ref.String(), msg.err.Error()+"; what was written is kept in "+msg.edit.Close(true))
			return nil
		}
		return func() tea.Msg {
			ctx, cancel := context.WithTimeout(context.Background(), readingTime)
			defer cancel()
			order, err := msg.edit.Outcome(ctx)
			return editTriedMsg{msg.target, msg.edit, order, err}
		}
	case editTriedMsg:
		return r.tried(msg)
	}
	return nil
}

func rewrite(t screen.Target, e screen.Edit) tea.Cmd {
	return tea.Exec(e.Write(), func(err error) tea.Msg { return editWrittenMsg{t, e, err} })
}

// tried shows the plan, or what is wrong: the operator goes on writing, or leaves it.
func (r *Root) tried(msg editTriedMsg) tea.Cmd {
	what := "edit " + msg.target.Ref.String()
	if msg.order != nil {
		return r.open(screen.Place{Page: screen.PagePlan, Order: msg.order}, false)
	}
	if msg.err == nil {
		msg.edit.Close(false)
		r.notice(status.Info, what, "nothing was changed")
		return nil
	}
	r.notice(status.Warning, what, "it was not taken; the text is in "+msg.edit.Close(true)+": "+msg.err.Error())
	first, _, _ := strings.Cut(text.CleanMultiline(msg.err.Error()), "\n")
	return r.pick(screen.PickMsg{Title: "Not taken: " + text.Clean(first), Items: []screen.PickItem{
		{ID: "again", Text: "go on writing", Note: "what is wrong stands above the text"},
		{ID: "keep", Text: "leave it, and keep the text in a file"},
		{ID: "drop", Text: "leave it, and drop the text"},
	}, Chosen: func(ids []string) tea.Cmd {
		switch {
		case len(ids) == 1 && ids[0] == "again":
			return rewrite(msg.target, msg.edit)
		case len(ids) == 1 && ids[0] == "drop":
			msg.edit.Close(false)
			r.notice(status.Info, what, "nothing was changed")
		default:
			r.notice(status.Info, what, "what was written is kept in "+msg.edit.Close(true))
		}
		return nil
	}})
}

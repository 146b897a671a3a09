package deploy

import (
	"errors"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/ui/dialog"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/screen"
)

// pickCode lets the operator say where source comes from.
func (s *Screen) pickCode() tea.Cmd {
	noEditor := "there is no editor here"
	if s.env.Editor != nil {
		noEditor = text.Clean(s.env.Editor.Refusal())
	}
	return screen.Send(screen.PickMsg{Title: "Code", Items: []screen.PickItem{
		{ID: "file", Text: "from a file or a folder", Note: "as it is"},
		{ID: "editor", Text: "write it in $EDITOR", Note: "one file", Disabled: noEditor},
	}, Chosen: func(ids []string) tea.Cmd {
		if len(ids) == 1 && ids[0] == "editor" {
			return s.writeCode()
		}
		return s.askCode()
	}})
}

func (s *Screen) askCode() tea.Cmd {
	f, d := s.form, s.env.Deployments
	field := dialog.Field{Label: "Path", Value: f.values[codeID], Hint: "./handler.py", Wrong: func(v string) string {
		if v == "" {
			return "say which file or folder"
		}
		return ""
	}}
	return screen.Send(screen.DialogMsg{Dialog: dialog.NewForm(s.env.Theme, "deploy-code", "Source", "What it holds goes into the cluster as it is.", nil, "read",
		[]dialog.Field{field}, func(values []string) tea.Cmd {
			return func() tea.Msg {
				got, err := d.Code(values[0])
				return codeMsg{to: f, path: values[0], got: got, err: err}
			}
		})})
}

// writeCode has the operator write source in an editor, which takes the terminal meanwhile.
func (s *Screen) writeCode() tea.Cmd {
	f := s.form
	run, data := s.env.Editor.Write()
	return tea.Exec(run, func(err error) tea.Msg {
		source := data()
		if err == nil && len(source) == 0 {
			err = errors.New("nothing was written")
		}
		return codeMsg{to: f, path: "handler", got: &plan.Code{Name: "handler", Files: map[string][]byte{"handler": source}}, err: err}
	})
}

func (s *Screen) tookCode(msg codeMsg) tea.Cmd {
	s.form.past[codeID] = true
	s.changed()
	if msg.err != nil {
		return notice(status.Warning, "no source was taken: "+msg.err.Error())
	}
	s.form.code, s.form.values[codeID] = msg.got, msg.path
	return s.prospect()
}

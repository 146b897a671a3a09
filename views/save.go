package views

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/screen"
)

// savedMsg says what became of a file.
type savedMsg struct {
	file string
	err  error
}

// saveView writes what is shown to a new file.
func (r *Root) saveView(screen.Saved) tea.Cmd {
	name := strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			return c
		}
		return '-'
	}, strings.ToLower(string(r.router.current().place.Page)))
	return r.save(filepath.Join(r.options.SaveDir, name+"-"+r.env.Now().Format("20060102-150405")+".txt"))
}

// save writes what is shown to a file that does not exist yet. Only the operator may read it.
func (r *Root) save(file string) tea.Cmd {
	s, ok := r.router.current().scr.(screen.Saved)
	if !ok {
		r.warn("save", "this screen cannot be saved")
		return nil
	}
	if !filepath.IsAbs(file) && r.options.SaveDir != "" && filepath.Base(file) == file {
		file = filepath.Join(r.options.SaveDir, file)
	}
	if l, ok := s.(screen.SavedLater); ok {
		content := l.PlainLater()
		return func() tea.Msg { return savedMsg{file: file, err: write(file, content())} }
	}
	content := s.Plain()
	return func() tea.Msg { return savedMsg{file: file, err: write(file, content)} }
}

func write(file, content string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return fmt.Errorf("making the folder of %s: %w", file, err)
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("saving: %w", err)
	}
	if _, err := f.WriteString(content); err != nil {
		f.Close()
		return fmt.Errorf("saving: %w", err)
	}
	return f.Close()
}

func (r *Root) saved(msg savedMsg) {
	if msg.err != nil {
		r.notice(status.Error, "save", msg.err.Error())
		return
	}
	r.notice(status.Info, "save", "saved to "+msg.file)
}

// maxClipboard is what terminals take by OSC 52.
const maxClipboard = 74994

// clipboardMsg says that the local clipboard refused.
type clipboardMsg struct{ err error }

// copy puts a text into the clipboard: by the terminal, which works over SSH, and locally where that is possible.
func (r *Root) copy(msg screen.CopyMsg) tea.Cmd {
	if len(msg.Text) > maxClipboard*3/4 {
		r.warn("copy", "too long to copy: "+text.Count(len(msg.Text))+" bytes. ctrl-s saves what is shown to a file")
		return nil
	}
	r.say(status.Info, "copied "+msg.What, r.env.Now())
	cmds := []tea.Cmd{tea.SetClipboard(msg.Text)}
	if local := r.options.Clipboard; local != nil {
		cmds = append(cmds, func() tea.Msg { return clipboardMsg{local(msg.Text)} })
	}
	return tea.Batch(cmds...)
}

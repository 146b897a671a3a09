package views

import (
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/ui/prompt"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
)

// promptCommand opens the line for a command.
func (r *Root) promptCommand() tea.Cmd { return r.openPrompt(prompt.Command, "") }

// promptFilter opens the line for a filter and remembers the one before, which esc brings back.
func (r *Root) promptFilter(s screen.Filtered) tea.Cmd {
	r.before = s.FilterText()
	return r.openPrompt(prompt.Filter, r.before)
}

// promptSearch opens the line for a search.
func (r *Root) promptSearch(s screen.Searched) tea.Cmd {
	return r.openPrompt(prompt.Search, s.SearchText())
}

// promptLines opens the line for which lines to show.
func (r *Root) promptLines(s screen.LineFiltered) tea.Cmd {
	return r.openPrompt(prompt.Lines, s.LinesText())
}

func (r *Root) openPrompt(mode prompt.Mode, initial string) tea.Cmd {
	r.vocabulary = r.words()
	r.prompt.SetSize(r.width, max(r.height/2, 2))
	r.prompt.Open(mode, initial)
	return nil
}

// complete lists what the word at the cursor can become.
func (r *Root) complete(mode prompt.Mode, line string, cursor int) []prompt.Candidate {
	var found []query.Candidate
	switch mode {
	case prompt.Command:
		found = query.Complete(line, cursor, r.vocabulary)
	case prompt.Filter:
		if s, ok := r.router.current().scr.(screen.Filtered); ok {
			found = query.CompleteFilter(line, cursor, s.FilterColumns())
		}
	}
	out := make([]prompt.Candidate, len(found))
	for i, c := range found {
		out[i] = prompt.Candidate{Text: c.Text, Description: c.Description, Start: c.Start, End: c.End, Suffix: c.Suffix}
	}
	return out
}

// check says what is wrong with a line.
func (r *Root) check(mode prompt.Mode, line string) error {
	switch mode {
	case prompt.Command:
		if _, ok := r.ambiguous(line); ok {
			return nil // the operator is asked which one
		}
		_, err := query.ParseCommand(line, r.vocabulary)
		return err
	case prompt.Filter:
		s, ok := r.router.current().scr.(screen.Filtered)
		if !ok {
			return nil
		}
		_, err := query.ParseFilter(line, s.FilterColumns())
		return err
	}
	return nil
}

// prompted acts on what a key did in the prompt.
func (r *Root) prompted(e prompt.Event) tea.Cmd {
	scr := r.router.current().scr
	switch {
	case e.Mode == prompt.Command && e.Kind == prompt.Submitted:
		return r.submitted(e.Text)
	case e.Mode == prompt.Filter && e.Kind != prompt.None:
		wanted := e.Text
		if e.Kind == prompt.Cancelled {
			wanted = r.before
		}
		if s, ok := scr.(screen.Filtered); ok {
			return r.filter(s, wanted)
		}
	case e.Mode == prompt.Search && (e.Kind == prompt.Submitted || e.Kind == prompt.Changed):
		if s, ok := scr.(screen.Searched); ok {
			return tea.Batch(r.wrong("search", s.SetSearch(e.Text), e.Kind), rest(s))
		}
	case e.Mode == prompt.Lines && e.Kind == prompt.Submitted:
		if s, ok := scr.(screen.LineFiltered); ok {
			return tea.Batch(r.wrong("filter lines", s.SetLinesFilter(e.Text), e.Kind), rest(s))
		}
	}
	return nil
}

// rest is what a screen has left to do away from the loop.
func rest(scr any) tea.Cmd {
	if f, ok := scr.(screen.Following); ok {
		return f.Follow()
	}
	return nil
}

func (r *Root) filter(s screen.Filtered, wanted string) tea.Cmd {
	if wanted == s.FilterText() {
		return nil
	}
	cmd, err := s.SetFilter(wanted)
	if err != nil {
		r.prompt.SetError(err)
	}
	return cmd
}

// wrong shows what is wrong with a pattern: in the prompt while it is open, else as a notice.
func (r *Root) wrong(doing string, err error, kind prompt.EventKind) tea.Cmd {
	switch {
	case err == nil:
	case kind == prompt.Changed:
		r.prompt.SetError(err)
	default:
		r.warn(doing, err.Error())
	}
	return nil
}

// command runs a line.
func (r *Root) command(line string) tea.Cmd {
	r.vocabulary = r.words()
	if kinds, ok := r.ambiguous(line); ok {
		return r.askKind(line, kinds)
	}
	c, err := query.ParseCommand(line, r.vocabulary)
	if err != nil {
		r.warn("command "+line, fmt.Sprintf(":%s: %s", line, err))
		return nil
	}
	return r.run(c)
}

// begin runs the command of the command line. What names a kind waits until the cluster has told its namespaces,
// because without them a namespace is read as a word of the filter.
func (r *Root) begin() tea.Cmd {
	line := r.options.Command
	if line == "" {
		return nil
	}
	c, err := query.ParseCommand(line, r.words())
	waits := err != nil
	switch c.(type) {
	case query.Open, query.Tighten, query.Rotate, query.New:
		waits = true
	}
	if waits && !r.acquainted() && r.env.Now().Sub(r.started) < acquaintance {
		return nil
	}
	r.options.Command = ""
	return r.command(line)
}

// submitted runs a line that was typed, or keeps it until the namespaces are told where a word of it may be one.
func (r *Root) submitted(line string) tea.Cmd {
	c, err := query.ParseCommand(line, r.words())
	o, opens := c.(query.Open)
	if err != nil || !opens || o.Filter.Empty() || r.acquainted() || r.env.Now().Sub(r.started) >= acquaintance {
		return r.command(line)
	}
	r.options.Command = line
	return screen.Send(screen.NoticeMsg{Severity: status.Info, Source: "command", Text: "waiting for the namespaces to tell what :" + line + " means"})
}

// acquaintance is how long the command of the command line waits for clusters that do not answer.
const acquaintance = 5 * time.Second

// acquainted reports whether every cluster has told its namespaces, or will not tell them soon.
func (r *Root) acquainted() bool {
	clusters := r.env.Boards.Board().Clusters
	for i := range clusters {
		c := &clusters[i]
		if len(c.Namespaces) == 0 && !c.Complete && c.Connection.Phase == status.Connecting {
			return false
		}
	}
	return len(clusters) > 0
}

package invoke

import (
	"cmp"
	"fmt"
	"os"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/status"
	call "github.com/fn9s/fn9s/kube/stream/invoke"
	"github.com/fn9s/fn9s/ui/dialog"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/panes"
	"github.com/fn9s/fn9s/views/screen"
)

// field is one line of the form.
type field struct {
	id, label string
	hint      string
	value     func(*Screen) string
	set       func(*Screen, string) string // says what is wrong; nil: it is chosen from choices
	choices   []string
}

// The fields of the form, in their order.
var fields = []field{
	{id: "method", label: "Method", hint: "the framework's own", choices: []string{"", "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"},
		value: func(s *Screen) string { return s.request.Method }},
	{id: "path", label: "Path", hint: "/ and a query, behind the function's own",
		value: func(s *Screen) string { return s.request.Path },
		set: func(s *Screen, v string) string {
			r := call.Request{Path: v}
			if err := r.Check(); err != nil {
				return err.Error()
			}
			s.request.Path = v
			return ""
		}},
	{id: "headers", label: "Headers", hint: "NAME: VALUE; NAME: VALUE",
		value: func(s *Screen) string { return s.headers },
		set: func(s *Screen, v string) string {
			old := s.headers
			s.headers = v
			if _, why := s.compose(); why != "" {
				s.headers = old
				return why
			}
			return ""
		}},
	{id: "body", label: "Body", hint: "text, or @FILE; e writes it in the editor",
		value: func(s *Screen) string { return s.bodyText() },
		set:   (*Screen).setBody},
	{id: "type", label: "Content type", hint: "guessed",
		value: func(s *Screen) string { return s.request.Type },
		set:   func(s *Screen, v string) string { s.request.Type = v; return "" }},
	{id: "event", label: "CloudEvent", hint: "no; or its type, as com.example.order",
		value: func(s *Screen) string { return s.event.Type },
		set:   func(s *Screen, v string) string { s.event.Type = v; return "" }},
	{id: "source", label: "· source", hint: "fn9s", value: func(s *Screen) string { return s.event.Source },
		set: func(s *Screen, v string) string { s.event.Source = v; return "" }},
	{id: "eventid", label: "· id", hint: "a new one", value: func(s *Screen) string { return s.event.ID },
		set: func(s *Screen, v string) string { s.event.ID = v; return "" }},
	{id: "form", label: "· form", hint: "binary: attributes are headers", choices: []string{"", "structured"},
		value: func(s *Screen) string {
			if s.event.Structured {
				return "structured"
			}
			return ""
		}},
	{id: "via", label: "Via", hint: "what leads there first", choices: append([]string{""}, call.Ways()...),
		value: func(s *Screen) string { return string(s.request.Via) }},
	{id: "auth", label: "Let in by", hint: "nothing", choices: []string{"", "framework"},
		value: func(s *Screen) string {
			if s.request.Auth.Framework {
				return "framework"
			}
			return ""
		}},
	{id: "timeout", label: "Timeout", hint: "60",
		value: func(s *Screen) string { return s.seconds + " s" },
		set: func(s *Screen, v string) string {
			v = strings.TrimSpace(strings.TrimSuffix(v, "s"))
			if n, err := strconv.Atoi(v); err != nil || n < 1 || n > 3600 {
				return "a number of seconds from 1 to 3600"
			}
			s.seconds = v
			return ""
		}},
}

// choose takes one of the choices of a field.
func (s *Screen) choose(id, value string) {
	switch id {
	case "method":
		s.request.Method = value
	case "form":
		s.event.Structured = value != ""
	case "via":
		s.request.Via = call.Way(value)
	case "auth":
		s.request.Auth = call.Auth{Framework: value != ""}
	}
	s.Changed()
}

// visible reports whether a field has a meaning now.
func (s *Screen) visible(f *field) bool {
	switch f.id {
	case "source", "eventid", "form":
		return s.event.Type != ""
	}
	return true
}

func (s *Screen) bodyText() string {
	b := string(s.request.Body)
	first, rest, more := strings.Cut(b, "\n")
	if more && strings.TrimSpace(rest) != "" {
		return fmt.Sprintf("%s … (%s bytes, %d lines)", first, text.Count(len(b)), strings.Count(b, "\n")+1)
	}
	return b
}

// setBody takes a text, or the content of a file.
func (s *Screen) setBody(v string) string {
	name, isFile := strings.CutPrefix(v, "@")
	if !isFile {
		s.request.Body = []byte(v)
		return ""
	}
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return "the file cannot be read: " + err.Error()
	case info.Size() > call.MostSent:
		return fmt.Sprintf("the file is larger than %d MiB", call.MostSent>>20)
	}
	body, err := os.ReadFile(name)
	if err != nil {
		return "the file cannot be read: " + err.Error()
	}
	s.request.Body = body
	return ""
}

func spotOf(topic string) panes.Spot { return panes.Spot{Place: screen.Place{Topic: topic}} }

// under is the topic of the line under the cursor.
func (s *Screen) under() string {
	at, _ := s.Selected()
	return at.Place.Topic
}

// Open edits the field under the cursor, or shows the call of the history.
func (s *Screen) Open() tea.Cmd {
	topic := s.under()
	if n, ok := strings.CutPrefix(topic, "history "); ok {
		i, _ := strconv.Atoi(n)
		if all := s.env.Calls.History(s.of.ID); i < len(all) {
			s.shown = all[i]
			s.again(all[i])
			s.Changed()
		}
		return nil
	}
	for i := range fields {
		if f := &fields[i]; topic == f.id {
			return s.ask(f)
		}
	}
	return nil
}

// again puts what was sent into the form.
func (s *Screen) again(e *call.Exchange) {
	r := e.Request
	s.seconds = strconv.Itoa(int(r.Timeout.Seconds()))
	s.event = call.Event{}
	if r.Event != nil {
		s.event = *r.Event
	}
	var all []string
	for _, h := range r.Headers {
		if h.Value != "" {
			all = append(all, h.Name+": "+h.Value)
		}
	}
	s.headers = strings.Join(all, "; ")
	r.Headers, r.Event = nil, nil
	if !r.Auth.Framework {
		r.Auth = call.Auth{}
	}
	s.request = r
}

// ask has a field filled in.
func (s *Screen) ask(f *field) tea.Cmd {
	if f.set == nil {
		pick := screen.PickMsg{Title: f.label, Chosen: func(ids []string) tea.Cmd {
			if len(ids) == 1 {
				s.choose(f.id, strings.TrimPrefix(ids[0], "="))
			}
			return nil
		}}
		now := f.value(s)
		for _, c := range f.choices {
			pick.Items = append(pick.Items, screen.PickItem{ID: "=" + c, Text: cmp.Or(c, f.hint), Chosen: c == now})
		}
		return screen.Send(pick)
	}
	value := f.value(s)
	switch {
	case f.id == "body" && strings.Contains(string(s.request.Body), "\n"):
		return s.Rewrite()
	case f.id == "timeout":
		value = s.seconds
	}
	return screen.Send(screen.DialogMsg{Dialog: dialog.NewForm(s.env.Theme, "field", f.label+" of the call of "+s.of.Title(), f.hint, nil, "take",
		[]dialog.Field{{Label: f.label, Value: value, Hint: f.hint, Wrong: func(v string) string {
			trial := *s
			return f.set(&trial, v)
		}}}, func(values []string) tea.Cmd {
			f.set(s, values[0])
			s.Changed()
			return nil
		})})
}

// RewriteRefusal says why the body cannot be written in an editor.
func (s *Screen) RewriteRefusal() string {
	if s.env.Editing == nil || s.env.Editor == nil {
		return "no editor is known"
	}
	return s.env.Editor.Refusal()
}

// Rewrite has the body written in the operator's editor.
func (s *Screen) Rewrite() tea.Cmd {
	if why := s.RewriteRefusal(); why != "" {
		return screen.Send(screen.NoticeMsg{Severity: status.Info, Source: "invoke", Text: why})
	}
	extension := ".txt"
	if body := strings.TrimSpace(string(s.request.Body)); body == "" || strings.HasPrefix(body, "{") || strings.HasPrefix(body, "[") {
		extension = ".json"
	}
	run, written := s.env.Editing.Body(s.request.Body, extension)
	return tea.Exec(run, func(err error) tea.Msg { return bodyMsg{to: s, body: written(), err: err} })
}

func (s *Screen) written(msg bodyMsg) tea.Cmd {
	if msg.err != nil {
		return screen.Send(screen.NoticeMsg{Severity: status.Error, Source: "invoke", Text: msg.err.Error()})
	}
	s.request.Body = msg.body
	s.Changed()
	return nil
}

package tighten

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/auditlog"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/kube/tighten"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/ui/dialog"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/screen"
)

// given is what the operator gave for the fixes of this screen.
type given struct {
	all  *screen.Given // never changed: another one takes its place
	file string        // that the audit log was read from
	// takes are the values that the frameworks asked for once, by intent: they can be given anew.
	takes   map[check.Intent][]plan.Value
	fresh   map[check.Intent]bool // that something was given for, and that were not asked about since
	reading string                // the file that is being read
}

// gaveMsg brings what was typed into the form, with the log where one is given.
type gaveMsg struct {
	to     *Screen
	intent check.Intent
	values map[string]string // empty ones are taken back
	file   string            // of the audit log
	log    *auditlog.Log
	err    error
}

// GiveRefusal says why nothing is taken.
func (s *Screen) GiveRefusal() string {
	r, ok := s.Selected()
	switch {
	case !ok:
		return "no fix is under the cursor"
	case s.given.reading != "":
		return "reading " + text.Clean(s.given.reading)
	case len(s.given.takes[r.intent]) == 0:
		return string(r.intent) + " takes nothing that only you know"
	}
	return ""
}

// Give asks for what the fix under the cursor takes.
func (s *Screen) Give() tea.Cmd {
	r, ok := s.Selected()
	if !ok || s.GiveRefusal() != "" {
		return nil
	}
	intent, takes := r.intent, s.given.takes[r.intent]
	var fields []dialog.Field
	about := "Nothing in the cluster tells:"
	for _, v := range takes {
		about += "\n" + v.Key + ": " + v.What
		fields = append(fields, s.field(v))
	}
	if len(s.work.Functions) > 1 {
		about += "\nIt goes for all " + text.Count(len(s.work.Functions)) + " functions."
	}
	changes, ctx, known := s.env.Changes, s.Context(), s.given.file
	return screen.Send(screen.DialogMsg{Dialog: dialog.NewForm(s.env.Theme, "tighten-give", string(intent)+" takes", about, nil, "ask anew", fields,
		func(values []string) tea.Cmd {
			m := gaveMsg{to: s, intent: intent, values: map[string]string{}, file: known}
			for i, v := range takes {
				if v.Key == tighten.AuditLog {
					m.file = values[i]
				} else {
					m.values[v.Key] = values[i]
				}
			}
			if m.file == known || m.file == "" {
				return screen.Send(m)
			}
			s.given.reading = m.file
			s.describe()
			return func() tea.Msg {
				m.log, m.err = changes.AuditLog(ctx, m.file)
				return m
			}
		})})
}

// field is the line of the form for a value, with its example as the hint.
func (s *Screen) field(v plan.Value) dialog.Field {
	f := dialog.Field{Label: v.Key, Value: s.given.value(v.Key), Hint: "may stay empty"}
	if i := strings.LastIndex(v.What, ": "); i >= 0 {
		f.Hint = v.What[i+2:]
	}
	if v.Key == tighten.AuditLog {
		return f
	}
	f.Wrong = func(value string) string {
		if value == "" {
			return ""
		}
		var g screen.Given
		if err := g.Set(v.Key, value); err != nil {
			return err.Error()
		}
		return ""
	}
	return f
}

// value is what was given, or where it was read from.
func (g *given) value(key string) string {
	switch {
	case key == tighten.AuditLog:
		return g.file
	case g.all == nil:
		return ""
	}
	return g.all.Value(key)
}

// gave takes what was typed, and asks the frameworks again.
func (s *Screen) gave(m gaveMsg) tea.Cmd {
	if m.file == s.given.reading {
		s.given.reading = ""
	}
	s.describe()
	next := &screen.Given{}
	if s.given.all != nil {
		next = s.given.all.Clone()
	}
	err := m.err
	for key, value := range m.values {
		if next.Unset(key); value == "" || err != nil {
			continue
		}
		err = next.Set(key, value)
	}
	if err != nil {
		return s.tell(status.Warning, "nothing was taken: "+err.Error())
	}
	told := ""
	if m.file != s.given.file {
		s.given.file, next.Log = m.file, m.log
		told = spanOf(m.log)
	}
	s.given.all = next
	s.given.fresh[m.intent] = true
	if told != "" {
		return tea.Batch(s.ask(), s.tell(status.Info, told))
	}
	return s.ask()
}

// spanOf says what a log covers.
func spanOf(l *auditlog.Log) string {
	if l == nil {
		return ""
	}
	const layout = "2006-01-02 15:04"
	told := fmt.Sprintf("audit log: %s events from %s to %s UTC", text.Count(l.Events), l.From.Format(layout), l.To.Format(layout))
	if l.Broken > 0 {
		told += ", " + text.Count(l.Broken) + " lines of it no events"
	}
	return told
}

func (s *Screen) tell(severity status.Severity, message string) tea.Cmd {
	return screen.Send(screen.NoticeMsg{Severity: severity, Source: "tighten", Text: text.Clean(message)})
}

// learn keeps what the answers take.
func (s *Screen) learn() {
	for i := range s.fixes {
		for j := range s.fixes[i].Fixes {
			x := &s.fixes[i].Fixes[j]
			for _, v := range x.Wants {
				if !slices.ContainsFunc(s.given.takes[x.Intent], func(o plan.Value) bool { return o.Key == v.Key }) {
					s.given.takes[x.Intent] = append(s.given.takes[x.Intent], v)
				}
			}
		}
	}
}

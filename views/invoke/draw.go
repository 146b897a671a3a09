package invoke

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	call "github.com/fn9s/fn9s/kube/stream/invoke"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/columns"
	"github.com/fn9s/fn9s/views/panes"
)

// build draws what is sent on the left, and the answer on the right; below each other where the screen is narrow.
func (s *Screen) build(left, right *panes.Pane) {
	now := s.env.Now()
	left.State(s.env.Boards.Board(), &s.of, now)
	s.form(left)
	s.answer(right, now)
	s.history(left, now)
}

// form draws the request.
func (s *Screen) form(p *panes.Pane) {
	p.Heading("Call", s.of.ID.Framework+" "+s.of.ID.Namespace+"/"+s.of.Title())
	for i := range fields {
		f := &fields[i]
		if !s.visible(f) {
			continue
		}
		value, role := f.value(s), themes.Value
		if value == "" {
			value, role = f.hint, themes.Placeholder
		}
		p.Row(spotOf(f.id), panes.Cell{Text: f.label, Width: 12, Role: themes.Label}, panes.Cell{Text: value, Role: role, Lines: 1})
	}
	plan := s.env.Calls.Plan(s.of.ID)
	why := s.env.Calls.Refusal(s.of.ID)
	if why == "" {
		why = plan.None
	}
	if why != "" {
		p.Note(themes.Denied, themes.Glyph(themes.Warning)+" "+why)
	} else if len(plan.Doors) > 0 {
		d := plan.Doors[0]
		to := d.URL
		if d.Connector {
			to = "the API of the connector, " + to
		}
		p.Row(panes.Spot{}, panes.Cell{Text: "To", Width: 12, Role: themes.Label}, panes.Cell{Text: to, Role: themes.Link, Lines: 2})
	}
	for _, n := range plan.Notes {
		p.Row(panes.Spot{}, panes.Cell{Width: 12}, panes.Cell{Text: n, Role: themes.Muted})
	}
}

// answer draws what came back.
func (s *Screen) answer(p *panes.Pane, now time.Time) {
	e := s.answered()
	if s.sending {
		p.Heading("Answer", "")
		waited := now.Sub(s.began)
		line := "Calling… " + text.Age(waited)
		if r := s.of.Row; r != nil && r.Function.State == "idle" {
			line += ": it is scaled to zero, and a pod has to start first"
		}
		p.Note(themes.Spinner, line)
		p.Note(themes.Muted, "esc gives up waiting; what was sent is not taken back.")
		return
	}
	if e == nil {
		p.Heading("Answer", "")
		p.Note(themes.Muted, "Nothing was called yet. i calls, enter changes a field, e writes the body in the editor.")
		return
	}
	if e.Answer == nil {
		p.Heading("No answer", "")
		p.Row(spotOf("answer"), panes.Cell{Text: themes.Glyph(themes.Error) + " " + e.Err, Role: themes.Error})
		return
	}
	a := e.Answer
	role := themes.OK
	switch {
	case a.Status >= 500 || a.Server:
		role = themes.Error
	case a.Status >= 400:
		role = themes.Warning
	}
	p.Heading("Answer", columns.Age(a.At, now)+" ago by "+string(a.Way))
	p.Row(spotOf("answer"), panes.Cell{Text: strings.TrimSpace(themes.Glyph(role) + " " + a.Text), Role: role})
	if a.Server {
		p.Note(themes.Error, "From the API server, not from the function: "+cmp.Or(a.Message(), "it did not get through."))
	}
	p.Field("Called", a.Method+" "+a.Target, themes.Link)
	times := fmt.Sprintf("%s · connect %s · first byte %s", short(a.Total), short(a.Connect), short(a.First))
	if a.Cold {
		times += " · cold start"
	}
	p.Field("Time", times, themes.Value)
	if e.Err != "" {
		p.Note(themes.Error, themes.Glyph(themes.Error)+" "+e.Err)
	}
	p.Heading("Headers", strconv.Itoa(len(a.Headers)))
	for _, h := range a.Headers {
		value := h.Value
		if call.Private(h.Name) {
			value = "<hidden>"
		}
		p.Row(panes.Spot{}, panes.Cell{Text: h.Name, Width: 24, Role: themes.Label}, panes.Cell{Text: value, Role: themes.Value, Lines: 2})
	}
	s.body(p, a)
}

func short(d time.Duration) string {
	if d >= time.Second {
		return d.Round(10 * time.Millisecond).String()
	}
	return d.Round(100 * time.Microsecond).String()
}

// maxLines bounds what is drawn of a body; it can be copied and saved.
const maxLines = 2000

// body draws the body: JSON in lines of its own, text as it is, anything else as how much it is.
func (s *Screen) body(p *panes.Pane, a *call.Answer) {
	note := text.Count(int(a.Size)) + " bytes"
	if a.Cut {
		note = "the first " + text.Count(len(a.Body)) + " of more than " + note
	}
	p.Heading("Body", note)
	body := a.Body
	var indented bytes.Buffer
	switch {
	case len(body) == 0:
		p.Note(themes.Muted, "empty")
		return
	case json.Valid(body) && json.Indent(&indented, body, "", "  ") == nil:
		body = indented.Bytes()
	case !utf8.Valid(body) && !a.Cut:
		p.Note(themes.Muted, "It is no text. ctrl-s does not save it either: fn9s invoke writes it to a file.")
		return
	}
	lines := strings.Split(strings.TrimRight(text.CleanMultiline(string(body)), "\n"), "\n")
	for _, l := range lines[:min(len(lines), maxLines)] {
		p.Row(panes.Spot{}, panes.Cell{Text: l, Role: themes.Value, Lines: 40})
	}
	if more := len(lines) - maxLines; more > 0 {
		p.Note(themes.Muted, "… "+text.Count(more)+" lines more")
	}
}

// history lists the calls of the session.
func (s *Screen) history(p *panes.Pane, now time.Time) {
	all := s.env.Calls.History(s.of.ID)
	if len(all) == 0 {
		return
	}
	p.Heading("This session", strconv.Itoa(len(all)))
	for i, e := range all {
		sign, status, role, took, method := "✗", "no answer", themes.Error, "", e.Request.Method
		at := time.Time{}
		if a := e.Answer; a != nil {
			at, method, took = a.At, a.Method, short(a.Total)
			status, role = strconv.Itoa(a.Status), themes.OK
			if !a.OK() {
				role = themes.Warning
			}
			sign = themes.Glyph(role)
		}
		age := "–"
		if !at.IsZero() {
			age = columns.Age(at, now)
		}
		what := cmp.Or(e.Request.Path, "/")
		if e.Err != "" {
			what += "  " + e.Err
		}
		p.Row(spotOf("history "+strconv.Itoa(i)), panes.Cell{Text: age, Width: 4, Role: themes.Muted}, panes.Cell{Text: sign + " " + status, Width: 11, Role: role},
			panes.Cell{Text: method, Width: 6, Role: themes.Value}, panes.Cell{Text: took, Width: 8, Role: themes.Muted}, panes.Cell{Text: what, Role: themes.Value, Lines: 1})
	}
}

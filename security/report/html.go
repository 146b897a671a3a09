package report

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	_ "embed" // the page
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/blast"
	"github.com/fn9s/fn9s/security/check"
)

var (
	//go:embed assets/report.css
	pageStyle string
	//go:embed assets/data.js
	dataScript string
	//go:embed assets/page.js
	viewScript string
	//go:embed assets/report.html
	pageBody string

	pageScript = dataScript + viewScript
)

// HTML writes the report as one page that needs nothing else: no network, no other file. The page runs no script but its
// own, whatever the report holds.
func HTML(w io.Writer, r *Report) error {
	out := bufio.NewWriterSize(w, 1<<16)
	p := func(parts ...string) {
		for _, s := range parts {
			_, _ = out.WriteString(s) // Flush tells errors
		}
	}
	policy := "default-src 'none'; base-uri 'none'; form-action 'none'; style-src " + allowed(pageStyle) + "; script-src " + allowed(pageScript)
	p("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"", policy, "\">\n")
	p("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<title>Posture of functions</title>\n")
	p("<style>", pageStyle, "</style>\n</head>\n<body>\n", pageBody, "<noscript>\n<p>", html.EscapeString(summaryText(r)), "</p>\n</noscript>\n")
	p("<script type=\"application/json\" id=\"data\">")
	if err := pageData(out, r); err != nil {
		return fmt.Errorf("print HTML: %w", err)
	}
	p("</script>\n<script>", pageScript, "</script>\n</body>\n</html>\n")
	if err := out.Flush(); err != nil {
		return fmt.Errorf("print HTML: %w", err)
	}
	return nil
}

// allowed names a text for the page's policy.
func allowed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

func summaryText(r *Report) string {
	s := fmt.Sprintf("%d functions, %d failures, %d undecided.", r.Summary.Functions, r.Summary.Fail, r.Summary.Unknown)
	for _, g := range []string{"A", "B", "C", "D", "F"} {
		if n := r.Summary.Grades[g]; n > 0 {
			s += fmt.Sprintf(" %s: %d.", g, n)
		}
	}
	return s
}

// shape is what findings of many functions share: control, code, and the texts of message, object, path, value, rule and
// intent.
type shape [8]int

// page collects what the page's functions share: texts, findings that differ in the subject only, controls.
type page struct {
	strings  []string
	known    map[string]int
	shapes   []shape
	shape    map[shape]int
	controls []any
	control  map[string]int
}

func pageData(w *bufio.Writer, r *Report) error {
	p := &page{known: map[string]int{}, shape: map[shape]int{}, control: map[string]int{}, controls: []any{}, shapes: []shape{}}
	p.text("")
	var functions, scopes []byte
	for i := range r.Functions {
		functions = p.function(functions, &r.Functions[i])
	}
	for i := range r.Scopes {
		scopes = p.scope(scopes, &r.Scopes[i])
	}
	pillars := []string{}
	for i := range check.Pillars {
		pillars = append(pillars, check.Pillar(i).String())
	}
	sources, notes := []string{}, []string{}
	for _, s := range r.Sources {
		sources = append(sources, visible(or(s.Context, strings.Join(s.Paths, ", "))))
		if s.Error != nil {
			notes = append(notes, visible(s.Context+": "+*s.Error))
		}
	}
	for i := range r.Errors {
		e := &r.Errors[i]
		notes = append(notes, visible(fmt.Sprintf("%s document %d line %d: %s", e.File, e.Document, e.Line, e.Message)))
	}
	for i := range r.Unreadable {
		notes = append(notes, visible(r.Unreadable[i].String()))
	}
	head, err := json.Marshal(map[string]any{
		"generatedAt": r.GeneratedAt, "version": r.Version, "pillars": pillars, "blasts": blastWords(), "sources": sources, "notes": notes,
		"fail": r.Summary.Fail, "unknown": r.Summary.Unknown, "strings": p.strings, "controls": p.controls, "shapes": p.shapes,
	})
	if err != nil {
		return err
	}
	// encoding/json escapes what could end the element; the parts that are made here get the same.
	_, _ = w.Write(head[:len(head)-1])
	_, _ = w.WriteString(`,"functions":[`)
	_, _ = w.Write(harmless(functions))
	_, _ = w.WriteString(`],"scopes":[`)
	_, _ = w.Write(harmless(scopes))
	_, err = w.WriteString("]}")
	return err
}

func blastWords() []string {
	words := []string{}
	for l := blast.None; l <= blast.Cluster; l++ {
		words = append(words, l.String())
	}
	return words
}

// harmless escapes what could end the element that the data stands in.
func harmless(b []byte) []byte { return bytes.ReplaceAll(b, []byte("<"), []byte(`\u003c`)) }

// text returns the number of a text.
func (p *page) text(s string) int {
	if i, ok := p.known[s]; ok {
		return i
	}
	p.known[s] = len(p.strings)
	p.strings = append(p.strings, s)
	return len(p.strings) - 1
}

// marked puts marks where the subject's names stand, so that functions can share the text.
func (p *page) marked(s, name, namespace string) int {
	s, name, namespace = visible(s), visible(name), visible(namespace)
	if len(name) > 2 {
		s = strings.ReplaceAll(s, name, "\x01")
	}
	if len(namespace) > 2 {
		s = strings.ReplaceAll(s, namespace, "\x02")
	}
	return p.text(s)
}

func gradeCode(grade string, capped bool) int {
	g, err := security.ParseGrade(grade)
	if err != nil {
		return -1
	}
	if capped {
		return int(g) | 8
	}
	return int(g)
}

func (p *page) function(b []byte, f *Function) []byte {
	if len(b) > 0 {
		b = append(b, ",\n"...)
	}
	pss, class, auth, level := "", "", "", -1
	if f.PSS != nil {
		pss = f.PSS.Level
	}
	if f.Exposure != nil {
		class, auth = f.Exposure.Class, f.Exposure.Authentication
	}
	if f.Blast != nil {
		level = f.Blast.Level
	}
	b = numbers(append(b, '['), p.text(visible(f.Context)), p.text(visible(f.Namespace)), p.text(visible(f.Framework)))
	b = quote(append(b, ','), visible(f.Name))
	b = numbers(append(b, ','), p.text(visible(f.Object.Kind)), gradeCode(f.Grade, f.Capped))
	b = append(b, ",["...)
	f.Pillars.Each(func(_ string, at *Pillar) {
		code := gradeCode(at.Grade, at.Capped)
		if f.Opaque {
			code = -1
		}
		b = append(strconv.AppendInt(b, int64(code), 10), ',')
	})
	b = append(done(b, ']'), ',')
	b = numbers(b, p.text(visible(pss)), p.text(visible(class)), p.text(visible(auth)), level)
	b = p.steps(b, f)
	b = append(b, ",["...)
	b = p.findings(b, f.Findings, f.Name, f.Namespace)
	return append(b, "]]"...)
}

// steps writes the texts of what lifts the grade, of the ways in and of the ways on, a list each.
func (p *page) steps(b []byte, f *Function) []byte {
	var lifts, routes, paths []int
	for i := range f.Lifts {
		l := &f.Lifts[i]
		lifts = append(lifts, p.text(l.Control+" "+string(l.Intent)+" → "+l.Grade))
	}
	if f.Exposure != nil {
		for i := range f.Exposure.Routes {
			r := &f.Exposure.Routes[i]
			routes = append(routes, p.marked(strings.TrimSpace(r.Host+r.Path+" by "+r.Via.String()), f.Name, f.Namespace))
		}
	}
	if f.Blast != nil {
		for _, path := range f.Blast.Paths {
			var steps []string
			for i := range path {
				steps = append(steps, path[i].Text)
			}
			paths = append(paths, p.marked(strings.Join(steps, " → "), f.Name, f.Namespace))
		}
	}
	for _, list := range [][]int{lifts, routes, paths} {
		b = append(numbers(append(b, ",["...), list...), ']')
	}
	return b
}

func (p *page) scope(b []byte, s *Scope) []byte {
	if len(b) > 0 {
		b = append(b, ",\n"...)
	}
	b = numbers(append(b, '['), p.text(visible(s.Kind)), p.text(visible(s.Namespace)))
	b = quote(append(b, ','), visible(s.Name))
	b = numbers(append(b, ','), p.text(visible(s.Context)), p.text(visible(s.Framework)), p.text(visible(s.Version)), gradeCode(s.Grade, s.Capped))
	b = append(b, ",["...)
	b = p.findings(b, s.Findings, s.Name, s.Namespace)
	return append(b, "]]"...)
}

func numbers(b []byte, all ...int) []byte {
	for i, n := range all {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(n), 10)
	}
	return b
}

// findings writes three numbers for each: its shape, the line and the file.
func (p *page) findings(b []byte, all []Finding, name, namespace string) []byte {
	for i := range all {
		f := &all[i]
		object, intent, line, file := "", "", 0, 0
		if f.Object != nil {
			object = f.Object.String()
		}
		if len(f.Intents) > 0 {
			intent = string(f.Intents[0])
		}
		if f.Source != nil {
			line, file = f.Source.Line, p.marked(f.Source.File, name, namespace)
		}
		message := f.Message
		if f.Exception != nil {
			message += " (accepted: " + f.Exception.Reason + ")"
		}
		s := shape{
			p.controlOf(f), f.code(), p.marked(message, name, namespace), p.marked(object, name, namespace),
			p.marked(f.Path, name, namespace), p.marked(f.Value, name, namespace), p.text(visible(f.Rule)), p.text(intent),
		}
		n, ok := p.shape[s]
		if !ok {
			n = len(p.shapes)
			p.shape[s] = n
			p.shapes = append(p.shapes, s)
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = numbers(b, n, line, file)
	}
	return b
}

// code is status, severity, whether the baseline has it and whether it sums up others, in one number.
func (f *Finding) code() int {
	n := 0
	for s := check.Fail; s <= check.Accepted; s++ {
		if s.String() == f.Status {
			n = int(s)
		}
	}
	if s, err := check.ParseSeverity(f.Severity); err == nil {
		n |= int(s) << 3
	}
	if f.Known {
		n |= 64
	}
	if f.sums {
		n |= 128
	}
	return n
}

func (p *page) controlOf(f *Finding) int {
	if i, ok := p.control[f.Control]; ok {
		return i
	}
	c := f.control
	if c == nil {
		c = &check.Control{}
	}
	p.control[f.Control] = len(p.controls)
	p.controls = append(p.controls, []any{f.Control, int(c.Pillar), int(c.Base), c.Title, c.Why, strings.Join(c.References, ", ")})
	return len(p.controls) - 1
}

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/fn9s/fn9s/cmd/fn9s/template"
	"github.com/fn9s/fn9s/kube/stream/logs"
	"github.com/fn9s/fn9s/security/model"
)

// linePrinter prints what a feed gives.
type linePrinter struct {
	out      *bufio.Writer
	errOut   io.Writer
	format   string
	stamp    string // how times are written; empty: not at all
	spaces   bool   // namespaces are told
	colored  bool
	exact    bool // nothing is taken out of lines
	quiet    bool
	template *template.Template // nil: by the format
	include, exclude,
	highlight []*regexp.Regexp

	sources map[int]*printed
	buf     []byte
	failed  int // logs that could not be read
}

// printed is a source with what stands in front of its lines.
type printed struct {
	logs.Source
	prefix []byte
	json   []byte // the fields of the source
	hue    string // the colour of the pod
}

// The colours of pods, and of their containers.
var hues = []string{"\x1b[36m", "\x1b[32m", "\x1b[35m", "\x1b[33m", "\x1b[34m", "\x1b[31m", "\x1b[96m", "\x1b[92m", "\x1b[95m", "\x1b[93m", "\x1b[94m", "\x1b[91m"}

const (
	bold      = "\x1b[1m"
	plainText = "\x1b[0m"
	marked    = "\x1b[7m"
	unmarked  = "\x1b[27m"
)

func (p *linePrinter) batch(b logs.Batch) error {
	for _, s := range b.Sources {
		p.sources[s.ID] = p.prepare(s)
	}
	// What was said of a container stands before its lines where it comes, and behind them where it goes.
	for i := range b.Notices {
		if b.Notices[i].Kind == logs.Joined {
			p.notice(&b.Notices[i])
		}
	}
	for i := range b.Lines {
		if err := p.line(&b.Lines[i]); err != nil {
			return err
		}
	}
	if err := p.out.Flush(); err != nil {
		return err
	}
	for i := range b.Notices {
		if b.Notices[i].Kind != logs.Joined {
			p.notice(&b.Notices[i])
		}
	}
	return nil
}

// lineOrigin is what a line of JSON tells of where it was written.
type lineOrigin struct {
	Context   string `json:"context,omitempty"`
	Framework string `json:"framework,omitempty"`
	Function  string `json:"function,omitempty"`
	Namespace string `json:"namespace"`
	Pod       string `json:"podName"`
	Container string `json:"containerName"`
}

func (p *linePrinter) prepare(s logs.Source) *printed {
	made := &printed{Source: s}
	pod, container := clean(s.Pod), clean(s.Container)
	if p.colored {
		made.hue = hues[hash(s.Namespace+"/"+s.Pod)%len(hues)]
		pod, container = made.hue+bold+pod+plainText, made.hue+container+plainText
	}
	prefix := pod + " " + container + " "
	if p.spaces {
		prefix = clean(s.Namespace) + " " + prefix
	}
	made.prefix = []byte(prefix)
	item := lineOrigin{Namespace: s.Namespace, Pod: s.Pod, Container: s.Container}
	if s.Function != (model.FunctionID{}) {
		item.Context, item.Framework, item.Function = s.Function.Context, s.Function.Framework, s.Function.Name
	}
	raw, _ := json.Marshal(item) // strings alone cannot fail
	made.json = []byte(escape(string(raw[1 : len(raw)-1])))
	return made
}

func hash(s string) int {
	n := uint32(2166136261)
	for i := range len(s) {
		n = (n ^ uint32(s[i])) * 16777619
	}
	return int(n)
}

func (p *linePrinter) wants(text []byte) bool {
	matches := func(all []*regexp.Regexp) bool {
		for _, r := range all {
			if r.Match(text) {
				return true
			}
		}
		return false
	}
	return (len(p.include) == 0 || matches(p.include)) && !matches(p.exclude)
}

func (p *linePrinter) line(l *logs.Line) error {
	s := p.sources[l.Source]
	if s == nil || (len(p.include) > 0 || len(p.exclude) > 0) && !p.wants(l.Text) {
		return nil
	}
	p.buf = p.buf[:0]
	if p.template != nil {
		return p.byTemplate(s, l)
	}
	switch p.format {
	case "json", "extjson":
		p.document(s, l)
	default:
		if p.stamp != "" {
			p.buf = l.Time.Local().AppendFormat(p.buf, p.stamp)
			p.buf = append(p.buf, ' ')
		}
		if p.format == "default" {
			p.buf = append(p.buf, s.prefix...)
		}
		p.text(l)
	}
	p.buf = append(p.buf, '\n')
	_, err := p.out.Write(p.buf)
	return err
}

// text appends a line, and says what of it was left out.
func (p *linePrinter) text(l *logs.Line) {
	switch {
	case p.exact:
		p.buf = append(p.buf, l.Text...)
	case len(p.highlight) > 0 && p.colored: // what is marked has no colours of its own
		p.buf = append(p.buf, p.mark(clean(string(l.Text)))...)
	case harmless(l.Text):
		p.buf = append(p.buf, l.Text...)
	case p.colored:
		p.buf = append(p.buf, cleanColored(string(l.Text))...)
	default:
		p.buf = append(p.buf, clean(string(l.Text))...)
	}
	if l.Cut > 0 {
		p.buf = fmt.Appendf(p.buf, "… (%d more bytes)", l.Cut)
	}
}

// harmless reports whether a line is plain ASCII, which nothing has to be taken out of.
func harmless(text []byte) bool {
	for _, c := range text {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

var colours = regexp.MustCompile("\x1b\\[[0-9;:]*m")

// cleanColored takes out all that a terminal would obey but colours, which end with the line.
func cleanColored(s string) string {
	found := colours.FindAllStringIndex(s, -1)
	if found == nil {
		return clean(s)
	}
	var b strings.Builder
	at := 0
	for _, f := range found {
		b.WriteString(clean(s[at:f[0]]))
		b.WriteString(s[f[0]:f[1]])
		at = f[1]
	}
	b.WriteString(clean(s[at:]))
	b.WriteString(plainText)
	return b.String()
}

func (p *linePrinter) mark(s string) string {
	for _, r := range p.highlight {
		s = r.ReplaceAllStringFunc(s, func(m string) string {
			if m == "" {
				return m
			}
			return marked + m + unmarked
		})
	}
	return s
}

// document appends a line as JSON; with extjson a line that is JSON itself is put in as it is.
func (p *linePrinter) document(s *printed, l *logs.Line) {
	p.buf = append(p.buf, `{"timestamp":"`...)
	p.buf = l.Time.UTC().AppendFormat(p.buf, time.RFC3339Nano)
	p.buf = append(p.buf, `",`...)
	p.buf = append(p.buf, s.json...)
	p.buf = append(p.buf, `,"message":`...)
	if p.format == "extjson" && l.Cut == 0 && bytes.HasPrefix(bytes.TrimSpace(l.Text), []byte("{")) && json.Valid(l.Text) {
		var compact bytes.Buffer
		_ = json.Compact(&compact, l.Text) // it is valid
		p.buf = append(p.buf, escape(compact.String())...)
	} else {
		raw, _ := json.Marshal(string(l.Text)) // a string cannot fail; what is no UTF-8 is replaced
		p.buf = append(p.buf, escape(string(raw))...)
	}
	if l.Cut > 0 {
		p.buf = fmt.Appendf(p.buf, `,"cut":%d`, l.Cut)
	}
	p.buf = append(p.buf, '}')
}

// notice says on stderr what happened.
func (p *linePrinter) notice(n *logs.Notice) {
	who := ""
	if s := p.sources[n.Source]; s != nil {
		who = s.Namespace + "/" + s.Pod + " › " + s.Container
	} else if n.Function != (model.FunctionID{}) {
		who = n.Function.Framework + "/" + n.Function.Name
	}
	text := n.Text
	switch n.Kind {
	case logs.Joined:
		if p.quiet {
			return
		}
		text = "+ " + who
	case logs.Left:
		if p.quiet {
			return
		}
		text = strings.TrimSuffix("- "+who+" ("+n.Text+")", " ()")
	case logs.Denied, logs.Failed:
		p.failed++
		text = inOneLine(who, string(n.Kind), text)
	case logs.Broken:
		text = inOneLine(who, "connection lost, trying again", text)
	case logs.Resumed:
		text = inOneLine(who, "resumed where it had stopped")
	case logs.Waiting:
		text = inOneLine(who, text)
	default:
		text = inOneLine(who, string(n.Kind), text)
	}
	_, _ = fmt.Fprintln(p.errOut, clean(text))
}

func inOneLine(parts ...string) string {
	var all []string
	for _, s := range parts {
		if s != "" {
			all = append(all, s)
		}
	}
	return strings.Join(all, ": ")
}

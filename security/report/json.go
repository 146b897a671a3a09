package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"unicode"
	"unicode/utf8"
)

// JSON writes the document, a line for each function and scope. It makes no text of the whole.
func JSON(w io.Writer, r *Report) error {
	s := newDocument(w, r)
	s.functions(r.Functions)
	return s.close(r)
}

// document is written piece by piece: what is counted comes last.
type document struct {
	out   *bufio.Writer
	b     []byte
	count int
	err   error
}

func newDocument(w io.Writer, r *Report) *document {
	s := &document{out: bufio.NewWriterSize(w, 1<<16)}
	s.b = append(s.b, '{')
	s.b = text(s.b, "apiVersion", r.APIVersion)
	s.b = text(s.b, "kind", r.Kind)
	s.b = text(s.b, "generatedAt", r.GeneratedAt)
	s.b = text(s.b, "fn9sVersion", r.Version)
	s.part("sources", r.Sources)
	s.part("unreadable", r.Unreadable)
	s.part("errors", r.Errors)
	s.b = append(s.b, "\n\"functions\":["...)
	return s
}

// part appends a field with a line of its own.
func (s *document) part(name string, value any) {
	raw, err := json.Marshal(value)
	if err != nil && s.err == nil {
		s.err = err
	}
	s.b = append(shown(field(append(s.b, '\n'), name), raw), ',')
}

func (s *document) functions(all []Function) {
	for i := range all {
		s.b = appendFunction(separate(s.b, s.count), &all[i])
		s.count++
		if len(s.b) > 1<<15 {
			s.flush()
		}
	}
}

func (s *document) flush() {
	if _, err := s.out.Write(s.b); err != nil && s.err == nil {
		s.err = err
	}
	s.b = s.b[:0]
}

func (s *document) close(r *Report) error {
	s.b = append(s.b, "\n],\n\"scopes\":["...)
	for i := range r.Scopes {
		s.b = appendScope(separate(s.b, i), &r.Scopes[i])
	}
	s.b = append(s.b, "\n],"...)
	s.part("summary", r.Summary)
	s.b = append(done(s.b, '}'), '\n')
	s.flush()
	if err := s.out.Flush(); err != nil && s.err == nil {
		s.err = err
	}
	if s.err != nil {
		return fmt.Errorf("print report: %w", s.err)
	}
	return nil
}

func separate(b []byte, i int) []byte {
	if i > 0 {
		b = append(b, ',')
	}
	return append(b, '\n')
}

// quote appends a string. What a terminal would obey, or not show, is escaped.
func quote(b []byte, s string) []byte { return append(escape(append(b, '"'), s), '"') }

func escape(b []byte, s string) []byte {
	from := 0
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' && c != 0x7f {
				i++
				continue
			}
			b = append(b, s[from:i]...)
			if c == '"' || c == '\\' {
				b = append(b, '\\', c)
			} else {
				b = unit(b, rune(c))
			}
			i++
			from = i
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r != utf8.RuneError && !hidden(r) {
			i += n
			continue
		}
		b = append(b, s[from:i]...)
		if r > 0xffff {
			b = unit(unit(b, (r-0x10000)>>10+0xd800), (r-0x10000)&0x3ff+0xdc00)
		} else {
			b = unit(b, r)
		}
		i += n
		from = i
	}
	return append(b, s[from:]...)
}

// hidden reports whether a terminal would obey a character, or not show it.
func hidden(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == 0x2028 || r == 0x2029
}

func unit(b []byte, r rune) []byte {
	const digits = "0123456789abcdef"
	return append(b, '\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
}

// shown appends JSON, with the characters escaped in it that quote escapes.
func shown(b, raw []byte) []byte {
	for _, r := range string(raw) {
		switch {
		case !hidden(r):
			b = utf8.AppendRune(b, r)
		case r > 0xffff:
			b = unit(unit(b, (r-0x10000)>>10+0xd800), (r-0x10000)&0x3ff+0xdc00)
		default:
			b = unit(b, r)
		}
	}
	return b
}

// The functions below append a field and a comma. done replaces the last comma.

func field(b []byte, name string) []byte {
	return append(append(append(b, '"'), name...), '"', ':')
}

func text(b []byte, name, value string) []byte { return append(quote(field(b, name), value), ',') }

// some is text that is left out when it is empty.
func some(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	return text(b, name, value)
}

func truth(b []byte, name string, value bool) []byte {
	return append(strconv.AppendBool(field(b, name), value), ',')
}

func number(b []byte, name string, value int) []byte {
	return append(strconv.AppendInt(field(b, name), int64(value), 10), ',')
}

func done(b []byte, end byte) []byte {
	if b[len(b)-1] == ',' {
		b = b[:len(b)-1]
	}
	return append(b, end)
}

func list[T any](b []byte, name string, all []T, each func([]byte, *T) []byte) []byte {
	b = append(field(b, name), '[')
	for i := range all {
		b = append(each(b, &all[i]), ',')
	}
	return append(done(b, ']'), ',')
}

func words[T ~string](b []byte, name string, all []T) []byte {
	return list(b, name, all, func(b []byte, s *T) []byte { return quote(b, string(*s)) })
}

func appendFunction(b []byte, f *Function) []byte {
	b = append(b, '{')
	b = text(b, "id", f.ID)
	b = text(b, "context", f.Context)
	b = text(b, "framework", f.Framework)
	b = text(b, "namespace", f.Namespace)
	b = text(b, "name", f.Name)
	b = append(appendObject(field(b, "object"), &f.Object), ',')
	if f.Opaque {
		b = truth(b, "opaque", true)
	}
	b = some(b, "grade", f.Grade)
	b = truth(b, "capped", f.Capped)
	b = list(b, "lifts", f.Lifts, func(b []byte, l *Lift) []byte {
		return done(text(text(text(append(b, '{'), "control", l.Control), "intent", string(l.Intent)), "grade", l.Grade), '}')
	})
	b = append(field(b, "pillars"), '{')
	f.Pillars.Each(func(name string, p *Pillar) {
		b = append(field(b, name), '{')
		b = number(number(truth(text(b, "grade", p.Grade), "capped", p.Capped), "fail", p.Fail), "unknown", p.Unknown)
		b = append(done(b, '}'), ',')
	})
	b = append(done(b, '}'), ',')
	b = appendFacts(b, f)
	b = list(b, "findings", f.Findings, appendFinding)
	return done(b, '}')
}

func appendFacts(b []byte, f *Function) []byte {
	if p := f.PSS; p != nil {
		b = append(field(b, "pss"), '{')
		b = some(text(text(b, "level", p.Level), "version", p.Version), "namespaceEnforces", p.NamespaceEnforces)
		b = list(list(b, "baseline", p.Baseline, appendCheck), "restricted", p.Restricted, appendCheck)
		b = append(done(b, '}'), ',')
	}
	if x := f.Exposure; x != nil {
		b = append(field(b, "exposure"), '{')
		b = truth(some(text(b, "class", x.Class), "authentication", x.Authentication), "tls", x.TLS)
		b = list(b, "routes", x.Routes, func(b []byte, r *Route) []byte {
			b = text(text(append(b, '{'), "host", r.Host), "path", r.Path)
			return append(appendObject(field(b, "via"), &r.Via), '}')
		})
		b = append(done(b, '}'), ',')
	}
	if l := f.Blast; l != nil {
		b = append(field(b, "blast"), '{')
		b = number(b, "level", l.Level)
		b = append(field(b, "paths"), '[')
		for _, path := range l.Paths {
			b = append(b, '[')
			for i := range path {
				s := &path[i]
				b = append(appendObject(field(text(append(b, '{'), "edge", s.Edge), "to"), &s.To), ',')
				b = append(done(text(b, "text", s.Text), '}'), ',')
			}
			b = append(done(b, ']'), ',')
		}
		b = append(done(b, ']'), '}', ',')
	}
	return b
}

func appendCheck(b []byte, c *FailedCheck) []byte {
	return done(some(text(text(append(b, '{'), "check", c.Check), "reason", c.Reason), "path", c.Path), '}')
}

func appendObject(b []byte, o *Object) []byte {
	b = text(some(some(append(b, '{'), "apiVersion", o.APIVersion), "group", o.Group), "kind", o.Kind)
	return done(some(some(b, "namespace", o.Namespace), "name", o.Name), '}')
}

func appendFinding(b []byte, f *Finding) []byte {
	b = text(append(b, '{'), "control", f.Control)
	b = text(text(text(b, "pillar", f.Pillar), "severity", f.Severity), "base", f.Base)
	b = text(text(text(some(b, "rule", f.Rule), "status", f.Status), "scope", f.Scope), "limit", f.Limit)
	if f.Cause == nil {
		b = append(field(b, "cause"), "null,"...)
	} else {
		b = text(b, "cause", *f.Cause)
	}
	if f.Object != nil {
		b = append(appendObject(field(b, "object"), f.Object), ',')
	}
	b = text(some(some(b, "path", f.Path), "value", f.Value), "message", f.Message)
	if s := f.Source; s != nil {
		b = text(append(field(b, "source"), '{'), "file", s.File)
		b = append(done(number(number(b, "line", s.Line), "column", s.Column), '}'), ',')
	}
	b = words(b, "intents", f.Intents)
	b = words(b, "references", f.References)
	b = text(b, "fingerprint", f.Fingerprint)
	if x := f.Exception; x != nil {
		b = text(append(field(b, "exception"), '{'), "reason", x.Reason)
		b = some(some(some(b, "owner", x.Owner), "until", x.Until), "from", x.From)
		b = append(done(b, '}'), ',')
	}
	if f.Known {
		b = truth(b, "known", true)
	}
	return done(b, '}')
}

func appendScope(b []byte, s *Scope) []byte {
	b = some(text(append(b, '{'), "kind", s.Kind), "context", s.Context)
	b = text(some(b, "namespace", s.Namespace), "name", s.Name)
	b = truth(text(b, "grade", s.Grade), "capped", s.Capped)
	b = list(b, "findings", s.Findings, appendFinding)
	b = some(some(b, "framework", s.Framework), "release", s.Release)
	return done(some(some(b, "version", s.Version), "shape", s.Shape), '}')
}

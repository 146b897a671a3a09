package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Markdown writes the report for merge requests and wikis: a summary, a table of functions, and the findings of each.
func Markdown(w io.Writer, r *Report) error {
	out := bufio.NewWriterSize(w, 1<<16)
	p := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format, args...) } // Flush tells errors
	p("# Posture of functions\n\n%d functions, %d failures, %d undecided. %s, fn9s %s.\n\n", r.Summary.Functions, r.Summary.Fail, r.Summary.Unknown, md(r.GeneratedAt), md(r.Version))
	p("| grade | functions |\n| --- | ---: |\n")
	for _, g := range []string{"A", "B", "C", "D", "F"} {
		if n := r.Summary.Grades[g]; n > 0 {
			p("| %s | %d |\n", g, n)
		}
	}
	if len(r.Functions) > 0 {
		p("\n## Functions\n\n| function | framework | grade | identity | network | secrets | pod | what lifts it |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n")
	}
	for i := range r.Functions {
		f := &r.Functions[i]
		lift := ""
		if len(f.Lifts) > 0 {
			lift = f.Lifts[0].Control + " " + string(f.Lifts[0].Intent) + " → " + f.Lifts[0].Grade
		}
		p("| %s/%s | %s | %s | %s | %s | %s | %s | %s |\n", md(f.Namespace), md(f.Name), md(f.Framework), Letter(f.Grade, f.Capped),
			letter(f, &f.Pillars.Identity), letter(f, &f.Pillars.Network), letter(f, &f.Pillars.Secrets), letter(f, &f.Pillars.Pod), md(lift))
	}
	r.eachList(func(f *Function, s *Scope, findings *[]Finding) {
		if len(*findings) == 0 {
			return
		}
		_, name := suiteName(f, s)
		p("\n### %s\n\n| severity | control | finding | where |\n| --- | --- | --- | --- |\n", md(name))
		for i := range *findings {
			x := &(*findings)[i]
			severity := x.Severity
			if x.Status != "fail" {
				severity = x.Status
			}
			p("| %s | %s | %s | %s |\n", severity, md(x.Control), md(x.Message), where(x))
		}
	})
	if len(r.Errors)+len(r.Unreadable) > 0 {
		p("\n## Not read\n\n")
	}
	for i := range r.Errors {
		e := &r.Errors[i]
		p("- %s, document %d, line %d: %s\n", md(e.File), e.Document, e.Line, md(e.Message))
	}
	for i := range r.Unreadable {
		p("- %s\n", md(r.Unreadable[i].String()))
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("print Markdown: %w", err)
	}
	return nil
}

func letter(f *Function, p *Pillar) string {
	if f.Opaque {
		return "-"
	}
	return Letter(p.Grade, p.Capped)
}

func where(f *Finding) string {
	var parts []string
	if f.Object != nil {
		parts = append(parts, md(f.Object.String()))
	}
	if f.Path != "" {
		parts = append(parts, md(f.Path))
	}
	if f.Source != nil {
		parts = append(parts, md(fmt.Sprintf("%s:%d", f.Source.File, f.Source.Line)))
	}
	return strings.Join(parts, "<br>")
}

// md escapes text: nothing of it is markup.
func md(s string) string {
	var b strings.Builder
	s = visible(s)
	for i, r := range s {
		switch r {
		case '<':
			b.WriteString("&lt;")
		case '>':
			b.WriteString("&gt;")
		case '&':
			b.WriteString("&amp;")
		case '@': // names nobody
			b.WriteString("&#64;")
		case '\\', '`', '*', '_', '[', ']', '(', ')', '#', '|', '~', '!', '$':
			b.WriteByte('\\')
			b.WriteRune(r)
		case ':': // no link
			if i >= 4 && (strings.HasSuffix(s[:i], "http") || strings.HasSuffix(s[:i], "https")) {
				b.WriteString("&#58;")
				continue
			}
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

package report

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/fn9s/fn9s/security/check"
)

// Role is the meaning of a piece of text, which decides its colour.
type Role int

// The roles: a grade or a severity by its word, a heading, something less important.
const (
	Heading Role = iota
	GradeRole
	SeverityRole
	Faint
)

// Style is how text is printed for people. The zero value prints plain text.
type Style struct {
	Paint func(role Role, word, text string) string // word is the grade or severity
	Width func(string) int                          // cells of a text on the screen
	Wide  bool                                      // more columns
	Max   int                                       // cells of a line; 0: as many as it takes
}

func (s *Style) paint(role Role, word, text string) string {
	if s.Paint == nil {
		return text
	}
	return s.Paint(role, word, text)
}

func (s *Style) width(text string) int {
	if s.Width == nil {
		return utf8.RuneCountInString(text)
	}
	return s.Width(text)
}

// visible makes text harmless on a terminal and keeps it on one line.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case hidden(r) || r == utf8.RuneError:
			return '·'
		}
		return r
	}, s)
}

// cell is one text in a table and its meaning.
type cell struct {
	text string
	role Role
	word string
}

func plain(s string) cell { return cell{text: visible(s), role: -1} }

// Table writes the functions, and below them the findings of each.
func Table(w io.Writer, r *Report, s *Style) error {
	out := bufio.NewWriterSize(w, 1<<16)
	header := []string{"NAMESPACE", "FUNCTION", "FRAMEWORK", "GRADE", "IDENTITY", "NETWORK", "SECRETS", "POD", "CRITICAL", "HIGH", "UNKNOWN"}
	if s.Wide {
		header = append(header, "IMAGE", "QUOTA", "PROVENANCE", "PSS", "EXPOSURE", "AUTHENTICATION", "BLAST", "LIFT")
	}
	rows := make([][]cell, 0, len(r.Functions))
	contexts := false
	for i := range r.Functions {
		contexts = contexts || r.Functions[i].Context != r.Functions[0].Context
	}
	if contexts {
		header = append([]string{"CONTEXT"}, header...)
	}
	for i := range r.Functions {
		rows = append(rows, functionCells(&r.Functions[i], s, contexts))
	}
	s.table(out, header, rows)
	findingRows(out, r, s)
	footer(out, r, s)
	if err := out.Flush(); err != nil {
		return fmt.Errorf("print table: %w", err)
	}
	return nil
}

func gradeCell(grade string, capped bool) cell {
	return cell{text: Letter(grade, capped), role: GradeRole, word: grade}
}

func functionCells(f *Function, s *Style, contexts bool) []cell {
	var row []cell
	if contexts {
		row = append(row, plain(f.Context))
	}
	row = append(row, plain(f.Namespace), plain(f.Name), plain(f.Framework), gradeCell(f.Grade, f.Capped))
	var rest []cell
	f.Pillars.Each(func(name string, p *Pillar) {
		c := gradeCell(p.Grade, p.Capped)
		if f.Opaque {
			c = plain("-")
		}
		if pillar, err := check.ParsePillar(name); err == nil && pillar <= check.Pod {
			row = append(row, c)
			return
		}
		rest = append(rest, c)
	})
	critical, high, unknown := f.counts()
	row = append(row, count(critical, "critical"), count(high, "high"), count(unknown, ""))
	if !s.Wide {
		return row
	}
	row = append(row, rest...)
	pss, class, auth, blast, lift := "-", "-", "-", "-", "-"
	if f.PSS != nil {
		pss = or(f.PSS.Level, "-")
	}
	if f.Exposure != nil {
		class, auth = f.Exposure.Class, or(f.Exposure.Authentication, "-")
	}
	if f.Blast != nil {
		blast = fmt.Sprint(f.Blast.Level)
	}
	if len(f.Lifts) > 0 {
		lift = f.Lifts[0].Control + " " + string(f.Lifts[0].Intent) + " → " + f.Lifts[0].Grade
	}
	return append(row, plain(pss), plain(class), plain(auth), plain(blast), plain(lift))
}

// counts are the open findings that people look at first.
func (f *Function) counts() (critical, high, unknown int) {
	for i := range f.Findings {
		x := &f.Findings[i]
		switch {
		case x.Status == check.Unknown.String():
			unknown++
		case !x.open() || x.Known:
		case x.Severity == check.Critical.String():
			critical++
		case x.Severity == check.High.String():
			high++
		}
	}
	return critical, high, unknown
}

func count(n int, severity string) cell {
	if n == 0 {
		return cell{text: "0", role: Faint}
	}
	c := cell{text: fmt.Sprint(n), role: -1}
	if severity != "" {
		c.role, c.word = SeverityRole, severity
	}
	return c
}

// table writes aligned columns, two spaces apart.
func (s *Style) table(w *bufio.Writer, header []string, rows [][]cell) {
	widths := make([]int, len(header))
	for i, h := range header {
		widths[i] = s.width(h)
	}
	for _, row := range rows {
		for i, c := range row {
			widths[i] = max(widths[i], s.width(c.text))
		}
	}
	head := make([]cell, len(header))
	for i, h := range header {
		head[i] = cell{text: h, role: Heading}
	}
	s.row(w, head, widths)
	for _, row := range rows {
		s.row(w, row, widths)
	}
}

func (s *Style) row(w *bufio.Writer, row []cell, widths []int) {
	used := 0
	for i, c := range row {
		pad := widths[i] - s.width(c.text) + 2
		if i == len(row)-1 {
			pad = 0
		}
		text := c.text
		if s.Max > 0 {
			text = s.cut(text, s.Max-used)
			pad = min(pad, s.Max-used-s.width(text))
		}
		used += s.width(text) + pad
		if c.role >= 0 && text != "" {
			text = s.paint(c.role, c.word, text)
		}
		_, _ = w.WriteString(text + strings.Repeat(" ", max(pad, 0))) // Flush tells errors
		if s.Max > 0 && used >= s.Max {
			break
		}
	}
	_, _ = w.WriteString("\n")
}

// cut shortens a text to a number of cells.
func (s *Style) cut(text string, cells int) string {
	if s.width(text) <= cells {
		return text
	}
	if cells <= 0 {
		return ""
	}
	runes := []rune(text)
	for len(runes) > 0 && s.width(string(runes))+1 > cells {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "…"
}

// findingRows writes the findings, grouped by what they are about.
func findingRows(w *bufio.Writer, r *Report, s *Style) {
	r.eachList(func(f *Function, sc *Scope, findings *[]Finding) {
		if len(*findings) == 0 {
			return
		}
		_, name := suiteName(f, sc)
		grade, capped := "", false
		if f != nil {
			grade, capped = f.Grade, f.Capped
		} else {
			grade, capped = sc.Grade, sc.Capped
		}
		if s.Max > 0 {
			name = s.cut(name, s.Max-4)
		}
		_, _ = fmt.Fprintf(w, "\n%s  %s\n", s.paint(Heading, "", name), s.paint(GradeRole, grade, Letter(grade, capped)))
		for i := range *findings {
			s.finding(w, &(*findings)[i])
		}
	})
}

func (s *Style) finding(w *bufio.Writer, f *Finding) {
	word, role, severity := f.Severity, SeverityRole, f.Severity
	if f.Status != check.Fail.String() {
		word, role = f.Status, Faint
	}
	mark := ""
	if f.Known {
		mark = " (known)"
	}
	message := visible(f.Message)
	if f.Exception != nil {
		message = "accepted: " + visible(f.Exception.Reason)
	}
	head := []cell{
		plain(""), {text: word, role: role, word: severity}, plain(f.Control), plain(message + mark),
	}
	s.row(w, head, []int{0, 8, 8, 0})
	where := ""
	if f.Object != nil {
		where = f.Object.String() + place(f.Path)
	}
	if f.Source != nil {
		where += fmt.Sprintf("  %s:%d:%d", f.Source.File, f.Source.Line, f.Source.Column)
	}
	if s.Wide && len(f.Intents) > 0 {
		where += "  fix: " + string(f.Intents[0])
	}
	if where != "" {
		s.row(w, []cell{plain(""), {text: visible(strings.TrimSpace(where)), role: Faint}}, []int{20, 0})
	}
}

func footer(w *bufio.Writer, r *Report, s *Style) {
	var grades []string
	for _, g := range []string{"A", "B", "C", "D", "F"} {
		if n := r.Summary.Grades[g]; n > 0 {
			grades = append(grades, fmt.Sprintf("%s %d", s.paint(GradeRole, g, g), n))
		}
	}
	_, _ = fmt.Fprintf(w, "\n%s  %s  %s  %d unknown\n", counted(r.Summary.Functions, "function"), strings.Join(grades, "  "),
		counted(r.Summary.Fail, "failure"), r.Summary.Unknown)
	for i := range r.Unreadable {
		_, _ = fmt.Fprintln(w, s.paint(Faint, "", visible(r.Unreadable[i].String())))
	}
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

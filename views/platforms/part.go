package platforms

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/table"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/listing"
	"github.com/fn9s/fn9s/views/query"
)

// partKey is the identity of a line: a finding by its place, or a function.
type partKey struct {
	finding  int // from 1; 0: a function
	function model.FunctionID
}

func compareParts(a, b partKey) int {
	switch {
	case a.finding != 0 && b.finding != 0:
		return cmp.Compare(a.finding, b.finding)
	case a.finding != 0:
		return -1
	case b.finding != 0:
		return 1
	}
	return a.function.Compare(b.function)
}

// part is a finding of a control plane, or a function behind it. It is comparable: an unchanged one keeps its pointer.
type part struct {
	partKey
	f   *check.Finding
	key model.FunctionKey
	row *board.Row // of a function; nil where it is not in scope
}

// word is the severity of a finding, or the grade of a function.
func (p *part) word() string {
	switch {
	case p.f != nil && p.f.Status == check.Fail:
		return p.f.Severity.String()
	case p.f != nil:
		return p.f.Status.String()
	case p.row == nil || p.row.Posture == nil:
		return ""
	}
	return p.row.Posture.Letter()
}

func (p *part) role() themes.Role {
	switch {
	case p.f == nil:
		return themes.Grade(p.word())
	case p.f.Status == check.Fail:
		return themes.Severity(p.word())
	}
	return themes.Unknown
}

func (p *part) what() string {
	if p.f != nil {
		return p.f.Control.ID
	}
	return "function"
}

func (p *part) name() string {
	if p.f != nil {
		return p.f.Control.Title
	}
	name := p.key.Name
	if p.row != nil {
		name = p.row.Function.Name()
	}
	return p.key.Namespace + "/" + name
}

func (p *part) detail() string {
	switch {
	case p.f != nil:
		return p.f.Message
	case p.row == nil:
		return "not in the namespaces on screen"
	case p.row.Posture == nil:
		return "not judged"
	case len(p.row.Posture.Findings) == 0:
		return ""
	}
	f := &p.row.Posture.Findings[0]
	return "worst: " + f.Control.ID + " " + f.Message
}

// rank puts findings before functions, and the worst first.
func (p *part) rank() int {
	switch {
	case p.f != nil && p.f.Status == check.Fail:
		return 200 + int(p.f.Severity)
	case p.f != nil:
		return 100
	case p.row != nil && p.row.Posture != nil:
		return 1 + int(p.row.Posture.Grade)
	}
	return 0
}

var partQuery = query.Columns{{Name: "severity", Aliases: []string{"sev"}, Title: "severity of a finding", Type: query.Enum, Values: []string{"info", "low", "medium", "high", "critical"}},
	{Name: "grade", Title: "grade of a function", Type: query.Enum, Values: []string{"A", "B", "C", "D", "F"}},
	{Name: "control", Title: "id of the control"}, {Name: "name", Title: "name"}}

// Text is what words are searched in.
func (p *part) Text() string {
	return p.word() + "\n" + p.what() + "\n" + p.name() + "\n" + p.detail()
}

// Field is the value in a column.
func (p *part) Field(i int) query.Value {
	switch i {
	case 0:
		if p.f != nil && p.f.Status == check.Fail {
			return query.Value{Text: p.word(), Num: float64(p.f.Severity), Known: true}
		}
	case 1:
		if p.row != nil && p.row.Posture != nil {
			return query.Value{Text: p.word(), Num: float64(p.row.Posture.Grade), Known: true}
		}
	case 2:
		return query.Value{Text: p.what(), Known: p.f != nil}
	case 3:
		return query.Value{Text: p.name(), Known: true}
	}
	return query.Value{}
}

// Labels are those of a function.
func (p *part) Labels() map[string]string {
	if p.row == nil {
		return nil
	}
	return p.row.Function.Labels.Map()
}

func partColumns() []table.Column[*part] {
	words := func(id, title string, priority, flex, least, most int, cell func(*part) string) table.Column[*part] {
		return table.Column[*part]{ID: id, Title: title, Priority: priority, Flex: flex, Min: least, Max: most, Cell: listing.Role(cell, nil),
			Compare: func(a, b *part) int { return strings.Compare(cell(a), cell(b)) }}
	}
	return []table.Column[*part]{{
		ID: "rank", Title: "HOW BAD", Frozen: true, DescFirst: true,
		Cell: listing.Role(func(p *part) string { return cmp.Or(p.word(), "–") }, (*part).role), Compare: func(a, b *part) int { return cmp.Compare(a.rank(), b.rank()) },
	}, words("what", "WHAT", 9, 0, 0, 10, (*part).what), words("name", "NAME", 10, 2, 16, 48, (*part).name), words("detail", "DETAIL", 7, 3, 20, 160, (*part).detail)}
}

// evidence is a finding of a control plane in full.
func evidence(f *check.Finding) string {
	var b strings.Builder
	line := func(label, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s: %s\n", label, value)
		}
	}
	b.WriteString(f.Message + "\n\n")
	if f.Status == check.Fail {
		line("Severity", f.Severity.String())
	} else {
		line("Verdict", f.Status.String())
	}
	line("Because", f.Rule())
	if !f.Object().IsZero() {
		line("Object", strings.TrimSpace(f.Object().Kind+" "+strings.TrimPrefix(f.Object().Namespace+"/"+f.Object().Name, "/")))
	}
	line("Field", f.Path)
	line("Value", f.Value)
	line("\nWhy it matters", f.Control.Why)
	if len(f.Control.References) > 0 {
		line("References", strings.Join(f.Control.References, ", "))
	}
	for i, intent := range f.Intents() {
		if i == 0 {
			b.WriteString("\nFixes, which fn9s cannot apply yet (changes come with the change engine):\n")
		}
		b.WriteString("  · " + string(intent) + "\n")
	}
	return text.CleanMultiline(strings.TrimRight(b.String(), "\n"))
}

package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/fn9s/fn9s/security/check"
)

const (
	sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	home        = "https://github.com/fn9s/fn9s"
)

type sarifText struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown,omitempty"`
}

type sarifRule struct {
	ID      string         `json:"id"`
	Name    string         `json:"name"`
	Short   sarifText      `json:"shortDescription"`
	Full    sarifText      `json:"fullDescription"`
	Help    sarifText      `json:"help"`
	Default sarifLevel     `json:"defaultConfiguration"`
	Extra   map[string]any `json:"properties"`
}

type sarifLevel struct {
	Level string `json:"level"`
}

type sarifResult struct {
	RuleID       string             `json:"ruleId"`
	RuleIndex    int                `json:"ruleIndex"`
	Kind         string             `json:"kind"`
	Level        string             `json:"level"`
	Message      sarifText          `json:"message"`
	Locations    []sarifLocation    `json:"locations,omitempty"`
	Partial      map[string]string  `json:"partialFingerprints"`
	Suppressions []sarifSuppression `json:"suppressions,omitempty"`
	Baseline     string             `json:"baselineState,omitempty"`
	Extra        map[string]any     `json:"properties"`
}

type sarifSuppression struct {
	Kind          string `json:"kind"`
	Status        string `json:"status"`
	Justification string `json:"justification"`
}

type sarifLocation struct {
	Physical *sarifPhysical `json:"physicalLocation,omitempty"`
	Logical  []sarifLogical `json:"logicalLocations,omitempty"`
}

type sarifPhysical struct {
	Artifact struct {
		URI string `json:"uri"`
	} `json:"artifactLocation"`
	Region *sarifRegion `json:"region,omitempty"`
}

type sarifRegion struct {
	Line   int `json:"startLine"`
	Column int `json:"startColumn,omitempty"`
}

type sarifLogical struct {
	Name string `json:"name"`
	Full string `json:"fullyQualifiedName"`
	Kind string `json:"kind"`
}

type sarifNotification struct {
	Level     string          `json:"level"`
	Message   sarifText       `json:"message"`
	Locations []sarifLocation `json:"locations,omitempty"`
}

// SARIF writes the report in the Static Analysis Results Interchange Format, version 2.1.0. With a baseline that was
// compared every result says whether it is new.
func SARIF(w io.Writer, r *Report, compared bool) error {
	out := &stream{w: bufio.NewWriterSize(w, 1<<16)}
	rules, index := sarifRules(r)
	out.raw(`{"$schema":"` + sarifSchema + `","version":"2.1.0","runs":[{"tool":{"driver":{"name":"fn9s","informationUri":"` + home + `","version":`)
	out.value(r.Version)
	out.raw(",\"rules\":")
	out.value(rules)
	out.raw("}},\n\"columnKind\":\"unicodeCodePoints\",\n\"invocations\":")
	out.value(sarifInvocations(r))
	out.raw(",\n\"results\":[")
	first := true
	r.eachList(func(f *Function, s *Scope, findings *[]Finding) {
		for i := range *findings {
			if !first {
				out.raw(",")
			}
			first = false
			out.raw("\n")
			out.value(sarifOf(f, s, &(*findings)[i], index, compared))
		}
	})
	out.raw("\n]}]}\n")
	return out.end("SARIF")
}

// stream writes JSON in parts, and remembers the first error.
type stream struct {
	w   *bufio.Writer
	err error
	b   []byte
}

func (s *stream) raw(text string) {
	if s.err == nil {
		_, s.err = s.w.WriteString(text)
	}
}

func (s *stream) value(v any) {
	if s.err != nil {
		return
	}
	raw, err := json.Marshal(v)
	if err != nil {
		s.err = err
		return
	}
	s.b = shown(s.b[:0], raw)
	_, s.err = s.w.Write(s.b)
}

func (s *stream) end(format string) error {
	if s.err == nil {
		s.err = s.w.Flush()
	}
	if s.err != nil {
		return fmt.Errorf("print %s: %w", format, s.err)
	}
	return nil
}

// sarifRules describes the controls that found something, in the order of their first finding.
func sarifRules(r *Report) (rules []sarifRule, index map[string]int) {
	rules, index = []sarifRule{}, map[string]int{}
	r.eachList(func(_ *Function, _ *Scope, findings *[]Finding) {
		for i := range *findings {
			f := &(*findings)[i]
			if _, known := index[f.Control]; known {
				continue
			}
			index[f.Control] = len(rules)
			rules = append(rules, sarifRuleOf(f))
		}
	})
	return rules, index
}

// scores are what code hosts sort by; they read numbers of CVSS.
var scores = map[string]string{"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0", "info": "0.0"}

func sarifRuleOf(f *Finding) sarifRule {
	c := f.control
	if c == nil {
		c = &check.Control{ID: f.Control, Title: f.Control}
	}
	markdown := c.Why
	if len(c.References) > 0 {
		markdown += "\n\nReferences: " + strings.Join(c.References, ", ")
	}
	return sarifRule{
		ID: f.Control, Name: ruleName(c.Title), Short: sarifText{Text: c.Title}, Full: sarifText{Text: or(c.Detects, c.Title)},
		Help: sarifText{Text: or(c.Why, c.Title), Markdown: or(markdown, c.Title)}, Default: sarifLevel{levelOf(c.Base.String())},
		Extra: map[string]any{
			"tags": append([]string{"security", "kubernetes", f.Pillar}, c.References...), "precision": "very-high",
			"security-severity": scores[c.Base.String()],
		},
	}
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// ruleName makes a title one word, as viewers expect of names.
func ruleName(title string) string {
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(title, func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9') }) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return or(b.String(), "Control")
}

func levelOf(severity string) string {
	switch severity {
	case "critical", "high":
		return "error"
	case "medium":
		return "warning"
	}
	return "note"
}

func sarifInvocations(r *Report) any {
	ok := true
	notes := []sarifNotification{}
	for _, s := range r.Sources {
		if s.Error != nil {
			ok = false
			notes = append(notes, sarifNotification{Level: "error", Message: sarifText{Text: s.Context + ": " + *s.Error}})
		}
	}
	for i := range r.Errors {
		e := &r.Errors[i]
		ok = false
		n := sarifNotification{Level: "error", Message: sarifText{Text: e.Message}}
		if e.File != "" {
			n.Locations = []sarifLocation{{Physical: physical(e.File, e.Line, 0)}}
		}
		notes = append(notes, n)
	}
	for _, u := range r.Unreadable {
		notes = append(notes, sarifNotification{Level: "warning", Message: sarifText{Text: u.String()}})
	}
	return []any{map[string]any{
		"executionSuccessful": ok, "endTimeUtc": r.GeneratedAt, "toolExecutionNotifications": notes,
	}}
}

// String is for people: `cannot list rolebindings in fns: forbidden`.
func (u *Unreadable) String() string {
	s := "cannot " + u.Verb + " " + u.Resource
	if u.Group != "" {
		s += "." + u.Group
	}
	if u.Namespace != "" {
		s += " in " + u.Namespace
	}
	if u.Context != "" {
		s += " of " + u.Context
	}
	return s + ": " + u.Reason
}

var kindOf = map[string]string{"fail": "fail", "unknown": "open", "pass": "pass", "na": "notApplicable", "accepted": "fail"}

func sarifOf(fn *Function, s *Scope, f *Finding, index map[string]int, compared bool) *sarifResult {
	out := &sarifResult{
		RuleID: f.Control, RuleIndex: index[f.Control], Kind: or(kindOf[f.Status], "review"), Level: "none",
		Message: sarifText{Text: or(f.Message, f.Control)}, Partial: map[string]string{"fn9s/v1": f.Fingerprint},
		Extra: map[string]any{"severity": f.Severity, "pillar": f.Pillar, "scope": f.Scope},
	}
	if out.Kind == "fail" {
		out.Level = levelOf(f.Severity)
	}
	where := sarifLocation{}
	if fn != nil {
		out.Extra["function"] = fn.ID
		where.Logical = append(where.Logical, sarifLogical{Name: fn.Name, Full: fn.Namespace + "/" + fn.Object.Kind + "/" + fn.Name, Kind: "function"})
	} else {
		where.Logical = append(where.Logical, sarifLogical{Name: s.Name, Full: s.Namespace + "/" + s.Kind + "/" + s.Name, Kind: s.Kind})
	}
	if o := f.Object; o != nil {
		where.Logical = append(where.Logical, sarifLogical{Name: o.Name, Full: o.Namespace + "/" + o.Kind + "/" + o.Name, Kind: "resource"})
	}
	if f.Path != "" {
		out.Extra["path"] = f.Path
	}
	if p := f.Source; p != nil {
		where.Physical = physical(p.File, p.Line, p.Column)
	}
	out.Locations = []sarifLocation{where}
	if x := f.Exception; x != nil {
		out.Suppressions = []sarifSuppression{{Kind: "external", Status: "accepted", Justification: x.Reason}}
	}
	if compared {
		out.Baseline = "new"
		if f.Known {
			out.Baseline = "unchanged"
		}
	}
	return out
}

func physical(file string, line, column int) *sarifPhysical {
	p := &sarifPhysical{}
	u := url.URL{Path: filepath.ToSlash(file)}
	if strings.HasPrefix(u.Path, "/") {
		u.Scheme = "file"
	}
	p.Artifact.URI = u.String()
	if line > 0 {
		p.Region = &sarifRegion{Line: line, Column: column}
	}
	return p
}

package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/security/check"
)

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name      string      `xml:"name,attr"`
	Tests     int         `xml:"tests,attr"`
	Failures  int         `xml:"failures,attr"`
	Errors    int         `xml:"errors,attr"`
	Skipped   int         `xml:"skipped,attr"`
	Timestamp string      `xml:"timestamp,attr"`
	Cases     []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string       `xml:"name,attr"`
	Class   string       `xml:"classname,attr"`
	File    string       `xml:"file,attr,omitempty"`
	Line    string       `xml:"line,attr,omitempty"`
	Failure *junitResult `xml:"failure"`
	Error   *junitResult `xml:"error"`
	Skipped *junitResult `xml:"skipped"`
	Output  string       `xml:"system-out,omitempty"`
}

type junitResult struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// JUnit writes the report as test results: a suite for each function and scope, a case for each finding. What could not
// be decided, was accepted, or is in the baseline counts as skipped; what does not grade passes.
func JUnit(w io.Writer, r *Report) error {
	all := junitSuites{Name: "fn9s"}
	if len(r.Errors) > 0 {
		s := junitSuite{Name: "input", Timestamp: r.GeneratedAt}
		for i := range r.Errors {
			e := &r.Errors[i]
			s.add(junitCase{
				Name: fmt.Sprintf("%s document %d", visible(e.File), e.Document), Class: "input", File: visible(e.File), Line: lineText(e.Line),
				Error: &junitResult{Message: visible(e.Message), Type: "unreadable"},
			})
		}
		all.add(&s)
	}
	r.eachList(func(f *Function, s *Scope, findings *[]Finding) {
		class, name := suiteName(f, s)
		suite := junitSuite{Name: name, Timestamp: r.GeneratedAt}
		for i := range *findings {
			suite.add(caseOf(&(*findings)[i], class))
		}
		if len(suite.Cases) == 0 {
			suite.add(junitCase{Name: "posture", Class: class})
		}
		all.add(&suite)
	})
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return fmt.Errorf("print JUnit: %w", err)
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(&all); err != nil {
		return fmt.Errorf("print JUnit: %w", err)
	}
	if _, err := io.WriteString(w, "\n"); err != nil {
		return fmt.Errorf("print JUnit: %w", err)
	}
	return nil
}

func (all *junitSuites) add(s *junitSuite) {
	all.Suites = append(all.Suites, *s)
	all.Tests += s.Tests
	all.Failures += s.Failures
	all.Errors += s.Errors
	all.Skipped += s.Skipped
}

func (s *junitSuite) add(c junitCase) {
	s.Cases = append(s.Cases, c)
	s.Tests++
	switch {
	case c.Failure != nil:
		s.Failures++
	case c.Error != nil:
		s.Errors++
	case c.Skipped != nil:
		s.Skipped++
	}
}

func suiteName(f *Function, s *Scope) (class, name string) {
	if f != nil {
		class, name = f.Framework+"."+f.Namespace+"."+f.Name, f.Framework+" "+f.Namespace+"/"+f.Name
		if f.Context != "" {
			name = f.Context + " " + name
		}
		return visible(class), visible(name)
	}
	class, name = s.Kind+"."+s.Name, s.Kind+" "+s.Name
	if s.Context != "" && s.Kind != "cluster" {
		name = s.Context + " " + name
	}
	return visible(class), visible(name)
}

func caseOf(f *Finding, class string) junitCase {
	c := junitCase{Name: f.Control, Class: class}
	if f.control != nil {
		c.Name += " " + f.control.Title
	}
	if f.Object != nil {
		c.Name += " [" + visible(f.Object.String()+place(f.Path)) + "]"
	}
	if f.Source != nil {
		c.File, c.Line = visible(f.Source.File), lineText(f.Source.Line)
	}
	result := &junitResult{Message: visible(f.Message)}
	switch f.Status {
	case check.Fail.String():
		if f.Known {
			result.Message = "known from the baseline: " + result.Message
			c.Skipped = result
			break
		}
		if !f.open() {
			c.Output = detail(f)
			break
		}
		result.Type, result.Text = f.Severity, detail(f)
		c.Failure = result
	case check.Accepted.String():
		if f.Exception != nil {
			result.Message = "accepted: " + visible(f.Exception.Reason)
		}
		c.Skipped = result
	case check.Unknown.String(), check.NotApplicable.String():
		c.Skipped = result
	}
	return c
}

func place(path string) string {
	if path == "" {
		return ""
	}
	return " " + path
}

// detail is what stands below a failure.
func detail(f *Finding) string {
	lines := []string{visible(f.Message), "severity: " + f.Severity}
	if f.Rule != "" {
		lines[1] += " (" + visible(f.Rule) + ")"
	}
	if f.Source != nil {
		lines = append(lines, "at: "+visible(f.Source.File)+":"+strconv.Itoa(f.Source.Line)+":"+strconv.Itoa(f.Source.Column))
	}
	if len(f.References) > 0 {
		lines = append(lines, "references: "+strings.Join(f.References, ", "))
	}
	return strings.Join(lines, "\n")
}

// String is an object's kind, namespace and name.
func (o *Object) String() string {
	if o.Namespace == "" {
		return o.Kind + " " + o.Name
	}
	return o.Kind + " " + o.Namespace + "/" + o.Name
}

func lineText(line int) string {
	if line == 0 {
		return ""
	}
	return strconv.Itoa(line)
}

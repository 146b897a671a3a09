package report

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/fn9s/fn9s/security/check"
)

// Dialect is the API that report objects are written for.
type Dialect struct{ apiVersion, kind, clusterKind string }

// The dialects: OpenReports, and its predecessor.
var (
	OpenReports  = Dialect{"openreports.io/v1alpha1", "Report", "ClusterReport"}
	PolicyReport = Dialect{"wgpolicyk8s.io/v1alpha2", "PolicyReport", "ClusterPolicyReport"}
)

// Objects writes a report object for each function and scope, as YAML that kubectl can apply.
func Objects(w io.Writer, r *Report, d Dialect) error {
	out := bufio.NewWriterSize(w, 1<<16)
	var stamp int64
	if t, err := time.Parse(time.RFC3339, r.GeneratedAt); err == nil {
		stamp = t.Unix()
	}
	var b []byte
	var failed error
	r.eachList(func(f *Function, s *Scope, findings *[]Finding) {
		if failed != nil || f != nil && f.Opaque {
			return
		}
		b = appendReport(b[:0], d, f, s, *findings, stamp)
		_, failed = out.Write(b)
	})
	if failed == nil {
		failed = out.Flush()
	}
	if failed != nil {
		return fmt.Errorf("print reports: %w", failed)
	}
	return nil
}

func appendReport(b []byte, d Dialect, f *Function, s *Scope, findings []Finding, stamp int64) []byte {
	kind, namespace, id, name := d.kind, "", "", ""
	var about *Object
	if f != nil {
		namespace, id, name = f.Namespace, f.ID, f.Name
		about = &Object{APIVersion: f.Object.APIVersion, Kind: f.Object.Kind, Namespace: f.Namespace, Name: f.Name}
	} else {
		namespace, id, name = s.Namespace, s.id(), s.Name
		if s.Kind == check.ScopeNamespace.String() {
			about = &Object{APIVersion: "v1", Kind: "Namespace", Name: s.Namespace}
		}
	}
	if namespace == "" {
		kind = d.clusterKind
	}
	b = append(b, "---\n"...)
	b = yamlField(b, 0, "apiVersion", d.apiVersion)
	b = yamlField(b, 0, "kind", kind)
	b = append(b, "metadata:\n"...)
	b = yamlField(b, 2, "name", reportName(name, id))
	if namespace != "" {
		b = yamlField(b, 2, "namespace", namespace)
	}
	b = append(b, "  labels:\n"...)
	b = yamlField(b, 4, "app.kubernetes.io/managed-by", "fn9s")
	if d == OpenReports {
		b = yamlField(b, 0, "source", "fn9s")
	}
	if about != nil {
		b = yamlObject(append(b, "scope:\n"...), 2, about)
	}
	var counts [4]int // pass, fail, error, skip
	for i := range findings {
		counts[results[findings[i].Status].index]++
	}
	b = fmt.Appendf(b, "summary:\n  pass: %d\n  fail: %d\n  warn: 0\n  error: %d\n  skip: %d\n", counts[0], counts[1], counts[2], counts[3])
	if len(findings) == 0 {
		return append(b, "results: []\n"...)
	}
	b = append(b, "results:\n"...)
	for i := range findings {
		b = appendResult(b, &findings[i], stamp)
	}
	return b
}

// results are the words of report objects for verdicts. What could not be decided is an error there.
var results = map[string]struct {
	word  string
	index int
}{"pass": {"pass", 0}, "fail": {"fail", 1}, "unknown": {"error", 2}, "na": {"skip", 3}, "accepted": {"skip", 3}}

func appendResult(b []byte, f *Finding, stamp int64) []byte {
	b = append(b, "- source: fn9s\n"...)
	b = yamlField(b, 2, "policy", f.Control)
	b = yamlField(b, 2, "category", f.Pillar)
	b = yamlField(b, 2, "severity", f.Severity)
	b = yamlField(b, 2, "result", results[f.Status].word)
	b = yamlField(b, 2, "message", f.Message)
	b = append(b, "  scored: "...)
	b = append(strconv.AppendBool(b, f.open()), '\n')
	if o := f.Object; o != nil {
		b = append(b, "  resources:\n  - "...)
		at := len(b)
		b = yamlObject(b, 4, o)
		b = append(b[:at], b[at+4:]...)
	}
	b = append(b, "  properties:\n"...)
	b = yamlField(b, 4, "fingerprint", f.Fingerprint)
	for _, p := range [][2]string{{"path", f.Path}, {"value", f.Value}, {"references", strings.Join(f.References, ", ")}} {
		if p[1] != "" {
			b = yamlField(b, 4, p[0], p[1])
		}
	}
	return fmt.Appendf(b, "  timestamp: {seconds: %d, nanos: 0}\n", stamp)
}

func yamlObject(b []byte, indent int, o *Object) []byte {
	for _, p := range [][2]string{{"apiVersion", or(o.APIVersion, o.Group)}, {"kind", o.Kind}, {"namespace", o.Namespace}, {"name", o.Name}} {
		if p[1] != "" {
			b = yamlField(b, indent, p[0], p[1])
		}
	}
	return b
}

// yamlField writes a field with a string in double quotes, which YAML reads as JSON does; but for pairs of surrogates,
// which it does not know.
func yamlField(b []byte, indent int, key, value string) []byte {
	for range indent {
		b = append(b, ' ')
	}
	b = append(append(b, key...), ": "...)
	value = strings.Map(func(r rune) rune {
		if r > 0xffff && hidden(r) {
			return 0xfffd
		}
		return r
	}, value)
	return append(quote(b, value), '\n')
}

// reportName makes a name that an object may have.
func reportName(name, id string) string {
	sum := sha256.Sum256([]byte(id))
	clean := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, name)
	clean = strings.Trim(clean[:min(len(clean), 200)], "-")
	return "fn9s-" + or(clean, "x") + "-" + hex.EncodeToString(sum[:4])
}

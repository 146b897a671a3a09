package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/report"
	"github.com/fn9s/fn9s/security/snapshot"
)

var update = flag.Bool("update", false, "write golden files anew")

var (
	token = &check.Control{
		ID: "SA-02", Priority: check.M, Pillar: check.Identity, Base: check.Low, Title: "API token is mounted",
		Detects: "A token of the ServiceAccount is in the container.", Why: "Whoever takes over the code can use it.",
		References: []string{"CIS 5.1.6"}, Intents: []check.Intent{check.FixNoToken},
	}
	root = &check.Control{ID: "POD-05", Priority: check.M, Pillar: check.Pod, Base: check.Critical, Title: "Container is privileged", Intents: []check.Intent{check.FixNoPrivileged}}
	pss  = &check.Control{ID: "POD-01", Pillar: check.Pod, Base: check.High, Title: "Pod Security level is not met", Rollup: true}
	deny = &check.Control{ID: "NET-01", Priority: check.M, Pillar: check.Network, Base: check.Medium, Title: "Anything may call it"}
	open = &check.Control{ID: "NET-10", Pillar: check.Network, Scope: check.ScopeNamespace, Base: check.Info, Title: "Policies may not be enforced"}
)

// nasty is what somebody could write into an object.
const nasty = "</script><img src=x onerror=alert(1)>\x1b[31m|`*_[x](http://y) @all\u202e\U000e0041 ü😀\n\t\"\\ ---"

func finding(c *check.Control, s check.Status, object model.Ref, path, fixed, message string) check.Finding {
	f := check.Finding{Control: c, Status: s, Severity: c.Base, Base: c.Base, Words: &check.Words{Path: path, Fixed: fixed, Message: message}}
	if !object.IsZero() {
		f.On(object)
	}
	return f
}

// sample is a report with one of everything.
func sample() *report.Report { return report.New(sampleInput()) }

func sampleInput() *report.Input {
	lookup := report.Lookup{
		Version: func(r model.Ref) string {
			return map[string]string{"ServiceAccount": "v1", "Deployment": "apps/v1"}[r.Kind]
		},
		Place: func(r model.Ref, path string) (string, int, int) {
			if r.Kind == "Deployment" {
				return "deploy dir/a#b.yaml", 12, 7
			}
			return "", 0, 0
		},
	}
	key := model.FunctionKey{Framework: "openfaas", Group: "openfaas.com", Kind: "Function", Namespace: "fns", Name: "charge-card"}
	account := model.Ref{Kind: "ServiceAccount", Namespace: "fns", Name: "default"}
	deployment := model.Ref{Group: "apps", Kind: "Deployment", Namespace: "fns", Name: "charge-card"}
	moved := finding(token, check.Fail, account, "automountServiceAccountToken", "", "the token of ServiceAccount default is mounted into charge-card")
	moved.Up(check.OpenToAll).After("FW-OF-01")
	moved.Severity, moved.Words = check.Medium, &check.Words{Path: moved.Path, Message: moved.Message, Value: "absent"}
	accepted := finding(root, check.Accepted, deployment, "spec.template.spec.containers[1].securityContext.privileged", "spec.template.spec.containers[side].securityContext.privileged", "container side is privileged")
	accepted.Accept(&snapshot.Exception{Control: "POD-05", Reason: "needs the device", Owner: "team-a", Until: time.Date(2026, 12, 2, 0, 0, 0, 0, time.UTC), From: "exceptions.yaml:3"})
	p := &security.Posture{
		Grade: security.F, Capped: true,
		Findings: []check.Finding{
			finding(root, check.Fail, deployment, "spec.template.spec.containers[0].securityContext.privileged", "spec.template.spec.containers[main].securityContext.privileged", "container main is privileged"),
			finding(pss, check.Fail, deployment, "spec.template.spec", "", "pods meet privileged, restricted is asked for"),
			moved,
			finding(deny, check.Unknown, model.Ref{}, "", "", "cannot list networkpolicies.networking.k8s.io in fns: forbidden"),
			accepted,
		},
	}
	p.Pillars[check.Pod] = security.Pillar{Grade: security.F, Fail: 1}
	p.Pillars[check.Identity] = security.Pillar{Grade: security.C, Fail: 1}
	p.Pillars[check.Network] = security.Pillar{Grade: security.B, Capped: true, Unknown: 1}
	hostile := &security.Posture{Findings: []check.Finding{finding(token, check.Fail, model.Ref{Group: "x", Kind: nasty, Name: nasty}, nasty, "", nasty)}}
	refused := "no answer"
	platform := &security.Posture{Subject: check.Subject{Scope: check.ScopePlatform, Namespace: "openfaas", Framework: "openfaas", Release: "openfaas"}, Grade: security.A}
	namespace := &security.Posture{
		Subject: check.Subject{Scope: check.ScopeNamespace, Namespace: "fns"}, Grade: security.A,
		Findings: []check.Finding{finding(open, check.Fail, model.Ref{Kind: "Namespace", Name: "fns"}, "", "", "nothing shows that policies are enforced")},
	}
	return &report.Input{
		GeneratedAt: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC), Version: "1.2.3",
		Sources:    []report.Source{{Kind: "manifests", Paths: []string{"deploy dir"}}, {Kind: "cluster", Context: "prod", Error: &refused}},
		Unreadable: []report.Unreadable{{Verb: "list", Group: "rbac.authorization.k8s.io", Resource: "rolebindings", Namespace: "other", Reason: "forbidden"}},
		Errors:     []report.Error{{File: "bad.yaml", Document: 3, Line: 80, Message: "did not find expected key"}},
		Functions: []report.Function{
			report.FunctionOf(&report.FunctionInput{
				ID: model.FunctionID{FunctionKey: key}, Object: model.Ref{Kind: "Function"}, APIVersion: "openfaas.com/v1", Posture: p,
				PSS:      &report.PSS{Level: "privileged", Version: "v1.36", NamespaceEnforces: "restricted", Restricted: []report.FailedCheck{{Check: "privileged", Reason: "privileged", Path: "spec"}}},
				Exposure: &report.Exposure{Class: "internet", Authentication: "none", TLS: true, Routes: []report.Route{{Host: "h", Path: "/", Via: report.Object{Kind: "Ingress", Namespace: "fns", Name: "web"}}}},
				Blast:    &report.Blast{Level: 5, Paths: [][]report.Step{{{Edge: "POD-05", To: report.Object{Kind: "Node"}, Text: "privileged container"}}}},
			}, lookup),
			report.FunctionOf(&report.FunctionInput{ID: model.FunctionID{FunctionKey: model.FunctionKey{Framework: "generic", Kind: "X", Namespace: "n", Name: nasty}}, Posture: hostile}, report.Lookup{}),
			report.FunctionOf(&report.FunctionInput{ID: model.FunctionID{FunctionKey: model.FunctionKey{Framework: "openwhisk", Kind: "Action", Namespace: "n", Name: "dark"}}, Opaque: true}, report.Lookup{}),
		},
		Scopes: []report.Scope{
			report.ScopeOf(&report.ScopeInput{Posture: namespace}, report.Lookup{}),
			report.ScopeOf(&report.ScopeInput{Posture: platform, Version: "0.27.12", Shape: "ce"}, report.Lookup{}),
			report.ScopeOf(&report.ScopeInput{Posture: &security.Posture{Subject: check.Subject{Scope: check.ScopeCluster}}}, report.Lookup{}),
		},
	}
}

var formats = map[string]func(io.Writer, *report.Report) error{
	"report.json":  report.JSON,
	"report.sarif": func(w io.Writer, r *report.Report) error { return report.SARIF(w, r, false) },
	"report.xml":   report.JUnit,
	"open.yaml":    func(w io.Writer, r *report.Report) error { return report.Objects(w, r, report.OpenReports) },
	"policy.yaml":  func(w io.Writer, r *report.Report) error { return report.Objects(w, r, report.PolicyReport) },
	"report.md":    report.Markdown,
	"table.txt":    func(w io.Writer, r *report.Report) error { return report.Table(w, r, &report.Style{}) },
	"wide.txt":     func(w io.Writer, r *report.Report) error { return report.Table(w, r, &report.Style{Wide: true}) },
	"page.html":    report.HTML,
}

func render(t testing.TB, name string, r *report.Report) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, formats[name](&b, r))
	return b.Bytes()
}

func TestFormatsAreAsBefore(t *testing.T) {
	t.Parallel()
	for name := range formats {
		got := render(t, name, sample())
		if name == "page.html" { // the page's own parts are read where they are written
			_, rest, _ := strings.Cut(string(got), `id="data">`)
			data, _, _ := strings.Cut(rest, "</script>")
			got = []byte(data)
			name = "page.json"
		}
		file := filepath.Join("testdata", name)
		if *update {
			require.NoError(t, os.MkdirAll("testdata", 0o755)) // a folder of the repository
			require.NoError(t, os.WriteFile(file, got, 0o644)) // a file of the repository
		}
		want, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Equal(t, string(want), string(got), "%s: run go test ./security/report -update", name)
	}
}

func TestNothingHiddenIsPrinted(t *testing.T) {
	t.Parallel()
	for name := range formats {
		out := string(render(t, name, sample()))
		assert.NotContains(t, out, "\x1b", name)
		assert.NotContains(t, out, "\u202e", name)
		assert.NotContains(t, out, "\U000e0041", name)
		if !strings.HasSuffix(name, ".txt") && !strings.HasSuffix(name, ".json") && !strings.HasSuffix(name, ".sarif") && !strings.HasSuffix(name, ".yaml") {
			assert.NotContains(t, out, "<img", name)
		}
	}
}

func TestJSONIsItsSchemas(t *testing.T) {
	t.Parallel()
	out := render(t, "report.json", sample())
	schema, err := jsonschema.NewCompiler().Compile("../../cmd/fn9s/schemas/ScanReport.json")
	require.NoError(t, err)
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(out))
	require.NoError(t, err)
	require.NoError(t, schema.Validate(v))
	want, err := json.Marshal(sample())
	require.NoError(t, err)
	want = bytes.ReplaceAll(want, []byte(`"baseline":null`), []byte(`"baseline":[]`))
	assert.JSONEq(t, string(want), string(out), "the encoder leaves nothing out")
	empty := render(t, "report.json", report.New(&report.Input{}))
	v, err = jsonschema.UnmarshalJSON(bytes.NewReader(empty))
	require.NoError(t, err)
	require.NoError(t, schema.Validate(v))
	assert.NotContains(t, string(empty), "null")
}

func TestWhatIsCounted(t *testing.T) {
	t.Parallel()
	r := sample()
	assert.Equal(t, report.Summary{Functions: 3, Opaque: 1, Grades: map[string]int{"F": 1, "A": 1}, Fail: 3, Unknown: 1}, r.Summary,
		"no roll-ups, nothing accepted, no info")
	f := r.Functions[0].Findings[0]
	g := sample().Functions[0].Findings[0]
	assert.Len(t, f.Fingerprint, 32)
	assert.Equal(t, f.Fingerprint, g.Fingerprint)
	seen := map[string]bool{}
	for _, x := range r.Functions[0].Findings {
		assert.False(t, seen[x.Fingerprint])
		seen[x.Fingerprint] = true
	}
}

func TestFingerprintsOutliveMoves(t *testing.T) {
	t.Parallel()
	print := func(path, fixed, message string) string {
		f := finding(root, check.Fail, model.Ref{Kind: "Pod", Namespace: "n", Name: "p"}, path, fixed, message)
		in := report.FunctionInput{ID: model.FunctionID{FunctionKey: model.FunctionKey{Name: "f"}}, Posture: &security.Posture{Findings: []check.Finding{f}}}
		return report.FunctionOf(&in, report.Lookup{}).Findings[0].Fingerprint
	}
	assert.Equal(t, print("spec.containers[0].x", "spec.containers[a].x", "one"), print("spec.containers[1].x", "spec.containers[a].x", "two"))
	assert.NotEqual(t, print("spec.containers[0].x", "spec.containers[a].x", ""), print("spec.containers[0].x", "spec.containers[b].x", ""))
}

func TestADocumentThatIsWrittenAsItGrowsIsTheSame(t *testing.T) {
	t.Parallel()
	whole := sample()
	known, err := report.ReadBaseline(render(t, "report.json", whole))
	require.NoError(t, err)
	delete(known, whole.Functions[0].Findings[0].Fingerprint)
	severity := check.Low
	terms := report.Terms{
		Baseline: known, Thresholds: report.Thresholds{FailOn: &severity},
		Keep: func(f *report.Finding) bool { return f.Status == "fail" },
	}
	whole.Compare(known)
	outcome := whole.Check(terms.Thresholds)
	whole.Show(terms.Keep)

	in := sampleInput()
	functions, scopes := in.Functions, in.Scopes
	in.Functions, in.Scopes = nil, nil
	var out bytes.Buffer
	b := report.NewBuilder(in, terms)
	b.Stream(&out)
	b.Functions(functions[:1])
	b.Functions(functions[1:])
	b.Scopes(scopes)
	r, got, err := b.Done()
	require.NoError(t, err)
	assert.Equal(t, outcome, got)
	assert.Equal(t, 1, got.Findings, "what the baseline has does not count")
	assert.Equal(t, string(render(t, "report.json", whole)), out.String())
	assert.Empty(t, r.Functions, "nothing is kept")

	b = report.NewBuilder(in, terms)
	b.Stream(failing{})
	_, _, err = b.Done()
	require.ErrorContains(t, err, "disk full")
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestBaseline(t *testing.T) {
	t.Parallel()
	r := sample()
	known, err := report.ReadBaseline(render(t, "report.json", r))
	require.NoError(t, err)
	assert.Equal(t, report.Delta{Known: 5, New: 0, Gone: 0}, sample().Compare(known))
	delete(known, r.Functions[0].Findings[0].Fingerprint)
	known["gone"] = true
	again := sample()
	assert.Equal(t, report.Delta{Known: 4, New: 1, Gone: 1}, again.Compare(known))
	high := check.High
	assert.Equal(t, 1, again.Check(report.Thresholds{FailOn: &high}).Findings)
	for _, bad := range []string{"", "{}", `{"apiVersion":"fn9s/v1","kind":"FunctionList"}`, `{"apiVersion":"other/v1","kind":"ScanReport"}`, "[1]"} {
		_, err := report.ReadBaseline([]byte(bad))
		assert.Error(t, err, bad)
	}
}

func TestThresholds(t *testing.T) {
	t.Parallel()
	at := func(s check.Severity) *check.Severity { return &s }
	grade := func(g security.Grade) *security.Grade { return &g }
	r := sample()
	assert.Equal(t, report.Outcome{Errors: 1, Sources: 1}, r.Check(report.Thresholds{}))
	assert.Equal(t, 2, r.Check(report.Thresholds{}).Code())
	r.Errors = nil
	assert.Equal(t, 4, r.Check(report.Thresholds{FailOn: at(check.Low)}).Code(), "who did not answer goes before what was found")
	r.Sources = nil
	assert.Equal(t, report.Outcome{}, r.Check(report.Thresholds{}))
	assert.Equal(t, report.Outcome{Findings: 1}, r.Check(report.Thresholds{FailOn: at(check.Critical)}))
	assert.Equal(t, report.Outcome{Findings: 3}, r.Check(report.Thresholds{FailOn: at(check.Low)}), "roll-ups do not count")
	assert.Equal(t, report.Outcome{Findings: 4}, r.Check(report.Thresholds{FailOn: at(check.Info)}))
	assert.Equal(t, report.Outcome{Grades: 1}, r.Check(report.Thresholds{MinGrade: grade(security.D)}))
	assert.Equal(t, report.Outcome{}, r.Check(report.Thresholds{MinGrade: grade(security.F)}))
	assert.Equal(t, report.Outcome{Unknown: 1}, r.Check(report.Thresholds{FailOnUnknown: true}))
	assert.Equal(t, 3, r.Check(report.Thresholds{FailOnUnknown: true}).Code())
	assert.Equal(t, 1, r.Check(report.Thresholds{FailOnUnknown: true, FailOn: at(check.High)}).Code())
	assert.Equal(t, 0, r.Check(report.Thresholds{}).Code())
	r.Show(func(f *report.Finding) bool { return f.Status == "unknown" })
	assert.Len(t, r.Functions[0].Findings, 1)
	assert.Equal(t, 3, r.Summary.Fail, "what is not shown was counted")
}

func TestSARIF(t *testing.T) {
	t.Parallel()
	var log struct {
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct {
					Name  string
					Rules []struct{ ID string }
				}
			}
			Results []struct {
				RuleID, Kind, Level string
				RuleIndex           int
				Message             struct{ Text string }
				Suppressions        []any
				PartialFingerprints map[string]string
				Locations           []struct {
					PhysicalLocation *struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine, StartColumn int }
					}
				}
			}
		}
	}
	require.NoError(t, json.Unmarshal(render(t, "report.sarif", sample()), &log))
	require.Len(t, log.Runs, 1)
	run := log.Runs[0]
	assert.Equal(t, "2.1.0", log.Version)
	assert.Len(t, run.Results, 7)
	for _, r := range run.Results {
		assert.Equal(t, r.RuleID, run.Tool.Driver.Rules[r.RuleIndex].ID)
		assert.NotEmpty(t, r.Message.Text)
		assert.NotEmpty(t, r.PartialFingerprints["fn9s/v1"])
		if r.Kind != "fail" {
			assert.Equal(t, "none", r.Level, "only failures have a level")
		}
		for _, l := range r.Locations {
			if l.PhysicalLocation != nil {
				assert.Equal(t, "deploy%20dir/a%23b.yaml", l.PhysicalLocation.ArtifactLocation.URI)
				assert.Equal(t, 12, l.PhysicalLocation.Region.StartLine)
			}
		}
	}
	assert.Equal(t, "error", run.Results[0].Level)
	assert.Equal(t, "open", run.Results[3].Kind)
	assert.Len(t, run.Results[4].Suppressions, 1)
}

func TestJUnitIsXML(t *testing.T) {
	t.Parallel()
	var suites struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Skipped  int `xml:"skipped,attr"`
		Suites   []struct {
			Cases []struct {
				Failure *struct{} `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	require.NoError(t, xml.Unmarshal(render(t, "report.xml", sample()), &suites))
	assert.Equal(t, []int{11, 3, 1, 2}, []int{suites.Tests, suites.Failures, suites.Errors, suites.Skipped})
}

func TestObjectsAreYAML(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"open.yaml", "policy.yaml"} {
		d := yaml.NewDecoder(bytes.NewReader(render(t, name, sample())))
		var kinds []string
		for {
			var o struct {
				APIVersion string `yaml:"apiVersion"`
				Kind       string
				Metadata   struct{ Name, Namespace string }
				Results    []struct{ Policy, Result, Severity, Message string }
				Summary    map[string]int
			}
			err := d.Decode(&o)
			if err == io.EOF {
				break
			}
			require.NoError(t, err)
			kinds = append(kinds, o.Kind)
			assert.Regexp(t, `^[a-z0-9][a-z0-9-]*[a-z0-9]$`, o.Metadata.Name)
			counts := map[string]int{"pass": 0, "fail": 0, "warn": 0, "error": 0, "skip": 0}
			for _, r := range o.Results {
				counts[r.Result]++
			}
			assert.Equal(t, counts, o.Summary)
		}
		if name == "open.yaml" {
			assert.Equal(t, []string{"Report", "Report", "Report", "Report", "ClusterReport"}, kinds)
		} else {
			assert.Equal(t, []string{"PolicyReport", "PolicyReport", "PolicyReport", "PolicyReport", "ClusterPolicyReport"}, kinds)
		}
	}
}

func TestTheTableIsColouredByItsStyle(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	require.NoError(t, report.Table(&b, sample(), &report.Style{
		Max: 60, Paint: func(role report.Role, word, text string) string {
			if role == report.GradeRole && word == "F" {
				return "<" + text + ">"
			}
			return text
		},
	}))
	assert.Contains(t, b.String(), "<F?>")
	for line := range strings.Lines(b.String()) {
		if !strings.HasPrefix(line, "cannot list") {
			assert.LessOrEqual(t, len([]rune(strings.NewReplacer("<F?>", "F?", "\n", "").Replace(line))), 60, line)
		}
	}
}

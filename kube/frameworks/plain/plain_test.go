package plain_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/frameworkstest"
	"github.com/fn9s/fn9s/kube/frameworks/plain"
	"github.com/fn9s/fn9s/kube/samples"
	"github.com/fn9s/fn9s/security/model"
)

func selectors(t testing.TB, text string) []plain.Selector {
	t.Helper()
	var doc yaml.Node
	require.NoError(t, yaml.Unmarshal([]byte(text), &doc))
	all, problems := plain.Parse("f.yaml", &doc)
	require.Empty(t, problems)
	return all
}

func load(t testing.TB, s []plain.Selector, text string) *frameworkstest.Cluster {
	t.Helper()
	return frameworkstest.LoadText(t, []frameworks.Framework{plain.New(s)}, text)
}

const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: a, namespace: ns, labels: {LABELS}}
spec: {replicas: 1, selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: 'i:1'}]}}}
status: {replicas: 1, readyReplicas: 1, updatedReplicas: 1}
`

func labelled(labels, text string) string {
	return replace(text, "LABELS", labels)
}

func replace(text, from, to string) string {
	for i := 0; i+len(from) <= len(text); i++ {
		if text[i:i+len(from)] == from {
			return text[:i] + to + text[i+len(from):]
		}
	}
	return text
}

func TestOnlyWhatIsDeclaredIsAFunction(t *testing.T) {
	selector := selectors(t, `[{namespaces: [ns, 'team-*'], kinds: [Deployment], labels: 'managed=true', runtime: {label: language}}]`)
	for name, c := range map[string]struct {
		labels string
		with   []plain.Selector
		want   []string
	}{
		"nothing says so":        {"app: a", selector, nil},
		"the label":              {"fn9s.io/function: 'true'", nil, []string{"ns/a plain ready 1/1"}},
		"the label with a name":  {"fn9s.io/function: checkout", nil, []string{"ns/checkout plain ready 1/1"}},
		"the selector":           {"managed: 'true'", selector, []string{"ns/a plain ready 1/1"}},
		"opted out":              {"managed: 'true', fn9s.io/function: 'false'", selector, nil},
		"part of a platform":     {"fn9s.io/function: 'true', app.kubernetes.io/name: dapr", nil, nil},
		"an empty label is none": {"fn9s.io/function: ''", nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want, load(t, c.with, labelled(c.labels, deployment)).Rows())
		})
	}
}

func TestSelectorCells(t *testing.T) {
	s := selectors(t, `[{labels: managed, runtime: [{annotation: lang}, {label: language}], handler: '.spec.template.spec.containers[0].name', source: {value: 'https://git.example.com/a.git'}}]`)
	f := load(t, s, labelled("managed: x, language: rust", deployment)).Function("ns", "a")
	require.NotNil(t, f)
	assert.Equal(t, []string{"rust", "a", "i:1", "default"}, []string{f.Runtime, f.Handler, f.Image, f.ServiceAccount})
	assert.Equal(t, model.Source{Kind: "git", Detail: "https://git.example.com/a.git"}, f.Source)
}

func TestBadSelectors(t *testing.T) {
	for text, want := range map[string]string{
		"[{}]":                                       "this would make a function of every workload",
		"[{kinds: [Deployment]}]":                    "this would make a function of every workload",
		"[{labels: ''}]":                             "plain.labels must have 1 to",
		"[{namespaces: [a], kinds: [Service]}]":      `plain.kinds cannot be "Service"`,
		"[{namespaces: [a], lables: x}]":             `has no key "lables"`,
		"[{namespaces: [a], runtime: python}]":       `"python" is no path`,
		"[{namespaces: [a], labels: 'a in'}]":        "plain.labels:",
		"{namespaces: [a]}":                          "plain must be a list, not a map",
		"[{names: ['[']}]":                           "is no pattern",
		"[{names: [a], runtime: {path: .a, at: b}}]": `there is no join "b"`,
	} {
		t.Run(text, func(t *testing.T) {
			var doc yaml.Node
			require.NoError(t, yaml.Unmarshal([]byte(text), &doc))
			all, problems := plain.Parse("f.yaml", &doc)
			assert.Empty(t, all)
			require.NotEmpty(t, problems)
			assert.Equal(t, 1, problems[0].Line)
			assert.Contains(t, problems[0].Error(), want)
		})
	}
}

func TestABadSelectorIsOffAndTheRestWorks(t *testing.T) {
	var doc yaml.Node
	require.NoError(t, yaml.Unmarshal([]byte("- {labels: 'a in'}\n- {names: [a]}"), &doc))
	all, problems := plain.Parse("f.yaml", &doc)
	assert.Len(t, problems, 1)
	assert.Equal(t, []string{"ns/a plain ready 1/1"}, load(t, all, labelled("", deployment)).Rows())
}

func TestWhatATemplateLabelsBelongsToItsOwner(t *testing.T) {
	c := load(t, nil, `
apiVersion: v1
kind: Pod
metadata: {name: a-1, namespace: ns, labels: {fn9s.io/function: 'true'}, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: a, controller: true}]}
spec: {containers: [{name: a, image: i}]}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: a, namespace: ns, labels: {fn9s.io/function: 'true'}, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: a, controller: true}]}
spec: {replicas: 1, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: i}]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: bare, namespace: ns, labels: {fn9s.io/function: 'true'}}
spec: {serviceAccountName: sa, containers: [{name: bare, image: 'bare:1'}]}
status: {phase: Running, conditions: [{type: Ready, status: 'True'}], containerStatuses: [{name: bare, ready: true, state: {running: {}}}]}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: set, namespace: ns, labels: {fn9s.io/function: 'true'}}
spec: {replicas: 1, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: i}]}}}
status: {replicas: 1, readyReplicas: 1}
`)
	assert.Equal(t, []string{"ns/bare plain ready 1/1", "ns/set plain ready 1/1"}, c.Rows())
	f := c.Function("ns", "bare")
	assert.Equal(t, []string{"bare:1", "sa"}, []string{f.Image, f.ServiceAccount})
}

const cronJob = `
apiVersion: batch/v1
kind: CronJob
metadata: {name: night, namespace: ns, labels: {fn9s.io/function: 'true'}}
spec: {schedule: '0 2 * * *', suspend: SUSPEND, jobTemplate: {spec: {template: {spec: {containers: [{name: c, image: i}]}}}}}
`

const job = `---
apiVersion: batch/v1
kind: Job
metadata: {name: night-NAME, namespace: ns, creationTimestamp: '2026-11-01T0NAME:00:00Z', ownerReferences: [{apiVersion: batch/v1, kind: CronJob, name: night, controller: true}]}
spec: {template: {spec: {containers: [{name: c, image: i}]}}}
status: STATUS
`

func TestCronJobs(t *testing.T) {
	run := func(name, status string) string {
		return replace(replace(replace(job, "NAME", name), "NAME", name), "STATUS", status)
	}
	const done = "{succeeded: 1, conditions: [{type: Complete, status: 'True'}]}"
	const failed = "{failed: 1, conditions: [{type: Failed, status: 'True', reason: BackoffLimitExceeded, message: too many}]}"
	for name, c := range map[string]struct{ text, want, reason string }{
		"between runs":              {replace(cronJob, "SUSPEND", "false") + run("1", done), "idle 0/0", ""},
		"never ran":                 {replace(cronJob, "SUSPEND", "false"), "idle 0/0", ""},
		"suspended":                 {replace(cronJob, "SUSPEND", "true") + run("1", failed), "paused 0/0", "suspended"},
		"the last run failed":       {replace(cronJob, "SUSPEND", "false") + run("1", done) + run("2", failed), "failed 0/0", "BackoffLimitExceeded: too many"},
		"an earlier failure is old": {replace(cronJob, "SUSPEND", "false") + run("1", failed) + run("2", done), "idle 0/0", ""},
		"running":                   {replace(cronJob, "SUSPEND", "false") + run("1", done) + run("2", "{active: 1, ready: 1}"), "ready 1/1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := load(t, nil, c.text)
			require.Equal(t, []string{"ns/night plain " + c.want}, cluster.Rows())
			f := cluster.Functions()[0]
			assert.Equal(t, c.reason, f.Reason)
			assert.Equal(t, "0 2 * * *", f.Triggers[0].Detail)
			assert.Equal(t, model.Cron, f.Triggers[0].Type)
		})
	}
}

func TestAnnotations(t *testing.T) {
	text := `
apiVersion: apps/v1
kind: Deployment
metadata: {name: a, namespace: ns, labels: {fn9s.io/function: 'true'}, annotations: {ANNOTATIONS}}
spec: {replicas: 1, selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: i}]}}}
status: {replicas: 1, readyReplicas: 1, updatedReplicas: 1}
---
apiVersion: v1
kind: Service
metadata: {name: a, namespace: ns}
spec: {selector: {app: a}, ports: [{port: 80}]}
`
	f := load(t, nil, replace(text, "ANNOTATIONS", `
    fn9s.io/trigger: 'queue:mails, event:orders.created, smoke', fn9s.io/url: 'https://u:pw@a.example.com/x?token=1',
    fn9s.io/owner: team-a, fn9s.io/runtime: go, fn9s.io/handler: h, fn9s.io/source: 'https://git.example.com/a.git'`)).Function("ns", "a")
	require.NotNil(t, f)
	require.Len(t, f.Triggers, 2)
	assert.Equal(t, []string{"mails", "orders.created"}, []string{f.Triggers[0].Detail, f.Triggers[1].Detail})
	assert.Equal(t, []string{
		"owner: team-a", "annotation fn9s.io/trigger: smoke is none of: http cron queue:NAME event:NAME",
	}, f.Notes)
	assert.Equal(t, "https://a.example.com/x", f.URLs[0].URL, "an address is shown without what may be a password")
	assert.True(t, f.URLs[0].External)
	assert.Equal(t, "http://a.ns.svc", f.URLs[1].URL)

	f = load(t, nil, replace(text, "ANNOTATIONS", "fn9s.io/url: 'javascript:alert(1)'")).Function("ns", "a")
	assert.Equal(t, []string{"annotation fn9s.io/url is no address"}, f.Notes)
	assert.Equal(t, "http://a.ns.svc", f.Triggers[0].Detail, "without a word about triggers the Service is one")
}

// TestTheSeed: these and no others are plain functions of the seed.
func TestTheSeed(t *testing.T) {
	data, err := samples.Config("frameworks.yaml")
	require.NoError(t, err)
	var doc yaml.Node
	require.NoError(t, yaml.Unmarshal(data, &doc))
	var with []plain.Selector
	root := doc.Content[0]
	for i := 0; i < len(root.Content); i += 2 {
		if root.Content[i].Value == "plain" {
			var problems any
			with, problems = plain.Parse("frameworks.yaml", root.Content[i+1])
			require.Empty(t, problems)
		}
	}
	require.NotEmpty(t, with)
	c := frameworkstest.Load(t, []frameworks.Framework{plain.New(with)}, "../../samples/seed/plain", "../../samples/seed/generic")
	assert.Equal(t, []string{
		"analytics/crunch-events plain failed 0/1",
		"analytics/funnel-sessions plain idle 0/0",
		"analytics/rank-products plain ready 3/3",
		"analytics/weekly-churn plain idle 0/0",
		"payments/mask-report plain ready 1/1",
		"payments/purge-drafts plain paused 0/0",
		"payments/settle-night plain idle 0/0",
		"payments/verify-iban plain ready 2/2",
	}, c.Rows())
	rank := c.Function("analytics", "rank-products")
	assert.Equal(t, model.FunctionKey{
		Framework: "plain", Group: "fn9s.io", Kind: "Function", Namespace: "analytics", Name: "rank-products",
	}, rank.Key)
	assert.Len(t, rank.Workloads, 2)
	assert.Equal(t, "rust", c.Function("analytics", "funnel-sessions").Runtime)
	assert.Equal(t, int32(6), *c.Function("payments", "verify-iban").Scaling.Max)
}

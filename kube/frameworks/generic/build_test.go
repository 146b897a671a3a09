package generic_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/claims"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/frameworkstest"
	"github.com/fn9s/fn9s/kube/frameworks/generic"
	"github.com/fn9s/fn9s/kube/frameworks/knative"
	"github.com/fn9s/fn9s/security/model"
)

// settled are the rows that remain when every workload has one function, as `namespace/name framework state r/d`.
func settled(t testing.TB, entries []generic.Entry, c *frameworkstest.Cluster) []string {
	t.Helper()
	var names []string
	for _, e := range entries {
		names = append(names, e.Name)
	}
	ledger := claims.NewLedger()
	for _, f := range c.Functions() {
		ledger.Put(claims.Candidate{Function: f, Rank: claims.Rank(f.Key.Framework, names)})
	}
	var rows []string
	all := c.Rows()
	shown := ledger.Settle()
	for i, f := range c.Functions() {
		if slices.ContainsFunc(shown, func(s claims.Change) bool { return s.Key == f.Key && s.Row != nil }) {
			rows = append(rows, all[i])
		}
	}
	return rows
}

func TestTheWorkedExamples(t *testing.T) {
	for file, want := range map[string][]string{
		"keda.yaml": {
			"sandbox/echo keda-http idle 0/0",
			"sandbox/fallback keda failed 4/4",
			"sandbox/lost-worker keda no-workload –/–",
			"sandbox/mailer keda ready 1/1",
			"sandbox/nightly keda-job idle 0/0",
			"sandbox/paused keda paused 0/0",
			"sandbox/quotes spin ready 1/1",
			"streams/clicks keda idle 0/0",
			"streams/preview keda-http ready 1/1",
			"streams/transcode keda-job ready 1/1",
		},
		"spin.yaml": {"edge/geo spin ready 2/2", "sandbox/stuck spin no-workload –/1"},
		"openfunction.yaml": {
			"media/serving-gone1 openfunction orphaned 1/1",
			"media/subtitle openfunction idle 0/0",
			"media/watermark openfunction ready 1/1",
		},
		"dapr.yaml": {"default/cart dapr ready 1/1"},
	} {
		t.Run(file, func(t *testing.T) {
			entries := worked(t)
			c := frameworkstest.Load(t, generic.New(entries), "testdata/"+file)
			assert.Equal(t, want, settled(t, entries, c))
		})
	}
}

// TestOwnersAloneDoNotDecide: func's deployer makes a scaler that is owned by the Deployment that it scales.
func TestOwnersAloneDoNotDecide(t *testing.T) {
	entries := worked(t)
	c := frameworkstest.Load(t, append([]frameworks.Framework{knative.New()}, generic.New(entries)...), "testdata/greeter.yaml")
	assert.Equal(t, []string{"sandbox/greeter knative ready 1/1"}, settled(t, entries, c))
}

// TestTheOrderOfEntriesDoesNotMatterForOwners: with KEDA's entry first, an OpenFunction function must not be listed
// under the name of its scaler.
func TestTheOrderOfEntriesDoesNotMatterForOwners(t *testing.T) {
	entries := worked(t)
	slices.Reverse(entries)
	c := frameworkstest.Load(t, generic.New(entries), "testdata/openfunction.yaml")
	assert.Equal(t, []string{
		"media/serving-gone1 openfunction orphaned 1/1",
		"media/subtitle openfunction idle 0/0",
		"media/watermark openfunction ready 1/1",
	}, settled(t, entries, c))
}

func TestCellsOfTheExamples(t *testing.T) {
	c := frameworkstest.Load(t, generic.New(worked(t)), "testdata/keda.yaml", "testdata/spin.yaml", "testdata/openfunction.yaml")

	clicks := c.Function("streams", "clicks")
	require.NotNil(t, clicks)
	assert.Equal(t, []model.Trigger{{
		Type: model.Queue, Name: "kafka", Detail: "clicks", Auth: "clicks-kafka",
		Origin: model.Origin{Ref: clicks.Object, Path: "spec.triggers[0]"},
	}}, clicks.Triggers)
	assert.Equal(t, "clicks", clicks.ServiceAccount)
	assert.True(t, strings.HasPrefix(clicks.Image, "registry.example.com/streams/clicks@"))
	assert.Equal(t, int32(20), *clicks.Scaling.Max)
	var references []string
	for _, r := range clicks.References {
		references = append(references, r.Kind+" "+r.Name+" "+string(r.How))
	}
	assert.Equal(t, []string{"Secret clicks-kafka file", "TriggerAuthentication clicks-kafka trigger"}, references)

	geo := c.Function("edge", "geo")
	assert.Equal(t, "wasm/containerd-shim-spin", geo.Runtime)
	assert.Equal(t, "geo", geo.ServiceAccount)
	assert.Equal(t, "http://geo.edge.svc", geo.URLs[0].URL)
	assert.Equal(t, "geo", geo.Templates[0].Container)

	var preview *model.Function
	for _, f := range c.Functions() {
		if f.Key.Framework == "keda-http" && f.Key.Name == "preview" {
			preview = f
		}
	}
	require.NotNil(t, preview)
	assert.Equal(t, []string{"http://preview.streams.svc:8080/v1", "https://preview.fn.example.com/v1"}, urls(preview))
	assert.True(t, preview.URLs[1].External)

	subtitle := c.Function("media", "subtitle")
	assert.Equal(t, "openfunction/builder-go:latest", subtitle.Runtime)
	assert.Equal(t, model.Source{Kind: "git", Detail: "https://git.example.com/media/subtitle.git"}, subtitle.Source)
	assert.Equal(t, "v0.3.0", subtitle.Revision)

	nightly := c.Function("sandbox", "nightly")
	assert.Equal(t, "registry.example.com/sandbox/nightly:1.0", nightly.Image, "the pod spec inside the ScaledJob says it")
	assert.Equal(t, "spec.jobTargetRef.template.spec", nightly.Templates[0].Origin.Path)

	watermark := c.Function("media", "watermark")
	assert.Equal(t, []model.Ref{
		{Group: "core.openfunction.io", Kind: "Function", Namespace: "media", Name: "watermark"},
	}, c.Function("media", "serving-x7k2p-deployment-v120-8mztq").Owners[1:], "through the Serving")
	assert.Equal(t, model.Event, watermark.Triggers[0].Type)
}

func urls(f *model.Function) []string {
	var all []string
	for _, u := range f.URLs {
		all = append(all, u.URL)
	}
	return all
}

func TestCredentialsOfTriggersAreNotKept(t *testing.T) {
	c := frameworkstest.Load(t, generic.New(worked(t)), "testdata/keda.yaml")
	for _, f := range c.Functions() {
		for _, trigger := range f.Triggers {
			assert.NotContains(t, trigger.Detail, "dummy-")
		}
	}
}

// entriesOf parses entries that must be good.
func entriesOf(t testing.TB, text string) []generic.Entry {
	t.Helper()
	entries, problems := parseText(t, text)
	require.Empty(t, problems)
	return entries
}

const tasks = `
- name: task
  function: {group: example.com, kind: Task, versions: [v1]}
  image: .spec.image
  workloads: [{by: owner, group: apps, kind: Deployment}]
  state:
  - {state: building, when: [{path: .status.phase, equals: Building}], message: .status.message}
  - {state: ready, when: [{path: .status.phase, equals: Up}]}
`

func TestStates(t *testing.T) {
	deployment := frameworks.Deployment
	const task = "apiVersion: example.com/v1\nkind: Task\nmetadata: {name: a, namespace: ns%s}\nspec: {image: i}\nstatus: {phase: %s}\n"
	object := func(meta, phase string) string {
		return strings.Replace(strings.Replace(task, "%s", meta, 1), "%s", phase, 1)
	}
	const owned = `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: a-x, namespace: ns, ownerReferences: [{apiVersion: example.com/v1, kind: Task, name: a, controller: true}]}
spec: {replicas: %s, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: i}]}}}
status: {replicas: 1, readyReplicas: %s, updatedReplicas: 1}
`
	workload := func(replicas, ready string) string {
		return strings.Replace(strings.Replace(owned, "%s", replicas, 1), "%s", ready, 1)
	}
	for name, c := range map[string]struct {
		text   string
		denied bool
		want   string
		reason string
	}{
		"a rule decides":                {text: object("", "Building, message: step 2") + workload("1", "1"), want: "building 1/1", reason: "step 2"},
		"without a rule the workload":   {text: object("", "Other") + workload("1", "1"), want: "ready 1/1"},
		"nothing wanted is idle":        {text: object("", "Up") + workload("0", "0"), want: "idle 0/0"},
		"no workload":                   {text: object("", "Other"), want: "no-workload –/–", reason: "no Deployment.apps is owned by it"},
		"ready says more than it knows": {text: object("", "Up"), want: "no-workload –/–", reason: "no Deployment.apps is owned by it"},
		"a build has no workload yet":   {text: object("", "Building"), want: "building –/–"},
		"denied is not missing":         {text: object("", "Other"), denied: true, want: "unknown –/–", reason: "listing Deployments in ns is denied"},
		"denied, but a rule knows":      {text: object("", "Up"), denied: true, want: "ready –/–"},
		"deleted":                       {text: object(", deletionTimestamp: 2026-01-01T00:00:00Z, finalizers: [x/y]", "Up") + workload("1", "1"), want: "deleting 1/1"},
		"its object is gone":            {text: workload("1", "1"), want: "orphaned 1/1", reason: "its Task.example.com is gone"},
		"hostile":                       {text: "apiVersion: example.com/v1\nkind: Task\nmetadata: {name: a, namespace: ns}\nspec: [1]\nstatus: 7\n", want: "no-workload –/–"},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := frameworkstest.LoadText(t, generic.New(entriesOf(t, tasks)), c.text)
			if c.denied {
				cluster.Set(deployment, "", frameworks.Denied)
			}
			require.Len(t, cluster.Functions(), 1)
			assert.Equal(t, "ns/a task "+c.want, cluster.Rows()[0])
			if c.reason != "" {
				assert.Equal(t, c.reason, cluster.Functions()[0].Reason)
			}
		})
	}
}

func TestMalformedObjects(t *testing.T) {
	entries := entriesOf(t, `
name: task
function: {group: example.com, kind: Task, versions: [v1]}
podSpec: {path: .spec.pod}
replicas: {desired: .spec.replicas}
triggers: [{each: '.spec.triggers[*]', type: .type, map: {a: queue}}]
`)
	for name, c := range map[string]struct{ spec, state, note string }{
		"a pod spec that is none":   {"{pod: {containers: 5}}", "unknown", "is no pod spec"},
		"a number that is none":     {"{replicas: many, pod: {containers: [{name: c, image: i}]}}", "unknown", "replicas.desired is no number: many"},
		"a trigger that is unknown": {"{triggers: [{type: smoke}, 5, null, [a]]}", "unknown", `no map translates the trigger type "smoke"`},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := frameworkstest.LoadText(t, generic.New(entries),
				"apiVersion: example.com/v1\nkind: Task\nmetadata: {name: a, namespace: ns}\nspec: "+c.spec)
			require.Len(t, cluster.Functions(), 1)
			f := cluster.Functions()[0]
			assert.Equal(t, model.State(c.state), f.State)
			assert.Contains(t, strings.Join(append(f.Notes, f.Reason), "\n"), c.note)
		})
	}
}

func TestJoins(t *testing.T) {
	entries := entriesOf(t, `
name: task
function: {group: example.com, kind: Task, versions: [v1]}
joins:
- {name: owned, group: example.com, kind: Scaler, by: owner}
- {name: named, group: example.com, kind: Route, by: name, ref: .spec.route}
- {name: labelled, group: example.com, kind: Rule, by: labels, labels: {task: .metadata.name, tier: {value: gold}}}
- {name: back, group: example.com, kind: Hook, by: backref, path: .spec.task.name}
workloads: [{by: owner, group: apps, kind: Deployment}]
runtime: {path: .spec.runtime, at: owned}
handler: {path: .spec.host, at: named}
revision: {path: .spec.rule, at: labelled}
triggers: [{at: back, each: '.spec.events[*]', type: {value: event}, detail: .}]
`)
	c := frameworkstest.LoadText(t, generic.New(entries), `
apiVersion: example.com/v1
kind: Task
metadata: {name: a, namespace: ns}
spec: {route: r}
---
apiVersion: example.com/v1
kind: Scaler
metadata: {name: s, namespace: ns, ownerReferences: [{apiVersion: example.com/v1, kind: Task, name: a}]}
spec: {runtime: go}
---
apiVersion: example.com/v1
kind: Route
metadata: {name: r, namespace: ns}
spec: {host: h.example.com}
---
apiVersion: example.com/v1
kind: Rule
metadata: {name: x, namespace: ns, labels: {task: a, tier: tin}}
spec: {rule: wrong}
---
apiVersion: example.com/v1
kind: Rule
metadata: {name: z, namespace: ns, labels: {task: a, tier: gold}}
spec: {rule: right}
---
apiVersion: example.com/v1
kind: Hook
metadata: {name: k, namespace: ns}
spec: {task: {name: a}, events: [one, two]}
`)
	f := c.Function("ns", "a")
	require.NotNil(t, f)
	assert.Equal(t, []string{"go", "h.example.com", "right"}, []string{f.Runtime, f.Handler, f.Revision})
	require.Len(t, f.Triggers, 2)
	assert.Equal(t, "two", f.Triggers[1].Detail)
	assert.Equal(t, "spec.events[1]", f.Triggers[1].Origin.Path)
}

func TestSelection(t *testing.T) {
	const text = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME, namespace: SPACE, labels: {LABELS}, annotations: {deployer: x}}
spec: {replicas: 1, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {nodeName: SPACE, containers: [{name: a, image: i}]}}}
`
	for name, c := range map[string]struct {
		function         string
		ns, name, labels string
		want             bool
	}{
		"labels":          {"labels: 'managed=true'", "shop", "a", "managed: 'true'", true},
		"other labels":    {"labels: 'managed=true'", "shop", "a", "managed: 'false'", false},
		"namespace":       {"namespaces: [shop, 'team-*']", "team-1", "a", "", true},
		"no namespace":    {"namespaces: ['*', '!team-*']", "team-1", "a", "", false},
		"name":            {"names: ['fn-*']", "shop", "fn-a", "", true},
		"annotation":      {"annotations: {deployer: '*'}", "shop", "a", "", true},
		"no annotation":   {"annotations: {deployer: y}", "shop", "a", "", false},
		"fields":          {"fields: 'metadata.name=a,spec.template.spec.nodeName!=q'", "shop", "a", "", true},
		"other fields":    {"fields: 'metadata.name=b'", "shop", "a", "", false},
		"where":           {"where: [{path: .spec.replicas, above: 0}, {path: .spec.paused, exists: false}]", "shop", "a", "", true},
		"not where":       {"where: [{path: .spec.replicas, below: 1}]", "shop", "a", "", false},
		"opted out":       {"names: ['*']", "shop", "a", "fn9s.io/function: 'false'", false},
		"a control plane": {"names: ['*']", "keda", "a", "", false},
		"part of one":     {"names: ['*']", "shop", "a", "app.kubernetes.io/name: dapr", false},
	} {
		t.Run(name, func(t *testing.T) {
			entries := entriesOf(t, "name: own\nfunction: {group: apps, kind: Deployment, versions: [v1], "+c.function+"}\nworkloads: [{by: self}]")
			cluster := frameworkstest.LoadText(t, generic.New(entries),
				strings.NewReplacer("NAME", c.name, "SPACE", c.ns, "LABELS", c.labels).Replace(text))
			assert.Equal(t, c.want, len(cluster.Functions()) == 1)
		})
	}
}

func TestTheFirstOfTwoEntriesForAKindWins(t *testing.T) {
	entries := entriesOf(t, `
- name: gold
  function: {group: example.com, kind: Task, versions: [v1], where: [{path: .spec.tier, equals: gold}]}
  workloads: [{by: owner, group: apps, kind: Deployment}]
- name: rest
  function: {group: example.com, kind: Task, versions: [v1]}
  workloads: [{by: owner, group: apps, kind: Deployment}]
`)
	c := frameworkstest.LoadText(t, generic.New(entries), `
apiVersion: example.com/v1
kind: Task
metadata: {name: a, namespace: ns}
spec: {tier: gold}
---
apiVersion: example.com/v1
kind: Task
metadata: {name: b, namespace: ns}
spec: {tier: tin}
`)
	assert.Equal(t, []string{"ns/a gold no-workload –/–", "ns/b rest no-workload –/–"}, c.Rows())
}

func TestAnOrphanComesAndGoesWithItsFunction(t *testing.T) {
	c := frameworkstest.Load(t, generic.New(worked(t)), "testdata/openfunction.yaml")
	gone := model.Ref{Group: "core.openfunction.io", Kind: "Function", Namespace: "media", Name: "subtitle"}
	serving := model.Ref{Group: "core.openfunction.io", Kind: "Serving", Namespace: "media", Name: "serving-2hq8v"}
	f := c.Store.Object(gone)
	c.Store.Delete(gone)
	c.Settle()
	assert.NotContains(t, c.Rows(), "media/serving-2hq8v openfunction orphaned 0/0", "its Serving is there still")
	c.Store.Delete(serving)
	c.Store.Upsert(f) // the function is back, without the Serving
	c.Settle()
	assert.Contains(t, c.Rows(), "media/subtitle openfunction idle 0/0")
	c.Store.Delete(gone)
	c.Settle()
	assert.Contains(t, c.Rows(), "media/serving-2hq8v openfunction orphaned 0/0")
	c.Store.Upsert(f)
	c.Settle()
	assert.NotContains(t, c.Rows(), "media/serving-2hq8v openfunction orphaned 0/0")
}

package openwhisk_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/frameworkstest"
	"github.com/fn9s/fn9s/kube/frameworks/openwhisk"
	"github.com/fn9s/fn9s/security/model"
)

var adapters = []frameworks.Framework{openwhisk.New()}

var since = time.Date(2026, 8, 1, 10, 0, 0, 0, time.UTC)

var live = frameworks.Connector{
	Name: "c", Endpoint: "https://whisk.example.com", Tenant: "guest", Phase: "live", Reached: true, Since: since,
}

func ref(kind, namespace, name string) model.Ref {
	return model.Ref{Group: frameworks.WhiskGroup, Kind: kind, Namespace: namespace, Name: "c/" + name}
}

func action(t *testing.T, namespace, name, body string) *frameworks.Raw {
	return frameworkstest.Record(t, ref("Action", namespace, name), body)
}

// tenant is what connector c reads of the tenant guest.
func tenant(t *testing.T, namespace string) []*frameworks.Raw {
	return []*frameworks.Raw{
		action(t, namespace, "guest/hello", `{"version":"0.0.3","exec":{"kind":"nodejs:14","main":"main"},"limits":{"memory":256,"timeout":60000,"concurrency":5,"instances":20},
			"annotations":[{"key":"web-export","value":true},{"key":"require-whisk-auth","value":"(a secret)"}],"parameters":[{"key":"db_password"}]}`),
		action(t, namespace, "guest/scraper", `{"exec":{"kind":"blackbox","image":"somebody/scraper"},"limits":{"memory":512}}`),
		action(t, namespace, "guest/shop/checkout", `{"exec":{"binary":true},"annotations":[{"key":"exec","value":"python:3"}]}`),
		action(t, namespace, "guest/report", `{"exec":{"kind":"python:3"},"annotations":[{"key":"web-export","value":true}]}`),
		action(t, namespace, "guest/order flow", `{"exec":{"kind":"sequence","components":["/guest/shop/checkout","/guest/report"]},"limits":{"concurrency":1}}`),
		frameworkstest.Record(t, ref("Package", namespace, "guest/shop"), `{"publish":true,"binding":{}}`),
		frameworkstest.Record(t, ref("Trigger", namespace, "guest/nightly"), `{"annotations":[{"key":"feed","value":"/whisk.system/alarms/alarm"}],"parameters":[{"key":"cron","value":"0 2 * * *"}]}`),
		frameworkstest.Record(t, ref("Trigger", namespace, "guest/orders"), `{"annotations":[{"key":"feed","value":"/whisk.system/messaging/kafkaFeed"}]}`),
		frameworkstest.Record(t, ref("Rule", namespace, "guest/r1"), `{"status":"active","trigger":{"path":"guest","name":"nightly"},"action":{"path":"guest","name":"report"}}`),
		frameworkstest.Record(t, ref("Rule", namespace, "guest/r2"), `{"status":"inactive","trigger":{"path":"guest","name":"orders"},"action":{"path":"guest","name":"report"}}`),
		frameworkstest.Record(t, ref("Rule", namespace, "guest/r3"), `{"trigger":{"path":"guest","name":"gone"},"action":{"path":"guest/shop","name":"checkout"}}`),
		frameworkstest.Record(t, ref("Rule", namespace, "guest/r4"), `{"trigger":{"path":"guest","name":"orders"},"action":{"path":"guest","name":"no-such-action"}}`),
	}
}

func urls(f *model.Function) []string {
	var all []string
	for _, u := range f.URLs {
		all = append(all, u.URL)
	}
	return all
}

func TestWithoutConnectorPodsAreShownAndTheRestIsOpaque(t *testing.T) {
	t.Parallel()
	c := frameworkstest.Load(t, adapters, "testdata/platform.yaml")
	assert.Equal(t, []string{
		"ow/guest/checkout? openwhisk ready 1/1",
		"ow/guest/hello openwhisk ready 2/2",
		"ow/guest/scraper openwhisk failed 0/1",
		"ow/owdev openwhisk opaque –/–",
	}, c.Rows())

	f := c.Function("ow", "owdev")
	assert.True(t, f.Opaque)
	assert.Equal(t, "idle actions unknown: no connector is configured for this platform's API", f.Reason)
	assert.Equal(t, []string{"prewarmed (nodejs14) ×1"}, f.Notes)
	assert.Equal(t, model.Platform{Namespace: "ow", Release: "owdev", Version: "ef725a6", Shape: "kubernetes"}, f.Platform)

	f = c.Function("ow", "guest/hello")
	assert.Equal(t, "nodejs:14", f.Runtime)
	assert.Equal(t, "openwhisk/action-nodejs-v14:1.20.0", f.Image)
	assert.Equal(t, "openwhisk-actions", f.ServiceAccount)
	assert.Len(t, f.Pods, 2)
	assert.Equal(t, f.Pods, f.Claims)
	require.Len(t, f.Templates, 2)
	assert.Equal(t, "user-action", f.Templates[0].Container)
	assert.Equal(t, model.Run, f.Workloads[0].Role)
	require.Len(t, f.References, 1)
	assert.True(t, f.References[0].Missing)
	assert.Equal(t, "owdev", f.Platform.Release)

	assert.Equal(t, "ErrImagePull: no such image", c.Function("ow", "guest/scraper").Reason)
	assert.Contains(t, strings.Join(c.Function("ow", "guest/checkout?").Notes, "\n"), "the name is a guess")
}

func TestWithAConnectorTheListOfActionsIsTheTruth(t *testing.T) {
	t.Parallel()
	c := frameworkstest.Load(t, adapters, "testdata/platform.yaml")
	c.Connect(t, frameworks.WhiskGroup, "ow", live, tenant(t, "ow")...)
	assert.Equal(t, []string{
		"ow/guest/hello openwhisk ready 2/2",
		"ow/guest/order flow openwhisk ready –/–",
		"ow/guest/report openwhisk idle 0/0",
		"ow/guest/scraper openwhisk failed 0/1",
		"ow/guest/shop/checkout openwhisk ready 1/1",
	}, c.Rows())

	f := c.Function("ow", "guest/hello")
	assert.Equal(t, "main", f.Handler)
	assert.Equal(t, "0.0.3", f.Revision)
	assert.Equal(t, model.Source{Kind: "inline"}, f.Source)
	assert.Equal(t, model.Scaling{Min: model.Count(0), Max: model.Count(20), Note: "concurrency 5"}, f.Scaling)
	assert.Equal(t, []string{
		"https://whisk.example.com/api/v1/web/guest/default/hello",
		"https://owdev-nginx.ow.svc/api/v1/web/guest/default/hello",
		"https://NODE:31001/api/v1/web/guest/default/hello",
	}, urls(f))
	require.Len(t, f.Triggers, 1)
	assert.Equal(t, "require-whisk-auth", f.Triggers[0].Auth)
	assert.Equal(t, []string{"memory 256 MB, timeout 60000 ms", "parameters: db_password"}, f.Notes)

	f = c.Function("ow", "guest/report")
	require.Len(t, f.Triggers, 3)
	assert.Equal(t, model.Trigger{Type: model.HTTP, Name: "web", Detail: "/api/v1/web/guest/default/report", Origin: f.Triggers[0].Origin}, f.Triggers[0])
	assert.Equal(t, model.Trigger{Type: model.Cron, Name: "guest/nightly", Detail: "0 2 * * *", Origin: f.Triggers[1].Origin}, f.Triggers[1])
	assert.Equal(t, model.Trigger{Type: model.Queue, Name: "guest/orders", Detail: "/whisk.system/messaging/kafkaFeed", Disabled: true, Origin: f.Triggers[2].Origin}, f.Triggers[2])

	f = c.Function("ow", "guest/shop/checkout")
	assert.Equal(t, "python:3", f.Runtime)
	assert.Equal(t, "archive", f.Source.Kind)
	assert.Contains(t, f.Notes, "package shop is shared: every tenant may bind and call it")
	assert.Contains(t, f.Notes, "trigger guest/gone does not exist")

	f = c.Function("ow", "guest/order flow")
	assert.Equal(t, model.Source{Kind: "sequence", Detail: "/guest/shop/checkout, /guest/report"}, f.Source)
	assert.Equal(t, "a sequence has no container of its own", f.Reason)
	assert.Equal(t, model.Source{Kind: "image", Detail: "somebody/scraper"}, c.Function("ow", "guest/scraper").Source)
}

func TestAConnectorIsToldFromItsFailure(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		connector frameworks.Connector
		row       string
		reason    string
	}{
		"connecting": {frameworks.Connector{Name: "c", Phase: "connecting"}, "connector c", "connector c is connecting"},
		"refused":    {frameworks.Connector{Name: "c", Phase: "auth-needed", Reason: "401"}, "connector c", "connector c: 401"},
		"stale":      {frameworks.Connector{Name: "c", Phase: "stale", Reason: "cut", Reached: true, Since: since}, "guest/report", "as of 2026-08-01T10:00:00Z: connector c: cut"},
		"cut": {frameworks.Connector{Name: "c", Phase: "live", Reached: true, Incomplete: "a page repeats"}, "connector c",
			"connector c: there are more actions: a page repeats"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cluster := frameworkstest.Load(t, adapters, "testdata/platform.yaml")
			var raws []*frameworks.Raw
			if c.connector.Reached {
				raws = tenant(t, "ow")
			}
			cluster.Connect(t, frameworks.WhiskGroup, "ow", c.connector, raws...)
			f := cluster.Function("ow", c.row)
			require.NotNil(t, f, "%v", cluster.Rows())
			assert.Equal(t, c.reason, f.Reason)
			assert.Equal(t, strings.HasPrefix(c.row, "connector"), f.Opaque)
			assert.Nil(t, cluster.Function("ow", "owdev"), "the connector's row stands for the platform's")
			assert.NotNil(t, cluster.Function("ow", "guest/hello"), "pods are shown all the same")
		})
	}
}

func TestOtherShapesOfThePlatform(t *testing.T) {
	t.Parallel()
	c := frameworkstest.Load(t, adapters, "testdata/shapes.yaml")
	assert.Equal(t, []string{
		"nuvolaris/nuvolaris openwhisk opaque –/–",
		"ow-docker/dck openwhisk opaque –/–",
		"ow-lean/guest/greeting? openwhisk ready 1/1",
		"ow-lean/lean openwhisk opaque –/–",
	}, c.Rows())
	for name, want := range map[string]string{"nuvolaris/nuvolaris": "openserverless", "ow-docker/dck": "docker", "ow-lean/lean": "lean"} {
		namespace, release, _ := strings.Cut(name, "/")
		assert.Equal(t, want, c.Function(namespace, release).Platform.Shape)
	}
	assert.Contains(t, c.Function("ow-docker", "dck").Reason, "in Docker outside Kubernetes")

	c.Connect(t, frameworks.WhiskGroup, "ow-docker", live, tenant(t, "ow-docker")[:1]...)
	f := c.Function("ow-docker", "guest/hello")
	assert.Equal(t, model.Ready, f.State, "as the invoker is")
	assert.Nil(t, f.Ready)
	require.Len(t, f.Workloads, 1)
	assert.True(t, f.Workloads[0].Shared)
	assert.Equal(t, []string{"https://whisk.example.com/api/v1/web/guest/default/hello"}, urls(f), "no Service: the connector's address")
}

func TestActionsInANamespaceOfTheirOwnAreTheSameFunctions(t *testing.T) {
	t.Parallel()
	c := frameworkstest.LoadText(t, adapters, `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: ow-invoker, namespace: ow}
spec:
  selector: {matchLabels: {name: ow-invoker}}
  serviceName: s
  template:
    metadata: {labels: {name: ow-invoker, chart: openwhisk-1.0.1, release: owdev}}
    spec: {containers: [{name: invoker, image: i, env: [{name: CONFIG_whisk_kubernetes_actionNamespace, value: actions}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: wskow-invoker-00-5-guest-hello, namespace: actions, labels: {user-action-pod: "true", invoker: invoker0, release: owdev, openwhisk/action: hello, openwhisk/namespace: guest}}
spec: {containers: [{name: user-action, image: i}]}
status: {phase: Running, conditions: [{type: Ready, status: "True"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: wskow-invoker-00-6-guest-checkout, namespace: actions, labels: {user-action-pod: "true", invoker: invoker0, release: owdev}}
spec: {containers: [{name: user-action, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: wskow-invoker-00-7-prewarm-nodejs14, namespace: actions, labels: {user-action-pod: "true", invoker: invoker0, release: owdev}}
spec: {containers: [{name: user-action, image: i}]}
`)
	assert.Equal(t, []string{
		"actions/guest/checkout? openwhisk deploying 0/1", "actions/guest/hello openwhisk ready 1/1", "ow/owdev openwhisk opaque –/–",
	}, c.Rows())
	c.Connect(t, frameworks.WhiskGroup, "ow", live, tenant(t, "ow")[:3]...)
	assert.Equal(t, []string{
		"ow/guest/hello openwhisk ready 1/1", "ow/guest/scraper openwhisk idle 0/0", "ow/guest/shop/checkout openwhisk deploying 0/1",
	}, c.Rows())
}

func TestWherePodsAreDeniedNothingIsCalledIdle(t *testing.T) {
	t.Parallel()
	c := frameworkstest.LoadText(t, adapters, "")
	c.Connect(t, frameworks.WhiskGroup, "ow", live, tenant(t, "ow")[3:4]...)
	assert.Equal(t, model.Idle, c.Function("ow", "guest/report").State)
	c.Set(frameworks.Pod, "", frameworks.Denied)
	f := c.Function("ow", "guest/report")
	assert.Equal(t, model.Unknown, f.State)
	assert.Equal(t, "listing Pods in ow is denied", f.Reason)
	c.Set(frameworks.Pod, "", frameworks.Loading)
	assert.Equal(t, "Pods are still being listed", c.Function("ow", "guest/report").Reason)
}

func TestWhoMayCallAWebAction(t *testing.T) {
	t.Parallel()
	for annotation, want := range map[string]string{
		`true`: "any tenant's key", `false`: "", `"(a secret)"`: "require-whisk-auth", `7`: "require-whisk-auth",
		`{}`: "nobody", `[]`: "nobody", `null`: "nobody",
	} {
		c := frameworkstest.LoadText(t, adapters, "")
		c.Connect(t, frameworks.WhiskGroup, "ow", live, action(t, "ow", "guest/p/a",
			`{"annotations":[{"key":"web-export","value":true},{"key":"require-whisk-auth","value":`+annotation+`}]}`))
		f := c.Function("ow", "guest/p/a")
		require.Len(t, f.Triggers, 1)
		assert.Equal(t, want, f.Triggers[0].Auth, annotation)
		assert.Equal(t, "/api/v1/web/guest/p/a", f.Triggers[0].Detail)
	}
}

func TestMalformedAndHostileRecordsAreRows(t *testing.T) {
	t.Parallel()
	c := frameworkstest.LoadText(t, adapters, "")
	huge := strings.Repeat("x", 100_000)
	many := `[{"key":"a"}` + strings.Repeat(`,{"key":"b"}`, 5000) + `]`
	c.Connect(t, frameworks.WhiskGroup, "ow", live,
		action(t, "ow", "guest/wrong", `{"limits":"none"}`),
		action(t, "ow", "guest/list", `[]`),
		action(t, "ow", "guest/huge", `{"exec":{"kind":"`+huge+`","main":"`+huge+`"},"limits":{"memory":-9223372036854775808,"instances":99999999999},"parameters":`+many+`}`),
		action(t, "ow", "noslash", `{}`),
		action(t, "ow", "guest/\x1b[2J", `{"annotations":[{"key":"web-export","value":true}]}`),
		frameworkstest.Record(t, ref("Rule", "ow", "guest/r"), `{"action":7}`),
		frameworkstest.Record(t, ref("Package", "ow", "guest/p"), `{"binding":""}`),
		frameworkstest.Record(t, ref("Trigger", "ow", "guest/t"), `{"annotations":{}}`),
	)
	f := c.Function("ow", "guest/wrong")
	require.NotNil(t, f)
	assert.Equal(t, model.Unknown, f.State)
	assert.Contains(t, f.Reason, "read action")
	f = c.Function("ow", "guest/huge")
	require.NotNil(t, f)
	assert.LessOrEqual(t, len(f.Handler), frameworks.MaxText+len("…"))
	assert.LessOrEqual(t, len(strings.Join(f.Notes, "")), 2*frameworks.MaxText)
	assert.Equal(t, int32(1<<31-1), *f.Scaling.Max)
	assert.NotNil(t, c.Function("ow", "noslash"))
	assert.NotNil(t, c.Function("ow", "guest/\x1b[2J"))
}

func FuzzNamesAndRecords(f *testing.F) {
	f.Add("Action", "guest/hello", `{"exec":{"kind":"nodejs:14"}}`, "wskowdev-invoker-00-9-guest-hello", "owdev")
	f.Add("Rule", "guest/r", `{"action":{"path":"guest","name":"hello"}}`, "wsk0-2-guest-greeting", "")
	f.Add("Connector", "c", `{}`, "wsk--1-", "x")
	f.Fuzz(func(t *testing.T, kind, name, body, pod, release string) {
		c := frameworkstest.LoadText(t, adapters, "")
		c.Store.Upsert(&model.Pod{Header: model.Header{
			Ref:    model.Ref{Kind: "Pod", Namespace: "ow", Name: pod},
			Labels: model.NewLabels(map[string]string{"user-action-pod": "true", "release": release}, nil),
		}})
		c.Connect(t, frameworks.WhiskGroup, "ow", live, frameworkstest.Record(t, ref(kind, "ow", name), body))
		for _, row := range c.Functions() {
			assert.NotEmpty(t, row.State)
		}
	})
}

package fn_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/fn"
	"github.com/fn9s/fn9s/kube/frameworks/frameworkstest"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

var adapters = []frameworks.Framework{fn.New()}

var live = frameworks.Connector{
	Name: "prod", Endpoint: "http://127.0.0.1:8080", Phase: "live", Reached: true,
	Since: time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC),
}

func ref(kind, namespace, name string) model.Ref {
	return model.Ref{Group: frameworks.FnGroup, Kind: kind, Namespace: namespace, Name: name}
}

// shop is an app with two functions, as connector prod reads it.
func shop(t *testing.T, namespace string) []*frameworks.Raw {
	app := ref("App", namespace, "prod/shop")
	checkout, refund := ref("Fn", namespace, "prod/shop/checkout"), ref("Fn", namespace, "prod/shop/refund")
	return []*frameworks.Raw{
		frameworkstest.Record(t, app, `{"id":"a1","name":"shop","config":{"CURRENCY":"EUR"},"syslog_url":"tcp://user:hidden@logs.example.net:514"}`),
		frameworkstest.Record(t, checkout, `{"id":"f1","name":"checkout","image":"registry.example.com/checkout:1","memory":128,"timeout":30,
			"idle_timeout":20,"config":{"DB_PASSWORD":"hidden","A":"b"},"annotations":{"fnproject.io/fn/invokeEndpoint":"http://api.wrong/invoke/f1"}}`, app),
		frameworkstest.Record(t, refund, `{"id":"f2","name":"refund","image":"registry.example.com/refund:1","annotations":{"fnproject.io/fn/invokeEndpoint":"https://announced.example.com/invoke/f2"}}`, app),
		frameworkstest.Record(t, ref("Trigger", namespace, "prod/shop/pay"), `{"id":"t1","name":"pay","type":"http","source":"/pay"}`, app, checkout),
	}
}

func urls(f *model.Function) []string {
	var all []string
	for _, u := range f.URLs {
		all = append(all, u.URL)
	}
	return all
}

func TestAServerWithoutConnectorIsOneOpaqueRow(t *testing.T) {
	t.Parallel()
	c := frameworkstest.Load(t, adapters, "testdata/split.yaml", "testdata/single.yaml")
	assert.Equal(t, []string{
		"fn/fn-fn fn opaque –/–", "fn-bare/bare fn opaque –/–", "fn-single/functions fn opaque –/–",
	}, c.Rows())
	f := c.Function("fn", "fn-fn")
	assert.True(t, f.Opaque)
	assert.Equal(t, "functions unknown: no connector is configured for this server's API", f.Reason)
	assert.Equal(t, []model.WorkloadRef{
		{Ref: model.Ref{Group: "apps", Kind: "Deployment", Namespace: "fn", Name: "front"}, Role: model.Proxy},
		{Ref: model.Ref{Group: "apps", Kind: "Deployment", Namespace: "fn", Name: "runners"}, Role: model.Run},
	}, f.Workloads)
	assert.Equal(t, "fn-runner", f.ServiceAccount)
	assert.Equal(t, model.Platform{Namespace: "fn", Release: "fn", Version: "0.3.753", Shape: "split"}, f.Platform)
	assert.Equal(t, "full", c.Function("fn-single", "functions").Platform.Shape)
	require.Len(t, f.References, 1)
	assert.Equal(t, "runner-settings", f.References[0].Name)
	assert.True(t, f.References[0].Missing)
}

func TestWithAConnectorEveryFunctionIsARow(t *testing.T) {
	t.Parallel()
	c := frameworkstest.Load(t, adapters, "testdata/split.yaml")
	c.Connect(t, frameworks.FnGroup, "fn", live, shop(t, "fn")...)
	assert.Equal(t, []string{"fn/shop/checkout fn ready –/–", "fn/shop/refund fn ready –/–"}, c.Rows())

	f := c.Function("fn", "shop/checkout")
	assert.Equal(t, "registry.example.com/checkout:1", f.Image)
	assert.Equal(t, model.Source{Kind: "image", Detail: "registry.example.com/checkout:1"}, f.Source)
	assert.Equal(t, []string{
		"https://fn.example.com/invoke/f1", "http://fn-fn-lb.fn.svc:90/invoke/f1",
		"https://fn.example.com/t/shop/pay", "http://fn-fn-lb.fn.svc:90/t/shop/pay",
	}, urls(f), "the API's own port and the address that the API computed are left out")
	assert.True(t, f.URLs[0].External)
	assert.False(t, f.URLs[1].External)
	require.Len(t, f.Triggers, 2)
	assert.Equal(t, "pay", f.Triggers[1].Name)
	assert.Equal(t, "/t/shop/pay", f.Triggers[1].Detail)
	require.Len(t, f.Workloads, 1)
	assert.Equal(t, "runners", f.Workloads[0].Name)
	assert.True(t, f.Workloads[0].Shared)
	assert.Empty(t, f.ServiceAccount, "the runner's account is not the function's")
	assert.Equal(t, []string{
		"memory 128 MB, timeout 30 s, idle timeout 20 s",
		"runs as a container inside the runner's pods: no ServiceAccount and no network identity of its own",
		"configuration: A, DB_PASSWORD", "configuration of the app: CURRENCY",
		"output of the app goes to tcp://logs.example.net:514",
	}, f.Notes)
	for _, f := range c.Functions() {
		assert.NotContains(t, strings.Join(f.Notes, " ")+f.Reason, "hidden", "no value of the configuration is kept")
	}
}

func TestAConnectorIsToldFromItsFailure(t *testing.T) {
	t.Parallel()
	since := time.Date(2026, 8, 1, 10, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		connector frameworks.Connector
		want      []string
		reason    string // of the first row
	}{
		"connecting": {frameworks.Connector{Name: "prod", Phase: "connecting", Since: since},
			[]string{"fn/connector prod fn opaque –/–"}, "connector prod is connecting"},
		"refused": {frameworks.Connector{Name: "prod", Phase: "auth-needed", Reason: "401 Unauthorized", Since: since},
			[]string{"fn/connector prod fn opaque –/–"}, "connector prod: 401 Unauthorized"},
		"stale": {frameworks.Connector{Name: "prod", Phase: "stale", Reason: "503", Reached: true, Since: since},
			[]string{"fn/shop/checkout fn ready –/–", "fn/shop/refund fn ready –/–"}, "as of 2026-08-01T10:00:00Z: connector prod: 503"},
		"cut": {frameworks.Connector{Name: "prod", Phase: "live", Reached: true, Incomplete: "the API repeats a page", Since: since},
			[]string{"fn/connector prod fn opaque –/–", "fn/shop/checkout fn ready –/–", "fn/shop/refund fn ready –/–"},
			"connector prod: there are more functions: the API repeats a page"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cluster := frameworkstest.Load(t, adapters, "testdata/split.yaml")
			var raws []*frameworks.Raw
			if c.connector.Reached {
				raws = shop(t, "fn")
			}
			cluster.Connect(t, frameworks.FnGroup, "fn", c.connector, raws...)
			assert.Equal(t, c.want, cluster.Rows())
			assert.Equal(t, c.reason, cluster.Functions()[0].Reason)
		})
	}
}

func TestRowsFollowTheConnector(t *testing.T) {
	t.Parallel()
	c := frameworkstest.Load(t, adapters, "testdata/split.yaml")
	connecting := frameworks.Connector{Name: "prod", Phase: "connecting"}
	c.Connect(t, frameworks.FnGroup, "fn", connecting)
	require.Equal(t, []string{"fn/connector prod fn opaque –/–"}, c.Rows())
	c.Connect(t, frameworks.FnGroup, "fn", live, shop(t, "fn")...)
	require.Len(t, c.Rows(), 2)
	c.Connect(t, frameworks.FnGroup, "fn", live, shop(t, "fn")[:2]...)
	require.Equal(t, []string{"fn/shop/checkout fn ready –/–"}, c.Rows())
	assert.Len(t, c.Function("fn", "shop/checkout").Triggers, 1, "its trigger is gone as well")
}

func TestFunctionsAreAsHealthyAsTheirRunner(t *testing.T) {
	t.Parallel()
	const runner = `apiVersion: apps/v1
kind: Deployment
metadata: {name: runner, namespace: fn}
spec:
  replicas: REPLICAS
  selector: {matchLabels: {app: s}}
  template:
    metadata: {labels: {app: s}}
    spec: {containers: [{name: r, image: "fnproject/fnserver:1", env: [{name: FN_NODE_TYPE, value: "@NODE"}]}]}
status: STATUS
`
	for name, c := range map[string]struct {
		replicas, node, status string
		state                  model.State
		reason                 string
	}{
		"ready":   {"1", "pure-runner", "{updatedReplicas: 1, readyReplicas: 1}", model.Ready, ""},
		"starts":  {"1", "full", "{updatedReplicas: 1}", model.Deploying, "runner runner: 0 of 1 replicas are ready"},
		"stopped": {"0", "pure-runner", "{}", model.NoWorkload, "runner runner is scaled to zero"},
		"failed": {"1", "pure-runner", "{conditions: [{type: ReplicaFailure, status: 'True', reason: FailedCreate, message: exceeded quota}]}",
			model.Failed, "runner runner: FailedCreate: exceeded quota"},
		"none": {"1", "api", "{updatedReplicas: 1, readyReplicas: 1}", model.NoWorkload, "server s has no runner"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := strings.NewReplacer("REPLICAS", c.replicas, "@NODE", c.node, "STATUS", c.status).Replace(runner)
			cluster := frameworkstest.LoadText(t, adapters, text)
			cluster.Connect(t, frameworks.FnGroup, "fn", live, shop(t, "fn")...)
			f := cluster.Function("fn", "shop/checkout")
			require.NotNil(t, f)
			assert.Equal(t, c.state, f.State)
			assert.Equal(t, c.reason, f.Reason)
			assert.Nil(t, f.Ready)
		})
	}
}

func TestAFunctionWhoseServerCannotBeSeenIsUnknown(t *testing.T) {
	t.Parallel()
	c := frameworkstest.LoadText(t, adapters, "")
	c.Connect(t, frameworks.FnGroup, "fn", live, shop(t, "fn")...)
	f := c.Function("fn", "shop/refund")
	assert.Equal(t, model.NoWorkload, f.State)
	assert.Equal(t, "known from the API only: no runner was found in namespace fn", f.Reason)
	assert.Equal(t, []string{"https://announced.example.com/invoke/f2"}, urls(f), "better than none")

	c.Set(frameworks.Deployment, "", frameworks.Denied)
	f = c.Function("fn", "shop/refund")
	assert.Equal(t, model.Unknown, f.State)
	assert.Equal(t, "listing Deployments in fn is denied", f.Reason)
}

func TestPodsTellOfAServerWhereDeploymentsAreDenied(t *testing.T) {
	t.Parallel()
	c := frameworkstest.LoadText(t, adapters, `apiVersion: v1
kind: Pod
metadata:
  name: fn-fn-runner-7f5b9c6d84-qv6zt
  namespace: fn
  labels: {app: fn-fn, chart: fn-0.1.0, role: runner, pod-template-hash: 7f5b9c6d84}
  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: fn-fn-runner-7f5b9c6d84, controller: true, uid: u}]
spec: {containers: [{name: runner, image: "fnproject/fnserver:latest"}]}
status: {phase: Running, conditions: [{type: Ready, status: "True"}]}
`)
	c.Set(frameworks.Deployment, "", frameworks.Denied)
	assert.Equal(t, []string{"fn/fn-fn fn opaque –/–"}, c.Rows())
	assert.Len(t, c.Function("fn", "fn-fn").Pods, 1)
	c.Connect(t, frameworks.FnGroup, "fn", live, shop(t, "fn")...)
	assert.Equal(t, model.Ready, c.Function("fn", "shop/checkout").State)
}

func TestTwoServersInOneNamespaceAreToldApart(t *testing.T) {
	t.Parallel()
	text := ""
	for _, name := range []string{"east", "west"} {
		text += strings.ReplaceAll(`---
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME, namespace: fn}
spec:
  selector: {matchLabels: {app: NAME}}
  template:
    metadata: {labels: {app: NAME}}
    spec: {containers: [{name: r, image: "fnproject/fnserver:1"}]}
status: {updatedReplicas: 1, readyReplicas: 1}
---
apiVersion: v1
kind: Service
metadata: {name: NAME-api, namespace: fn, labels: {chart: fn-0.1.0}}
spec: {selector: {app: NAME}, ports: [{port: 80}]}
`, "NAME", name)
	}
	c := frameworkstest.LoadText(t, adapters, text)
	connector := live
	connector.Service = "west-api"
	c.Connect(t, frameworks.FnGroup, "fn", connector, shop(t, "fn")...)
	assert.Equal(t, []string{
		"fn/east fn opaque –/–", "fn/shop/checkout fn ready –/–", "fn/shop/refund fn ready –/–",
	}, c.Rows())
	assert.Equal(t, "west", c.Function("fn", "shop/checkout").Workloads[0].Name)
}

func TestMalformedAndHostileRecordsAreRows(t *testing.T) {
	t.Parallel()
	c := frameworkstest.Load(t, adapters, "testdata/split.yaml")
	huge := strings.Repeat("x", 100_000)
	app := ref("App", "fn", "prod/a")
	c.Connect(t, frameworks.FnGroup, "fn", live,
		frameworkstest.Record(t, app, `{"config": 3}`),
		frameworkstest.Record(t, ref("Fn", "fn", "prod/a/wrong"), `{"id":"1","memory":"much"}`, app),
		frameworkstest.Record(t, ref("Fn", "fn", "prod/a/huge"), map[string]any{"id": huge, "image": huge, "memory": -5, "config": map[string]any{huge: nil}}, app),
		frameworkstest.Record(t, ref("Fn", "fn", "prod/a/\x1b[2J"), `{"id":"\u001b]0;x\u0007"}`, app),
		frameworkstest.Record(t, ref("Fn", "fn", "odd"), `[]`),
		frameworkstest.Record(t, ref("Trigger", "fn", "prod/a/t"), `{"source":{}}`, app, ref("Fn", "fn", "prod/a/huge")),
		frameworkstest.Record(t, ref("Other", "fn", "prod/a/t"), `{}`),
	)
	wrong := c.Function("fn", "a/wrong")
	require.NotNil(t, wrong)
	assert.Equal(t, model.Unknown, wrong.State)
	assert.Contains(t, wrong.Reason, "read function")
	f := c.Function("fn", "a/huge")
	require.NotNil(t, f)
	assert.LessOrEqual(t, len(f.Image), frameworks.MaxText+len("…"))
	assert.Contains(t, strings.Join(f.Notes, "\n"), "trigger prod/a/t: read trigger")
	assert.Contains(t, f.Notes, "memory 0 MB, timeout 0 s, idle timeout 0 s")
	assert.NotNil(t, c.Function("fn", "a/\x1b[2J"), "control sequences are cleaned where they are drawn")
}

func TestAnotherConnectorWithTheSameFunctionIsSaid(t *testing.T) {
	t.Parallel()
	c := frameworkstest.Load(t, adapters, "testdata/split.yaml")
	c.Connect(t, frameworks.FnGroup, "fn", live, shop(t, "fn")...)
	second := live
	second.Name = "second"
	c.Connect(t, frameworks.FnGroup, "fn", second, frameworkstest.Record(t, ref("Fn", "fn", "second/shop/refund"), `{"id":"f2"}`))
	assert.Len(t, c.Rows(), 2)
	assert.Contains(t, c.Function("fn", "shop/refund").Notes, "connectors prod and second both name this function")
}

func TestAddressesAreTakenOnlyWhenABrowserCouldOpenThem(t *testing.T) {
	t.Parallel()
	for address, want := range map[string][]string{
		"https://ok.example.com/invoke/x": {"https://ok.example.com/invoke/x"}, "javascript:alert(1)": nil,
		"https://user:pw@host/": nil, "file:///etc/passwd": nil, "": nil, "http://": nil,
	} {
		c := frameworkstest.LoadText(t, adapters, "")
		c.Connect(t, frameworks.FnGroup, "fn", live, frameworkstest.Record(t, ref("Fn", "fn", "prod/a/b"),
			map[string]any{"id": "x", "annotations": map[string]any{"fnproject.io/fn/invokeEndpoint": address}}))
		assert.Equal(t, want, urls(c.Function("fn", "a/b")), address)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("Fn", `{"id":"f1","config":{"a":1},"annotations":{"x":[]}}`)
	f.Add("App", `{"syslog_url":"tcp://a:b@c"}`)
	f.Add("Trigger", `{"type":"http","source":"/x"}`)
	f.Add("Connector", `{"name":"x","since":"2026-08-01T00:00:00Z"}`)
	f.Fuzz(func(t *testing.T, kind, body string) {
		c := frameworkstest.LoadText(t, adapters, "")
		c.Connect(t, frameworks.FnGroup, "fn", live, frameworkstest.Record(t, ref(kind, "fn", "prod/a/b"), body))
		for _, row := range c.Functions() {
			assert.NotEmpty(t, row.State)
		}
	})
}

func TestAFunctionsLinesAreToldFromOthersOfItsRunner(t *testing.T) {
	t.Parallel()
	c := frameworkstest.Load(t, adapters, "testdata/split.yaml")
	c.Connect(t, frameworks.FnGroup, "fn", live, shop(t, "fn")...)
	var where plan.LogTarget
	c.Store.Ask(func(x frameworks.Index) { where = frameworks.LogsOf(adapters, c.Function("fn", "shop/checkout"), x) })
	require.NotNil(t, where.Keep)
	for line, want := range map[string]bool{
		`time="2026-11-22T10:00:00Z" level=debug msg="paid" app_id=a1 fn_id=f1 call_id=c1 user_log=true`: true,
		`{"level":"debug","msg":"paid","app_id":"a1","fn_id":"f1","user_log":true}`:                      true,
		`time="2026-11-22T10:00:00Z" level=debug msg="f1" app_id=a1 fn_id=f2 call_id=c1`:                 false,
		`time="2026-11-22T10:00:00Z" level=info msg="runner is up"`:                                      false,
		``: false,
	} {
		assert.Equal(t, want, where.Keep([]byte(line)), line)
	}
}

package formats_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/formats"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

func TestFunctionsOfNuclioAreWrittenAsTheirFile(t *testing.T) {
	file, err := formats.Write(functionOf("nuclio", "score"), objectOf(t, `
apiVersion: nuclio.io/v1beta1
kind: NuclioFunction
metadata: {name: score, namespace: shop, resourceVersion: "5", labels: {nuclio.io/project-name: iot}}
spec:
  runtime: python:3.11
  handler: score:handler
  image: registry.example.com/score:1
  imageHash: "123"
  minReplicas: 0
  maxReplicas: 3
  env: [{name: MODE, value: fast}, {name: DB_PASSWORD, value: `+secretText+`}]
  triggers: {t: {kind: cron, attributes: {schedule: "0 * * * *"}}}
  build: {codeEntryAttributes: {s3SecretAccessKey: abc}}
status: {state: ready}
`))
	require.NoError(t, err)
	assert.NotContains(t, string(file.Data), secretText)
	assert.NotContains(t, string(file.Data), "s3SecretAccessKey")
	assert.NotContains(t, string(file.Data), "status")
	i := again(t, file, nil)
	require.Len(t, i.Requests, 1)
	q := i.Requests[0]
	assert.Equal(t, formats.Nuclio, i.Format)
	assert.Equal(t, "registry.example.com/score:1", q.Source.Image)
	assert.Equal(t, map[string]string{"project": "iot"}, q.Options)
	assert.Equal(t, number(0), q.Min)
	assert.Equal(t, []plan.Field{{Path: "spec.triggers", Value: map[string]any{
		"t": map[string]any{"kind": "cron", "attributes": map[string]any{"schedule": "0 * * * *"}},
	}}}, q.Native)
}

func TestFunctionsOfFissionAreWrittenAsSpecs(t *testing.T) {
	fn := objectOf(t, `{apiVersion: fission.io/v1, kind: Function, metadata: {name: hello, namespace: shop, annotations: {fission-name: shop, fission-uid: 12-34}}, spec: {environment: {name: py, namespace: shop}, package: {packageref: {name: pkg, namespace: shop, resourceversion: "7"}}}}`)
	f := functionOf("fission", "hello")
	refs := formats.Beside(f, fn)
	assert.Equal(t, []model.Ref{
		{Group: "fission.io", Kind: "Environment", Namespace: "shop", Name: "py"}, {Group: "fission.io", Kind: "Package", Namespace: "shop", Name: "pkg"},
	}, refs)
	pkg := objectOf(t, `{apiVersion: fission.io/v1, kind: Package, metadata: {name: pkg, namespace: shop}, spec: {deployment: {type: literal, literal: ZGVm}}, status: {buildstatus: none}}`)
	file, err := formats.Write(f, fn, pkg)
	require.NoError(t, err)
	i := again(t, file, nil)
	assert.Equal(t, formats.FissionSpecs, i.Format)
	require.Len(t, i.Objects, 2)
	assert.Equal(t, "pkg", i.Objects[0].Ref.Name)
	assert.Equal(t, map[string]any{"fission-name": "shop", "fission-uid": "12-34"}, i.Objects[1].Value["metadata"].(map[string]any)["annotations"])
}

func TestActionsAreWrittenAsManifestsOfWskdeploy(t *testing.T) {
	f := functionOf("openwhisk", "guest/orders/checkout")
	f.Runtime, f.Handler, f.Source = "python:3.11", "run", model.Source{Kind: "inline"}
	f.Triggers = []model.Trigger{{Type: model.Cron, Name: "guest/nightly", Detail: "0 2 * * *", Origin: model.Origin{Ref: model.Ref{Kind: "Rule", Name: "prod/guest/run-nightly"}}}}
	file, err := formats.Write(f, map[string]any{
		"spec": map[string]any{
			"annotations": map[string]any{"web-export": true, "final": true, "exec": "python:3.11", "owner": "ann"},
			"limits":      map[string]any{"timeout": float64(30000), "memory": float64(512), "concurrency": float64(1)},
		},
		"data": map[string]any{"parameters/db_password": `"` + secretText + `"`},
	})
	require.NoError(t, err)
	assert.NotContains(t, string(file.Data), secretText)
	i := again(t, file, map[string]string{"checkout.py": "def run(a): return a"})
	require.Len(t, i.Requests, 1)
	q := i.Requests[0]
	assert.Equal(t, "checkout", q.Name)
	assert.Equal(t, "python:3.11", q.Runtime)
	assert.Equal(t, []plan.Variable{{Name: "db_password", Value: "value of db_password"}}, q.Env)
	assert.Equal(t, map[string]string{"memory": "512Mi"}, q.Limits)
	assert.Equal(t, []plan.Trigger{{Type: "http"}, {Type: "event", Name: "run-nightly", Topic: "nightly",
		Options: map[string]string{"feed": "/whisk.system/alarms/alarm", "param.cron": `"0 2 * * *"`}}}, q.Triggers)
	assert.Equal(t, map[string]string{"package": "orders"}, q.Options)
	assert.Contains(t, string(file.Data), "cron: 0 2 * * *", "the schedule is not lost")
}

func TestFunctionsOfFnAreWrittenAsFuncYAML(t *testing.T) {
	f := functionOf("fn", "shop/checkout")
	f.Triggers = []model.Trigger{
		{Name: "invoke", Detail: "/invoke/1", Origin: model.Origin{Ref: model.Ref{Kind: "Fn"}}},
		{Name: "checkout", Detail: "/t/shop/checkout", Origin: model.Origin{Ref: model.Ref{Kind: "Trigger"}}},
	}
	file, err := formats.Write(f, map[string]any{
		"spec": map[string]any{"image": "registry.example.com/shop/checkout:2.4.1", "memory": int64(128), "timeout": int64(30), "idleTimeout": int64(0)},
		"data": map[string]any{"config/TOKEN": secretText},
	})
	require.NoError(t, err)
	assert.Equal(t, `schema_version: 20180708
name: checkout
version: "2.4.1"
memory: 128
timeout: 30
triggers:
  - name: checkout
    type: http
    source: /checkout
expects:
  config:
    - name: TOKEN
      required: true
`, string(file.Data))
}

func TestFunctionsOfKymaAreWrittenAsObjects(t *testing.T) {
	rule := objectOf(t, `{apiVersion: gateway.kyma-project.io/v2, kind: APIRule, metadata: {name: r, namespace: shop, generation: 3}, spec: {hosts: [a]}}`)
	file, err := formats.Write(functionOf("kyma", "label"), objectOf(t, `{apiVersion: serverless.kyma-project.io/v1alpha2, kind: Function, metadata: {name: label, namespace: shop}, spec: {runtime: nodejs22, source: {inline: {source: "x"}}}, status: {a: b}}`), rule)
	require.NoError(t, err)
	i := again(t, file, nil)
	require.Len(t, i.Objects, 2)
	assert.NotContains(t, i.Objects[0].Value, "status")
	assert.NotContains(t, string(file.Data), "generation")
}

func TestFrameworksWithoutAFileAreSaid(t *testing.T) {
	_, err := formats.Write(functionOf("plain", "x"), map[string]any{})
	assert.ErrorIs(t, err, errors.ErrUnsupported)
}

// No object of any shape makes a writer fail badly.
func TestAnyObjectCanBeWritten(t *testing.T) {
	odd := []any{nil, "text", int64(3), true, []any{nil, "x", map[string]any{}}, map[string]any{"a": nil}}
	keys := []string{"metadata", "spec", "status", "data"}
	random := rand.New(rand.NewPCG(3, 4))
	var grow func(depth int) map[string]any
	inner := []string{"name", "labels", "annotations", "template", "containers", "env", "volumes", "triggers", "build", "environment", "secrets", "spec", "service", "ports", "limits", "resources"}
	grow = func(depth int) map[string]any {
		m := map[string]any{}
		for _, key := range inner {
			switch n := random.IntN(len(odd) + 3); {
			case n < len(odd):
				m[key] = odd[n]
			case depth > 0:
				m[key] = grow(depth - 1)
			default:
				m[key] = []any{map[string]any{"name": "a", "value": int64(2)}}
			}
		}
		return m
	}
	for range 3 {
		for _, framework := range []string{"openfaas", "knative", "kubeless", "fission", "nuclio", "kyma", "openwhisk", "fn"} {
			o := map[string]any{"apiVersion": "x/v1", "kind": "Function"}
			for _, key := range keys {
				o[key] = grow(2)
			}
			file, err := formats.Write(functionOf(framework, "f"), o, o)
			require.NoError(t, err)
			require.NotEmpty(t, file.Data)
		}
	}
}

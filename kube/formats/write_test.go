package formats_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/fn9s/fn9s/kube/formats"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

func objectOf(t *testing.T, text string) map[string]any {
	t.Helper()
	var o map[string]any
	require.NoError(t, sigsyaml.Unmarshal([]byte(text), &o))
	return o
}

func functionOf(framework, name string) *model.Function {
	return &model.Function{Key: model.FunctionKey{Framework: framework, Namespace: "shop", Name: name}}
}

// again reads a file that was written, with all variables it may ask for.
func again(t *testing.T, f *formats.File, beside map[string]string) *formats.Import {
	t.Helper()
	files := map[string]string{f.Name: string(f.Data)}
	for name, content := range beside {
		files[name] = content
	}
	i, err := formats.Read(folderOf(files), f.Name, func(name string) (string, bool) { return "value of " + name, true })
	require.NoError(t, err, string(f.Data))
	assert.Empty(t, i.Problems, string(f.Data))
	return i
}

const secretText = "hunter2-Xk29fLq8"

func TestFunctionsOfOpenFaaSAreWrittenAsStack(t *testing.T) {
	file, err := formats.Write(functionOf("openfaas", "charge-card"), objectOf(t, `
apiVersion: openfaas.com/v1
kind: Function
metadata: {name: charge-card, namespace: shop, uid: 1-2-3, managedFields: []}
spec:
  name: charge-card
  image: registry.example.com/charge-card:1
  handler: ./run
  environment: {log_level: info, price: "1.10", literal: "${X} $$ \\ a", db_password: `+secretText+`}
  labels: {com.openfaas.scale.min: "2", com.openfaas.scale.max: "5", team: shop}
  annotations: {topic: orders}
  secrets: [psp]
  constraints: [disk=ssd]
  limits: {memory: 128Mi}
  readOnlyRootFilesystem: true
status: {replicas: 2}
`))
	require.NoError(t, err)
	assert.Equal(t, "stack.yml", file.Name)
	assert.NotContains(t, string(file.Data), secretText)
	assert.Contains(t, string(file.Data), "db_password: ${db_password}")
	require.Len(t, file.Notes, 1)
	assert.NotContains(t, file.Notes[0], secretText)
	i := again(t, file, nil)
	require.Len(t, i.Requests, 1)
	assert.Equal(t, plan.DeployRequest{
		Framework: "openfaas", Namespace: "shop", Name: "charge-card", Handler: "./run", Source: plan.Source{Image: "registry.example.com/charge-card:1"},
		Env: []plan.Variable{
			{Name: "db_password", Value: "value of db_password"}, {Name: "literal", Value: `${X} $$ \ a`}, {Name: "log_level", Value: "info"},
			{Name: "price", Value: "1.10"},
		},
		Mounts: []plan.Mount{{Secret: "psp"}}, Labels: map[string]string{"team": "shop"}, Annotations: map[string]string{"topic": "orders"},
		Limits: map[string]string{"memory": "128Mi"}, Min: number(2), Max: number(5),
		Options: map[string]string{"constraints": "disk=ssd", "read-only-root": "true"},
	}, i.Requests[0])
}

func TestDeploymentsOfTheCommunityEditionAreWrittenAsStack(t *testing.T) {
	file, err := formats.Write(functionOf("openfaas", "figlet"), objectOf(t, `
apiVersion: apps/v1
kind: Deployment
metadata: {name: figlet, namespace: shop, labels: {faas_function: figlet}}
spec:
  template:
    metadata:
      labels: {faas_function: figlet, uid: "8234", com.openfaas.scale.min: "1"}
      annotations: {prometheus.io.scrape: "false", owner: ann}
    spec:
      containers:
      - name: figlet
        image: figlet:1
        env: [{name: fprocess, value: figlet}, {name: mode, value: http}]
        resources: {limits: {memory: 20Mi}}
        securityContext: {readOnlyRootFilesystem: false}
      volumes:
      - name: figlet-projected-secrets
        projected: {sources: [{secret: {name: key}}]}
`))
	require.NoError(t, err)
	i := again(t, file, nil)
	assert.Equal(t, []plan.DeployRequest{{
		Framework: "openfaas", Namespace: "shop", Name: "figlet", Handler: "figlet", Source: plan.Source{Image: "figlet:1"},
		Env: []plan.Variable{{Name: "mode", Value: "http"}}, Mounts: []plan.Mount{{Secret: "key"}},
		Annotations: map[string]string{"owner": "ann"}, Limits: map[string]string{"memory": "20Mi"}, Min: number(1),
	}}, i.Requests)
}

// What stands in values comes back as it was, whatever it is.
func TestStackKeepsAnyValue(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"$", "${", "}", "$$", "\\", "/", "a", " ", "\n", "\t", "#", ": ", "'", "\"", "yes", "1.10", "~", "é", "%", "{{", "- ", "null", "0x1", "\u2028"}
	for n := range 300 {
		env, labels := map[string]any{}, map[string]any{}
		want := map[string]string{}
		for v := range 4 {
			var b strings.Builder
			for range random.IntN(8) {
				b.WriteString(pieces[random.IntN(len(pieces))])
			}
			name := "v" + strconv.Itoa(v)
			env[name], labels["l"+name], want[name] = b.String(), b.String(), b.String()
		}
		file, err := formats.Write(functionOf("openfaas", "f"), map[string]any{
			"kind": "Function", "metadata": map[string]any{"name": "f"},
			"spec": map[string]any{"name": "f", "image": "i", "environment": env, "labels": labels},
		})
		require.NoError(t, err)
		i := again(t, file, nil)
		require.Len(t, i.Requests, 1, "round %d\n%s", n, file.Data)
		for _, v := range i.Requests[0].Env {
			assert.Equal(t, want[v.Name], v.Value, "round %d\n%s", n, file.Data)
			assert.Equal(t, want[v.Name], i.Requests[0].Labels["l"+v.Name])
		}
	}
}

const taxQuote = `
apiVersion: serving.knative.dev/v1
kind: Service
metadata:
  name: tax-quote
  namespace: shop
  creationTimestamp: "2026-01-02T03:04:05Z"
  labels: {boson.dev/function: 'true', function.knative.dev/name: tax-quote, function.knative.dev/runtime: python, networking.knative.dev/visibility: cluster-local}
  annotations: {serving.knative.dev/creator: ann, division: finance}
spec:
  template:
    metadata:
      annotations: {autoscaling.knative.dev/min-scale: '1', autoscaling.knative.dev/max-scale: '4', autoscaling.knative.dev/metric: rps}
    spec:
      serviceAccountName: quoting
      containerConcurrency: 5
      containers:
      - name: user-container
        image: registry.example.com/tax-quote@sha256:abc
        env:
        - {name: ADDRESS, value: 0.0.0.0}
        - {name: MODE, value: fast}
        - {name: API_KEY, value: ` + secretText + `}
        - {name: DB, valueFrom: {secretKeyRef: {name: db, key: password}}}
        envFrom: [{configMapRef: {name: all}}]
        resources: {requests: {cpu: 50m}, limits: {cpu: 250m}}
        volumeMounts: [{name: secret-tls, mountPath: /tls, readOnly: true}, {name: tmp, mountPath: /tmp}]
        securityContext: {allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}}
        livenessProbe: {httpGet: {path: /live, port: 8080}}
        workingDir: /srv
      volumes: [{name: secret-tls, secret: {secretName: tls}}, {name: tmp, emptyDir: {}}]
`

func TestServicesThatFuncMadeAreWrittenAsItsFile(t *testing.T) {
	trigger := objectOf(t, `{apiVersion: eventing.knative.dev/v1, kind: Trigger, metadata: {name: x}, spec: {broker: default, filter: {attributes: {type: paid}}, subscriber: {ref: {name: tax-quote}}}}`)
	file, err := formats.Write(functionOf("knative", "tax-quote"), objectOf(t, taxQuote), trigger)
	require.NoError(t, err)
	assert.Equal(t, "func.yaml", file.Name)
	assert.NotContains(t, string(file.Data), secretText)
	assert.Contains(t, strings.Join(file.Notes, "\n"), "spec.template.spec.containers[0].workingDir")
	i := again(t, file, nil)
	require.Len(t, i.Requests, 1)
	q := i.Requests[0]
	assert.Equal(t, []plan.Variable{
		{Name: "MODE", Value: "fast"}, {Name: "API_KEY", Value: "value of API_KEY"}, {Name: "DB", Secret: "db", Key: "password"},
		{Name: "ADDRESS", Value: "0.0.0.0"},
	}, q.Env)
	assert.Equal(t, "registry.example.com/tax-quote@sha256:abc", q.Source.Image)
	assert.Equal(t, "cluster-local", q.Labels["networking.knative.dev/visibility"])
	assert.Equal(t, "python", q.Labels["function.knative.dev/runtime"])
	assert.Equal(t, map[string]string{"division": "finance"}, q.Annotations)
	assert.Equal(t, []plan.Mount{{Secret: "tls", Path: "/tls"}}, q.Mounts)
	assert.Equal(t, number(1), q.Min)
	assert.Equal(t, number(4), q.Max)
	assert.Equal(t, "5", q.Options["concurrency-limit"])
	assert.Equal(t, "quoting", q.ServiceAccount)
	assert.Equal(t, map[string]string{"cpu": "250m"}, q.Limits)
	assert.Equal(t, []plan.Trigger{{Type: "event", Name: "tax-quote-function-trigger-0", Broker: "default", Topic: "paid"}}, q.Triggers)
	paths := fmt.Sprint(q.Native)
	for _, path := range []string{"envFrom", "volumes[name=empty-dir-0]", "livenessProbe", "autoscaling.knative.dev/metric"} {
		assert.Contains(t, paths, path)
	}
}

func TestOtherServicesAreWrittenAsManifests(t *testing.T) {
	o := objectOf(t, strings.Replace(taxQuote, "function.knative.dev/name: tax-quote, ", "", 1))
	file, err := formats.Write(functionOf("knative", "tax-quote"), o)
	require.NoError(t, err)
	assert.Equal(t, "service.yaml", file.Name)
	assert.NotContains(t, string(file.Data), secretText)
	assert.NotContains(t, string(file.Data), "creationTimestamp")
	i := again(t, file, nil)
	require.Len(t, i.Objects, 1)
	assert.Equal(t, "tax-quote", i.Objects[0].Ref.Name)
}

func TestFunctionsOfKubelessAreWrittenAsServerlessYAML(t *testing.T) {
	o := objectOf(t, `
apiVersion: kubeless.io/v1beta1
kind: Function
metadata: {name: quote, namespace: shop, labels: {created-by: kubeless, function: quote, team: shop}, annotations: {kubeless.serverless.com/description: makes quotes}}
spec:
  handler: quote.handler
  runtime: python3.8
  timeout: "30"
  function: "def handler(e, c): pass"
  function-content-type: text
  service: {ports: [{name: http-function-port, port: 80, targetPort: 9000}]}
  deployment:
    spec:
      template:
        spec:
          serviceAccountName: quoting
          containers:
          - image: registry.example.com/quote:1
            imagePullPolicy: Always
            env: [{name: MODE, value: fast}, {name: token, value: `+secretText+`}, {name: KEY, valueFrom: {secretKeyRef: {name: db, key: k}}}]
            resources: {requests: {cpu: 200m, memory: 1Gi}, limits: {cpu: 200m, memory: 1Gi}}
            volumeMounts: [{name: db-vol, mountPath: /db}, {name: tmp, mountPath: /tmp}]
          volumes: [{name: db-vol, secret: {secretName: db}}, {name: tmp, emptyDir: {}}]
`)
	triggers := []map[string]any{
		objectOf(t, `{apiVersion: kubeless.io/v1beta1, kind: HTTPTrigger, metadata: {name: quote}, spec: {function-name: quote, host-name: fn.example.com, path: q, gateway: nginx, tls: true}}`),
		objectOf(t, `{apiVersion: kubeless.io/v1beta1, kind: CronJobTrigger, metadata: {name: quote}, spec: {function-name: quote, schedule: '*/5 * * * *'}}`),
		objectOf(t, `{apiVersion: kubeless.io/v1beta1, kind: NATSTrigger, metadata: {name: x}, spec: {topic: prices, functionSelector: {matchLabels: {function: quote}}}}`),
	}
	file, err := formats.Write(functionOf("kubeless", "quote"), o, triggers...)
	require.NoError(t, err)
	assert.Equal(t, "serverless.yml", file.Name)
	assert.NotContains(t, string(file.Data), secretText)
	assert.Contains(t, strings.Join(file.Notes, "\n"), "spec.deployment.spec.template.spec.serviceAccountName")
	i := again(t, file, map[string]string{"quote.py": "def handler(e, c): pass"})
	require.Len(t, i.Requests, 1)
	q := i.Requests[0]
	assert.Equal(t, []plan.Variable{
		{Name: "MODE", Value: "fast"}, {Name: "token", Value: "value of token"}, {Name: "KEY", Secret: "db", Key: "k"},
	}, q.Env)
	assert.Equal(t, []plan.Trigger{
		{Type: "http", Host: "fn.example.com", Path: "/q", Options: map[string]string{"gateway": "nginx", "tls": "true"}},
		{Type: "cron", Schedule: "*/5 * * * *"}, {Type: "queue", Broker: "nats", Topic: "prices"},
	}, q.Triggers)
	assert.Equal(t, []plan.Mount{{Secret: "db", Path: "/db"}}, q.Mounts)
	assert.Equal(t, map[string]string{"team": "shop"}, q.Labels)
	assert.Equal(t, map[string]string{"cpu": "200m", "memory": "1Gi"}, q.Requests)
	assert.Equal(t, map[string]string{"runtime-image": "registry.example.com/quote:1", "service-port": "80"}, q.Options)
	assert.Equal(t, 9000, q.Port)
	assert.Len(t, q.Native, 2, "the other volume and its mount")
}

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
	assert.Equal(t, []plan.Trigger{{Type: "http"}, {Type: "event", Name: "run-nightly", Topic: "nightly"}}, q.Triggers)
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
	for range 10 {
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

package formats_test

import (
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
	for n := range 100 {
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

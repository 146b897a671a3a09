package formats_test

import (
	"encoding/base64"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/formats"
	"github.com/fn9s/fn9s/kube/plan"
)

// folderOf makes a file system of pairs of names and contents.
func folderOf(files map[string]string) fstest.MapFS {
	m := fstest.MapFS{}
	for name, content := range files {
		m[name] = &fstest.MapFile{Data: []byte(content), Mode: 0o644}
	}
	return m
}

func environment(m map[string]string) formats.Environment {
	return func(name string) (string, bool) {
		v, ok := m[name]
		return v, ok
	}
}

func number(n int) *int { return &n }

// notes are what is said of an import: `file:line path`.
func notes(list []formats.Note) []string {
	var all []string
	for _, n := range list {
		where, _, _ := strings.Cut(n.String(), ": "+n.Text)
		all = append(all, where)
	}
	return all
}

func read(t *testing.T, fsys fs.FS, name string, env map[string]string) *formats.Import {
	t.Helper()
	i, err := formats.Read(fsys, name, environment(env))
	require.NoError(t, err)
	return i
}

const stack = `# deployed to $NOTHING
version: 1.0
provider:
  name: openfaas
  gateway: http://127.0.0.1:8080
configuration:
  templates:
  - name: golang-http
  copy: [common]
functions:
  charge-card:
    lang: golang-http
    handler: ./charge-card
    image: ${REGISTRY:-registry.example.com}/payments/charge-card:${TAG}
    namespace: payments
    fprocess: ./handler
    environment:
      log_level: ${LEVEL:-info}
      price: 1.10
      literal: $${KEPT}
      color: yes
    environment_file:
    - env.yml
    secrets: [psp-key, db]
    labels:
      com.openfaas.scale.min: "2"
      com.openfaas.scale.max: 10
      team: payments
    annotations:
      topic: orders
    limits: {cpu: 250m, memory: 128Mi, example.com/gpu: 1}
    requests: {memory: 64Mi}
    constraints: ["disktype=ssd", "zone=a"]
    readonly_root_filesystem: true
    build_args: {GO: "1.26"}
    unheard_of: 7
  second:
    image: second@sha256:abc
`

func TestStackBecomesRequests(t *testing.T) {
	fsys := folderOf(map[string]string{
		"shop/stack.yml": stack,
		"shop/env.yml":   "environment:\n  log_level: debug\n  raw: ${NOT_FILLED}\n",
	})
	i := read(t, fsys, "shop/stack.yml", map[string]string{"TAG": "1.4.2"})
	assert.Equal(t, formats.OpenFaaS, i.Format)
	assert.Empty(t, i.Problems)
	assert.Equal(t, []plan.DeployRequest{
		{
			Framework: "openfaas", Namespace: "payments", Name: "charge-card", Handler: "./handler",
			Source: plan.Source{Image: "registry.example.com/payments/charge-card:1.4.2"},
			Env: []plan.Variable{
				{Name: "color", Value: "yes"}, {Name: "literal", Value: "${KEPT}"}, {Name: "log_level", Value: "debug"},
				{Name: "price", Value: "1.10"}, {Name: "raw", Value: "${NOT_FILLED}"},
			},
			Mounts: []plan.Mount{{Secret: "psp-key"}, {Secret: "db"}},
			Labels: map[string]string{"team": "payments"}, Annotations: map[string]string{"topic": "orders"},
			Limits: map[string]string{"cpu": "250m", "memory": "128Mi"}, Requests: map[string]string{"memory": "64Mi"},
			Min: number(2), Max: number(10),
			Options: map[string]string{"constraints": "disktype=ssd,zone=a", "read-only-root": "true"},
		},
		{Framework: "openfaas", Name: "second", Source: plan.Source{Image: "second@sha256:abc"}},
	}, i.Requests)
	assert.Equal(t, []string{
		"shop/stack.yml:5: provider.gateway",
		"shop/stack.yml:7: configuration.templates",
		"shop/stack.yml:9: configuration.copy",
		`shop/stack.yml:31: functions.charge-card.limits["example.com/gpu"]`,
		"shop/stack.yml:12: functions.charge-card.lang",
		"shop/stack.yml:13: functions.charge-card.handler",
		"shop/stack.yml:35: functions.charge-card.build_args",
		"shop/stack.yml:36: functions.charge-card.unheard_of",
	}, notes(i.Notes))
	assert.Equal(t, formats.Place{File: "shop/stack.yml", Line: 37, Path: "functions.second"}, i.At[1])
}

func TestStoreEntriesBecomeRequests(t *testing.T) {
	fsys := folderOf(map[string]string{"store.json": `{"version": "0.1", "functions": [
  {"title": "Figlet", "name": "figlet", "description": "letters", "fprocess": "figlet",
   "images": {"x86_64": "ghcr.io/openfaas/figlet:latest", "arm64": "ghcr.io/openfaas/figlet:latest-arm64"},
   "environment": {"combine_output": "false"}, "readOnlyRootFilesystem": true},
  {"name": "pi", "images": {"armhf": "pi:armhf"}},
  {"name": "none", "images": {"armhf": "a", "arm64": "b"}}]}`})
	i := read(t, fsys, "store.json", nil)
	assert.Equal(t, formats.OpenFaaSStore, i.Format)
	assert.Equal(t, []plan.DeployRequest{
		{
			Framework: "openfaas", Name: "figlet", Handler: "figlet", Source: plan.Source{Image: "ghcr.io/openfaas/figlet:latest"},
			Env: []plan.Variable{{Name: "combine_output", Value: "false"}}, Options: map[string]string{"read-only-root": "true"},
		},
		{Framework: "openfaas", Name: "pi", Source: plan.Source{Image: "pi:armhf"}},
		{Framework: "openfaas", Name: "none"},
	}, i.Requests)
	assert.Equal(t, []string{"store.json:6: functions[2]"}, notes(i.Problems))
}

func TestFuncYAMLOfKnativeBecomesARequest(t *testing.T) {
	fsys := folderOf(map[string]string{"func.yaml": `specVersion: 0.36.0
name: tax-quote
runtime: python
domain: fn.example.com
registry: registry.example.com/shop
image: registry.example.com/shop/tax-quote:latest
namespace: elsewhere
created: 2026-01-02T03:04:05Z
invoke: cloudevent
build:
  builder: pack
run:
  envs:
  - {name: MODE, value: fast}
  - {name: WHO, value: "{{ env:USER }}"}
  - {name: DB, value: "{{ secret:db:password }}"}
  - {name: CFG, value: "{{ configMap:cfg:key }}"}
  - {value: "{{ secret:all }}"}
  volumes:
  - {secret: tls, path: /tls}
  - {configMap: cfg, path: /cfg}
  - {persistentVolumeClaim: {claimName: data, readOnly: true}, path: /data}
  - {emptyDir: {medium: Memory}, path: /tmp}
deploy:
  namespace: checkout
  image: registry.example.com/shop/tax-quote@sha256:abc
  annotations: {division: finance}
  labels:
  - {key: team, value: "{{ env:TEAM }}"}
  serviceAccountName: quoting
  imagePullSecret: regcred
  options:
    scale: {min: 0, max: 10, metric: rps, target: 7.5, utilization: 80}
    resources:
      requests: {cpu: 100m, memory: 128Mi}
      limits: {cpu: "1", memory: 256Mi, concurrency: 5}
  healthEndpoints: {liveness: /live}
  subscriptions:
  - source: default
    filters: {type: order.paid, region: eu}
`})
	i := read(t, fsys, ".", map[string]string{"USER": "ann", "TEAM": "shop"})
	assert.Equal(t, formats.KnativeFunc, i.Format)
	assert.Empty(t, i.Problems)
	c := "spec.template.spec.containers[0]"
	assert.Equal(t, []plan.DeployRequest{{
		Framework: "knative", Namespace: "checkout", Name: "tax-quote",
		Source: plan.Source{Image: "registry.example.com/shop/tax-quote@sha256:abc"},
		Env: []plan.Variable{
			{Name: "MODE", Value: "fast"}, {Name: "WHO", Value: "ann"}, {Name: "DB", Secret: "db", Key: "password"},
			{Name: "CFG", ConfigMap: "cfg", Key: "key"}, {Name: "ADDRESS", Value: "0.0.0.0"},
		},
		Mounts:      []plan.Mount{{Secret: "tls", Path: "/tls"}, {ConfigMap: "cfg", Path: "/cfg"}},
		PullSecrets: []string{"regcred"}, ServiceAccount: "quoting",
		Labels: map[string]string{
			"team": "shop", "boson.dev/function": "true", "function.knative.dev/name": "tax-quote", "function.knative.dev/runtime": "python",
			"func.domain": "fn.example.com",
		},
		Annotations: map[string]string{"division": "finance"},
		Min:         number(0), Max: number(10),
		Requests: map[string]string{"cpu": "100m", "memory": "128Mi"}, Limits: map[string]string{"cpu": "1", "memory": "256Mi"},
		Triggers: []plan.Trigger{{
			Type: "event", Name: "tax-quote-function-trigger-0", Broker: "default", Topic: "order.paid", Options: map[string]string{"filter.region": "eu"},
		}},
		Options: map[string]string{"concurrency-limit": "5"},
		Native: []plan.Field{
			{Path: c + ".envFrom", Value: []any{map[string]any{"secretRef": map[string]any{"name": "all"}}}},
			{Path: c + ".securityContext", Value: map[string]any{
				"runAsNonRoot": true, "allowPrivilegeEscalation": false, "capabilities": map[string]any{"drop": []any{"ALL"}},
				"seccompProfile": map[string]any{"type": "RuntimeDefault"},
			}},
			{Path: "spec.template.spec.volumes[name=pvc-data]", Value: map[string]any{"persistentVolumeClaim": map[string]any{"claimName": "data", "readOnly": true}}},
			{Path: c + ".volumeMounts[name=pvc-data]", Value: map[string]any{"mountPath": "/data"}},
			{Path: "spec.template.spec.volumes[name=empty-dir-0]", Value: map[string]any{"emptyDir": map[string]any{"medium": "Memory"}}},
			{Path: c + ".volumeMounts[name=empty-dir-0]", Value: map[string]any{"mountPath": "/tmp"}},
			{Path: `spec.template.metadata.annotations["autoscaling.knative.dev/metric"]`, Value: "rps"},
			{Path: `spec.template.metadata.annotations["autoscaling.knative.dev/target"]`, Value: "7.5"},
			{Path: `spec.template.metadata.annotations["autoscaling.knative.dev/target-utilization-percentage"]`, Value: "80"},
			{Path: c + ".livenessProbe", Value: map[string]any{"httpGet": map[string]any{"path": "/live", "port": int64(8080)}}},
		},
	}}, i.Requests)
	assert.Equal(t, []string{"func.yaml:10: build", "func.yaml:9: invoke"}, notes(i.Notes))
}

func TestFuncYAMLOfFnBecomesARequest(t *testing.T) {
	fsys := folderOf(map[string]string{
		"fn/func.yaml": `schema_version: 20180708
name: send-sms
version: 1.0.4
runtime: go
memory: 256
timeout: 60
idle_timeout: 120
config: {PROVIDER: twilio}
annotations: {team: notify, depth: 3}
triggers:
- {name: sms, type: http, source: /sms}
expects: {config: [{name: TOKEN, required: true}]}
`,
		"fn/app.yaml": "name: notify\nconfig: {A: b}\n",
	})
	i := read(t, fsys, "fn/func.yaml", map[string]string{"FN_REGISTRY": "registry.example.com/notify"})
	assert.Equal(t, formats.FnProject, i.Format)
	assert.Empty(t, i.Problems)
	assert.Equal(t, []plan.DeployRequest{{
		Framework: "fn", Name: "send-sms", Source: plan.Source{Image: "registry.example.com/notify/send-sms:1.0.4"},
		Env: []plan.Variable{{Name: "PROVIDER", Value: "twilio"}}, Limits: map[string]string{"memory": "256Mi"}, Timeout: time.Minute,
		Triggers: []plan.Trigger{{Type: "http", Name: "sms", Path: "/sms"}},
		Options:  map[string]string{"app": "notify", "idletimeout": "120"},
	}}, i.Requests)
}

func TestFunctionYAMLOfNuclioBecomesARequest(t *testing.T) {
	code := base64.StdEncoding.EncodeToString([]byte("def handler(context, event): pass\n"))
	fsys := folderOf(map[string]string{"function.yaml": `apiVersion: nuclio.io/v1
kind: NuclioFunction
metadata:
  name: anomaly-score
  namespace: nuclio
  labels: {nuclio.io/project-name: iot}
spec:
  runtime: python:3.11
  handler: score:handler
  minReplicas: 1
  maxReplicas: 4
  serviceAccount: scorer
  imagePullSecrets: regcred
  env:
  - {name: MODE, value: fast}
  - {name: KEY, valueFrom: {secretKeyRef: {name: db, key: password}}}
  - {name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
  resources: {limits: {cpu: 1, memory: 1Gi, nvidia.com/gpu: 1}}
  securityContext: {runAsUser: 1000}
  triggers:
    events: {kind: kafka-cluster, attributes: {topics: [a]}}
  build:
    functionSourceCode: ` + code + `
    commands: [pip install numpy]
    codeEntryAttributes: {s3SecretAccessKey: hunter2}
`})
	i := read(t, fsys, "function.yaml", nil)
	assert.Equal(t, formats.Nuclio, i.Format)
	assert.Empty(t, i.Problems)
	assert.Equal(t, []plan.DeployRequest{{
		Framework: "nuclio", Namespace: "nuclio", Name: "anomaly-score", Runtime: "python:3.11", Handler: "score:handler",
		Source:  plan.Source{Code: &plan.Code{Name: "score.py", Files: map[string][]byte{"score.py": []byte("def handler(context, event): pass\n")}}},
		Options: map[string]string{"project": "iot"}, Min: number(1), Max: number(4),
		ServiceAccount: "scorer", PullSecrets: []string{"regcred"},
		Env:    []plan.Variable{{Name: "MODE", Value: "fast"}, {Name: "KEY", Secret: "db", Key: "password"}},
		Limits: map[string]string{"cpu": "1", "memory": "1Gi"},
		Native: []plan.Field{
			{Path: `spec.resources.limits["nvidia.com/gpu"]`, Value: int64(1)},
			{Path: "spec.env[name=IP]", Value: map[string]any{"valueFrom": map[string]any{"fieldRef": map[string]any{"fieldPath": "status.podIP"}}}},
			{Path: "spec.build.commands", Value: []any{"pip install numpy"}},
			{Path: "spec.securityContext", Value: map[string]any{"runAsUser": int64(1000)}},
			{Path: "spec.triggers", Value: map[string]any{"events": map[string]any{"kind": "kafka-cluster", "attributes": map[string]any{"topics": []any{"a"}}}}},
		},
	}}, i.Requests)
	assert.Equal(t, []string{"function.yaml:25: spec.build.codeEntryAttributes.s3SecretAccessKey"}, notes(i.Notes))
}

func TestCodeBesideFunctionYAMLIsRead(t *testing.T) {
	fsys := folderOf(map[string]string{
		"f/function.yaml": "apiVersion: nuclio.io/v1\nmetadata: {name: a}\nspec: {runtime: golang, handler: 'main:Handler'}\n", "f/main.go": "package main",
	})
	i := read(t, fsys, "f", nil)
	require.Empty(t, i.Problems)
	require.NotNil(t, i.Requests[0].Source.Code)
	assert.Equal(t, map[string][]byte{"main.go": []byte("package main")}, i.Requests[0].Source.Code.Files)
}

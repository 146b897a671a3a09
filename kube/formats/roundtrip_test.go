package formats_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/util/json"

	"github.com/fn9s/fn9s/kube/formats"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// deployer is the adapter that makes functions of a framework.
func deployer(t *testing.T, framework string) frameworks.Deployer {
	t.Helper()
	for _, a := range all.BuiltIn() {
		if a.Name() == framework {
			d, ok := a.(frameworks.Deployer)
			if !ok {
				t.Skipf("functions of %s cannot be made here", framework)
			}
			return d
		}
	}
	t.Fatalf("there is no %s", framework)
	return nil
}

// drafted are the objects that a request becomes.
func drafted(t *testing.T, q plan.DeployRequest) []map[string]any {
	t.Helper()
	if q.Namespace == "" {
		q.Namespace = "shop"
	}
	d := deployer(t, q.Framework).Deploy(&q, plan.Surroundings{})
	require.Empty(t, d.Problems, "%s", q.Name)
	var objects []map[string]any
	for _, e := range d.Edits {
		raw, err := json.Marshal(e.New)
		require.NoError(t, err)
		var o map[string]any
		require.NoError(t, json.Unmarshal(raw, &o))
		objects = append(objects, o)
	}
	return objects
}

// A file becomes objects, they become a file again, and that becomes the same objects and the same request.
func TestFilesGoAround(t *testing.T) {
	for _, c := range []struct {
		framework, name, file string
		beside                map[string]string
	}{
		{"openfaas", "stack.yml", `version: 1.0
provider: {name: openfaas}
functions:
  charge-card:
    image: registry.example.com/payments/charge-card:1.4
    fprocess: ./handler
    environment: {log_level: info, price: "1.10", odd: "a $${b} \\ c"}
    secrets: [psp]
    labels: {com.openfaas.scale.min: "2", com.openfaas.scale.max: "5", team: payments}
    annotations: {owner: ann}
    limits: {cpu: 250m, memory: 128Mi}
    requests: {memory: 64Mi}
    constraints: ["disktype=ssd"]
    readonly_root_filesystem: true
`, nil},
		{"knative", "func.yaml", `specVersion: 0.36.0
name: tax-quote
runtime: python
created: 2026-01-02T03:04:05Z
run:
  envs:
  - {name: MODE, value: fast}
  - {name: DB, value: "{{ secret:db:password }}"}
  - {value: "{{ configMap:all }}"}
  volumes:
  - {secret: tls, path: /tls}
  - {emptyDir: {}, path: /tmp}
deploy:
  image: registry.example.com/shop/tax-quote:2
  annotations: {division: finance}
  labels: [{key: team, value: shop}]
  serviceAccountName: quoting
  imagePullSecret: regcred
  options:
    scale: {min: 1, max: 4, metric: rps}
    resources: {requests: {cpu: 100m}, limits: {memory: 256Mi, concurrency: 5}}
  healthEndpoints: {liveness: /live}
  subscriptions: [{source: default, filters: {type: order.paid, region: eu}}]
`, nil},
		{"kubeless", "serverless.yml", `service: quote
provider: {name: kubeless, ingress: {class: nginx}}
functions:
  quote:
    handler: quote.handler
    runtime: python3.8
    timeout: 30
    description: makes quotes
    labels: {team: shop}
    environment: {MODE: fast}
    secrets: [db]
    memorySize: 256Mi
    cpu: 200m
    port: 9000
    servicePort: 80
    events:
    - http: {path: /quote, hostname: fn.example.com}
    - schedule: '*/5 * * * *'
    - trigger: {queue: nats, topic: prices}
`, map[string]string{"quote.py": "def handler(e, c): pass\n"}},
		{"nuclio", "function.yaml", `apiVersion: nuclio.io/v1
kind: NuclioFunction
metadata: {name: score, labels: {nuclio.io/project-name: iot}}
spec:
  runtime: python:3.11
  handler: score:handler
  image: registry.example.com/iot/score:1
  minReplicas: 1
  maxReplicas: 4
  serviceAccount: scorer
  env: [{name: MODE, value: fast}, {name: KEY, valueFrom: {secretKeyRef: {name: db, key: k}}}]
  resources: {limits: {cpu: 1, memory: 1Gi}}
  securityContext: {runAsUser: 1000}
  triggers: {events: {kind: kafka-cluster, attributes: {topics: [a]}}}
`, nil},
	} {
		t.Run(c.framework, func(t *testing.T) {
			first := readWith(t, c.name, c.file, c.beside)
			first.Namespace = "shop"
			objects := drafted(t, first)
			f := &model.Function{Key: model.FunctionKey{Framework: c.framework, Namespace: "shop", Name: first.Name}}
			file, err := formats.Write(f, objects[0], objects[1:]...)
			require.NoError(t, err)
			require.Equal(t, c.name, file.Name)
			second := readWith(t, c.name, string(file.Data), c.beside)
			assert.Equal(t, first, second, "%s", file.Data)
			assert.Equal(t, objects, drafted(t, second), "%s", file.Data)
			for _, n := range file.Notes {
				assert.Contains(t, n, "the code is not in the file")
			}
		})
	}
}

// readWith reads a file of one function.
func readWith(t *testing.T, name, content string, beside map[string]string) plan.DeployRequest {
	t.Helper()
	files := map[string]string{name: content}
	for n, text := range beside {
		files[n] = text
	}
	i, err := formats.Read(folderOf(files), name, formats.None)
	require.NoError(t, err)
	require.Empty(t, i.Problems, content)
	require.Len(t, i.Requests, 1)
	return i.Requests[0]
}

// What files of the other frameworks say can be made as well.
func TestFilesCanBeMade(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"config.yaml": {
			"config.yaml": `name: print-label
namespace: checkout
runtime: python312
source: {sourceType: inline, sourcePath: src}
resources: {limits: {cpu: 100m, memory: 128Mi}, requests: {cpu: 50m, memory: 64Mi}}
env: [{name: MODE, value: fast}]
apiRules:
- name: label
  gateway: kyma-gateway.kyma-system.svc.cluster.local
  service: {host: label.example.com, port: 80}
  rules: [{path: /.*, methods: [GET], accessStrategies: [{handler: jwt, config: {jwksUrls: [https://id.example.com/keys], trustedIssuers: [https://id.example.com]}}]}]
subscriptions: [{name: orders, source: shop, types: [order.paid.v1], typeMatching: standard}]
`,
			"src/handler.py": "def main(event, context): pass\n", "src/requirements.txt": "requests==2.32.0\n",
		},
		"manifest.yaml": {
			"manifest.yaml": `packages:
  orders:
    namespace: shop
    actions:
      checkout: {function: src, runtime: "python:3.11", main: run, web: true, inputs: {region: eu, depth: 3}, limits: {timeout: 30000, memorySize: 512}}
    triggers: {nightly: {}}
    rules: {run-nightly: {trigger: nightly, action: checkout}}
`,
			"src/__main__.py": "def run(a): return a\n", "src/util.py": "x = 1\n",
		},
		"func.yaml": {
			"func.yaml": "schema_version: 20180708\nname: send-sms\nimage: registry.example.com/sms:1\nmemory: 256\ntimeout: 60\nidle_timeout: 120\nconfig: {PROVIDER: x}\ntriggers: [{name: sms, type: http, source: /sms}]\n",
			"app.yaml":  "name: notify\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			i, err := formats.Read(folderOf(files), name, formats.None)
			require.NoError(t, err)
			require.Empty(t, i.Problems)
			for _, q := range i.Requests {
				if q.Framework == "openwhisk" || q.Framework == "fn" {
					option := map[string]string{"connector": "prod"}
					for k, v := range q.Options {
						option[k] = v
					}
					q.Options = option
				}
				assert.NotEmpty(t, drafted(t, q))
			}
		})
	}
}

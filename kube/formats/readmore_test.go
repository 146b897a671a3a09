package formats_test

import (
	"encoding/base64"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/formats"
	"github.com/fn9s/fn9s/kube/plan"
)

const serverlessYAML = `service: shop
provider:
  name: kubeless
  runtime: python3.8
  namespace: ${opt:ns, self:custom.ns}
  memorySize: 256
  timeout: 30
  hostname: fn.example.com
  environment: {STAGE: "${env:STAGE, 'dev'}", SHARED: one}
  ingress: {class: nginx, enableTlsAcme: true, cors: true}
custom:
  ns: shop-${env:STAGE, 'dev'}
package: {exclude: ['tests/**']}
plugins: [serverless-kubeless]
functions:
  quote:
    handler: quote.handler
    description: makes quotes
    labels: {team: shop}
    secrets: [db]
    cpu: 200m
    memorySize: 1Gi
    port: 9000
    servicePort: 80
    environment:
    - {name: SHARED, value: two}
    - {name: KEY, valueFrom: {secretKeyRef: {name: db, key: k}}}
    affinity: {nodeAffinity: {}}
    volumes: [{name: tmp, emptyDir: {}}]
    volumeMounts: [{name: tmp, mountPath: /tmp}]
    events:
    - http: {path: quote}
    - schedule: '*/5 * * * *'
    - trigger: orders
    - trigger: {queue: nats, topic: prices}
    - s3: bucket
resources: {Resources: {}}
`

func TestServerlessYAMLBecomesRequests(t *testing.T) {
	fsys := folderOf(map[string]string{
		"serverless.yml": serverlessYAML, "quote.py": "def handler(e, c): pass", "requirements.txt": "requests", "tests/a.py": "no", ".env": "SECRET=1",
	})
	i := read(t, fsys, ".", map[string]string{"STAGE": "prod"})
	assert.Equal(t, formats.Kubeless, i.Format)
	assert.Empty(t, i.Problems)
	pod := "spec.deployment.spec.template.spec"
	assert.Equal(t, []plan.DeployRequest{{
		Framework: "kubeless", Namespace: "shop-prod", Name: "quote", Runtime: "python3.8", Handler: "quote.handler",
		Source: plan.Source{Code: &plan.Code{Name: "serverless.yml", Files: map[string][]byte{
			"quote.py": []byte("def handler(e, c): pass"), "requirements.txt": []byte("requests"),
		}}},
		Labels: map[string]string{"team": "shop"}, Annotations: map[string]string{"kubeless.serverless.com/description": "makes quotes"},
		Env: []plan.Variable{
			{Name: "STAGE", Value: "prod"}, {Name: "SHARED", Value: "two"}, {Name: "KEY", Secret: "db", Key: "k"},
		},
		Mounts:   []plan.Mount{{Secret: "db", Path: "/db"}},
		Requests: map[string]string{"cpu": "200m", "memory": "1Gi"}, Limits: map[string]string{"cpu": "200m", "memory": "1Gi"},
		Timeout: 30 * time.Second, Port: 9000, Options: map[string]string{"service-port": "80"},
		Triggers: []plan.Trigger{
			{Type: "http", Host: "fn.example.com", Path: "/quote", Options: map[string]string{"gateway": "nginx", "tls": "true", "cors": "true"}},
			{Type: "cron", Schedule: "*/5 * * * *"},
			{Type: "queue", Broker: "kafka", Topic: "orders"}, {Type: "queue", Broker: "nats", Topic: "prices"},
		},
		Native: []plan.Field{
			{Path: pod + ".affinity", Value: map[string]any{"nodeAffinity": map[string]any{}}},
			{Path: pod + ".volumes[name=tmp]", Value: map[string]any{"emptyDir": map[string]any{}}},
			{Path: pod + ".containers[0].volumeMounts[name=tmp]", Value: map[string]any{"mountPath": "/tmp"}},
		},
	}}, i.Requests)
	assert.Equal(t, []string{"serverless.yml:36: functions.quote.events[4].s3", "serverless.yml:37: resources"}, notes(i.Notes))
}

func TestManifestOfWskdeployBecomesRequests(t *testing.T) {
	fsys := folderOf(map[string]string{
		"manifest.yaml": `project:
  namespace: shop
  credential: 23bc46b1:123
packages:
  $PKG:
    inputs: {region: eu}
    actions:
      checkout:
        function: src/checkout.py
        main: run
        web: raw
        inputs:
          currency: $CURRENCY
          token: a-${TOKEN}-b
          depth: 3
          limit: {type: integer, value: 5, description: most}
          empty: string
        limits: {timeout: 30000, memorySize: 512, logSize: 5}
        annotations: {final: true, owner: ann}
      invoice:
        docker: registry.example.com/shop/invoice:1
    sequences:
      flow: {actions: "checkout, invoice", web: true}
    triggers:
      nightly: {feed: /whisk.system/alarms/alarm, inputs: {cron: "0 2 * * *", trigger_payload: {a: 1}}}
      unused: {}
    rules:
      run-nightly: {trigger: nightly, action: checkout}
`,
		"src/checkout.py": "def run(a): return a",
	})
	i := read(t, fsys, "manifest.yaml", map[string]string{"PKG": "orders", "CURRENCY": "EUR"})
	assert.Equal(t, formats.OpenWhisk, i.Format)
	assert.Empty(t, i.Problems)
	assert.Equal(t, []plan.DeployRequest{
		{
			Framework: "openwhisk", Name: "checkout", Runtime: "python:default", Handler: "run",
			Source: plan.Source{Code: &plan.Code{Name: "checkout.py", Files: map[string][]byte{"checkout.py": []byte("def run(a): return a")}}},
			Env: []plan.Variable{
				{Name: "region", Value: "eu"}, {Name: "currency", Value: "EUR"}, {Name: "token", Value: "a--b"}, {Name: "empty"},
			},
			Limits: map[string]string{"memory": "512Mi"}, Timeout: 30 * time.Second,
			Annotations: map[string]string{"owner": "ann"}, Options: map[string]string{"package": "orders", "tenant": "shop", "logsize": "5"},
			Triggers: []plan.Trigger{
				{Type: "http", Options: map[string]string{"raw": "true"}}, {Type: "event", Name: "run-nightly", Topic: "nightly", Options: map[string]string{
					"feed": "/whisk.system/alarms/alarm", "param.cron": `"0 2 * * *"`, "param.trigger_payload": `{"a":1}`}},
			},
			Native: []plan.Field{
				{Path: `data["parameters/depth"]`, Value: "3"}, {Path: `data["parameters/limit"]`, Value: "5"},
				{Path: "spec.annotations.final", Value: true},
			},
		},
		{
			Framework: "openwhisk", Name: "invoice", Source: plan.Source{Image: "registry.example.com/shop/invoice:1"},
			Env: []plan.Variable{{Name: "region", Value: "eu"}}, Options: map[string]string{"package": "orders", "tenant": "shop"},
		},
		{
			Framework: "openwhisk", Name: "flow", Triggers: []plan.Trigger{{Type: "http"}},
			Options: map[string]string{"sequence": "orders/checkout,orders/invoice", "package": "orders", "tenant": "shop"},
		},
	}, i.Requests)
	assert.Equal(t, []string{
		"manifest.yaml:3: project.credential", "manifest.yaml:6: packages.$PKG.inputs",
		"manifest.yaml:26: packages.$PKG.triggers.unused",
	}, notes(i.Notes))
	for _, n := range i.Notes {
		assert.NotContains(t, n.String(), "23bc46b1")
	}
}

// Routes of the API gateway and feeds of packages are named one by one, with who makes them.
func TestWhatAManifestOfWskdeployCannotHaveMadeIsNamed(t *testing.T) {
	fsys := folderOf(map[string]string{
		"manifest.yaml": `packages:
  books:
    actions:
      list: {function: list.js, web: true}
    feeds:
      changes: {location: shop}
    apis:
      club:
        /library:
          books:
            list: get
            add: {method: post, response: http}
          lost: 3
    triggers:
      hourly: {feed: /whisk.system/alarms/alarm}
    rules:
      run: {trigger: hourly, action: list}
  other:
    apis: [a]
`,
		"list.js": "function main() {}",
	})
	i := read(t, fsys, "manifest.yaml", nil)
	assert.Empty(t, i.Problems)
	require.Len(t, i.Requests, 1)
	var told []string
	for _, n := range i.Notes {
		told = append(told, n.String())
	}
	const feed = "the action that it is must be called with the key of the namespace, with lifecycleEvent CREATE, for each trigger: `wsk trigger create --feed` does that"
	const gateway = " is of the API gateway, which the action /whisk.system/apimgmt makes with the key of the namespace: `wsk api create` does that"
	assert.Equal(t, []string{
		"manifest.yaml:6: packages.books.feeds.changes: is a feed: " + feed,
		`manifest.yaml:11: packages.books.apis.club["/library"].books.list: the route "GET /library/books"` + gateway,
		`manifest.yaml:12: packages.books.apis.club["/library"].books.add: the route "POST /library/books"` + gateway,
		`manifest.yaml:13: packages.books.apis.club["/library"].lost: is no route: an API has a base path, paths, actions and their methods`,
		"manifest.yaml:19: packages.other.apis: is no mapping, and has no place in a function",
	}, told)
}

func TestConfigYAMLOfKymaBecomesARequest(t *testing.T) {
	fsys := folderOf(map[string]string{
		"config.yaml": `name: print-label
namespace: checkout
runtime: python312
labels: {team: shop}
source: {sourceType: inline, sourcePath: src}
resources: {limits: {cpu: 100m, memory: 128Mi}}
env:
- {name: MODE, value: fast}
- {name: KEY, valueFrom: {secretKeyRef: {name: db, key: k}}}
apiRules:
- name: label
  service: {host: label.example.com, port: 80}
  rules:
  - path: /.*
    methods: [GET, POST]
    accessStrategies:
    - handler: jwt
      config: {jwksUrls: [https://id.example.com/keys], trustedIssuers: [https://id.example.com]}
subscriptions:
- {name: orders, source: shop, types: [order.paid.v1], typeMatching: standard}
`,
		"src/handler.py": "def main(event, context): pass", "src/requirements.txt": "requests==2.32.0",
	})
	i := read(t, fsys, ".", nil)
	assert.Equal(t, formats.Kyma, i.Format)
	assert.Empty(t, i.Problems)
	assert.Empty(t, i.Notes)
	assert.Equal(t, []plan.DeployRequest{{
		Framework: "kyma", Namespace: "checkout", Name: "print-label", Runtime: "python312",
		Source: plan.Source{Code: &plan.Code{Name: "handler.py", Files: map[string][]byte{
			"handler.py": []byte("def main(event, context): pass"), "requirements.txt": []byte("requests==2.32.0"),
		}}},
		Labels: map[string]string{"team": "shop"}, Limits: map[string]string{"cpu": "100m", "memory": "128Mi"},
		Env: []plan.Variable{{Name: "MODE", Value: "fast"}, {Name: "KEY", Secret: "db", Key: "k"}},
		Triggers: []plan.Trigger{
			{Type: "http", Name: "label", Host: "label.example.com", Path: "/*", Methods: []string{"GET", "POST"}, Options: map[string]string{
				"auth": "jwt", "jwks-uri": "https://id.example.com/keys", "jwt-issuer": "https://id.example.com",
			}},
			{Type: "event", Name: "orders", Broker: "shop", Topic: "order.paid.v1", Options: map[string]string{"type-matching": "standard"}},
		},
	}}, i.Requests)
}

func TestSpecsOfFissionBecomeObjects(t *testing.T) {
	fsys := folderOf(map[string]string{
		"specs/fission-deployment-config.yaml": "apiVersion: fission.io/v1\nkind: DeploymentConfig\nname: shop\nuid: 1234-abcd\n",
		"specs/function-hello.yaml": `apiVersion: fission.io/v1
kind: ArchiveUploadSpec
name: hello-py
include: [hello.py]
---
apiVersion: fission.io/v1
kind: Package
metadata: {name: hello-pkg, namespace: default}
spec:
  environment: {name: python, namespace: default}
  deployment: {type: url, url: "archive://hello-py"}
---
apiVersion: fission.io/v1
kind: Function
metadata: {name: hello}
spec: {package: {packageref: {name: hello-pkg, namespace: default}}}
`,
		"hello.py": "def main(): return 'hello'",
	})
	i := read(t, fsys, ".", nil)
	assert.Equal(t, formats.FissionSpecs, i.Format)
	assert.Empty(t, i.Problems)
	require.Len(t, i.Objects, 2)
	mark := map[string]any{"fission-name": "shop", "fission-uid": "1234-abcd"}
	assert.Equal(t, map[string]any{
		"apiVersion": "fission.io/v1", "kind": "Package",
		"metadata": map[string]any{"name": "hello-pkg", "namespace": "default", "annotations": mark},
		"spec": map[string]any{
			"environment": map[string]any{"name": "python", "namespace": "default"},
			"deployment":  map[string]any{"type": "literal", "literal": base64.StdEncoding.EncodeToString([]byte("def main(): return 'hello'"))},
		},
	}, i.Objects[0].Value)
	assert.Equal(t, "Function.fission.io", i.Objects[1].Ref.GroupKind().String())
	assert.Equal(t, 13, i.Objects[1].Line)
}

func TestManifestsAreTakenAsTheyAre(t *testing.T) {
	fsys := folderOf(map[string]string{
		"k/kustomization.yaml": "resources: [../base]\nnamePrefix: eu-\n", "base/kustomization.yaml": "resources: [a.yaml]\n",
		"base/a.yaml":  "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: v}\n",
		"plain/b.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: b}\nspec: {ports: [{port: 80}]}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n",
	})
	i := read(t, fsys, "k", nil)
	assert.Equal(t, formats.Kustomize, i.Format)
	assert.Empty(t, i.Problems)
	require.Len(t, i.Objects, 1)
	assert.Equal(t, "eu-a", i.Objects[0].Ref.Name)
	i = read(t, fsys, "plain", nil)
	assert.Equal(t, formats.Manifests, i.Format)
	require.Len(t, i.Objects, 2)
	assert.Equal(t, map[string]any{"ports": []any{map[string]any{"port": int64(80)}}}, i.Objects[0].Value["spec"])
	assert.Equal(t, 6, i.Objects[1].Line)
}

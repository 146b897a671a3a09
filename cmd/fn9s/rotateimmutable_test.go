package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/fn9s/fn9s/kube/change"
)

// declared are functions of the frameworks, each of which names the Secret `db` in a field of its own.
var declared = map[string]struct {
	gvr        schema.GroupVersionResource
	text, left string // what of the object names the Secret afterwards
}{
	"openfaas": {gvr("openfaas.com", "v1", "functions"), `{apiVersion: openfaas.com/v1, kind: Function, spec: {name: f, image: "r.example.com/f:1", secrets: [db]}}`, `"secrets":["NEXT"]`},
	"kubeless": {gvr("kubeless.io", "v1beta1", "functions"), `{apiVersion: kubeless.io/v1beta1, kind: Function, spec: {runtime: python3.11, handler: f.main, function: "def main(e, c): pass", function-content-type: text,
		deployment: {spec: {template: {spec: {containers: [{name: "", env: [{name: P, valueFrom: {secretKeyRef: {name: db, key: password}}}]}]}}}}}}`, `"secretKeyRef":{"key":"password","name":"NEXT"}`},
	"kyma": {gvr("serverless.kyma-project.io", "v1alpha2", "functions"), `{apiVersion: serverless.kyma-project.io/v1alpha2, kind: Function, spec: {runtime: nodejs22, source: {inline: {source: "module.exports = {}"}},
		secretMounts: [{secretName: db, mountPath: /etc/db}]}}`, `"secretName":"NEXT"`},
	"fission": {gvr("fission.io", "v1", "functions"), `{apiVersion: fission.io/v1, kind: Function, spec: {environment: {name: e, namespace: NAMESPACE}, package: {packageref: {name: p, namespace: NAMESPACE}},
		secrets: [{name: db, namespace: NAMESPACE}], InvokeStrategy: {StrategyType: execution, ExecutionStrategy: {ExecutorType: newdeploy, MinScale: 1, MaxScale: 1}}}}`, `"secrets":[{"name":"NEXT"`},
	"nuclio": {gvr("nuclio.io", "v1beta1", "nucliofunctions"), `{apiVersion: nuclio.io/v1beta1, kind: NuclioFunction, spec: {image: "r.example.com/f:1", runtime: golang,
		volumes: [{volume: {name: v, secret: {secretName: db}}, volumeMount: {name: v, mountPath: /s}}]}}`, `"secretName":"NEXT"`},
	"knative": {gvr("serving.knative.dev", "v1", "services"), `{apiVersion: serving.knative.dev/v1, kind: Service, spec: {template: {spec: {containers: [{image: "r.example.com/f:1", envFrom: [{secretRef: {name: db}}]}]}}}}`, `"secretRef":{"name":"NEXT"}`},
	"spin": {gvr("core.spinkube.dev", "v1alpha1", "spinapps"), `{apiVersion: core.spinkube.dev/v1alpha1, kind: SpinApp, spec: {image: "r.example.com/f:1", executor: containerd-shim-spin, replicas: 1,
		variables: [{name: p, valueFrom: {secretKeyRef: {name: db, key: password}}}]}}`, `"secretKeyRef":{"key":"password","name":"NEXT"}`},
}

// TestAnImmutableSecretOfEachFramework holds that the server takes what has a framework's own object name the new Secret,
// and that undo leaves everything as it was.
func TestAnImmutableSecretOfEachFramework(t *testing.T) {
	t.Parallel()
	for name, d := range declared {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := newTurn(t)
			u.own()
			u.make("Secret", strings.Replace(dbSecret, "{metadata", "{immutable: true, metadata", 1))
			var o map[string]any
			require.NoError(t, sigsyaml.Unmarshal([]byte(strings.NewReplacer("NAMESPACE", u.namespace, "\t", " ").Replace(d.text)), &o))
			o["metadata"] = map[string]any{"name": "f", "namespace": u.namespace}
			_, err := u.dynamic.Resource(d.gvr).Namespace(u.namespace).Create(t.Context(), &unstructured.Unstructured{Object: o}, metav1.CreateOptions{})
			require.NoError(t, err)
			before, function := u.objectOf(gvr("", "v1", "secrets"), u.namespace, "db"), u.whole(d.gvr)

			r := u.run("rotate", "db", "-n", u.namespace, "--key", "password", "--generate", "hex:32", "--yes", "--override", "*", "--wait=false", "-o", "json")
			require.Equal(t, exitDone, r.code, r.err)
			var result change.ResultDocument
			require.NoError(t, json.Unmarshal([]byte(r.out), &result))
			next := result.Steps[0].Object.Name
			raw, err := json.Marshal(u.whole(d.gvr))
			require.NoError(t, err)
			assert.Contains(t, string(raw), strings.ReplaceAll(d.left, "NEXT", next))
			assert.Equal(t, "app", string(u.secret(u.namespace, next).Data["user"]))
			assert.NotEqual(t, oldCanary, string(u.secret(u.namespace, next).Data["password"]))

			r = u.run("undo", "--yes", "--override", "*", "--wait=false")
			require.Equal(t, exitDone, r.code, r.err)
			assert.Equal(t, before, u.objectOf(gvr("", "v1", "secrets"), u.namespace, "db"))
			restored := u.whole(d.gvr)
			if name == "nuclio" { // whose controller is asked to take up what is back
				assert.Equal(t, map[string]any{"state": "waitingForResourceConfiguration"}, restored["status"])
				delete(restored, "status")
			}
			assert.Equal(t, function, restored)
			_, err = u.api.CoreV1().Secrets(u.namespace).Get(t.Context(), next, metav1.GetOptions{})
			assert.Error(t, err)
		})
	}
}

// whole is the function f with its status, which some frameworks are told their state in.
func (u *turn) whole(of schema.GroupVersionResource) map[string]any {
	u.t.Helper()
	o, err := u.dynamic.Resource(of).Namespace(u.namespace).Get(u.t.Context(), "f", metav1.GetOptions{})
	require.NoError(u.t, err)
	for _, field := range []string{"resourceVersion", "generation", "managedFields"} {
		unstructured.RemoveNestedField(o.Object, "metadata", field)
	}
	return o.Object
}

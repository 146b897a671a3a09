package compare

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/inspect"
	"github.com/fn9s/fn9s/kube/lifecycle"
	"github.com/fn9s/fn9s/security/model"
)

// shelf is a source of objects that a test wrote.
type shelf map[model.Ref]map[string]any

func (s shelf) Object(_ context.Context, ref model.Ref) (map[string]any, error) { return s[ref], nil }

func (s shelf) List(_ context.Context, kind schema.GroupKind, namespace, _ string) ([]map[string]any, error) {
	var found []map[string]any
	for ref, o := range s {
		if ref.GroupKind() == kind && ref.Namespace == namespace {
			found = append(found, o)
		}
	}
	return found, nil
}

func object(t *testing.T, text string) map[string]any {
	t.Helper()
	var o map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(text), &o))
	return o
}

func ref(group, kind, name string) model.Ref {
	return model.Ref{Group: group, Kind: kind, Namespace: "shop", Name: name}
}

func reader(s shelf, functions ...*model.Function) *Reader {
	return &Reader{Adapters: all.BuiltIn(),
		Source: func(string) (lifecycle.Source, error) { return s, nil },
		Function: func(id model.FunctionID) *model.Function {
			for _, f := range functions {
				if f.Name() == id.Name {
					return f
				}
			}
			return nil
		}}
}

const appliedText = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: pay, namespace: shop, annotations: {}}
spec:
  replicas: 2
  paused: false
  template:
    metadata: {labels: {app: pay}}
    spec:
      containers:
      - name: pay
        image: pay:1
        resources: {limits: {cpu: 1000m}}
        env:
        - {name: MODE, value: strict}
        - {name: GONE, value: "1"}
        - {name: API_TOKEN, value: ghp_abcdefghijklmnopqrstuvwxyz0123456789}
`

const liveText = `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: pay
  namespace: shop
  uid: u-1
  generation: 4
  annotations: {deployment.kubernetes.io/revision: "4"}
spec:
  replicas: 2
  progressDeadlineSeconds: 600
  template:
    metadata: {labels: {app: pay}, annotations: {team: night-shift}}
    spec:
      restartPolicy: Always
      containers:
      - name: pay
        image: pay:2
        terminationMessagePath: /dev/termination-log
        resources: {limits: {cpu: "1"}}
        env:
        - {name: MODE, value: strict}
        - {name: API_TOKEN, value: ghp_ZYXWVUTSRQPONMLKJIHGFEDCBA9876543210}
        - {name: ADDED, value: later}
status: {readyReplicas: 2}
`

func live(t *testing.T) map[string]any {
	t.Helper()
	o := object(t, liveText)
	raw, err := json.Marshal(object(t, appliedText))
	require.NoError(t, err)
	o["metadata"].(map[string]any)["annotations"].(map[string]any)[lastApplied] = string(raw)
	return o
}

func TestWhatWasChangedSinceItWasAppliedIsAllThatDiffers(t *testing.T) {
	d := ref("apps", "Deployment", "pay")
	s, err := reader(shelf{d: live(t)}).Compare(t.Context(), inspect.Target{Ref: d}, model.FunctionID{})
	require.NoError(t, err)
	assert.Equal(t, "last applied against live", s.Title())
	before, after := object(t, s.Before), object(t, s.After)
	want := object(t, appliedText)
	container := want["spec"].(map[string]any)["template"].(map[string]any)["spec"].(map[string]any)["containers"].([]any)[0].(map[string]any)
	token := map[string]any{"name": "API_TOKEN", "value": s.tokenShown(t)}
	container["env"].([]any)[2] = token
	assert.Equal(t, want, before)

	container["image"] = "pay:2"
	container["env"] = []any{map[string]any{"name": "MODE", "value": "strict"}, token, map[string]any{"name": "ADDED", "value": "later"}}
	want["spec"].(map[string]any)["template"].(map[string]any)["metadata"].(map[string]any)["annotations"] = map[string]any{"team": "night-shift"}
	assert.Equal(t, want, after, "neither defaults nor status, and a quantity that is written in another way, are differences")
}

// tokenShown is what stands for the credential.
func (s *Sides) tokenShown(t *testing.T) string {
	t.Helper()
	for _, text := range []string{s.Before, s.After} {
		assert.NotContains(t, text, "ghp_")
	}
	return "<hidden: looks like a credential (GitHub token)>"
}

func TestACredentialThatChangedIsCountedAndNotShown(t *testing.T) {
	o := func(token string) map[string]any {
		return map[string]any{"env": []any{map[string]any{"name": "API_TOKEN", "value": token}, map[string]any{"name": "A", "value": "b"}}}
	}
	s := &Sides{}
	require.NoError(t, s.fill(o("ghp_abcdefghijklmnopqrstuvwxyz0123456789"), o("ghp_ZYXWVUTSRQPONMLKJIHGFEDCBA9876543210")))
	assert.Equal(t, s.Before, s.After)
	assert.Equal(t, []string{"1 hidden value is different too"}, s.Notes)
	s = &Sides{}
	require.NoError(t, s.fill(o("ghp_abcdefghijklmnopqrstuvwxyz0123456789"), o("ghp_abcdefghijklmnopqrstuvwxyz0123456789")))
	assert.Empty(t, s.Notes)
}

func TestWhatOthersWroteLaterIsADifferenceAndDefaultsAreNone(t *testing.T) {
	d := ref("apps", "Deployment", "pay")
	o := object(t, `
metadata:
  name: pay
  managedFields:
  - manager: kubectl-client-side-apply
    fieldsV1:
      f:metadata: {f:annotations: {"f:kubectl.kubernetes.io/last-applied-configuration": {}}}
      f:spec: {f:progressDeadlineSeconds: {}, f:template: {f:spec: {f:containers: {'k:{"name":"pay"}': {f:image: {}, f:imagePullPolicy: {}}}}}}
  - manager: kubectl-set
    fieldsV1:
      f:spec: {f:minReadySeconds: {}, f:template: {f:spec: {f:containers: {'k:{"name":"pay"}': {f:env: {}}}}}}
  - manager: controller
    subresource: status
    fieldsV1: {f:status: {f:replicas: {}}}
spec:
  minReadySeconds: 5
  progressDeadlineSeconds: 600
  template: {spec: {containers: [{name: pay, image: "pay:1", imagePullPolicy: Always, env: [{name: A, value: b}]}]}}
status: {replicas: 1}
`)
	o["metadata"].(map[string]any)["annotations"] = map[string]any{
		lastApplied: `{"metadata":{"name":"pay"},"spec":{"template":{"spec":{"containers":[{"name":"pay","image":"pay:1"}]}}}}`}
	s, err := reader(shelf{d: o}).Compare(t.Context(), inspect.Target{Ref: d}, model.FunctionID{})
	require.NoError(t, err)
	assert.Equal(t, object(t, `
metadata: {name: pay}
spec:
  minReadySeconds: 5
  template: {spec: {containers: [{name: pay, image: "pay:1", env: [{name: A, value: b}]}]}}
`), object(t, s.After))
}

func replicaSet(t *testing.T, number, image string) map[string]any {
	t.Helper()
	return object(t, `
metadata:
  name: pay-`+number+`
  annotations: {deployment.kubernetes.io/revision: "`+number+`"}
  ownerReferences: [{uid: u-1, kind: Deployment, name: pay}]
spec:
  template:
    metadata: {labels: {app: pay, pod-template-hash: h`+number+`}}
    spec: {containers: [{name: pay, image: "`+image+`"}]}
`)
}

func TestWithoutAnAppliedTextTheRevisionBeforeIsWhatItIsComparedWith(t *testing.T) {
	d := ref("apps", "Deployment", "pay")
	o := object(t, `
metadata: {name: pay, uid: u-1}
spec: {template: {metadata: {labels: {app: pay}}, spec: {containers: [{name: pay, image: "pay:9"}]}}}
`)
	s := shelf{d: o, ref("apps", "ReplicaSet", "pay-8"): replicaSet(t, "8", "pay:8"), ref("apps", "ReplicaSet", "pay-7"): replicaSet(t, "7", "pay:7"),
		ref("apps", "ReplicaSet", "pay-9"): replicaSet(t, "9", "pay:9")}
	sides, err := reader(s).Compare(t.Context(), inspect.Target{Ref: d}, model.FunctionID{})
	require.NoError(t, err)
	assert.Equal(t, "revision 8 against live", sides.Title())
	assert.Contains(t, sides.Before, "image: pay:8")
	assert.Contains(t, sides.After, "image: pay:9")

	function := &model.Function{Key: model.FunctionKey{Framework: "kyma", Namespace: "shop", Name: "pay"}, Object: ref("serverless.kyma-project.io", "Function", "pay"),
		Workloads: []model.WorkloadRef{{Ref: d, Role: model.Run}}}
	s[function.Object] = map[string]any{"metadata": map[string]any{"name": "pay"}}
	sides, err = reader(s, function).Compare(t.Context(), inspect.Target{Ref: function.Object}, model.FunctionID{FunctionKey: model.FunctionKey{Name: "pay"}})
	require.NoError(t, err)
	assert.Equal(t, "revision 8 against live", sides.Title(), "of a function it is its workload's")
}

func TestRevisionsOfKnativeAreCompared(t *testing.T) {
	revision := func(name, made, image string) map[string]any {
		return object(t, `
metadata: {name: `+name+`, creationTimestamp: "`+made+`", annotations: {autoscaling.knative.dev/min-scale: "1", serving.knative.dev/creator: jane}}
spec: {containers: [{image: "`+image+`"}]}
status: {logUrl: x}
`)
	}
	f := &model.Function{Key: model.FunctionKey{Framework: "knative", Namespace: "shop", Name: "pay"}, Object: ref("serving.knative.dev", "Service", "pay")}
	s := shelf{f.Object: {"metadata": map[string]any{"name": "pay"}},
		ref("serving.knative.dev", "Revision", "pay-00001"): revision("pay-00001", "2026-01-01T00:00:00Z", "pay:1"),
		ref("serving.knative.dev", "Revision", "pay-00002"): revision("pay-00002", "2026-01-02T00:00:00Z", "pay:2")}
	sides, err := reader(s, f).Compare(t.Context(), inspect.Target{Ref: f.Object}, model.FunctionID{FunctionKey: model.FunctionKey{Name: "pay"}})
	require.NoError(t, err)
	assert.Equal(t, "pay-00001 against pay-00002", sides.Title())
	assert.Equal(t, object(t, `
kind: Revision
metadata: {annotations: {autoscaling.knative.dev/min-scale: "1"}}
spec: {containers: [{image: "pay:1"}]}
`), object(t, sides.Before))
}

func TestWhatCannotBeComparedIsSaid(t *testing.T) {
	config, secret := ref("", "ConfigMap", "rules"), ref("", "Secret", "token")
	r := reader(shelf{config: {"data": map[string]any{"a": "b"}}, secret: {}})
	for of, want := range map[model.Ref]string{
		config: "nothing to compare ConfigMap shop/rules with: it was not applied by kubectl apply",
		secret: "the values of Secret shop/token are not read", ref("", "ConfigMap", "none"): "ConfigMap shop/none is not there any more",
	} {
		_, err := r.Compare(t.Context(), inspect.Target{Ref: of}, model.FunctionID{})
		assert.ErrorContains(t, err, want)
	}
	r.Source = func(string) (lifecycle.Source, error) { return nil, errors.New("context is not open") }
	_, err := r.Compare(t.Context(), inspect.Target{Ref: config}, model.FunctionID{})
	assert.EqualError(t, err, "context is not open")
}

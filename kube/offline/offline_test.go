package offline_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/kube/offline"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// accounts is a kind that some control reads.
var accounts = snapshot.Kind{GroupKind: schema.GroupKind{Kind: "ServiceAccount"}, Reader: "test"}

func load(t *testing.T, src string) (*offline.World, []error) {
	t.Helper()
	docs, problems := manifest.Read("f.yaml", []byte(src))
	require.Empty(t, problems)
	return offline.Load(all.BuiltIn(), []snapshot.Kind{accounts}, docs)
}

func TestWhatEveryClusterHasIsThere(t *testing.T) {
	t.Parallel()
	w, problems := load(t, `
apiVersion: v1
kind: Namespace
metadata: {name: a, labels: {team: x, kubernetes.io/metadata.name: other}}
---
{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: b}}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: default, namespace: b, labels: {own: "yes"}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: c}}
`)
	require.Empty(t, problems)
	for _, ns := range []string{"a", "b", "c"} {
		assert.NotNil(t, w.Get(model.Ref{Kind: "ServiceAccount", Namespace: ns, Name: "default"}), ns)
		ca := model.Ref{Kind: "ConfigMap", Namespace: ns, Name: "kube-root-ca.crt"}
		assert.NotNil(t, w.Get(ca), ns)
		file, line, _ := w.Position(ca, "data")
		assert.Empty(t, file, "no line has it")
		assert.Zero(t, line)
	}
	assert.Nil(t, w.Get(model.Ref{Kind: "ServiceAccount", Namespace: "default", Name: "default"}), "nothing is in that namespace")
	labels := w.Get(model.Ref{Kind: "Namespace", Name: "a"}).Head().Labels
	assert.Equal(t, "a", labels.Get("kubernetes.io/metadata.name"))
	assert.Equal(t, "x", labels.Get("team"))
	assert.Equal(t, "c", w.Get(model.Ref{Kind: "Namespace", Name: "c"}).Head().Labels.Get("kubernetes.io/metadata.name"))
	assert.Equal(t, "yes", w.Get(model.Ref{Kind: "ServiceAccount", Namespace: "b", Name: "default"}).Head().Labels.Get("own"), "what is written counts")
	assert.Nil(t, w.Get(model.Ref{Kind: "Namespace", Name: "b"}), "a namespace without an object stays unknown")
}

func TestPodsOfADeploymentBelongToItThoughTheirOwnerWasLeftOut(t *testing.T) {
	t.Parallel()
	const pod = "{apiVersion: v1, kind: Pod, metadata: {name: %s, namespace: a, labels: {pod-template-hash: 7d9c}%s}}\n---\n"
	w, problems := load(t, fmt.Sprintf(pod, "web-7d9c-x2x4z", "")+fmt.Sprintf(pod, "other-7d9c-x2x4z", "")+fmt.Sprintf(pod, "web-x2x4z", "")+
		fmt.Sprintf(pod, "web-7d9c-owned", ", ownerReferences: [{apiVersion: batch/v1, kind: Job, name: j, uid: u, controller: true}]")+
		"{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: a}, spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}}}}")
	require.Empty(t, problems)
	owners := func(name string) (all []string) {
		for _, o := range w.Get(model.Ref{Kind: "Pod", Namespace: "a", Name: name}).Head().Owners {
			all = append(all, o.Kind+" "+o.Name)
		}
		return all
	}
	assert.Equal(t, []string{"ReplicaSet web-7d9c", "Deployment web"}, owners("web-7d9c-x2x4z"))
	assert.Empty(t, owners("other-7d9c-x2x4z"), "no Deployment of that name is there")
	assert.Empty(t, owners("web-x2x4z"), "a name that no controller gives")
	assert.Equal(t, []string{"Job j"}, owners("web-7d9c-owned"), "what is written counts")
}

func TestPositionsOfObjects(t *testing.T) {
	t.Parallel()
	w, problems := load(t, "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  containers:\n  - name: c\n    image: x\n")
	require.Empty(t, problems)
	ref := model.Ref{Kind: "Pod", Namespace: "default", Name: "p"}
	file, line, column := w.Position(ref, "spec.containers[0].image")
	assert.Equal(t, "f.yaml 8 5", strings.Join([]string{file, strconv.Itoa(line), strconv.Itoa(column)}, " "))
	_, line, _ = w.Position(ref, "spec.containers[0].securityContext.runAsNonRoot")
	assert.Equal(t, 7, line, "the container, where the field is missing")
	file, _, _ = w.Position(model.Ref{Kind: "Pod", Namespace: "default", Name: "other"}, "spec")
	assert.Empty(t, file)
}

func TestObjectsOfAnotherShapeAreNamed(t *testing.T) {
	t.Parallel()
	w, problems := load(t, `
{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: 7}}
---
{apiVersion: openfaas.com/v1, kind: Function, metadata: {name: f, labels: [x]}, spec: {}}
---
{apiVersion: v1, kind: Pod, metadata: {name: q}}
`)
	require.Len(t, problems, 1)
	assert.ErrorContains(t, problems[0], "f.yaml: document 1, line 2: decode Pod: ")
	assert.NotNil(t, w.Get(model.Ref{Kind: "Pod", Namespace: "default", Name: "q"}))
	malformed := w.Malformed()
	require.Len(t, malformed, 1)
	assert.ErrorContains(t, malformed[0], "f.yaml: document 2, line 4: Function.openfaas.com default/f: malformed metadata")
}

func TestOfTwoDocumentsForOneObjectTheLastCounts(t *testing.T) {
	t.Parallel()
	w, problems := load(t, "{apiVersion: v1, kind: Pod, metadata: {name: p, labels: {a: one}}}\n---\n{apiVersion: v1, kind: Pod, metadata: {name: p, labels: {a: two}}}\n")
	require.Empty(t, problems)
	ref := model.Ref{Kind: "Pod", Namespace: "default", Name: "p"}
	assert.Equal(t, "two", w.Get(ref).Head().Labels.Get("a"))
	_, line, _ := w.Position(ref, "metadata")
	assert.Equal(t, 3, line)
}

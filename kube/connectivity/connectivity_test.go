package connectivity_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/connectivity"
	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

func deployment(namespace, name, labels string) string {
	return fmt.Sprintf(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: %s, namespace: %s, labels: {%s}}
spec: {selector: {matchLabels: {app: %[1]s}}, template: {metadata: {labels: {app: %[1]s}}, spec: {containers: [{name: c, image: example.com/c, ports: [{containerPort: 8080}]}]}}}
---`, name, namespace, labels)
}

func namespace(name string) string {
	return "\n{apiVersion: v1, kind: Namespace, metadata: {name: " + name + ", labels: {kubernetes.io/metadata.name: " + name + "}}}\n---"
}

func world(t *testing.T, texts ...string) *offlinetest.World {
	t.Helper()
	return offlinetest.Text(t, namespace("media")+namespace("shop")+
		deployment("media", "crop", `fn9s.io/function: "true"`)+deployment("media", "resize", "")+deployment("shop", "cart", "")+strings.Join(texts, ""))
}

func policy(direction string, rules ...any) plan.Edit {
	ref := model.Ref{Group: "networking.k8s.io", Kind: "NetworkPolicy", Namespace: "media", Name: "crop-" + direction}
	kind := map[string]string{"ingress": "Ingress", "egress": "Egress"}[direction]
	return plan.Edit{Verb: plan.Create, Object: ref, APIVersion: "networking.k8s.io/v1", New: map[string]any{
		"apiVersion": "networking.k8s.io/v1", "kind": ref.Kind, "metadata": map[string]any{"name": ref.Name, "namespace": ref.Namespace},
		"spec": map[string]any{"podSelector": map[string]any{"matchLabels": map[string]any{"app": "crop"}}, "policyTypes": []any{kind}, direction: rules},
	}}
}

func of(t *testing.T, w *offlinetest.World, edits ...plan.Edit) []connectivity.Change {
	t.Helper()
	functions := w.World.Functions("media")
	require.Len(t, functions, 1)
	all, left, err := connectivity.Of(w.Reader, []model.FunctionKey{functions[0].Key}, edits)
	require.NoError(t, err)
	assert.Zero(t, left)
	return all
}

// shop may call port 8080: its neighbour and the rest of the world no longer can.
func TestWhoCanReachItBeforeAndAfter(t *testing.T) {
	from := map[string]any{
		"from":  []any{map[string]any{"namespaceSelector": map[string]any{"matchLabels": map[string]any{"kubernetes.io/metadata.name": "shop"}}}},
		"ports": []any{map[string]any{"protocol": "TCP", "port": int64(8080)}},
	}
	all := of(t, world(t), policy("ingress", from))
	require.Len(t, all, 1)
	assert.Equal(t, []connectivity.Line{
		{Peer: "Deployment resize in media", Before: "all", After: "none"},
		{Peer: "addresses that are no pods, all", Before: "all", After: "none"},
		{Peer: "Deployment cart in shop", Before: "all", After: "TCP 8080"},
	}, all[0].In)
	for _, l := range all[0].Out {
		assert.False(t, l.Changed(), "%v", l)
	}
}

func TestWhomItReachesBeforeAndAfter(t *testing.T) {
	to := map[string]any{"to": []any{map[string]any{"ipBlock": map[string]any{"cidr": "10.1.0.0/16"}}}}
	all := of(t, world(t), policy("egress", to))
	require.Len(t, all, 1)
	assert.Contains(t, all[0].Out, connectivity.Line{Peer: "addresses 10.1.0.0-10.1.255.255", Before: "all", After: "all"})
	assert.Contains(t, all[0].Out, connectivity.Line{
		Peer: "addresses 0.0.0.0-10.0.255.255, 10.2.0.0-255.255.255.255, ::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Before: "all", After: "none"})
	assert.Contains(t, all[0].Out, connectivity.Line{Peer: "Deployment resize in media", Before: "all", After: "perhaps all"}, "its address may lie in the block")
}

// Many alike are counted, not listed.
func TestPeersThatAreAlikeStandTogether(t *testing.T) {
	var b strings.Builder
	for i := range 5 {
		b.WriteString(deployment("shop", fmt.Sprintf("w%d", i), ""))
	}
	for i := range 12 {
		b.WriteString(namespace(fmt.Sprintf("team%d", i)) + deployment(fmt.Sprintf("team%d", i), "job", ""))
	}
	all := of(t, world(t, b.String()), policy("ingress"))
	assert.Equal(t, []connectivity.Line{
		{Peer: "19 workloads in 14 namespaces", Before: "all", After: "none"}, {Peer: "addresses that are no pods, all", Before: "all", After: "none"},
	}, all[0].In)
}

// A policy that is deleted opens what it closed.
func TestAPolicyThatGoes(t *testing.T) {
	w := world(t, `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: media}
spec: {podSelector: {}, policyTypes: [Ingress]}
---`)
	ref := model.Ref{Group: "networking.k8s.io", Kind: "NetworkPolicy", Namespace: "media", Name: "deny"}
	all := of(t, w, plan.Edit{Verb: plan.Delete, Object: ref})
	require.Len(t, all, 1)
	assert.Contains(t, all[0].In, connectivity.Line{Peer: "Deployment cart in shop", Before: "none", After: "all"})
}

func TestOtherChangesSayNothing(t *testing.T) {
	w := world(t)
	assert.Empty(t, of(t, w, plan.Edit{Verb: plan.Patch, Object: model.Ref{Group: "apps", Kind: "Deployment", Namespace: "media", Name: "crop"}}))
	other := policy("ingress")
	other.New["spec"].(map[string]any)["podSelector"] = map[string]any{"matchLabels": map[string]any{"app": "resize"}}
	assert.Empty(t, of(t, w, other), "its pods are not selected")
}

package e2e

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"github.com/fn9s/fn9s/kube/kubetest"
)

const (
	nasty     = "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x1b[0m\u202ebackwards\x07\r\n\x9b31m"
	nastyName = "e2e-nasty"
)

// nastyFunction is a custom resource whose every free text tries to take over the terminal.
func nastyFunction(t *testing.T) *unstructured.Unstructured {
	t.Helper()
	o := map[string]any{
		"apiVersion": "openfaas.com/v1", "kind": "Function",
		"metadata": map[string]any{"name": nastyName, "namespace": "media", "annotations": map[string]any{"com.openfaas.note": nasty, "topic": nasty}},
		"spec":     map[string]any{"name": nastyName, "image": "registry.example.com/" + nasty, "handler": nasty, "environment": map[string]any{"TEXT": nasty}},
		"status":   map[string]any{"conditions": []any{map[string]any{"type": "Ready", "status": "False", "reason": nasty, "message": nasty}}},
	}
	data, err := json.Marshal(o)
	require.NoError(t, err)
	u := &unstructured.Unstructured{}
	require.NoError(t, u.UnmarshalJSON(data))
	return u
}

func TestTextsFromTheClusterCannotTouchTheTerminal(t *testing.T) {
	c := open(t)
	admin, _ := kubetest.Connect(t, kubetest.Kubeconfig{Path: kubetest.Need(t).Admin})
	client, err := dynamic.NewForConfigAndClient(admin.Config(), admin.HTTP())
	require.NoError(t, err)
	resource := client.Resource(schema.GroupVersionResource{Group: "openfaas.com", Version: "v1", Resource: "functions"}).Namespace("media")
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_ = resource.Delete(ctx, nastyName, metav1.DeleteOptions{}) // of a test that was killed
	made, err := resource.Create(ctx, nastyFunction(t), metav1.CreateOptions{})
	require.NoError(t, err)
	defer func() {
		assert.NoError(t, resource.Delete(context.Background(), nastyName, metav1.DeleteOptions{}))
		c.see("0 of ", "No functions match the filter")
		c.quit()
	}()
	made.Object["status"] = nastyFunction(t).Object["status"]
	if _, err := resource.UpdateStatus(ctx, made, metav1.UpdateOptions{}); err != nil {
		t.Logf("the status stays empty: %v", err)
	}

	unharmed := func(where string) {
		t.Helper()
		s := c.Screen()
		assert.NotContains(t, s.Title, "owned", where)
		assert.Zero(t, s.Bells, where)
		assert.NotContains(t, s.String(), "\u202e", where)
		assert.Contains(t, s.Line(0), "● live", where)
		assert.Contains(t, last(s), "? help", where)
	}
	c.filter(nastyName)
	c.see("media")
	unharmed("table")
	c.press("w")
	for range 26 { // what has no room is to the right
		c.press("right")
	}
	c.see("REASON")
	unharmed("wide table")
	c.press("enter")
	c.see("Declared by")
	unharmed("function")
	c.press("d")
	c.see("describe Function")
	unharmed("describe")
	c.press("q")
	c.see("Declared by")
	c.press("y")
	c.see("kind: Function")
	unharmed("YAML")
	c.press("q")
	c.see("Declared by")
	c.press("q")
	c.see("filter: " + nastyName)
}

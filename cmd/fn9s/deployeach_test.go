package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/change"
)

// TestEachFrameworkIsDeployedByFlags makes a function of every framework, sees it, deletes it, and takes all back.
func TestEachFrameworkIsDeployedByFlags(t *testing.T) {
	t.Parallel()
	code := filepath.Join(t.TempDir(), "handler.js")
	require.NoError(t, os.WriteFile(code, []byte("module.exports = { main: async function () { return 'x' } }\n"), 0o600))
	image := []string{"--image", deployedImage + strings.Repeat("a", 64)}
	words := []string{"deploy", "--yes", "--wait=false", "-o", "json"}
	for framework, args := range map[string][]string{
		"openfaas": image,
		"kubeless": {"--code", code, "--runtime", "python3.7", "--handler", "handler.main"},
		"kyma":     {"--code", code, "--runtime", "nodejs22"},
		"fission":  image,
		"nuclio":   append([]string{"--runtime", "nodejs", "--handler", "main:handler"}, image...),
		"knative":  image,
		"plain":    image,
	} {
		t.Run(framework, func(t *testing.T) {
			t.Parallel()
			u := newTurn(t)
			u.own()
			before := u.objects()
			r := u.run(slices.Concat(words, []string{framework, "crop", "-n", u.namespace}, args)...)
			require.Equal(t, exitDone, r.code, "%s\n%s", r.out, r.err)
			u.liveAndDie(framework, u.namespace, "crop", r, func() {})
			require.EventuallyWithT(t, func(c *assert.CollectT) { assert.Equal(c, before, u.objects(), "as before") }, time.Minute, 100*time.Millisecond)
		})
	}
}

// TestFunctionsOfOtherAPIsAreDeployedByFlags does the same through the APIs of OpenWhisk and Fn: a package, a trigger and a rule
// are made with an action and an app and a trigger with a function, and what is brought back is as it was.
func TestFunctionsOfOtherAPIsAreDeployedByFlags(t *testing.T) {
	code := filepath.Join(t.TempDir(), "handler.js")
	require.NoError(t, os.WriteFile(code, []byte("function main() { return {ok: true} }\n"), 0o600))
	words := []string{"deploy", "--yes", "--wait=false", "-o", "json"}

	t.Run("openwhisk", func(t *testing.T) {
		t.Parallel()
		o := newOutside(t, "openwhisk")
		r := o.run(slices.Concat(words, []string{"openwhisk", "crop", "-n", "openwhisk", "--code", code, "--runtime", "nodejs:20", "--env", "MOOD=good",
			"--topic", "pictures", "--option", "package=darkroom", "--annotation", "team=shop"})...)
		require.Equal(t, exitDone, r.code, "%s\n%s", r.out, r.err)
		before := o.action("darkroom/crop")
		assert.Equal(t, map[string]any{"MOOD": "good"}, before["parameters"])
		rule := o.ask(http.MethodGet, "/api/v1/namespaces/_/rules/pictures-crop", nil)
		o.liveAndDie("openwhisk", "openwhisk", "guest/darkroom/crop", r, func() {
			assert.Equal(t, before, o.action("darkroom/crop"))
			again := o.ask(http.MethodGet, "/api/v1/namespaces/_/rules/pictures-crop", nil)
			assert.Equal(t, []any{rule["action"], rule["trigger"], rule["status"]}, []any{again["action"], again["trigger"], again["status"]})
		})
	})
	t.Run("fn", func(t *testing.T) {
		t.Parallel()
		f := newOutside(t, "fn")
		r := f.run(slices.Concat(words, []string{"fn", "crop", "-n", "fn", "--image", deployedImage + strings.Repeat("a", 64), "--env", "MOOD=good",
			"--option", "app=darkroom", "--host", "/crop"})...)
		require.Equal(t, exitDone, r.code, "%s\n%s", r.out, r.err)
		whole := func() map[string]any {
			apps := f.ask(http.MethodGet, "/v2/apps?name=darkroom", nil)["items"].([]any)
			require.Len(t, apps, 1)
			app, _ := apps[0].(map[string]any)["id"].(string)
			found := f.ask(http.MethodGet, "/v2/fns?app_id="+app, nil)["items"].([]any)
			require.Len(t, found, 1)
			function := found[0].(map[string]any)
			for _, k := range []string{"id", "created_at", "updated_at", "annotations"} { // the server's
				delete(function, k)
			}
			return function
		}
		was := whole()
		assert.Equal(t, map[string]any{"MOOD": "good"}, was["config"])
		f.liveAndDie("fn", "fn", "darkroom/crop", r, func() { assert.Equal(t, was, whole()) })
	})
}

// liveAndDie sees a function that was deployed, deletes it, brings it back, and takes all of it back.
func (u *turn) liveAndDie(framework, namespace, name string, deployed ran, back func()) {
	u.t.Helper()
	validate(u.t, "ChangeResult", []byte(deployed.out))
	var result change.ResultDocument
	require.NoError(u.t, json.Unmarshal([]byte(deployed.out), &result))
	require.Len(u.t, result.Plan.Deployments, 1)
	seen := func(is bool, why string) {
		u.t.Helper()
		want := map[bool]int{true: exitDone, false: exitFindings}[is]
		require.EventuallyWithT(u.t, func(c *assert.CollectT) {
			r := u.run("get", framework+"/"+name, "-n", namespace)
			assert.Equal(c, want, r.code, "%s: %s", why, r.err)
		}, time.Minute, 200*time.Millisecond)
	}
	seen(true, "it is listed")
	r := u.run("delete", framework+"/"+name, "-n", namespace, "--yes", "--wait=false")
	require.Equal(u.t, exitDone, r.code, "%s\n%s", r.out, r.err)
	seen(false, "it is gone")
	for i, is := range []bool{true, false} {
		r = u.run("undo", "--yes", "--wait=false")
		require.Equal(u.t, exitDone, r.code, "undo %d: %s\n%s", i, r.out, r.err)
		seen(is, "undo")
		if is {
			back()
		}
	}
}

package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/change"
	wish "github.com/fn9s/fn9s/kube/plan"
)

// again deploys what is there: it is one step that changes the function, shown without values.
func (u *turn) again(args ...string) change.PlanDocument {
	u.t.Helper()
	words := append([]string{"deploy"}, args...)
	r := u.run(append(slices.Clone(words), "--dry-run", "-o", "json")...)
	require.Equal(u.t, exitDone, r.code, "%s\n%s", r.out, r.err)
	validate(u.t, "Plan", []byte(r.out))
	var p change.PlanDocument
	require.NoError(u.t, json.Unmarshal([]byte(r.out), &p))
	require.Len(u.t, p.Deployments, 1)
	assert.NotEmpty(u.t, p.Deployments[0].Grade, "it is judged as what it becomes")
	limited := slices.ContainsFunc(p.Deployments[0].Pending, func(f change.PendingDocument) bool { return f.Control == "IMG-07" && f.Limit == "framework" })
	assert.True(u.t, limited, "what the framework cannot do better is named as such")
	r = u.run(append(words, "--yes", "--wait=false", "-o", "json")...)
	require.Equal(u.t, exitDone, r.code, "%s\n%s", r.out, r.err)
	for _, said := range []string{"good-mood", "bad-mood", "calm", "ok: false"} {
		assert.NotContains(u.t, r.out+r.err, said, "a value, or code")
	}
	return p
}

// TestAnActionIsDeployedAgain holds that what is asked for again is changed, that what is not spoken of stays, and that all
// of it comes back, the code too.
func TestAnActionIsDeployedAgain(t *testing.T) {
	code := filepath.Join(t.TempDir(), "handler.js")
	write := func(text string) { require.NoError(t, os.WriteFile(code, []byte(text), 0o600)) }
	write("function main() { return {ok: true} }\n")
	o := newOutside(t, "openwhisk")
	base := []string{"openwhisk", "mend", "-n", "openwhisk", "--code", code, "--runtime", "nodejs:20", "--option", "package=mendery", "--topic", "tears"}
	r := o.run(slices.Concat([]string{"deploy", "--yes", "--wait=false", "-o", "json"}, base,
		[]string{"--env", "MOOD=good-mood", "--env", "HUMOUR=calm", "--memory", ":512Mi", "--annotation", "team=shop"})...)
	require.Equal(t, exitDone, r.code, "%s\n%s", r.out, r.err)
	defer o.undone()
	before := o.action("mendery/mend")

	puts := o.puts.Load()
	same := o.run(slices.Concat([]string{"deploy", "--yes", "--wait=false", "-o", "json"}, base)...)
	require.Equal(t, exitDone, same.code, "%s\n%s", same.out, same.err)
	assert.Equal(t, puts, o.puts.Load(), "it is as asked for: nothing is sent")

	write("function main() { return {ok: false} }\n")
	p := o.again(slices.Concat(base, []string{"--env", "MOOD=bad-mood", "--call-timeout", "90s"})...)
	require.Len(t, p.Steps, 1)
	assert.Equal(t, string(wish.Patch), string(p.Steps[0].Verb))
	after := o.action("mendery/mend")
	exec := after["exec"].(map[string]any)
	assert.Equal(t, []any{"nodejs:20", "function main() { return {ok: false} }\n"}, []any{exec["kind"], exec["code"]})
	assert.Equal(t, map[string]any{"MOOD": "bad-mood", "HUMOUR": "calm"}, after["parameters"])
	assert.Equal(t, map[string]any{"memory": 512.0, "timeout": 90000.0, "logs": 10.0, "concurrency": 1.0}, after["limits"])
	assert.Equal(t, "shop", after["annotations"].(map[string]any)["team"])

	o.undone()
	assert.Equal(t, before, o.action("mendery/mend"))
}

// TestAFunctionOfFnIsDeployedAgain does the same with a function of Fn.
func TestAFunctionOfFnIsDeployedAgain(t *testing.T) {
	f := newOutside(t, "fn")
	image := func(digest string) string { return deployedImage + strings.Repeat(digest, 64) }
	base := []string{"fn", "mend", "-n", "fn", "--option", "app=mendery", "--host", "/mend"}
	r := f.run(slices.Concat([]string{"deploy", "--yes", "--wait=false", "-o", "json", "--image", image("a"), "--env", "MOOD=good-mood",
		"--env", "HUMOUR=calm", "--memory", ":512Mi"}, base)...)
	require.Equal(t, exitDone, r.code, "%s\n%s", r.out, r.err)
	defer f.undone()
	whole := func() map[string]any {
		apps := f.ask(http.MethodGet, "/v2/apps?name=mendery", nil)["items"].([]any)
		require.Len(t, apps, 1)
		found := f.ask(http.MethodGet, "/v2/fns?app_id="+apps[0].(map[string]any)["id"].(string), nil)["items"].([]any)
		require.Len(t, found, 1)
		function := found[0].(map[string]any)
		delete(function, "updated_at")
		return function
	}
	before := whole()
	p := f.again(slices.Concat(base, []string{"--image", image("b"), "--env", "MOOD=bad-mood", "--call-timeout", "90s"})...)
	require.Len(t, p.Steps, 1)
	assert.Equal(t, string(wish.Patch), string(p.Steps[0].Verb))
	after := whole()
	assert.Equal(t, []any{before["id"], image("b"), 512.0, 90.0}, []any{after["id"], after["image"], after["memory"], after["timeout"]})
	assert.Equal(t, map[string]any{"MOOD": "bad-mood", "HUMOUR": "calm"}, after["config"])
	f.undone()
	assert.Equal(t, before, whole())

	r = f.run("deploy", "fn", "mend", "-n", "fn", "--option", "app=mendery", "--host", "/elsewhere", "--image", image("a"), "--dry-run")
	assert.NotEqual(t, exitDone, r.code)
	assert.Contains(t, r.out+r.err, "deleted and made anew, and not changed", "a trigger keeps its path")
}

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fn9s/fn9s/kube/change"
)

// objects names what stands in the namespace of a test, of the kinds that deploying makes.
func (u *turn) objects() []string {
	u.t.Helper()
	var all []string
	for _, kind := range append(slices.Sorted(maps.Keys(labKinds)), "ksvc") {
		of, ok := labKinds[kind]
		if kind == "ksvc" {
			of, ok = gvr("serving.knative.dev", "v1", "services"), true
		}
		if !ok {
			continue
		}
		list, err := u.dynamic.Resource(of).Namespace(u.namespace).List(u.t.Context(), metav1.ListOptions{})
		if err != nil {
			continue // not served here
		}
		for i := range list.Items {
			if name := list.Items[i].GetName(); !strings.HasPrefix(name, "fn9s-backup-") { // what an undo keeps for undoing it
				all = append(all, kind+"/"+name)
			}
		}
	}
	return all
}

const deployedImage = "registry.example.com/shop/crop@sha256:"

func TestDeployChangeCopyAndUndo(t *testing.T) {
	t.Parallel()
	for _, framework := range []string{"plain", "knative"} {
		t.Run(framework, func(t *testing.T) {
			t.Parallel()
			u := newTurn(t)
			u.own()
			before := u.objects()
			words := []string{"deploy", framework, "crop", "-n", u.namespace, "--env", "DB_PASSWORD=" + newCanary, "--yes", "--wait=false"}
			first := slices.Concat(words, []string{"--image", deployedImage + strings.Repeat("a", 64)})
			r := u.run(append(first, "-o", "json")...)
			require.Equal(t, exitDone, r.code, r.err)
			validate(t, "ChangeResult", []byte(r.out))
			var result change.ResultDocument
			require.NoError(t, json.Unmarshal([]byte(r.out), &result))
			require.Len(t, result.Plan.Deployments, 1)
			d := result.Plan.Deployments[0]
			assert.Subset(t, d.Secured, []string{"own-account", "no-token", "non-root", "read-only-root", "seccomp", "limits", "isolate-ingress", "isolate-egress", "env-to-secret"})
			assert.Equal(t, newCanary, string(u.secret(u.namespace, "crop-env").Data["DB_PASSWORD"]))

			again := u.run(first...)
			assert.Equal(t, exitDone, again.code, again.err)
			assert.Contains(t, again.out, "There is nothing to change.", "deploying again skips what is done")

			other := u.run(slices.Concat(words, []string{"--image", deployedImage + strings.Repeat("b", 64), "-o", "json"})...)
			require.Equal(t, exitDone, other.code, other.err)
			require.NoError(t, json.Unmarshal([]byte(other.out), &result))
			require.Len(t, result.Plan.Steps, 1)
			assert.Equal(t, "patch", result.Plan.Steps[0].Verb)
			require.Len(t, result.Plan.Steps[0].Changes, 1, "the image, and nothing else")
			assert.True(t, strings.HasSuffix(result.Plan.Steps[0].Changes[0].Path, "image"))

			copied := u.run("deploy", "--copy-of", framework+"/crop", "crop-next", "-n", u.namespace, "--yes", "--wait=false")
			require.Equal(t, exitDone, copied.code, copied.err)
			assert.Contains(t, u.objects(), map[string]string{"plain": "Deployment", "knative": "ksvc"}[framework]+"/crop-next")

			for range 3 {
				undo := u.run("undo", "--yes", "--wait=false")
				require.Equal(t, exitDone, undo.code, undo.err)
			}
			require.EventuallyWithT(t, func(c *assert.CollectT) { assert.Equal(c, before, u.objects(), "as before") }, 20*time.Second, 100*time.Millisecond)
		})
	}
}

func TestWhatCannotBeDeployedLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	u := newTurn(t)
	u.own()
	before := u.objects()
	image := "--image=" + deployedImage + strings.Repeat("a", 64)
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"an image with spaces":   {[]string{"plain", "crop", "--image", "a b"}, exitFindings, "image: \"a b\": the name of an image has no spaces"},
		"a framework":            {[]string{"abacus", "crop", image}, exitFindings, "framework: functions of \"abacus\" cannot be made here"},
		"a variable":             {[]string{"plain", "crop", image, "--env", "A B=1"}, exitFindings, "env: \"A B\" is no name of a variable"},
		"a Secret":               {[]string{"plain", "crop", image, "--secret", "nothing"}, exitFindings, "secret: there is no Secret nothing"},
		"credentials of git":     {[]string{"knative", "crop", "--git", "https://u:" + newCanary + "@example.com/a"}, exitFindings, "the address holds credentials"},
		"a default":              {[]string{"plain", "crop", image, "--insecure-defaults", "everything"}, exitUsage, "there is no such default"},
		"half a variable":        {[]string{"plain", "crop", image, "--env", "A"}, exitUsage, "write NAME=VALUE"},
		"nothing":                {nil, exitUsage, "give a framework and a name"},
		"a file that is missing": {[]string{"-f", filepath.Join(t.TempDir(), "x.yaml")}, exitUsage, "x.yaml"},
	} {
		r := u.run(slices.Concat([]string{"deploy"}, c.args, []string{"-n", u.namespace, "--yes"})...)
		assert.Equal(t, c.code, r.code, "%s: %s", name, r.err)
		assert.Contains(t, r.err, c.says, name)
	}
	r := u.runWith(u.cluster.ReadOnly, "deploy", "plain", "crop", image, "-n", u.namespace, "--yes")
	assert.Equal(t, exitFindings, r.code)
	assert.Contains(t, r.out+r.err, "create", "what is missing is said")
	r = u.runWith(u.cluster.Two, "deploy", "plain", "crop", image, "-n", u.namespace, "--yes")
	assert.Equal(t, exitFindings, r.code, r.err)
	assert.Equal(t, before, u.objects(), "nothing was made")
}

// TestTwoHundredFunctionsOfOneFile also holds that an interrupted deployment goes on where it ended.
func TestTwoHundredFunctionsOfOneFile(t *testing.T) {
	t.Parallel()
	u := newTurn(t)
	u.own()
	var b strings.Builder
	for i := range 200 {
		fmt.Fprintf(&b, `apiVersion: apps/v1
kind: Deployment
metadata: {name: f%03d, labels: {fn9s.io/function: "true"}}
spec: {replicas: 0, selector: {matchLabels: {app: f%03d}}, template: {metadata: {labels: {app: f%03d}}, spec: {containers: [{name: f, image: "%s%s"}]}}}
---
`, i, i, i, deployedImage, strings.Repeat("a", 64))
	}
	file := filepath.Join(t.TempDir(), "functions.yaml")
	require.NoError(t, os.WriteFile(file, []byte(b.String()), 0o600))
	began := time.Now()
	r := u.run("deploy", "-f", file, "-n", u.namespace, "--yes", "--wait=false", "-o", "json")
	took := time.Since(began)
	require.Equal(t, exitDone, r.code, r.err)
	t.Logf("200 functions in %s", took.Round(time.Millisecond))
	var result change.ResultDocument
	require.NoError(t, json.Unmarshal([]byte(r.out), &result))
	assert.Len(t, result.Plan.Deployments, 200)
	assert.Equal(t, "applied", result.Outcome)
	assert.GreaterOrEqual(t, len(result.Steps), 200)
	for _, s := range result.Steps {
		require.Equal(t, u.namespace, s.Object.Namespace, "the file names none, the command does")
	}
	r = u.run("deploy", "-f", file, "-n", u.namespace, "--yes", "--wait=false")
	assert.Equal(t, exitDone, r.code, r.err)
	assert.Contains(t, r.out, "There is nothing to change.")
}

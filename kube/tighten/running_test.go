package tighten_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
)

const digest = "sha256:39d6dc8e67d88ac5733d668adaf0503a340b0ef0007cad09481f74de8d8ec3fe"

const resize = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: resize, namespace: media, labels: {fn9s.io/function: "true"}}
spec:
  selector: {matchLabels: {app: resize}}
  template:
    metadata: {labels: {app: resize}}
    spec:
      containers:
      - {name: resize, image: "registry.example.com/media/resize:1"}
---
apiVersion: v1
kind: Pod
metadata:
  name: resize-7c9d-x
  namespace: media
  labels: {app: resize, pod-template-hash: 7c9d}
  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: resize-7c9d, controller: true}]
spec: {containers: [{name: resize, image: "registry.example.com/media/resize:1"}]}
status:
  phase: Running
  containerStatuses:
  - {name: resize, image: "registry.example.com/media/resize:1", imageID: "IMAGE", ready: true, state: {running: {startedAt: "2026-08-01T00:00:00Z"}}}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: resize-7c9d, namespace: media, labels: {app: resize, pod-template-hash: 7c9d}, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: resize, controller: true}]}
spec: {selector: {matchLabels: {app: resize, pod-template-hash: 7c9d}}, template: {metadata: {labels: {app: resize, pod-template-hash: 7c9d}}, spec: {containers: [{name: resize, image: "registry.example.com/media/resize:1"}]}}}
`

func pinned(t *testing.T, imageID string) plan.Answer {
	t.Helper()
	c := newCluster(t, (strings.ReplaceAll(resize, "IMAGE", imageID)))
	w := c.world()
	f := find(t, w.World.Functions(""), "plain/media/resize")
	return c.translator().Answer(w.Reader, f, check.FixPinImage, postureOf(w, f).Findings)
}

func TestAnImageIsPinnedToWhatRuns(t *testing.T) {
	a := pinned(t, "registry.example.com/media/resize@"+digest)
	require.Len(t, a.Edits, 1, a.None)
	assert.Equal(t, []plan.Field{{
		Path: "spec.template.spec.containers[name=resize].image", Value: "registry.example.com/media/resize@" + digest,
	}}, a.Edits[0].Fields)
}

// Images that were loaded on the node have a digest of their configuration, which no registry knows.
func TestADigestOfAnotherRepositoryIsNotTaken(t *testing.T) {
	for _, id := range []string{digest, "docker.io/library/other@" + digest, ""} {
		a := pinned(t, id)
		assert.Empty(t, a.Edits, id)
		assert.NotEmpty(t, a.None, id)
	}
}

// The answers name no value that is secret: not the old one, not in the words, not in a new object.
func TestAnswersHoldNoSecretValue(t *testing.T) {
	const canary = "hunter2-canary-9f"
	c := newCluster(t, (strings.ReplaceAll(strings.ReplaceAll(resize, "IMAGE", ""), `resize:1"}`, `resize:1", env: [{name: DB_PASSWORD, value: "`+canary+`"}]}`)))
	w := c.world()
	f := find(t, w.World.Functions(""), "plain/media/resize")
	p := postureOf(w, f)
	moved := false
	for _, intent := range offered(p) {
		a := c.translator().Answer(w.Reader, f, intent, p.Findings)
		var b strings.Builder
		describe(&b, a)
		for _, e := range a.Edits {
			b.WriteString(e.Why)
			moved = moved || len(e.Needs) > 0 && e.Needs[0].From.Object == f.Object
			for _, x := range e.Fields {
				text, _ := x.Value.(string)
				b.WriteString(text)
			}
		}
		assert.NotContains(t, b.String(), canary, intent)
	}
	assert.True(t, moved, "the value moves into a Secret when the plan is carried out")
}

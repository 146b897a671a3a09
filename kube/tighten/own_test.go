package tighten_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/tighten"
	"github.com/fn9s/fn9s/security/check"
)

// A token of a year becomes one of an hour, in every container that had it.
func TestATokenLivesForAnHour(t *testing.T) {
	two := strings.Replace(crop, `containers: [{name: crop, image: "registry.example.com/media/crop:1"}]`,
		`containers: [{name: crop, image: "registry.example.com/media/crop:1"}, {name: log, image: "registry.example.com/media/log:1"}]`, 1)
	c := newCluster(t, two)
	w := c.world()
	f := find(t, w.World.Functions(""), "plain/media/crop")
	require.NotZero(t, failures(postureOf(w, f))["SA-06"])
	a := narrowed(t, c, check.FixNarrowToken, &tighten.Given{})
	require.Len(t, a.Edits, 1, a.None)
	assert.Contains(t, a.Edits[0].Asks, "lives for an hour")
	c.apply(f, a)
	w = c.world()
	assert.Zero(t, failures(postureOf(w, f))["SA-06"])
	for i := range 2 {
		mount := object(c.objects[f.Object], "spec", "template", "spec", "containers", i, "volumeMounts", 0)
		assert.Equal(t, "/var/run/secrets/kubernetes.io/serviceaccount", mount["mountPath"])
	}
	assert.Equal(t, false, offlinetest.Dig(c.objects[f.Object], "spec", "template", "spec", "automountServiceAccountToken"))

	long := strings.Replace(crop, "serviceAccountName: crop\n", "serviceAccountName: crop\n      automountServiceAccountToken: false\n"+
		"      volumes: [{name: mine, projected: {sources: [{serviceAccountToken: {path: token, expirationSeconds: 604800}}]}}]\n", 1)
	long = strings.Replace(long, "media/crop:1\"}", "media/crop:1\", volumeMounts: [{name: mine, mountPath: /token}]}", 1)
	a = narrowed(t, newCluster(t, long), check.FixNarrowToken, &tighten.Given{})
	require.Len(t, a.Edits, 1, a.None)
	assert.Equal(t, []plan.Field{{Path: "spec.template.spec.volumes[name=mine].projected.sources[0].serviceAccountToken.expirationSeconds", Value: int64(3600)}}, a.Edits[0].Fields)
}

const sharing = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME, namespace: media, labels: {fn9s.io/function: "true"}}
spec:
  selector: {matchLabels: {app: NAME}}
  template:
    metadata: {labels: {app: NAME}}
    spec:
      volumes: [{name: key, secret: {secretName: db}}]
      containers:
      - name: c
        image: registry.example.com/media/c:1
        env: [{name: PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}]
        envFrom: [{secretRef: {name: db}}]
        volumeMounts: [{name: key, mountPath: /key}]
---
`

// What two functions share each has for itself, with values that no plan holds.
func TestASharedSecretIsSplit(t *testing.T) {
	c := newCluster(t, strings.ReplaceAll(sharing, "NAME", "crop")+strings.ReplaceAll(sharing, "NAME", "resize")+
		"{apiVersion: v1, kind: Secret, metadata: {name: db, namespace: media}, data: {password: cHc=, user: dXM=}}")
	w := c.world()
	f := find(t, w.World.Functions(""), "plain/media/crop")
	require.NotZero(t, failures(postureOf(w, f))["SEC-13"])
	a := narrowed(t, c, check.FixSplitSecret, &tighten.Given{})
	require.Len(t, a.Edits, 2, a.None)
	assert.Equal(t, "crop-db", a.Edits[0].Object.Name)
	assert.Len(t, a.Edits[0].Needs, 2)
	assert.NotContains(t, a.Edits[0].New, "data", "the values are taken when the plan is carried out")
	assert.Contains(t, a.Edits[1].Asks, "until rotate-secret")
	c.apply(f, a)
	w = c.world()
	assert.Zero(t, failures(postureOf(w, f))["SEC-13"])
	raw := object(c.objects[f.Object], "spec", "template", "spec")
	assert.Equal(t, "crop-db", offlinetest.Dig(raw, "volumes", 0, "secret", "secretName"))
	assert.Equal(t, "crop-db", offlinetest.Dig(raw, "containers", 0, "envFrom", 0, "secretRef", "name"))
	assert.Equal(t, "crop-db", offlinetest.Dig(raw, "containers", 0, "env", 0, "valueFrom", "secretKeyRef", "name"))
}

// The Deployment of a function of Nuclio has the volume for /tmp before a container beside the function's own mounts it:
// the controller makes it of the function, later.
func TestReadOnlyRootBesideNuclio(t *testing.T) {
	c := seed(t, "nuclio")
	w := c.world()
	f := find(t, w.World.Functions(""), "nuclio/media/watermark")
	var containers []string
	for _, tmpl := range f.Templates {
		for _, b := range tmpl.Spec.Containers {
			containers = append(containers, b.Name)
		}
	}
	require.Greater(t, len(containers), 1)
	a := c.translator().Answer(w.Reader, f, check.FixReadOnlyRoot, postureOf(w, f).Findings)
	require.Len(t, a.Edits, 2, a.None)
	assert.Equal(t, "NuclioFunction", a.Edits[0].Object.Kind)
	var paths []string
	for _, x := range a.Edits[0].Fields {
		paths = append(paths, x.Path)
	}
	assert.Contains(t, paths, "spec.volumes[0]")
	assert.Contains(t, paths, "spec.sidecars[name=debug].volumeMounts[mountPath=/tmp]")
}

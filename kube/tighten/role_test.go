package tighten_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/fn9s/fn9s/kube/auditlog"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/tighten"
	"github.com/fn9s/fn9s/security/check"
)

const crop = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: crop, namespace: media, labels: {fn9s.io/function: "true"}}
spec:
  selector: {matchLabels: {app: crop}}
  template:
    metadata: {labels: {app: crop}}
    spec:
      serviceAccountName: crop
      containers: [{name: crop, image: "registry.example.com/media/crop:1"}]
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: crop, namespace: media}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: everything}
rules:
- {apiGroups: ["*"], resources: ["*"], verbs: ["*"]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: crop-everything, namespace: media}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: everything}
subjects:
- {kind: ServiceAccount, name: crop, namespace: media}
- {kind: ServiceAccount, name: resize, namespace: media}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: settings, namespace: media}
rules:
- {apiGroups: [""], resources: [configmaps], resourceNames: [settings], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: crop-settings, namespace: media}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: settings}
subjects: [{kind: ServiceAccount, name: crop, namespace: media}]
`

// request is a line of an audit log: verb, resource of its group, namespace and name, by crop or another account.
func request(verb, resource, namespace, name string) string {
	return requestBy("crop", verb, resource, namespace, name)
}

func requestBy(who, verb, resource, namespace, name string) string {
	resource, group, _ := strings.Cut(resource, ".")
	resource, sub, _ := strings.Cut(resource, "/")
	return fmt.Sprintf(`{"kind":"Event","apiVersion":"audit.k8s.io/v1","stage":"ResponseComplete","verb":%q,"user":{"username":"system:serviceaccount:media:%s"},`+
		`"objectRef":{"resource":%q,"subresource":%q,"apiGroup":%q,"namespace":%q,"name":%q},"responseStatus":{"code":200},"stageTimestamp":"2026-03-01T10:00:00Z"}`,
		verb, who, resource, sub, group, namespace, name)
}

func logOf(t testing.TB, lines ...string) *auditlog.Log {
	t.Helper()
	l, err := auditlog.Read(t.Context(), strings.NewReader(strings.Join(lines, "\n")))
	require.NoError(t, err)
	return l
}

func narrowed(t *testing.T, c *cluster, intent check.Intent, given *tighten.Given) plan.Answer {
	t.Helper()
	w := c.world()
	f := find(t, w.World.Functions(""), "plain/media/crop")
	return c.translator().With(given).Answer(w.Reader, f, intent, postureOf(w, f).Findings)
}

// roles are the roles that an answer makes, as YAML.
func roles(t *testing.T, a plan.Answer) string {
	t.Helper()
	var b strings.Builder
	for _, e := range a.Edits {
		if e.Verb != plan.Create || !strings.HasSuffix(e.Object.Kind, "Role") {
			continue
		}
		raw, err := yaml.Marshal(e.New["rules"])
		require.NoError(t, err)
		fmt.Fprintf(&b, "%s\n%s", e.Object, raw)
	}
	return b.String()
}

func TestARoleHasWhatTheLogShows(t *testing.T) {
	c := newCluster(t, crop)
	a := narrowed(t, c, check.FixMinimalRole, &tighten.Given{Log: logOf(t,
		request("get", "secrets", "media", "signing-key"), request("get", "secrets", "media", "signing-key"),
		request("get", "configmaps", "media", "settings"), // which another binding allows, and goes on to
		request("list", "pods", "media", ""), request("watch", "pods", "media", ""),
		request("get", "pods", "media", "thumb-7d4b9-x2vzq"), request("get", "pods/log", "media", "thumb-7d4b9-x2vzq"),
		request("create", "jobs.batch", "media", "crop-1"),
		request("get", "secrets", "payments", "card-key"), // which nothing allows now
		requestBy("resize", "delete", "deployments.apps", "media", "x"),
	)})
	require.NotEmpty(t, a.Edits, a.None)
	assert.Equal(t, `Role.rbac.authorization.k8s.io media/crop-used
- apiGroups:
  - ""
  resources:
  - pods
  verbs:
  - get
  - list
  - watch
- apiGroups:
  - ""
  resources:
  - pods/log
  verbs:
  - get
- apiGroups:
  - ""
  resourceNames:
  - signing-key
  resources:
  - secrets
  verbs:
  - get
- apiGroups:
  - batch
  resources:
  - jobs
  verbs:
  - create
`, roles(t, a))

	require.Len(t, a.Edits, 3, "the role, its binding, and the old binding without the account")
	last := a.Edits[2]
	assert.Equal(t, "crop-everything", last.Object.Name)
	assert.Equal(t, []plan.Field{{Path: "subjects[name=crop]", Remove: true}}, last.Fields)
	assert.Contains(t, last.Asks, "in the audit log of 0 minutes (2026-03-01 10:00 to 2026-03-01 10:00, UTC), 9 requests")
	assert.Contains(t, last.Asks, "names of pods, pods/log change from call to call")

	w := c.world()
	c.apply(find(t, w.World.Functions(""), "plain/media/crop"), a)
	again := narrowed(t, c, check.FixMinimalRole, &tighten.Given{Log: logOf(t, request("get", "secrets", "media", "signing-key"))})
	assert.Empty(t, again.Edits, "what is left is what it uses")
}

// An account that was not seen to use the rights gets none, and the operator is asked.
func TestRightsThatNobodyUsedGo(t *testing.T) {
	a := narrowed(t, newCluster(t, crop), check.FixMinimalRole, &tighten.Given{Log: logOf(t, requestBy("resize", "get", "pods", "media", ""))})
	require.Len(t, a.Edits, 1, a.None)
	assert.Contains(t, a.Edits[0].Asks, "none took these rights")
}

func TestWithoutALogItSaysWhatItNeeds(t *testing.T) {
	a := narrowed(t, newCluster(t, crop), check.FixMinimalRole, &tighten.Given{})
	assert.Empty(t, a.Edits)
	assert.Contains(t, a.None, "only an audit log")
	require.Len(t, a.Wants, 1)
	assert.Equal(t, tighten.AuditLog, a.Wants[0].Key)
}

// A log cannot give more than the account has: only requests that the removed bindings allow count.
func TestALogGivesNothingNew(t *testing.T) {
	narrow := strings.Replace(crop, `- {apiGroups: ["*"], resources: ["*"], verbs: ["*"]}`, `- {apiGroups: [""], resources: [secrets], resourceNames: [a, b], verbs: [get, list]}`, 1)
	c := newCluster(t, narrow)
	var lines []string
	for _, name := range []string{"a", "b", "c", "job-12345678"} {
		lines = append(lines, request("get", "secrets", "media", name))
	}
	a := narrowed(t, c, check.FixMinimalRole, &tighten.Given{Log: logOf(t, append(lines, request("list", "secrets", "media", ""), request("create", "pods", "media", ""))...)})
	require.NotEmpty(t, a.Edits, a.None)
	assert.Equal(t, `Role.rbac.authorization.k8s.io media/crop-used
- apiGroups:
  - ""
  resourceNames:
  - a
  - b
  resources:
  - secrets
  verbs:
  - get
`, roles(t, a))
}

// Two accounts may leave one binding in one plan.
func TestAccountsLeaveABindingOneByOne(t *testing.T) {
	a := narrowed(t, newCluster(t, crop), check.FixUnbind, &tighten.Given{})
	require.Len(t, a.Edits, 1, a.None)
	assert.Equal(t, []plan.Field{{Path: "subjects[name=crop]", Remove: true}}, a.Edits[0].Fields)
}

package pods_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/blast"
	"github.com/fn9s/fn9s/security/check"
)

// other is a pod of another namespace on a node.
func other(name, node, account, phase string) string {
	return `{apiVersion: v1, kind: Pod, metadata: {name: ` + name + `, namespace: agents}, spec: {nodeName: ` + node + `, serviceAccountName: ` + account +
		`, containers: [{name: a, image: i}]}, status: {phase: ` + phase + `}}`
}

const administers = `{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: everything}, rules: [{verbs: ["*"], apiGroups: ["*"], resources: ["*"]}]}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: agent}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: everything}, subjects: [{kind: ServiceAccount, name: agent, namespace: agents}]}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: agent, namespace: agents}}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: harmless, namespace: agents}}`

func TestPOD26PowerfulNeighbours(t *testing.T) {
	const container = `, containers: [{name: fn, image: "example.com/fn:1", ` + goodContainer + `}]`
	on := func(node string) string { return pod(`nodeName: ` + node + `, ` + goodPod + container) }
	second := strings.Replace(on("two"), "fn-abc-1", "fn-abc-2", 1)
	for name, c := range map[string]struct {
		documents []string
		want      string
		says      string
	}{
		"beside an administrator":     {[]string{on("one"), other("x", "one", "agent", "Running")}, "fail info", "on node one a pod (agents/x) runs as ServiceAccount agents/agent"},
		"on two nodes":                {[]string{on("one"), second, other("x", "one", "agent", "Running"), other("z", "two", "agent", "Running")}, "fail info", "on node one and 1 more of its nodes"},
		"the administrator elsewhere": {[]string{on("one"), other("x", "two", "agent", "Running")}, "pass", ""},
		"it has ended":                {[]string{on("one"), other("x", "one", "agent", "Succeeded")}, "pass", ""},
		"a neighbour without rights":  {[]string{on("one"), other("x", "one", "harmless", "Running")}, "pass", ""},
		"not scheduled":               {[]string{pod(goodPod + container), other("x", "one", "agent", "Running")}, "na", ""},
		"a way out of the container":  {[]string{pod(`nodeName: one, hostPID: true, ` + goodPod + container), other("x", "one", "agent", "Running")}, "fail high", "the function can get out of its container"},
		"its own account": {[]string{pod(`nodeName: one, serviceAccountName: strong, ` + goodPod + container),
			strings.NewReplacer("agents", "fns", "name: agent", "name: strong").Replace(administers)}, "pass", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := onCluster(t, append(c.documents, restricted, function(goodPod, goodContainer), administers)...)
			p := w.Judge("fns", "fn")
			verdict, severity, _ := strings.Cut(c.want, " ")
			require.Equal(t, verdict, offlinetest.Verdict(t, p, "POD-26"))
			if verdict != "fail" {
				return
			}
			found := offlinetest.Of(p, "POD-26")
			require.Len(t, found, 1, "each account once")
			assert.Equal(t, severity, found[0].Base.String())
			assert.Contains(t, found[0].Message, c.says)
			assert.Equal(t, "agent", found[0].Object().Name)
			radius := security.Radius.Get(w.Reader, w.Find("fns", "fn").Key)
			assert.Equal(t, found[0].Base == check.High, radius.Level == blast.Cluster, "with a way out its node is the cluster")
		})
	}
	p := offlinetest.Text(t, restricted, function(goodPod, goodContainer), on("one"), other("x", "one", "agent", "Running"), administers).Judge("fns", "fn")
	assert.Equal(t, "na", offlinetest.Verdict(t, p, "POD-26"), "manifests do not show where pods land")
}

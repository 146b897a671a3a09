package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/kubetest"
)

func TestRightsOnACluster(t *testing.T) {
	t.Parallel()
	c := kubetest.Need(t)
	ask := func(kubeconfig string, args ...string) ran {
		return runHere(t, append([]string{"--kubeconfig", kubeconfig}, args...)...)
	}
	r := ask(c.Admin, "can-i", "create", "pods", "-n", "default")
	assert.Equal(t, exitDone, r.code, r.err)
	assert.Contains(t, r.out, "yes\n")

	r = ask(c.Admin, "can-i", "create", "deploy", "--as", "jane")
	assert.Equal(t, exitFindings, r.code, "whom I impersonate is asked for")
	r = ask(c.Admin, "can-i", "create", "pods", "-n", "kube-system", "--serviceaccount", "kube-system/replicaset-controller")
	assert.Equal(t, exitDone, r.code, r.err)
	assert.Contains(t, r.out, "by ClusterRoleBinding/system:controller:replicaset-controller to ClusterRole/system:controller:replicaset-controller")

	// Who may neither read bindings nor ask for others gets no invented no.
	r = ask(c.Two, "can-i", "get", "secrets", "-n", "kube-system", "--subject", "user:jane", "-o", "json")
	assert.Equal(t, exitUnknown, r.code, r.err)
	var answer canIAnswer
	require.NoError(t, json.Unmarshal([]byte(r.out), &answer))
	assert.Contains(t, answer.Unknown, "cannot list clusterrolebindings.rbac.authorization.k8s.io: forbidden")
	r = ask(c.Two, "can-i", "get", "secrets", "-n", "kube-system")
	assert.Equal(t, exitFindings, r.code, "about himself everybody may ask")

	r = ask(c.Admin, "who-can", "create", "pods", "-n", "kube-system", "-o", "json")
	assert.Equal(t, exitDone, r.code, r.err)
	assert.Contains(t, r.out, `"name": "replicaset-controller"`)
	r = ask(c.Two, "who-can", "create", "pods", "-n", "kube-system")
	assert.Equal(t, exitUnknown, r.code, r.err)
	assert.Contains(t, r.err, "there may be more")
}

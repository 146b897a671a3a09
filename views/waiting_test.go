package views

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/views/viewtest"
)

func TestAWordWaitsForTheNamespacesItMayBeOneOf(t *testing.T) {
	t.Parallel()
	cluster := viewtest.Cluster()
	names := cluster.Namespaces
	cluster.Namespaces, cluster.Complete = nil, false
	cluster.Connection = status.Connection{Phase: status.Connecting}
	w := viewtest.NewWorld(viewtest.Rows(), cluster)
	c := start(t, w, 140, 40, "none", nil)
	c.press(":").write("fn payments").press("enter")
	assert.Contains(t, c.last(), "waiting for the namespaces")
	assert.NotContains(t, c.last(), "filter: payments")
	cluster.Namespaces, cluster.Complete = names, true
	cluster.Connection = status.Connection{Phase: status.Live}
	c.send(w.Set(viewtest.Rows(), cluster))
	assert.Contains(t, c.header(), "payments ▸ functions")
	assert.NotContains(t, c.last(), "filter: payments")
}

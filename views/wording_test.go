package views

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/views/viewtest"
)

func TestOneIsCountedInTheSingular(t *testing.T) {
	t.Parallel()
	for noun, want := range map[string]string{"namespaces": "namespace", "policies": "policy", "ingresses": "ingress", "Secrets": "Secret",
		"findings and functions": "findings and functions"} {
		assert.Equal(t, want, nounFor(1, noun))
		assert.Equal(t, noun, nounFor(0, noun))
		assert.Equal(t, noun, nounFor(2, noun))
	}
	c := plain(t, viewtest.NewWorld(viewtest.Rows()[:1]))
	assert.Contains(t, c.last(), "1 function ")
}

func TestARetryThatIsDueIsNotCountedDown(t *testing.T) {
	t.Parallel()
	stale := func(after time.Duration) string {
		cluster := viewtest.Cluster()
		cluster.Connection = status.Connection{Phase: status.Stale, Since: viewtest.Now, Reason: "i/o timeout", Retry: viewtest.Now.Add(after)}
		c := start(t, viewtest.NewWorld(viewtest.Rows(), cluster), 160, 40, "none", nil)
		return c.header()
	}
	assert.Contains(t, stale(3*time.Second), "retry in 3s")
	for _, due := range []time.Duration{900 * time.Millisecond, -time.Second} {
		assert.Contains(t, stale(due), ", retrying")
		assert.NotContains(t, stale(due), "retry in")
	}
}

func TestPodsThatFilesCannotTellAreNotSaidToBeNone(t *testing.T) {
	t.Parallel()
	for phase, want := range map[status.Phase]string{status.Files: "Pods are not in the files.", status.Demo: "Pods are not in the samples."} {
		cluster := viewtest.Cluster()
		cluster.Connection = status.Connection{Phase: phase}
		w := viewtest.NewWorld(viewtest.Rows(), cluster)
		w.Measure()
		w.Set(w.Board().Rows(), cluster)
		c := start(t, w, 120, 40, "none", nil)
		about("charge-card", "m")(c)
		assert.Contains(t, c.text(), want)
		assert.NotContains(t, c.text(), "No pods here")
	}
}

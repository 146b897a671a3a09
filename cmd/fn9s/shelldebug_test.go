package main

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/kube/kubetest"
)

func TestADebugContainerIsRefusedBeforeItIsPlanned(t *testing.T) {
	t.Parallel()
	c := kubetest.Need(t)
	r := runHere(t, "shell", "charge-card", "-n", "payments", "--debug", "--yes", "--kubeconfig", c.ReadOnly)
	assert.Equal(t, exitFindings, r.code)
	assert.Contains(t, r.err, "you may not patch pods/ephemeralcontainers in payments")
	assert.NotContains(t, r.err, "Plan:")

	r = runHere(t, "shell", "charge-card", "-n", "payments", "--debug", "--yes", "--kubeconfig", c.Admin, "--read-only")
	assert.Equal(t, exitFindings, r.code)
	assert.Contains(t, r.err, "read-only")

	r = runHere(t, "shell", "charge-card", "-n", "payments", "--debug", "--kubeconfig", c.Admin)
	assert.Equal(t, exitUsage, r.code, "nobody is there to agree")
	assert.Contains(t, r.err, "cannot be undone: what is put beside the containers of a pod stays until the pod is deleted")
	assert.Contains(t, r.err, "image: busybox:1.37")
	assert.Empty(t, r.out, "what is said of the plan is no output of the shell")
}

func TestDebugTakesNoCommandAndItsFlagsNothingElse(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"--debug", "--attach"}, {"--debug", "--", "env"}, {"--image", "alpine"}, {"--yes"}, {"--timeout", "3s"}} {
		r := runHere(t, append([]string{"shell", "charge-card", "--kubeconfig", "/nowhere"}, args...)...)
		assert.Equal(t, exitUsage, r.code, "%v: %s", args, r.err)
	}
}

package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fn9s/fn9s/kube/change"
)

// TestExpiredOldValuesAreRemovedByARotation rotates a Secret twice. The second time the old values of the first are to be
// removed, and are only once their time is over.
func TestExpiredOldValuesAreRemovedByARotation(t *testing.T) {
	t.Parallel()
	u := newTurn(t)
	u.own()
	u.make("Secret", dbSecret)
	kept := func() []string {
		all, err := u.api.CoreV1().Secrets(u.namespace).List(t.Context(), metav1.ListOptions{LabelSelector: change.BackupLabel + "=true"})
		require.NoError(t, err)
		var names []string
		for i := range all.Items {
			names = append(names, all.Items[i].Name)
		}
		return names
	}
	rotate := func(args ...string) ran {
		r := u.run(append([]string{"rotate", "db", "-n", u.namespace, "--generate", "hex:32", "--all-keys", "--yes", "--wait=false"}, args...)...)
		require.Equal(t, exitDone, r.code, r.err)
		return r
	}
	rotate("--prune")
	first := kept()
	require.Len(t, first, 1, "there was nothing before")
	rotate("--prune")
	assert.Len(t, kept(), 2, "the time of the first is not over")
	_, err := u.api.CoreV1().Secrets(u.namespace).Patch(t.Context(), first[0], "application/merge-patch+json",
		[]byte(`{"metadata":{"annotations":{"`+change.ExpiresAnnotation+`":"2026-01-01T00:00:00Z"}}}`), metav1.PatchOptions{})
	require.NoError(t, err)
	r := rotate()
	assert.Contains(t, r.err, "note: 1 Secret with old values of earlier changes: their time is over, and --prune removes them")
	assert.Len(t, kept(), 3)
	r = rotate("--prune", "--dry-run")
	assert.Contains(t, r.out, "Secret "+u.namespace+"/"+first[0]+", which keeps old values of change "+strings.TrimPrefix(first[0], "fn9s-backup-")+", is removed once this one was applied")
	assert.Len(t, kept(), 3, "nothing was applied")
	rotate("--prune")
	assert.NotContains(t, kept(), first[0])
	assert.Len(t, kept(), 3)
}

package fleet_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/fn9s/fn9s/kube/fleet"
	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/kubetest"
	"github.com/fn9s/fn9s/kube/status"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open starts a fleet on a kubeconfig, and ends it with the test.
func open(t *testing.T, k kubetest.Kubeconfig, change func(*fleet.Options), contexts ...string) (*fleet.Fleet, *status.Log) {
	t.Helper()
	log := status.NewLog(time.Now)
	o := fleet.Options{Kubeconfig: k, Adapters: all.BuiltIn(), Log: log}
	if change != nil {
		change(&o)
	}
	ctx, cancel := context.WithCancel(context.Background())
	f := fleet.New(o)
	f.Start(ctx)
	t.Cleanup(func() {
		cancel()
		f.Wait()
	})
	require.NoError(t, f.Open(contexts...))
	return f, log
}

func TestAnAdministratorSeesEverythingLive(t *testing.T) {
	c := kubetest.Need(t)
	start := time.Now()
	f, log := open(t, kubetest.Kubeconfig{Path: c.Admin}, nil, "")
	require.Eventually(t, func() bool { return f.Board().Complete() }, 20*time.Second, 5*time.Millisecond)
	t.Log("complete after", time.Since(start))
	require.Eventually(t, func() bool {
		return f.Board().Clusters[0].Connection.Phase == status.Live
	}, 20*time.Second, 5*time.Millisecond)
	t.Log("live after", time.Since(start))
	for _, r := range f.Board().Rows() {
		t.Log(r.ID, r.Function.State, r.Function.Reason)
	}
	for _, p := range f.Board().Clusters[0].Progress {
		t.Log(p)
	}
	for _, e := range log.Entries() {
		t.Log(e)
	}
}

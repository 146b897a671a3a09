package scale

import (
	"context"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/fleet"
	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/kubetest"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/security/model"
)

const functions = 1000

func devcluster(ctx context.Context, t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(ctx, kubetest.Program(t), args...)
	c.Stdout, c.Stderr = os.Stderr, os.Stderr
	return c
}

func loaded(f *fleet.Fleet) (n int) {
	for _, r := range f.Board().Rows() {
		if strings.HasPrefix(r.ID.Namespace, "load-") && r.Function.State != model.Unknown {
			n++
		}
	}
	return n
}

func TestAThousandFunctions(t *testing.T) {
	cluster := kubetest.Need(t)
	load := devcluster(t.Context(), t, "load", "--name", cluster.Name, "--functions", strconv.Itoa(functions), "--namespaces", "20")
	require.NoError(t, load.Run())
	t.Cleanup(func() {
		assert.NoError(t, devcluster(context.Background(), t, "load", "--name", cluster.Name, "--functions", "0").Run())
	})

	ctx, cancel := context.WithCancel(t.Context())
	f := fleet.New(fleet.Options{
		Kubeconfig: kubetest.Kubeconfig{Path: cluster.Admin}, Adapters: all.BuiltIn(), Log: status.NewLog(time.Now),
	})
	f.Start(ctx)
	defer f.Wait()
	defer cancel()
	start := time.Now()
	require.NoError(t, f.Open(""))
	require.Eventually(t, func() bool { return f.Board().Complete() }, time.Minute, 10*time.Millisecond)
	t.Logf("complete after %s", time.Since(start))
	require.Eventually(t, func() bool { return loaded(f) == functions }, time.Minute, 10*time.Millisecond,
		"every function is a row; now %d", loaded(f))

	// Under churn boards come at most four times a second, and not one of the rows is lost.
	before := f.Board().Version
	churn := devcluster(t.Context(), t, "churn", "--name", cluster.Name, "--rate", "50", "--duration", "5s")
	began := time.Now()
	require.NoError(t, churn.Run())
	boards := f.Board().Version - before
	assert.NotZero(t, boards, "the churn is seen")
	assert.LessOrEqual(t, float64(boards), 4*time.Since(began).Seconds()+2)
	assert.Equal(t, functions, loaded(f))

	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	assert.Less(t, m.HeapAlloc, uint64(150<<20), "a thousand functions fit easily")
}

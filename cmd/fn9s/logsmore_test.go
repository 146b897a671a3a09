package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/kubelettest"
	"github.com/fn9s/fn9s/kube/kubetest"
	"github.com/fn9s/fn9s/security/model"
)

func TestOnlyANewBoardIsLookedThrough(t *testing.T) {
	t.Parallel()
	row := func(name string, opaque bool) *board.Row {
		key := model.FunctionKey{Framework: "kyma", Namespace: "shop", Name: name}
		return &board.Row{ID: model.FunctionID{FunctionKey: key}, Function: &model.Function{Key: key, Opaque: opaque}}
	}
	b := board.New(1, nil, []*board.Row{row("a", false), row("b", false), row("hidden", true)})
	asked := 0
	ids := matching(func() *board.Board { return b }, func(r *board.Row) bool { asked++; return r.ID.Name != "b" })
	assert.Equal(t, []model.FunctionID{b.Rows()[0].ID}, ids())
	before := asked
	assert.Empty(t, ids())
	assert.Equal(t, before, asked)
	b = board.New(2, nil, []*board.Row{row("c", false)})
	assert.Equal(t, []model.FunctionID{b.Rows()[0].ID}, ids())
}

// heard collects what is written from several goroutines.
type heard struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.b.Write(p)
}

func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.b.String()
}

func TestFunctionsThatMatchLaterAreTakenUp(t *testing.T) {
	t.Parallel()
	c := kubetest.Need(t)
	admin, _ := kubetest.Connect(t, kubetest.Kubeconfig{Path: c.Admin})
	api := kubelettest.API{HTTP: admin.HTTP(), Server: admin.Server}
	space := fmt.Sprintf("logs-later-%x", time.Now().UnixNano()&0xffffffff)
	send := func(path string, o map[string]any) {
		_, err := api.Send(t.Context(), http.MethodPost, path, "application/json", o)
		require.NoError(t, err)
	}
	send("/api/v1/namespaces", map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": space}})
	t.Cleanup(func() {
		_, _ = api.Send(context.Background(), http.MethodDelete, "/api/v1/namespaces/"+space, "application/json", map[string]any{})
	})
	function := func(name, team string) {
		send("/apis/kubeless.io/v1beta1/namespaces/"+space+"/functions", map[string]any{"apiVersion": "kubeless.io/v1beta1", "kind": "Function",
			"metadata": map[string]any{"name": name, "labels": map[string]any{"team": team}}, "spec": map[string]any{"runtime": "python3.7", "handler": "a.b"}})
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out, errOut heard
	done := make(chan int)
	state := t.TempDir()
	go func() {
		done <- execute(ctx, []string{"logs", "-n", space, "-l", "team=shop", "--kubeconfig", c.Admin},
			genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: &out, ErrOut: &errOut}, state)
	}()
	says := func(what string) {
		require.Eventually(t, func() bool { return strings.Contains(errOut.String(), what) }, 60*time.Second, 20*time.Millisecond, "%s", what)
	}
	says("no function matches yet")
	function("other", "bank")
	function("basket", "shop")
	says("kubeless/basket: it has no pods")
	function("refund", "shop")
	says("kubeless/refund: it has no pods")
	assert.NotContains(t, errOut.String(), "other")
	cancel()
	assert.Equal(t, exitInterrupted, <-done)
}

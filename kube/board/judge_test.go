package board_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/kube/samples"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/kube/store"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/blast"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// cluster is a cluster whose objects are the test's.
type cluster struct {
	objects
	changed chan struct{}
	settled atomic.Bool
}

// objects says of every kind that it was read.
type objects struct{ *store.Store }

func (objects) Coverage(schema.GroupKind, string) snapshot.Coverage { return snapshot.Seen }

func (c *cluster) Status() status.Cluster {
	return status.Cluster{
		Context: "test", Version: "v1.36.3", Complete: true,
		Progress: []status.Progress{{Kind: "Role", Listed: c.settled.Load()}},
	}
}
func (c *cluster) Changed() <-chan struct{}   { return c.changed }
func (c *cluster) Functions() board.Functions { return c.Store }
func (c *cluster) Dirty() <-chan struct{}     { return c.Store.Changed() }
func (c *cluster) InScope(string) bool        { return true }
func (c *cluster) Objects() board.Objects     { return c.objects }

func (c *cluster) settle() {
	c.settled.Store(true)
	c.changed <- struct{}{}
}

func (c *cluster) apply(t *testing.T, text string) {
	t.Helper()
	docs, problems := manifest.Read("change.yaml", []byte(text))
	require.Empty(t, problems)
	require.Empty(t, c.LoadDocuments(docs))
}

// open runs an engine on the seed.
func open(t *testing.T) (*cluster, *board.Engine) {
	t.Helper()
	c := &cluster{objects: objects{store.New(all.BuiltIn(), security.Kinds()...)}, changed: make(chan struct{}, 1)}
	for _, f := range samples.Seed() {
		docs, problems := manifest.Read(f.Path, f.Data)
		require.Empty(t, problems)
		require.Empty(t, c.LoadDocuments(docs))
	}
	e := board.NewEngine(func(uint64) {}, func(string, string) *snapshot.Options {
		return &snapshot.Options{Now: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), Target: func(string) string { return "restricted" }, RotationAge: 90 * 24 * time.Hour}
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { e.Run(ctx); close(done) }()
	t.Cleanup(func() { cancel(); <-done })
	e.SetSources([]board.Source{c})
	return c, e
}

func judged(e *board.Engine) (rows, with int) {
	for _, r := range e.Board().Rows() {
		if !r.Function.Opaque {
			rows++
		}
		if r.Posture != nil {
			with++
		}
	}
	return rows, with
}

func wait(t *testing.T, what string, ok func() bool) {
	t.Helper()
	require.Eventually(t, ok, 20*time.Second, time.Millisecond, what)
}

func calm(e *board.Engine) bool {
	rows, with := judged(e)
	b := e.Board()
	return rows > 0 && rows == with && b.Clusters[0].Functions == len(b.Rows()) && b.Clusters[0].Unjudged == 0
}

func TestNothingIsJudgedBeforeEverythingIsRead(t *testing.T) {
	c, e := open(t)
	wait(t, "the rows are there", func() bool { return len(e.Board().Rows()) > 50 })
	_, with := judged(e)
	assert.Zero(t, with, "a function would be judged by half of the facts")
	c.settle()
	wait(t, "all rows are judged", func() bool { return calm(e) })
}

const theft = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: everything}
rules: [{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: surprise}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: everything}
subjects: [{kind: Group, name: 'system:serviceaccounts', apiGroup: rbac.authorization.k8s.io}]
`

// changed returns the rows that are others than before.
func changed(before, after *board.Board) (rows []*board.Row) {
	for _, r := range after.Rows() {
		if before.Row(r.ID) != r {
			rows = append(rows, r)
		}
	}
	return rows
}

func TestAChangedRightIsOnTheRowsThatItTouches(t *testing.T) {
	c, e := open(t)
	c.settle()
	wait(t, "all rows are judged", func() bool { return calm(e) })
	before := e.Board()
	c.apply(t, theft)
	began := time.Now()
	wait(t, "a row says so", func() bool { return e.Board().Version != before.Version && len(changed(before, e.Board())) > 0 })
	assert.Less(t, time.Since(began), promptly)
	wait(t, "it is quiet again", func() bool { return calm(e) })
	upserts, deletes, ok := e.Board().Since(before.Version)
	require.True(t, ok)
	assert.Empty(t, deletes)
	further := 0
	for _, r := range upserts {
		was := before.Row(r.ID)
		assert.NotEqual(t, was.Posture, r.Posture, "%s: only what became another row is one", r.ID)
		if r.Posture.Reach == blast.Cluster && was.Posture.Reach < blast.Cluster {
			further++
		}
	}
	assert.Positive(t, further, "who holds a token reaches the cluster now")
	same := 0
	for _, r := range e.Board().Rows() {
		if before.Row(r.ID) == r {
			same++
		}
	}
	assert.Positive(t, same, "the rest keeps its rows")
	assert.Equal(t, len(e.Board().Rows()), same+len(upserts))
}

func TestWhatKeepsChangingIsShownAsItIsInTheEnd(t *testing.T) {
	c, e := open(t)
	c.settle()
	wait(t, "all rows are judged", func() bool { return calm(e) })
	before := e.Board()
	binding := model.Ref{Group: "rbac.authorization.k8s.io", Kind: "ClusterRoleBinding", Name: "surprise"}
	c.apply(t, theft)
	wait(t, "a row says so", func() bool { return len(changed(before, e.Board())) > 0 })
	row := changed(before, e.Board())[0]
	c.Delete(binding)
	// It was judged again a moment ago, so it is left alone for a while, and does not count as one that waits.
	wait(t, "it is as it was", func() bool { return e.Board().Row(row.ID).Posture.Grade == before.Row(row.ID).Posture.Grade })
	wait(t, "it is quiet again", func() bool { return calm(e) })
	for _, r := range e.Board().Rows() {
		assert.Equal(t, before.Row(r.ID).Posture, r.Posture, r.ID)
	}
}

func TestAQuestionDoesNotWaitForPods(t *testing.T) {
	c, e := open(t)
	c.settle()
	wait(t, "all rows are judged", func() bool { return calm(e) })
	var row *board.Row
	for _, r := range e.Board().Rows() {
		if len(r.Function.Pods) > 1 {
			row = r
		}
	}
	require.NotNil(t, row)
	seen := func() (n int) {
		require.NoError(t, e.Ask(t.Context(), "test", func(r *snapshot.Reader) { n = len(r.Function(row.ID.FunctionKey).Pods) }))
		return n
	}
	c.Delete(row.Function.Pods[0])
	wait(t, "the row says so", func() bool { return len(e.Board().Row(row.ID).Function.Pods) == len(row.Function.Pods)-1 })
	assert.Equal(t, len(row.Function.Pods)-1, seen(), "a question is answered by what is true now")
}

func TestAFunctionThatGoesTakesItsPostureAlong(t *testing.T) {
	c, e := open(t)
	c.settle()
	wait(t, "all rows are judged", func() bool { return calm(e) })
	rows := e.Board().Rows()
	var gone *board.Row
	for _, r := range rows {
		if r.ID.Framework == "knative" {
			gone = r
		}
	}
	require.NotNil(t, gone)
	c.Delete(gone.Function.Object)
	wait(t, "the row is gone or another", func() bool { return e.Board().Row(gone.ID) != gone })
	wait(t, "the rest is judged", func() bool { return calm(e) })
}

func TestAQuestionIsAnsweredByTheFactsOfTheRows(t *testing.T) {
	c, e := open(t)
	require.ErrorIs(t, e.Ask(t.Context(), "other", func(*snapshot.Reader) {}), board.ErrNotJudged)
	c.settle()
	wait(t, "all rows are judged", func() bool { return calm(e) })
	row := e.Board().Rows()[0]
	for _, r := range e.Board().Rows() {
		if !r.Function.Opaque {
			row = r
			break
		}
	}
	var grade security.Grade
	var f *model.Function
	require.NoError(t, e.Ask(t.Context(), "test", func(r *snapshot.Reader) {
		f = r.Function(row.ID.FunctionKey)
		grade = security.Function.Get(r, row.ID.FunctionKey).Grade
	}))
	assert.Equal(t, row.Function, f)
	assert.Equal(t, row.Posture.Grade, grade)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, e.Ask(ctx, "test", func(*snapshot.Reader) {}), context.Canceled)
}

func TestAnAcceptedRiskIsOnTheRowsThatItNames(t *testing.T) {
	c, e := open(t)
	c.settle()
	wait(t, "all rows are judged", func() bool { return calm(e) })
	before := e.Board()
	var risky *board.Row
	for _, r := range before.Rows() {
		if r.Posture != nil && len(r.Posture.Findings) > 0 && r.Posture.Findings[0].Status == check.Fail {
			risky = r
			break
		}
	}
	require.NotNil(t, risky)
	control := risky.Posture.Findings[0].Control.ID
	glob := risky.ID.Namespace + "/" + risky.ID.Name
	accept := func(list ...snapshot.Exception) { e.Accept(list) }
	accept(snapshot.Exception{Control: control, Functions: []string{glob}, Reason: "known", Until: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)})
	wait(t, "the finding is accepted", func() bool {
		for _, f := range e.Board().Row(risky.ID).Posture.Findings {
			if f.Control.ID == control && f.Status == check.Accepted && f.Exception().Reason == "known" {
				return true
			}
		}
		return false
	})
	for _, r := range e.Board().Rows() {
		if r.ID != risky.ID {
			assert.Same(t, before.Row(r.ID), r, "%s is not named", r.ID)
		}
	}
	accept()
	wait(t, "it counts again", func() bool {
		return e.Board().Row(risky.ID).Posture.Findings[0].Status == check.Fail && e.Board().Row(risky.ID).Posture.Grade == risky.Posture.Grade
	})
}

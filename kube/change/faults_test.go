package change

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/kubetest"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// configMaps makes objects that steps can change, and the request that changes each.
func (b *bench) configMaps(n int) Request {
	r := Request{Action: "tighten", Title: "all"}
	for i := range n {
		name := fmt.Sprintf("c%03d", i)
		b.apply("tests", `{apiVersion: v1, kind: ConfigMap, metadata: {name: `+name+`}, data: {a: "1"}}`)
		id := model.FunctionID{Context: "test", FunctionKey: model.FunctionKey{Framework: "plain", Kind: "ConfigMap", Namespace: b.namespace, Name: name}}
		r.Wishes = append(r.Wishes, Wish{Functions: []model.FunctionID{id}, Edit: plan.Edit{
			Verb: plan.Patch, Object: b.ref("", "ConfigMap", name), Fields: []plan.Field{{Path: "data.b", Value: "2"}}}})
	}
	return r
}

// one is a request for one lane: its steps follow each other.
func (r Request) one() Request {
	for i := range r.Wishes {
		r.Wishes[i].Functions = nil
	}
	return r
}

func isWrite(r *http.Request) bool {
	return (r.Method == http.MethodPatch || r.Method == http.MethodDelete) && r.URL.Query().Get("dryRun") == ""
}

type fault func(w http.ResponseWriter, r *http.Request) bool

func answers(code int, reason, message string) fault {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		kubetest.Answer(w, code, reason, message)
		return true
	}
}

// TestFaultsOfTheServer has the write of the second of three steps fail in every way.
func TestFaultsOfTheServer(t *testing.T) {
	b := newBench(t)
	request := b.configMaps(3).one()
	for name, c := range map[string]struct {
		fault   fault // nil: the server does it, and its answer is lost
		times   int64
		outcome journal.Outcome
		reason  string
		applied []journal.Outcome
	}{
		"403":                        {answers(http.StatusForbidden, "Forbidden", "no more"), 1, journal.Failed, "no more", []journal.Outcome{journal.Applied, journal.Failed, journal.Skipped}},
		"a webhook refuses":          {answers(http.StatusBadRequest, "BadRequest", `admission webhook "guard.example.com" denied the request: not today`), 1, journal.Failed, "not today", []journal.Outcome{journal.Applied, journal.Failed, journal.Skipped}},
		"422 though nothing changed": {answers(http.StatusUnprocessableEntity, "Invalid", "invalid"), 9, journal.Failed, "invalid", []journal.Outcome{journal.Applied, journal.Failed, journal.Skipped}},
		"429 once":                   {answers(http.StatusTooManyRequests, "TooManyRequests", "busy"), 1, journal.Applied, "", []journal.Outcome{journal.Applied, journal.Applied, journal.Applied}},
		"500 and nothing was done":   {answers(http.StatusInternalServerError, "InternalError", "oops"), 1, journal.Applied, "", []journal.Outcome{journal.Applied, journal.Applied, journal.Applied}},
		"the connection ends before": {func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) },
			1, journal.Applied, "", []journal.Outcome{journal.Applied, journal.Applied, journal.Applied}},
		"the answer is lost": {nil, 1, journal.Applied, "", []journal.Outcome{journal.Applied, journal.Applied, journal.Applied}},
	} {
		t.Run(name, func(t *testing.T) {
			proxy := kubetest.NewProxy(t, kubetest.Kubeconfig{Path: b.cluster.Admin})
			e := b.engine(proxy, Options{})
			p, err := e.Plan(t.Context(), request)
			require.NoError(t, err)
			require.Empty(t, p.Blocked())
			var faults atomic.Int64
			proxy.Fail(func(w http.ResponseWriter, r *http.Request) bool {
				if !isWrite(r) || !strings.HasSuffix(r.URL.Path, "/c001") || faults.Add(1) > c.times {
					return false
				}
				if c.fault != nil {
					return c.fault(w, r)
				}
				// The server does it, and its answer never arrives.
				_, err := b.send(r.Context(), p.Steps[1], false)
				assert.NoError(t, err)
				panic(http.ErrAbortHandler)
			})
			r, err := e.Apply(t.Context(), p, Approval{Confirmed: p.Confirmations()}, nil)
			require.NoError(t, err)
			proxy.Fail(nil)
			assert.Equal(t, c.outcome, r.Outcome, r.Reason)
			assert.Contains(t, r.Reason, c.reason)
			var got []journal.Outcome
			for i, s := range r.Steps {
				got = append(got, s.Outcome)
				_, there := lookup(b.live(s.Step.Ref), mustPath(t, "data.b"))
				assert.Equal(t, s.Outcome == journal.Applied, there, "step %d: the result tells the truth", i+1)
			}
			assert.Equal(t, c.applied, got)
			b.agrees(r)
			undo := b.undo(b.Engine, r.ID)
			assert.Equal(t, journal.Applied, undo.Outcome, undo.Reason)
			for _, s := range r.Steps {
				_, there := lookup(b.live(s.Step.Ref), mustPath(t, "data.b"))
				assert.False(t, there, "taken back")
			}
		})
	}
}

// agrees compares the journal with a result.
func (b *bench) agrees(r *Result) {
	b.t.Helper()
	book, err := b.Engine.o.Journal.Read()
	require.NoError(b.t, err)
	e, err := book.Find(r.ID)
	require.NoError(b.t, err)
	assert.Equal(b.t, r.Outcome, e.Outcome)
	for i := range e.Steps {
		assert.Equal(b.t, r.Steps[e.Steps[i].Number-1].Outcome, e.Steps[i].Outcome)
	}
}

func (b *bench) newest() *journal.Entry {
	b.t.Helper()
	book, err := b.Engine.o.Journal.Read()
	require.NoError(b.t, err)
	require.NotEmpty(b.t, book.Entries)
	require.Zero(b.t, book.Torn)
	return book.Entries[len(book.Entries)-1]
}

func TestAServerThatIsGoneLeavesItUnknown(t *testing.T) {
	b := newBench(t)
	proxy := kubetest.NewProxy(t, kubetest.Kubeconfig{Path: b.cluster.Admin})
	e := b.engine(proxy, Options{})
	p, err := e.Plan(t.Context(), b.configMaps(2).one())
	require.NoError(t, err)
	proxy.Fail(func(_ http.ResponseWriter, r *http.Request) bool {
		if isWrite(r) {
			_, err := b.send(r.Context(), p.Steps[0], false)
			assert.NoError(t, err)
			proxy.Refuse(true)
			proxy.Cut()
			panic(http.ErrAbortHandler)
		}
		return false
	})
	e.patience = 1
	r, err := e.Apply(t.Context(), p, Approval{Confirmed: p.Confirmations()}, nil)
	require.NoError(t, err)
	assert.Equal(t, journal.Unknown, r.Outcome)
	assert.Equal(t, journal.Skipped, r.Steps[1].Outcome)
	b.agrees(r)
	undo := b.undo(b.Engine, r.ID)
	assert.Equal(t, journal.Applied, undo.Outcome, undo.Reason)
	_, there := lookup(b.live(p.Steps[0].Ref), mustPath(t, "data.b"))
	assert.False(t, there, "what was done without an answer is taken back")
}

func TestTwoOperatorsChangeTheSame(t *testing.T) {
	b := newBench(t)
	b.configMaps(1)
	plans := make([]*Plan, 2)
	for i := range plans {
		var err error
		plans[i], err = b.Plan(t.Context(), Request{Action: "x", Wishes: []Wish{{Edit: plan.Edit{Verb: plan.Patch, Object: b.ref("", "ConfigMap", "c000"),
			Fields: []plan.Field{{Path: "data.a", Value: fmt.Sprintf("of %d", i)}}}}}})
		require.NoError(t, err)
	}
	results := make([]*Result, 2)
	var both sync.WaitGroup
	for i := range plans {
		both.Go(func() {
			r, err := b.Apply(t.Context(), plans[i], Approval{Confirmed: plans[i].Confirmations()}, nil)
			if assert.NoError(t, err) {
				results[i] = r
			}
		})
	}
	both.Wait()
	winner := 0
	if results[1].Outcome == journal.Applied {
		winner = 1
	}
	assert.Equal(t, journal.Applied, results[winner].Outcome)
	assert.Equal(t, journal.Conflict, results[1-winner].Outcome, "the other one is told")
	assert.Contains(t, results[1-winner].Reason, "changed data.a meanwhile")
	assert.Equal(t, fmt.Sprintf("of %d", winner), text(b.live(b.ref("", "ConfigMap", "c000")), "data", "a"))
}

func TestAChangeBesideTheTouchedPathsDoesNotHinder(t *testing.T) {
	b := newBench(t)
	b.apply("kubectl", web)
	p, err := b.Plan(t.Context(), b.tighten())
	require.NoError(t, err)
	b.apply("another", `{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, annotations: {note: x}}, spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: proxy, image: "registry.example.com/proxy:2"}]}}}}`)
	r := b.do(b.Engine, p)
	require.Equal(t, journal.Applied, r.Outcome, r.Reason)
	after := b.live(p.Steps[1].Ref)
	image, _ := lookup(after, mustPath(t, "spec.template.spec.containers[name=proxy].image"))
	assert.Equal(t, "registry.example.com/proxy:2", image, "the other change is kept")

	undo, err := b.PlanUndo(t.Context(), b.newest().ID)
	require.NoError(t, err)
	b.apply("another", `{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, annotations: {note: later}}, spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: proxy, image: "registry.example.com/proxy:3"}], volumes: [{name: cache, emptyDir: {}}]}}}}`)
	r = b.do(b.Engine, undo)
	require.Equal(t, journal.Applied, r.Outcome, r.Reason)
	after = b.live(p.Steps[1].Ref)
	_, tmp := lookup(after, mustPath(t, "spec.template.spec.volumes[name=tmp]"))
	_, cache := lookup(after, mustPath(t, "spec.template.spec.volumes[name=cache]"))
	assert.False(t, tmp, "what the change made is gone")
	assert.True(t, cache, "and what another put beside it is kept")
}

// TestWritesWhilePlanning has somebody write the object between its reading and its dry run.
func TestWritesWhilePlanning(t *testing.T) {
	b := newBench(t)
	b.apply("kubectl", web)
	proxy := kubetest.NewProxy(t, kubetest.Kubeconfig{Path: b.cluster.Admin})
	e := b.engine(proxy, Options{})
	var writes atomic.Int64
	proxy.Fail(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPatch && strings.HasSuffix(r.URL.Path, "/deployments/web") && writes.Add(1) <= 2 {
			b.apply("another", fmt.Sprintf(`{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, annotations: {note: "%d"}}, spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: proxy, image: "registry.example.com/proxy:1"}]}}}}`, writes.Load()))
		}
		return false
	})
	p, err := e.Plan(t.Context(), Request{Action: "x", Wishes: []Wish{{Edit: plan.Edit{Verb: plan.Patch, Object: b.ref("apps", "Deployment", "web"),
		Fields: []plan.Field{{Path: "spec.template.spec.containers[name=web].env[name=SIZE].value", Value: "7"}}}}}})
	require.NoError(t, err)
	assert.Empty(t, p.Blocked())
	assert.GreaterOrEqual(t, writes.Load(), int64(3), "it was tried anew for what is there now: its controller may write too")
}

func TestAChangeCanBeStoppedBetweenSteps(t *testing.T) {
	b := newBench(t)
	p, err := b.Plan(t.Context(), b.configMaps(5).one())
	require.NoError(t, err)
	stop := make(chan struct{})
	var done []int
	r, err := b.Apply(t.Context(), p, Approval{Confirmed: p.Confirmations(), Stop: stop}, func(e Event) {
		done = append(done, e.Done)
		if e.Outcome == journal.Begun && e.Step.Number == 2 {
			close(stop)
		}
	})
	require.NoError(t, err)
	assert.Equal(t, 2, r.Applied(), "the step under way is finished")
	assert.Equal(t, journal.Failed, r.Outcome)
	assert.Equal(t, "stopped by the operator", r.Reason)
	assert.Equal(t, []int{0, 1, 1, 2}, done)
	assert.Equal(t, journal.Applied, b.undo(b.Engine, "").Outcome)
}

func TestAFailureEndsItsOwnLaneOnly(t *testing.T) {
	b := newBench(t)
	request := b.configMaps(6)
	request.Wishes[5].Functions = request.Wishes[2].Functions // two steps of one function
	p, err := b.Plan(t.Context(), request)
	require.NoError(t, err)
	other, err := b.Plan(t.Context(), Request{Action: "x", Wishes: []Wish{{Edit: plan.Edit{Verb: plan.Patch, Object: b.ref("", "ConfigMap", "c002"),
		Fields: []plan.Field{{Path: "data.b", Value: "3"}}}}}})
	require.NoError(t, err)
	require.Equal(t, journal.Applied, b.do(b.Engine, other).Outcome)
	r := b.do(b.Engine, p)
	assert.Equal(t, journal.Conflict, r.Outcome)
	assert.Equal(t, 4, r.Applied())
	assert.Equal(t, journal.Conflict, r.Steps[2].Outcome)
	assert.Equal(t, journal.Skipped, r.Steps[5].Outcome)
}

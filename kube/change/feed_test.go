package change

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/kubetest"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/rest"
	"github.com/fn9s/fn9s/security/model"
)

// feeder is an OpenWhisk with triggers and the feed /whisk.system/alarms/alarm, which needs a cron.
type feeder struct {
	mu       sync.Mutex
	triggers map[string]any
	calls    []map[string]any
	deaf     bool // triggers cannot be deleted
	firm     bool // the feed ends nothing
}

func (f *feeder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	say := func(code int, v any) { w.WriteHeader(code); _ = json.NewEncoder(w).Encode(v) }
	var body map[string]any
	_ = json.NewDecoder(r.Body).Decode(&body)
	name, isTrigger := strings.CutPrefix(r.URL.Path, "/api/v1/namespaces/_/triggers/")
	switch {
	case isTrigger && r.Method == http.MethodPut:
		body["version"] = "0.0.1"
		f.triggers[name] = body
		say(http.StatusOK, body)
	case isTrigger && f.triggers[name] == nil:
		say(http.StatusNotFound, map[string]any{"error": "The requested resource does not exist."})
	case isTrigger && r.Method == http.MethodDelete && f.deaf:
		say(http.StatusInternalServerError, map[string]any{"error": "the database is away"})
	case isTrigger && r.Method == http.MethodDelete:
		delete(f.triggers, name)
		say(http.StatusOK, map[string]any{})
	case isTrigger:
		say(http.StatusOK, f.triggers[name])
	case r.URL.Path == "/api/v1/namespaces/whisk.system/actions/alarms/alarm" && r.URL.RawQuery == "blocking=true&result=true":
		f.calls = append(f.calls, body)
		if body["lifecycleEvent"] == "CREATE" && body["cron"] == nil || body["lifecycleEvent"] == "DELETE" && f.firm {
			say(http.StatusBadGateway, map[string]any{"error": "refused with " + canary + " and " + body["authKey"].(string)})
			return
		}
		say(http.StatusOK, map[string]any{})
	default:
		say(http.StatusNotFound, map[string]any{"error": "nothing is at " + r.URL.Path})
	}
}

// fed is an engine that reaches a feeder, and the wish for a trigger.
func (b *bench) fed(f *feeder, sent map[string]any) (*Engine, Wish) {
	b.t.Helper()
	server := httptest.NewServer(f)
	b.t.Cleanup(server.Close)
	w, err := rest.NewWriter(rest.Config{Framework: rest.OpenWhisk, Name: "c", Namespace: "openwhisk", URL: server.URL,
		Secret: rest.SecretRef{Namespace: "openwhisk", Name: "owdev-whisk.auth", Key: "guest"}}, rest.Deps{Transport: http.DefaultTransport, Secrets: secrets{b.api}}, true)
	require.NoError(b.t, err)
	ref := model.Ref{Group: frameworks.WhiskGroup, Kind: "Trigger", Namespace: "openwhisk", Name: "c/guest/nightly"}
	e := b.engine(kubetest.Kubeconfig{Path: b.cluster.Admin}, Options{Remotes: []Remote{w}})
	return e, Wish{Edit: plan.Edit{Verb: plan.Create, Object: ref, APIVersion: ref.Group + "/v1", Why: "deploy", New: map[string]any{
		"apiVersion": ref.Group + "/v1", "kind": "Trigger", "metadata": map[string]any{"name": ref.Name, "namespace": ref.Namespace},
		"spec": map[string]any{"feed": "/whisk.system/alarms/alarm"}, "sent": sent}}}
}

func TestATriggerIsMadeWithItsFeedAndTakenBack(t *testing.T) {
	b := newBench(t)
	f := &feeder{triggers: map[string]any{}}
	e, wish := b.fed(f, map[string]any{"cron": `"0 2 * * *"`, "password": `"` + canary + `"`})
	p, err := e.Plan(t.Context(), Request{Action: "deploy", Title: "deploy", Wishes: []Wish{wish}})
	require.NoError(t, err)
	sides, err := p.Sides(p.Steps[0])
	require.NoError(t, err)
	assert.Contains(t, sides.After, "feed: /whisk.system/alarms/alarm")
	assert.NotContains(t, sides.After, canary)
	r := b.do(e, p)
	require.Equal(t, journal.Applied, r.Outcome, r.Reason)
	require.Len(t, f.calls, 1)
	key := f.calls[0]["authKey"].(string)
	assert.Contains(t, key, ":")
	assert.Equal(t, map[string]any{"lifecycleEvent": "CREATE", "triggerName": "/guest/nightly", "authKey": key, "cron": "0 2 * * *", "password": canary}, f.calls[0])

	undo, err := e.PlanUndo(t.Context(), r.ID)
	require.NoError(t, err)
	assert.Equal(t, plan.AtOnce, undo.Steps[0].Effect, "no pods are replaced")
	f.firm = true
	u := b.do(e, undo)
	assert.Equal(t, journal.Failed, u.Outcome)
	assert.Contains(t, u.Reason, "502 Bad Gateway; the trigger stays")
	assert.Len(t, f.triggers, 1, "what the feed does not end is not half deleted")
	f.firm = false
	undo, err = e.PlanUndo(t.Context(), r.ID)
	require.NoError(t, err)
	u = b.do(e, undo)
	require.Equal(t, journal.Applied, u.Outcome, u.Reason)
	assert.Equal(t, map[string]any{"lifecycleEvent": "DELETE", "triggerName": "/guest/nightly", "authKey": key}, f.calls[len(f.calls)-1])
	assert.Empty(t, f.triggers)
	b.searchForCanary()
	raw, err := os.ReadFile(b.Engine.o.Journal.Path())
	require.NoError(t, err)
	assert.NotContains(t, string(raw), key)
}

func TestATriggerWhoseFeedRefusesIsDeletedAgain(t *testing.T) {
	b := newBench(t)
	for name, c := range map[string]struct {
		deaf bool
		left int
		why  string
	}{
		"deleted":      {false, 0, "the trigger was deleted again"},
		"it cannot go": {true, 1, "the trigger stays, without events: "},
	} {
		t.Run(name, func(t *testing.T) {
			f := &feeder{triggers: map[string]any{}, deaf: c.deaf}
			e, wish := b.fed(f, map[string]any{"password": `"` + canary + `"`})
			p, err := e.Plan(t.Context(), Request{Action: "deploy", Title: "deploy", Wishes: []Wish{wish}})
			require.NoError(t, err)
			r := b.do(e, p)
			assert.Equal(t, journal.Failed, r.Outcome)
			assert.Contains(t, r.Reason, "the feed /whisk.system/alarms/alarm was called with lifecycleEvent CREATE: ")
			assert.Contains(t, r.Reason, "refused with … and …")
			assert.Contains(t, r.Reason, c.why)
			require.Len(t, f.calls, 1, "once")
			assert.Len(t, f.triggers, c.left)
			assert.NotContains(t, r.Reason, f.calls[0]["authKey"])
		})
	}
	b.searchForCanary()
}

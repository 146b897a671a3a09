package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/change"
)

// outside is the API of a framework beside the API server, and what stands before it.
type outside struct {
	*turn
	api  string // of the server itself
	auth func(*http.Request)
	hook atomic.Pointer[func(http.ResponseWriter, *http.Request) bool] // answers instead; false: the request passes
	puts atomic.Int64
}

// newOutside has the connectors reach their servers through something that can fail.
func newOutside(t *testing.T, framework string) *outside {
	u := newTurn(t)
	var info struct{ Rest map[string]string }
	u.cluster.Info(t, &info)
	o := &outside{turn: u, api: info.Rest[framework]}
	target, err := url.Parse(o.api)
	require.NoError(t, err)
	pass := httputil.NewSingleHostReverseProxy(target)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f := o.hook.Load(); f != nil && (*f)(w, r) {
			return
		}
		if r.Method == http.MethodPut {
			o.puts.Add(1)
		}
		pass.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	text, err := os.ReadFile(u.config)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(u.config, []byte(strings.ReplaceAll(string(text), o.api, proxy.URL)), 0o600))
	if framework == "fn" {
		token := strings.TrimSpace(string(u.secret("fn", "fn-api-token").Data["token"]))
		o.auth = func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
	} else {
		user, password, _ := strings.Cut(strings.TrimSpace(string(u.secret("openwhisk", "owdev-whisk.auth").Data["guest"])), ":")
		o.auth = func(r *http.Request) { r.SetBasicAuth(user, password) }
	}
	return o
}

func (o *outside) fails(f func(http.ResponseWriter, *http.Request) bool) {
	if f == nil {
		o.hook.Store(nil)
		return
	}
	o.hook.Store(&f)
}

// ask talks to the server itself.
func (o *outside) ask(method, path string, body any) map[string]any {
	o.t.Helper()
	raw, err := json.Marshal(body)
	require.NoError(o.t, err)
	r, err := http.NewRequestWithContext(context.WithoutCancel(o.t.Context()), method, o.api+path, bytes.NewReader(raw))
	require.NoError(o.t, err)
	o.auth(r)
	answer, err := http.DefaultClient.Do(r)
	require.NoError(o.t, err)
	defer func() { _ = answer.Body.Close() }()
	data, err := io.ReadAll(answer.Body)
	require.NoError(o.t, err)
	require.Equal(o.t, http.StatusOK, answer.StatusCode, string(data))
	var out map[string]any
	require.NoError(o.t, json.Unmarshal(data, &out))
	return out
}

const actions = "/api/v1/namespaces/_/actions/"

// action reads an action without what every write counts; lists of keys become maps.
func (o *outside) action(name string) map[string]any {
	a := o.ask(http.MethodGet, actions+name, nil)
	delete(a, "version")
	delete(a, "updated")
	for _, list := range []string{"annotations", "parameters"} {
		m := map[string]any{}
		entries, _ := a[list].([]any)
		for _, e := range entries {
			p, _ := e.(map[string]any)
			key, _ := p["key"].(string)
			m[key] = p["value"]
		}
		a[list] = m
	}
	return a
}

func (o *outside) function(id string) map[string]any {
	f := o.ask(http.MethodGet, "/v2/fns/"+id, nil)
	delete(f, "updated_at")
	return f
}

// tighten runs the command for some intents.
func (o *outside) tighten(function, namespace, intents string, more ...string) ran {
	return o.run(append([]string{"tighten", function, "-n", namespace, "--intent", intents, "--wait=false", "-o", "json"}, more...)...)
}

func (o *outside) undone() {
	o.t.Helper()
	r := o.run("undo", "--yes", "--wait=false")
	require.Equal(o.t, exitDone, r.code, "%s\n%s", r.out, r.err)
}

// TestAnActionIsTightenedThroughItsAPI holds that steps of OpenWhisk are steps like others: planned, shown, confirmed,
// written, read again, and taken back.
func TestAnActionIsTightenedThroughItsAPI(t *testing.T) {
	o := newOutside(t, "openwhisk")
	before := o.action("report")
	r := o.tighten("guest/report", "openwhisk", "no-token,route-auth", "--dry-run")
	require.Equal(t, exitDone, r.code, r.err)
	validate(t, "Plan", []byte(r.out))
	assert.Zero(t, o.puts.Load())
	var p change.PlanDocument
	require.NoError(t, json.Unmarshal([]byte(r.out), &p))
	require.Len(t, p.Steps, 1, "one object, one step")
	assert.Equal(t, string(change.Unable), p.Steps[0].Check)
	assert.Contains(t, p.Steps[0].Diff, "+    provide-api-key: false")

	r = o.tighten("guest/report", "openwhisk", "no-token,route-auth", "--yes")
	require.Equal(t, exitDone, r.code, "%s\n%s", r.out, r.err)
	validate(t, "ChangeResult", []byte(r.out))
	after := o.action("report")
	annotations := after["annotations"].(map[string]any)
	assert.Equal(t, false, annotations["provide-api-key"])
	value, _ := annotations["require-whisk-auth"].(string)
	require.Len(t, value, 64, "a value was made")
	assert.Equal(t, before["exec"], after["exec"], "the code stays")
	assert.Equal(t, before["parameters"], after["parameters"])
	assert.NotContains(t, o.output.String(), value)
	journal, err := os.ReadFile(filepath.Join(o.state, "fn9s", "journal", "journal.jsonl"))
	if err == nil {
		assert.NotContains(t, string(journal), value)
	}
	again := o.tighten("guest/report", "openwhisk", "no-token,route-auth", "--dry-run")
	assert.Contains(t, again.out, "Nothing is to be changed", "the findings are cured")
	o.undone()
	assert.Equal(t, before, o.action("report"))
}

func TestAWebActionIsClosedThroughItsAPI(t *testing.T) {
	o := newOutside(t, "openwhisk")
	before := o.action("report")
	require.Equal(t, exitDone, o.tighten("guest/report", "openwhisk", "close-route", "--yes").code)
	assert.Equal(t, false, o.action("report")["annotations"].(map[string]any)["web-export"])
	o.undone()
	assert.Equal(t, before, o.action("report"))
}

// TestValuesLeaveFunctionsThroughTheirAPI takes credentials out of a parameter and out of a configuration: what they were is
// kept in a Secret until it is taken back.
func TestValuesLeaveFunctionsThroughTheirAPI(t *testing.T) {
	o := newOutside(t, "openwhisk")
	before := o.action("shop/checkout")
	r := o.tighten("guest/shop/checkout", "openwhisk", "env-to-secret", "--yes")
	require.Equal(t, exitDone, r.code, "%s\n%s", r.out, r.err)
	assert.NotContains(t, r.out+r.err, "dummy-not-a-secret")
	gone := 0
	for k, v := range before["parameters"].(map[string]any) {
		now, there := o.action("shop/checkout")["parameters"].(map[string]any)[k]
		if !there {
			gone++
			continue
		}
		assert.Equal(t, v, now, "what is no credential stays")
	}
	assert.NotZero(t, gone)
	o.undone()
	assert.Equal(t, before, o.action("shop/checkout"))

	f := newOutside(t, "fn")
	const refund = "01KAFN0000000000000000RFD1"
	was := f.function(refund)
	r = f.tighten("shop/refund", "fn", "env-to-secret", "--yes")
	require.Equal(t, exitDone, r.code, "%s\n%s", r.out, r.err)
	assert.NotContains(t, r.out+r.err, "dummy-not-a-secret")
	assert.Equal(t, map[string]any{"DB_HOST": "orders-db"}, f.function(refund)["config"])
	f.undone()
	assert.Equal(t, was, f.function(refund))
}

func TestWhatMayNotBeWrittenIsNot(t *testing.T) {
	o := newOutside(t, "openwhisk")
	r := o.tighten("guest/report", "openwhisk", "no-token", "--yes", "--read-only")
	assert.Equal(t, exitFindings, r.code)
	assert.Contains(t, r.err, "read-only")
	text, err := os.ReadFile(o.config)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(o.config, []byte(strings.ReplaceAll(string(text), "writes: true", "writes: false")), 0o600))
	r = o.tighten("guest/report", "openwhisk", "no-token", "--yes")
	assert.Equal(t, exitFindings, r.code)
	assert.Contains(t, r.err, "may only read")
	assert.Zero(t, o.puts.Load())
}

// TestAServerThatFails has the server of the actions refuse, fail, and go away while a change is written: the journal tells
// what became of it, and an action is never half written.
func TestAServerThatFails(t *testing.T) {
	o := newOutside(t, "openwhisk")
	before := o.action("report")
	answer := func(code int) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodPut {
				return false
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(code)
			_, _ = io.WriteString(w, `{"error":"told so"}`)
			return true
		}
	}
	for _, c := range []struct {
		code int
		says string
	}{{401, "does not accept the credentials"}, {403, "told so"}, {404, "told so"}, {409, "told so"}, {500, "told so"}, {503, "told so"}} {
		o.fails(answer(c.code))
		r := o.tighten("guest/report", "openwhisk", "no-token", "--yes")
		assert.Equal(t, exitFindings, r.code, c.code)
		assert.Contains(t, r.out+r.err, c.says, c.code)
		o.fails(nil)
		assert.Equal(t, before, o.action("report"), c.code)
	}
	o.fails(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPut {
			panic(http.ErrAbortHandler) // the connection ends without a word
		}
		return false
	})
	r := o.tighten("guest/report", "openwhisk", "no-token", "--yes")
	assert.Equal(t, exitFindings, r.code)
	o.fails(nil)
	assert.Equal(t, before, o.action("report"))
	r = o.run("undo", "--yes", "--wait=false")
	assert.Equal(t, exitFindings, r.code, "nothing was done that could be taken back: %s", r.out)
}

// TestAChangeBySomebodyElseIsNotOverwritten changes the action between the plan and the write.
func TestAChangeBySomebodyElseIsNotOverwritten(t *testing.T) {
	o := newOutside(t, "openwhisk")
	before := o.action("report")
	t.Cleanup(func() {
		o.ask(http.MethodPut, actions+"report?overwrite=true", map[string]any{"delAnnotations": []string{"provide-api-key", "note"}})
	})
	plan := o.tighten("guest/report", "openwhisk", "no-token", "--dry-run")
	require.Equal(t, exitDone, plan.code, plan.err)
	saved := filepath.Join(t.TempDir(), "plan.json")
	require.NoError(t, os.WriteFile(saved, []byte(plan.out), 0o600))
	meddle := func(annotation string, value any) func(http.ResponseWriter, *http.Request) bool {
		var reads atomic.Int64
		return func(_ http.ResponseWriter, r *http.Request) bool {
			if strings.HasSuffix(r.URL.Path, "/actions/report") && r.Method == http.MethodGet && reads.Add(1) == 2 { // the first is of the plan
				o.ask(http.MethodPut, actions+"report?overwrite=true", map[string]any{"annotations": []any{map[string]any{"key": annotation, "value": value}}})
			}
			return false
		}
	}
	o.fails(meddle("provide-api-key", "mine"))
	r := o.run("apply", saved, "--yes", "--wait=false")
	o.fails(nil)
	assert.Equal(t, exitFindings, r.code, r.out)
	assert.Equal(t, "mine", o.action("report")["annotations"].(map[string]any)["provide-api-key"])
	o.ask(http.MethodPut, actions+"report?overwrite=true", map[string]any{"delAnnotations": []string{"provide-api-key"}})
	require.Equal(t, before, o.action("report"))

	o.fails(meddle("note", time.Now().Format(time.RFC3339)))
	r = o.run("apply", saved, "--yes", "--wait=false")
	o.fails(nil)
	require.Equal(t, exitDone, r.code, "what the change does not touch may change: %s\n%s", r.out, r.err)
	assert.Equal(t, false, o.action("report")["annotations"].(map[string]any)["provide-api-key"])
	o.undone()
}

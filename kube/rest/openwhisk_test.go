package rest_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/rest"
	"github.com/fn9s/fn9s/kube/status"
)

const guest = "00000000-0000-0000-0000-000000000001:dummy-guest-key"

// whiskServer lists summaries, newest first, up to 200 at once, and refuses to list more.
type whiskServer struct {
	mu       sync.Mutex
	objects  map[string][]entry // actions, packages, triggers, rules, in full
	requests []string
	details  int
}

func (s *whiskServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r.Method+" "+r.URL.RequestURI())
	user, password, _ := r.BasicAuth()
	if user+":"+password != guest {
		refuse(w, http.StatusUnauthorized, entry{"error": "The supplied authentication is invalid.", "code": "x"})
		return
	}
	path := strings.TrimPrefix(r.URL.Path, "/api/v1/namespaces")
	if path == "" {
		reply(w, []string{"guest"})
		return
	}
	kind, name, single := strings.Cut(strings.TrimPrefix(path, "/_/"), "/")
	if single {
		s.one(w, r, kind, name)
		return
	}
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	skip, _ := strconv.Atoi(r.URL.Query().Get("skip"))
	if limit > 200 {
		refuse(w, http.StatusBadRequest, entry{"error": "limit"})
		return
	}
	items := []entry{}
	for _, o := range s.objects[kind] {
		items = append(items, summary(o))
	}
	items = items[min(skip, len(items)):]
	reply(w, items[:min(limit, len(items))])
}

func summary(o entry) entry {
	short := entry{}
	for k, v := range o {
		switch k {
		case "parameters", "status", "trigger", "action":
		case "exec":
			short[k] = entry{"binary": false}
		default:
			short[k] = v
		}
	}
	return short
}

func (s *whiskServer) one(w http.ResponseWriter, r *http.Request, kind, name string) {
	s.details++
	for _, o := range s.objects[kind] {
		if strings.TrimPrefix(strings.TrimPrefix(o["namespace"].(string), "guest"), "/")+"/"+o["name"].(string) == name ||
			o["namespace"] == "guest" && o["name"] == name {
			reply(w, o)
			return
		}
	}
	refuse(w, http.StatusNotFound, entry{"error": "The requested resource does not exist."})
}

func action(namespace, name, kind string, more entry) entry {
	o := entry{
		"namespace": namespace, "name": name, "version": "0.0.1", "updated": 1787563200000,
		"annotations": []entry{{"key": "exec", "value": kind}},
		"exec":        entry{"kind": kind, "code": "SOURCE", "main": "run"},
		"parameters":  []entry{{"key": "db_password", "value": "PARAMETER"}, {"key": "nested", "value": entry{"k": "PARAMETER"}, "init": true}},
	}
	for k, v := range more {
		o[k] = v
	}
	return o
}

func whiskShop() *whiskServer {
	return &whiskServer{objects: map[string][]entry{
		"actions": {
			action("guest", "hello", "nodejs:20", entry{"annotations": []entry{
				{"key": "web-export", "value": true}, {"key": "require-whisk-auth", "value": "WEBKEY"}, {"key": "exec", "value": "nodejs:20"}}}),
			action("guest/shop", "checkout", "python:3.11", nil),
			action("guest", "order flow", "sequence", nil),
		},
		"packages": {{"namespace": "guest", "name": "shop", "version": "0.0.1", "publish": true}},
		"triggers": {{"namespace": "guest", "name": "nightly", "version": "0.0.1",
			"annotations": []entry{{"key": "feed", "value": "/whisk.system/alarms/alarm"}},
			"parameters":  []entry{{"key": "cron", "value": "0 2 * * *"}, {"key": "trigger_payload", "value": "PARAMETER"}}}},
		"rules": {{"namespace": "guest", "name": "r", "version": "0.0.1", "status": "active",
			"trigger": entry{"name": "nightly", "path": "guest"}, "action": entry{"name": "hello", "path": "guest"}}},
	}}
}

func asGuest(c *rest.Config, _ *rest.Deps) {
	c.Framework, c.Name, c.Namespace = rest.OpenWhisk, "guest", "openwhisk"
	c.Secret = rest.SecretRef{Namespace: "ow", Name: "auth", Key: "guest"}
}

func TestActionsAreReadInFullAndWithoutSecrets(t *testing.T) {
	t.Parallel()
	server := whiskShop()
	s := run(t, server, asGuest)
	state := s.polled(t)
	require.Equal(t, status.Live, state.Connection.Phase, state.Connection.Reason)
	assert.Empty(t, state.Incomplete+state.Warning)
	assert.Equal(t, []string{
		"Action guest/guest/hello", "Action guest/guest/shop/checkout", "Action guest/guest/order flow",
		"Package guest/guest/shop", "Trigger guest/guest/nightly", "Rule guest/guest/r",
	}, s.sink.names("openwhisk/guest"))
	hello := s.sink.object(t, "openwhisk/guest", "Action", "guest/guest/hello").JSON
	assert.Contains(t, hello, `"main":"run"`)
	assert.Contains(t, hello, `"db_password"`)
	assert.Contains(t, hello, `"credential":"value of a sensitive name"`, "what it looks like is kept, not the value")
	assert.Contains(t, hello, `"init":true`)
	assert.Contains(t, s.sink.object(t, "openwhisk/guest", "Rule", "guest/guest/r").JSON, `"active"`)
	assert.Contains(t, s.sink.object(t, "openwhisk/guest", "Trigger", "guest/guest/nightly").JSON, "0 2 * * *")
	for _, secret := range []string{"PARAMETER", "SOURCE", "WEBKEY", "dummy-guest-key"} {
		assert.NotContains(t, s.sink.everything(), secret)
	}
	assert.Equal(t, "guest", s.sink.connector(t, "openwhisk/guest").Tenant)
	server.mu.Lock()
	defer server.mu.Unlock()
	assert.Contains(t, server.requests, "GET /api/v1/namespaces/_/actions/order%20flow?code=false")
	for _, r := range server.requests {
		assert.True(t, strings.HasPrefix(r, "GET "), "only reads: %s", r)
	}
}

func TestUnchangedActionsAreNotReadAgain(t *testing.T) {
	t.Parallel()
	server := whiskShop()
	s := run(t, server, asGuest)
	s.polled(t)
	server.mu.Lock()
	first := server.details
	server.mu.Unlock()
	assert.Equal(t, 5, first, "three actions, a trigger and a rule")

	s.Poke()
	s.polled(t)
	assert.Equal(t, 1, s.sink.count("openwhisk/guest"), "nothing changed, nothing is handed over")
	server.mu.Lock()
	assert.Equal(t, first, server.details)
	server.objects["actions"][0]["version"] = "0.0.2"
	server.objects["actions"][0]["exec"] = entry{"kind": "blackbox", "image": "somebody/hello"}
	server.objects["actions"] = server.objects["actions"][:2]
	server.mu.Unlock()

	s.Poke()
	s.polled(t)
	assert.Contains(t, s.sink.object(t, "openwhisk/guest", "Action", "guest/guest/hello").JSON, "somebody/hello")
	assert.NotContains(t, s.sink.names("openwhisk/guest"), "Action guest/guest/order flow")
	server.mu.Lock()
	defer server.mu.Unlock()
	assert.Equal(t, first+1, server.details)
}

func TestAllPagesOfActionsAreReadAndDuplicatesMerged(t *testing.T) {
	t.Parallel()
	server := &whiskServer{objects: map[string][]entry{}}
	for n := range 450 {
		o := action("guest", fmt.Sprintf("action-%03d", n), "nodejs:20", nil)
		server.objects["actions"] = append(server.objects["actions"], o)
	}
	// Something was updated while the pages were read: one action moves to the next page and shows twice.
	server.objects["actions"] = slices.Insert(server.objects["actions"], 200, server.objects["actions"][199])
	s := run(t, server, asGuest)
	state := s.polled(t)
	require.Equal(t, status.Live, state.Connection.Phase, state.Connection.Reason)
	assert.Equal(t, 450, state.Objects)
	assert.Equal(t, "details of 50 objects are still being read", state.Warning)
	s.Poke()
	assert.Empty(t, s.polled(t).Warning)
}

func TestAServerThatIgnoresSkipDoesNotPageForEver(t *testing.T) {
	t.Parallel()
	page := []entry{}
	for n := range 200 {
		page = append(page, entry{"namespace": "guest", "name": fmt.Sprint("t", n)})
	}
	s := run(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/namespaces"):
			reply(w, []string{"guest"})
		case strings.HasSuffix(r.URL.Path, "/triggers"):
			reply(w, page)
		default:
			reply(w, []entry{})
		}
	}), asGuest)
	state := s.polled(t)
	assert.Equal(t, 200, state.Objects)
	assert.Equal(t, "the API repeats a page of triggers", state.Incomplete)
}

func TestAnActionWhoseDetailsFailIsShownAsTheListTellsIt(t *testing.T) {
	t.Parallel()
	server := whiskShop()
	s := run(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/shop/checkout"):
			refuse(w, http.StatusInternalServerError, entry{"error": "There was an internal server error."})
		case strings.HasSuffix(r.URL.Path, "/actions/hello"):
			reply(w, entry{"namespace": "other", "name": "hello"})
		default:
			server.ServeHTTP(w, r)
		}
	}), asGuest)
	state := s.polled(t)
	assert.Equal(t, status.Live, state.Connection.Phase)
	assert.Contains(t, state.Warning, "details of 1 objects could not be read")
	assert.Contains(t, s.sink.object(t, "openwhisk/guest", "Action", "guest/guest/shop/checkout").JSON, "python:3.11")
	assert.Contains(t, s.sink.object(t, "openwhisk/guest", "Action", "guest/guest/hello").JSON, `"guest"`)
}

func TestHostileEntriesOfOpenWhiskAreCounted(t *testing.T) {
	t.Parallel()
	s := run(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/namespaces"):
			reply(w, []string{"guest"})
		case strings.HasSuffix(r.URL.Path, "/packages"):
			reply(w, []any{nil, 3, "x", entry{}, entry{"namespace": "guest"}, entry{"namespace": "..", "name": "x"},
				entry{"namespace": "guest", "name": "big", "annotations": []entry{{"key": "k", "value": strings.Repeat("v", 70_000)}}},
				entry{"namespace": "guest", "name": "odd", "annotations": "none", "parameters": 4, "exec": []int{}, "updated": "soon"},
				entry{"namespace": "guest/a/b", "name": "deep"},
			})
		default:
			reply(w, []entry{})
		}
	}), asGuest)
	state := s.polled(t)
	assert.Equal(t, "7 entries of the answer have no usable name, or are too large", state.Incomplete)
	assert.Equal(t, []string{"Package guest/guest/odd", "Package guest/guest/a%2Fb/deep"}, s.sink.names("openwhisk/guest"))
}

func TestCredentialsWithoutATenantAreSaid(t *testing.T) {
	t.Parallel()
	s := run(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { reply(w, []string{}) }), asGuest)
	assert.Contains(t, s.polled(t).Connection.Reason, "belong to no OpenWhisk namespace")
}

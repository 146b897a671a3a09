package rest_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
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

type entry = map[string]any

// fnServer pages as the real one: by name, up to 100, and the cursor is the name. Over all apps it loses functions.
type fnServer struct {
	mu       sync.Mutex
	objects  map[string][]entry // apps, fns, triggers
	requests []string
}

func (s *fnServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r.Method+" "+r.URL.RequestURI())
	if r.Header.Get("Authorization") != "Bearer "+token {
		refuse(w, http.StatusUnauthorized, entry{"message": "Unauthorized: " + r.Header.Get("Authorization")})
		return
	}
	kind := strings.TrimPrefix(r.URL.Path, "/v2/")
	app := r.URL.Query().Get("app_id")
	if kind == "triggers" && app == "" {
		refuse(w, http.StatusBadRequest, entry{"message": "Invalid app ID"})
		return
	}
	after, err := base64.RawURLEncoding.DecodeString(r.URL.Query().Get("cursor"))
	if err != nil {
		refuse(w, http.StatusBadRequest, entry{"message": "Invalid cursor"})
		return
	}
	var items []entry
	for _, o := range s.objects[kind] {
		if (app == "" || o["app_id"] == app) && o["name"].(string) > string(after) {
			items = append(items, o)
		}
	}
	slices.SortFunc(items, func(a, b entry) int { return strings.Compare(a["name"].(string), b["name"].(string)) })
	size, _ := strconv.Atoi(r.URL.Query().Get("per_page"))
	if size < 1 {
		size = 30
	}
	cursor := ""
	if size = min(size, 100); len(items) >= size {
		items = items[:size]
		cursor = base64.RawURLEncoding.EncodeToString([]byte(items[size-1]["name"].(string)))
	}
	reply(w, entry{"items": items, "next_cursor": cursor})
}

func reply(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body)
}

func refuse(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body)
}

func app(id, name string) entry { return entry{"id": id, "name": name} }

func fnObject(id, appID, name string) entry {
	return entry{"id": id, "name": name, "app_id": appID, "image": "registry.example.com/" + name + ":1",
		"created_at": "2026-08-20T10:05:00.000Z", "updated_at": "2026-08-23T10:06:00.000Z"}
}

func shopAndTools() *fnServer {
	return &fnServer{objects: map[string][]entry{
		"apps": {app("a1", "shop"), app("a2", "tools")},
		"fns":  {fnObject("f1", "a1", "checkout"), fnObject("f2", "a1", "refund"), fnObject("f3", "a2", "checkout")},
		"triggers": {
			{"id": "t1", "name": "pay", "app_id": "a1", "fn_id": "f1", "type": "http", "source": "/pay"},
			{"id": "t2", "name": "lost", "app_id": "a1", "fn_id": "gone", "type": "http", "source": "/lost"},
		},
	}}
}

func TestFunctionsOfFnAreNamedByTheirApp(t *testing.T) {
	t.Parallel()
	s := run(t, shopAndTools(), nil)
	state := s.polled(t)
	assert.Equal(t, status.Live, state.Connection.Phase)
	assert.Equal(t, 7, state.Objects)
	assert.Empty(t, state.Incomplete)
	assert.Equal(t, []string{
		"App prod/shop", "Fn prod/shop/checkout", "Fn prod/shop/refund", "Trigger prod/shop/lost", "Trigger prod/shop/pay",
		"App prod/tools", "Fn prod/tools/checkout",
	}, s.sink.names("fn/prod"))
	assert.Equal(t, "App prod/shop;Fn prod/shop/checkout;", s.sink.object(t, "fn/prod", "Trigger", "prod/shop/pay").Links)
	assert.Equal(t, "App prod/shop;", s.sink.object(t, "fn/prod", "Trigger", "prod/shop/lost").Links)
	c := s.sink.connector(t, "fn/prod")
	assert.True(t, c.Reached && c.Live())
	assert.Empty(t, c.Warning, "a loopback address needs no TLS")
}

func TestAllPagesOfFnAreReadAppByApp(t *testing.T) {
	t.Parallel()
	server := &fnServer{objects: map[string][]entry{}}
	for a := range 3 {
		id := fmt.Sprint("a", a)
		server.objects["apps"] = append(server.objects["apps"], app(id, "app-"+id))
		for f := range 250 {
			server.objects["fns"] = append(server.objects["fns"], fnObject(fmt.Sprintf("f%d-%d", a, f), id, fmt.Sprintf("same-name-%03d", f)))
		}
	}
	s := run(t, server, nil)
	state := s.polled(t)
	require.Equal(t, status.Live, state.Connection.Phase, state.Connection.Reason)
	assert.Equal(t, 3+750, state.Objects)
	server.mu.Lock()
	defer server.mu.Unlock()
	for _, r := range server.requests {
		assert.True(t, strings.HasPrefix(r, "GET "), "only reads: %s", r)
		assert.Contains(t, r, "per_page=100")
		if strings.Contains(r, "/v2/fns") {
			assert.Contains(t, r, "app_id=", "functions are listed app by app")
		}
	}
}

func TestAnAppThatIsDeletedMeanwhileHoldsNothing(t *testing.T) {
	t.Parallel()
	server := shopAndTools()
	s := run(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("app_id") == "a2" {
			refuse(w, http.StatusNotFound, entry{"message": "App not found"})
			return
		}
		server.ServeHTTP(w, r)
	}), nil)
	state := s.polled(t)
	assert.Equal(t, status.Live, state.Connection.Phase)
	assert.Contains(t, s.sink.names("fn/prod"), "Fn prod/shop/refund")
	assert.NotContains(t, s.sink.names("fn/prod"), "Fn prod/tools/checkout")
}

func TestEndlessPagesOfFnEnd(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		cursor func(page int) string
		want   string
	}{
		"the same cursor again":       {func(int) string { return "same" }, "repeats a page"},
		"always a new one, never new": {func(n int) string { return fmt.Sprint("c", n) }, "more than 500 pages"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			pages := 0
			s := run(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/v2/apps" {
					reply(w, entry{"items": []entry{}})
					return
				}
				mu.Lock()
				defer mu.Unlock()
				pages++
				reply(w, entry{"items": []entry{app("a1", "shop")}, "next_cursor": c.cursor(pages)})
			}), nil)
			state := s.polled(t)
			assert.Equal(t, status.Live, state.Connection.Phase)
			assert.Contains(t, state.Incomplete, c.want)
			assert.Equal(t, []string{"App prod/shop"}, s.sink.names("fn/prod"), "no duplicate")
			assert.Contains(t, s.sink.connector(t, "fn/prod").Incomplete, c.want)
		})
	}
}

func TestEntriesWithoutAUsableNameAreCountedAndTheOthersStay(t *testing.T) {
	t.Parallel()
	server := shopAndTools()
	s := run(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v2/fns" && r.URL.Query().Get("app_id") == "a1" {
			reply(w, entry{"items": []any{
				nil, 7, "text", []int{1}, entry{}, entry{"id": "x"}, entry{"id": "x", "name": ".."},
				entry{"id": "x", "name": strings.Repeat("n", 600)}, entry{"id": 4, "name": "number"},
				entry{"id": "f9", "name": "a/b", "memory": "much"},
			}})
			return
		}
		server.ServeHTTP(w, r)
	}), nil)
	state := s.polled(t)
	assert.Equal(t, "9 entries of the answer have no usable name, or are too large", state.Incomplete)
	assert.Contains(t, s.sink.names("fn/prod"), "Fn prod/shop/a%2Fb")
	assert.Contains(t, s.sink.names("fn/prod"), "Fn prod/tools/checkout")
}

func TestFnIsReadThroughTheServiceProxyWithoutCredentials(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var paths, headers []string
	s := run(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		paths, headers = append(paths, r.URL.Path), append(headers, r.Header.Get("Authorization"))
		reply(w, entry{"items": []entry{}})
	}), func(c *rest.Config, d *rest.Deps) {
		server, err := url.Parse(c.URL)
		require.NoError(t, err)
		d.Proxy = rest.ServiceProxy(server, d.Transport)
		c.URL, c.Secret = "", rest.SecretRef{}
	})
	assert.Equal(t, status.Live, s.polled(t).Connection.Phase)
	assert.Equal(t, "fn-fn", s.sink.connector(t, "fn/prod").Service)
	mu.Lock()
	defer mu.Unlock()
	assert.Equal(t, []string{"/api/v1/namespaces/fn/services/fn-fn:api/proxy/v2/apps"}, paths)
	assert.Equal(t, []string{""}, headers)
}

func TestRefusalsOfTheServiceProxyAreToldFromThoseBehindIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		code  int
		body  entry
		phase status.Phase
		want  string
	}{
		"forbidden": {403, entry{"kind": "Status", "message": `services "fn-fn:api" is forbidden`}, status.Denied,
			`the service proxy is not allowed: GET /v2/apps: 403 Forbidden: services "fn-fn:api" is forbidden`},
		"no Service": {404, entry{"kind": "Status", "message": `services "fn-fn" not found`}, status.Connecting,
			"service fn-fn:api of namespace fn: GET /v2/apps: 404 Not Found"},
		"behind it": {403, entry{"message": "not yours"}, status.AuthNeeded, "the API asks for credentials, and none are configured"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := run(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { refuse(w, c.code, c.body) }),
				func(config *rest.Config, d *rest.Deps) {
					server, err := url.Parse(config.URL)
					require.NoError(t, err)
					d.Proxy = rest.ServiceProxy(server, d.Transport)
					config.URL, config.Secret = "", rest.SecretRef{}
				})
			state := s.polled(t)
			assert.Equal(t, c.phase, state.Connection.Phase)
			assert.Contains(t, state.Connection.Reason, c.want)
		})
	}
}

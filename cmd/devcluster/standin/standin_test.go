package standin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/samples"
)

const guest = "uuid:key"

type client struct {
	t    *testing.T
	url  string
	auth func(*http.Request)
}

func (c client) do(method, path string, body any) (int, any) {
	c.t.Helper()
	data, err := json.Marshal(body)
	require.NoError(c.t, err)
	request, err := http.NewRequest(method, c.url+path, bytes.NewReader(data))
	require.NoError(c.t, err)
	if c.auth != nil {
		c.auth(request)
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(c.t, err)
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	require.NoError(c.t, err)
	var parsed any
	if len(answer) > 0 {
		require.NoError(c.t, json.Unmarshal(answer, &parsed), string(answer))
	}
	return response.StatusCode, parsed
}

func (c client) get(path string) object {
	c.t.Helper()
	status, answer := c.do(http.MethodGet, path, nil)
	require.Equal(c.t, http.StatusOK, status, answer)
	return answer.(object)
}

func fnClient(t *testing.T, files fs.FS) client {
	t.Helper()
	fn, err := NewFn(files, "token")
	require.NoError(t, err)
	server := httptest.NewServer(fn.Handler())
	t.Cleanup(server.Close)
	return client{t, server.URL, func(r *http.Request) { r.Header.Set("Authorization", "Bearer token") }}
}

// manyFns has two apps with 35 functions each, of the same names.
func manyFns() fs.FS {
	var fns []object
	for _, app := range []string{"a", "b"} {
		for n := range 35 {
			fns = append(fns, object{"id": fmt.Sprintf("%s-%02d", app, n), "name": fmt.Sprintf("f%02d", n), "app_id": app, "image": "i", "memory": 128, "config": object{"KEEP": "1", "DROP": "2"}})
		}
	}
	data, _ := json.Marshal(object{"items": fns})
	return fstest.MapFS{
		"apps.json": {Data: []byte(`{"items":[{"id":"a","name":"a"},{"id":"b","name":"b"}]}`)},
		"fns.json":  {Data: data},
	}
}

func (c client) pages(path string) (ids []string, pages int) {
	for cursor := ""; ; pages++ {
		page := c.get(path + "&cursor=" + cursor)
		for _, item := range page["items"].([]any) {
			ids = append(ids, text(item.(object), "id"))
		}
		if cursor = text(page, "next_cursor"); cursor == "" {
			return ids, pages + 1
		}
	}
}

func TestFnPagesByName(t *testing.T) {
	c := fnClient(t, manyFns())
	ids, pages := c.pages("/v2/fns?app_id=a")
	assert.Len(t, ids, 35)
	assert.Equal(t, 2, pages, "30 a page unless asked")

	ids, _ = c.pages("/v2/fns?app_id=a&per_page=10")
	assert.Len(t, ids, 35)

	ids, _ = c.pages("/v2/fns?per_page=15")
	assert.Less(t, len(ids), 70, "over all apps functions of one name get lost between pages, as on the real server")
}

func TestFnMergesChanges(t *testing.T) {
	c := fnClient(t, manyFns())
	status, _ := c.do(http.MethodPut, "/v2/fns/a-00", object{"memory": 0, "timeout": 60, "config": object{"DROP": "", "NEW": "3"}})
	require.Equal(t, http.StatusOK, status)
	fn := c.get("/v2/fns/a-00")
	assert.Equal(t, float64(128), fn["memory"], "0 means unchanged")
	assert.Equal(t, float64(60), fn["timeout"])
	assert.Equal(t, object{"KEEP": "1", "NEW": "3"}, fn["config"], "an empty string deletes")
	assert.NotEmpty(t, fn["updated_at"])
}

func TestFnRefusals(t *testing.T) {
	c := fnClient(t, manyFns())
	for _, tt := range []struct {
		method, path string
		body         any
		status       int
	}{
		{"GET", "/v2/triggers", nil, 400},
		{"GET", "/v2/apps/none", nil, 404},
		{"GET", "/v2/fns/a-00/calls", nil, 410},
		{"POST", "/v2/apps", object{"name": "a"}, 409},
		{"POST", "/v2/fns", object{"name": "x", "app_id": "none", "image": "i"}, 404},
		{"POST", "/v2/fns", object{"name": "x", "app_id": "a"}, 400},
		{"PUT", "/v2/fns/a-00", object{"memory": 9000}, 400},
		{"PUT", "/v2/apps/a", object{"name": "other"}, 400},
	} {
		status, _ := c.do(tt.method, tt.path, tt.body)
		assert.Equal(t, tt.status, status, "%s %s", tt.method, tt.path)
	}
	c.auth = nil
	status, _ := c.do("GET", "/v2/apps", nil)
	assert.Equal(t, 401, status)
}

func TestFnDeletesWithWhatBelongsToIt(t *testing.T) {
	c := fnClient(t, manyFns())
	status, made := c.do("POST", "/v2/triggers", object{"name": "t", "app_id": "a", "fn_id": "a-01", "type": "http", "source": "/t"})
	require.Equal(t, 200, status, made)
	assert.Contains(t, made.(object)["annotations"].(object)["fnproject.io/trigger/httpEndpoint"], "/t/a/t")
	status, _ = c.do("DELETE", "/v2/apps/a", nil)
	assert.Equal(t, 204, status)
	assert.Empty(t, c.get("/v2/fns?app_id=a")["items"])
	assert.Empty(t, c.get("/v2/triggers?app_id=a")["items"])
	assert.Len(t, c.get("/v2/fns?app_id=b&per_page=100")["items"], 35)
}

func openWhiskClient(t *testing.T, files fs.FS) client {
	t.Helper()
	whisk, err := NewOpenWhisk(files, map[string]string{guest: "guest"})
	require.NoError(t, err)
	server := httptest.NewServer(whisk.Handler())
	t.Cleanup(server.Close)
	return client{t, server.URL, func(r *http.Request) { r.SetBasicAuth("uuid", "key") }}
}

func manyActions() fs.FS {
	actions := []object{{"namespace": "other", "name": "foreign"}}
	for n := range 250 {
		actions = append(actions, object{"namespace": "guest", "name": fmt.Sprintf("a%03d", n), "version": "0.0.1", "updated": n, "exec": object{"kind": "nodejs:20", "code": "x", "binary": false},
			"limits": object{"memory": 256, "timeout": 1000}, "parameters": []any{object{"key": "p", "value": "1"}}, "annotations": []any{object{"key": "web-export", "value": true}, object{"key": "exec", "value": "nodejs:20"}}})
	}
	actions = append(actions, object{"namespace": "guest/pkg", "name": "inner", "updated": 999})
	data, _ := json.Marshal(actions)
	return fstest.MapFS{"actions-list.json": {Data: data}}
}

func (c client) list(path string) []any {
	c.t.Helper()
	status, answer := c.do(http.MethodGet, path, nil)
	require.Equal(c.t, 200, status, answer)
	return answer.([]any)
}

func TestOpenWhiskPagesWithSkip(t *testing.T) {
	c := openWhiskClient(t, manyActions())
	const actions = "/api/v1/namespaces/_/actions"
	assert.Len(t, c.list(actions), 30)
	assert.Len(t, c.list(actions+"?limit=0"), 200, "0 means the most")
	assert.Len(t, c.list(actions+"?limit=200&skip=200"), 51)
	assert.Len(t, c.list(actions+"/pkg/"), 1)
	assert.Equal(t, float64(251), c.get(actions + "?count=true")["actions"])
	status, _ := c.do("GET", actions+"?limit=201", nil)
	assert.Equal(t, 400, status)
	newest := c.list(actions)[0].(object)
	assert.Equal(t, "inner", newest["name"])
}

func TestOpenWhiskListsTellNeitherKindNorParameters(t *testing.T) {
	c := openWhiskClient(t, manyActions())
	entry := c.list("/api/v1/namespaces/guest/actions?limit=2")[1].(object)
	assert.NotContains(t, entry, "parameters")
	assert.Equal(t, object{"binary": false}, entry["exec"])
	full := c.get("/api/v1/namespaces/guest/actions/a249?code=false")
	assert.Equal(t, "nodejs:20", full["exec"].(object)["kind"])
	assert.NotContains(t, full["exec"], "code")
	assert.Equal(t, "x", c.get("/api/v1/namespaces/guest/actions/a249")["exec"].(object)["code"])
}

func TestOpenWhiskUpdatesMergeAsTheControllerDoes(t *testing.T) {
	c := openWhiskClient(t, manyActions())
	const action = "/api/v1/namespaces/guest/actions/a000"
	status, _ := c.do("PUT", action, object{"limits": object{"memory": 512}})
	assert.Equal(t, 409, status, "without overwrite")
	status, _ = c.do("PUT", action+"?overwrite=true", object{
		"limits": object{"memory": 512}, "parameters": []any{object{"key": "q", "value": "2"}},
		"annotations": []any{object{"key": "require-whisk-auth", "value": "s"}}, "delAnnotations": []any{"web-export"}})
	require.Equal(t, 200, status)
	after := c.get(action)
	assert.Equal(t, object{"memory": 512.0, "timeout": 1000.0}, after["limits"], "limits merge per field")
	assert.Equal(t, []any{object{"key": "q", "value": "2"}}, after["parameters"], "parameters are replaced whole")
	assert.ElementsMatch(t, []any{object{"key": "exec", "value": "nodejs:20"}, object{"key": "require-whisk-auth", "value": "s"}}, after["annotations"])
	assert.Equal(t, "x", after["exec"].(object)["code"], "exec is kept when absent")
	assert.Equal(t, "0.0.2", after["version"])

	status, made := c.do("PUT", "/api/v1/namespaces/_/actions/new", object{"exec": object{"kind": "python:3", "code": "y"}})
	require.Equal(t, 200, status)
	assert.Contains(t, made.(object)["annotations"], object{"key": "provide-api-key", "value": false})
}

func TestOpenWhiskTenantsSeeOnlyTheirOwn(t *testing.T) {
	c := openWhiskClient(t, manyActions())
	status, _ := c.do("GET", "/api/v1/namespaces/other/actions", nil)
	assert.Equal(t, 403, status)
	assert.Equal(t, []any{"guest"}, c.list("/api/v1/namespaces"))
	c.auth = func(r *http.Request) { r.SetBasicAuth("uuid", "wrong") }
	status, _ = c.do("GET", "/api/v1/namespaces", nil)
	assert.Equal(t, 401, status)
	assert.NotEmpty(t, c.get("/api/v1")["build"], "the health check needs no key")
}

func TestFaults(t *testing.T) {
	fn, err := NewFn(manyFns(), "")
	require.NoError(t, err)
	faults := &Faults{}
	mux := http.NewServeMux()
	mux.Handle("/_faults", faults)
	mux.Handle("/", faults.Wrap("fn", fn.Handler()))
	server := httptest.NewServer(mux)
	defer server.Close()
	c := client{t: t, url: server.URL}

	c.do("POST", "/_faults", Fault{Status: 503, Count: 2})
	for _, expected := range []int{503, 503, 200} {
		status, _ := c.do("GET", "/v2/apps", nil)
		assert.Equal(t, expected, status)
	}

	c.do("POST", "/_faults", Fault{Status: 500, Path: "/v2/fns"})
	c.do("POST", "/_faults", Fault{Status: 500, Framework: "openwhisk"})
	status, _ := c.do("GET", "/v2/apps", nil)
	assert.Equal(t, 200, status, "other paths and other servers work")
	status, _ = c.do("GET", "/v2/fns", nil)
	assert.Equal(t, 500, status)
	c.do("DELETE", "/_faults", nil)

	c.do("POST", "/_faults", Fault{Cut: true, Count: 1})
	response, err := http.Get(server.URL + "/v2/apps")
	require.NoError(t, err)
	_, err = io.ReadAll(response.Body)
	assert.ErrorIs(t, err, io.ErrUnexpectedEOF, "the answer ends in the middle")
	response.Body.Close()

	c.do("POST", "/_faults", Fault{DelayMs: 80, Count: 1})
	began := time.Now()
	status, _ = c.do("GET", "/v2/apps", nil)
	assert.Equal(t, 200, status)
	assert.GreaterOrEqual(t, time.Since(began), 80*time.Millisecond)

	status, _ = c.do("POST", "/_faults", object{"unknown": 1})
	assert.Equal(t, 400, status)
}

func TestTheSamplesCanBeServed(t *testing.T) {
	fnSamples, err := samples.REST("fn")
	require.NoError(t, err)
	c := fnClient(t, fnSamples)
	apps := c.get("/v2/apps")["items"].([]any)
	require.NotEmpty(t, apps)
	for _, app := range apps {
		c.get("/v2/triggers?app_id=" + text(app.(object), "id"))
	}
	whiskSamples, err := samples.REST("openwhisk")
	require.NoError(t, err)
	assert.NotEmpty(t, openWhiskClient(t, whiskSamples).list("/api/v1/namespaces/_/actions"))
}

// A feed action makes a trigger of the tenant's own get events, and ends that, as the real ones answer.
func TestOpenWhiskFeeds(t *testing.T) {
	w, err := NewOpenWhisk(fstest.MapFS{}, map[string]string{guest: "guest"})
	require.NoError(t, err)
	server := httptest.NewServer(w.Handler())
	t.Cleanup(server.Close)
	c := client{t, server.URL, func(r *http.Request) { r.SetBasicAuth("uuid", "key") }}
	const alarm = "/api/v1/namespaces/whisk.system/actions/alarms/alarm?blocking=true&result=true"
	told := func(event, cron string) object {
		o := object{"lifecycleEvent": event, "triggerName": "/guest/nightly", "authKey": guest}
		if cron != "" {
			o["cron"] = cron
		}
		return o
	}
	refused := func(body object, why string) {
		t.Helper()
		status, answer := c.do(http.MethodPost, alarm, body)
		assert.Equal(t, http.StatusBadGateway, status)
		assert.Equal(t, object{"error": why}, answer)
	}
	refused(told("CREATE", "0 2 * * *"), "The trigger guest/nightly could not be found.")
	status, _ := c.do(http.MethodPut, "/api/v1/namespaces/_/triggers/nightly", object{"annotations": []any{object{"key": "feed", "value": "/whisk.system/alarms/alarm"}}})
	require.Equal(t, http.StatusOK, status)
	refused(told("CREATE", ""), "alarm feed: missing cron parameter.")
	stranger := told("CREATE", "0 2 * * *")
	stranger["authKey"] = "another:key"
	refused(stranger, "Trigger authentication request failed.")
	refused(told("DELETE", ""), "There is no feed of trigger guest/nightly.")
	for _, event := range []string{"CREATE", "DELETE"} {
		status, answer := c.do(http.MethodPost, alarm, told(event, "0 2 * * *"))
		assert.Equal(t, http.StatusOK, status, answer)
	}
	status, _ = c.do(http.MethodPost, "/api/v1/namespaces/whisk.system/actions/other/thing?blocking=true", object{})
	assert.Equal(t, http.StatusForbidden, status, "what is not shared stays closed")
}

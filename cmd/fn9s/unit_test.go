package main

import (
	"bytes"
	"errors"
	"net/http"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/security/model"
)

func rowOf(framework, kind, namespace, name string) *board.Row {
	key := model.FunctionKey{Framework: framework, Group: "g", Kind: kind, Namespace: namespace, Name: name}
	return &board.Row{ID: model.FunctionID{Context: "prod", FunctionKey: key}, Function: &model.Function{Key: key, State: model.Ready}}
}

func TestNamesOfFunctions(t *testing.T) {
	t.Parallel()
	frameworks := []string{"openwhisk", "keda", "fn"}
	for text, want := range map[string]wanted{
		"resize":                {name: "resize"},
		"keda/resize":           {framework: "keda", name: "resize"},
		"keda.ScaledJob/resize": {framework: "keda", kind: "ScaledJob", name: "resize"},
		"guest/hello":           {name: "guest/hello"},
		"openwhisk/guest/hello": {framework: "openwhisk", name: "guest/hello"},
		"kedas/resize":          {name: "kedas/resize"},
		"fn/":                   {framework: "fn"},
		"other.fn/x":            {name: "other.fn/x"},
	} {
		assert.Equal(t, want, wantedOf(text, frameworks), text)
	}
}

func TestANameThatTwoFunctionsShareIsRefusedWithBoth(t *testing.T) {
	t.Parallel()
	a := &answer{all: true, rows: []*board.Row{
		rowOf("cron", "CronJob", "shop", "report"), rowOf("keda", "ScaledObject", "shop", "report"), rowOf("keda", "ScaledJob", "ops", "report"),
	}}
	_, err := find(a, wantedOf("report", []string{"keda", "cron"}))
	require.EqualError(t, err, `"report" names 3 functions: cron.CronJob/report in shop, keda.ScaledObject/report in shop, keda.ScaledJob/report in ops`)
	assert.Equal(t, exitUsage, codeOf(t.Context(), err))

	r, err := find(a, wantedOf("keda.scaledjob/report", []string{"keda"}))
	require.NoError(t, err)
	assert.Equal(t, "ops", r.ID.Namespace)
	_, err = find(a, wantedOf("fn/report", []string{"fn"}))
	assert.Equal(t, exitFindings, codeOf(t.Context(), err))
	assert.EqualError(t, err, `there is no function "fn/report" in any namespace`)

	a.failures = map[string]error{"prod": errors.New("gone")}
	r, err = find(a, wanted{name: "nobody"})
	assert.Nil(t, r)
	assert.NoError(t, err, "what was not read cannot be said not to exist")
}

func TestNamesForGet(t *testing.T) {
	t.Parallel()
	opaque := rowOf("fn", "Server", "fn", "fn-fn")
	opaque.Function.Opaque = true
	assert.Equal(t, "keda.ScaledJob/report\nkeda.ScaledObject/report\ncron/report\nkeda/report\n", names([]*board.Row{
		rowOf("keda", "ScaledJob", "shop", "report"), rowOf("keda", "ScaledObject", "shop", "report"),
		rowOf("cron", "CronJob", "shop", "report"), rowOf("keda", "ScaledObject", "ops", "report"), opaque,
	}))
}

func TestWhatATerminalWouldObeyIsEscaped(t *testing.T) {
	t.Parallel()
	hostile := "a\x1b[2J\u009b1m\u202eb\U000e0041é"
	var out bytes.Buffer
	require.NoError(t, printJSON(&out, map[string]string{"x": hostile}))
	assert.Equal(t, "{\n  \"x\": \"a\\u001b[2J\\u009b1m\\u202eb\\udb40\\udc41é\"\n}\n", out.String())
	out.Reset()
	require.NoError(t, printYAML(&out, map[string]string{"x": hostile}))
	assert.NotContains(t, out.String(), "\x1b")
	assert.NotContains(t, out.String(), "\u202e")
	out.Reset()
	require.NoError(t, printCSV(&out, [][]string{{"=1+1", "@x", "-", "a,b", hostile, ""}}))
	assert.True(t, strings.HasPrefix(out.String(), `'=1+1,'@x,'-,"a,b",a`), out.String())
	assert.NotContains(t, out.String(), "\x1b")
}

func TestTables(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	paint := func(s string) string { return "<" + s + ">" }
	require.NoError(t, printTable(&out, [][]cell{
		{{text: "NAME"}, {text: "N", right: true}, {text: "LAST"}}, {{text: "日本", paint: paint}, {text: "10", right: true}, {text: "x"}},
	}))
	assert.Equal(t, "NAME    N   LAST\n<日本>   10   x\n", out.String())
}

func TestClustersThatWillNotAnswer(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, tc := range map[string]struct {
		cluster status.Cluster
		want    string
	}{
		"connecting": {status.Cluster{Connection: status.Connection{Phase: status.Connecting}}, ""},
		"listing":    {status.Cluster{Connection: status.Connection{Phase: status.Connecting, Reason: "listing"}}, ""},
		"refused": {status.Cluster{Server: "s", Connection: status.Connection{Phase: status.Connecting, Reason: "refused", Since: now}},
			"no connection to s: refused"},
		"expired": {status.Cluster{Server: "s", Connection: status.Connection{Phase: status.AuthNeeded, Reason: "401"}}, "not authenticated at s: 401"},
		"plugin":  {status.Cluster{Server: "s", Connection: status.Connection{Phase: status.AuthNeeded, Reason: "401", Plugin: "p"}}, "not authenticated at s by p: 401"},
		"denied": {status.Cluster{Complete: true, Connection: status.Connection{Phase: status.Denied},
			Namespaces: []status.Namespace{{Name: "a", Denied: "no list on pods in a"}}}, "no function may be listed: no list on pods in a"},
		"denied, but still reading": {status.Cluster{Connection: status.Connection{Phase: status.Denied}}, ""},
		"stale":                     {status.Cluster{Connection: status.Connection{Phase: status.Stale, Reason: "reset", Since: now}}, ""},
	} {
		err := hopeless(&tc.cluster)
		if tc.want == "" {
			assert.NoError(t, err, name)
		} else {
			assert.EqualError(t, err, tc.want, name)
		}
	}
}

func TestWhatIsMissing(t *testing.T) {
	t.Parallel()
	c := &status.Cluster{
		Progress: []status.Progress{
			{Kind: "Pod", Listed: true}, {Kind: "Secret", Denied: true}, {Kind: "Function", Namespace: "a", Trouble: "500"}, {Kind: "Job"},
		},
		Connectors: []status.Connector{{Framework: "fn", Name: "prod", Connection: status.Connection{Phase: status.Connecting}}},
	}
	assert.Equal(t, "Function in a (500), Job, connector fn/prod", missing(c))
	assert.False(t, onlyTrouble(c))
	c.Progress, c.Connectors = c.Progress[:3], nil
	assert.True(t, onlyTrouble(c))
}

func TestProgressSaysWhatIsBeingWaitedFor(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "connecting to prod, test…", progressLine([]status.Cluster{{Context: "prod"}, {Context: "te\x1b[2Jst"}}))
	assert.Equal(t, "reading: 2 of 3 lists, 1,204 objects…", progressLine([]status.Cluster{{Progress: []status.Progress{
		{Listed: true, Objects: 1200}, {Denied: true}, {Objects: 4},
	}}}))
	var out bytes.Buffer
	p := newProgress(&out)
	p.since = time.Time{}
	p.show(nil)
	p.clear()
	assert.Empty(t, out.String(), "what is no terminal gets none")
}

func TestVersions(t *testing.T) {
	t.Parallel()
	v := versionOf(&debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}, Settings: []debug.BuildSetting{
		{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.time", Value: "2026-09-01T00:00:00Z"}, {Key: "vcs.modified", Value: "true"},
	}})
	assert.Equal(t, "v1.2.3 abc-dirty 2026-09-01T00:00:00Z", v.Version+" "+v.Commit+" "+v.BuildDate)
	assert.Equal(t, "dev", versionOf(nil).Version)
	assert.Equal(t, "dev", versionOf(&debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}).Version)
}

func TestLists(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "", listed(nil, 2))
	assert.Equal(t, "a, b", listed([]string{"a", "b"}, 2))
	assert.Equal(t, "a, b and 2 more", listed([]string{"a", "b", "c", "d"}, 2))
	assert.Equal(t, []string{"a,c"}, behindComma("a,c", []string{"a", "b", "c"}))
	assert.Equal(t, []string{"b", "x"}, behindComma("", []string{"b", "\x1b[2Jx"}))
}

type never struct{}

func (never) RoundTrip(*http.Request) (*http.Response, error) { return &http.Response{}, nil }

func TestNothingIsWrittenThroughConnectors(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodConnect} {
		r, err := http.NewRequest(method, "https://fn.example.com/v2/apps?dryRun=All", http.NoBody)
		require.NoError(t, err)
		_, err = readsOnly{never{}}.RoundTrip(r) // there is none
		var refused *client.RefusedError
		assert.ErrorAs(t, err, &refused, method)
	}
	r, err := http.NewRequest(http.MethodGet, "https://whisk.example.com/api/v1/namespaces/_/actions/exec", http.NoBody)
	require.NoError(t, err)
	_, err = readsOnly{never{}}.RoundTrip(r) // there is none
	assert.NoError(t, err)
}

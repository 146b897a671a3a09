package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAFeedOfAManifestIsMadeAndTakenBack deploys a wskdeploy manifest whose trigger is fed: the feed is told of the trigger,
// and of its end when all is taken back. The key that it is given stands in no answer.
func TestAFeedOfAManifestIsMadeAndTakenBack(t *testing.T) {
	o := newOutside(t, "openwhisk")
	var mu sync.Mutex
	var told []map[string]any
	o.fails(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/whisk.system/actions/alarms/alarm") {
			return false
		}
		body, err := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		var said map[string]any
		if err == nil && json.Unmarshal(body, &said) == nil {
			mu.Lock()
			told = append(told, said)
			mu.Unlock()
		}
		return false
	})
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "report.js"), []byte("function main() { return {} }\n"), 0o600))
	manifest := filepath.Join(folder, "manifest.yaml")
	require.NoError(t, os.WriteFile(manifest, []byte(`packages:
  reports:
    actions:
      report: {function: report.js, runtime: "nodejs:20"}
    triggers:
      every-night: {feed: /whisk.system/alarms/alarm, inputs: {cron: "0 2 * * *"}}
    rules:
      at-night: {trigger: every-night, action: report}
`), 0o600))
	words := []string{"deploy", "-f", manifest, "-n", "openwhisk", "-o", "json"}
	plan := o.run(append(words, "--dry-run")...)
	require.Equal(t, exitDone, plan.code, "%s\n%s", plan.out, plan.err)
	assert.Empty(t, told, "nothing is told before it is agreed to")
	r := o.run(append(words, "--yes", "--wait=false")...)
	require.Equal(t, exitDone, r.code, "%s\n%s", r.out, r.err)
	require.Len(t, told, 1)
	key, _ := told[0]["authKey"].(string)
	assert.Equal(t, map[string]any{"lifecycleEvent": "CREATE", "triggerName": "/guest/every-night", "authKey": key, "cron": "0 2 * * *"}, told[0])
	trigger := o.ask(http.MethodGet, "/api/v1/namespaces/_/triggers/every-night", nil)
	assert.Contains(t, trigger["annotations"], map[string]any{"key": "feed", "value": "/whisk.system/alarms/alarm"})
	rule := o.ask(http.MethodGet, "/api/v1/namespaces/_/rules/at-night", nil)
	assert.Contains(t, fmt.Sprint(rule["trigger"]), "every-night")

	undo := o.run("undo", "--yes", "--wait=false")
	require.Equal(t, exitDone, undo.code, "%s\n%s", undo.out, undo.err)
	require.Len(t, told, 2)
	assert.Equal(t, map[string]any{"lifecycleEvent": "DELETE", "triggerName": "/guest/every-night", "authKey": key}, told[1])
	for _, kind := range []string{"triggers", "rules"} {
		for _, left := range o.list(kind) {
			assert.NotContains(t, []any{"every-night", "at-night"}, left)
		}
	}
	for _, said := range []ran{plan, r, undo} {
		assert.NotContains(t, said.out+said.err, key)
	}
}

// list names all entities of a kind.
func (o *outside) list(kind string) []any {
	o.t.Helper()
	r, err := http.NewRequestWithContext(o.t.Context(), http.MethodGet, o.api+"/api/v1/namespaces/_/"+kind+"?limit=200", nil)
	require.NoError(o.t, err)
	o.auth(r)
	answer, err := http.DefaultClient.Do(r)
	require.NoError(o.t, err)
	defer func() { _ = answer.Body.Close() }()
	var all []struct{ Name string }
	require.NoError(o.t, json.NewDecoder(answer.Body).Decode(&all))
	require.NotEmpty(o.t, all)
	names := make([]any, len(all))
	for i := range all {
		names[i] = all[i].Name
	}
	return names
}

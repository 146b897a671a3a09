package offline_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/samples"
)

func texts(t *testing.T, paths []string) (all []string) {
	t.Helper()
	for _, path := range paths {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		all = append(all, string(data))
	}
	return all
}

// answers are the records that the connectors make of what the servers of the seed answer: apps and functions of Fn,
// packages and actions of OpenWhisk. Triggers and rules are left out, which hold no weakness, and the sequence, whose
// name no object in a file may have.
func answers(t *testing.T) (all []string) {
	t.Helper()
	for _, o := range []struct{ framework, group, extra string }{
		{"fn", "fnproject.io/v2", ""}, {"openwhisk", "openwhisk.apache.org/v1", "guest"},
	} {
		all = append(all, record(t, o.group, "Connector", o.framework, "c", map[string]any{
			"name": "c", "phase": "live", "reached": true, "tenant": o.extra,
		}))
	}
	apps := map[any]string{}
	for _, o := range entries(t, "fn", "apps*") {
		apps[o["id"]] = o["name"].(string)
		all = append(all, record(t, "fnproject.io/v2", "App", "fn", "c:"+apps[o["id"]], o))
	}
	for _, o := range entries(t, "fn", "fns*") {
		all = append(all, record(t, "fnproject.io/v2", "Fn", "fn", "c:"+apps[o["app_id"]]+":"+o["name"].(string), o))
	}
	for kind, files := range map[string]string{"Action": "actions*", "Package": "packages*"} {
		for _, o := range entries(t, "openwhisk", files) {
			if strings.Contains(o["name"].(string), " ") {
				continue
			}
			name := "c:" + strings.ReplaceAll(o["namespace"].(string), "/", ":") + ":" + o["name"].(string)
			all = append(all, record(t, "openwhisk.apache.org/v1", kind, "openwhisk", name, o))
		}
	}
	return all
}

func record(t *testing.T, version, kind, namespace, name string, o map[string]any) string {
	t.Helper()
	o["apiVersion"], o["kind"], o["metadata"] = version, kind, map[string]any{"name": name, "namespace": namespace}
	text, err := json.Marshal(o)
	require.NoError(t, err)
	return string(text)
}

// entries reads the lists of the server's answers in these files.
func entries(t *testing.T, framework, pattern string) (all []map[string]any) {
	t.Helper()
	files, err := samples.REST(framework)
	require.NoError(t, err)
	names, err := fs.Glob(files, pattern+".json")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for _, name := range names {
		data, err := fs.ReadFile(files, name)
		require.NoError(t, err)
		var page struct{ Items []map[string]any }
		if json.Unmarshal(data, &page) != nil {
			require.NoError(t, json.Unmarshal(data, &page.Items), name)
		}
		all = append(all, page.Items...)
	}
	return all
}

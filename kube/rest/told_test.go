package rest_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/rest"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// facts are what the adapter and the controls keep of a record.
func facts(t *testing.T, record map[string]any) []any {
	t.Helper()
	raw, err := json.Marshal(record)
	require.NoError(t, err)
	gvk := schema.FromAPIVersionAndKind(record["apiVersion"].(string), record["kind"].(string))
	var all []any
	for _, a := range adapters {
		if a.Name() == map[string]string{frameworks.FnGroup: "fn", frameworks.WhiskGroup: "openwhisk"}[gvk.Group] {
			f, err := a.Decode(&frameworks.Raw{GVK: gvk, Header: &model.Header{}, JSON: raw})
			require.NoError(t, err)
			all = append(all, f)
		}
	}
	for _, k := range security.Kinds() {
		if k.GroupKind == gvk.GroupKind() {
			f, err := k.Decode(&snapshot.Raw{Header: &model.Header{}, JSON: raw})
			require.NoError(t, err)
			all = append(all, f)
		}
	}
	return all
}

// TestWhatIsReadToBeWrittenIsToldAsTheConnectorTellsIt holds that there is a way back from the form in which a function is
// written to the one in which it is judged, for all functions of the samples.
func TestWhatIsReadToBeWrittenIsToldAsTheConnectorTellsIt(t *testing.T) {
	t.Parallel()
	fnAt, whiskAt := fnConfig("http://127.0.0.1:8080"), fnConfig("http://127.0.0.1:8080")
	asGuest(&whiskAt, nil)
	whiskAt.Namespace = "openwhisk"
	judged := 0
	for _, c := range []struct {
		config rest.Config
		server http.Handler
		said   []string // by the object, and by nobody else
	}{
		{fnAt, &fnServer{objects: map[string][]entry{"apps": sample(t, "fn", "apps"), "fns": sample(t, "fn", "fns"), "triggers": sample(t, "fn", "triggers")}},
			[]string{"image", "memory", "timeout", "idle_timeout", "config", "type", "source"}},
		{whiskAt, &whiskServer{objects: map[string][]entry{"actions": sample(t, "openwhisk", "actions"), "packages": sample(t, "openwhisk", "packages"), "rules": sample(t, "openwhisk", "rules")}},
			[]string{"limits", "annotations", "trigger", "action", "publish"}},
	} {
		w, err := rest.NewWriter(c.config, rest.Deps{Transport: direct{c.server}, Secrets: secrets{"fn/token#token": token, "ow/auth#guest": guest}}, false)
		require.NoError(t, err)
		all, err := w.Records(t.Context())
		require.NoError(t, err)
		for _, record := range all {
			meta := record["metadata"].(map[string]any)
			ref := model.Ref{Group: schema.FromAPIVersionAndKind(record["apiVersion"].(string), "").Group, Kind: record["kind"].(string), Namespace: meta["namespace"].(string), Name: meta["name"].(string)}
			if ref.Kind != "Fn" && ref.Kind != "Action" && ref.Kind != "Rule" && !(ref.Kind == "Trigger" && ref.Group == frameworks.FnGroup) {
				continue
			}
			judged++
			o, err := w.Get(t.Context(), ref)
			require.NoError(t, err)
			want := facts(t, record)
			before := maps.Clone(record)
			for _, field := range c.said {
				delete(before, field)
			}
			if exec, ok := before["exec"].(map[string]any); ok {
				before["exec"] = map[string]any{"kind": exec["kind"], "binary": exec["binary"]}
			}
			for _, p := range list(before["parameters"]) {
				delete(p.(map[string]any), "credential")
				delete(p.(map[string]any), "plausible")
			}
			told, err := rest.Told(ref, o, before)
			require.NoError(t, err)
			assert.Equal(t, want, facts(t, told), "%s", ref)
			text, err := json.Marshal(told)
			require.NoError(t, err)
			assert.NotContains(t, string(text), `"code"`)
		}
	}
	assert.Greater(t, judged, 15)
}

func list(v any) []any { l, _ := v.([]any); return l }

func TestValuesOfAnActionThatIsWrittenAreNotTold(t *testing.T) {
	t.Parallel()
	ref := model.Ref{Group: frameworks.WhiskGroup, Kind: "Action", Namespace: "openwhisk", Name: "c/guest/shop/pay"}
	told, err := rest.Told(ref, map[string]any{
		"apiVersion": "openwhisk.apache.org/v1", "spec": map[string]any{"exec": map[string]any{"kind": "nodejs:20"}},
		"data": map[string]any{"code": "SOURCE", "parameters/db_password": `"PARAMETER-1"`, "annotations/require-whisk-auth": "GUARD"},
	}, nil)
	require.NoError(t, err)
	text, err := json.Marshal(told)
	require.NoError(t, err)
	for _, value := range []string{"SOURCE", "PARAMETER", "GUARD"} {
		assert.NotContains(t, string(text), value)
	}
	assert.Equal(t, []any{"guest/shop", "pay"}, []any{told["namespace"], told["name"]})
}

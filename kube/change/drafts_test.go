package change

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// drafts are the objects that adapters make of requests, by the files that hold them.
func drafts(t *testing.T) map[string][]object {
	t.Helper()
	files, err := filepath.Glob("../frameworks/*/testdata/deploy/*.yaml")
	require.NoError(t, err)
	all := map[string][]object{}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		require.NoError(t, err)
		objects := documents(t, strings.ReplaceAll(string(raw), "$SUM", "0a1b2c3d"))
		if len(objects) > 0 && !strings.Contains(f, "openwhisk") && !strings.Contains(f, "/fn/") {
			all[strings.TrimPrefix(f, "../frameworks/")] = objects
		}
	}
	require.NotEmpty(t, all)
	return all
}

// documents are the objects of a text; none when it holds something else.
func documents(t *testing.T, yamls string) []object {
	t.Helper()
	var objects []object
	for d := yaml.NewDecoder(strings.NewReader(yamls)); ; {
		var v any
		err := d.Decode(&v)
		if errors.Is(err, io.EOF) {
			return objects
		}
		require.NoError(t, err)
		text, err := json.Marshal(v)
		require.NoError(t, err)
		var o object
		if json.Unmarshal(text, &o) != nil || o["kind"] == nil {
			return nil
		}
		objects = append(objects, o)
	}
}

// What adapters draft the server takes whole: no field is unknown, none is of another type.
func TestDraftsOfAllFrameworksAreMadeAndTakenBack(t *testing.T) {
	b := newBench(t)
	for name, objects := range drafts(t) {
		t.Run(name, func(t *testing.T) {
			var wishes []Wish
			var refs []model.Ref
			for _, o := range objects {
				gv, err := schema.ParseGroupVersion(text(o, "apiVersion"))
				require.NoError(t, err)
				meta, _ := o["metadata"].(map[string]any)
				ref := b.ref(gv.Group, text(o, "kind"), text(o, "metadata", "name"))
				meta["namespace"] = b.namespace
				refs = append(refs, ref)
				wishes = append(wishes, Wish{Edit: plan.Edit{Verb: plan.Create, Object: ref, APIVersion: gv.String(), New: o, Why: "deploy"}})
			}
			p, err := b.Plan(t.Context(), Request{Action: "deploy", Title: "deploy " + name, Wishes: wishes})
			require.NoError(t, err)
			require.Empty(t, p.Blocked())
			require.Len(t, p.Steps, len(wishes))
			for _, s := range p.Steps {
				assert.Equal(t, Passed, s.Checked, "%s: %s", s.Ref, s.Reason)
				assert.Empty(t, s.Warnings)
			}
			r := b.do(b.Engine, p)
			require.Equal(t, journal.Applied, r.Outcome, r.Reason)
			for i, ref := range refs {
				live := b.live(ref)
				require.NotNil(t, live, "%s", ref)
				if ref.Kind != "HorizontalPodAutoscaler" { // it may be read in a version with other fields
					assert.True(t, within(objects[i]["spec"], live["spec"]), "%s is as it was drafted", ref)
				}
			}
			undo, err := b.PlanUndo(t.Context(), "")
			require.NoError(t, err)
			require.Equal(t, journal.Applied, b.do(b.Engine, undo).Outcome)
			for _, ref := range refs {
				assert.Nil(t, b.live(ref), "%s is gone", ref)
			}
		})
	}
}

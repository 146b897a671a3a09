package deploy

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/security/model"
)

func TestWhatIsWantedIsWrittenOverARecord(t *testing.T) {
	t.Parallel()
	action := model.Ref{Group: "openwhisk.apache.org", Kind: "Action", Namespace: "openwhisk", Name: "c/guest/a"}
	have := func() object {
		return object{
			"spec": object{
				"exec": object{"kind": "nodejs:20", "main": "start", "binary": false}, "limits": object{"memory": int64(512), "logs": int64(10)},
				"annotations": object{"team": "shop"}, "init": []any{"B"},
			},
			"data": object{"code": "old", "parameters/B": `"b"`, "annotations/require-whisk-auth": "word"},
		}
	}
	for name, c := range map[string]struct {
		ref        model.Ref
		want       object
		spec, data object
	}{
		"code keeps what is called in it, and what is not spoken of": {
			action, object{"spec": object{"exec": object{"kind": "nodejs:20", "binary": false}, "limits": object{"memory": int64(256)}}, "data": object{"code": "new"}},
			object{
				"exec": object{"kind": "nodejs:20", "main": "start", "binary": false}, "limits": object{"memory": int64(256), "logs": int64(10)},
				"annotations": object{"team": "shop"}, "init": []any{"B"},
			},
			object{"code": "new", "parameters/B": `"b"`, "annotations/require-whisk-auth": "word"},
		},
		"of an image nothing of the code stays": {
			action, object{"spec": object{"exec": object{"kind": "blackbox", "image": "shop/a:1"}, "init": []any{"A"}}, "data": object{"parameters/A": `"a"`}},
			object{
				"exec": object{"kind": "blackbox", "image": "shop/a:1"}, "limits": object{"memory": int64(512), "logs": int64(10)},
				"annotations": object{"team": "shop"}, "init": []any{"A", "B"},
			},
			object{"parameters/A": `"a"`, "parameters/B": `"b"`, "annotations/require-whisk-auth": "word"},
		},
		"the key of the namespace takes the place of a secret of its own": {
			action, object{"spec": object{"exec": object{"kind": "nodejs:20", "main": "other", "binary": false}, "annotations": object{"require-whisk-auth": true}}, "data": object{"code": "new"}},
			object{
				"exec": object{"kind": "nodejs:20", "main": "other", "binary": false}, "limits": object{"memory": int64(512), "logs": int64(10)},
				"annotations": object{"team": "shop", "require-whisk-auth": true}, "init": []any{"B"},
			},
			object{"code": "new", "parameters/B": `"b"`},
		},
		"a function of Fn has no such whole": {
			model.Ref{Group: "fnproject.io", Kind: "Fn"}, object{"spec": object{"exec": object{"kind": "x"}}, "data": object{"config/A": "a"}},
			object{
				"exec": object{"kind": "x", "main": "start", "binary": false}, "limits": object{"memory": int64(512), "logs": int64(10)},
				"annotations": object{"team": "shop"}, "init": []any{"B"},
			},
			object{"code": "old", "parameters/B": `"b"`, "annotations/require-whisk-auth": "word", "config/A": "a"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := have()
			got := overRecord(c.ref, before, c.want)
			assert.Equal(t, c.spec, got["spec"])
			assert.Equal(t, c.data, got["data"])
			assert.Equal(t, have(), before, "what is there is left alone")
		})
	}
}

func TestTheTextOfARecordTellsNoValue(t *testing.T) {
	t.Parallel()
	r := &Result{objects: []map[string]any{{
		"apiVersion": "openwhisk.apache.org/v1", "kind": "Action", "metadata": object{"name": "c/guest/a", "namespace": "openwhisk"},
		"spec": object{"exec": object{"kind": "nodejs:20"}}, "data": object{"code": "function main() {}", "parameters/MOOD": `"calm"`},
	}}}
	text, err := r.Text()
	assert.NoError(t, err)
	assert.Contains(t, text, "parameters/MOOD: "+change.Hidden)
	assert.Contains(t, text, "kind: nodejs:20")
	assert.NotContains(t, text, "calm")
	assert.NotContains(t, text, "function main")
	assert.Equal(t, `"calm"`, r.objects[0]["data"].(object)["parameters/MOOD"], "what is sent has it")
}

package mend

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

const two = `# the shop
---
apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: shop}
data: {x: "1"}
--- # second
apiVersion: v1
kind: ConfigMap
metadata:
  name: b
  namespace: shop # of the shop
`

func config(name string) model.Ref {
	return model.Ref{Kind: "ConfigMap", Namespace: "shop", Name: name}
}

func files(t *testing.T, text string) *Files {
	t.Helper()
	docs, problems := manifest.Read("f.yaml", []byte(text))
	require.Empty(t, problems)
	return NewFiles(map[string]string{"f.yaml": text}, docs)
}

func TestFilesKeepWhatIsNotEdited(t *testing.T) {
	f := files(t, two)
	assert.Empty(t, f.Changed())
	require.NoError(t, f.Apply([]plan.Edit{
		{Verb: plan.Patch, Object: config("a"), Fields: []plan.Field{set("data.v", "2"), set("status.state", "new")}},
		{Verb: plan.Create, Object: config("c"), New: map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "c", "namespace": "shop"}}},
		{Verb: plan.Patch, Object: config("b"), Fields: []plan.Field{set("data.z", "3")}},
		{Verb: plan.Patch, Object: config("c"), Fields: []plan.Field{set("data.w", "4")}},
	}, config("a")))
	assert.Equal(t, `# the shop
---
apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: shop}
data: {x: "1", v: "2"}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: c
  namespace: shop
data:
  w: "4"
--- # second
apiVersion: v1
kind: ConfigMap
metadata:
  name: b
  namespace: shop # of the shop
data:
  z: "3"
`, f.Changed()["f.yaml"][1])
}

func TestEditsThatCannotAllBeMadeChangeNothing(t *testing.T) {
	for name, bad := range map[string]plan.Edit{
		"an object of no file":    {Verb: plan.Patch, Object: config("x"), Fields: []plan.Field{set("data.z", "3")}},
		"a value that is missing": {Verb: plan.Create, Object: config("x"), Needs: []plan.Need{{Path: "data.a"}}},
		"a path that leads to no": {Verb: plan.Patch, Object: config("b"), Fields: []plan.Field{set("metadata.name.x", "3")}},
	} {
		f := files(t, two)
		err := f.Apply([]plan.Edit{{Verb: plan.Delete, Object: config("a")}, bad}, config("b"))
		require.Error(t, err, name)
		assert.Empty(t, f.Changed(), name)
	}
}

func TestDeletedDocumentsAreGone(t *testing.T) {
	f := files(t, two)
	require.NoError(t, f.Apply([]plan.Edit{{Verb: plan.Delete, Object: config("a")}}, config("b")))
	docs, problems := manifest.Read("f.yaml", []byte(f.Changed()["f.yaml"][1]))
	require.Empty(t, problems)
	require.Len(t, docs, 1)
	assert.Equal(t, config("b"), docs[0].Ref())
}

package deploytest_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/frameworks/frameworkstest"
	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/kube/samples"
)

// The definitions of the samples keep fields that they do not know: a drafted field is one that they name all the same.
func TestDraftedFieldsAreDefined(t *testing.T) {
	schemas := map[string]any{}
	for _, f := range samples.CRDs() {
		for _, o := range offlinetest.Objects(t, string(f.Data)) {
			versions, _ := offlinetest.Dig(o, "spec", "versions").([]any)
			for _, v := range versions {
				key := offlinetest.Word(o, "spec", "group") + "/" + v.(map[string]any)["name"].(string) + " " + offlinetest.Word(o, "spec", "names", "kind")
				schemas[key] = offlinetest.Dig(v, "schema", "openAPIV3Schema", "properties", "spec")
			}
		}
	}
	n := 0
	for _, framework := range []string{"openfaas", "kubeless", "kyma"} {
		files, err := filepath.Glob("../" + framework + "/testdata/deploy/*.yaml")
		require.NoError(t, err)
		for _, file := range files {
			for _, o := range frameworkstest.Documents(t, file) {
				version, kind := offlinetest.Word(o, "apiVersion"), offlinetest.Word(o, "kind")
				if schema, ok := schemas[version+" "+kind]; ok {
					n++
					defined(t, schema, o["spec"], filepath.Base(file)+": "+kind+".spec")
				} else {
					group, _, _ := strings.Cut(version, "/")
					assert.NotContains(t, group, ".kyma-project.io")
					assert.NotContains(t, []string{"openfaas.com", "kubeless.io"}, group, "%s %s", version, kind)
				}
			}
		}
	}
	assert.Greater(t, n, 10)
}

func defined(t *testing.T, schema, value any, path string) {
	t.Helper()
	properties, named := offlinetest.Dig(schema, "properties").(map[string]any)
	switch value := value.(type) {
	case map[string]any:
		for k, v := range value {
			if !named {
				continue // any field
			}
			if assert.Contains(t, properties, k, path) {
				defined(t, properties[k], v, path+"."+k)
			}
		}
	case []any:
		for _, v := range value {
			defined(t, offlinetest.Dig(schema, "items"), v, path+"[]")
		}
	}
}

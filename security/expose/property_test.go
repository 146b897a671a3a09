package expose_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/expose"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// seed are the documents of the repository's seed.
func seed(t testing.TB) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir("../../kube/samples/seed", func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		for _, doc := range strings.Split(string(data), "\n---\n") {
			if strings.Contains(doc, "\nkind:") || strings.HasPrefix(doc, "apiVersion:") {
				all = append(all, doc)
			}
		}
		return err
	})
	require.NoError(t, err)
	return all
}

func exposures(t testing.TB, documents []string) map[model.FunctionKey]*expose.Exposure {
	t.Helper()
	w := offlinetest.Text(t, documents...)
	found := map[model.FunctionKey]*expose.Exposure{}
	for _, f := range w.World.Functions("") {
		found[f.Key] = expose.Of.Get(w.Reader, f.Key)
	}
	return found
}

func TestTheOrderOfObjectsChangesNothing(t *testing.T) {
	documents := seed(t)
	want := exposures(t, documents)
	require.NotEmpty(t, want)
	random := rand.New(rand.NewPCG(4, 2))
	for range 3 {
		random.Shuffle(len(documents), func(i, j int) { documents[i], documents[j] = documents[j], documents[i] })
		got := exposures(t, documents)
		require.Len(t, got, len(want))
		for key, x := range want {
			assert.Equal(t, x.Routes, got[key].Routes, key)
			assert.Equal(t, x.Class, got[key].Class, key)
			assert.Equal(t, x.Auth, got[key].Auth, key)
		}
	}
}

func TestOneMoreWayInNeverMakesItBetter(t *testing.T) {
	ways := []string{
		clusterIP, gatewayExternal, ingress("", ""), ingress(nginx+"auth-type: basic", "  tls: [{secretName: a}]\n"),
		strings.Replace(clusterIP, "spec:", "spec:\n  type: NodePort", 1), gateway(http, "") + "---" + httpRoute("", plainRule),
		strings.ReplaceAll(gateway(https, "  addresses: [{value: 10.0.0.7}]\n")+"---"+httpRoute("", plainRule), "name: public", "name: private"),
	}
	for i := range ways {
		for j := range ways {
			one, both := exposureOf(t, resize, clusterIP, ways[i]), exposureOf(t, resize, clusterIP, rename(ways[i], "first"), rename(ways[j], "second"))
			assert.GreaterOrEqual(t, both.Class, one.Class)
			assert.GreaterOrEqual(t, len(both.Routes), len(one.Routes)-1)
		}
	}
}

// rename gives the objects names of their own, so that two of a kind are two objects.
func rename(document, name string) string {
	return strings.NewReplacer("{name: resize, namespace: media}\nspec:", "{name: "+name+", namespace: media}\nspec:",
		"name: resize\n  namespace: media", "name: "+name+"\n  namespace: media").Replace(document)
}

// FuzzDecode feeds hostile objects to everything that reads objects here: no panic, and a bounded answer.
func FuzzDecode(f *testing.F) {
	for _, doc := range []string{
		`{"spec":{"rules":[{"host":"a","http":{"paths":[{}]}}],"hosts":["a"],"gateway":"x/y","routes":[{"match":"Host(` + "`a`" + `)"}]}}`,
		`{"spec":{"listeners":[{"name":"a","tls":{}}],"servers":[{"hosts":["/"]}],"triggers":{"a":{"kind":"http","attributes":[]}}}}`,
		`{"spec":null}`, `[]`, `{"spec":{"http":[{"route":[{"destination":{"host":"..."}}]}],"gateways":["/","a."]}}`,
		`{"spec":{"rules":[{"accessStrategies":[{"handler":"jwt","config":3}]}],"selector":{"":""},"service":"://"}}`,
	} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, kind := range expose.Kinds() {
			if kind.Decode == nil {
				continue
			}
			h := &model.Header{Ref: model.Ref{Group: kind.Group, Kind: kind.Kind, Namespace: "a", Name: "b"}, Version: "v1beta1"}
			h.Labels = model.Labels{{Key: "apirule.gateway.kyma-project.io/v1beta1", Value: string(bytes.ToValidUTF8(data, nil))}}
			_, _ = kind.Decode(&snapshot.Raw{Header: h, JSON: data})
		}
	})
}

// BenchmarkExposure has a thousand functions, each with a Service and an Ingress, in ten namespaces.
func BenchmarkExposure(b *testing.B) {
	var documents []string
	for i := range 1000 {
		text := resize + "---" + clusterIP + "---\n" + ingress("", "")
		text = strings.ReplaceAll(text, "resize", fmt.Sprintf("fn-%d", i))
		documents = append(documents, strings.ReplaceAll(text, "media", fmt.Sprintf("ns-%d", i%10)))
	}
	w := offlinetest.Text(b, documents...)
	functions := w.World.Functions("")
	b.ReportAllocs()
	for b.Loop() {
		r := snapshot.Once(w.World, offlinetest.Options())
		for _, f := range functions {
			expose.Of.Get(r, f.Key)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(functions)), "ns/function")
}

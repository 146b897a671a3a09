package offline_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/manifest"
	decoder "github.com/fn9s/fn9s/kube/record"
	"github.com/fn9s/fn9s/kube/samples"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/snapshot"
)

// BenchmarkDecode reads one object of a kind, as a watch gives it again and again while only its status changes.
func BenchmarkDecode(b *testing.B) {
	first := map[string]manifest.Document{}
	for _, f := range samples.Seed() {
		docs, _ := manifest.Read(f.Path, f.Data)
		for i := range docs {
			if k := docs[i].GVK.GroupKind().String(); first[k].JSON == nil {
				first[k] = docs[i]
			}
		}
	}
	for _, kind := range []string{"Function.openfaas.com", "Service.serving.knative.dev", "NuclioFunction.nuclio.io", "Function.serverless.kyma-project.io", "Deployment.apps", "Pod"} {
		for name, kinds := range map[string][]snapshot.Kind{"": nil, " with what controls read": security.Kinds()} {
			d := decoder.NewDecoder(all.BuiltIn(), kinds...)
			doc := first[kind]
			require.NotNil(b, doc.JSON, kind)
			b.Run(kind+name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if o, err := doc.Typed(); err == nil && o != nil {
						_, err = d.Typed(o, doc.GVK)
						require.NoError(b, err)
						continue
					}
					_, err := d.JSON(doc.JSON, doc.GVK)
					require.NoError(b, err)
				}
			})
		}
	}
}

package knative_test

import (
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/knative"
	"github.com/fn9s/fn9s/security/model"
)

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"spec":{"traffic":[{"percent":1e99}],"template":{"spec":{"containers":[{}]}}}}`))
	f.Add([]byte(`{"status":{"conditions":[{"type":"Ready","lastTransitionTime":{}}],"traffic":[null]}}`))
	f.Add([]byte(`{"spec":{"ref":{"apiVersion":"a/b/c"},"sink":{"uri":"http://a.b.svc:x"},"subscriber":null}}`))
	f.Add([]byte(`{"spec":{"source":{},"hosts":[null],"replicas":{"min":-1},"resources":[{}],"filters":[1]}}`))
	f.Add([]byte(`[]`))
	a := knative.New()
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, r := range a.Resources() {
			h := &model.Custom{Header: model.Header{Ref: model.Ref{Group: r.Group, Kind: r.Kind, Namespace: "n", Name: "o"}}}
			h.Labels = model.NewLabels(map[string]string{"function.knative.dev/name": "o"}, nil)
			value, err := a.Decode(&frameworks.Raw{
				GVK:    schema.GroupVersionKind{Group: r.Group, Version: r.Versions[0], Kind: r.Kind},
				Header: &h.Header, JSON: data,
			})
			if err == nil && value != nil {
				h.Facts = []model.Facts{{Framework: a.Name(), Value: value}}
			}
			if keys := a.Keys(h); len(keys) > 4*frameworks.MaxList {
				t.Fatalf("%d keys of one %s", len(keys), r.Kind)
			}
		}
	})
}

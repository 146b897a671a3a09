package kyma_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// FuzzDecode feeds whatever an API server could send: nothing may panic, and links must name something.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"spec":{"source":"text","env":[{"name":"A","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}}]}}`,
		`{"spec":{"source":{"gitRepository":{"url":"git@h:p"}},"hosts":["a"],"gateway":"a/b","rules":[{"path":"/{**}","service":{"name":"hello"}}]}}`,
		`{"spec":{"sink":"http://a.b.svc.c/","servers":[{"hosts":["n/*.d"]}]}}`,
		`{"spec": null, "status": []}`, `{"spec": {"rules": [null]}}`, `null`, `[]`, `{`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, r := range adapters[0].Resources() {
			h := &model.Header{Ref: model.Ref{Group: r.Group, Kind: r.Kind, Namespace: "fns", Name: "hello"}}
			raw := &frameworks.Raw{GVK: r.GroupKind().WithVersion(r.Versions[0]), Header: h, JSON: data}
			facts, err := adapters[0].Decode(raw)
			require.False(t, err != nil && facts != nil, "an error or facts")
			if facts != nil {
				h.Facts = []model.Facts{{Framework: adapters[0].Name(), Value: facts}}
			}
			for _, k := range adapters[0].Keys(&model.Custom{Header: *h}) {
				require.Equal(t, adapters[0].Name(), k.Framework)
				require.NotEmpty(t, k.Name)
			}
			for _, l := range h.Links {
				require.NotEmpty(t, l.Kind)
			}
		}
	})
}

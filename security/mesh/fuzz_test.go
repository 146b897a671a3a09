package mesh_test

import (
	"testing"

	"github.com/fn9s/fn9s/security/mesh"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// FuzzDecode feeds hostile objects to everything that reads objects here: no panic.
func FuzzDecode(f *testing.F) {
	for _, doc := range []string{
		`{"spec":{"selector":{"matchLabels":{"":""}},"portLevelMtls":{"99999999999":{"mode":"STRICT"}},"rules":[{}]}}`,
		`{"spec":{"podSelector":{"matchExpressions":[{"key":"a","operator":"Wrong"}]},"port":[]}}`,
		`{"spec":{"server":{"selector":{"matchExpressions":[{}]}},"client":{"meshTLS":{}}}}`, `{"spec":null}`, `[]`,
	} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(_ *testing.T, data []byte) {
		for _, kind := range mesh.Kinds() {
			if kind.Decode != nil {
				h := &model.Header{Ref: model.Ref{Group: kind.Group, Kind: kind.Kind, Namespace: "a", Name: "b"}}
				_, _ = kind.Decode(&snapshot.Raw{Header: h, JSON: data})
			}
		}
	})
}

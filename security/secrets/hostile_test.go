package secrets_test

import (
	"testing"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/secrets"
	"github.com/fn9s/fn9s/security/snapshot"
)

// What a cluster or a file holds may be anything: it gives an error or nothing, never a panic.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"spec":{"source":{"inline":{"source":"PASSWORD = 'x'"}},"triggers":[{"authenticationRef":{"name":"a"}}]}}`))
	f.Add([]byte(`{"spec":{"function":"UEsDBA==","function-content-type":"base64+zip","deps":7}}`))
	f.Add([]byte(`{"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"a\":[[[["}},"spec":null}`))
	f.Add([]byte(`{"spec":{"deployment":{"literal":"H4sIAAAA"},"environment":[],"package":"x"},"scopes":{}}`))
	f.Add([]byte(`[]`))
	f.Add([]byte(``))
	f.Fuzz(func(_ *testing.T, raw []byte) {
		for _, k := range secrets.Kinds() {
			_, _ = k.Decode(&snapshot.Raw{Header: &model.Header{Ref: model.Ref{Group: k.Group, Kind: k.Kind, Name: "a"}}, JSON: raw})
		}
	})
}

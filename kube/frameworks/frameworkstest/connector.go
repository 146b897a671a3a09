package frameworkstest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// Record makes an object as a connector hands it over. body is text, or what is written as JSON.
func Record(t testing.TB, ref model.Ref, body any, links ...model.Ref) *frameworks.Raw {
	t.Helper()
	text, ok := body.(string)
	if !ok {
		b, err := json.Marshal(body)
		require.NoError(t, err)
		text = string(b)
	}
	sum := sha256.Sum256([]byte(text))
	return &frameworks.Raw{
		GVK:    schema.GroupVersionKind{Group: ref.Group, Version: "v1", Kind: ref.Kind},
		Header: &model.Header{Ref: ref, Version: "v1", Links: links, ResourceVersion: hex.EncodeToString(sum[:8])},
		JSON:   []byte(text),
	}
}

// Connect puts a connector and what it read into the cluster, and settles.
func (c *Cluster) Connect(t testing.TB, group, namespace string, connector frameworks.Connector, raws ...*frameworks.Raw) {
	t.Helper()
	ref := model.Ref{Group: group, Kind: frameworks.ConnectorKind, Namespace: namespace, Name: connector.Name}
	c.Store.ReplaceSource(group+"/"+connector.Name, raws)
	c.Store.ReplaceSource(group+"/"+connector.Name+"#connector", []*frameworks.Raw{Record(t, ref, connector)})
	c.Settle()
}

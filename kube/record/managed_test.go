package record

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestManagedFieldsAreLeftOut(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{"kind":"A","metadata":{"name":"a","managedFields":[{"manager":"]}\"","x":{}}],"uid":"1"},"spec":{}}`: `{"kind":"A","metadata":{"name":"a","managedFields":null,"uid":"1"},"spec":{}}`,
		`{"metadata": {"managedFields": [], "name": "a"}}`:                                                     `{"metadata": {"managedFields": null, "name": "a"}}`,
		`{"spec":{"managedFields":[1]},"metadata":{"name":"a"}}`:                                               `{"spec":{"managedFields":[1]},"metadata":{"name":"a"}}`,
		`{"metadata":{"name":"a"}}`:                                                                            `{"metadata":{"name":"a"}}`,
		`{"metadata":{"managedFields":[{"a":1}`:                                                                `{"metadata":{"managedFields":[{"a":1}`,
		`{"metadata":"managedFields"}`:                                                                         `{"metadata":"managedFields"}`,
		`["managedFields"]`:                                                                                    `["managedFields"]`,
	} {
		assert.Equal(t, want, string(withoutManagedFields([]byte(in))))
	}
}

func FuzzManagedFieldsAreLeftOut(f *testing.F) {
	f.Add([]byte(`{"a":1,"metadata":{"managedFields":[{"b":"\\\""}],"name":"n"},"spec":{"c":[1,{"d":null}]}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		out := withoutManagedFields(raw)
		type object struct {
			Metadata struct {
				Name    string          `json:"name"`
				Managed json.RawMessage `json:"managedFields"`
			} `json:"metadata"`
			Spec json.RawMessage `json:"spec"`
		}
		var before, after object
		if json.Unmarshal(raw, &before) != nil {
			return
		}
		require.NoError(t, json.Unmarshal(out, &after), "%s", out)
		if before.Metadata.Managed != nil && after.Metadata.Managed == nil {
			after.Metadata.Managed = before.Metadata.Managed
		}
		if string(after.Metadata.Managed) == "null" {
			after.Metadata.Managed = before.Metadata.Managed
		}
		require.Equal(t, before, after)
	})
}

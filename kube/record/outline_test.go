package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

func unmanaged(raw []byte) []byte {
	o, ok := outlined(raw)
	if !ok {
		return raw
	}
	return o.unmanaged(raw)
}

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
		assert.Equal(t, want, string(unmanaged([]byte(in))))
	}
}

func FuzzManagedFieldsAreLeftOut(f *testing.F) {
	f.Add([]byte(`{"a":1,"metadata":{"managedFields":[{"b":"\\\""}],"name":"n"},"spec":{"c":[1,{"d":null}]}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		out := unmanaged(raw)
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

func TestOnlyTheStatusIsPassing(t *testing.T) {
	t.Parallel()
	seed := maphash.MakeSeed()
	settled := func(text string) (uint64, string) {
		raw := []byte(text)
		o, ok := outlined(raw)
		require.True(t, ok, text)
		hash := o.settled(raw, seed)
		raw = o.unmanaged(raw)
		o.settle(raw)
		return hash, string(raw)
	}
	was, text := settled(`{"kind":"A","metadata":{"name":"a","managedFields":[{"f":1}],"resourceVersion":"12","generation":3},"spec":{"x":1},"status":{"ready":true,"n":[1]}}`)
	assert.JSONEq(t, `{"kind":"A","metadata":{"name":"a","managedFields":null,"resourceVersion":"","generation":0},"spec":{"x":1},"status":{}}`, text)
	for name, c := range map[string]struct {
		text string
		same bool
	}{
		"status, version, and who wrote":  {`{"kind":"A","metadata":{"name":"a","managedFields":[{"f":2},{}],"resourceVersion":"130","generation":44},"spec":{"x":1},"status":{}}`, true},
		"spec":                            {`{"kind":"A","metadata":{"name":"a","managedFields":[{"f":1}],"resourceVersion":"12","generation":3},"spec":{"x":2},"status":{"ready":true,"n":[1]}}`, false},
		"label":                           {`{"kind":"A","metadata":{"name":"a","labels":{"b":"c"},"managedFields":[{"f":1}],"resourceVersion":"12","generation":3},"spec":{"x":1},"status":{}}`, false},
		"a field named status, elsewhere": {`{"kind":"A","metadata":{"name":"a","managedFields":[{"f":1}],"resourceVersion":"12","generation":3},"spec":{"x":1,"status":2},"status":{}}`, false},
	} {
		now, _ := settled(c.text)
		assert.Equal(t, c.same, now == was, name)
	}
	for _, odd := range []string{`{"metadata":{},"metadata":{}}`, `{"metadata":{},"status":1,"status":2}`, `{"metadata":[]}`, `{"spec":{}}`, `{"metadata":{"name":"a"}`, `[]`, ``} {
		_, ok := outlined([]byte(odd))
		assert.False(t, ok, odd)
	}
}

func FuzzSettle(f *testing.F) {
	f.Add([]byte(`{"status":[1,{"a":"}"}],"metadata":{"generation":1,"resourceVersion":"5","name":"n","managedFields":[]},"spec":{"c":[1,{"d":null}]}}`))
	f.Add([]byte(`{"metadata":{"resourceVersion":"5"},"status":"s"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		o, ok := outlined(raw)
		if !ok || !json.Valid(raw) {
			return
		}
		var before, after map[string]any
		require.NoError(t, json.Unmarshal(raw, &before))
		raw = bytes.Clone(o.unmanaged(raw))
		o.settle(raw)
		require.NoError(t, json.Unmarshal(raw, &after), "%s", raw)
		for _, m := range []map[string]any{before, after} {
			delete(m, "status")
			if meta, ok := m["metadata"].(map[string]any); ok {
				delete(meta, "managedFields")
				delete(meta, "resourceVersion")
				delete(meta, "generation")
			}
		}
		require.Equal(t, before, after)
	})
}

// An object of which nothing but the status is new keeps what the controls read of it.
func TestFactsStayWhereOnlyTheStatusDiffers(t *testing.T) {
	t.Parallel()
	asked := 0
	kind := snapshot.Kind{GroupKind: widget.GroupKind(), Reader: "test", Decode: func(raw *snapshot.Raw) (any, error) {
		asked++
		var o struct{ Spec struct{ X int } }
		err := json.Unmarshal(raw.JSON, &o)
		return &o.Spec.X, err
	}}
	object := func(x string, status string) []byte {
		return fmt.Appendf(nil, `{"apiVersion":"test.example.com/v1","kind":"Widget","metadata":{"name":"a","generation":1},"spec":{"x":%s},"status":%s}`, x, status)
	}
	for _, c := range []struct {
		name        string
		settled     bool
		first, then []byte
		asked       int
	}{
		{"status", true, object("1", `{"a":1}`), object("1", `{"a":2}`), 1},
		{"status that is read", false, object("1", `{"a":1}`), object("1", `{"a":2}`), 2},
		{"spec", true, object("1", `{}`), object("2", `{}`), 2},
		{"after one that could not be read", true, object(`"no"`, `{}`), object(`"no"`, `{"a":1}`), 2},
	} {
		asked, kind.Settled = 0, c.settled
		d := NewDecoder(nil, kind)
		var last model.Object
		before := func(model.Ref) model.Object { return last }
		for _, raw := range [][]byte{c.first, c.then} {
			fresh, err := d.Again(raw, widget, before)
			require.NoError(t, err)
			alone, err := NewDecoder(nil, kind).JSON(raw, widget)
			require.NoError(t, err)
			asked--
			assert.Equal(t, alone.Head(), fresh.Head(), "%s: as if it were the first", c.name)
			last = fresh
		}
		assert.Equal(t, c.asked, asked, c.name)
	}
}

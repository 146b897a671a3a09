package record

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// settledKind is a kind of which the spec and, apart from it, the status is read.
func settledKinds() []snapshot.Kind {
	read := func(field string) func(*snapshot.Raw) (any, error) {
		return func(raw *snapshot.Raw) (any, error) {
			var o map[string]json.RawMessage
			if err := json.Unmarshal(raw.JSON, &o); err != nil {
				return nil, err
			}
			text := string(o[field])
			return &text, nil
		}
	}
	return []snapshot.Kind{
		{GroupKind: widget.GroupKind(), Reader: "spec", Decode: read("spec"), Settled: true},
		{GroupKind: widget.GroupKind(), Reader: "status", Decode: read("status")},
	}
}

// renewal reads an object, then another, with and without what is known of the first.
func renewal(t *testing.T, first, then []byte) (d *Decoder, known, alone model.Object) {
	d = NewDecoder(nil, settledKinds()...)
	none := func(model.Ref) model.Object { return nil }
	old, err := d.Again(first, widget, none)
	if err != nil {
		return d, nil, nil
	}
	known, err = d.Again(then, widget, func(ref model.Ref) model.Object {
		if ref == old.Head().Ref {
			return old
		}
		return nil
	})
	var problem error
	alone, problem = d.Again(then, widget, none)
	require.Equal(t, problem == nil, err == nil)
	return d, known, alone
}

const widgetWithStatus = `{"apiVersion":"test.example.com/v1","kind":"Widget","metadata":{"name":"a","namespace":"b","uid":"u","resourceVersion":"%d","generation":%d,` +
	`"creationTimestamp":"2026-01-02T03:04:05Z","labels":{"x":"y"},"annotations":{"k":"v"},"managedFields":[%s]},"spec":{"x":1},"status":%s}`

func TestAnObjectWithANewStatusIsRenewed(t *testing.T) {
	t.Parallel()
	entry := func(manager, subresource, at, fields string) string {
		return fmt.Sprintf(`{"manager":"%s","operation":"Update","apiVersion":"v1","subresource":"%s","time":"%s","fieldsType":"FieldsV1","fieldsV1":%s}`, manager, subresource, at, fields)
	}
	spec := entry("helm", "", "2026-01-02T03:04:05Z", `{"f:spec":{"f:x":{}}}`)
	first := fmt.Appendf(nil, widgetWithStatus, 5, 1, spec, `{"n":1}`)
	for name, c := range map[string]struct {
		then  string
		whole bool // read anew
	}{
		"status":            {fmt.Sprintf(widgetWithStatus, 6, 1, spec+","+entry("c", "status", "2026-02-02T03:04:05Z", `{"f:status":{}}`), `{"n":2}`), false},
		"another writer":    {fmt.Sprintf(widgetWithStatus, 7, 2, spec+","+entry("edit", "", "2026-03-02T03:04:05Z", `{"f:spec":{}}`), `{}`), false},
		"no status":         {fmt.Sprintf(widgetWithStatus, 7, 2, spec, `null`), false},
		"nobody wrote":      {fmt.Sprintf(widgetWithStatus, 8, 2, "", `{}`), false},
		"an odd time":       {fmt.Sprintf(widgetWithStatus, 8, 2, entry("helm", "", "yesterday", `{}`), `{}`), true},
		"a name in escapes": {fmt.Sprintf(widgetWithStatus, 8, 2, entry(`h\u0065lm`, "", "2026-03-02T03:04:05Z", `{}`), `{}`), true},
	} {
		d, known, alone := renewal(t, first, []byte(c.then))
		assert.Equal(t, alone, known, name)
		o, ok := outlined([]byte(c.then))
		require.True(t, ok, name)
		old, err := d.Again(first, widget, func(model.Ref) model.Object { return nil })
		require.NoError(t, err)
		renewed := d.renewed([]byte(c.then), &o, func(model.Ref) model.Object { return old })
		assert.Equal(t, c.whole, renewed == nil, name)
	}
}

// What is known of an object never changes what is read of it later.
func FuzzRenewed(f *testing.F) {
	f.Add([]byte(fmt.Sprintf(widgetWithStatus, 5, 1, "", `{"n":1}`)), []byte(fmt.Sprintf(widgetWithStatus, 6, 1, `{"manager":"m","time":"2026-01-02T03:04:05Z"}`, `[]`)))
	f.Add([]byte(`{"apiVersion":"test.example.com/v1","kind":"Widget","metadata":{"name":"a"}}`), []byte(`{"apiVersion":"test.example.com/v1","kind":"Widget","metadata":{"name":"a","resourceVersion":"1"},"status":{`))
	f.Fuzz(func(t *testing.T, first, then []byte) {
		if !json.Valid(first) || !json.Valid(then) {
			return // an API server sends none, and what of it is read may differ
		}
		_, known, alone := renewal(t, first, then)
		require.Equal(t, alone, known)
	})
}

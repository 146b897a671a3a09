package record

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
)

// SecretKind is the kind of Secrets.
var SecretKind = schema.GroupVersionKind{Version: "v1", Kind: "Secret"}

// SecretRow makes the record of a Secret from a row of the server's Table: its metadata, and the cells name,
// type, number of keys, age. No value crosses the wire that way.
func (p *Pool) SecretRow(m *metav1.ObjectMeta, cells []any) *model.Secret {
	s := &model.Secret{Header: p.Header(m, SecretKind)}
	if len(cells) > 1 {
		if kind, ok := cells[1].(string); ok {
			s.Type = p.String(kind)
		}
	}
	if len(cells) > 2 {
		switch n := cells[2].(type) {
		case float64:
			s.Keys = int(n)
		case json.Number:
			v, _ := n.Int64()
			s.Keys = int(v)
		}
	}
	s.Names, s.DataChanged = dataWrites(m.ManagedFields)
	return s
}

// secret makes the record of a Secret of a manifest. Its values are not kept.
func (p *Pool) secret(o *corev1.Secret, h model.Header) *model.Secret {
	s := &model.Secret{Header: h, Type: p.String(string(o.Type))}
	seen := map[string]bool{}
	for k := range o.Data {
		seen[k] = true
	}
	for k := range o.StringData {
		seen[k] = true
	}
	for k := range seen {
		s.Names = append(s.Names, k)
	}
	slices.Sort(s.Names)
	s.Keys = len(s.Names)
	_, s.DataChanged = dataWrites(o.ManagedFields)
	return s
}

// dataWrites reads from managedFields which keys of `data` were written, and the newest moment at which a
// manager that wrote data wrote anything: the data is at least that old. See controls.md §4.7.
func dataWrites(entries []metav1.ManagedFieldsEntry) (names []string, newest time.Time) {
	seen := map[string]bool{}
	for i := range entries {
		e := &entries[i]
		if e.FieldsV1 == nil {
			continue
		}
		keys, wrote := dataKeys(e.FieldsV1.GetRawBytes())
		for _, k := range keys {
			seen[k] = true
		}
		if wrote && e.Time != nil && e.Manager != "before-first-apply" && e.Time.After(newest) {
			newest = e.Time.Time
		}
	}
	for k := range seen {
		names = append(names, k)
	}
	slices.Sort(names)
	return names, newest
}

// dataKeys lists the keys below f:data and f:stringData of one fieldsV1 document.
func dataKeys(fields []byte) (keys []string, wrote bool) {
	var doc map[string]json.RawMessage
	if json.Unmarshal(fields, &doc) != nil {
		return nil, false
	}
	for _, part := range []string{"f:data", "f:stringData"} {
		raw, ok := doc[part]
		if !ok {
			continue
		}
		wrote = true
		var data map[string]json.RawMessage
		if json.Unmarshal(raw, &data) != nil {
			continue
		}
		for k := range data {
			if name, ok := strings.CutPrefix(k, "f:"); ok && len(keys) < maxEntries {
				keys = append(keys, name)
			}
		}
	}
	return keys, wrote
}

func (p *Pool) configMap(o *corev1.ConfigMap, h model.Header) *model.ConfigMap {
	c := &model.ConfigMap{Header: h}
	for k := range o.Data {
		c.Keys = append(c.Keys, k)
	}
	for k := range o.BinaryData {
		c.Keys = append(c.Keys, k)
	}
	slices.Sort(c.Keys)
	if len(c.Keys) > maxEntries {
		c.Keys = slices.Clone(c.Keys[:maxEntries])
	}
	for _, k := range c.Keys {
		c.Sizes = append(c.Sizes, len(o.Data[k])+len(o.BinaryData[k]))
	}
	return c
}

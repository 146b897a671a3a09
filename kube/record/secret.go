package record

import (
	"crypto/rand"
	"encoding/json"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
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
	s.Names = p.dataWrites(s, m)
	return s
}

// OpenSecret makes the record of a Secret that was read whole, and has the controls look at these parts of its data.
// Its values are overwritten.
func (d *Decoder) OpenSecret(o *corev1.Secret, parts model.Content) *model.Secret {
	s := d.secret(o, d.Header(&o.ObjectMeta, SecretKind))
	s.Content = parts
	d.judgeAll(s, &frameworks.Raw{Typed: o})
	for _, value := range o.Data {
		clear(value)
	}
	return s
}

// newKey makes a key that no other run has: a hash made with it tells nothing outside this one.
func newKey() []byte {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // it never fails
	return key
}

// secret makes the record of a Secret of a manifest. Its values are not kept.
func (p *Pool) secret(o *corev1.Secret, h model.Header) *model.Secret {
	s := &model.Secret{Header: h, Type: p.String(string(o.Type)), Content: model.Certificates | model.Values}
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
	s.Immutable = o.Immutable
	p.dataWrites(s, &o.ObjectMeta)
	return s
}

// dataWrites reads from managedFields which keys of `data` were written, and the newest moment at which a manager that
// wrote data wrote anything: the data is at least that old. Entries without a time, and those of managers that did not
// exist before, say nothing.
func (p *Pool) dataWrites(s *model.Secret, m *metav1.ObjectMeta) (names []string) {
	seen := map[string]bool{}
	for i := range m.ManagedFields {
		e := &m.ManagedFields[i]
		if e.FieldsV1 == nil {
			continue
		}
		keys, wrote, only := dataKeys(e.FieldsV1.GetRawBytes())
		for _, k := range keys {
			seen[k] = true
		}
		if wrote && e.Time != nil && e.Manager != "before-first-apply" && e.Time.After(s.DataChanged) {
			s.DataChanged, s.DataOnly, s.Writer = e.Time.Time, only, p.String(e.Manager)
		}
	}
	s.Applied = appliedKeys(m.Annotations[lastApplied])
	for k := range seen {
		names = append(names, k)
	}
	slices.Sort(names)
	return names
}

// dataKeys lists the keys below f:data and f:stringData of one fieldsV1 document, and tells whether it holds nothing
// else but the type.
func dataKeys(fields []byte) (keys []string, wrote, only bool) {
	var doc map[string]json.RawMessage
	if json.Unmarshal(fields, &doc) != nil {
		return nil, false, false
	}
	only = true
	for field, raw := range doc {
		if field != "f:data" && field != "f:stringData" {
			only = only && field == "f:type"
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
	return keys, wrote, only
}

// appliedKeys lists the keys of data that a last-applied annotation of a Secret holds. Their values are dropped.
func appliedKeys(annotation string) []string {
	if annotation == "" {
		return nil
	}
	var o struct {
		Data       map[string]json.RawMessage `json:"data"`
		StringData map[string]json.RawMessage `json:"stringData"`
	}
	if json.Unmarshal([]byte(annotation), &o) != nil {
		return nil
	}
	var keys []string
	for _, data := range []map[string]json.RawMessage{o.Data, o.StringData} {
		for k := range data {
			if len(keys) < maxEntries {
				keys = append(keys, k)
			}
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
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

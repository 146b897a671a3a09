package record

import (
	"encoding/json"
	"hash/maphash"
	"slices"
)

// span is where a value lies in an object's JSON; empty: nowhere.
type span struct{ from, to int }

func (s span) in(raw []byte) []byte { return raw[s.from:s.to] }

// outline says where the parts of an object lie that are read by themselves.
type outline struct {
	apiVersion, kind, metadata span
	name, namespace            span // of metadata
	managed                    span // metadata.managedFields
	// passing are other when nothing is but the status: that itself, and what counts writes.
	passing [3]span
}

// outlined walks over an object once. It is false for what is not written as API servers write it.
func outlined(raw []byte) (o outline, ok bool) {
	ok = members(raw, span{0, len(raw)}, func(name []byte, value span) bool {
		switch string(name) {
		case "apiVersion":
			return once(&o.apiVersion, value)
		case "kind":
			return once(&o.kind, value)
		case "metadata":
			return once(&o.metadata, value)
		case "status":
			return once(&o.passing[0], value)
		}
		return true
	})
	return o, ok && o.metadata.to > 0 && members(raw, o.metadata, func(name []byte, value span) bool {
		switch string(name) {
		case "name":
			return once(&o.name, value)
		case "namespace":
			return once(&o.namespace, value)
		case "managedFields":
			return once(&o.managed, value)
		case "resourceVersion":
			return once(&o.passing[1], value)
		case "generation":
			return once(&o.passing[2], value)
		}
		return true
	})
}

// once notes where a value lies that may be there once.
func once(at *span, value span) bool {
	first := at.to == 0
	*at = value
	return first
}

// members visits what an object holds, until visit says no.
func members(raw []byte, within span, visit func(name []byte, value span) bool) bool {
	s := scanner{raw: raw[:within.to], at: within.from}
	if !s.take('{') {
		return false
	}
	if s.take('}') {
		return true
	}
	for {
		s.space()
		from := s.at + 1
		if !s.text() {
			return false
		}
		name := raw[from : s.at-1]
		if !s.take(':') {
			return false
		}
		s.space()
		value := s.at
		if !s.skip() || !visit(name, span{value, s.at}) {
			return false
		}
		if s.take('}') {
			return true
		}
		if !s.take(',') {
			return false
		}
	}
}

// envelope reads what every kind has; false: it is not written as API servers write it, or malformed.
func (o *outline) envelope(raw []byte) (e envelope, ok bool) {
	if e.APIVersion, ok = plain(o.apiVersion.in(raw)); !ok {
		return e, false
	}
	if e.Kind, ok = plain(o.kind.in(raw)); !ok {
		return e, false
	}
	return e, json.Unmarshal(o.metadata.in(raw), &e.Metadata) == nil
}

// plain reads a string without escapes.
func plain(quoted []byte) (string, bool) {
	n := len(quoted)
	if n < 2 || quoted[0] != '"' || quoted[n-1] != '"' {
		return "", false
	}
	for _, c := range quoted {
		if c == '\\' || c < ' ' || c >= 0x80 {
			return "", false
		}
	}
	return string(quoted[1 : n-1]), true
}

const null = "null"

// unmanaged is the object with null for its managedFields: readers of the rest would decode them for nothing, and they are
// often the larger half. What is passing lies elsewhere then.
func (o *outline) unmanaged(raw []byte) []byte {
	m := o.managed
	if m.to == 0 {
		return raw
	}
	o.managed = span{}
	for i := range o.passing {
		if p := &o.passing[i]; p.from >= m.to {
			p.from, p.to = p.from-len(m.in(raw))+len(null), p.to-len(m.in(raw))+len(null)
		}
	}
	return with(nil, raw, m, null)
}

// with appends the JSON with something else in the place of a value, if there is one.
func with(to, raw []byte, at span, value string) []byte {
	if at.to == 0 {
		return append(to, raw...)
	}
	to = slices.Grow(to, len(raw)-len(at.in(raw))+len(value))
	to = append(to, raw[:at.from]...)
	to = append(to, value...)
	return append(to, raw[at.to:]...)
}

// settled is a hash of all but what is passing and who wrote when.
func (o *outline) settled(raw []byte, seed maphash.Seed) uint64 {
	left := [...]span{o.passing[0], o.passing[1], o.passing[2], o.managed}
	slices.SortFunc(left[:], func(a, b span) int { return a.from - b.from })
	var h maphash.Hash
	h.SetSeed(seed)
	at := 0
	for _, p := range left {
		_, _ = h.Write(raw[at:max(at, p.from)])
		at = max(at, p.to)
	}
	_, _ = h.Write(raw[at:])
	return h.Sum64()
}

// settle empties what is passing, in place.
func (o *outline) settle(text []byte) {
	for _, p := range o.passing {
		empty(p.in(text))
	}
}

// empty makes a value one of its kind that says nothing.
func empty(value []byte) {
	if len(value) == 0 {
		return
	}
	least := "0"
	switch value[0] {
	case '{':
		least = "{}"
	case '[':
		least = "[]"
	case '"':
		least = `""`
	}
	for i := copy(value, least); i < len(value); i++ {
		value[i] = ' '
	}
}

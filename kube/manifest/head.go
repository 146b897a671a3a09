package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unique"
)

// maxDepth bounds how deep an object may be nested.
const maxDepth = 200

// head is what every object says of itself.
type head struct {
	apiVersion, kind          string
	name, prefix, namespace   string
	metadata                  int // where its fields begin
	hasMetadata, hasNamespace bool
	bare                      bool // metadata has no field
	items                     []span
	list                      bool // items is a sequence
	problem                   error
}

var (
	errNoObject = errors.New("no Kubernetes object: apiVersion or kind is missing")
	errNested   = fmt.Errorf("nested deeper than %d", maxDepth)
)

// reader goes through valid JSON.
type reader struct {
	src []byte
	at  int
}

func readHead(src []byte) (h head, err error) {
	r := reader{src: src}
	isObject, err := r.fields(func(key []byte) error {
		switch string(key) {
		case "apiVersion":
			h.apiVersion, _ = r.common()
		case "kind":
			h.kind, _ = r.common()
		case "metadata":
			return r.metadata(&h)
		case "items":
			return r.itemsOf(&h)
		default:
			return r.skip()
		}
		return nil
	})
	switch {
	case err != nil:
		return head{}, err
	case !isObject || h.apiVersion == "" || h.kind == "":
		return h, errNoObject
	}
	return h, nil
}

func (r *reader) metadata(h *head) error {
	start := r.space()
	h.metadata, h.bare = start+1, true
	var err error
	h.hasMetadata, err = r.fields(func(key []byte) error {
		h.bare = false
		ok := true
		switch string(key) {
		case "name":
			h.name, ok = r.word()
		case "generateName":
			h.prefix, ok = r.word()
		case "namespace":
			h.hasNamespace = true
			h.namespace, ok = r.common()
		default:
			return r.skip()
		}
		if !ok && h.problem == nil {
			h.problem = fmt.Errorf("metadata.%s is no text", key)
		}
		return nil
	})
	return err
}

func (r *reader) itemsOf(h *head) error {
	if r.space() >= len(r.src) || r.src[r.at] != '[' {
		return r.skip()
	}
	h.list, h.items = true, nil
	r.at++
	for r.space() < len(r.src) && r.src[r.at] != ']' {
		start := r.at
		if err := r.skip(); err != nil {
			return err
		}
		h.items = append(h.items, span{start, r.at})
		if r.space() < len(r.src) && r.src[r.at] == ',' {
			r.at++
		}
	}
	r.at++
	return nil
}

// fields visits the fields of an object. visit must pass over the value.
func (r *reader) fields(visit func(key []byte) error) (isObject bool, err error) {
	if r.space() >= len(r.src) || r.src[r.at] != '{' {
		return false, r.skip()
	}
	r.at++
	for r.space() < len(r.src) && r.src[r.at] == '"' {
		from := r.at + 1
		r.text()
		key := r.src[from : r.at-1]
		if r.space() < len(r.src) {
			r.at++ // the colon
		}
		r.space()
		if err := visit(key); err != nil {
			return true, err
		}
		if r.space() < len(r.src) && r.src[r.at] == ',' {
			r.at++
		}
	}
	r.at++
	return true, nil
}

func (r *reader) space() int {
	for r.at < len(r.src) {
		switch r.src[r.at] {
		case ' ', '\n', '\r', '\t':
			r.at++
			continue
		}
		break
	}
	return r.at
}

// text passes over a string.
func (r *reader) text() {
	for r.at++; r.at < len(r.src); r.at++ {
		switch r.src[r.at] {
		case '\\':
			r.at++
		case '"':
			r.at++
			return
		}
	}
}

// word reads a string; anything else gives false, but for null.
func (r *reader) word() (string, bool) {
	start := r.space()
	if start >= len(r.src) || r.src[start] != '"' {
		err := r.skip()
		return "", err == nil && string(bytes.TrimSpace(r.src[start:min(r.at, len(r.src))])) == "null"
	}
	r.text()
	raw := r.src[start:min(r.at, len(r.src))]
	for _, b := range raw {
		if b == '\\' {
			return unquote(raw)
		}
	}
	return string(raw[1 : len(raw)-1]), true
}

// common is word for one that many documents have.
func (r *reader) common() (string, bool) {
	s, ok := r.word()
	return unique.Make(s).Value(), ok
}

func unquote(raw []byte) (s string, ok bool) {
	err := json.Unmarshal(raw, &s)
	return s, err == nil
}

// skip passes over a value.
func (r *reader) skip() error {
	depth := 0
	for r.space() < len(r.src) {
		switch r.src[r.at] {
		case '"':
			r.text()
		case '{', '[':
			if depth++; depth > maxDepth {
				return errNested
			}
			r.at++
		case '}', ']':
			if depth == 0 {
				return nil
			}
			depth--
			r.at++
		case ',', ':':
			if depth == 0 {
				return nil
			}
			r.at++
			continue
		default:
			r.at++
			continue
		}
		if depth == 0 {
			return nil
		}
	}
	return nil
}

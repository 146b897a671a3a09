package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf16"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Read takes a file apart. Empty documents are passed over.
func Read(file string, data []byte) (docs []Document, problems []error) {
	return readAll([]input{{file: file, src: utf8Of(string(data))}})
}

// input is the text of one file.
type input struct {
	file  string
	src   string
	built bool // made by kustomize
}

// part is one document of a file.
type part struct {
	file  string
	index int
	line  int // of its beginning
	first int // that says something
	src   string
	json  bool // known to be JSON
	built bool
}

// result is what a part holds.
type result struct {
	docs     []Document
	problems []error
}

// readAll reads the documents of all files, in order, on all processors.
func readAll(files []input) (docs []Document, problems []error) {
	var parts []part
	for _, f := range files {
		parts = append(parts, split(f)...)
	}
	results := make([]result, len(parts))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(parts)/8+1) {
		workers.Go(func() {
			c := newConverter()
			for {
				i := int(next.Add(1)) - 1
				if i >= len(parts) {
					return
				}
				results[i] = c.read(&parts[i])
			}
		})
	}
	workers.Wait()
	objects := 0
	for i := range results {
		objects += len(results[i].docs)
	}
	docs = make([]Document, 0, objects)
	for i := range results {
		docs = append(docs, results[i].docs...)
		problems = append(problems, results[i].problems...)
	}
	qualify(docs)
	return docs, problems
}

// utf8Of decodes UTF-16 by its byte order mark, and drops the mark of UTF-8.
func utf8Of(data string) string {
	data = strings.TrimPrefix(data, "\xef\xbb\xbf")
	if len(data) < 2 {
		return data
	}
	little := data[0] == 0xff && data[1] == 0xfe
	if !little && !(data[0] == 0xfe && data[1] == 0xff) {
		return data
	}
	units := make([]uint16, 0, len(data)/2)
	for i := 2; i+1 < len(data); i += 2 {
		u := uint16(data[i])<<8 | uint16(data[i+1])
		if little {
			u = u>>8 | u<<8
		}
		units = append(units, u)
	}
	if len(data)%2 != 0 {
		units = append(units, 0xfffd)
	}
	return string(utf16.Decode(units))
}

// split cuts a file at lines that are `---` or `...`. Empty documents do not count.
func split(f input) []part {
	if all, ok := splitJSON(f); ok {
		return all
	}
	var parts []part
	line := 1
	for rest := f.src; rest != ""; {
		n := documentEnd(rest)
		src := rest[:n]
		rest = rest[n:]
		if n, ok := said(src); ok {
			parts = append(parts, part{file: f.file, index: len(parts) + 1, line: line, first: line + n, src: src, built: f.built})
		}
		line += strings.Count(src, "\n")
	}
	return parts
}

// documentEnd returns where the first document of a text ends.
func documentEnd(src string) int {
	started := false // a line of the document itself was seen
	for at := 0; at < len(src); {
		next := len(src)
		if n := strings.IndexByte(src[at:], '\n'); n >= 0 {
			next = at + n + 1
		}
		if b := src[at]; b == '-' || b == '.' {
			switch text := strings.TrimRight(src[at:next], " \t\r\n"); {
			case started && (text == "---" || strings.HasPrefix(text, "--- ")):
				return at
			case text == "...":
				return next
			}
			started = true
		} else if b != '#' && b != '%' && b != '\n' && b != '\r' {
			started = true
		}
		at = next
	}
	return len(src)
}

// said reports whether a text has anything but comments, spaces and marks, and how many lines stand before that.
func said(src string) (lines int, ok bool) {
	for ; src != ""; lines++ {
		line, rest, _ := strings.Cut(src, "\n")
		src = rest
		line = strings.TrimSpace(line)
		if line != "" && line[0] != '#' && line != "---" && line != "..." && !strings.HasPrefix(line, "--- #") {
			return lines, true
		}
	}
	return lines, false
}

// splitJSON takes a file of JSON objects apart; ok is false when it is none.
func splitJSON(f input) (parts []part, ok bool) {
	trimmed := strings.TrimLeft(f.src, " \t\r\n")
	if trimmed == "" || trimmed[0] != '{' {
		return nil, false
	}
	decoder := json.NewDecoder(strings.NewReader(f.src))
	line, from := 1, 0
	for decoder.More() {
		var raw json.RawMessage
		if decoder.Decode(&raw) != nil {
			return nil, false
		}
		end := int(decoder.InputOffset())
		start := end - len(raw)
		line += strings.Count(f.src[from:start], "\n")
		from = start
		parts = append(parts, part{file: f.file, index: len(parts) + 1, line: line, first: line, src: f.src[start:end], json: true})
	}
	return parts, len(parts) > 0
}

// read takes one document apart. It does not panic, whatever stands there.
func (c *converter) read(p *part) (r result) {
	fail := func(line int, err error) {
		r.problems = append(r.problems, &Error{File: p.file, Index: p.index, Line: line, Err: err})
	}
	defer func() {
		if problem := recover(); problem != nil {
			r.docs = nil
			fail(p.first, fmt.Errorf("cannot be read: %v", problem))
		}
	}()
	if len(p.src) > maxDocument {
		fail(p.first, fmt.Errorf("document has %d bytes, more than %d", len(p.src), maxDocument))
		return r
	}
	raw, err := c.json(p)
	if err != nil {
		line, err := lineOf(err)
		if line == 0 {
			line = p.first - p.line + 1
		}
		fail(p.line+line-1, err)
		return r
	}
	if len(raw) == 0 || string(raw) == "null" && nothing.MatchString(p.src) {
		return r
	}
	d := Document{File: p.file, Index: p.index, Line: p.first}
	if p.built {
		d.Line = 1
	} else {
		d.text = &text{src: p.src, line: p.line}
	}
	d.flatten(raw, &r, 0)
	return r
}

// json converts a document. The result is the caller's.
func (c *converter) json(p *part) ([]byte, error) {
	if p.json {
		return []byte(p.src), nil
	}
	if out, ok := c.convert(p.src); ok {
		return slices.Clone(out), nil
	}
	return slowJSON(p.src)
}

// nothing is a document that says so.
var nothing = regexp.MustCompile(`(?i)^(?:\s|#[^\n]*\n|---|\.\.\.)*(?:null|~)?(?:\s|#[^\n]*|\.\.\.)*$`)

// errorLine is the line in an error of the library.
var errorLine = regexp.MustCompile(`^(?:error converting YAML to JSON: )?yaml: line (\d+): `)

func lineOf(err error) (int, error) {
	message := err.Error()
	m := errorLine.FindStringSubmatch(message)
	if m == nil {
		return 0, errors.New(strings.TrimPrefix(message, "yaml: "))
	}
	line, _ := strconv.Atoi(m[1])
	return line, errors.New(message[len(m[0]):])
}

// flatten adds the object, or the objects of a list.
func (d Document) flatten(raw []byte, r *result, depth int) {
	fail := func(err error) {
		for _, i := range d.items {
			err = fmt.Errorf("item %d: %w", i, err)
		}
		r.problems = append(r.problems, &Error{File: d.File, Index: d.Index, Line: d.Line, Err: err})
	}
	h, err := readHead(raw)
	if err != nil {
		fail(err)
		return
	}
	if h.list && strings.HasSuffix(h.kind, "List") {
		if depth >= maxLists {
			fail(fmt.Errorf("lists nested deeper than %d", maxLists))
			return
		}
		for i, at := range h.items {
			item := d
			item.items = append(slices.Clone(d.items), i)
			item.flatten(named(raw[at.from:at.to], &h), r, depth+1)
		}
		return
	}
	if err := d.identify(raw, &h); err != nil {
		fail(err)
		return
	}
	r.docs = append(r.docs, d)
}

// maxLists bounds how deep lists may be nested.
const maxLists = 4

// named gives an item of a typed list its kind, which the list says for all.
func named(item []byte, list *head) []byte {
	kind := strings.TrimSuffix(list.kind, "List")
	if kind == "" {
		return item
	}
	h, err := readHead(item)
	if !errors.Is(err, errNoObject) || h.apiVersion != "" || h.kind != "" {
		return item
	}
	at := bytes.IndexByte(item, '{')
	if at < 0 {
		return item
	}
	apiVersion, _ := json.Marshal(list.apiVersion) // a string
	name, _ := json.Marshal(kind)
	out := slices.Concat(item[:at+1], []byte(`"apiVersion":`), apiVersion, []byte(`,"kind":`), name)
	if rest := bytes.TrimLeft(item[at+1:], " \t\r\n"); len(rest) > 0 && rest[0] != '}' {
		out = append(out, ',')
	}
	return append(out, item[at+1:]...)
}

// identify fills in what the object is.
func (d *Document) identify(raw []byte, h *head) error {
	switch {
	case len(raw) > maxObject:
		return fmt.Errorf("object has %d bytes, more than %d", len(raw), maxObject)
	case !h.hasMetadata:
		return errors.New("metadata is missing")
	case h.problem != nil:
		return h.problem
	}
	group, err := schema.ParseGroupVersion(h.apiVersion)
	if err != nil {
		return fmt.Errorf("apiVersion %q is none", h.apiVersion)
	}
	d.GVK = group.WithKind(h.kind)
	d.namespace, d.name, d.JSON = h.namespace, h.name, raw
	if d.name == "" && h.prefix != "" {
		d.name = h.prefix
		d.insert(h, "name", d.name)
	}
	if d.name == "" {
		return errors.New("metadata.name is missing")
	}
	for _, part := range []string{d.name, d.namespace} {
		if part == "." || part == ".." || strings.ContainsAny(part, "/%") || strings.ContainsFunc(part, unprintable) {
			return fmt.Errorf("%q is no name of an object", part)
		}
	}
	return nil
}

func unprintable(r rune) bool { return r <= ' ' || r >= 0x7f && r < 0xa0 || r == 0xfffd }

// insert adds a field to the metadata.
func (d *Document) insert(h *head, key, value string) {
	text, _ := json.Marshal(value) // a string
	field := slices.Concat([]byte(`"`+key+`":`), text)
	if !h.bare {
		field = append(field, ',')
	}
	d.JSON = slices.Concat(d.JSON[:h.metadata], field, d.JSON[h.metadata:])
	h.bare = false
}

package manifest

import (
	"strings"
	"unicode/utf8"
)

// The converter reads the YAML that people and tools write, and only that: block mappings and sequences, scalars on
// one line, literal blocks, flow collections on one line. It makes JSON of it in one pass. Whatever else stands in a
// document, it gives up, and the document is read by the library that kubectl uses: slower, and always right.

// maxFast bounds how deep the converter reads; what is deeper is for the library.
const maxFast = 100

// maxKey is the length from which YAML takes no text for a key.
const maxKey = 1000

// converter reads one document at a time. It is not safe for concurrent use.
type converter struct {
	src    string
	out    []byte
	line   line
	next   int // where the line after it begins
	keys   []span
	depth  int
	margin int               // column that a collection in brackets must stay right of
	memo   map[string]string // what the library makes of scalars that are hard to tell

	marking bool // whether nodes are kept
	nodes   []node
}

// line is one line that is neither empty nor a comment.
type line struct {
	indent   int // column of the text
	from, to int // the text, without spaces at its end
	eof      bool
}

type span struct{ from, to int }

func newConverter() *converter { return &converter{memo: map[string]string{}} }

// convert returns the document as JSON, nothing when it is empty; ok is false when it is for the library. What is
// returned is overwritten by the next call.
func (c *converter) convert(src string) (out []byte, ok bool) {
	if !ordinary(src) {
		return nil, false
	}
	c.src, c.next, c.out, c.keys, c.depth, c.nodes = src, 0, c.out[:0], c.keys[:0], 0, c.nodes[:0]
	if !c.advance() {
		return nil, false
	}
	if c.marker() && !c.advance() {
		return nil, false
	}
	if c.line.eof {
		return nil, true
	}
	root := c.open("", c.line.from)
	if !c.block() || !c.line.eof {
		return nil, false
	}
	c.close(root)
	return c.out, true
}

// ordinary reports whether the text has no characters that YAML treats in ways of its own.
func ordinary(src string) bool {
	for i := 0; i < len(src); {
		b := src[i]
		if b >= ' ' && b < 0x7f || b == '\n' || b == '\t' {
			i++
			continue
		}
		if b < utf8.RuneSelf {
			return false
		}
		r, n := utf8.DecodeRuneInString(src[i:])
		if r == utf8.RuneError || r < 0xa0 || r == 0x2028 || r == 0x2029 || r == 0xfeff || r >= 0xfffe && r <= 0xffff {
			return false
		}
		i += n
	}
	return true
}

// marker reports whether the line is `---`.
func (c *converter) marker() bool {
	rest, found := strings.CutPrefix(c.src[c.line.from:c.line.to], "---")
	return found && c.line.indent == 0 && (rest == "" || strings.HasPrefix(strings.TrimLeft(rest, " "), "#") && rest[0] == ' ')
}

// advance goes to the next line that says something.
func (c *converter) advance() bool {
	src := c.src
	for c.next < len(src) {
		start, end := c.next, len(src)
		if n := strings.IndexByte(src[start:], '\n'); n >= 0 {
			end = start + n
		}
		c.next = min(end+1, len(src))
		from := start
		for from < end && src[from] == ' ' {
			from++
		}
		if from == end || src[from] == '#' {
			continue
		}
		if src[from] == '\t' {
			return false
		}
		for src[end-1] == ' ' {
			end--
		}
		c.line = line{indent: from - start, from: from, to: end}
		return true
	}
	c.line = line{eof: true}
	return true
}

func (c *converter) dash() bool {
	l := &c.line
	return c.src[l.from] == '-' && (l.from+1 == l.to || c.src[l.from+1] == ' ')
}

// block reads the mapping or the sequence that begins in this line.
func (c *converter) block() bool {
	if c.depth++; c.depth > maxFast {
		return false
	}
	defer func() { c.depth-- }()
	if c.dash() {
		return c.sequence(c.line.indent)
	}
	if b := c.src[c.line.from]; b == '[' || b == '{' {
		return c.value(c.line.from, c.line.indent-1, false)
	}
	return c.mapping(c.line.indent)
}

func (c *converter) mapping(indent int) bool {
	c.out = append(c.out, '{')
	base := len(c.keys)
	for first := true; !c.line.eof && c.line.indent >= indent; first = false {
		if c.line.indent > indent {
			return false
		}
		if !first {
			c.out = append(c.out, ',')
		}
		key, after, ok := c.key(c.line.from)
		if !ok || !c.name(key, base) {
			return false
		}
		n := c.open(key, c.line.from)
		if !c.value(after, indent, true) {
			return false
		}
		c.close(n)
	}
	c.out = append(c.out, '}')
	c.keys = c.keys[:base]
	return true
}

// name writes a key. Of two values for one key the last would count: that is for the library too.
func (c *converter) name(key string, base int) bool {
	from := len(c.out)
	c.text(key)
	at := span{from, len(c.out)}
	c.out = append(c.out, ':')
	if len(c.keys)-base > 512 {
		return false
	}
	for _, have := range c.keys[base:] {
		if have.to-have.from == at.to-at.from && string(c.out[have.from:have.to]) == string(c.out[at.from:at.to]) {
			return false
		}
	}
	c.keys = append(c.keys, at)
	return true
}

// key reads a key and its colon. after is where the value begins.
func (c *converter) key(from int) (key string, after int, ok bool) {
	src, to := c.src, c.line.to
	switch b := src[from]; {
	case b == '"' || b == '\'':
		end := strings.IndexByte(src[from+1:to], b)
		if end < 0 || end > maxKey {
			return "", 0, false
		}
		key, after = src[from+1:from+1+end], from+end+2
		if key == "<<" || strings.ContainsAny(key, "\\\t") || after == to || src[after] != ':' {
			return "", 0, false
		}
	case plainByte[b] && b != '-':
		end := from
		for end < to && plainByte[src[end]] {
			end++
		}
		if end == to || src[end] != ':' || end-from > maxKey {
			return "", 0, false
		}
		key, after = src[from:end], end
		if !c.marking && suspect(key) {
			if j, ok := c.resolve(key); !ok || j != `"`+key+`"` {
				return "", 0, false
			}
		}
	default:
		return "", 0, false
	}
	after++
	return key, after, after == to || src[after] == ' '
}

// plainByte are the characters of keys that need no quotes.
var plainByte = func() (set [256]bool) {
	for _, b := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./-") {
		set[b] = true
	}
	return set
}()

func (c *converter) sequence(indent int) bool {
	c.out = append(c.out, '[')
	for first := true; !c.line.eof && c.line.indent >= indent; first = false {
		if c.line.indent > indent {
			return false
		}
		if !c.dash() {
			break
		}
		if !first {
			c.out = append(c.out, ',')
		}
		if !c.item(indent) {
			return false
		}
	}
	c.out = append(c.out, ']')
	return true
}

func (c *converter) item(indent int) bool {
	l := &c.line
	at := l.from + 1
	for at < l.to && c.src[at] == ' ' {
		at++
	}
	n := c.open("", min(at, l.to-1))
	defer c.close(n)
	if at == l.to || c.src[at] == '#' {
		return c.value(at, indent, false)
	}
	if c.src[at] == '-' && (at+1 == l.to || c.src[at+1] == ' ') {
		return false
	}
	if _, _, ok := c.key(at); ok {
		l.indent, l.from = l.indent+at-l.from, at
		return c.block()
	}
	return c.value(at, indent, false)
}

// value reads what stands from there on, to the right or below. indent is that of the mapping or sequence.
func (c *converter) value(at, indent int, inMapping bool) bool {
	src, to := c.src, c.line.to
	for at < to && src[at] == ' ' {
		at++
	}
	if at >= to || src[at] == '#' {
		if !c.advance() {
			return false
		}
		switch {
		case !c.line.eof && c.line.indent > indent:
			return c.block()
		case inMapping && !c.line.eof && c.line.indent == indent && c.dash():
			return c.block()
		}
		c.out = append(c.out, "null"...)
		return true
	}
	end, ok := 0, false
	switch src[at] {
	case '|':
		return c.literal(at, indent)
	case '"', '\'':
		end, ok = c.quoted(at)
	case '[', '{':
		c.margin = indent
		end, ok = c.flow(at)
	default:
		end, ok = c.plain(at)
	}
	if !ok {
		return false
	}
	rest := src[end:c.line.to]
	if trimmed := strings.TrimLeft(rest, " "); trimmed != "" && (trimmed[0] != '#' || len(trimmed) == len(rest)) {
		return false
	}
	return c.advance()
}

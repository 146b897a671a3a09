package manifest

import (
	"strings"

	sigsyaml "sigs.k8s.io/yaml"
)

// text writes a string.
func (c *converter) text(s string) {
	c.out = append(c.out, '"')
	c.escape(s)
	c.out = append(c.out, '"')
}

func (c *converter) escape(s string) {
	from := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"', '\\':
			c.out = append(c.out, s[from:i]...)
			c.out = append(c.out, '\\', s[i])
			from = i + 1
		case '\t':
			c.out = append(c.out, s[from:i]...)
			c.out = append(c.out, '\\', 't')
			from = i + 1
		}
	}
	c.out = append(c.out, s[from:]...)
}

// plain reads a scalar without quotes, which ends with the line or before a comment.
func (c *converter) plain(at int) (end int, ok bool) {
	switch s := c.src[at:c.line.to]; s[0] {
	case ',', ']', '}', '#', '&', '*', '!', '>', '%', '@', '`', '?', ':':
		return 0, false
	case '-':
		if len(s) == 1 || s[1] == ' ' {
			return 0, false
		}
	}
	end = at
	for i := at; i < c.line.to; i++ {
		switch c.src[i] {
		case '\t':
			return 0, false
		case ':':
			if i+1 == c.line.to || c.src[i+1] == ' ' || c.src[i+1] == '\t' {
				return 0, false
			}
		case '#':
			if c.src[i-1] == ' ' {
				return end, c.scalar(c.src[at:end])
			}
		case ' ':
			continue
		}
		end = i + 1
	}
	return end, c.scalar(c.src[at:end])
}

// scalar writes what a scalar without quotes means.
func (c *converter) scalar(s string) bool {
	if c.marking {
		return true
	}
	if decimal(s) {
		c.out = append(c.out, s...)
		return true
	}
	if !suspect(s) {
		c.text(s)
		return true
	}
	j, ok := c.resolve(s)
	c.out = append(c.out, j...)
	return ok
}

// decimal reports whether s is a whole number in the form that JSON has.
func decimal(s string) bool {
	digits := s
	if s[0] == '-' {
		digits = s[1:]
	}
	if digits == "" || len(digits) > 18 || digits[0] == '0' && len(s) > 1 {
		return false
	}
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return false
		}
	}
	return true
}

// suspect reports whether a scalar may mean something else than its text: a number, a boolean, null.
func suspect(s string) bool {
	switch b := s[0]; {
	case b >= '0' && b <= '9':
		return !identifier(s)
	case b == '+' || b == '-' || b == '.':
		return true
	case strings.IndexByte("yYnNtTfFoO~<=", b) >= 0:
		return len(s) <= 5
	}
	return false
}

// identifier reports whether s is a UUID, or a moment as Kubernetes writes it. Both mean their text, and hardly any comes
// twice.
func identifier(s string) bool {
	return shaped(s, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx") || shaped(s, "dddd-dd-ddTdd:dd:ddZ")
}

// shaped reports whether s has a shape, in which x is a hexadecimal digit and d a decimal one.
func shaped(s, shape string) bool {
	if len(s) != len(shape) {
		return false
	}
	for i := range len(s) {
		switch b := s[i]; shape[i] {
		case 'x':
			if !(b >= '0' && b <= '9' || b >= 'a' && b <= 'f') {
				return false
			}
		case 'd':
			if b < '0' || b > '9' {
				return false
			}
		default:
			if b != shape[i] {
				return false
			}
		}
	}
	return true
}

// maxMemo bounds what is remembered of scalars.
const maxMemo = 1 << 14

// resolve asks the library what a scalar means, as JSON. The scalar is on one line and has nothing in it that could end
// it. It is asked about as an item: alone it might be taken for a mark between documents.
func (c *converter) resolve(s string) (json string, ok bool) {
	if json, ok := c.memo[s]; ok {
		return json, json != ""
	}
	if len(c.memo) >= maxMemo {
		clear(c.memo)
	}
	if out, err := sigsyaml.YAMLToJSON([]byte("- " + s)); err == nil && len(out) > 2 {
		json = string(out[1 : len(out)-1])
	}
	c.memo[strings.Clone(s)] = json
	return json, json != ""
}

// quoted reads a scalar in quotes that ends in the same line.
func (c *converter) quoted(at int) (end int, ok bool) {
	src, to := c.src, c.line.to
	if src[at] == '\'' {
		from := at + 1
		c.out = append(c.out, '"')
		for i := from; i < to; i++ {
			if src[i] == '\t' {
				return 0, false
			}
			if src[i] != '\'' {
				continue
			}
			c.escape(src[from:i])
			if i+1 == to || src[i+1] != '\'' {
				c.out = append(c.out, '"')
				return i + 1, true
			}
			i++
			from = i
		}
		return 0, false
	}
	c.out = append(c.out, '"')
	from := at + 1
	for i := from; i < to; i++ {
		switch src[i] {
		case '\t':
			return 0, false
		case '"':
			c.out = append(c.out, src[from:i]...)
			c.out = append(c.out, '"')
			return i + 1, true
		case '\\':
			n := escaped(src[i:to])
			if n == 0 {
				return 0, false
			}
			i += n - 1
		}
	}
	return 0, false
}

// escaped returns the length of an escape that means the same in JSON, 0 for any other.
func escaped(s string) int {
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case '"', '\\', 'n', 't', 'r', 'b', 'f':
		return 2
	case 'u':
		if len(s) < 6 || (s[2] == 'd' || s[2] == 'D') && s[3] >= '8' {
			return 0
		}
		for _, b := range []byte(s[2:6]) {
			if !(b >= '0' && b <= '9' || b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F') {
				return 0
			}
		}
		return 6
	}
	return 0
}

// flow reads a collection in brackets.
func (c *converter) flow(at int) (end int, ok bool) {
	if c.depth++; c.depth > maxFast {
		return 0, false
	}
	defer func() { c.depth-- }()
	closing := byte(']')
	if c.src[at] == '{' {
		closing = '}'
	}
	c.out = append(c.out, c.src[at])
	base := len(c.keys)
	at = c.spaces(at + 1)
	for first := true; ; first = false {
		if at >= c.line.to {
			return 0, false
		}
		if c.src[at] == closing && first {
			break
		}
		n := c.open("", at)
		if closing == '}' {
			if at, ok = c.flowKey(at, base, n); !ok {
				return 0, false
			}
		}
		if at, ok = c.flowValue(at); !ok {
			return 0, false
		}
		c.close(n)
		at = c.spaces(at)
		if at < c.line.to && c.src[at] == ',' {
			c.out = append(c.out, ',')
			at = c.spaces(at + 1)
			continue
		}
		if at >= c.line.to || c.src[at] != closing {
			return 0, false
		}
		break
	}
	c.out = append(c.out, closing)
	c.keys = c.keys[:base]
	return at + 1, true
}

// spaces passes over spaces between the parts of a collection, and over the ends of lines. At the end of the document it
// stays at the end of the line.
func (c *converter) spaces(at int) int {
	for at < c.line.to && c.src[at] == ' ' {
		at++
	}
	if at < c.line.to {
		return at
	}
	last := c.line
	if !c.advance() || c.line.eof || c.line.indent <= c.margin {
		c.line, c.next = last, last.to
		return last.to
	}
	return c.line.from
}

func (c *converter) flowKey(at, base, n int) (after int, ok bool) {
	key, after, ok := c.key(at)
	if !ok || after >= c.line.to || !c.name(key, base) {
		return 0, false
	}
	if c.marking {
		c.nodes[n].key = key
	}
	return c.spaces(after), true
}

func (c *converter) flowValue(at int) (end int, ok bool) {
	if at >= c.line.to {
		return 0, false
	}
	switch c.src[at] {
	case '[', '{':
		return c.flow(at)
	case '"', '\'':
		return c.quoted(at)
	}
	end = at
	for end < c.line.to && (plainByte[c.src[end]] || strings.IndexByte(" =$()+", c.src[end]) >= 0) {
		end++
	}
	s := strings.TrimRight(c.src[at:end], " ")
	if s == "" || s[0] == '=' || s[0] == '+' || s[0] == '-' && (len(s) == 1 || s[1] == ' ') || end >= c.line.to ||
		strings.IndexByte(",]}", c.src[end]) < 0 {
		return 0, false
	}
	return end, c.scalar(s)
}

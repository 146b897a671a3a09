package generic

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

const (
	maxSegments = 16
	maxPathText = 1024
	maxIndex    = 1 << 20
)

type segmentKind byte

const (
	byKey segmentKind = iota
	byIndex
	byAll
	byFilter
)

// segment is one step of a path.
type segment struct {
	kind   segmentKind
	key    string
	index  int
	filter []string // the keys after @
	not    bool     // != instead of ==
	equals string
}

// Path is a place in an object, in the subset of kubectl's JSONPath that the configuration allows: keys, numbers,
// `[*]` and a filter for one string. The path `.` is the object itself.
type Path struct {
	text     string
	segments []segment
}

// String returns the path as it was written.
func (p *Path) String() string { return p.text }

// Single reports whether the path names one place: it has no `[*]`.
func (p *Path) Single() bool {
	for i := range p.segments {
		if p.segments[i].kind == byAll {
			return false
		}
	}
	return true
}

// ParsePath reads a path. Everything that the subset does not have is an error that says what is allowed.
func ParsePath(text string) (*Path, error) {
	if len(text) > maxPathText {
		return nil, fmt.Errorf("path is longer than %d bytes", maxPathText)
	}
	p := &Path{text: text}
	if text == "." {
		return p, nil
	}
	rest := text
	for rest != "" {
		if len(p.segments) == maxSegments {
			return nil, fmt.Errorf("path has more than %d segments", maxSegments)
		}
		s, after, err := parseSegment(rest)
		if err != nil {
			return nil, fmt.Errorf("path, character %d: %w", len(text)-len(rest)+1, err)
		}
		p.segments = append(p.segments, s)
		rest = after
	}
	if len(p.segments) == 0 {
		return nil, errors.New("path is empty")
	}
	return p, nil
}

func parseSegment(s string) (segment, string, error) {
	switch {
	case strings.HasPrefix(s, ".."):
		return segment{}, "", errors.New("recursion (..) is not supported")
	case s[0] == '.':
		n := 1
		for n < len(s) && keyByte(s[n]) {
			n++
		}
		if n == 1 {
			return segment{}, "", errors.New("expected a name after the dot; write other characters as ['x/y']")
		}
		return segment{key: s[1:n]}, s[n:], nil
	case s[0] == '[':
		return parseBracket(s)
	}
	return segment{}, "", errors.New("expected a dot or a bracket")
}

func keyByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
}

func parseBracket(s string) (segment, string, error) {
	if rest, ok := strings.CutPrefix(s, "[*]"); ok {
		return segment{kind: byAll}, rest, nil
	}
	if rest, ok := strings.CutPrefix(s, "[?("); ok {
		return parseFilter(rest)
	}
	if len(s) > 1 && (s[1] == '\'' || s[1] == '"') {
		key, rest, err := quoted(s[1:])
		if err != nil {
			return segment{}, "", err
		}
		if key == "" {
			return segment{}, "", errors.New("the name in the brackets is empty")
		}
		rest, ok := strings.CutPrefix(rest, "]")
		if !ok {
			return segment{}, "", errors.New("expected ] after the name; unions are not supported")
		}
		return segment{key: key}, rest, nil
	}
	inner, rest, ok := strings.Cut(s[1:], "]")
	if !ok {
		return segment{}, "", errors.New("the bracket is not closed")
	}
	n, err := strconv.ParseUint(inner, 10, 32)
	if err != nil || n > maxIndex {
		return segment{}, "", fmt.Errorf("[%s] is not supported: use [0], [*], ['name'] or [?(@.type==\"Ready\")]", inner)
	}
	return segment{kind: byIndex, index: int(n)}, rest, nil
}

// parseFilter reads `@.a.b=="text")]`.
func parseFilter(s string) (segment, string, error) {
	f := segment{kind: byFilter}
	s, ok := strings.CutPrefix(strings.TrimLeft(s, " "), "@")
	if !ok {
		return f, "", errors.New("a filter begins with @")
	}
	for strings.HasPrefix(s, ".") || strings.HasPrefix(s, "[") {
		if len(f.filter) == maxSegments {
			return f, "", fmt.Errorf("the filter has more than %d segments", maxSegments)
		}
		k, rest, err := parseSegment(s)
		if err != nil {
			return f, "", err
		}
		if k.kind != byKey {
			return f, "", errors.New("a filter compares one field: only names after @")
		}
		f.filter = append(f.filter, k.key)
		s = rest
	}
	if len(f.filter) == 0 {
		return f, "", errors.New("a filter names a field: @.type")
	}
	s = strings.TrimLeft(s, " ")
	switch {
	case strings.HasPrefix(s, "=="):
	case strings.HasPrefix(s, "!="):
		f.not = true
	default:
		return f, "", errors.New("a filter compares with == or !=")
	}
	text, rest, err := quoted(strings.TrimLeft(s[2:], " "))
	if err != nil {
		return f, "", err
	}
	f.equals = text
	rest, ok = strings.CutPrefix(strings.TrimLeft(rest, " "), ")]")
	if !ok {
		return f, "", errors.New("expected )] after the text of the filter: one comparison only")
	}
	return f, rest, nil
}

// quoted reads a text in single or double quotes. There are no escapes: the other quote is for texts with a quote.
func quoted(s string) (text, rest string, err error) {
	if s == "" || s[0] != '\'' && s[0] != '"' {
		return "", "", errors.New("expected a text in quotes")
	}
	text, rest, ok := strings.Cut(s[1:], s[:1])
	if !ok {
		return "", "", errors.New("the quote is not closed")
	}
	if strings.Contains(text, `\`) {
		return "", "", errors.New("escapes are not supported")
	}
	return text, rest, nil
}

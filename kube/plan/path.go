package plan

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// The bounds of a path.
const (
	maxPath  = 2048
	maxSteps = 64
	maxPlace = 1 << 16
)

// Step is one part of a Path: the key of a map, an element of a list by keys of its own, or by its place.
type Step struct {
	// Key is the key of the map; with Of Element the key that elements are told apart by; unused with Of Place.
	Key string
	Of  StepKind
	// Value is what an Element has at Key, as text. Number says that it is a number, where the element is made.
	Value  string
	Number bool
	// And is what the Element has besides.
	And []Match
	// Index is the Place.
	Index int
}

// Match is a key of an element of a list, and what it has there as text.
type Match struct {
	Key, Value string
	Number     bool
}

// Matches are all that an Element is told apart by.
func (s *Step) Matches() []Match { return append([]Match{{s.Key, s.Value, s.Number}}, s.And...) }

// Typed is the value as an object has it: a text or an int64.
func (m *Match) Typed() any {
	if n, err := strconv.ParseInt(m.Value, 10, 64); m.Number && err == nil {
		return n
	}
	return m.Value
}

// StepKind says what a step leads to.
type StepKind uint8

// The kinds.
const (
	Member  StepKind = iota // `name`, `["a.b/c"]`
	Element                 // `[name=web]`, `[name="a]b"]`, `[containerPort=8080,protocol=TCP]`
	Place                   // `[0]`: for lists without names; the one past the end is appended
)

// ParsePath reads a path:
//
//	path     = first { next }
//	first    = bare | "[" quoted "]"
//	next     = "." bare | "[" quoted "]" | "[" match { "," match } "]" | "[" digits "]"
//	match    = bare "=" ( plain | quoted )
//	bare     = one or more characters but . [ ] " = , and control characters
//	plain    = one or more characters but [ ] " = , and control characters
//	quoted   = a Go string in double quotes
//
// A plain value that is a whole number is one, but for that of the key name; any other value is a text. A path ends nowhere
// else than at its last step, and begins with a key.
func ParsePath(text string) ([]Step, error) {
	if len(text) > maxPath {
		return nil, fmt.Errorf("path is longer than %d bytes", maxPath)
	}
	var steps []Step
	for rest := text; rest != ""; {
		if len(steps) == maxSteps {
			return nil, fmt.Errorf("path has more than %d steps", maxSteps)
		}
		s, after, err := parseStep(rest, len(steps) == 0)
		if err != nil {
			return nil, fmt.Errorf("path, character %d: %w", len(text)-len(rest)+1, err)
		}
		steps, rest = append(steps, s), after
	}
	if len(steps) == 0 {
		return nil, errors.New("path is empty")
	}
	return steps, nil
}

func parseStep(text string, first bool) (Step, string, error) {
	if text[0] == '[' {
		s, rest, err := parseBracket(text[1:])
		if err == nil && first && s.Of != Member {
			err = errors.New("a path begins with a key")
		}
		return s, rest, err
	}
	if !first {
		if text[0] != '.' {
			return Step{}, "", fmt.Errorf("%q follows a step: . or [ is expected", text[0])
		}
		text = text[1:]
	}
	n := span(text, stops)
	if n == 0 {
		return Step{}, "", errors.New("a key is expected")
	}
	return Step{Key: text[:n]}, text[n:], nil
}

// parseBracket reads what stands between brackets, without the first one.
func parseBracket(text string) (s Step, rest string, err error) {
	end := strings.IndexByte(text, ']')
	switch {
	case strings.HasPrefix(text, `"`):
		s.Key, rest, err = unquote(text)
	case end > 0 && isPlace(text[:end]):
		s.Of, rest = Place, text[end:]
		s.Index, err = strconv.Atoi(text[:end])
	default:
		var all []Match
		if all, rest, err = parseMatches(text); err == nil {
			s = Step{Of: Element, Key: all[0].Key, Value: all[0].Value, Number: all[0].Number, And: all[1:]}
		}
	}
	if err == nil && !strings.HasPrefix(rest, "]") {
		err = errors.New("] is expected")
	}
	if err != nil {
		return Step{}, "", err
	}
	if len(s.And) == 0 {
		s.And = nil
	}
	return s, rest[1:], nil
}

func parseMatches(text string) (all []Match, rest string, err error) {
	for {
		n := span(text, stops)
		if n == 0 || n == len(text) || text[n] != '=' {
			return nil, "", errors.New(`a key in quotes, a place, or key=value is expected in brackets`)
		}
		m := Match{Key: text[:n]}
		if rest = text[n+1:]; strings.HasPrefix(rest, `"`) {
			if m.Value, rest, err = unquote(rest); err != nil {
				return nil, "", err
			}
		} else {
			if n = span(rest, `[]"=,`); n == 0 {
				return nil, "", errors.New("a value is expected")
			}
			m.Value, rest = rest[:n], rest[n:]
			m.Number = isNumber(m.Key, m.Value)
		}
		if all = append(all, m); !strings.HasPrefix(rest, ",") {
			return all, rest, nil
		}
		text = rest[1:]
	}
}

// stops end a bare key.
const stops = `.[]"=,`

// span counts the bytes before the first of the stops or a control character.
func span(text, stops string) int {
	n := strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f || strings.ContainsRune(stops, r) })
	if n < 0 {
		return len(text)
	}
	return n
}

func unquote(text string) (value, rest string, err error) {
	quoted, err := strconv.QuotedPrefix(text)
	if err != nil {
		return "", "", errors.New("the quotes do not end")
	}
	value, err = strconv.Unquote(quoted)
	return value, text[len(quoted):], err
}

// isPlace reports whether a text is the place of an element.
func isPlace(text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && n >= 0 && n < maxPlace && strconv.Itoa(n) == text
}

// isNumber reports whether a plain value is a number. Names are texts, whatever they look like.
func isNumber(key, value string) bool {
	n, err := strconv.ParseInt(value, 10, 64)
	return key != "name" && err == nil && strconv.FormatInt(n, 10) == value
}

var (
	plainKey   = regexp.MustCompile(`^[A-Za-z_$][A-Za-z0-9_$-]*$`)
	plainValue = regexp.MustCompile(`^[A-Za-z0-9_./:*@-]+$`)
)

// String writes a step in its one form, so that equal paths are equal texts, without the dot before a key.
func (s *Step) String() string {
	switch {
	case s.Of == Place:
		return "[" + strconv.Itoa(s.Index) + "]"
	case s.Of == Element:
		var all []string
		for _, m := range s.Matches() {
			value := m.Value
			if !m.Number && (isNumber(m.Key, value) || !plainValue.MatchString(value)) {
				value = strconv.Quote(value)
			}
			all = append(all, m.Key+"="+value)
		}
		return "[" + strings.Join(all, ",") + "]"
	case plainKey.MatchString(s.Key):
		return s.Key
	}
	return "[" + strconv.Quote(s.Key) + "]"
}

// Join writes steps as a path that ParsePath reads as the same steps.
func Join(steps ...Step) string {
	var b strings.Builder
	for i := range steps {
		text := steps[i].String()
		if i > 0 && text[0] != '[' {
			b.WriteByte('.')
		}
		b.WriteString(text)
	}
	return b.String()
}

// Named is the path of an element of a list that has that name: Named("spec.volumes", "tmp") is `spec.volumes[name=tmp]`.
func Named(list, name string) string {
	return list + Join(Step{Of: Element, Key: "name", Value: name})
}

// Keyed is the path of a member of a map: Keyed("metadata.labels", "a.b/c") is `metadata.labels["a.b/c"]`.
func Keyed(path, key string) string {
	text := Join(Step{Key: key})
	if text[0] == '[' {
		return path + text
	}
	return path + "." + text
}

package plan

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// The bounds of a path.
const (
	maxPath  = 2048
	maxSteps = 32
)

// Step is one part of a Path: the key of a map, an element of a list by a key of its own, or by its place.
type Step struct {
	// Key is the key of the map; with Of Element the key that elements are told apart by; unused with Of Place.
	Key string
	Of  StepKind
	// Value is what an Element has at Key, as text. Number says that it is a number, where the element is made.
	Value  string
	Number bool
	// Index is the Place.
	Index int
}

// StepKind says what a step leads to.
type StepKind uint8

// The kinds.
const (
	Member  StepKind = iota // `name`, `["a.b/c"]`
	Element                 // `[name=web]`, `[name="a]b"]`, `[containerPort=8080]`
	Place                   // `[0]`: for lists without names; the one past the end is appended
)

// ParsePath reads a path:
//
//	path     = first { next }
//	first    = bare | "[" quoted "]"
//	next     = "." bare | "[" quoted "]" | "[" bare "=" ( plain | quoted ) "]" | "[" digits "]"
//	bare     = one or more characters but . [ ] " = and control characters
//	plain    = one or more characters but [ ] " = and control characters
//	quoted   = a Go string in double quotes
//
// A plain value of digits is a number, any other value a string. A path ends nowhere else than at its last step, and
// begins with a key.
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
	n := span(text, `.[]"=`)
	if n == 0 {
		return Step{}, "", errors.New("a key is expected")
	}
	return Step{Key: text[:n]}, text[n:], nil
}

// parseBracket reads what stands between brackets, without the first one.
func parseBracket(text string) (s Step, rest string, err error) {
	switch {
	case strings.HasPrefix(text, `"`):
		s.Key, rest, err = unquote(text)
	case strings.IndexByte(text, ']') > 0 && digits(text[:strings.IndexByte(text, ']')]):
		n := strings.IndexByte(text, ']')
		s.Of, rest = Place, text[n:]
		s.Index, err = strconv.Atoi(text[:n])
	default:
		n := span(text, `.[]"=`)
		if n == 0 || n == len(text) || text[n] != '=' {
			return Step{}, "", errors.New(`a key in quotes, a place, or key=value is expected in brackets`)
		}
		s.Of, s.Key, rest = Element, text[:n], text[n+1:]
		if strings.HasPrefix(rest, `"`) {
			s.Value, rest, err = unquote(rest)
			break
		}
		n = span(rest, `[]"=`)
		if n == 0 {
			return Step{}, "", errors.New("a value is expected")
		}
		s.Value, rest = rest[:n], rest[n:]
		s.Number = digits(s.Value)
	}
	if err == nil && !strings.HasPrefix(rest, "]") {
		err = errors.New("] is expected")
	}
	if err != nil {
		return Step{}, "", err
	}
	return s, rest[1:], nil
}

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

// digits reports whether a text is a number as the grammar has them.
func digits(text string) bool {
	return text != "" && len(text) < 10 && strings.Trim(text, "0123456789") == "" && (text[0] != '0' || text == "0")
}

// Join writes steps as a path that ParsePath reads as the same steps.
func Join(steps ...Step) string {
	var b strings.Builder
	for i, s := range steps {
		switch {
		case s.Of == Place:
			b.WriteString("[" + strconv.Itoa(s.Index) + "]")
		case s.Of == Element:
			value := s.Value
			if !s.Number && (digits(value) || value == "" || span(value, `[]"=`) < len(value)) {
				value = strconv.Quote(value)
			}
			b.WriteString("[" + s.Key + "=" + value + "]")
		case s.Key == "" || span(s.Key, `.[]"=`) < len(s.Key):
			b.WriteString("[" + strconv.Quote(s.Key) + "]")
		default:
			if i > 0 {
				b.WriteByte('.')
			}
			b.WriteString(s.Key)
		}
	}
	return b.String()
}

// Named is the path of an element of a list that has that name: Named("spec.volumes", "tmp") is `spec.volumes[name=tmp]`.
func Named(list, name string) string {
	return list + Join(Step{Of: Element, Key: "name", Value: name})
}

// Keyed is the path of a member of a map: Keyed("metadata.labels", "a.b/c") is `metadata.labels["a.b/c"]`.
func Keyed(path, key string) string {
	if span(key, `.[]"=`) == len(key) && key != "" {
		return path + "." + key
	}
	return path + Join(Step{Key: key})
}

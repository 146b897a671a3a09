package change

import (
	"fmt"
	"strings"

	"github.com/fn9s/fn9s/kube/plan"
)

// element is one part of a path: a key of an object, or a selector of an element of a list.
type element struct {
	key    string
	pick   []pair // of a selector; empty: a key
	source string // as it is written, for paths of journals
}

// pair is a key that an element of a list is known by, and its value: a string, or an int64. Without a key the value is
// the element's place, in lists whose elements have no names.
type pair struct {
	key   string
	value any
}

// fieldPath is a path as plan.Field has it.
type fieldPath []element

func (p fieldPath) String() string {
	var b strings.Builder
	for i, e := range p {
		if i > 0 && e.source[0] != '[' {
			b.WriteByte('.')
		}
		b.WriteString(e.source)
	}
	return b.String()
}

// parsePath reads what plan.ParsePath reads.
func parsePath(text string) (fieldPath, error) {
	steps, err := plan.ParsePath(text)
	if err != nil {
		return nil, fmt.Errorf("path %.80q: %w", text, err)
	}
	p := make(fieldPath, len(steps))
	for i := range steps {
		p[i] = elementOf(&steps[i])
	}
	return p, nil
}

func elementOf(s *plan.Step) element {
	e := element{source: s.String()}
	switch s.Of {
	case plan.Member:
		e.key = s.Key
	case plan.Place:
		e.pick = []pair{{value: int64(s.Index)}}
	case plan.Element:
		for _, m := range s.Matches() {
			e.pick = append(e.pick, pair{m.Key, m.Typed()})
		}
	}
	return e
}

func keyElement(key string) element { return elementOf(&plan.Step{Key: key}) }

// named is the element of a list that has the name.
func named(name string) element {
	return elementOf(&plan.Step{Of: plan.Element, Key: "name", Value: name})
}

// place returns where an element stands that has no name.
func (e element) place() (int, bool) {
	if len(e.pick) != 1 || e.pick[0].key != "" {
		return 0, false
	}
	at, ok := e.pick[0].value.(int64)
	return int(at), ok
}

// pointer adds a part to a JSON pointer.
func pointer(at, part string) string {
	return at + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(part)
}

// name is what the value at the end of the path goes by: its key, or the name of the entry that it is the value of.
func (p fieldPath) name() string {
	for i := len(p) - 1; i >= 0; i-- {
		if p[i].key != "" && p[i].key != "value" {
			return p[i].key
		}
		for _, pick := range p[i].pick {
			if s, ok := pick.value.(string); ok && pick.key == "name" {
				return s
			}
		}
	}
	return ""
}

package plan

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// Apply makes the changes in an object, a JSON value as unmarshalled into any, which is changed in place. What is not
// there is not removed, and that is no error.
func Apply(object map[string]any, fields []Field) error {
	for i := range fields {
		f := &fields[i]
		steps, err := ParsePath(f.Path)
		if err != nil {
			return fmt.Errorf("change %s: %w", f.Path, err)
		}
		if _, err = change(object, steps, f); err != nil {
			return fmt.Errorf("change %s: %w", f.Path, err)
		}
	}
	return nil
}

// gone stands for a value that is removed.
type gone struct{}

// change returns what is at the place afterwards.
func change(at any, steps []Step, f *Field) (any, error) {
	if len(steps) == 0 {
		if f.Remove {
			return gone{}, nil
		}
		return f.Value, nil
	}
	if f.Remove && at == nil {
		return nil, nil
	}
	if steps[0].Of == Member {
		return changeMap(at, steps, f)
	}
	return changeList(at, steps, f)
}

func changeMap(at any, steps []Step, f *Field) (any, error) {
	m, ok := at.(map[string]any)
	if !ok && at != nil {
		return nil, fmt.Errorf("%s is asked of a value that is no map", steps[0].Key)
	}
	old, found := m[steps[0].Key]
	if f.Remove && !found {
		return at, nil
	}
	value, err := change(old, steps[1:], f)
	if err != nil {
		return nil, err
	}
	if _, remove := value.(gone); remove {
		delete(m, steps[0].Key)
		return m, nil
	}
	if m == nil {
		m = map[string]any{}
	}
	m[steps[0].Key] = value
	return m, nil
}

func changeList(at any, steps []Step, f *Field) (any, error) {
	list, ok := at.([]any)
	if !ok && at != nil {
		return nil, fmt.Errorf("an element is asked of a value that is no list")
	}
	s := &steps[0]
	i := s.find(list)
	if i < 0 {
		return nil, fmt.Errorf("the list has %d elements: there is no place %d", len(list), s.Index)
	}
	if i == len(list) {
		if f.Remove {
			return at, nil
		}
		list = append(list, s.element())
	}
	value, err := change(list[i], steps[1:], f)
	if err != nil {
		return nil, err
	}
	if _, remove := value.(gone); remove {
		return append(list[:i:i], list[i+1:]...), nil
	}
	if m, ok := value.(map[string]any); ok && len(steps) == 1 && s.Of == Element {
		value = s.merged(m)
	}
	list[i] = value
	return list, nil
}

// find returns the place of the element, that past the end when it is to be appended, and -1 when it cannot be.
func (s *Step) find(list []any) int {
	if s.Of == Place {
		if s.Index > len(list) {
			return -1
		}
		return s.Index
	}
	for i, e := range list {
		if m, ok := e.(map[string]any); ok && s.Of == Element && s.Picks(m) {
			return i
		}
	}
	return len(list)
}

// Picks reports whether an element of a list is the one.
func (s *Step) Picks(m map[string]any) bool {
	return !slices.ContainsFunc(s.Matches(), func(x Match) bool { return m[x.Key] == nil || text(m[x.Key]) != x.Value })
}

// element is what is appended where there is none.
func (s *Step) element() any {
	if s.Of == Place {
		return nil
	}
	return s.merged(nil)
}

// merged is an element with its keys.
func (s *Step) merged(m map[string]any) map[string]any {
	out := map[string]any{}
	for _, x := range s.Matches() {
		out[x.Key] = x.Typed()
	}
	maps.Copy(out, m)
	return out
}

func text(v any) string {
	if f, ok := v.(float64); ok {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

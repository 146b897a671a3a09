package change

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/fn9s/fn9s/kube/plan"
)

// Op is one operation of a JSON patch (RFC 6902).
type Op struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value"`
}

// touch is one path of an object that a change makes different.
type touch struct {
	path   fieldPath
	old    any
	hadOld bool
	now    any
	hasNow bool
	made   []string // parents that were made on the way, outermost first
	at     *int     // where an element that was taken away stood in its list
	secret bool
}

// editor changes an object in memory, and writes down how a server can be told to do the same.
type editor struct {
	object  object
	ops     []Op
	touches []touch
	// appended says that a list grew: what else was appended meanwhile does not show in a test of old values.
	appended bool
	tested   map[string]bool
}

func newEditor(o object) *editor { return &editor{object: cloneObject(o), tested: map[string]bool{}} }

// set makes a field what it is to be. A field that is so already changes nothing.
func (e *editor) set(f *plan.Field) error {
	path, err := parsePath(f.Path)
	if err != nil {
		return err
	}
	value, err := normal(f.Value)
	if err != nil {
		return fmt.Errorf("%s: %w", f.Path, err)
	}
	if f.Remove || value == nil {
		return e.remove(path, f.Secret, false)
	}
	if value, err = leaf(path[len(path)-1], value); err != nil {
		return fmt.Errorf("%s: %w", f.Path, err)
	}
	w, err := e.walk(path)
	if err != nil {
		return err
	}
	if w.missing >= 0 {
		return e.add(path, w, value, f.Secret, nil)
	}
	if equal(w.found, value) {
		return nil
	}
	old := clone(w.found)
	e.guard(w)
	e.ops = append(e.ops, Op{"test", w.pointer, old}, Op{"replace", w.pointer, clone(value)})
	w.put(clone(value))
	e.touch(&touch{path: path, old: old, hadOld: true, now: value, hasNow: true, secret: f.Secret})
	return nil
}

// leaf merges the value of an element of a list over the keys that the element is known by.
func leaf(last element, value any) (any, error) {
	if _, placed := last.place(); placed || len(last.pick) == 0 {
		return value, nil
	}
	m, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("an element that is known by a key must be an object")
	}
	for _, p := range last.pick {
		m[p.key] = p.value
	}
	return m, nil
}

// remove takes a field away. With bare it goes only when nothing is left in it.
func (e *editor) remove(path fieldPath, secret, bare bool) error {
	w, err := e.walk(path)
	if err != nil || w.missing >= 0 || bare && !isBare(path[len(path)-1], w.found) {
		return err
	}
	old := clone(w.found)
	e.guard(w)
	e.ops = append(e.ops, Op{"test", w.pointer, old}, Op{Op: "remove", Path: w.pointer})
	w.drop()
	t := &touch{path: path, old: old, hadOld: true, secret: secret}
	if len(path[len(path)-1].pick) > 0 {
		at := w.at
		t.at = &at
	}
	e.touch(t)
	return nil
}

// revert makes a field what it was before it was touched. Parents that were made for it go when nothing else is in them.
func (e *editor) revert(t *touch) error {
	if !t.hadOld {
		if err := e.remove(t.path, t.secret, false); err != nil {
			return err
		}
		for _, m := range slices.Backward(t.made) {
			path, err := parsePath(m)
			if err != nil {
				return err
			}
			if err := e.remove(path, false, true); err != nil {
				return err
			}
		}
		return nil
	}
	w, err := e.walk(t.path)
	if err != nil {
		return err
	}
	if w.missing >= 0 {
		return e.add(t.path, w, clone(t.old), t.secret, t.at)
	}
	return e.set(&plan.Field{Path: t.path.String(), Value: t.old, Secret: t.secret})
}

// isBare reports whether nothing is left of a parent but what it is known by.
func isBare(last element, v any) bool {
	switch v := v.(type) {
	case map[string]any:
		if _, placed := last.place(); placed {
			return len(v) == 0
		}
		return len(v) == len(last.pick)
	case []any:
		return len(v) == 0
	}
	return false
}

// add makes a field, and what is missing on the way to it. An element goes to the place in its list that is asked for, or
// to the end.
func (e *editor) add(path fieldPath, w *walked, value any, secret bool, at *int) error {
	var made []string
	built := clone(value)
	for i := len(path) - 1; i > w.missing; i-- {
		made = append(made, path[:i].String())
		parent, err := wrap(path[i], built)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if len(path[i-1].pick) > 0 {
			if parent, err = leaf(path[i-1], parent); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
		}
		built = parent
	}
	slices.Reverse(made)
	e.guard(w)
	if len(path[w.missing].pick) > 0 {
		e.appended = true
		list, _ := w.found.([]any)
		to, where := len(list), "-"
		if at != nil && *at < len(list) {
			to, where = *at, strconv.Itoa(*at)
		}
		e.ops = append(e.ops, Op{"add", w.pointer + "/" + where, clone(built)})
		w.put(slices.Insert(slices.Clone(list), to, built))
	} else {
		to := pointer(w.pointer, path[w.missing].key)
		e.ops = append(e.ops, Op{"test", to, nil}, Op{"add", to, clone(built)})
		w.last[path[w.missing].key] = built
	}
	e.touch(&touch{path: path, now: value, hasNow: true, made: made, secret: secret})
	return nil
}

// wrap puts a value under an element: into a new object, or into a new list.
func wrap(e element, v any) (any, error) {
	if len(e.pick) == 0 {
		return map[string]any{e.key: v}, nil
	}
	v, err := leaf(e, v)
	return []any{v}, err
}

// touch keeps one entry for a path: the first old value, the last new one.
func (e *editor) touch(t *touch) {
	text := t.path.String()
	for i := range e.touches {
		have := &e.touches[i]
		if have.path.String() == text {
			have.now, have.hasNow, have.secret = t.now, t.hasNow, have.secret || t.secret
			return
		}
	}
	t.now = clone(t.now)
	e.touches = append(e.touches, *t)
}

// guard tests that elements of lists still are where they were found.
func (e *editor) guard(w *walked) {
	for _, op := range w.guards {
		key := op.Path + "=" + fmt.Sprint(op.Value)
		if !e.tested[key] {
			e.tested[key] = true
			e.ops = append(e.ops, op)
		}
	}
}

// walked is how far a path leads into an object.
type walked struct {
	missing int    // the first part that is not there; -1: all are
	pointer string // of what was found last
	found   any
	guards  []Op
	put     func(any) // replaces what was found last
	drop    func()    // takes it away
	last    map[string]any
	at      int // where the last element stands in its list
}

func (e *editor) walk(path fieldPath) (*walked, error) {
	w := &walked{missing: -1, found: e.object, put: func(any) {}, drop: func() {}}
	for i, part := range path {
		if len(part.pick) > 0 {
			at, err := w.intoList(part)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", path[:i+1], err)
			}
			if at < 0 {
				w.missing = i
				return w, nil
			}
			continue
		}
		m, ok := w.found.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("%s is no object", path[:i])
		}
		got, there := child(m, part.key)
		if !there {
			w.missing, w.last = i, m
			return w, nil
		}
		w.found, w.pointer = got, pointer(w.pointer, part.key)
		w.put = func(v any) { m[part.key] = v }
		w.drop = func() { delete(m, part.key) }
	}
	return w, nil
}

// intoList goes to the element that the selector means; -1: there is none.
func (w *walked) intoList(part element) (int, error) {
	list, ok := w.found.([]any)
	if !ok {
		return 0, fmt.Errorf("it is no list")
	}
	at, err := pick(list, part)
	if at < 0 || err != nil {
		return at, err
	}
	put := w.put
	w.at = at
	w.pointer += "/" + strconv.Itoa(at)
	_, placed := part.place()
	for _, p := range part.pick {
		if placed {
			break // the old values below it are tested
		}
		w.guards = append(w.guards, Op{"test", pointer(w.pointer, p.key), p.value})
	}
	w.found = list[at]
	w.put = func(v any) { list[at] = v }
	w.drop = func() { put(append(list[:at:at], list[at+1:]...)) }
	return at, nil
}

// pick finds the one element with these keys, or at this place; -1: there is none.
func pick(list []any, part element) (int, error) {
	if at, placed := part.place(); placed {
		switch {
		case at < len(list):
			return at, nil
		case at > len(list):
			return 0, fmt.Errorf("there is no place %d among %d", at, len(list))
		}
		return -1, nil
	}
	picks, found := part.pick, -1
	for i, e := range list {
		matches := true
		for _, p := range picks {
			v, ok := child(e, p.key)
			matches = matches && ok && equal(v, p.value)
		}
		if matches && found >= 0 {
			return 0, fmt.Errorf("several elements are so")
		}
		if matches {
			found = i
		}
	}
	return found, nil
}

// lookup returns what is at a path, and whether there is something.
func lookup(o object, path fieldPath) (any, bool) {
	var v any = o
	for _, part := range path {
		if len(part.pick) > 0 {
			list, _ := v.([]any)
			at, err := pick(list, part)
			if at < 0 || err != nil {
				return nil, false
			}
			v = list[at]
			continue
		}
		var ok bool
		if v, ok = child(v, part.key); !ok {
			return nil, false
		}
	}
	return v, true
}

package snapshot

import "github.com/fn9s/fn9s/security/model"

// Mark is what queries read of the marks of one object: a small value that depends on who wrote the object and on its
// own labels. An object's marks count as others only when one of the Marks is, so that a label nobody reads has nothing
// judged again. Only controls that say so may read Marks: see check.Control. Make Marks once, as package variables.
type Mark[V any] struct{ of func(*model.Header) V }

// NewMark returns a mark.
func NewMark[V any](of func(*model.Header) V, equal func(a, b V) bool) *Mark[V] {
	objectMarks = append(objectMarks, func(a, b *model.Header) bool { return equal(of(a), of(b)) })
	return &Mark[V]{of}
}

// Get returns the mark of an object, and false where it is not there.
func (m *Mark[V]) Get(r *Reader, ref model.Ref) (v V, ok bool) {
	if r.tracked && len(r.frames) > 0 {
		r.read(marksOf(r, ref), true)
	}
	o := r.Get(ref)
	if o == nil {
		return v, false
	}
	return m.of(o.Head()), true
}

// FunctionMark is the same of functions: who changed them.
type FunctionMark[V any] struct{ of func(*model.Function) V }

// NewFunctionMark returns a mark.
func NewFunctionMark[V any](of func(*model.Function) V, equal func(a, b V) bool) *FunctionMark[V] {
	functionMarks = append(functionMarks, func(a, b *model.Function) bool { return equal(of(a), of(b)) })
	return &FunctionMark[V]{of}
}

// Get returns the mark of a function, and false where it is not there.
func (m *FunctionMark[V]) Get(r *Reader, key model.FunctionKey) (v V, ok bool) {
	if r.tracked && len(r.frames) > 0 {
		r.read(marksOf(r, key), true)
	}
	f := r.Function(key)
	if f == nil {
		return v, false
	}
	return m.of(f), true
}

var (
	objectMarks   []func(a, b *model.Header) (same bool)
	functionMarks []func(a, b *model.Function) (same bool)
)

func sameMarks[T any](all []func(a, b T) bool, a, b T) bool {
	for _, same := range all {
		if !same(a, b) {
			return false
		}
	}
	return true
}

package snapshot

import (
	"encoding/json"
	"fmt"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
)

// Kind is a kind of objects that controls read. Several families may read one kind, each with facts of its own.
type Kind struct {
	schema.GroupKind
	// Plural is the resource name in URLs; empty: Plural(Kind).
	Plural string
	// Versions in order of preference; none: the one that the server prefers.
	Versions []string
	Cluster  bool // cluster-scoped
	// Reader names the facts: `rbac`, `istio`. FactsOf asks for it.
	Reader string
	// Decode returns what is kept of an object, as a small value; nil keeps nothing beyond the header. It is given
	// hostile input: a malformed object gives an error, never a panic. Nil Decode keeps the header alone.
	Decode func(*Raw) (any, error)
	// Settled: Decode reads nothing of the object's status. It may be given the object without, and is not asked again
	// where nothing else changed.
	Settled bool
	// Chosen: whether Decode keeps anything does not rest on the object's status, though what it keeps may.
	Chosen bool
}

// Raw is one object as it came from the API server or a file.
type Raw struct {
	Header *model.Header
	// Typed is the decoded object of a built-in kind (*rbacv1.Role …), after the defaults of the API. JSON is the
	// whole object of any other kind. What is kept of JSON must be copied.
	Typed runtime.Object
	JSON  []byte
	// Content are the parts of a Secret's data that may be looked at, Key makes hashes of values that compare within one
	// run and nowhere else.
	Content model.Content
	Key     []byte
}

// Text returns the whole object as JSON, whichever way it came.
func (r *Raw) Text() ([]byte, error) {
	if r.JSON != nil {
		return r.JSON, nil
	}
	text, err := json.Marshal(r.Typed)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", r.Header.Ref, err)
	}
	return text, nil
}

// JSON makes a Decode function that unmarshals the whole object into a T, which names the fields that are kept.
func JSON[T any]() func(*Raw) (any, error) {
	return func(raw *Raw) (any, error) {
		value := new(T)
		if err := json.Unmarshal(raw.JSON, value); err != nil {
			return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
		}
		return value, nil
	}
}

// Typed makes a Decode function for a built-in kind.
func Typed[T runtime.Object, V any](keep func(T) V) func(*Raw) (any, error) {
	return func(raw *Raw) (any, error) {
		o, ok := raw.Typed.(T)
		if !ok {
			return nil, fmt.Errorf("read %s: unexpected type %T", raw.Header.Ref, raw.Typed)
		}
		return keep(o), nil
	}
}

// FactsOf returns what the reader's Decode kept of the object; ok is false when it kept nothing, as of an object that
// was malformed.
func FactsOf[T any](o model.Object, reader string) (value T, ok bool) {
	if o == nil {
		return value, false
	}
	value, ok = o.Head().FactsOf(FactsName(reader)).(T)
	return value, ok
}

// FactsName is the name under which a reader's facts are kept in a header, apart from those of the adapters.
func FactsName(reader string) string { return factsPrefix + reader }

const factsPrefix = "posture/"

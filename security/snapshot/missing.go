package snapshot

import (
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Missing is something that could not be read, or could not be decided.
type Missing struct {
	Verb, Group, Resource, Namespace string
	// Reason is `forbidden`, `loading`, `may be elsewhere`, or, without a Resource, a whole sentence.
	Reason string
}

// String is for operators: `cannot list rolebindings in fns: forbidden`.
func (m Missing) String() string {
	if m.Resource == "" {
		return m.Reason
	}
	var b strings.Builder
	b.WriteString("cannot " + m.Verb + " " + m.Resource)
	if m.Group != "" {
		b.WriteString("." + m.Group)
	}
	if m.Namespace != "" {
		b.WriteString(" in " + m.Namespace)
	}
	b.WriteString(": " + m.Reason)
	return b.String()
}

// Hidden reports whether there may be objects of a kind in a namespace (empty: anywhere) that cannot be seen, and
// what is missing to see them.
func (r *Reader) Hidden(kind schema.GroupKind, namespace string) (Missing, bool) {
	coverage := r.Coverage(kind, namespace)
	if coverage == Seen || coverage == Absent {
		return Missing{}, false
	}
	m := Missing{Verb: "list", Group: kind.Group, Resource: Plural(kind.Kind), Namespace: namespace}
	switch coverage {
	case Denied:
		m.Reason = "forbidden"
	case Loading:
		m.Reason = "still loading"
	}
	return m, true
}

// Plural returns the resource name of a kind, by the rules that Kubernetes uses for its own.
func Plural(kind string) string {
	lower := strings.ToLower(kind)
	switch {
	case lower == "endpoints":
		return lower
	case strings.HasSuffix(lower, "s"), strings.HasSuffix(lower, "x"), strings.HasSuffix(lower, "ch"):
		return lower + "es"
	case strings.HasSuffix(lower, "y") && !strings.HasSuffix(lower, "ay") && !strings.HasSuffix(lower, "ey"):
		return strings.TrimSuffix(lower, "y") + "ies"
	default:
		return lower + "s"
	}
}

package rotate

import (
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/workshop"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/screen"
)

// holder names what holds values, for people: `Secret shop/db`, `Action guest/shop/checkout`.
func holder(ref model.Ref) string {
	if workshop.Keeps(ref) {
		return text.Clean(ref.Kind + " " + short(ref))
	}
	return text.Clean("Secret " + ref.Namespace + "/" + ref.Name)
}

// short is the name alone; of what a connector leads to without the connector's.
func short(ref model.Ref) string {
	if _, name, ok := strings.Cut(ref.Name, "/"); ok && workshop.Keeps(ref) {
		return name
	}
	return ref.Name
}

// titleOf is a candidate in the list.
func titleOf(c *screen.Candidate) string {
	if c.Kept > 0 {
		return holder(c.Ref)
	}
	return c.Ref.Namespace + "/" + c.Ref.Name
}

// keptAbout says what is known of values that a function keeps itself.
func keptAbout(ref model.Ref, values int) string {
	connector, _, _ := strings.Cut(ref.Name, "/")
	return counted(values, "value") + " · kept by the function itself · through connector " + connector
}

// pods reports whether pods may have to restart for the new values.
func (s *Screen) pods() bool {
	return slices.ContainsFunc(s.forms, func(f *form) bool { return !workshop.Keeps(f.ref) })
}

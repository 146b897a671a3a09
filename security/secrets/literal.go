package secrets

import (
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Literal is a credential that stands as text where a function is declared or run. Its value is not known.
type Literal struct {
	Object model.Ref
	Path   string
	Name   string // of the variable or key; empty where it has none
}

// Literals lists those in the settings of a function.
func Literals(r *snapshot.Reader, key model.FunctionKey) []Literal {
	var all []Literal
	for _, p := range textsOf.Get(r, key).settings {
		if !p.Copied {
			all = append(all, Literal{Object: p.At.Object, Path: p.At.Path, Name: p.Name})
		}
	}
	return all
}

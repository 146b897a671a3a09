package frameworks

import (
	"slices"

	"github.com/fn9s/fn9s/security/model"
)

const (
	maxOwners      = 32 // in all
	maxOwnerLevels = 8
)

// Owners lists the objects that own the object, nearest first, through any number of owners that the index holds.
func Owners(x Index, object model.Ref) []model.Ref {
	var all []model.Ref
	level := []model.Ref{object}
	for range maxOwnerLevels {
		var next []model.Ref
		for _, ref := range level {
			o := x.Get(ref)
			if o == nil {
				continue
			}
			for _, w := range o.Head().Owners {
				owner := model.Ref{Group: w.Group, Kind: w.Kind, Namespace: ref.Namespace, Name: w.Name}
				if owner == object || slices.Contains(all, owner) {
					continue
				}
				if all = append(all, owner); len(all) == maxOwners {
					return all
				}
				next = append(next, owner)
			}
		}
		if len(next) == 0 {
			return all
		}
		level = next
	}
	return all
}

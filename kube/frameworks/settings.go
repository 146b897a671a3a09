package frameworks

import (
	"slices"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Keeper is implemented by adapters whose framework keeps values in functions themselves, and has an API to change them.
type Keeper interface {
	Settings(f *model.Function, objects plan.Objects) plan.Settings
}

// Settings asks the function's adapter for the values that the function itself keeps; none where it keeps none.
func Settings(all []Framework, f *model.Function, objects plan.Objects) plan.Settings {
	i := slices.IndexFunc(all, func(a Framework) bool { return a.Name() == f.Key.Framework })
	if i >= 0 {
		if k, ok := all[i].(Keeper); ok {
			return k.Settings(f, objects)
		}
	}
	return plan.Settings{}
}

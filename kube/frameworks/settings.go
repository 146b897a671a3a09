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
	if k, ok := keeper(all, f); ok {
		return k.Settings(f, objects)
	}
	return plan.Settings{}
}

// NoSettings says why nobody can tell which values a function itself keeps, as functions of its framework do; empty: its
// framework hands Secrets to functions, or the API is known that tells.
func NoSettings(all []Framework, f *model.Function) string {
	if _, ok := keeper(all, f); ok && f.Record.IsZero() && !f.Opaque {
		return "no connector leads to the API that its values could be changed through"
	}
	return ""
}

func keeper(all []Framework, f *model.Function) (Keeper, bool) {
	i := slices.IndexFunc(all, func(a Framework) bool { return a.Name() == f.Key.Framework })
	if i < 0 {
		return nil, false
	}
	k, ok := all[i].(Keeper)
	return k, ok
}

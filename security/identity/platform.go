package identity

import (
	"slices"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
)

// governs reports whether it is the task of what is judged to rule a namespace: that of a control plane, over its own
// namespace and those of its functions. An account that every pod there may run as has no such task.
func governs(e *check.Eval, a *Account, namespace string) bool {
	framework, ok := e.F.Key.Component()
	if !ok || namespace == "" || a.Name == "default" {
		return false
	}
	return namespace == e.F.Key.Namespace ||
		slices.ContainsFunc(e.Functions(namespace), func(f *model.Function) bool { return f.Key.Framework == framework })
}

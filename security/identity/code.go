package identity

import (
	"slices"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/snapshot"
)

// code is a ConfigMap that a function runs on; without a name its framework keeps the source in one of its own.
type code struct {
	function  model.FunctionKey
	title     string
	configMap string
}

// codes lists what the functions of a namespace (empty: of the cluster) run on, in their order.
var codes = snapshot.NewQuery("ConfigMaps that functions run on", func(r *snapshot.Reader, namespace string) []code {
	var all []code
	for _, f := range r.Functions(namespace) {
		for _, ref := range f.References {
			if ref.Kind == "ConfigMap" {
				all = append(all, code{f.Key, f.Name(), ref.Name})
			}
		}
		if f.Key.Framework == kubeless && f.Source.Kind == "inline" {
			all = append(all, code{f.Key, f.Name(), ""})
		}
	}
	return all
}, slices.Equal[[]code]).Eager()

// writesCode: what matters are ConfigMaps that functions of the scope read.
func writesCode(a *asked) (check.Severity, string, bool) {
	names, own := a.names(), false
	all := codes.Get(a.Reader, a.scope.Namespace)
	for i := range all {
		c := &all[i]
		switch {
		case !a.unlimited() && (c.configMap == "" || !slices.Contains(names, c.configMap)):
		case c.function == a.F.Key:
			own = own || c.configMap != ""
		case c.configMap == "":
			return check.High, "the code of function " + c.title + " lies in a ConfigMap", true
		default:
			return check.High, "ConfigMap " + c.configMap + " belongs to function " + c.title, true
		}
	}
	return check.Medium, "the function's own configuration is among them", own
}

// residents lists two functions of a namespace (empty: of the cluster): one of them is a neighbour of any function.
var residents = snapshot.NewQuery("whether a function has neighbours", func(r *snapshot.Reader, namespace string) []model.FunctionKey {
	var two []model.FunctionKey
	for _, f := range r.Functions(namespace) {
		if f.Opaque {
			continue
		}
		if two = append(two, f.Key); len(two) == 2 {
			break
		}
	}
	return two
}, slices.Equal[[]model.FunctionKey]).Eager()

func redirects(a *asked) (check.Severity, string, bool) {
	other := func(key model.FunctionKey) bool { return key != a.F.Key }
	if a.scope.Any.Has(rbac.WriteEndpoints) && slices.ContainsFunc(residents.Get(a.Reader, a.scope.Namespace), other) {
		return check.High, "endpoints of other functions are among them", true
	}
	return check.Medium, "", true
}

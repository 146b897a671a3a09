package rbac

import (
	"slices"

	"github.com/fn9s/fn9s/security/snapshot"
)

// secretReads are the verbs that give the values of Secrets.
var secretReads = []string{"get", "list", "watch"}

// NamedSecrets lists the names of Secrets that rules of roles which are bound in a namespace name one by one, sorted.
var NamedSecrets = snapshot.NewQuery("Secrets that roles name", func(r *snapshot.Reader, namespace string) []string {
	var names []string
	for _, i := range []index{global.Get(r, struct{}{}), local.Get(r, namespace)} {
		for _, all := range i {
			for _, b := range all {
				for _, rule := range RoleOf.Get(r, b.role).Rules {
					if len(rule.ResourceNames) > 0 && (slices.Contains(rule.Resources, "secrets") || slices.Contains(rule.Resources, "*")) {
						names = append(names, rule.ResourceNames...)
					}
				}
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}, slices.Equal)

// SecretReaders lists who may read the values of a Secret by get, list or watch, and what could not be read. Without a
// name it is who may read all of the namespace.
func SecretReaders(r *snapshot.Reader, namespace, name string) ([]Able, []snapshot.Missing) {
	ways := map[Holder][]Via{}
	var missing []snapshot.Missing
	for _, verb := range secretReads {
		able, m := WhoCan(r, Attributes{Verb: verb, Resource: "secrets", Name: name, Namespace: namespace})
		for _, a := range able {
			for _, v := range a.Via {
				if !slices.Contains(ways[a.Holder], v) {
					ways[a.Holder] = append(ways[a.Holder], v)
				}
			}
		}
		for _, one := range m {
			if !slices.Contains(missing, one) {
				missing = append(missing, one)
			}
		}
	}
	return sortWays(ways), missing
}

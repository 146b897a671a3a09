package inspect

import (
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/client"
)

// Kind is a kind that a cluster serves.
type Kind struct {
	Name       string // plural with its group, unambiguous: `deployments.apps`, `pods`
	Kind       string
	Version    string   // the preferred one
	Words      []string // what it is also called: plural, singular, short names
	Namespaced bool
}

func kindOf(a client.API) Kind {
	k := Kind{Name: a.Resource, Kind: a.Kind, Version: a.Version, Words: append([]string{a.Resource}, a.ShortNames...), Namespaced: a.Namespaced}
	if a.Group != "" {
		k.Name += "." + a.Group
	}
	if a.Singular != "" {
		k.Words = append(k.Words, a.Singular)
	}
	return k
}

// Served returns the kinds that a word can mean in a context. Several when groups share the word and none of them is
// built in.
func (r *Reader) Served(contextName, word string) []Kind {
	c, ok := r.clusters.Cluster(contextName)
	if !ok || c.APIs() == nil {
		return nil
	}
	found := c.APIs().Named(word)
	if len(found) > 1 && (strings.Contains(word, ".") || builtInGroup(found[0].Group)) {
		found = found[:1]
	}
	kinds := make([]Kind, 0, len(found))
	for _, a := range found {
		kinds = append(kinds, kindOf(a))
	}
	return kinds
}

// All lists every kind that can be listed, by name.
func (r *Reader) All(contextName string) []Kind {
	c, ok := r.clusters.Cluster(contextName)
	if !ok || c.APIs() == nil {
		return nil
	}
	var kinds []Kind
	for _, a := range c.APIs().All() {
		if a.Can("list") {
			kinds = append(kinds, kindOf(a))
		}
	}
	slices.SortFunc(kinds, func(a, b Kind) int { return strings.Compare(a.Name, b.Name) })
	return kinds
}

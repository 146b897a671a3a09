package security

import (
	"slices"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/artifact"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/framework"
	"github.com/fn9s/fn9s/security/identity"
	"github.com/fn9s/fn9s/security/mesh"
	"github.com/fn9s/fn9s/security/network"
	"github.com/fn9s/fn9s/security/pods"
	"github.com/fn9s/fn9s/security/secrets"
	"github.com/fn9s/fn9s/security/snapshot"
)

// catalogue holds the controls in their order. Tests of one family are no reason to make all of it: it is made once.
var catalogue = sync.OnceValue(func() []*check.Control {
	all := slices.Concat(identity.Controls(), network.Controls(), mesh.Controls(), secrets.Controls(), pods.Controls(),
		artifact.Controls(), framework.Controls(), []check.Control{badException})
	var built []*check.Control
	for i := range all {
		if how, general := onComponents[all[i].ID]; general {
			all[i].Platform = onWorkloads(&all[i], how)
		}
		if all[i].Check != nil {
			built = append(built, &all[i])
		}
	}
	slices.SortFunc(built, check.Compare)
	return built
})

// Catalogue lists all controls, by family and number. The slice and what it points to must not be changed.
func Catalogue() []*check.Control { return catalogue() }

// Control returns the control of that id, in any case of its letters, and whether there is one.
func Control(id string) (*check.Control, bool) {
	id = strings.ToUpper(strings.TrimSpace(id))
	for _, c := range Catalogue() {
		if c.ID == id {
			return c, true
		}
	}
	return nil, false
}

// scoped lists the controls of each scope.
var scoped = sync.OnceValue(func() map[check.Scope][]*check.Control {
	m := map[check.Scope][]*check.Control{}
	for _, c := range Catalogue() {
		m[c.Scope] = append(m[c.Scope], c)
		if c.Platform != nil && c.Scope != check.ScopePlatform {
			m[check.ScopePlatform] = append(m[check.ScopePlatform], c)
		}
		if c.Cluster != nil && c.Scope != check.ScopeCluster {
			m[check.ScopeCluster] = append(m[check.ScopeCluster], c)
		}
	}
	return m
})

// Scoped lists the controls of a scope, in the order of Catalogue: that of Posture.Verdicts.
func Scoped(s check.Scope) []*check.Control { return scoped()[s] }

// Kinds lists the kinds that the controls read, besides the framework's own: each once per reader, though several
// families may need it.
func Kinds() []snapshot.Kind {
	type reading struct {
		kind   schema.GroupKind
		reader string
	}
	seen := map[reading]bool{}
	var kinds []snapshot.Kind
	for _, k := range slices.Concat(identity.Kinds(), network.Kinds(), mesh.Kinds(), secrets.Kinds(), pods.Kinds(),
		artifact.Kinds(), framework.Kinds()) {
		if at := (reading{k.GroupKind, k.Reader}); !seen[at] {
			seen[at] = true
			kinds = append(kinds, k)
		}
	}
	return kinds
}

// GroupKinds lists the kinds of Kinds, each once.
func GroupKinds() []schema.GroupKind {
	var all []schema.GroupKind
	for _, k := range Kinds() {
		if !slices.Contains(all, k.GroupKind) {
			all = append(all, k.GroupKind)
		}
	}
	return all
}

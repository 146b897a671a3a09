package cluster

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/store"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/service"
)

// A cluster has an EndpointSlice per Service that says nothing new.
func TestSlicesOfTheClusterItselfAreNotRead(t *testing.T) {
	list := wishes(all.BuiltIn(), security.Kinds())
	i := slices.IndexFunc(list, func(w wish) bool { return w.kind == service.SliceKind })
	require.GreaterOrEqual(t, i, 0)
	assert.Equal(t, "endpointslice.kubernetes.io/managed-by!=endpointslice-controller.k8s.io", list[i].labels)
}

// Readers of controls take built-in kinds as their types: what is read as JSON is nothing to them.
func TestBuiltInKindsAreReadAsTheirTypes(t *testing.T) {
	typed := map[schema.GroupKind]bool{}
	for _, w := range wishes(all.BuiltIn(), security.Kinds()) {
		typed[w.kind] = w.form == client.Typed
		if store.BuiltIn(w.kind.WithVersion("v1")) && w.form != client.Metadata && w.form != client.Rows {
			assert.True(t, typed[w.kind], w.kind)
		}
	}
	for _, kind := range []schema.GroupKind{rbac.RoleKind, rbac.ClusterRoleKind, rbac.RoleBindingKind, rbac.ClusterRoleBindingKind, rbac.AccountKind} {
		assert.True(t, typed[kind], kind)
	}
}

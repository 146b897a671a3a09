package cluster

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/service"
)

// A cluster has an EndpointSlice per Service that says nothing new.
func TestSlicesOfTheClusterItselfAreNotRead(t *testing.T) {
	list := wishes(all.BuiltIn(), security.Kinds())
	i := slices.IndexFunc(list, func(w wish) bool { return w.kind == service.SliceKind })
	require.GreaterOrEqual(t, i, 0)
	assert.Equal(t, "endpointslice.kubernetes.io/managed-by!=endpointslice-controller.k8s.io", list[i].labels)
}

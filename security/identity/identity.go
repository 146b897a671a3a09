// Package identity judges ServiceAccounts and what they may do.
//
// Its one rule: permissions are what the API server would grant, groups and aggregation included; a name proves nothing.
package identity

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Controls lists the controls of the family.
func Controls() []check.Control { return slices.Concat(accounts, bindings, rightsInside, rightsAround) }

// Kinds lists what the controls read besides what every snapshot holds.
func Kinds() []snapshot.Kind {
	return slices.Concat(rbac.Kinds(), parameterKinds(), []snapshot.Kind{{GroupKind: webhookKind, Reader: "identity", Cluster: true}, rbac.Definitions})
}

var (
	podKind           = schema.GroupKind{Kind: "Pod"}
	secretKind        = schema.GroupKind{Kind: "Secret"}
	serviceKind       = schema.GroupKind{Kind: "Service"}
	namespaceKind     = schema.GroupKind{Kind: "Namespace"}
	networkPolicyKind = schema.GroupKind{Group: "networking.k8s.io", Kind: "NetworkPolicy"}
	nodeKind          = schema.GroupKind{Kind: "Node"}
	webhookKind       = schema.GroupKind{Group: "admissionregistration.k8s.io", Kind: "MutatingWebhookConfiguration"}
)

// Names of frameworks, as the adapters give them.
const (
	kyma     = "kyma"
	fission  = "fission"
	fetcher  = "fission-fetcher" // the account of all functions of Fission, made by its chart
	kubeless = "kubeless"
	nuclio   = "nuclio"
	openfaas = "openfaas"
	knative  = "knative"
)

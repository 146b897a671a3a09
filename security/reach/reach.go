// Package reach says who can talk to whom: it reads NetworkPolicy, AdminNetworkPolicy, BaselineAdminNetworkPolicy and
// ClusterNetworkPolicy by their definitions.
//
// Its one rule: a flow needs egress at its source and ingress at its destination, and what the definitions leave open
// stays open in the answer.
package reach

import (
	"net/netip"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// reader is the name of the facts.
const reader = "reach"

// nameLabel is on every namespace; the API server sets it.
const nameLabel = "kubernetes.io/metadata.name"

// The kinds that answers depend on.
var (
	NetworkPolicies = schema.GroupKind{Group: "networking.k8s.io", Kind: "NetworkPolicy"}
	adminPolicies   = schema.GroupKind{Group: "policy.networking.k8s.io", Kind: "AdminNetworkPolicy"}
	baselines       = schema.GroupKind{Group: "policy.networking.k8s.io", Kind: "BaselineAdminNetworkPolicy"}
	clusterPolicies = schema.GroupKind{Group: "policy.networking.k8s.io", Kind: "ClusterNetworkPolicy"}
	nodes           = schema.GroupKind{Kind: "Node"}
	namespaces      = schema.GroupKind{Kind: "Namespace"}
	podKind         = schema.GroupKind{Kind: "Pod"}
)

// Kinds lists what answers depend on, besides what every snapshot holds.
func Kinds() []snapshot.Kind {
	kinds := []snapshot.Kind{
		{GroupKind: NetworkPolicies, Versions: []string{"v1"}, Reader: reader,
			Decode: decodeNetworkPolicy},
		{GroupKind: adminPolicies, Versions: []string{"v1alpha1"}, Cluster: true, Reader: reader, Decode: adminDecoder(adminNetworkPolicy)},
		{GroupKind: baselines, Versions: []string{"v1alpha1"}, Cluster: true, Reader: reader, Decode: adminDecoder(baselineAdminNetworkPolicy)},
		{GroupKind: clusterPolicies, Versions: []string{"v1alpha2"}, Cluster: true, Reader: reader, Decode: adminDecoder(clusterNetworkPolicy)},
		{GroupKind: nodes, Versions: []string{"v1"}, Cluster: true, Reader: reader, Decode: snapshot.Typed(node)},
	}
	for _, f := range foreignKinds {
		kinds = append(kinds, snapshot.Kind{
			GroupKind: f.GroupKind, Plural: f.plural, Cluster: f.cluster, Reader: reader, Decode: f.decode,
		})
	}
	return kinds
}

// Port is a port that a container declares.
type Port struct {
	Name     string
	Number   int32
	Protocol Protocol
}

// Pod is one end of a flow: a running pod, or what a template would run.
type Pod struct {
	Ref         model.Ref // the pod, or the object that the template stands in
	Namespace   string
	Labels      model.Labels
	Ports       []Port
	HostNetwork bool
	Address     netip.Addr // zero when it is not known
	// Groups are the security groups that Kube-OVN applies to the pod.
	Groups bool
	Live   bool
}

// Result is whether a flow is possible.
type Result uint8

// The results. Maybe: what decides is left to the network's implementation, such as a block of addresses that a pod's
// own address may lie in. Unknown: something that decides is not known.
const (
	Denied Result = iota
	Allowed
	Maybe
	Unknown
)

var results = [...]string{"denied", "allowed", "maybe", "unknown"}

func (r Result) String() string { return results[r] }

// Verdict is the answer for one flow.
type Verdict struct {
	Result Result
	// By are the policies that decide; none when nothing restricts the flow. Of an unknown flow it is those that make
	// it unknown.
	By []model.Ref
	// Missing is what could not be read.
	Missing []snapshot.Missing
}

// State is whether a pod is isolated in one direction.
type State uint8

// The states.
const (
	Open State = iota
	Closed
	Undecided
)

// Direction is one side of a pod.
type Direction uint8

// The directions.
const (
	Ingress Direction = iota
	Egress
)

func (d Direction) String() string { return [...]string{"ingress", "egress"}[d] }

// Isolated is what happens to flows of a pod that no rule names: the effective default.
type Isolated struct {
	Ingress, Egress Default
}

// Default is what happens in one direction. By are the policies that make it so.
type Default struct {
	State   State
	By      []model.Ref
	Missing []snapshot.Missing
	// Reason says why it is undecided when nothing is missing.
	Reason string
	// Policies are the network policies that isolate the pod, whatever the admin tiers make of it.
	Policies []*Policy
}

// Package rbac computes what a user, a group or a ServiceAccount may do, as the API server's RBAC authorizer would.
//
// Its one rule: an answer comes from the rules of the roles, never from their names. What could not be read is named
// beside the answer, and a "no" then means "not by what was read".
package rbac

import (
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// reader names the facts that this package keeps.
const reader = "rbac"

// The kinds that answers are computed from.
var (
	RoleKind               = schema.GroupKind{Group: rbacv1.GroupName, Kind: "Role"}
	ClusterRoleKind        = schema.GroupKind{Group: rbacv1.GroupName, Kind: "ClusterRole"}
	RoleBindingKind        = schema.GroupKind{Group: rbacv1.GroupName, Kind: "RoleBinding"}
	ClusterRoleBindingKind = schema.GroupKind{Group: rbacv1.GroupName, Kind: "ClusterRoleBinding"}
	AccountKind            = schema.GroupKind{Kind: "ServiceAccount"}
	secretKind             = schema.GroupKind{Kind: "Secret"}
)

// role is what is kept of a Role or a ClusterRole.
type role struct {
	rules []rbacv1.PolicyRule
	// selectors choose the ClusterRoles that this one is made of; aggregated says that there is such a rule.
	selectors  []labels.Selector
	aggregated bool
}

// binding is what is kept of a RoleBinding or a ClusterRoleBinding.
type binding struct {
	role     model.Ref // with the kind of the roleRef; without a kind where it is one that grants nothing
	subjects []rbacv1.Subject
}

// ServiceAccount is what is kept of a ServiceAccount.
type ServiceAccount struct {
	Automount   *bool    // nil where the account does not say
	PullSecrets []string // names of imagePullSecrets
	Secrets     []string // names of secrets
}

// AccountFacts returns what was read of a ServiceAccount, nil when it is not there.
func AccountFacts(o model.Object) *ServiceAccount {
	if o == nil {
		return nil
	}
	if a, ok := snapshot.FactsOf[*ServiceAccount](o, reader); ok {
		return a
	}
	return &ServiceAccount{}
}

// Kinds lists what must be read for answers.
func Kinds() []snapshot.Kind {
	return []snapshot.Kind{
		{GroupKind: RoleKind, Reader: reader, Decode: snapshot.Typed(func(o *rbacv1.Role) *role {
			return &role{rules: o.Rules}
		})},
		{GroupKind: ClusterRoleKind, Reader: reader, Cluster: true, Decode: snapshot.Typed(clusterRole)},
		{GroupKind: RoleBindingKind, Reader: reader, Decode: snapshot.Typed(func(o *rbacv1.RoleBinding) *binding {
			return &binding{role: roleRef(o.RoleRef, o.Namespace), subjects: o.Subjects}
		})},
		{GroupKind: ClusterRoleBindingKind, Reader: reader, Cluster: true, Decode: snapshot.Typed(func(o *rbacv1.ClusterRoleBinding) *binding {
			return &binding{role: roleRef(o.RoleRef, ""), subjects: o.Subjects}
		})},
		{GroupKind: AccountKind, Reader: reader, Decode: snapshot.Typed(account)},
	}
}

func clusterRole(o *rbacv1.ClusterRole) *role {
	kept := &role{rules: o.Rules}
	if o.AggregationRule == nil {
		return kept
	}
	kept.aggregated = true
	for i := range o.AggregationRule.ClusterRoleSelectors {
		s, err := metav1.LabelSelectorAsSelector(&o.AggregationRule.ClusterRoleSelectors[i])
		if err != nil {
			// The controller gives up on such a rule as a whole, and the rules stay what they are.
			return &role{rules: o.Rules}
		}
		kept.selectors = append(kept.selectors, s)
	}
	return kept
}

// roleRef returns the role that a binding in a namespace (empty: a ClusterRoleBinding) names.
func roleRef(ref rbacv1.RoleRef, namespace string) model.Ref {
	switch {
	case ref.Kind == "ClusterRole":
		return model.Ref{Group: rbacv1.GroupName, Kind: "ClusterRole", Name: ref.Name}
	case ref.Kind == "Role" && namespace != "":
		return model.Ref{Group: rbacv1.GroupName, Kind: "Role", Namespace: namespace, Name: ref.Name}
	default:
		return model.Ref{Name: ref.Name}
	}
}

func account(o *corev1.ServiceAccount) *ServiceAccount {
	a := &ServiceAccount{Automount: o.AutomountServiceAccountToken}
	for _, s := range o.ImagePullSecrets {
		a.PullSecrets = append(a.PullSecrets, s.Name)
	}
	for _, s := range o.Secrets {
		a.Secrets = append(a.Secrets, s.Name)
	}
	return a
}

// RoleRefOf returns the role that a binding names; ok is false where the object is no binding that could be read.
func RoleRefOf(o model.Object) (model.Ref, bool) {
	b, ok := snapshot.FactsOf[*binding](o, reader)
	if !ok {
		return model.Ref{}, false
	}
	return b.role, true
}

// SubjectsOf returns whom a binding names; ok is false where the object is no binding that could be read. The slice must
// not be changed.
func SubjectsOf(o model.Object) (subjects []rbacv1.Subject, ok bool) {
	b, ok := snapshot.FactsOf[*binding](o, reader)
	if !ok {
		return nil, false
	}
	return b.subjects, true
}

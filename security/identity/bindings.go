package identity

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/snapshot"
)

// dangling is an account that bindings name and that is not there.
type dangling struct {
	account rbac.Account
	binding model.Ref
}

// danglingIn lists those of a namespace, empty where accounts may not be listed.
func danglingIn(r *snapshot.Reader, namespace string) []dangling { return danglers.Get(r, namespace) }

var danglers = snapshot.NewQuery("accounts that are not there", func(r *snapshot.Reader, namespace string) []dangling {
	var all []dangling
	if _, hidden := r.Hidden(rbac.AccountKind, namespace); hidden || r.Options().Partial {
		return nil
	}
	for _, a := range rbac.BoundAccounts(r, namespace) {
		if a.Name == "default" || r.Get(a.Ref()) != nil {
			continue
		}
		grants := rbac.GrantsTo(r, rbac.Holder{Kind: rbacv1.ServiceAccountKind, Namespace: a.Namespace, Name: a.Name})
		for i := range grants {
			if !grants[i].BuiltIn && grants[i].Role.Found && grants[i].Extra() {
				all = append(all, dangling{a, grants[i].Binding})
			}
		}
	}
	return all
}, slices.Equal[[]dangling]).Eager()

func danglingBindings(e *check.Eval) {
	namespace := e.Subject.Namespace
	for _, d := range danglingIn(e.Reader, namespace) {
		claimant, severity := claimants(e, d)
		text := object(d.binding) + " gives rights to ServiceAccount " + d.account.String() + ", which is not there"
		if claimant != "" {
			text += "; " + claimant + " may create it"
		}
		e.Fail(check.At{Object: d.binding, Path: "subjects[" + d.account.Name + "]", Value: d.account.String()}, text).As(severity)
	}
	for _, o := range e.List(rbac.RoleBindingKind, namespace) {
		role, ok := rbac.RoleRefOf(o)
		if !ok {
			continue
		}
		if found := rbac.RoleOf.Get(e.Reader, role); !found.Found && found.Missing == nil {
			e.Fact(check.At{Object: o.Head().Ref, Path: "roleRef", Value: role.Name},
				object(o.Head().Ref)+" names "+role.Kind+" "+role.Name+", which is not there: it grants nothing")
		} else if found.Missing != nil {
			e.Unknown(*found.Missing)
		}
	}
	for _, kind := range []schema.GroupKind{rbac.AccountKind, rbac.RoleBindingKind} {
		e.Need(kind, namespace)
	}
	e.Need(rbac.ClusterRoleBindingKind, "")
}

// claimants finds somebody who may create the account and get a token of it, and how bad what it then holds is.
func claimants(e *check.Eval, d dangling) (string, check.Severity) {
	for _, able := range rbac.Having(e.Reader, d.account.Namespace, rbac.Of(rbac.CreateAccounts)) {
		for _, maker := range rbac.Having(e.Reader, d.account.Namespace, makers) {
			if maker.Holder != able.Holder {
				continue
			}
			worst := check.Medium
			grants := rbac.GrantsTo(e.Reader, rbac.Holder{Kind: rbacv1.ServiceAccountKind, Namespace: d.account.Namespace, Name: d.account.Name})
			for i := range grants {
				worst = max(worst, strength(grants[i].Role))
			}
			return able.String(), worst
		}
	}
	return "", check.Medium
}

// foreignAudiences are those who must not ask for tokens of any audience on behalf of a node.
var foreignAudiences = []string{"system:nodes", rbac.Authenticated, rbac.AllAccounts, rbac.Unauthenticated}

func anyAudience(e *check.Eval) {
	for _, able := range rbac.Having(e.Reader, "", rbac.Of(rbac.AnyAudience)) {
		if able.Kind != rbacv1.GroupKind || !slices.Contains(foreignAudiences, able.Name) {
			continue
		}
		e.Fail(check.At{Object: able.Via[0].Binding, Path: "subjects[" + able.Name + "]", Value: able.Name},
			"group "+able.Name+" may ask for tokens of any audience: a stolen node gets tokens of its pods for every system")
	}
	e.Need(rbac.ClusterRoleBindingKind, "")
}

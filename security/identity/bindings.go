package identity

import (
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/rbac"
)

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

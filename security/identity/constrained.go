package identity

import (
	"slices"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/rbac"
)

// constrained are the powers to impersonate for some verbs only.
var constrained = rbac.Of(rbac.ConstrainedUsers, rbac.ConstrainedGroups, rbac.ConstrainedAccounts, rbac.ConstrainedNodes, rbac.ConstrainedOwnNode)

// borrows judges impersonation that is limited to some verbs, by what these have in common with the rights of whoever
// may be impersonated. It is reported once, in the first scope that gives such a power.
func borrows(a *asked) (check.Severity, string, bool) {
	first := slices.IndexFunc(a.rights.Scopes, func(s rbac.Scope) bool { return s.Any.Or(s.Named).Any(constrained) })
	if first < 0 || &a.rights.Scopes[first] != a.scope {
		return 0, "", false
	}
	loans := rbac.BorrowedBy.Get(a.Reader, a.account.Account)
	worst, text := check.Info, ""
	for i := range loans.All {
		l := &loans.All[i]
		if s := worth(a, l); s > worst {
			worst = s
			text = "in the place of " + l.From.String() + " it can " + ruleText(&l.Role.Rules[0]) + where(l.Namespace)
		}
	}
	a.Unknown(loans.Missing...)
	return worst, text, worst > check.Info
}

// Powers that are critical where they hold everywhere, and those that are high anywhere.
var (
	ruling = rbac.Of(rbac.ReadSecrets, rbac.CreateWorkloads, rbac.MintTokens, rbac.EscalateClusterRoles, rbac.BindClusterRoles,
		rbac.ImpersonateUsers, rbac.ImpersonateAccounts, rbac.MutateAdmission, rbac.KubeletProxy)
	grave = ruling.Or(rbac.Of(rbac.WriteSecrets, rbac.ChangeWorkloads, rbac.ChangePods, rbac.WriteFunctions, rbac.WriteAnyPod, rbac.Exec,
		rbac.Forward, rbac.Debug, rbac.DriveControllers, rbac.WeakenPolicies, rbac.EscalateRoles, rbac.BindRoles, rbac.ImpersonateGroups,
		rbac.ApproveSigners, rbac.ValidateAdmission, rbac.DeleteAdmission, rbac.CreateVolumes, rbac.EditNamespaces, rbac.WeakenNetwork,
		rbac.ExtendAPI, rbac.WriteDrivers))
)

// worth is how bad it is to hold a borrowed right.
func worth(a *asked, l *rbac.Loan) check.Severity {
	all, named := l.Powers()
	switch {
	case l.Namespace == "" && all.Any(ruling):
		return check.Critical
	case all.Has(rbac.CreateWorkloads) && levelOf(a.Reader, l.Namespace) == unheld:
		return check.Critical
	case all.Or(named).Any(grave):
		return check.High
	case !all.Or(named).Empty():
		return check.Medium
	}
	return check.Low
}

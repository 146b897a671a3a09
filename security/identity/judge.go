package identity

import (
	"slices"
	"strings"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Everything in this file says how bad a power is that was found. None of it runs for a function without such powers.

func readsSecrets(a *asked) (check.Severity, string, bool) {
	switch {
	case a.unlimited() && a.wide():
		return check.Critical, "", true
	case a.unlimited():
		return check.High, "", true
	}
	if a.scope.Namespace == a.account.Namespace {
		foreign := slices.DeleteFunc(a.names(), func(name string) bool { return mounts(a.F, name) })
		if len(foreign) == 0 {
			return check.Low, "its pods get these Secrets anyway", true
		}
	}
	return check.High, "", true
}

func mounts(f *model.Function, secret string) bool {
	return slices.ContainsFunc(f.References, func(r model.Reference) bool { return r.Kind == "Secret" && r.Name == secret })
}

func mintsTokens(a *asked) (check.Severity, string, bool) {
	if a.unlimited() {
		if s, ok := rbac.Strongest(a.Reader, a.scope.Namespace); ok && s != a.account.Account {
			return check.Critical, "ServiceAccount " + s.String() + " leads to the whole cluster", true
		}
		return check.High, "", true
	}
	for _, name := range a.names() {
		s := rbac.Account{Namespace: a.scope.Namespace, Name: name}
		if !a.wide() && len(rbac.Escalation(a.Reader, s).Cluster) > 0 {
			return check.Critical, "ServiceAccount " + s.String() + " leads to the whole cluster", true
		}
	}
	return check.High, "", true
}

// level says how a namespace holds pods back.
type level uint8

const (
	unheld  level = iota // privileged pods are admitted
	held                 // baseline or restricted is enforced
	unknown              // the Namespace cannot be seen
)

// levelOf answers it by the label; a value that is none counts as restricted.
func levelOf(r *snapshot.Reader, namespace string) level {
	o := r.Get(model.Ref{Kind: "Namespace", Name: namespace})
	if o == nil {
		if _, hidden := r.Hidden(namespaceKind, ""); hidden || r.Options().Partial {
			return unknown
		}
		return unheld
	}
	if label := o.Head().Labels.Get("pod-security.kubernetes.io/enforce"); label != "" && label != "privileged" {
		return held
	}
	return unheld
}

func (a *asked) node() (string, bool) {
	switch {
	case a.wide():
		return "namespaces that admit privileged pods open the nodes", true
	case levelOf(a.Reader, a.scope.Namespace) == unheld:
		return "the namespace admits privileged pods, which open the node", true
	}
	return "", false
}

func createsPods(a *asked) (check.Severity, string, bool) {
	if more, ok := a.node(); ok && a.unlimited() {
		return check.Critical, more, true
	}
	return check.High, "", true
}

func writesFunctions(a *asked) (check.Severity, string, bool) {
	if a.scope.Any.Any(rbac.Of(rbac.WriteAnyPod)) {
		if more, ok := a.node(); ok {
			return check.Critical, more, true
		}
	}
	return check.High, "", true
}

// entersPods takes `get` on pods/exec for what it is: it opens a websocket before Kubernetes 1.35.
func entersPods(a *asked) (check.Severity, string, bool) {
	both := a.scope.Any.Or(a.scope.Named)
	if both.Any(rbac.Of(rbac.Exec, rbac.Forward, rbac.Debug)) {
		return check.High, "", true
	}
	minor := a.Options().ServerMinor
	if minor == 0 {
		a.Unknown(snapshot.Missing{Reason: "get on pods/exec opens a shell on servers before Kubernetes 1.35; the version is not known"})
	}
	return check.High, "by a websocket, which this server admits with get", minor > 0 && minor < 35
}

func changesLabels(a *asked) (check.Severity, string, bool) {
	if a.wide() {
		return check.High, "", true
	}
	for _, o := range a.List(serviceKind, a.scope.Namespace) {
		if s, ok := o.(*model.Service); ok && len(s.Selector) > 0 {
			return check.High, "Service " + s.Name + " sends requests to pods by their labels", true
		}
	}
	if len(a.List(networkPolicyKind, a.scope.Namespace)) > 0 {
		return check.High, "network policies choose pods by their labels", true
	}
	return check.Medium, "", true
}

func writesAccounts(a *asked) (check.Severity, string, bool) {
	for _, o := range a.List(webhookKind, "") {
		if name := o.Head().Name; strings.Contains(name, "pod-identity") || strings.Contains(name, "azure-wi-webhook") ||
			strings.Contains(name, "workload-identity") {
			return check.High, "webhook " + name + " gives pods cloud credentials by an annotation", true
		}
	}
	if !a.scope.Any.Has(rbac.CreateAccounts) {
		return check.Low, "", true
	}
	for _, d := range danglingIn(a.Reader, a.scope.Namespace) {
		return check.High, "ServiceAccount " + d.who.Namespace + "/" + d.who.Name + " is not there and " + object(d.binding) + " waits for it", true
	}
	return check.Low, "", true
}

// driven is the row of objects that well-known controllers act out.
var driven = row{powers: rbac.Of(rbac.DriveControllers), able: "write objects that a controller acts out", judge: drives}

// drivers are controllers by the API group of the objects that they act out, with the names of their accounts.
var drivers = []struct{ group, title, account string }{
	{"argoproj.io", "Argo CD", "argocd-application-controller"},
	{"kustomize.toolkit.fluxcd.io", "Flux", "kustomize-controller"},
	{"helm.toolkit.fluxcd.io", "Flux", "helm-controller"},
	{"tekton.dev", "Tekton", "tekton-pipelines-controller"},
	{"kyverno.io", "Kyverno", "kyverno-background-controller"},
	{"external-secrets.io", "External Secrets", "external-secrets"},
	{"cert-manager.io", "cert-manager", "cert-manager"},
	{"pkg.crossplane.io", "Crossplane", "crossplane"},
	{"apiextensions.crossplane.io", "Crossplane", "crossplane"},
}

func drives(a *asked) (check.Severity, string, bool) {
	proofs := rbac.Grants.Get(a.Reader, a.account.Account).Proofs(a.scope.Namespace, a.powers)
	for _, d := range drivers {
		if !slices.ContainsFunc(proofs, func(p rbac.Proof) bool {
			groups := p.Grant.Role.Rules[p.Rule].APIGroups
			return slices.Contains(groups, d.group) || slices.Contains(groups, "*")
		}) {
			continue
		}
		for _, s := range named.Get(a.Reader, struct{}{})[d.account] {
			if len(rbac.Escalation(a.Reader, s).Cluster) > 0 {
				return check.Critical, d.title + " acts as ServiceAccount " + s.String() + ", which leads to the whole cluster", true
			}
		}
	}
	return check.High, "", true
}

// named lists the accounts of well-known controllers, by name.
var named = snapshot.NewQuery("accounts of controllers", func(r *snapshot.Reader, _ struct{}) map[string][]rbac.Account {
	all := map[string][]rbac.Account{}
	for _, a := range rbac.Accounts.Get(r, "") {
		if slices.ContainsFunc(drivers, func(d struct{ group, title, account string }) bool { return d.account == a.Name }) {
			all[a.Name] = append(all[a.Name], a)
		}
	}
	return all
}, nil).Eager()

func byScope(a *asked) (check.Severity, string, bool) {
	if a.wide() {
		return check.Critical, "", true
	}
	return check.High, "", true
}

// escalates needs the right to write roles beside.
func escalates(a *asked) (check.Severity, string, bool) {
	if !a.all.Or(a.named).Any(rbac.Of(rbac.UpdateRoles, rbac.UpdateClusterRoles, rbac.WriteRoles)) {
		return 0, "", false
	}
	return byScope(a)
}

var writeBindings = rbac.Of(rbac.WriteRoleBindings, rbac.WriteClusterRoleBindings)

// binds needs the right to write bindings beside. Where only named roles may be bound, these are judged.
func binds(a *asked) (check.Severity, string, bool) {
	if !a.all.Or(a.named).Any(writeBindings) {
		return 0, "", false
	}
	if a.unlimited() {
		if a.wide() && a.all.Has(rbac.WriteClusterRoleBindings) && a.scope.Any.Has(rbac.BindClusterRoles) {
			return check.Critical, "", true
		}
		return check.High, "", true
	}
	worst := check.Low
	for _, name := range a.names() {
		worst = max(worst, strength(rbac.RoleOf.Get(a.Reader, model.Ref{Group: rbac.ClusterRoleKind.Group, Kind: "ClusterRole", Name: name})))
	}
	if !a.wide() || !a.all.Has(rbac.WriteClusterRoleBindings) {
		worst = min(worst, check.High)
	}
	return worst, "", true
}

// strength is how bad it is to hold a role.
func strength(r *rbac.Role) check.Severity {
	powers := r.Powers()
	switch {
	case powers.Has(rbac.Everything):
		return check.Critical
	case powers.All(rbac.EditLike):
		return check.High
	case !powers.Empty():
		return check.Medium
	}
	return check.Low
}

// writesRoles is what is left when neither bind nor escalate lifts the API server's limit.
func writesRoles(a *asked) (check.Severity, string, bool) {
	lifted := rbac.Of(rbac.BindRoles, rbac.BindClusterRoles, rbac.EscalateRoles, rbac.EscalateClusterRoles)
	return check.Low, "", !a.all.Or(a.named).Any(lifted)
}

// impersonates: groups and extra fields count only together with a user or an account.
func impersonates(a *asked) (check.Severity, string, bool) {
	s := a.scope
	whole := rbac.Of(rbac.ImpersonateUsers, rbac.ImpersonateAccounts)
	switch {
	case s.Any.Has(rbac.ImpersonateUsers), s.Any.Has(rbac.ImpersonateAccounts) && a.wide():
		return check.Critical, "", true
	case s.Any.Has(rbac.ImpersonateGroups) && a.all.Or(a.named).Any(whole):
		return check.Critical, "", true
	case s.Any.Has(rbac.ImpersonateAccounts), s.Named.Any(whole):
		return check.High, "", true
	case s.Named.Has(rbac.ImpersonateGroups) && a.all.Or(a.named).Any(whole):
		return check.High, "", true
	}
	return borrows(a)
}

// signs judges the three links of the chain that ends in a client certificate.
func signs(a *asked) (check.Severity, string, bool) {
	if !a.wide() {
		return 0, "", false
	}
	signer := a.scope.Any.Has(rbac.ApproveSigners) || slices.ContainsFunc(a.scope.NamesOf(rbac.ApproveSigners), func(name string) bool {
		return name == "kubernetes.io/*" || strings.HasPrefix(name, "kubernetes.io/kube-apiserver-client")
	})
	request, approve := a.scope.Any.Has(rbac.RequestCertificates), a.scope.Any.Has(rbac.ApproveRequests)
	links := 0
	for _, link := range []bool{signer, request, approve} {
		if link {
			links++
		}
	}
	switch links {
	case 3:
		return check.Critical, "", true
	case 2:
		return check.Low, "one of the three rights that are needed is missing", true
	}
	return 0, "", false
}

// admission is the row of admission webhooks and policies.
var admission = row{powers: rbac.Of(rbac.MutateAdmission, rbac.ValidateAdmission, rbac.DeleteAdmission), able: "write or delete admission webhooks or policies", judge: admits}

func admits(a *asked) (check.Severity, string, bool) {
	if a.scope.Any.Or(a.scope.Named).Has(rbac.MutateAdmission) {
		return check.Critical, "it can change every object on its way", true
	}
	return check.High, "", true
}

func controlsConfig(a *asked) (check.Severity, string, bool) {
	const system = "kube-system"
	if !a.wide() && a.scope.Namespace != system {
		return 0, "", false
	}
	for _, name := range []string{"aws-auth", "coredns"} {
		o := a.Get(model.Ref{Kind: "ConfigMap", Namespace: system, Name: name})
		if !a.unlimited() && !slices.Contains(a.names(), name) {
			continue
		}
		if name == "aws-auth" && o != nil {
			return check.Critical, "ConfigMap aws-auth decides who administers the cluster", true
		}
		if name == "coredns" {
			return check.High, "ConfigMap coredns decides where names lead", true
		}
	}
	return 0, "", false
}

func readsLogs(a *asked) (check.Severity, string, bool) {
	if a.scope.Any.Or(a.scope.Named).Has(rbac.ReadLogs) {
		return check.Medium, "logs often hold credentials", true
	}
	return check.Low, "", true
}

func readsNodes(a *asked) (check.Severity, string, bool) {
	ok, _ := rbac.Grants.Get(a.Reader, a.account.Account).Allows(rbac.Attributes{Verb: "get", Resource: "nodes", Subresource: "log"})
	if ok {
		return check.High, "all logs of the nodes are among it", true
	}
	return check.Medium, "", true
}

func copiesVolumes(a *asked) (check.Severity, string, bool) {
	return check.Medium, "", a.scope.Any.Has(rbac.CopyVolumes) || a.all.All(rbac.Of(rbac.CreateClaims, rbac.CreateWorkloads))
}

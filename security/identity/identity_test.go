package identity_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
)

// function is a function named fn in fns. The pod spec's fields are added to what it needs.
func function(podSpec string) string {
	return deployment("fn", `{fn9s.io/function: "true"}`, podSpec)
}

func deployment(name, labels, podSpec string) string {
	return fmt.Sprintf(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: %[1]s, namespace: fns, labels: %[2]s}
spec:
  selector: {matchLabels: {app: %[1]s}}
  template:
    metadata: {labels: {app: %[1]s}}
    spec:
      containers: [{name: main, image: "registry.example.com/%[1]s@sha256:0000000000000000000000000000000000000000000000000000000000000000"}]
%[3]s`, name, labels, indent(podSpec))
}

func indent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("      " + line)
	}
	return b.String()
}

// mine is a function that runs as its own account worker, whose token it mounts.
func mine() string {
	return function("serviceAccountName: worker") + account("worker", "")
}

func account(name, fields string) string {
	return fmt.Sprintf("\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: %s, namespace: fns}\n%s", name, fields)
}

// inNamespace grants rules to the account worker in a namespace, clusterWide everywhere.
func inNamespace(namespace, rules string) string {
	return fmt.Sprintf(`
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: granted, namespace: %[1]s}
rules: [%[2]s]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: grant, namespace: %[1]s}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: granted}
subjects: [{kind: ServiceAccount, namespace: fns, name: worker}]`, namespace, rules)
}

func clusterWide(rules string) string {
	return fmt.Sprintf(`
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: granted-everywhere}
rules: [%s]`, rules) + bindCluster("granted-everywhere", "{kind: ServiceAccount, namespace: fns, name: worker}")
}

func bindCluster(role, subject string) string {
	return fmt.Sprintf(`
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: "everywhere:%[1]s"}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "%[1]s"}
subjects: [%[2]s]`, role, subject)
}

func bindHere(role, subject string) string {
	return fmt.Sprintf(`
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: "here:%[1]s", namespace: fns}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "%[1]s"}
subjects: [%[2]s]`, role, subject)
}

func rule(group, resources, verbs string) string {
	return fmt.Sprintf(`{apiGroups: ["%s"], resources: [%s], verbs: [%s]}`, group, resources, verbs)
}

func only(group, resources, verbs, names string) string {
	return fmt.Sprintf(`{apiGroups: ["%s"], resources: [%s], verbs: [%s], resourceNames: [%s]}`, group, resources, verbs, names)
}

const (
	restrictedFns = "\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: fns, labels: {pod-security.kubernetes.io/enforce: restricted}}"
	worker        = "{kind: ServiceAccount, namespace: fns, name: worker}"
)

func judge(t *testing.T, documents ...string) *security.Posture {
	t.Helper()
	return offlinetest.Text(t, strings.Join(documents, "\n")).Judge("fns", "fn")
}

// worst says how bad the worst failure of a control is: `pass` when there is none.
func worst(t *testing.T, p *security.Posture, id string) string {
	t.Helper()
	if v := offlinetest.Verdict(t, p, id); v != "fail" {
		return v
	}
	s := check.Info
	for _, f := range offlinetest.Of(p, id) {
		if f.Status == check.Fail {
			s = max(s, f.Severity)
			assert.NotEmpty(t, f.Message)
			assert.NotEmpty(t, f.Object().Name, "%s: %s", id, f.Message)
		}
	}
	return s.String()
}

const secretRBAC = "rbac.authorization.k8s.io"

const star = "'*'"

// rights are grants to the account of a function, and how bad the worst finding of a control is.
var rights = []struct{ name, id, grants, want string }{
	{"reads all Secrets here", "SA-20", inNamespace("fns", rule("", "secrets", "get")), "high"},
	{"reads all Secrets of the cluster", "SA-20", clusterWide(rule("", "secrets", "list")), "critical"},
	{"patches Secrets, which a dry run answers with the data", "SA-20", inNamespace("fns", rule("", "secrets", "patch")), "high"},
	{"deletes Secrets, which returns nothing", "SA-20", inNamespace("fns", rule("", "secrets", "delete")), "pass"},
	{"reads one Secret of another", "SA-20", inNamespace("fns", only("", "secrets", "get", "other")), "high"},
	{"collections are never limited to names", "SA-20", inNamespace("fns", only("", "secrets", "deletecollection", "other")), "pass"},
	{"the empty name is every list", "SA-20", inNamespace("fns", only("", "secrets", "list", `""`)), "high"},
	{"secrets of another group", "SA-20", inNamespace("fns", rule("example.com", "secrets", "get")), "pass"},
	{"case counts", "SA-20", inNamespace("fns", rule("", "Secrets", "get")), "pass"},
	{"writes Secrets", "SA-21", inNamespace("fns", rule("", "secrets", "create")), "high"},
	{"mints tokens", "SA-22", inNamespace("fns", rule("", "serviceaccounts/token", "create")), "high"},
	{"parents do not cover subresources", "SA-22", inNamespace("fns", rule("", "serviceaccounts", "create")), "pass"},
	{"mints tokens of an administrator", "SA-22", inNamespace("fns", only("", "serviceaccounts/token", "create", "root")) +
		account("root", "") + bindCluster("cluster-admin", "{kind: ServiceAccount, namespace: fns, name: root}"), "critical"},
	{"creates pods where privileged ones are admitted", "SA-30", inNamespace("fns", rule("", "pods", "create")), "critical"},
	{"creates Jobs where they are not", "SA-30", inNamespace("fns", rule("batch", "jobs", "create")) + restrictedFns, "high"},
	{"right resource, wrong group", "SA-30", inNamespace("fns", rule("", "deployments", "create")), "pass"},
	{"changes workloads", "SA-31", inNamespace("fns", rule("apps", "deployments", "patch")), "high"},
	{"scales only", "SA-31", inNamespace("fns", rule("apps", "deployments/scale", "patch")), "pass"},
	{"writes functions", "SA-32", inNamespace("fns", rule("openfaas.com", "functions", "update")), "high"},
	{"writes functions that take any pod", "SA-32", inNamespace("fns", rule("kubeless.io", "functions", "create")), "critical"},
	{"reads functions", "SA-32", inNamespace("fns", rule("openfaas.com", "functions", "get")), "pass"},
	{"execs", "SA-33", inNamespace("fns", rule("", "pods/exec", "create")), "high"},
	{"debugs", "SA-33", inNamespace("fns", rule("", "pods/ephemeralcontainers", "patch")), "high"},
	{"a version decides about get", "SA-33", inNamespace("fns", rule("", "pods/exec", "get")), "unknown"},
	{"pods/* is a literal", "SA-33", inNamespace("fns", rule("", "pods/*", "create")), "pass"},
	{"deletes pods", "SA-34", inNamespace("fns", rule("", "pods", "delete")), "medium"},
	{"writes the status of pods", "SA-35", inNamespace("fns", rule("", "pods/status", "patch")), "medium"},
	{"writes labels that a Service selects by", "SA-35", inNamespace("fns", rule("", "pods", "patch")) +
		"\n---\napiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: fns}\nspec: {selector: {app: x}}", "high"},
	{"writes accounts", "SA-36", inNamespace("fns", rule("", "serviceaccounts", "patch")), "low"},
	{"creates the account that a binding waits for", "SA-36", inNamespace("fns", rule("", "serviceaccounts", "create")) +
		bindHere("edit", "{kind: ServiceAccount, namespace: fns, name: ghost}"), "high"},
	{"drives Argo CD", "SA-37", inNamespace("fns", rule("argoproj.io", "applications", "create")), "high"},
	{"drives an Argo CD that administers the cluster", "SA-37", inNamespace("fns", rule("argoproj.io", "applications", "create")) +
		"\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: argocd-application-controller, namespace: argocd}" +
		bindCluster("cluster-admin", "{kind: ServiceAccount, namespace: argocd, name: argocd-application-controller}"), "critical"},
	{"writes custom resources that hold pods", "SA-37", inNamespace("fns", rule("ml.example.com", "trainings", "create")) + definition(podSchema), "critical"},
	{"where baseline is enforced", "SA-37", inNamespace("fns", rule("ml.example.com", "trainings", "create")) + definition(podSchema) + `
---
{apiVersion: v1, kind: Namespace, metadata: {name: fns, labels: {pod-security.kubernetes.io/enforce: baseline}}}`, "high"},
	{"one of them", "SA-37", inNamespace("fns", only("ml.example.com", "trainings", "patch", "t1")) + definition(podSchema), "high"},
	{"reads them", "SA-37", inNamespace("fns", rule("ml.example.com", "trainings", "get")) + definition(podSchema), "pass"},
	{"custom resources without pods", "SA-37", inNamespace("fns", rule("ml.example.com", "trainings", "create")) +
		definition("containers: {type: array, items: {type: object, properties: {image: {type: string}}}}"), "pass"},
	{"custom resources of another group", "SA-37", inNamespace("fns", rule("example.com", "trainings", "create")) + definition(podSchema), "pass"},
	{"weakens Gatekeeper", "SA-38", clusterWide(rule("constraints.gatekeeper.sh", "k8srequiredlabels", "delete")), "high"},
	{"escalates", "SA-40", inNamespace("fns", rule(secretRBAC, "roles", "escalate, update")), "high"},
	{"escalates everywhere", "SA-40", clusterWide(rule(secretRBAC, "clusterroles", "escalate, update")), "critical"},
	{"escalate alone does nothing", "SA-40", inNamespace("fns", rule(secretRBAC, "roles", "escalate")), "pass"},
	{"binds", "SA-41", inNamespace("fns", rule(secretRBAC, "clusterroles", "bind")+","+rule(secretRBAC, "rolebindings", "create")), "high"},
	{"binds everywhere", "SA-41", clusterWide(rule(secretRBAC, "clusterroles", "bind") + "," + rule(secretRBAC, "clusterrolebindings", "create")), "critical"},
	{"bind on bindings does nothing", "SA-41", inNamespace("fns", rule(secretRBAC, "rolebindings", "bind, create")), "pass"},
	{"binds a harmless role", "SA-41", inNamespace("fns", only(secretRBAC, "clusterroles", "bind", "system:discovery")+","+rule(secretRBAC, "rolebindings", "create")), "low"},
	{"writes bindings within its rights", "SA-42", inNamespace("fns", rule(secretRBAC, "rolebindings", "create")), "low"},
	{"impersonates accounts here", "SA-43", inNamespace("fns", rule("", "serviceaccounts", "impersonate")), "high"},
	{"impersonates users", "SA-43", clusterWide(rule("", "users", "impersonate")), "critical"},
	{"users in a namespace are nobody", "SA-43", inNamespace("fns", rule("", "users", "impersonate")), "pass"},
	{"groups alone are an error", "SA-43", clusterWide(rule("", "groups", "impersonate")), "pass"},
	{"borrows nothing without rights of the other", "SA-43", clusterWide(constrains("users", "user-info", "") + "," + acts("pods", "user-info:create")), "pass"},
	{"borrows what a controller may do", "SA-43", clusterWide(constrains("users", "user-info", "") + "," + acts("secrets", "user-info:list")), "critical"},
	{"borrows the wrong verb", "SA-43", clusterWide(constrains("users", "user-info", "") + "," + acts("secrets", "user-info:patch")), "pass"},
	{"borrows in another mode", "SA-43", clusterWide(constrains("users", "user-info", "") + "," + acts("secrets", "serviceaccount:list")), "pass"},
	{"borrows from a named user", "SA-43", clusterWide(constrains("users", "user-info", "jane")+","+acts("pods", "user-info:create")) +
		bindHere("edit", "{kind: User, name: jane}"), "critical"},
	{"borrows from another user", "SA-43", clusterWide(constrains("users", "user-info", "joe")+","+acts("pods", "user-info:create")) +
		bindHere("edit", "{kind: User, name: jane}"), "pass"},
	{"borrows from a group", "SA-43", clusterWide(constrains("users, groups", "user-info", "")+","+acts("deployments", "user-info:patch", "apps")) +
		bindHere("edit", "{kind: Group, name: team}"), "high"},
	{"the group of administrators is refused", "SA-43", clusterWide(constrains("users", "user-info", "joe") + "," + constrains("groups", "user-info", "") + "," +
		acts("nodes/proxy", "user-info:get")), "pass"},
	{"borrows from an account", "SA-43", inNamespace("fns", constrains("serviceaccounts", "serviceaccount", "root")+","+acts("secrets", "serviceaccount:get")) +
		account("root", "") + bindCluster("cluster-admin", "{kind: ServiceAccount, namespace: fns, name: root}"), "high"},
	{"borrows from an account without rights", "SA-43", inNamespace("fns", constrains("serviceaccounts", "serviceaccount", "root")+","+
		acts("secrets", "serviceaccount:get")) + account("root", ""), "pass"},
	{"borrows little", "SA-43", inNamespace("fns", constrains("serviceaccounts", "serviceaccount", "")+","+acts("configmaps", "serviceaccount:get")) +
		account("root", "") + bindHere("view", "{kind: ServiceAccount, namespace: fns, name: root}"), "low"},
	{"borrows from any node", "SA-43", clusterWide(constrains("nodes", "arbitrary-node", "") + "," + acts("serviceaccounts/token", "arbitrary-node:create")), "critical"},
	{"borrows from its own node", "SA-43", clusterWide(constrains("nodes", "associated-node", "") + "," + acts("nodes", "associated-node:patch")), "medium"},
	{"its own node has no name", "SA-43", clusterWide(constrains("nodes", "associated-node", "n1") + "," + acts("nodes", "associated-node:patch")), "pass"},
	{"issues certificates", "SA-44", clusterWide(rule("certificates.k8s.io", "certificatesigningrequests", "create") + "," +
		rule("certificates.k8s.io", "certificatesigningrequests/approval", "update") + "," +
		only("certificates.k8s.io", "signers", "approve", "kubernetes.io/kube-apiserver-client")), "critical"},
	{"issues certificates of a private signer", "SA-44", clusterWide(rule("certificates.k8s.io", "certificatesigningrequests", "create") + "," +
		rule("certificates.k8s.io", "certificatesigningrequests/approval", "update") + "," +
		only("certificates.k8s.io", "signers", "approve", "example.com/own")), "low"},
	{"mutates by webhook", "SA-45", clusterWide(rule("admissionregistration.k8s.io", "mutatingwebhookconfigurations", "patch")), "critical"},
	{"deletes guards", "SA-45", clusterWide(rule("admissionregistration.k8s.io", "validatingwebhookconfigurations", "delete")), "high"},
	{"creates PersistentVolumes", "SA-46", clusterWide(rule("", "persistentvolumes", "create")), "high"},
	{"cluster-scoped in a namespace is nothing", "SA-46", inNamespace("fns", rule("", "persistentvolumes", "create")), "pass"},
	{"proxies to kubelets", "SA-47", clusterWide(rule("", "nodes/proxy", "get")), "critical"},
	{"reads metrics of nodes", "SA-47", clusterWide(rule("", "nodes/metrics", "get")), "pass"},
	{"edits its namespace by a Role", "SA-48", inNamespace("fns", only("", "namespaces", "patch", "fns")), "high"},
	{"names another namespace in a Role", "SA-48", inNamespace("fns", only("", "namespaces", "patch", "other")), "pass"},
	{"writes ConfigMaps of the control plane", "SA-49", inNamespace("kube-system", rule("", "configmaps", "update")), "high"},
	{"deletes network policies", "SA-50", inNamespace("fns", rule("networking.k8s.io", "networkpolicies", "delete")), "high"},
	{"redirects", "SA-51", inNamespace("fns", rule("", "services", "patch")), "medium"},
	{"takes over endpoints of others", "SA-51", inNamespace("fns", rule("discovery.k8s.io", "endpointslices", "update")) +
		"\n---" + deployment("other", `{fn9s.io/function: "true"}`, ""), "high"},
	{"extends the API", "SA-52", clusterWide(rule("apiregistration.k8s.io", "apiservices", "create")), "high"},
	{"writes ConfigMaps that nobody reads", "SA-53", inNamespace("fns", rule("", "configmaps", "update")), "pass"},
	{"writes ConfigMaps of a sibling", "SA-53", inNamespace("fns", rule("", "configmaps", "update")) +
		"\n---" + deployment("other", `{fn9s.io/function: "true"}`, "volumes: [{name: c, configMap: {name: settings}}]"), "high"},
	{"writes nodes", "SA-54", clusterWide(rule("", "nodes", "patch")), "medium"},
	{"reads logs", "SA-55", inNamespace("fns", rule("", "pods/log", "get")), "medium"},
	{"opens debug URLs", "SA-56", clusterWide(`{nonResourceURLs: ["/debug/*"], verbs: [get]}`), "medium"},
	{"proxies to pods", "SA-57", inNamespace("fns", rule("", "pods/proxy", "get")), "medium"},
	{"reads node logs", "SA-58", clusterWide(rule("", "nodes/log", "get")), "high"},
	{"reads node pods", "SA-58", clusterWide(rule("", "nodes/pods", "get")), "medium"},
	{"writes CSI drivers", "SA-59", clusterWide(rule("storage.k8s.io", "csidrivers", "patch")), "high"},
	{"claims and pods", "SA-62", inNamespace("fns", rule("", "persistentvolumeclaims, pods", "create")), "medium"},
	{"claims alone", "SA-62", inNamespace("fns", rule("", "persistentvolumeclaims", "create")), "pass"},
	{"everything", "SA-10", clusterWide(rule("*", star, star)), "critical"},
	{"everything here", "SA-11", inNamespace("fns", rule("*", star, star)), "high"},
	{"everything here is not everything", "SA-10", inNamespace("fns", rule("*", star, star)), "pass"},
	{"edit", "SA-11", bindHere("edit", worker), "high"},
	{"view", "SA-11", bindHere("view", worker), "pass"},
	{"a wildcard", "SA-12", inNamespace("fns", rule("apps", star, "get")), "medium"},
	{"no wildcard beside the rights of edit", "SA-12", bindHere("edit", worker) + "\n---" + `
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: more, labels: {rbac.authorization.k8s.io/aggregate-to-edit: "true"}}, rules: [{apiGroups: [serving.knative.dev], resources: ["*"], verbs: [create]}]}`, "pass"},
	{"no wildcard beside everything", "SA-12", clusterWide(rule("*", star, star)), "pass"},
	{"a binding of another namespace's account of that name", "SA-20", bindHere("edit", "{kind: ServiceAccount, namespace: other, name: worker}"), "pass"},
	{"a subject without namespace is of the binding's", "SA-20", bindHere("edit", "{kind: ServiceAccount, name: worker}"), "high"},
	{"a user name of the account", "SA-20", bindHere("edit", `{kind: User, name: "system:serviceaccount:fns:worker"}`), "high"},
	{"a binding to no role", "SA-20", bindHere("nothing", worker), "pass"},
}

// constrains lets somebody impersonate in a mode, acts says for which mode and verb on a resource.
func constrains(resources, mode, name string) string {
	if name != "" {
		return only("authentication.k8s.io", resources, "'impersonate:"+mode+"'", name)
	}
	return rule("authentication.k8s.io", resources, "'impersonate:"+mode+"'")
}

func acts(resource, modeAndVerb string, group ...string) string {
	return rule(strings.Join(group, ""), resource, "'impersonate-on:"+modeAndVerb+"'")
}

func TestRightsAreJudgedBySeverity(t *testing.T) {
	for _, tc := range rights {
		t.Run(tc.id+" "+tc.name, func(t *testing.T) {
			assert.Equal(t, tc.want, worst(t, judge(t, mine(), tc.grants), tc.id))
		})
	}
}

func TestNothingIsReportedWithoutRights(t *testing.T) {
	p := judge(t, function("serviceAccountName: worker\nautomountServiceAccountToken: false"), account("worker", ""))
	for _, c := range security.Scoped(check.ScopeFunction) {
		if strings.HasPrefix(c.ID, "SA-") {
			assert.Equal(t, "pass", offlinetest.Verdict(t, p, c.ID), c.ID)
		}
	}
}

func TestRightsThroughGroupsAreNamed(t *testing.T) {
	for _, tc := range []struct{ group, want string }{
		{"system:serviceaccounts", "medium"}, {"system:serviceaccounts:fns", "medium"},
		{"system:authenticated", "medium"}, {"system:serviceaccounts:other", "pass"},
	} {
		p := judge(t, mine(), bindCluster("view", fmt.Sprintf(`{kind: Group, name: "%s"}`, tc.group)))
		assert.Equal(t, tc.want, worst(t, p, "SA-13"), tc.group)
	}
	p := judge(t, mine(), bindCluster("system:discovery", `{kind: Group, name: "system:authenticated"}`))
	assert.Equal(t, "pass", worst(t, p, "SA-13"), "default grants are no finding")
	wider := clusterRole("system:discovery", rule("", "secrets", "get")) + bindCluster("system:discovery", `{kind: Group, name: "system:authenticated"}`)
	assert.Equal(t, "medium", worst(t, judge(t, mine(), wider), "SA-13"), "the name of a default role proves nothing")
}

func clusterRole(name, rules string) string {
	return fmt.Sprintf("\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: \"%s\"}\nrules: [%s]", name, rules)
}

func TestEscalationFollowsOtherAccounts(t *testing.T) {
	root := account("root", "") + bindCluster("cluster-admin", "{kind: ServiceAccount, namespace: fns, name: root}")
	for _, tc := range []struct{ name, grants, want string }{
		{"pods run as any account", inNamespace("fns", rule("", "pods", "create")), "critical"},
		{"tokens", inNamespace("fns", rule("", "serviceaccounts/token", "create")), "critical"},
		{"the tokens of another account", inNamespace("fns", only("", "serviceaccounts/token", "create", "other")), "pass"},
		{"impersonation", inNamespace("fns", only("", "serviceaccounts", "impersonate", "root")), "critical"},
		{"token Secrets", inNamespace("fns", rule("", "secrets", "create, get")), "critical"},
		{"exec where nothing runs as it", inNamespace("fns", rule("", "pods/exec", "create")), "pass"},
		{"exec where something does", inNamespace("fns", rule("", "pods/exec", "create")) + "\n---" + deployment("ops", "{}", "serviceAccountName: root"), "critical"},
		{"reads its token Secret", inNamespace("fns", only("", "secrets", "get", "root-token")) + `
---
apiVersion: v1
kind: Secret
metadata: {name: root-token, namespace: fns, annotations: {kubernetes.io/service-account.name: root}}
type: kubernetes.io/service-account-token`, "critical"},
		{"what it borrows from an account", inNamespace("fns", constrains("serviceaccounts", "serviceaccount", "maker")+","+
			acts("serviceaccounts/token", "serviceaccount:create")) + account("maker", "") + bindHere("edit", "{kind: ServiceAccount, namespace: fns, name: maker}"), "critical"},
		{"custom resources that hold pods", inNamespace("fns", rule("ml.example.com", "trainings", "create")) + definition(podSchema), "critical"},
		{"pods of another namespace", inNamespace("other", rule("", "pods", "create")), "pass"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			assert.Equal(t, tc.want, worst(t, judge(t, mine(), root, tc.grants), "SA-10"))
		})
	}
	p := judge(t, mine(), root, inNamespace("fns", rule("", "pods", "create")))
	f := offlinetest.Of(p, "SA-10")
	require.Len(t, f, 1)
	assert.Contains(t, f[0].Message, "runs pods as any ServiceAccount in fns (RoleBinding grant) → ServiceAccount fns/root → may do everything (ClusterRoleBinding everywhere:cluster-admin)")
}

func TestOneStrongRoleIsTheCauseOfTheRest(t *testing.T) {
	p := judge(t, mine(), bindHere("edit", worker))
	for _, id := range []string{"SA-20", "SA-21", "SA-22", "SA-30", "SA-33", "SA-43"} {
		f := offlinetest.Of(p, id)
		require.NotEmpty(t, f, id)
		assert.Equal(t, "SA-11", f[0].Cause(), id)
		assert.Equal(t, "here:edit", f[0].Object().Name, "the stock role cannot be changed, its binding can")
	}
}

func TestWhatTheOperatorOfFuncGivesToTheDefaultAccountHasACause(t *testing.T) {
	role := func(name string) string {
		return "\n---\n{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: " + name + "}, rules: [" +
			rule("serving.knative.dev", "services", "create") + ", " + rule("tekton.dev", "pipelines", `"*"`) + "]}" +
			bindHere(name, "{kind: ServiceAccount, name: default}")
	}
	p := judge(t, function(""), role("func-operator-deploy-function"))
	assert.Equal(t, "FW-KN-07", offlinetest.Of(p, "SA-32")[0].Cause())
	assert.Equal(t, "FW-KN-07", offlinetest.Of(p, "SA-12")[0].Cause())
	assert.Empty(t, offlinetest.Of(judge(t, function(""), role("deployer")), "SA-32")[0].Cause())
}

func TestRightsWeighLessWhereNobodyHoldsAToken(t *testing.T) {
	without := function("serviceAccountName: worker\nautomountServiceAccountToken: false") + account("worker", "")
	grant := inNamespace("fns", rule("", "secrets", "get"))
	p := judge(t, without, grant)
	assert.Equal(t, "medium", worst(t, p, "SA-20"))
	assert.Equal(t, "reachable only by whoever obtains this ServiceAccount", offlinetest.Of(p, "SA-20")[0].Rule())

	for name, holder := range map[string]string{
		"another pod": "\n---" + deployment("other", "{}", "serviceAccountName: worker"),
		"a token Secret": "\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: t, namespace: fns, annotations: {kubernetes.io/service-account.name: worker}}\n" +
			"type: kubernetes.io/service-account-token",
		"somebody who makes pods": bindHere("edit", "{kind: User, name: jane}"),
	} {
		assert.Equal(t, "high", worst(t, judge(t, without, grant, holder), "SA-20"), name)
	}
}

package identity_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/identity"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/snapshot"
)

func tokenOf(account, more string) string {
	return fmt.Sprintf(`
---
apiVersion: v1
kind: Secret
metadata: {name: %[1]s-token, namespace: fns, annotations: {kubernetes.io/service-account.name: %[1]s}, labels: {%[2]s}}
type: kubernetes.io/service-account-token`, account, more)
}

// annotated is the account worker with an annotation.
func annotated(annotation string) string {
	return "\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: worker, namespace: fns, annotations: {" + annotation + "}}"
}

// projected is a function that mounts a token of its own, and no other.
func projected(source string) string {
	f := function(asWorker + quiet + "volumes: [{name: t, projected: {sources: [{serviceAccountToken: " + source + "}]}}]")
	return strings.Replace(f, "{name: main,", "{name: main, volumeMounts: [{name: t, mountPath: /t}],", 1) + account("worker", "")
}

const (
	quiet    = "automountServiceAccountToken: false\n"
	asWorker = "serviceAccountName: worker\n"
	reads    = `{apiGroups: [""], resources: [configmaps], verbs: [get]}`
)

func TestAccountsAreJudged(t *testing.T) {
	granted := inNamespace("fns", reads)
	other := "\n---" + deployment("other", `{fn9s.io/function: "true"}`, asWorker)
	for _, tc := range []struct{ name, id, objects, want string }{
		{"names no account", "SA-01", function(""), "medium"},
		{"names default", "SA-01", function("serviceAccountName: default"), "medium"},
		{"names default without a token", "SA-01", function(quiet), "low"},
		{"names one by the deprecated field", "SA-01", function("serviceAccount: worker") + account("worker", ""), "pass"},
		{"names one", "SA-01", mine(), "pass"},

		{"a token without rights", "SA-02", mine(), "low"},
		{"a token with rights is a fact", "SA-02", mine() + granted, "info"},
		{"no token by the pod", "SA-02", function(asWorker+quiet) + account("worker", ""), "pass"},
		{"no token by the account", "SA-02", function(asWorker) + account("worker", quiet), "pass"},
		{"the pod wins over the account", "SA-02", function(asWorker+"automountServiceAccountToken: true") + account("worker", quiet), "low"},

		{"shared with rights", "SA-03", mine() + granted + other, "medium"},
		{"shared without rights", "SA-03", mine() + other, "pass"},
		{"shared with another workload", "SA-03", mine() + granted + "\n---" + deployment("web", "{}", asWorker), "medium"},
		{"not shared", "SA-03", mine() + granted, "pass"},

		{"missing", "SA-04", function(asWorker), "medium"},
		{"there", "SA-04", mine(), "pass"},
		{"default is always there", "SA-04", function(""), "pass"},
		{"two names", "SA-04", function(asWorker+"serviceAccount: other") + account("worker", ""), "medium"},

		{"a token Secret", "SA-05", mine() + tokenOf("worker", ""), "high"},
		{"one that is refused", "SA-05", mine() + tokenOf("worker", "kubernetes.io/legacy-token-invalid-since: '2026-01-01'"), "low"},
		{"one of another account", "SA-05", mine() + tokenOf("other", ""), "pass"},

		{"mounted by default", "SA-06", mine(), "low"},
		{"asked for an hour", "SA-06", projected("{path: token, expirationSeconds: 3600}"), "pass"},
		{"asked for a week", "SA-06", projected("{path: token, expirationSeconds: 604800}"), "low"},

		{"an AWS role", "SA-60", function(asWorker) + annotated("eks.amazonaws.com/role-arn: 'arn:aws:iam::1:role/r'"), "medium"},
		{"an AWS role of many", "SA-60", function(asWorker) + annotated("eks.amazonaws.com/role-arn: x") + other, "high"},
		{"a token for Azure", "SA-60", projected("{path: token, audience: 'api://AzureADTokenExchange'}"), "medium"},
		{"a token for Vault", "SA-60", projected("{path: token, audience: vault}"), "pass"},
		{"none", "SA-60", mine(), "pass"},
		{"none on GKE", "SA-60", mine() + "\n---\n{apiVersion: v1, kind: Node, metadata: {name: n1, labels: {cloud.google.com/gke-nodepool: p}}}", "info"},
		{"none on EKS", "SA-60", mine() + "\n---\n{apiVersion: v1, kind: Node, metadata: {name: n1, labels: {eks.amazonaws.com/nodegroup: g}}}", "info"},
		{"none elsewhere", "SA-60", mine() + "\n---\n{apiVersion: v1, kind: Node, metadata: {name: n1, labels: {kubernetes.io/os: linux}}}", "pass"},
	} {
		t.Run(tc.id+" "+tc.name, func(t *testing.T) {
			assert.Equal(t, tc.want, worst(t, judge(t, tc.objects), tc.id))
		})
	}
}

// Who holds a token is decided for every container by itself.
func TestTokensAreFoundByContainer(t *testing.T) {
	const at = "/var/run/secrets/kubernetes.io/serviceaccount"
	two := func(pod, main, helper string) string {
		f := function(asWorker + pod)
		f = strings.Replace(f, "containers: [{name: main,", "containers: [{name: helper, image: h"+helper+"}, {name: main"+main+",", 1)
		return f + account("worker", "")
	}
	mount := func(volume, path string) string {
		return ", volumeMounts: [{name: " + volume + ", mountPath: " + path + "}]"
	}
	source := "{serviceAccountToken: {path: token}}"
	for _, tc := range []struct {
		name, objects string
		want          []string
	}{
		{"by default in all", two("", "", ""), []string{"helper", "main"}},
		{"nobody", two(quiet, "", ""), nil},
		{"another volume in its place", two("volumes: [{name: e, emptyDir: {}}]", mount("e", at), ""), []string{"helper"}},
		{"the same volume elsewhere", two("volumes: [{name: e, emptyDir: {}}]", mount("e", "/e"), ""), []string{"helper", "main"}},
		{"a projected one in one", two(quiet+"volumes: [{name: t, projected: {sources: ["+source+"]}}]", "", mount("t", "/t")), []string{"helper"}},
		{"of another audience", two(quiet+"volumes: [{name: t, projected: {sources: [{serviceAccountToken: {path: t, audience: vault}}]}}]", "", mount("t", "/t")), nil},
		{"shared processes", two(quiet+"shareProcessNamespace: true\nvolumes: [{name: t, projected: {sources: ["+source+"]}}]", "", mount("t", "/t")), []string{"helper", "main"}},
		{"a token Secret as volume", two(quiet+"volumes: [{name: s, secret: {secretName: worker-token}}]", mount("s", "/s"), "") + tokenOf("worker", ""), []string{"main"}},
		{"a token Secret as environment", two(quiet, ", envFrom: [{secretRef: {name: worker-token}}]", "") + tokenOf("worker", ""), []string{"main"}},
		{"another Secret", two(quiet, ", envFrom: [{secretRef: {name: other}}]", ""), nil},
		{"the name of admission's volume", two("volumes: [{name: kube-api-access-x, emptyDir: {}}]", "", ""), nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := offlinetest.Text(t, tc.objects)
			specs := identity.Tokens(w.Reader, w.Find("fns", "fn").Key)
			require.Len(t, specs, 1)
			assert.Equal(t, tc.want, specs[0].Containers())
		})
	}
}

// The token of a mounted Secret may be another account's: its rights count too.
func TestRightsOfMountedTokensCount(t *testing.T) {
	f := function(asWorker+quiet+"volumes: [{name: s, secret: {secretName: root-token}}]") + account("worker", "") + account("root", "") + tokenOf("root", "")
	f = strings.Replace(f, "{name: main,", "{name: main, volumeMounts: [{name: s, mountPath: /s}],", 1)
	p := judge(t, f, bindCluster("cluster-admin", "{kind: ServiceAccount, namespace: fns, name: root}"))
	assert.Equal(t, "critical", worst(t, p, "SA-10"))
}

func TestEverybodyIsJudgedOnce(t *testing.T) {
	for _, tc := range []struct{ name, objects, want string }{
		{"anonymous reads", clusterRole("r", rule("", "pods", "get")) + bindCluster("r", `{kind: User, name: "system:anonymous"}`), "critical"},
		{"everybody logged in reads", clusterRole("r", rule("", "pods", "get")) + bindCluster("r", `{kind: Group, name: "system:authenticated"}`), "high"},
		{"anonymous sees metrics", clusterRole("r", `{nonResourceURLs: [/metrics], verbs: [get]}`) + bindCluster("r", `{kind: Group, name: "system:unauthenticated"}`), "medium"},
		{"anonymous sees the version", clusterRole("r", `{nonResourceURLs: [/version], verbs: [get]}`) + bindCluster("r", `{kind: User, name: "system:anonymous"}`), "pass"},
		{"in a namespace", bindHere("view", `{kind: Group, name: "system:authenticated"}`), "high"},
		{"kubeadm's cluster-info", clusterRole("info", only("", "configmaps", "get", "cluster-info")) + bindHere("info", `{kind: User, name: "system:anonymous"}`), "pass"},
		{"nothing but the defaults", "", "pass"},
	} {
		w := offlinetest.Text(t, mine(), tc.objects)
		assert.Equal(t, tc.want, worst(t, w.Scope(check.Subject{Scope: check.ScopeCluster}), "SA-14"), tc.name)
	}
}

func TestNodesMayNotAskForAnyAudience(t *testing.T) {
	any := clusterRole("audiences", rule("", star, "request-serviceaccounts-token-audience"))
	p := offlinetest.Text(t, mine(), any, bindCluster("audiences", `{kind: Group, name: "system:nodes"}`)).Scope(check.Subject{Scope: check.ScopeCluster})
	assert.Equal(t, "medium", worst(t, p, "SA-63"))
	p = offlinetest.Text(t, mine(), any, bindCluster("audiences", `{kind: User, name: jane}`)).Scope(check.Subject{Scope: check.ScopeCluster})
	assert.Equal(t, "pass", worst(t, p, "SA-63"))
}

func TestBindingsThatWaitForSomebody(t *testing.T) {
	ghost := "{kind: ServiceAccount, namespace: fns, name: ghost}"
	for _, tc := range []struct{ name, objects, want string }{
		{"an account that is not there", bindHere("view", ghost), "medium"},
		{"which somebody may create", bindHere("view", ghost) + clusterRole("maker", rule("", "serviceaccounts, pods", "create")) + bindHere("maker", "{kind: User, name: jane}"), "medium"},
		{"and that is an administrator", bindCluster("cluster-admin", ghost) + clusterRole("maker", rule("", "serviceaccounts, pods", "create")) + bindHere("maker", "{kind: User, name: jane}"), "critical"},
		{"a role that is not there", bindHere("nothing", worker), "info"},
		{"all there", bindHere("view", worker), "pass"},
		{"an account of a namespace that is not there", bindHere("view", "{kind: ServiceAccount, namespace: nowhere, name: default}"), "medium"},
		{"an account of another namespace", bindHere("view", "{kind: ServiceAccount, namespace: kube-system, name: default}"), "pass"},
		{"all accounts of a namespace that is not there", bindHere("view", `{kind: Group, name: "system:serviceaccounts:nowhere"}`), "medium"},
		{"which somebody may make", bindHere("edit", `{kind: Group, name: "system:serviceaccounts:nowhere"}`) +
			clusterRole("maker", rule("", "namespaces, pods", "create")) + bindCluster("maker", "{kind: User, name: jane}"), "high"},
		{"all accounts of this one", bindHere("view", `{kind: Group, name: "system:serviceaccounts:fns"}`), "pass"},
		{"a node that is not there", bindHere("view", `{kind: User, name: "system:node:n2"}`) + "\n---\n{apiVersion: v1, kind: Node, metadata: {name: n1}}", "medium"},
		{"a node", bindHere("view", `{kind: User, name: "system:node:n1"}`) + "\n---\n{apiVersion: v1, kind: Node, metadata: {name: n1}}", "pass"},
		{"other users", bindHere("view", "{kind: User, name: jane}"), "pass"},
		{"of the whole cluster", bindCluster("view", "{kind: ServiceAccount, namespace: nowhere, name: old}"), "pass"},
	} {
		p := offlinetest.Text(t, mine(), tc.objects).Scope(check.Subject{Scope: check.ScopeNamespace, Namespace: "fns"})
		assert.Equal(t, tc.want, worst(t, p, "SA-61"), tc.name)
	}
}

func TestClusterRoleBindingsThatWaitForSomebody(t *testing.T) {
	for _, tc := range []struct{ name, objects, want string }{
		{"an account of no namespace", bindCluster("view", "{kind: ServiceAccount, namespace: nowhere, name: old}"), "medium"},
		{"which somebody may make", bindCluster("cluster-admin", "{kind: ServiceAccount, namespace: nowhere, name: old}") +
			clusterRole("maker", rule("", "namespaces, serviceaccounts, pods", "create")) + bindCluster("maker", "{kind: User, name: jane}"), "critical"},
		{"an account of a namespace with functions", bindCluster("view", "{kind: ServiceAccount, namespace: fns, name: ghost}"), "pass"},
		{"a role that is not there", bindCluster("nothing", "{kind: User, name: jane}"), "info"},
		{"all there", bindCluster("view", worker), "pass"},
	} {
		p := offlinetest.Text(t, mine(), tc.objects).Scope(check.Subject{Scope: check.ScopeCluster})
		assert.Equal(t, tc.want, worst(t, p, "SA-61"), tc.name)
	}
}

// hiding is a source that hides kinds, as a cluster does from an operator who may not list them.
type hiding struct {
	snapshot.Source
	kinds []schema.GroupKind
}

func (h hiding) Coverage(kind schema.GroupKind, _ string) snapshot.Coverage {
	if slices.Contains(h.kinds, kind) {
		return snapshot.Denied
	}
	return snapshot.Seen
}

func (h hiding) Get(ref model.Ref) model.Object {
	if slices.Contains(h.kinds, ref.GroupKind()) {
		return nil
	}
	return h.Source.Get(ref)
}

func (h hiding) List(kind schema.GroupKind, namespace string) []model.Object {
	if slices.Contains(h.kinds, kind) {
		return nil
	}
	return h.Source.List(kind, namespace)
}

func TestWhatCannotBeReadIsUnknown(t *testing.T) {
	look := func(objects string, hidden ...schema.GroupKind) *security.Posture {
		w := offlinetest.Text(t, objects)
		o := *offlinetest.Options()
		o.Manifests = false
		r := snapshot.Once(hiding{w.World, hidden}, &o)
		return security.Function.Get(r, w.Find("fns", "fn").Key)
	}
	p := look(mine(), rbac.ClusterRoleBindingKind)
	for _, id := range []string{"SA-02", "SA-10", "SA-11", "SA-12", "SA-13", "SA-20", "SA-47"} {
		assert.Equal(t, "unknown", offlinetest.Verdict(t, p, id), id)
	}
	assert.True(t, p.Pillars[check.Identity].Capped)
	assert.Contains(t, offlinetest.Of(p, "SA-20")[0].Message, "cannot list clusterrolebindings.rbac.authorization.k8s.io: forbidden")

	p = look(mine()+inNamespace("fns", rule("", "secrets", "get")), rbac.ClusterRoleBindingKind)
	assert.Equal(t, "fail", offlinetest.Verdict(t, p, "SA-20"), "what was found stands")
	p = look(mine()+bindHere("view", worker), rbac.ClusterRoleKind)
	assert.Equal(t, "unknown", offlinetest.Verdict(t, p, "SA-20"), "a role that cannot be read may hold anything")
	p = look(function(asWorker), rbac.AccountKind)
	assert.Equal(t, "unknown", offlinetest.Verdict(t, p, "SA-04"))
	p = look(mine(), schema.GroupKind{Kind: "Secret"})
	assert.Equal(t, "unknown", offlinetest.Verdict(t, p, "SA-05"))
}

func TestAPartOfAClusterProvesNoAbsence(t *testing.T) {
	o := *offlinetest.Options()
	o.Partial = true
	p := offlinetest.With(t, &o, function(asWorker)).Judge("fns", "fn")
	assert.Equal(t, "unknown", offlinetest.Verdict(t, p, "SA-04"))
	assert.Equal(t, "unknown", offlinetest.Verdict(t, p, "SA-02"))
	p = offlinetest.With(t, &o, mine(), bindHere("elsewhere", worker)).Judge("fns", "fn")
	assert.Equal(t, "unknown", offlinetest.Verdict(t, p, "SA-20"), "the role may be elsewhere")
}

func TestServersBefore135EnterPodsByGet(t *testing.T) {
	for minor, want := range map[int]string{34: "high", 35: "pass"} {
		o := *offlinetest.Options()
		o.ServerMinor = minor
		p := offlinetest.With(t, &o, mine(), inNamespace("fns", rule("", "pods/exec", "get"))).Judge("fns", "fn")
		assert.Equal(t, want, worst(t, p, "SA-33"), minor)
	}
}

// A token in an init container alone is no fault of the function, and its rights weigh a step less.
func TestRightsThroughAnotherContainerWeighLess(t *testing.T) {
	p := judge(t, helped())
	assert.Equal(t, "pass", offlinetest.Verdict(t, p, "SA-02"))
	assert.Equal(t, "medium", worst(t, p, "SA-20"))
	assert.Equal(t, "through container helper", offlinetest.Of(p, "SA-20")[0].Rule())
}

// helped is a function whose init container alone holds a token.
func helped() string {
	f := function(asWorker + quiet + "volumes: [{name: t, projected: {sources: [{serviceAccountToken: {path: token}}]}}]")
	return strings.Replace(f, "containers: [", "initContainers: [{name: helper, image: h, volumeMounts: [{name: t, mountPath: /t}]}]\n      containers: [", 1) +
		account("worker", "") + inNamespace("fns", rule("", "secrets", "get"))
}

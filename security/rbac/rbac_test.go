package rbac_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/snapshot"
)

const group = "rbac.authorization.k8s.io"

func role(name, labels, aggregate, rules string) string {
	selectors := ""
	if aggregate != "" {
		selectors = fmt.Sprintf("\naggregationRule: {clusterRoleSelectors: [{matchLabels: {%s: x}}]}", aggregate)
	}
	return fmt.Sprintf("\n---\napiVersion: %s/v1\nkind: ClusterRole\nmetadata: {name: %s, labels: {%s}}%s\nrules: [%s]", group, name, labels, selectors, rules)
}

func bind(kind, namespace, role, subject string) string {
	ns := ""
	if namespace != "" {
		ns = ", namespace: " + namespace
	}
	return fmt.Sprintf("\n---\napiVersion: %s/v1\nkind: %s\nmetadata: {name: %s%s}\nroleRef: {apiGroup: %s, kind: ClusterRole, name: %s}\nsubjects: [%s]",
		group, kind, role, ns, group, role, subject)
}

const reads = "{apiGroups: [''], resources: [%s], verbs: [get]}"

func may(t *testing.T, objects string, a rbac.Attributes) bool {
	t.Helper()
	w := offlinetest.Text(t, objects)
	ok, via := rbac.Grants.Get(w.Reader, rbac.Account{Namespace: "fns", Name: "worker"}).Allows(a)
	assert.Equal(t, ok, len(via) > 0)
	return ok
}

const workerSubject = "{kind: ServiceAccount, namespace: fns, name: worker}"

func TestAggregatedRolesHoldTheRulesOfTheirParts(t *testing.T) {
	pods, secrets := fmt.Sprintf(reads, "pods"), fmt.Sprintf(reads, "secrets")
	get := func(resource string) rbac.Attributes { return rbac.Attributes{Verb: "get", Resource: resource} }
	bound := bind("ClusterRoleBinding", "", "whole", workerSubject)
	for _, tc := range []struct {
		name, roles   string
		pods, secrets bool
	}{
		{"a part", role("whole", "", "to-whole", "") + role("part", "to-whole: x", "", pods), true, false},
		{"a part of a part", role("whole", "", "to-whole", "") + role("middle", "to-whole: x", "to-middle", "") + role("part", "to-middle: x", "", pods), true, false},
		{"its own rules are replaced", role("whole", "", "to-whole", secrets) + role("part", "to-whole: x", "", pods), true, false},
		{"but stay without a part", role("whole", "", "to-whole", secrets), false, true},
		{"it is no part of itself", role("whole", "to-whole: x", "to-whole", secrets), false, true},
		{"a circle ends", role("whole", "to-other: x", "to-whole", "") + role("other", "to-whole: x", "to-other", "") + role("part", "to-other: x", "", pods), true, false},
		{"another value of the label", role("whole", "", "to-whole", "") + role("part", "to-whole: z", "", pods), false, false},
	} {
		assert.Equal(t, tc.pods, may(t, tc.roles+bound, get("pods")), tc.name)
		assert.Equal(t, tc.secrets, may(t, tc.roles+bound, get("secrets")), tc.name)
	}
}

func TestWhatEveryAPIServerGrantsIsThere(t *testing.T) {
	assert.True(t, may(t, "", rbac.Attributes{Verb: "get", Path: "/version"}))
	assert.True(t, may(t, "", rbac.Attributes{Verb: "create", Group: "authorization.k8s.io", Resource: "selfsubjectaccessreviews"}))
	assert.False(t, may(t, "", rbac.Attributes{Verb: "get", Path: "/metrics"}))
	w := offlinetest.Text(t, bind("RoleBinding", "fns", "view", workerSubject))
	set := rbac.Grants.Get(w.Reader, rbac.Account{Namespace: "fns", Name: "worker"})
	assert.True(t, set.Extra())
	assert.False(t, rbac.Grants.Get(w.Reader, rbac.Account{Namespace: "fns", Name: "other"}).Extra(), "defaults are nothing extra")
	ok, _ := set.Allows(rbac.Attributes{Verb: "list", Group: "apps", Resource: "deployments", Namespace: "fns"})
	assert.True(t, ok, "stock roles are there without a file")
}

// A file may hold another role of a stock name: it is the one that counts.
func TestAFileReplacesAStockRole(t *testing.T) {
	objects := role("view", "", "", fmt.Sprintf(reads, "secrets")) + bind("RoleBinding", "fns", "view", workerSubject)
	assert.True(t, may(t, objects, rbac.Attributes{Verb: "get", Resource: "secrets", Namespace: "fns"}))
	assert.False(t, may(t, objects, rbac.Attributes{Verb: "get", Resource: "pods", Namespace: "fns"}))
}

func TestAddressesAreGrantedClusterWideOnly(t *testing.T) {
	urls := role("urls", "", "", "{nonResourceURLs: ['/debug/*'], verbs: [get]}")
	at := rbac.Attributes{Verb: "get", Path: "/debug/pprof/heap"}
	assert.True(t, may(t, urls+bind("ClusterRoleBinding", "", "urls", workerSubject), at))
	assert.False(t, may(t, urls+bind("RoleBinding", "fns", "urls", workerSubject), at))
}

func TestWhoCanListsSubjectsOnce(t *testing.T) {
	secrets := role("secrets", "", "", fmt.Sprintf(reads, "secrets"))
	w := offlinetest.Text(t, secrets+bind("RoleBinding", "fns", "secrets", workerSubject+", {kind: User, name: 'system:serviceaccount:fns:worker'}, {kind: Group, name: ops}")+
		bind("ClusterRoleBinding", "", "secrets", workerSubject))
	able, missing := rbac.WhoCan(w.Reader, rbac.Attributes{Verb: "get", Resource: "secrets", Namespace: "fns"})
	assert.Empty(t, missing)
	var names []string
	for _, a := range able {
		names = append(names, a.String())
	}
	assert.Equal(t, []string{"Group ops", "Group system:masters", "ServiceAccount fns/worker"}, names)
	assert.Len(t, able[2].Via, 2, "each binding once")
}

// Ways to more rights are followed through other accounts, and the shortest is told.
func TestEscalationTellsTheShortestWay(t *testing.T) {
	account := func(name string) string {
		return "\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: " + name + ", namespace: fns}"
	}
	mint := role("mint", "", "", "{apiGroups: [''], resources: [serviceaccounts/token], verbs: [create], resourceNames: [middle]}")
	pods := role("pods", "", "", "{apiGroups: [''], resources: [pods], verbs: [create]}")
	w := offlinetest.Text(t, account("worker")+account("middle")+account("root")+mint+pods+
		bind("RoleBinding", "fns", "mint", workerSubject)+bind("RoleBinding", "fns", "pods", "{kind: ServiceAccount, name: middle}")+
		bind("ClusterRoleBinding", "", "cluster-admin", "{kind: ServiceAccount, namespace: fns, name: root}"))
	e := rbac.Escalation(w.Reader, rbac.Account{Namespace: "fns", Name: "worker"})
	var steps []string
	for _, s := range e.Cluster {
		steps = append(steps, s.Control+" "+s.To.Name)
	}
	assert.Equal(t, []string{"SA-22 middle", "SA-30 root", "SA-10 "}, steps)
	assert.Empty(t, rbac.Escalation(w.Reader, rbac.Account{Namespace: "fns", Name: "default"}).Cluster)
}

func TestEscalationInANamespace(t *testing.T) {
	for name, tc := range map[string]struct{ rules, want string }{
		"binds any ClusterRole": {"{apiGroups: [" + group + "], resources: [clusterroles], verbs: [bind]}, {apiGroups: [" + group + "], resources: [rolebindings], verbs: [create]}", "fns"},
		"binds nothing":         {"{apiGroups: [" + group + "], resources: [clusterroles], verbs: [bind]}", ""},
		"binds edit by name":    {"{apiGroups: [" + group + "], resources: [clusterroles], verbs: [bind], resourceNames: [edit]}, {apiGroups: [" + group + "], resources: [rolebindings], verbs: [create]}", "fns"},
		"binds view by name":    {"{apiGroups: [" + group + "], resources: [clusterroles], verbs: [bind], resourceNames: [view]}, {apiGroups: [" + group + "], resources: [rolebindings], verbs: [create]}", ""},
		"escalates a ClusterRole that it only holds here": {"{apiGroups: [" + group + "], resources: [clusterroles], verbs: [escalate, update]}", ""},
	} {
		w := offlinetest.Text(t, role("granted", "", "", tc.rules)+bind("RoleBinding", "fns", "granted", workerSubject))
		e := rbac.Escalation(w.Reader, rbac.Account{Namespace: "fns", Name: "worker"})
		assert.Empty(t, e.Cluster, name)
		if tc.want == "" {
			assert.Empty(t, e.Namespaces, name)
			continue
		}
		require.Len(t, e.Namespaces, 1, name)
		assert.Equal(t, tc.want, e.Namespaces[0].Namespace, name)
	}
}

func TestSubjectsAreThoseOfTheAPIServer(t *testing.T) {
	s := rbac.ForAccount("fns", "worker")
	assert.Equal(t, []string{"system:serviceaccounts", "system:serviceaccounts:fns", "system:authenticated"}, s.Groups)
	a, ok := rbac.AccountOf("system:serviceaccount:fns:worker")
	assert.True(t, ok)
	assert.Equal(t, rbac.Account{Namespace: "fns", Name: "worker"}, a)
	for _, name := range []string{"system:serviceaccount:", "system:serviceaccount:fns:", "jane", "system:serviceaccount::x"} {
		_, ok := rbac.AccountOf(name)
		assert.False(t, ok, name)
	}
	w := offlinetest.Text(t, "")
	all := rbac.For(w.Reader, rbac.ForUser("jane", rbac.Masters))
	ok, via := all.Allows(rbac.Attributes{Verb: "x", Group: "y", Resource: "z"})
	assert.True(t, ok && slices.ContainsFunc(via, func(v rbac.Via) bool { return v.Rule < 0 }), "the group bypasses bindings")
}

// factless is a source whose bindings could not be decoded.
type factless struct{ snapshot.Source }

func (s factless) List(kind schema.GroupKind, namespace string) []model.Object {
	all := slices.Clone(s.Source.List(kind, namespace))
	for i, o := range all {
		if kind == rbac.RoleBindingKind || kind == rbac.ClusterRoleBindingKind {
			all[i] = &model.Custom{Header: model.Header{Ref: o.Head().Ref}}
		}
	}
	return all
}

// A binding that says nothing may say anything: it is no reason for a clean answer.
func TestAMalformedBindingLeavesTheAnswerOpen(t *testing.T) {
	account := rbac.Account{Namespace: "fns", Name: "worker"}
	for _, objects := range []string{bind("RoleBinding", "fns", "odd", workerSubject), bind("ClusterRoleBinding", "", "odd", workerSubject)} {
		w := offlinetest.Text(t, objects+role("odd", "", "", fmt.Sprintf(reads, "secrets")))
		assert.Empty(t, rbac.Grants.Get(w.Reader, account).Missing)
		r := snapshot.Once(factless{w.World}, offlinetest.Options())
		set := rbac.Grants.Get(r, account)
		require.NotEmpty(t, set.Missing)
		assert.Contains(t, set.Missing[0].String(), "odd cannot be read: it is malformed")
		_, missing := rbac.WhoCan(r, rbac.Attributes{Verb: "get", Resource: "secrets", Namespace: "fns"})
		assert.NotEmpty(t, missing)
	}
}

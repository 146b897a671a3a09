package permissions_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/kubernetes"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/kubetest"
	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/kube/offline"
	"github.com/fn9s/fn9s/kube/permissions"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/snapshot"
)

const (
	mark    = "fn9s.io/oracle"
	queries = 5000
)

// generator makes roles, bindings and questions from few words, so that many of them meet.
type generator struct {
	*rand.Rand
	namespaces []string
}

var (
	verbs = []string{
		"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "bind", "escalate", "impersonate",
		"approve", "use", "Get",
	}
	groups    = []string{"", "", "", "apps", "batch", rbacv1.GroupName, "example.com", "certificates.k8s.io"}
	resources = []string{
		"pods", "pods/exec", "pods/log", "secrets", "serviceaccounts", "serviceaccounts/token", "deployments", "deployments/scale",
		"roles", "clusterroles", "rolebindings", "nodes", "nodes/proxy", "namespaces", "signers", "users", "Pods", "widgets/status",
	}
	wild  = []string{"*", "*/scale", "*/status", "pods/*", "*/*"}
	names = []string{"a", "b", "web", "example.com/*", "oracle-0", "oracle-1"}
	paths = []string{"/healthz", "/healthz/etcd", "/metrics", "/debug/pprof/heap", "/logs", "/logs/", "/api", "/version"}
	urls  = []string{"*", "/healthz", "/healthz/*", "/metrics", "/debug/*", "/logs*", "/logs/**", "/version"}
)

func (g *generator) one(list []string) string { return list[g.IntN(len(list))] }

func (g *generator) some(list []string, most int) []string {
	var all []string
	for range 1 + g.IntN(most) {
		all = append(all, g.one(list))
	}
	return all
}

func (g *generator) rule(cluster bool) rbacv1.PolicyRule {
	r := rbacv1.PolicyRule{Verbs: g.some(verbs, 4)}
	if g.IntN(12) == 0 {
		r.Verbs = []string{"*"}
	}
	if cluster && g.IntN(6) == 0 {
		r.NonResourceURLs = g.some(urls, 2)
		return r
	}
	r.APIGroups, r.Resources = g.some(groups, 2), g.some(resources, 4)
	switch g.IntN(10) {
	case 0:
		r.Resources = append(r.Resources, g.one(wild))
	case 1:
		r.APIGroups = []string{"*"}
	}
	switch g.IntN(4) {
	case 0:
		r.ResourceNames = g.some(names, 3)
	case 1:
		if g.IntN(4) == 0 {
			r.ResourceNames = []string{""}
		}
	}
	return r
}

func (g *generator) rules(cluster bool) []rbacv1.PolicyRule {
	var all []rbacv1.PolicyRule
	for range 1 + g.IntN(3) {
		all = append(all, g.rule(cluster))
	}
	return all
}

func (g *generator) subject(cluster bool) rbacv1.Subject {
	ns, name := g.one(g.namespaces), g.one([]string{"x", "y", "z"})
	switch g.IntN(8) {
	case 0:
		return rbacv1.Subject{Kind: "User", APIGroup: rbacv1.GroupName, Name: "system:serviceaccount:" + ns + ":" + name}
	case 1:
		return rbacv1.Subject{Kind: "User", APIGroup: rbacv1.GroupName, Name: g.one([]string{"jane", "*", "oracle"})}
	case 2:
		return rbacv1.Subject{Kind: "Group", APIGroup: rbacv1.GroupName, Name: "system:serviceaccounts:" + ns}
	case 3:
		return rbacv1.Subject{Kind: "Group", APIGroup: rbacv1.GroupName, Name: "oracles"}
	case 4:
		if !cluster {
			return rbacv1.Subject{Kind: "ServiceAccount", Name: name}
		}
	}
	return rbacv1.Subject{Kind: "ServiceAccount", Namespace: ns, Name: name}
}

func (g *generator) subjects(cluster bool) []rbacv1.Subject {
	var all []rbacv1.Subject
	for range 1 + g.IntN(2) {
		all = append(all, g.subject(cluster))
	}
	return all
}

// asker is whom a question is asked for.
func (g *generator) asker() rbac.Subject {
	switch g.IntN(8) {
	case 0:
		return rbac.ForUser(g.one([]string{"jane", "*", "oracle", "nobody"}), rbac.Authenticated)
	case 1:
		return rbac.ForUser("jane", "oracles", rbac.Authenticated)
	}
	return rbac.ForAccount(g.one(g.namespaces), g.one([]string{"x", "y", "z"}))
}

func (g *generator) question() rbac.Attributes {
	if g.IntN(8) == 0 {
		return rbac.Attributes{Verb: g.one(verbs), Path: g.one(paths)}
	}
	a := rbac.Attributes{Verb: g.one(verbs), Group: g.one(groups)}
	a.Resource, a.Subresource = cut(g.one(resources))
	if g.IntN(3) > 0 {
		a.Namespace = g.one(g.namespaces)
	}
	if g.IntN(2) == 0 {
		a.Name = g.one(names)
	}
	return a
}

func cut(resource string) (string, string) {
	for i := range resource {
		if resource[i] == '/' {
			return resource[:i], resource[i+1:]
		}
	}
	return resource, ""
}

func meta(namespace, name string, extra ...string) metav1.ObjectMeta {
	m := metav1.ObjectMeta{Namespace: namespace, Name: "oracle-" + name, Labels: map[string]string{mark: "true"}}
	for _, l := range extra {
		m.Labels[l] = "true"
	}
	return m
}

// populate makes the objects on the cluster.
func (g *generator) populate(ctx context.Context, t *testing.T, k kubernetes.Interface) {
	t.Helper()
	r := k.RbacV1()
	for i, ns := range g.namespaces {
		_, err := k.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: ns, Labels: map[string]string{mark: "true"}}}, metav1.CreateOptions{})
		require.NoError(t, err)
		for n := range 15 {
			_, err := r.Roles(ns).Create(ctx, &rbacv1.Role{ObjectMeta: meta(ns, fmt.Sprint(n)), Rules: g.rules(false)}, metav1.CreateOptions{})
			require.NoError(t, err)
		}
		for n := range 25 {
			ref := rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: fmt.Sprintf("oracle-%d", g.IntN(17))} // some are not there
			if g.IntN(2) == 0 {
				ref.Kind, ref.Name = "ClusterRole", fmt.Sprintf("oracle-%d", g.IntN(44))
			}
			b := &rbacv1.RoleBinding{ObjectMeta: meta(ns, fmt.Sprintf("%d-%d", i, n)), RoleRef: ref, Subjects: g.subjects(false)}
			_, err := r.RoleBindings(ns).Create(ctx, b, metav1.CreateOptions{})
			require.NoError(t, err)
		}
	}
	for n := range 40 {
		role := &rbacv1.ClusterRole{ObjectMeta: meta("", fmt.Sprint(n), "oracle/part-"+fmt.Sprint(n%4)), Rules: g.rules(true)}
		_, err := r.ClusterRoles().Create(ctx, role, metav1.CreateOptions{})
		require.NoError(t, err)
	}
	// Aggregated roles: of one part, of another that is itself a part, of two, of none.
	for n, selectors := range [][]string{{"oracle/part-0"}, {"oracle/whole-0", "oracle/part-1"}, {"oracle/part-2", "oracle/part-3"}, {"oracle/nothing"}} {
		role := &rbacv1.ClusterRole{ObjectMeta: meta("", fmt.Sprint(40+n), "oracle/whole-"+fmt.Sprint(n)), AggregationRule: &rbacv1.AggregationRule{}}
		if n == 3 {
			role.Rules = g.rules(true)
		}
		for _, s := range selectors {
			role.AggregationRule.ClusterRoleSelectors = append(role.AggregationRule.ClusterRoleSelectors, metav1.LabelSelector{MatchLabels: map[string]string{s: "true"}})
		}
		_, err := r.ClusterRoles().Create(ctx, role, metav1.CreateOptions{})
		require.NoError(t, err)
	}
	for n := range 16 {
		b := &rbacv1.ClusterRoleBinding{
			ObjectMeta: meta("", fmt.Sprint(n)), Subjects: g.subjects(true),
			RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: fmt.Sprintf("oracle-%d", g.IntN(46))},
		}
		_, err := r.ClusterRoleBindings().Create(ctx, b, metav1.CreateOptions{})
		require.NoError(t, err)
	}
}

func (g *generator) clean(t *testing.T, k kubernetes.Interface) {
	ctx := context.Background()
	marked := metav1.ListOptions{LabelSelector: mark}
	for _, ns := range g.namespaces {
		assert.NoError(t, k.CoreV1().Namespaces().Delete(ctx, ns, metav1.DeleteOptions{}))
		assert.NoError(t, k.RbacV1().RoleBindings(ns).DeleteCollection(ctx, metav1.DeleteOptions{}, marked))
		assert.NoError(t, k.RbacV1().Roles(ns).DeleteCollection(ctx, metav1.DeleteOptions{}, marked))
	}
	assert.NoError(t, k.RbacV1().ClusterRoleBindings().DeleteCollection(ctx, metav1.DeleteOptions{}, marked))
	assert.NoError(t, k.RbacV1().ClusterRoles().DeleteCollection(ctx, metav1.DeleteOptions{}, marked))
}

// settle waits until the aggregated roles are put together, and the authorizer knows the last role and binding of each kind.
func (g *generator) settle(ctx context.Context, t *testing.T, k kubernetes.Interface, c *client.Client) {
	t.Helper()
	require.Eventually(t, func() bool {
		roles, err := k.RbacV1().ClusterRoles().List(ctx, metav1.ListOptions{LabelSelector: mark})
		return err == nil && aggregated(roles.Items)
	}, 30*time.Second, 100*time.Millisecond)
	last := &rbacv1.ClusterRole{ObjectMeta: meta("", "last"), Rules: []rbacv1.PolicyRule{{Verbs: []string{"see"}, APIGroups: []string{"last"}, Resources: []string{"last"}}}}
	_, err := k.RbacV1().ClusterRoles().Create(ctx, last, metav1.CreateOptions{})
	require.NoError(t, err)
	_, err = k.RbacV1().ClusterRoleBindings().Create(ctx, &rbacv1.ClusterRoleBinding{
		ObjectMeta: meta("", "last"), RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "oracle-last"},
		Subjects: []rbacv1.Subject{{Kind: "User", APIGroup: rbacv1.GroupName, Name: "last"}},
	}, metav1.CreateOptions{})
	require.NoError(t, err)
	ns := g.namespaces[len(g.namespaces)-1]
	_, err = k.RbacV1().Roles(ns).Create(ctx, &rbacv1.Role{ObjectMeta: meta(ns, "last"), Rules: last.Rules}, metav1.CreateOptions{})
	require.NoError(t, err)
	_, err = k.RbacV1().RoleBindings(ns).Create(ctx, &rbacv1.RoleBinding{
		ObjectMeta: meta(ns, "last"), RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "oracle-last"},
		Subjects: []rbacv1.Subject{{Kind: "User", APIGroup: rbacv1.GroupName, Name: "local"}},
	}, metav1.CreateOptions{})
	require.NoError(t, err)
	// Each of the four kinds has a watch of its own: the last object of each must have arrived.
	for user, namespace := range map[string]string{"last": "", "local": ns} {
		require.Eventually(t, func() bool {
			a := rbac.Attributes{Verb: "see", Group: "last", Resource: "last", Namespace: namespace}
			v, err := permissions.Review(ctx, c, rbac.ForUser(user), a)
			return err == nil && v.Allowed
		}, 30*time.Second, 100*time.Millisecond)
	}
}

// aggregated reports whether every aggregated role holds every rule of the roles that it selects.
func aggregated(roles []rbacv1.ClusterRole) bool {
	for _, whole := range roles {
		if whole.AggregationRule == nil {
			continue
		}
		for _, s := range whole.AggregationRule.ClusterRoleSelectors {
			for _, part := range roles {
				if !labels.SelectorFromSet(s.MatchLabels).Matches(labels.Set(part.Labels)) {
					continue
				}
				for _, rule := range part.Rules {
					if !slices.ContainsFunc(whole.Rules, func(r rbacv1.PolicyRule) bool { return equality.Semantic.DeepEqual(r, rule) }) {
						return false
					}
				}
			}
		}
	}
	return true
}

// manifests are the roles and bindings of the cluster as files would hold them: aggregated roles without rules.
func manifests(ctx context.Context, t *testing.T, k kubernetes.Interface) *snapshot.Reader {
	t.Helper()
	var docs []manifest.Document
	add := func(kind string, o any) {
		raw, err := json.Marshal(o)
		require.NoError(t, err)
		var m map[string]any
		require.NoError(t, json.Unmarshal(raw, &m))
		m["apiVersion"], m["kind"] = rbacv1.SchemeGroupVersion.String(), kind
		raw, err = json.Marshal(m)
		require.NoError(t, err)
		d, err := manifest.Object(raw)
		require.NoError(t, err)
		docs = append(docs, d)
	}
	roles, err := k.RbacV1().ClusterRoles().List(ctx, metav1.ListOptions{})
	require.NoError(t, err)
	for i := range roles.Items {
		if r := &roles.Items[i]; r.AggregationRule != nil && r.Name != "oracle-43" {
			r.Rules = nil
		}
		add("ClusterRole", roles.Items[i])
	}
	bindings, err := k.RbacV1().ClusterRoleBindings().List(ctx, metav1.ListOptions{})
	require.NoError(t, err)
	for i := range bindings.Items {
		add("ClusterRoleBinding", bindings.Items[i])
	}
	local, err := k.RbacV1().Roles("").List(ctx, metav1.ListOptions{})
	require.NoError(t, err)
	for i := range local.Items {
		add("Role", local.Items[i])
	}
	here, err := k.RbacV1().RoleBindings("").List(ctx, metav1.ListOptions{})
	require.NoError(t, err)
	for i := range here.Items {
		add("RoleBinding", here.Items[i])
	}
	w, problems := offline.Load(nil, rbac.Kinds(), docs)
	require.Empty(t, problems)
	return permissions.NewReader(w, true)
}

// Thousands of questions about generated roles and bindings get the API server's own answer, computed from what is in
// the cluster, and from the same objects as files.
func TestAnswersAreThoseOfTheAPIServer(t *testing.T) {
	cluster := kubetest.Need(t)
	c, _ := kubetest.Connect(t, kubetest.Kubeconfig{Path: cluster.Admin})
	k, err := kubernetes.NewForConfigAndClient(c.Config(), c.HTTP())
	require.NoError(t, err)
	ctx := t.Context()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	suffix := fmt.Sprintf("%x", seed)
	g := &generator{rand.New(rand.NewPCG(seed, 0)), []string{"oracle-a-" + suffix, "oracle-b-" + suffix, "oracle-c-" + suffix}}
	t.Cleanup(func() { g.clean(t, k) })
	g.populate(ctx, t, k)
	g.settle(ctx, t, k, c)

	w, err := permissions.Read(ctx, c, nil)
	require.NoError(t, err)
	live, files := permissions.NewReader(w, false), manifests(ctx, t, k)
	subjects, asked := make([]rbac.Subject, queries), make([]rbac.Attributes, queries)
	want := make([]bool, queries)
	var all errgroup.Group
	all.SetLimit(16)
	for i := range queries {
		subjects[i], asked[i] = g.asker(), g.question()
		all.Go(func() error {
			v, err := permissions.Review(ctx, c, subjects[i], asked[i])
			want[i] = v.Allowed
			return err
		})
	}
	require.NoError(t, all.Wait())
	yes := 0
	for i := range queries {
		got, via := rbac.For(live, subjects[i]).Allows(asked[i])
		require.Equal(t, want[i], got, "%v %s (by %v)", subjects[i], asked[i], via)
		got, via = rbac.For(files, subjects[i]).Allows(asked[i])
		require.Equal(t, want[i], got, "from files: %v %s (by %v)", subjects[i], asked[i], via)
		if want[i] {
			yes++
			able, missing := rbac.WhoCan(live, asked[i])
			require.Empty(t, missing)
			assert.True(t, among(able, subjects[i]), "%v is among those who can %s", subjects[i], asked[i])
		}
	}
	t.Logf("%d questions, %d yes", queries, yes)
	assert.Greater(t, yes, queries/20, "the generated objects must allow something")
}

// among reports whether the subject, or one of its groups, is listed.
func among(able []rbac.Able, s rbac.Subject) bool {
	for _, a := range able {
		if a.Kind == s.Kind && a.Namespace == s.Namespace && a.Name == s.Name {
			return true
		}
		for _, g := range s.Groups {
			if a.Kind == "Group" && a.Name == g {
				return true
			}
		}
	}
	return false
}

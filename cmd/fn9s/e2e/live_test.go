package e2e

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/fn9s/fn9s/cmd/terminal"
	"github.com/fn9s/fn9s/kube/kubetest"
)

func clientset(t *testing.T) kubernetes.Interface {
	t.Helper()
	c, _ := kubetest.Connect(t, kubetest.Kubeconfig{Path: kubetest.Need(t).Admin})
	k, err := kubernetes.NewForConfigAndClient(c.Config(), c.HTTP())
	require.NoError(t, err)
	return k
}

// ageless is a row without what changes by itself.
func ageless(row string) string {
	return strings.Join(strings.Fields(ages.ReplaceAllString(strings.TrimPrefix(row, "▌"), " ")), " ")
}

var ages = regexp.MustCompile(`\s(\d+[dhms])+(\s|$)`)

// identity is the name in a row, and what tells it from others of that name: the last column.
func identity(row string) (name, last string) {
	fields := strings.Fields(row)
	return fields[0], fields[len(fields)-1]
}

// touched are the names of the rows that differ between two frames of one table.
func touched(before, after *terminal.Screen) []string {
	was := map[string]string{}
	for _, r := range rows(before) {
		name, key := identity(ageless(r))
		was[name+key] = ageless(r)
	}
	var names []string
	for _, r := range rows(after) {
		name, key := identity(ageless(r))
		kept := strings.HasPrefix(name, "fn9s-backup-") // by tests that change things at the same time
		if was[name+key] != ageless(r) && !kept {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// soon waits for a frame, and tells how long after the change it came.
func (c *console) soon(what string, changed time.Time, ok func(*terminal.Screen) bool) *terminal.Screen {
	c.t.Helper()
	s := c.until(what, ok)
	c.t.Logf("%s: on the screen %v after the server had it", what, time.Since(changed).Round(time.Millisecond))
	return s
}

func TestAChangeIsOnTheRowsThatItTouches(t *testing.T) {
	k := clientset(t)
	c := run(t, terminal.Options{Cols: 160, Rows: 50}, "--kubeconfig", kubetest.Need(t).Admin, "-n", "payments")
	judged := func(s *terminal.Screen) bool {
		return isLive(s) && s.Contains("charge-card") && !s.Contains("to judge")
	}
	c.until("judged list", judged)
	name := fmt.Sprintf("fn9s-e2e-%x", time.Now().UnixNano())

	// A RoleBinding that lets somebody read one Secret.
	roles, bindings, ctx := k.RbacV1().Roles("payments"), k.RbacV1().RoleBindings("payments"), t.Context()
	_, err := roles.Create(ctx, &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: name}, Rules: []rbacv1.PolicyRule{
		{APIGroups: []string{""}, Resources: []string{"secrets"}, Verbs: []string{"get"}, ResourceNames: []string{"charge-card-psp"}}}}, metav1.CreateOptions{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = roles.Delete(context.WithoutCancel(ctx), name, metav1.DeleteOptions{}) })
	c.command("secrets")
	row := func(s *terminal.Screen) string { return ageless(lineOf(t, s, "charge-card-psp")) }
	shown := func(s *terminal.Screen) bool {
		return s.Contains("secrets(", "charge-card-psp") && !s.Contains("Asking")
	}
	before := c.until("Secrets", shown)
	_, err = bindings.Create(ctx, &rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Name: name},
		RoleRef:  rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: name},
		Subjects: []rbacv1.Subject{{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: name}}}, metav1.CreateOptions{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = bindings.Delete(context.WithoutCancel(ctx), name, metav1.DeleteOptions{}) })
	after := c.soon("a RoleBinding added", time.Now(), func(s *terminal.Screen) bool { return shown(s) && row(s) != row(before) })
	assert.Equal(t, []string{"charge-card-psp"}, touched(before, after))
	require.NoError(t, bindings.Delete(ctx, name, metav1.DeleteOptions{}))
	c.soon("the RoleBinding deleted", time.Now(), func(s *terminal.Screen) bool { return shown(s) && row(s) == row(before) })

	// A policy that comes and goes.
	policies := k.NetworkingV1().NetworkPolicies("payments")
	c.command("policies")
	c.until("policies", func(s *terminal.Screen) bool { return s.Contains("policies(", "default-deny") })
	_, err = policies.Create(ctx, &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: networkingv1.NetworkPolicySpec{PodSelector: metav1.LabelSelector{MatchLabels: map[string]string{"faas_function": "charge-card"}}}}, metav1.CreateOptions{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = policies.Delete(context.WithoutCancel(ctx), name, metav1.DeleteOptions{}) })
	short := name[:12]
	before = c.soon("a policy added", time.Now(), func(s *terminal.Screen) bool { return s.Contains(short) })
	require.NoError(t, policies.Delete(ctx, name, metav1.DeleteOptions{}))
	after = c.soon("the policy deleted", time.Now(), func(s *terminal.Screen) bool { return !s.Contains(short) })
	assert.Empty(t, touched(before, after), "the other rows stay")
	c.quit()
}

package e2e

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/cmd/terminal"
	"github.com/fn9s/fn9s/kube/kubetest"
)

// lineOf is the first line with all of the texts.
func lineOf(t *testing.T, s *terminal.Screen, texts ...string) string {
	t.Helper()
	for _, line := range s.Lines() {
		all := true
		for _, text := range texts {
			all = all && strings.Contains(line, text)
		}
		if all {
			return line
		}
	}
	require.Fail(t, "no such line", "%q in\n%s", texts, strings.Join(s.Lines(), "\n"))
	return ""
}

// rowOf is the row of a table that begins with a name, empty when there is none.
func rowOf(s *terminal.Screen, name string) string {
	for _, r := range rows(s) {
		if strings.HasPrefix(strings.TrimLeft(r, "▌ "), name+" ") {
			return r
		}
	}
	return ""
}

// on opens a screen about a function from the list, reads it, and goes back.
func (c *console) on(key string, read func(*terminal.Screen), texts ...string) {
	c.t.Helper()
	c.press(key)
	read(c.see(texts...))
	c.press("[")
	c.see("functions(")
}

var markedGrade = regexp.MustCompile(` [B-F]\? `)

// What the operator of two namespaces cannot see is unknown, with the right that is missing: no light is green for it.
func TestWhatTheOperatorOfTwoNamespacesCannotSee(t *testing.T) {
	cluster := kubetest.Need(t)
	c := run(t, terminal.Options{Cols: 160, Rows: 50}, "--kubeconfig", cluster.Two, "-A")
	c.until("judged list", func(s *terminal.Screen) bool {
		return isLive(s) && s.Contains("charge-card") && !s.Contains("to judge")
	})
	const bindings = "cannot list clusterrolebindings.rbac.authorization.k8s.io: forbidden"
	c.filter("charge-card")
	c.until("marked grade", func(s *terminal.Screen) bool {
		return slices.ContainsFunc(s.Lines(), func(l string) bool { return strings.Contains(l, "charge-card") && markedGrade.MatchString(l) })
	})
	c.on("S", func(s *terminal.Screen) {
		for _, pillar := range []string{"identity", "secrets", "pod  "} {
			line := lineOf(t, s, pillar, "not judged")
			assert.Regexp(t, `[?▲✗]  [B-F]\?  `, line)
			assert.NotContains(t, line, "✓")
		}
	}, "posture charge-card", "not judged", bindings, "cannot list namespaces: forbidden")
	c.on("b", func(s *terminal.Screen) {
		assert.Regexp(t, `who may read it is not known|or more may read it`, lineOf(t, s, "Secret payments/charge-card-psp", "may read it"))
		assert.False(t, s.Contains("✓ nobody"))
	}, "blast radius", "there may be more: "+bindings)
	c.on("a", func(s *terminal.Screen) {
		for _, asked := range []string{"create functions here", "change it", "run commands in it", "read its Secret charge-card-psp"} {
			assert.Regexp(t, `\? unknown|or more`, lineOf(t, s, asked))
		}
		assert.False(t, s.Contains("✓ nobody"))
	}, "▸ access", "Who may", bindings)
	c.on("v", func(s *terminal.Screen) {
		assert.False(t, s.Contains("✓ nothing"))
		assert.False(t, s.Contains("policies let nothing in"))
	}, "▸ network", "pods that cannot be seen may be let through too: cannot list pods: forbidden")
	c.command("secrets")
	for _, r := range rows(c.see("secrets(", "charge-card-psp", "READERS")) {
		if strings.Contains(r, "plain") || strings.Contains(r, "managed") {
			assert.Regexp(t, `\s\d+\?`, r, "who may read it is open")
		}
	}
	c.command("ns")
	c.see("namespaces(2)", "denied: list namespaces")
	c.until("labels of the namespace that are unknown", func(s *terminal.Screen) bool {
		return strings.Contains(rowOf(s, "payments"), "unknown")
	})
	c.command("policies")
	c.see("policies(", "default-deny")
	c.command("findings status=unknown function=charge-card")
	c.see("UNKNOWN")
	c.press("t", "t", "t")
	c.see("unknown", bindings)
	c.quit()
}

// The reading operator sees no Secrets: what rests on them is unknown, with that right named.
func TestWhatTheReadingOperatorCannotSee(t *testing.T) {
	cluster := kubetest.Need(t)
	c := run(t, terminal.Options{Cols: 160, Rows: 50}, "--kubeconfig", cluster.ReadOnly, "-A", "--read-only")
	c.until("judged list", func(s *terminal.Screen) bool {
		return isLive(s) && s.Contains("charge-card", "[read-only]") && !s.Contains("to judge")
	})
	const secrets = "cannot list secrets in payments: forbidden"
	c.filter("charge-card namespace=payments")
	c.on("S", func(s *terminal.Screen) {
		line := lineOf(t, s, "secrets", "not judged")
		assert.Regexp(t, `[?▲✗]  [B-F]\?  `, line)
		assert.NotContains(t, line, "✓")
	}, "posture charge-card", secrets)
	c.on("b", func(*terminal.Screen) {}, "blast radius", "it may go further: "+secrets, "there may be a token: "+secrets)
	c.on("a", func(*terminal.Screen) {}, "▸ access", "there may be a token: "+secrets)
	c.command("secrets")
	for _, r := range rows(c.see("secrets(", "denied: cannot list secrets in")) {
		assert.NotContains(t, r, "✓")
	}
	c.press("/")
	require.NoError(t, c.Type("charge-card-psp"))
	c.press("enter")
	assert.Contains(t, lineOf(t, c.see("filter: charge-card-psp"), "charge-card-psp", "payments"), "? not seen")
	c.command("findings status=unknown function=charge-card")
	c.press("t", "t", "t")
	c.see("unknown", secrets)
	c.quit()
}

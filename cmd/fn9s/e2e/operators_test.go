package e2e

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/cmd/terminal"
	"github.com/fn9s/fn9s/kube/kubetest"
)

// The operator with two namespaces may list no namespaces: his contexts name them.
func TestTheOperatorOfTwoNamespaces(t *testing.T) {
	cluster := kubetest.Need(t)
	c := run(t, terminal.Options{}, "--kubeconfig", cluster.Two, "-A")
	s := c.until("both namespaces", func(s *terminal.Screen) bool {
		return isLive(s) && s.Contains("charge-card", "apply-coupon", "denied: other namespaces")
	})
	for _, r := range rows(s) {
		for _, foreign := range []string{" media ", " analytics ", " openwhisk "} {
			assert.NotContains(t, r, foreign)
		}
	}
	assert.NotContains(t, last(s), "✗", "what is denied is no error")
	c.command("ns media")
	c.until("refusal", func(s *terminal.Screen) bool {
		return strings.Contains(s.Line(0), "▸ media ▸") && s.Contains("denied")
	})
	c.quit()
}

func TestTheReadingOperatorSeesNoSecrets(t *testing.T) {
	cluster := kubetest.Need(t)
	c := run(t, terminal.Options{}, "--kubeconfig", cluster.ReadOnly, "-A", "--read-only")
	c.until("list", func(s *terminal.Screen) bool { return isLive(s) && s.Contains("charge-card", "[read-only]") })
	c.command("secrets.v1 payments")
	c.see(`cannot list resource "secrets"`, `"payments"`)
	c.quit()
}

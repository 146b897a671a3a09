package e2e

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/cmd/terminal"
)

func TestAllFrameworksAreListed(t *testing.T) {
	c := open(t)
	assert.GreaterOrEqual(t, functions(c.Screen()), 30)
	for _, framework := range []string{"openfaas", "kubeless", "kyma", "fission", "nuclio", "knative", "openwhisk", "fn", "plain"} {
		found := c.filter("framework=" + framework)
		require.NotEmpty(t, found)
		for _, r := range found {
			fields := strings.Fields(strings.TrimPrefix(r, "▌"))
			assert.Contains(t, fields, framework)
			assert.NotContains(t, r, "No functions")
		}
		c.press("esc")
		c.gone("filter: framework=" + framework)
	}
	spaces := map[string]bool{}
	c.command("ns")
	for _, r := range rows(c.see("namespaces(", "FUNCTIONS")) {
		if fields := strings.Fields(strings.TrimPrefix(r, "▌")); len(fields) > 1 && fields[1] != "0" {
			spaces[fields[0]] = true
		}
	}
	assert.GreaterOrEqual(t, len(spaces), 6, "namespaces with functions")
	c.quit()
}

func TestFilterSortAndWide(t *testing.T) {
	c := open(t)
	c.filter("state=failed namespace=payments")
	s := c.see("close-batch")
	assert.False(t, s.Contains("charge-card"))

	// A mistake is said in place; esc goes back to the filter that was.
	c.press("/")
	c.until("prompt", func(s *terminal.Screen) bool { return strings.HasPrefix(last(s), "/") })
	require.NoError(t, c.Type(" age<soon"))
	c.see(`"soon" is not a duration`)
	c.press("esc")
	c.see("close-batch", "filter: state=failed namespace=payments")
	c.press("esc")
	c.gone("filter:")

	names := func(s *terminal.Screen) []string {
		var out []string
		for _, r := range rows(s) {
			out = append(out, strings.Fields(strings.TrimPrefix(r, "▌"))[0])
		}
		return out
	}
	assert.True(t, slices.IsSorted(names(c.Screen())))
	c.press("o")
	c.see("Sort by")
	c.press("enter")
	s = c.see("sorted by NAME ↓")
	backwards := names(s)
	slices.Reverse(backwards)
	assert.True(t, slices.IsSorted(backwards))

	assert.False(t, s.Contains("REASON"))
	c.press("w")
	for range 26 { // what has no room is to the right
		c.press("right")
	}
	c.see("REASON")
	c.quit()
}

func TestAFunctionIsReadInEveryWay(t *testing.T) {
	c := open(t)
	c.filter("fraud-score")
	c.press("enter")
	c.see("Declared by", "Service.serving.knative.dev payments/fraud-score", "Service account", "Triggers")
	c.press("d")
	c.see("describe Service fraud-score", "API Version:", "serving.knative.dev/v1")
	c.press("esc")
	c.see("Declared by")
	c.press("y")
	s := c.see("YAML Service fraud-score", "apiVersion: serving.knative.dev/v1", "kind: Service")
	assert.False(t, s.Contains("managedFields"))
	c.prompt("/", "serviceAccountName")
	c.see("serviceAccountName:")
	c.press("q")
	c.gone("YAML Service fraud-score")
	c.quit()
}

func TestASecretsValueIsNotShown(t *testing.T) {
	c := open(t)
	c.command("ns")
	c.see("openwhisk") // what is no namespace that is known is taken for a filter
	c.command("secrets.v1 openwhisk")
	c.see("owdev-whisk.auth")
	c.prompt("/", "owdev-whisk.auth")
	c.press("y")
	c.see("kind: Secret")
	for _, line := range c.Screen().Lines() {
		assert.NotRegexp(t, `^.?\s+(guest|system): [A-Za-z0-9+/]{16,}`, line)
	}
	c.quit()
}

func TestNamespacesAndContexts(t *testing.T) {
	c := open(t)
	c.press("n")
	c.see("Namespaces", "type to narrow down")
	require.NoError(t, c.Type("checko"))
	c.see("/checko ", "▸ · checkout ")
	c.press("enter")
	s := c.until("scope checkout", func(s *terminal.Screen) bool {
		return strings.Contains(s.Line(0), "▸ checkout ▸") && s.Contains("apply-coupon")
	})
	assert.False(t, s.Contains("charge-card"))
	c.press("0")
	narrow := functions(s)
	all := functions(c.until("scope all", func(s *terminal.Screen) bool {
		return strings.Contains(s.Line(0), "▸ all ▸") && functions(s) > 2*narrow
	}))
	c.command("fn -n payments,media")
	c.until("two namespaces", func(s *terminal.Screen) bool {
		return strings.Contains(s.Line(0), "media") && s.Contains("charge-card", "watermark") && functions(s) < all
	})
	c.command("ns *")

	name := strings.Fields(c.Screen().Line(0))[0]
	c.command("ctx")
	c.see("contexts(", name+"-no-connectors", "https://127.0.0.1:")
	c.command("ctx " + name + "-no-connectors")
	c.until("the other context", func(s *terminal.Screen) bool {
		return strings.HasPrefix(s.Line(0), " "+name+"-no-connectors ▸") && isLive(s) && functions(s) > 0
	})
	c.filter("framework=fn state=opaque")
	c.see("fn-fn", "1 of ")
	c.quit()
}

func TestHelpErrorsAndUnknownCommands(t *testing.T) {
	c := open(t)
	c.press("?")
	c.see("▸ help", "ctrl-d", "half a page down")
	c.prompt("/", "retry")
	c.see("ctrl-r", "retry now")
	c.press("q")
	c.gone("▸ help")

	// What is wrong is said where it was typed, and the text stays to be corrected.
	c.press(":")
	c.until("prompt", func(s *terminal.Screen) bool { return strings.HasPrefix(last(s), ":") })
	require.NoError(t, c.Type("frobnicate"))
	c.see(":frobnicate")
	c.press("enter")
	c.see(`unknown command "frobnicate"`, ":frobnicate")
	c.press("esc")
	c.gone(":frobnicate")

	// What flashes away is kept.
	c.press("9")
	c.see("no favourite scope is on 9")
	c.press("!")
	c.see("▸ errors(", "no favourite scope is on 9")
	c.quit()
}

func TestEverySizeIsAWholeFrame(t *testing.T) {
	c := open(t)
	for _, size := range [][2]int{{80, 24}, {200, 50}, {40, 10}, {120, 40}, {20, 5}, {140, 40}} {
		require.NoError(t, c.Resize(size[0], size[1]))
		s := c.until("frame of the new size", func(s *terminal.Screen) bool {
			return s.Cols == size[0] && s.Rows == size[1] && strings.Contains(s.Line(0), "●") && strings.TrimSpace(last(s)) != "" &&
				s.Contains("▌")
		})
		assert.NotEmpty(t, rows(s))
	}
	c.see("charge-card", "? help")
	c.quit()
}

func TestQuitAtTheFirstScreen(t *testing.T) {
	c := open(t)
	c.press("enter")
	c.see("Declared by")
	c.press("q")
	c.gone("Declared by")
	pressed := time.Now()
	c.press("q")
	exit, err := c.Wait(patience)
	require.NoError(t, err)
	assert.Zero(t, exit.Code)
	assert.Less(t, exit.At.Sub(pressed), time.Second)
}

func TestNothingIsWrittenBesideTheState(t *testing.T) {
	c := open(t)
	c.quit()
	home, err := os.ReadDir(c.home)
	require.NoError(t, err)
	for _, e := range home {
		assert.Equal(t, "fn9s", e.Name())
	}
}

func TestTheLastRolloutIsCompared(t *testing.T) {
	c := open(t)
	c.filter("name=tax-quote")
	c.press("D")
	s := c.see("diff Service tax-quote", "--- tax-quote-0", "+++ tax-quote-0", "what the last rollout changed")
	assert.True(t, s.Contains("-   - image: registry.example.com/shop/tax-quote:"))
	assert.True(t, s.Contains("+   - image: registry.example.com/shop/tax-quote:"))
	c.press("esc")
	c.see("filter: name=tax-quote")
	c.quit()
}

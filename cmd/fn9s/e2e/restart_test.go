package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/cmd/terminal"
	"github.com/fn9s/fn9s/kube/kubetest"
)

func TestAnAPIServerThatGoesAwayAndComesBack(t *testing.T) {
	call := kubetest.Own(t, "fn9s-e2e", "--seed")
	c := run(t, terminal.Options{}, "--kubeconfig", call("kubeconfig"), "-A")
	c.live()
	c.filter("framework=knative")
	before := steady(c)
	total := functions(c.Screen())

	call("stop-apiserver")
	stale := c.until("stale", func(s *terminal.Screen) bool { return strings.Contains(s.Line(0), "▲ stale") })
	assert.Equal(t, names(before), names(stale), "the data stays")
	assert.Regexp(t, `stale \d+(s|m)`, stale.Line(0), "since when")
	c.press("j", "k")
	c.press("!")
	c.see("▸ errors(", "dial tcp") // refused, or reset by the server that goes
	c.press("q")
	c.see("filter: framework=knative")

	call("start-apiserver") // returns when it is ready
	ready := time.Now()
	back := c.until("live again", func(s *terminal.Screen) bool { return isLive(s) && functions(s) == total })
	assert.Less(t, back.At.Sub(ready), 5*time.Second)
	assert.Equal(t, names(before), names(back), "nothing lost, nothing doubled")
	c.press("!")
	assert.NotRegexp(t, `  watch \w`, c.see("▸ errors(").String(), "one loss is not an error of each kind")
	c.press("q")
	c.see("filter: framework=knative")

	// The dead server does not hold the console back either.
	call("stop-apiserver")
	c.until("stale again", func(s *terminal.Screen) bool { return strings.Contains(s.Line(0), "▲ stale") })
	c.quit()
}

// steady waits until the rows have not changed for a while: the seed's controllers may still be at work.
func steady(c *console) *terminal.Screen {
	s := c.Screen()
	for {
		next, err := c.WaitFor("change", 3*time.Second, func(now *terminal.Screen) bool {
			return strings.Join(names(now), "\n") != strings.Join(names(s), "\n")
		})
		if err != nil {
			return s
		}
		s = next
	}
}

// names are the rows without the age, which is their last field.
func names(s *terminal.Screen) []string {
	var out []string
	for _, r := range rows(s) {
		fields := strings.Fields(strings.TrimPrefix(r, "▌"))
		out = append(out, strings.Join(fields[:len(fields)-1], " "))
	}
	return out
}

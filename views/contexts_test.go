package views

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/views/screen"
	"github.com/fn9s/fn9s/views/viewtest"
)

func TestSeveralContextsAreOpenedSideBySide(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"ctx prod-eu,prod-us":    "switch prod-eu,prod-us",
		"ctx prod-us,prod-us":    "switch prod-us",
		"ctx prod-*":             "switch prod-eu,prod-us",
		"fn @prod-us,prod-eu":    "switch prod-us,prod-eu",
		"findings @prod-*":       "switch prod-eu,prod-us",
		"ctx @prod-eu, @prod-us": "",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			c := plain(t, viewtest.NewWorld(viewtest.Rows()))
			c.press(":").write(line).press("enter")
			if want == "" {
				assert.Empty(t, c.world.Calls)
				return
			}
			assert.Equal(t, []string{want}, c.world.Calls)
		})
	}
}

func TestMarkedContextsAreOpenedSideBySide(t *testing.T) {
	t.Parallel()
	c := plain(t, viewtest.NewWorld(viewtest.Rows()))
	c.press(":").write("ctx").press("enter", "space", "space", "enter")
	assert.Equal(t, []string{"switch prod-eu,prod-us"}, c.world.Calls)
	assert.Contains(t, c.header(), "functions")
}

func TestAContextOfTheCommandShowsItAlone(t *testing.T) {
	t.Parallel()
	c := plain(t, twoClusters())
	c.press(":").write("fn @prod-us").press("enter")
	assert.Equal(t, []string{"switch prod-us"}, c.world.Calls)
}

func TestEveryClusterHasItsOwnSignInTheHeader(t *testing.T) {
	t.Parallel()
	c := plain(t, twoClusters())
	assert.Contains(t, c.header(), " ●prod-eu ▲prod-us ▸ all")
	assert.Contains(t, c.header(), "▲ stale 90s (prod-us)")
}

func TestAPlainTableIsOfAllClusters(t *testing.T) {
	t.Parallel()
	w := twoClusters()
	detailed := viewtest.Detailed()
	w.Known, w.Tables = detailed.Known, detailed.Tables
	c := plain(t, w)
	c.press(":").write("po").press("enter")
	assert.Contains(t, c.text(), "CONTEXT")
	assert.Regexp(t, `fraud-score-\S+ .*prod-eu`, c.text())
	assert.Regexp(t, `fraud-score-\S+ .*prod-us`, c.text())
	c.press("/").write("context=prod-us").press("enter")
	assert.NotRegexp(t, `fraud-score-\S+ .*prod-eu`, c.text())
	target, why := c.root.router.current().scr.(screen.Inspected).Inspect()
	assert.Empty(t, why)
	assert.Equal(t, "prod-us", target.Context, "an action goes to the row's own cluster")

	c.press(":").write("po @prod-eu").press("enter")
	assert.Empty(t, c.world.Calls, "nothing is closed for a table of one cluster")
	assert.NotContains(t, c.text(), "CONTEXT")
}

func TestAServerThatDoesNotAnswerHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	w := twoClusters()
	detailed := viewtest.Detailed()
	w.Known, w.Tables = detailed.Known, detailed.Tables
	w.Denies = map[string]string{"prod-us": "dial tcp 10.1.0.1:6443: i/o timeout"}
	c := plain(t, w)
	c.press(":").write("po").press("enter")
	assert.Regexp(t, `fraud-score-\S+ .*prod-eu`, c.text())
	assert.Contains(t, c.text(), "prod-us: dial tcp 10.1.0.1:6443: i/o timeout")
}

func TestACommandAtTheStartDoesNotWaitForEverForACluster(t *testing.T) {
	t.Parallel()
	w := unreachable()
	c := start(t, w, 120, 40, "none", func(o *Options) { o.Command = "fn payments" })
	assert.NotContains(t, c.text(), "filter: payments")
	c.now = c.now.Add(acquaintance)
	c.send(tickMsg{})
	assert.Contains(t, c.text(), "payments")
}

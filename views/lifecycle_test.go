package views

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	wish "github.com/fn9s/fn9s/kube/plan"
)

func TestScaleAsksForNumbersAndShowsThePlan(t *testing.T) {
	t.Parallel()
	c, shop := changing(t, nil)
	c.on("mask-report").press("=")
	assert.Contains(t, c.text(), "Scale mask-report in payments")
	c.write("many").press("enter")
	assert.Contains(t, c.text(), "a number from 0 to 10000")
	c.press("ctrl+u").write("3").press("enter", "enter", "enter")
	assert.Contains(t, c.text(), "scale mask-report in payments")
	assert.Empty(t, shop.Started, "nothing is changed before the plan was agreed to")
	c.press("A")
	require.Len(t, shop.Started, 1)
}

func TestTrafficIsShiftedBySteps(t *testing.T) {
	t.Parallel()
	c, shop := changing(t, nil)
	shifted(c, "00005=60", "20")
	assert.Contains(t, c.text(), "write STEP:INTERVAL, as in 20:1m")
	assert.Nil(t, shop.Planned)
	c.press("ctrl+u").write("20:1m").press("enter")
	require.NotNil(t, shop.Planned)
	assert.Equal(t, &wish.Canary{Step: 20, Interval: time.Minute}, shop.Planned.Task.Canary)
	assert.Contains(t, c.text(), "00005=60 by steps of 20% every 1m")
	c.press("esc")
	openTraffic(c)
	c.write("00004=50 00005=50").press("enter").write("20:1m").press("enter")
	assert.Contains(t, c.text(), "steps move requests to one revision: name one")
}

// shifted fills the form of traffic.
func shifted(c *console, divided, by string) {
	c.on("ledger-export")
	openTraffic(c)
	c.write(divided).press("enter").write(by).press("enter")
}

func openTraffic(c *console) { c.press("x").write("traffic").press("enter") }

func TestTheMenuListsActionsAndWhyNot(t *testing.T) {
	t.Parallel()
	c, _ := changing(t, nil)
	c.on("fraud-score").press("x")
	assert.Contains(t, c.text(), "roll back")
	assert.Contains(t, c.text(), "Knative starts pods for every call", "pause has no means")
}

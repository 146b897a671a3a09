package views

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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

func TestTheMenuListsActionsAndWhyNot(t *testing.T) {
	t.Parallel()
	c, _ := changing(t, nil)
	c.on("fraud-score").press("x")
	assert.Contains(t, c.text(), "roll back")
	assert.Contains(t, c.text(), "Knative starts pods for every call", "pause has no means")
}

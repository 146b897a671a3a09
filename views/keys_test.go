package views

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/views/viewtest"
)

// What a slow line brings in one piece is typed for the screen that the first key leads to.
func TestKeysThatComeAtOnceGoWhereTheFirstOneLeads(t *testing.T) {
	t.Parallel()
	c := start(t, viewtest.Detailed(), 120, 40, "none", nil)
	at := func(keys ...string) {
		for _, k := range keys {
			c.held(keyOf(k)) // what it asks for beside it comes later
		}
	}
	at("o", "r", "e", "a", "d", "y", "enter")
	assert.Contains(t, c.last(), "sorted by READY")
	at("d", "/", "k", "i", "n", "d")
	assert.Contains(t, c.header(), "describe")
	assert.Contains(t, c.last(), "/kind")
	at("enter", "q", "y", "esc", "o", "n", "a", "m", "e", "enter")
	assert.Contains(t, c.last(), "sorted by NAME")
}

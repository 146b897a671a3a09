package diff

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func text(lines ...string) string { return strings.Join(lines, "\n") + "\n" }

func TestWhatIsDifferentIsToldWithSomethingAround(t *testing.T) {
	before := text("a: 1", "b: 2", "c: 3", "d: 4", "e: 5", "f: 6", "g: 7")
	after := text("a: 1", "b: 2", "c: 3", "d: 4", "e: five", "f: 6", "g: 7", "h: 8")
	assert.Equal(t, []Line{
		{Gap, "line 4"}, {Same, "d: 4"}, {Deleted, "e: 5"}, {Added, "e: five"}, {Same, "f: 6"}, {Same, "g: 7"}, {Added, "h: 8"},
	}, Unified(before, after, 1))
}

func TestTwoColumnsPutBesideEachOtherWhatReplacesWhat(t *testing.T) {
	pairs := SideBySide(text("a", "old", "z"), text("a", "new", "more", "z"), 3)
	assert.Equal(t, []Pair{
		{Line{Same, "a"}, Line{Same, "a"}},
		{Line{Deleted, "old"}, Line{Added, "new"}},
		{Line{}, Line{Added, "more"}},
		{Line{Same, "z"}, Line{Same, "z"}},
	}, pairs)
}

func TestAnObjectThatIsNewOrGoneIsOneSided(t *testing.T) {
	for _, l := range Unified("", text("a", "b"), 3) {
		assert.Equal(t, Added, l.Kind)
	}
	for _, p := range SideBySide(text("a", "b"), "", 3) {
		assert.Equal(t, Deleted, p.Left.Kind)
		assert.Empty(t, p.Right.Text)
	}
	assert.Empty(t, Unified(text("a"), text("a"), 3))
}

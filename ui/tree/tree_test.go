package tree_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/tree"
)

func item(depth int, id string) tree.Item {
	return tree.Item{ID: id, Depth: depth, Parts: []tree.Part{{Role: themes.Text, Text: id}}, Value: id}
}

func sample() []tree.Item {
	dashed := item(1, "maybe")
	dashed.Dashed = true
	folded := item(1, "folded")
	folded.Folded = true
	return []tree.Item{item(0, "heading"), item(1, "one"), item(2, "below one"), item(1, "two words that are long enough to wrap"),
		folded, item(2, "hidden"), dashed}
}

func start(t *testing.T, width, height int, items []tree.Item) *tree.Tree {
	t.Helper()
	theme, err := themes.ByName("none")
	require.NoError(t, err)
	x := tree.New(theme)
	x.SetSize(width, height)
	x.Set(items)
	return x
}

func lines(x *tree.Tree) []string {
	all := strings.Split(ansi.Strip(x.View()), "\n")
	for i := range all {
		all[i] = strings.TrimRight(all[i], " ")
	}
	return all
}

func TestGuidesAndWrapping(t *testing.T) {
	t.Parallel()
	x := start(t, 30, 9, sample())
	assert.Equal(t, []string{
		"▌ heading",
		"  ├─ one",
		"  │  └─ below one",
		"  ├─ two words that are long",
		"  │    enough to wrap",
		"  ├─ ▸ folded (+1 →)",
		"  └╌ maybe",
		"", "",
	}, lines(x))
	for width := range 60 {
		x.SetSize(width, 5)
		for _, l := range strings.Split(x.View(), "\n") {
			assert.Equal(t, width, ansi.StringWidth(l), "%q", l)
		}
	}
}

func TestTheCursorGoesFromItemToItem(t *testing.T) {
	t.Parallel()
	x := start(t, 30, 4, sample())
	selected := func() any { it, _ := x.Selected(); return it.Value }
	for range 4 {
		x.Do(action.MoveDown)
	}
	assert.Equal(t, "folded", selected())
	assert.Contains(t, x.View(), "▸ folded", "it is in sight")
	x.Do(action.MoveDown)
	assert.Equal(t, "maybe", selected(), "what is folded away is passed by")
	x.Do(action.MoveUp)
	x.Do(action.ScrollRight)
	x.Do(action.MoveDown)
	assert.Equal(t, "hidden", selected())
	x.Set(sample()[3:])
	assert.Equal(t, "hidden", selected(), "cursor and fold stay when the tree is set anew")
	x.Do(action.ScrollLeft)
	assert.Equal(t, "folded", selected())
	x.Do(action.ScrollLeft)
	assert.NotContains(t, x.Plain(), "hidden")
	x.Do(action.MoveTop)
	assert.Contains(t, selected(), "two words")
	x.Do(action.MoveBottom)
	assert.Equal(t, "maybe", selected())
	require.True(t, x.Click(0))
	assert.NotEqual(t, "maybe", selected())
}

func TestHostileTextIsCleaned(t *testing.T) {
	t.Parallel()
	x := start(t, 40, 3, []tree.Item{item(1, "a\x1b[2J\nb\u202e日本"+strings.Repeat("x", 90))})
	assert.NotContains(t, x.View(), "\x1b[2J")
	assert.NotContains(t, x.View(), "\u202e")
	assert.Equal(t, 1, strings.Count(x.View(), "日本"))
	assert.Len(t, strings.Split(x.View(), "\n"), 3)
}

func TestNothingAtAll(t *testing.T) {
	t.Parallel()
	x := start(t, 10, 2, nil)
	for _, id := range []action.ID{action.MoveDown, action.MoveUp, action.MoveTop, action.MoveBottom, action.PageDown, action.ScrollLeft, action.ScrollRight} {
		x.Do(id)
	}
	_, ok := x.Selected()
	assert.False(t, ok)
	assert.False(t, x.Toggle())
	x.SetSize(0, 0)
	assert.Empty(t, x.View())
}

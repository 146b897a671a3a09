package help

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/text"
)

type screen struct{}

func noop(*screen) tea.Cmd { return nil }

func registry() *action.Registry {
	r := action.NewRegistry(action.PresetDefault, action.Override{ID: action.Wide, Keys: []string{}})
	for _, id := range []action.ID{
		action.Command, action.Help, action.MoveDown, action.Favourite, action.Describe, action.Shell, action.Wide, action.Search,
	} {
		r.Add(id, action.On(noop))
	}
	r.Add(action.Delete, action.On(noop), action.DisabledBy(func(*screen) string { return "no delete on deployments in payments\x1b[2J" }))
	return r
}

var sections = []Section{{Title: "Filters", Rows: []Row{
	{"word", "the row contains it"}, {"column OP value", "=  !=  ~  >  >=  <  <="}, {strings.Repeat("long ", 12), "\x1b]0;owned\ahostile"},
}}}

func newHelp(t testing.TB, name string, w, h int) *Help {
	t.Helper()
	th, err := themes.ByName(name)
	require.NoError(t, err)
	help := New(th)
	help.SetSize(w, h)
	help.SetContent(registry(), action.Lists, &screen{}, sections...)
	return help
}

func plain(h *Help) string {
	lines := strings.Split(ansi.Strip(h.View()), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

func TestGoldenFrames(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 50}} {
		for _, name := range []string{"default", "mono", "none"} {
			t.Run(fmt.Sprintf("%dx%d-%s", size[0], size[1], name), func(t *testing.T) {
				h := newHelp(t, name, size[0], size[1])
				for line := range strings.SplitSeq(h.View(), "\n") {
					require.Equal(t, size[0], text.Width(line), "%q", line)
				}
				golden.RequireEqual(t, h.View())
			})
		}
	}
}

func TestHelpListsWhatTheScreenHas(t *testing.T) {
	t.Parallel()
	h := newHelp(t, "none", 100, 60)
	s := plain(h)
	assert.Contains(t, s, "   j ↓")
	assert.Contains(t, s, "down: Move down.")
	assert.Contains(t, s, "1–9")
	assert.Contains(t, s, "–                wide: Show more columns.", "an unbound action stays in the list")
	assert.NotContains(t, s, "search", "that is in another key set")
	h.SetContent(registry(), action.Pagers, &screen{})
	assert.Contains(t, plain(h), "search: Search the text.")
	h.SetContent(registry(), action.Lists, struct{}{})
	assert.NotContains(t, plain(h), "describe")
}

func TestADisabledActionStaysWithItsReason(t *testing.T) {
	t.Parallel()
	s := plain(newHelp(t, "none", 100, 60))
	assert.Contains(t, s, "delete: Delete; every target is named before.")
	assert.Contains(t, s, "not now: no delete on deployments in payments\n")
	assert.NotContains(t, s, "owned")
}

func TestHelpIsSearchable(t *testing.T) {
	t.Parallel()
	h := newHelp(t, "none", 60, 6)
	require.NoError(t, h.Search("shell"))
	_, total := h.Matches()
	assert.Equal(t, 2, total)
	assert.Contains(t, plain(h), "shell: Open a shell in a container.")
	require.NoError(t, h.Search(""))
	require.NoError(t, h.Filter("column", 0))
	assert.Contains(t, plain(h), "column OP value")
}

func TestNarrowHelpWraps(t *testing.T) {
	t.Parallel()
	for _, w := range []int{1, 10, 30, 45} {
		h := newHelp(t, "none", w, 40)
		for line := range strings.SplitSeq(h.View(), "\n") {
			require.Equal(t, w, text.Width(line))
		}
	}
	h := newHelp(t, "none", 40, 60)
	assert.Contains(t, plain(h), "before.", "wrapped, not cut")
}

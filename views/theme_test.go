package views

import (
	"image/color"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/views/viewtest"
)

func TestTheThemeFollowsTheTerminalsBackground(t *testing.T) {
	t.Parallel()
	asking := func(o *Options) {
		o.AsksBackground, o.Light, o.Dark = true, themes.For(false), themes.For(true)
	}
	for name, tc := range map[string]struct {
		background color.Color
		want       string
	}{"dark": {color.Black, "default-dark"}, "light": {color.White, "default-light"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t, viewtest.NewWorld(viewtest.Rows()), 120, 40, "default", asking)
			c.send(tea.BackgroundColorMsg{Color: tc.background})
			assert.Equal(t, tc.want, c.root.env.Theme.Name())
			assert.Nil(t, c.root.View().BackgroundColor, "the terminal keeps its colours")
		})
	}
	t.Run("a dialog that is open follows", func(t *testing.T) {
		t.Parallel()
		drawn := func(first, second tea.Msg) string {
			c := start(t, viewtest.NewWorld(viewtest.Rows()), 120, 40, "default", asking)
			for _, m := range []tea.Msg{first, second} {
				c.send(m)
			}
			return c.root.View().Content
		}
		background, picker := tea.BackgroundColorMsg{Color: color.White}, tea.KeyPressMsg{Code: 'o', Text: "o"}
		want := drawn(background, picker)
		assert.Contains(t, ansi.Strip(want), "Sort by")
		assert.Equal(t, want, drawn(picker, background))
	})
	t.Run("what was chosen stays", func(t *testing.T) {
		t.Parallel()
		c := start(t, viewtest.NewWorld(viewtest.Rows()), 120, 40, "default", asking)
		c.press(":").write("set theme nord").press("enter")
		c.send(tea.BackgroundColorMsg{Color: color.White})
		assert.Equal(t, "nord", c.root.env.Theme.Name())
		assert.Equal(t, color.RGBA{0x2e, 0x34, 0x40, 0xff}, c.root.View().BackgroundColor)
	})
}

func TestThemesAreChosenByName(t *testing.T) {
	t.Parallel()
	own, err := themes.Own("mine", "mono", nil, nil)
	require.NoError(t, err)
	c := start(t, viewtest.NewWorld(viewtest.Rows()), 120, 40, "default", func(o *Options) { o.Themes = []themes.Theme{own} })
	c.press(":").write("set theme gruv")
	assert.Contains(t, c.text(), "gruvbox-dark")
	assert.Contains(t, c.text(), "gruvbox-light")
	c.press("esc", ":").write("set theme mine").press("enter")
	assert.Equal(t, "mine", c.root.env.Theme.Name())
	c.press(":").write("set theme pink").press("enter")
	assert.Contains(t, c.last(), `theme "pink" does not exist`)
}

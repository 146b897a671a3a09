package picker

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/dialog"
	"github.com/fn9s/fn9s/ui/text"
)

func theme(t testing.TB, name string) themes.Theme {
	t.Helper()
	th, err := themes.ByName(name)
	require.NoError(t, err)
	return th
}

func namespaces() []Item {
	return []Item{
		{ID: "payments", Title: "payments", Detail: "32 functions", Hint: "D"},
		{ID: "checkout", Title: "checkout", Detail: "8 functions", Hint: "B"},
		{ID: "kube-system", Title: "kube-system", Disabled: "no list on pods"},
		{ID: "pay-archive", Title: "pay-archive", Detail: "empty"},
	}
}

type answer struct {
	ids       []string
	cancelled bool
}

func newPicker(t testing.TB, a *answer, change func(*Config)) *Picker {
	c := Config{
		ID: "namespaces", Title: "Namespaces", Items: namespaces(), Multi: true, Marked: []string{"checkout"}, Current: "checkout",
		Choose: func(ids []string) tea.Cmd { a.ids = ids; return nil },
		Cancel: func() tea.Cmd { a.cancelled = true; return nil },
	}
	if change != nil {
		change(&c)
	}
	p := New(theme(t, "none"), c)
	p.SetSize(80, 24)
	return p
}

func single(c *Config) { c.Multi, c.Marked = false, nil }

func keyMsg(k string) tea.KeyPressMsg {
	special := map[string]tea.Key{
		"enter": {Code: tea.KeyEnter}, "esc": {Code: tea.KeyEscape}, "up": {Code: tea.KeyUp}, "down": {Code: tea.KeyDown}, "end": {Code: tea.KeyEnd},
		"home": {Code: tea.KeyHome}, "pgdown": {Code: tea.KeyPgDown}, "pgup": {Code: tea.KeyPgUp}, "backspace": {Code: tea.KeyBackspace},
		"ctrl+u": {Code: 'u', Mod: tea.ModCtrl}, "ctrl+a": {Code: 'a', Mod: tea.ModCtrl}, "space": {Code: tea.KeySpace, Text: " "},
	}
	if key, ok := special[k]; ok {
		return tea.KeyPressMsg(key)
	}
	return tea.KeyPressMsg{Code: []rune(k)[0], Text: k}
}

func press(p *Picker, keys ...string) (done bool) {
	for _, k := range keys {
		done, _ = p.HandleKey(keyMsg(k))
	}
	return done
}

func plain(p *Picker) []string {
	var lines []string
	for line := range strings.SplitSeq(ansi.Strip(p.View()), "\n") {
		lines = append(lines, strings.TrimSpace(strings.Trim(line, "│")))
	}
	return lines
}

func requireFrame(t testing.TB, p *Picker, w, h int) {
	t.Helper()
	lines := strings.Split(p.View(), "\n")
	for _, line := range lines {
		require.Equal(t, text.Width(lines[0]), text.Width(line), "%q", line)
	}
	if w >= 10 && h >= 8 {
		require.LessOrEqual(t, text.Width(lines[0]), w)
		require.LessOrEqual(t, len(lines), h)
	}
}

func TestGoldenFrames(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 50}} {
		for _, name := range []string{"default", "mono", "none"} {
			t.Run(fmt.Sprintf("%dx%d-%s", size[0], size[1], name), func(t *testing.T) {
				p := newPicker(t, &answer{}, nil)
				p.theme = theme(t, name)
				o := dialog.New(time.Now)
				o.SetSize(size[0], size[1])
				o.Open(p)
				blank := strings.TrimSuffix(strings.Repeat(text.Spaces(size[0])+"\n", size[1]), "\n")
				first := o.View(blank)
				press(p, "p", "a", "y")
				golden.RequireEqual(t, first+"\n--\n"+o.View(blank))
			})
		}
	}
}

func TestLettersNarrowTheListDown(t *testing.T) {
	t.Parallel()
	var a answer
	p := newPicker(t, &a, single)
	press(p, "p", "y", "m")
	assert.Equal(t, "/pym", plain(p)[1])
	assert.Contains(t, plain(p)[2], "payments")
	assert.Contains(t, strings.Join(plain(p), "\n"), "1 of 4")
	assert.True(t, press(p, "enter"))
	assert.Equal(t, []string{"payments"}, a.ids)
	p = newPicker(t, &a, single)
	press(p, "z", "z")
	assert.Equal(t, "nothing matches", plain(p)[2])
	assert.False(t, press(p, "enter"))
	press(p, "backspace", "backspace", "backspace")
	assert.Contains(t, plain(p)[2], "payments")
}

func TestEscClearsWhatWasTypedAndThenLeaves(t *testing.T) {
	t.Parallel()
	var a answer
	p := newPicker(t, &a, nil)
	assert.False(t, press(p, "x", "esc"))
	assert.False(t, a.cancelled)
	assert.True(t, press(p, "esc"))
	assert.True(t, a.cancelled)
	assert.Nil(t, a.ids)
}

func TestSeveralAreMarked(t *testing.T) {
	t.Parallel()
	var a answer
	p := newPicker(t, &a, nil)
	assert.Contains(t, plain(p)[3], "▸ ✓ checkout", "the cursor starts on the current one")
	press(p, "home", "space")
	assert.Equal(t, []string{"payments", "checkout"}, p.Marked())
	press(p, "end", "up", "space")
	assert.Equal(t, []string{"payments", "checkout"}, p.Marked(), "what is disabled cannot be marked")
	assert.Contains(t, plain(p)[4], "no list on pods")
	press(p, "p", "a", "y", "ctrl+a", "ctrl+u")
	assert.Equal(t, []string{"payments", "checkout", "pay-archive"}, p.Marked())
	assert.True(t, press(p, "enter"))
	assert.Equal(t, []string{"payments", "checkout", "pay-archive"}, a.ids)
	press(p, "ctrl+a")
	assert.Empty(t, p.Marked())
	press(p, "home", "enter")
	assert.Equal(t, []string{"payments"}, a.ids, "without marks the cursor counts")
}

func TestDisabledItemsCannotBeChosen(t *testing.T) {
	t.Parallel()
	var a answer
	p := newPicker(t, &a, func(c *Config) { single(c); c.Current = "kube-system" })
	assert.False(t, press(p, "enter"))
	assert.Nil(t, a.ids)
}

func TestATypedNameCanBeChosen(t *testing.T) {
	t.Parallel()
	var a answer
	p := newPicker(t, &a, func(c *Config) { single(c); c.AllowText = true })
	p.HandlePaste("secret-ns\x1b[2J\n")
	assert.Contains(t, plain(p)[2], "▸ secret-ns")
	assert.True(t, press(p, "enter"))
	assert.Equal(t, []string{"secret-ns"}, a.ids)
	p = newPicker(t, &a, func(c *Config) { single(c); c.AllowText = true })
	press(p, strings.Split("payments", "")...)
	assert.Len(t, p.found, 1, "a name that is there is not offered twice")
}

func TestNewItemsKeepTheCursorAndTheMarks(t *testing.T) {
	t.Parallel()
	p := newPicker(t, &answer{}, nil)
	press(p, "home", "space")
	p.SetItems(append([]Item{{ID: "alpha", Title: "alpha"}}, namespaces()...))
	assert.Equal(t, "checkout", p.current())
	assert.Equal(t, []string{"payments", "checkout"}, p.Marked())
	p.SetItems(nil)
	assert.Equal(t, "nothing to choose", plain(p)[2])
	assert.False(t, press(p, "space", "enter", "down"))
}

func TestLongListsScroll(t *testing.T) {
	t.Parallel()
	var items []Item
	for i := range 1000 {
		items = append(items, Item{ID: fmt.Sprint(i), Title: fmt.Sprintf("item-%04d", i)})
	}
	p := newPicker(t, &answer{}, func(c *Config) { c.Items = items; c.Current = "500"; c.Empty = "x" })
	assert.Contains(t, p.View(), "item-0500")
	press(p, "pgdown", "down", "up", "pgdown")
	assert.Contains(t, p.View(), "▸ · item-0536")
	press(p, "end")
	assert.Contains(t, p.View(), "▸ · item-0999")
	requireFrame(t, p, 80, 24)
	press(p, "pgup", "home")
	assert.Contains(t, p.View(), "▸ · item-0000")
}

func TestHostileTextStaysInTheFrame(t *testing.T) {
	t.Parallel()
	items := []Item{
		{ID: "1", Title: "a\x1b[2Jb\n", Detail: "\x1b]0;owned\a", Hint: "\u202ex", Disabled: "no\x1b[31m"},
		{ID: "2", Title: strings.Repeat("券", 200), Detail: strings.Repeat("é", 300), Hint: strings.Repeat("h", 300)},
	}
	for _, size := range [][2]int{{80, 24}, {20, 8}, {6, 3}, {1, 1}, {0, 0}} {
		p := newPicker(t, &answer{}, func(c *Config) { c.Items = items; c.Title = "t\x1b[2J" + strings.Repeat("t", 200) })
		p.SetSize(size[0], size[1])
		requireFrame(t, p, size[0], size[1])
		press(p, "券")
		requireFrame(t, p, size[0], size[1])
		p.HandlePaste(strings.Repeat("長い", 100))
		requireFrame(t, p, size[0], size[1])
		assert.NotContains(t, p.View(), "\x1b[2J")
		assert.NotContains(t, p.View(), "\u202e")
	}
}

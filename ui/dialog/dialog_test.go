package dialog

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
	"github.com/fn9s/fn9s/ui/text"
)

type clock struct{ t time.Time }

func newClock() *clock                   { return &clock{time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)} }
func (c *clock) now() time.Time          { return c.t }
func (c *clock) advance(d time.Duration) { c.t = c.t.Add(d) }
func theme(t testing.TB, name string) themes.Theme {
	t.Helper()
	th, err := themes.ByName(name)
	require.NoError(t, err)
	return th
}

type answers []string

func (a *answers) say(what string) func() tea.Cmd {
	return func() tea.Cmd { *a = append(*a, what); return nil }
}

func deletion(t testing.TB, themeName string, a *answers) *Confirm {
	return NewConfirm(theme(t, themeName), Question{
		ID: "delete", Title: "Delete 2 functions", Text: "They are removed from the cluster. Their Secrets stay.",
		Targets: []string{"payments/charge-card", "payments/refund"},
		Buttons: []Button{{Label: "Delete", Key: "d", Danger: true, Choose: a.say("deleted")}, {Label: "Cancel", Choose: a.say("cancelled")}},
	})
}

func keyMsg(k string) tea.KeyPressMsg {
	special := map[string]tea.Key{
		"enter": {Code: tea.KeyEnter}, "esc": {Code: tea.KeyEscape}, "tab": {Code: tea.KeyTab}, "shift+tab": {Code: tea.KeyTab, Mod: tea.ModShift},
		"up": {Code: tea.KeyUp}, "down": {Code: tea.KeyDown}, "left": {Code: tea.KeyLeft}, "right": {Code: tea.KeyRight},
		"pgdown": {Code: tea.KeyPgDown}, "pgup": {Code: tea.KeyPgUp}, "backspace": {Code: tea.KeyBackspace}, "ctrl+u": {Code: 'u', Mod: tea.ModCtrl},
	}
	if key, ok := special[k]; ok {
		return tea.KeyPressMsg(key)
	}
	return tea.KeyPressMsg{Code: []rune(k)[0], Text: k}
}

func press(o *Overlay, keys ...string) {
	for _, k := range keys {
		o.HandleKey(keyMsg(k))
	}
}

func background(w, h int) string {
	lines := make([]string, h)
	for i := range lines {
		lines[i] = themes.Default().Render(themes.OK, text.Fit(strings.Repeat("函数 abc ", 40), w, text.Left))
	}
	return strings.Join(lines, "\n")
}

func requireExact(t testing.TB, frame string, w, h int) {
	t.Helper()
	lines := strings.Split(frame, "\n")
	require.Len(t, lines, h)
	for _, line := range lines {
		require.Equal(t, w, text.Width(line), "%q", line)
	}
}

func TestGoldenFrames(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 50}} {
		for _, name := range []string{"default", "mono", "none"} {
			t.Run(fmt.Sprintf("%dx%d-%s", size[0], size[1], name), func(t *testing.T) {
				o := New(newClock().now)
				o.SetSize(size[0], size[1])
				o.Open(NewInfo(theme(t, name), "info", "What happened", strings.Repeat("The server answered 403. ", 40)))
				o.Open(deletion(t, name, &answers{}))
				frame := o.View(background(size[0], size[1]))
				requireExact(t, frame, size[0], size[1])
				golden.RequireEqual(t, frame)
			})
		}
	}
}

func TestTheSafeAnswerHasTheFocus(t *testing.T) {
	t.Parallel()
	var a answers
	o := New(newClock().now)
	o.SetSize(80, 24)
	for _, c := range []struct {
		keys []string
		want string
	}{
		{[]string{"enter"}, "cancelled"}, {[]string{"esc"}, "cancelled"}, {[]string{"y", "d"}, "deleted"},
		{[]string{"left", "enter"}, "deleted"}, {[]string{"tab", "tab", "enter"}, "cancelled"}, {[]string{"shift+tab", "right", "left", "enter"}, "deleted"},
	} {
		a = nil
		o.Open(deletion(t, "none", &a))
		press(o, c.keys...)
		assert.Equal(t, answers{c.want}, a, c.keys)
		assert.False(t, o.Active())
	}
}

func TestTypedAheadKeysDoNotAnswer(t *testing.T) {
	t.Parallel()
	var a answers
	c := newClock()
	o := New(c.now)
	o.SetSize(80, 24)
	o.OpenAsync(deletion(t, "none", &a))
	press(o, "d")
	c.advance(Grace - 1)
	press(o, "d")
	c.advance(Grace - 1)
	press(o, "d", "esc")
	o.HandlePaste("d")
	assert.Empty(t, a, "while keys keep coming none counts")
	assert.True(t, o.Active())
	c.advance(Grace)
	press(o, "d")
	assert.Equal(t, answers{"deleted"}, a)

	o.OpenAsync(deletion(t, "none", &a))
	for range 8 {
		c.advance(Grace / 2)
		press(o, "d")
	}
	assert.Equal(t, answers{"deleted", "deleted"}, a, "a key held down is not swallowed for ever")
}

func TestAGuardedAnswerAsksForTheWord(t *testing.T) {
	t.Parallel()
	var a answers
	o := New(newClock().now)
	o.SetSize(80, 24)
	d := NewConfirm(theme(t, "none"), Question{
		ID: "apply", Title: "Apply", Text: "prod is guarded.", Word: "prod",
		Buttons: []Button{{Label: "Apply", Key: "p", Danger: true, Choose: a.say("applied")}, {Label: "Cancel"}},
	})
	o.Open(d)
	press(o, "left", "enter")
	assert.True(t, o.Active(), "without the word nothing happens")
	press(o, "p", "r", "x", "backspace", "o")
	press(o, "enter")
	assert.True(t, o.Active())
	assert.Contains(t, ansi.Strip(d.View()), "Type prod: pro")
	press(o, "ctrl+u")
	o.HandlePaste(" prod\n")
	press(o, "enter")
	assert.Equal(t, answers{"applied"}, a)
}

func TestEveryTargetCanBeReached(t *testing.T) {
	t.Parallel()
	var targets []string
	for i := range 100 {
		targets = append(targets, fmt.Sprintf("ns/function-%03d", i))
	}
	d := NewConfirm(theme(t, "none"), Question{ID: "x", Title: "Delete", Targets: targets, Buttons: []Button{{Label: "Cancel"}}})
	o := New(newClock().now)
	o.SetSize(60, 16)
	o.Open(d)
	assert.Contains(t, d.View(), "function-000")
	assert.Contains(t, d.View(), "90 lines more")
	seen := map[string]bool{}
	for range 20 {
		for _, target := range targets {
			seen[target] = seen[target] || strings.Contains(d.View(), target)
		}
		press(o, "pgdown")
	}
	assert.NotContains(t, seen, false)
	assert.Len(t, seen, 100)
	assert.Contains(t, d.View(), "function-099")
	press(o, "pgup", "up", "down", "y")
	requireExact(t, o.View(background(60, 16)), 60, 16)
}

func TestDialogsAreAStack(t *testing.T) {
	t.Parallel()
	var a answers
	o := New(newClock().now)
	o.SetSize(80, 24)
	under := background(80, 24)
	assert.Equal(t, under, o.View(under))
	o.Open(deletion(t, "none", &a))
	o.Open(NewInfo(theme(t, "none"), "info", "Note", "hello"))
	top, ok := o.Top()
	require.True(t, ok)
	assert.Equal(t, "info", top.ID())
	assert.Contains(t, ansi.Strip(o.View(under)), "hello")
	press(o, "q")
	top, _ = o.Top()
	assert.Equal(t, "delete", top.ID())
	o.Open(deletion(t, "none", &a))
	assert.Len(t, o.stack, 1, "the same dialog is there once")
	o.Close("delete")
	assert.False(t, o.Active())
	_, ok = o.Top()
	assert.False(t, ok)
	press(o, "x")
	o.HandlePaste("x")
	o.Open(NewInfo(theme(t, "none"), "info", "Note", "hello"))
	o.Clear()
	assert.False(t, o.Active())
}

func TestHostileTextStaysInItsFrame(t *testing.T) {
	t.Parallel()
	o := New(newClock().now)
	for _, size := range [][2]int{{80, 24}, {20, 6}, {7, 3}, {1, 1}} {
		o.SetSize(size[0], size[1])
		o.Open(NewConfirm(theme(t, "none"), Question{
			ID: "x", Title: "a\x1b[2Jb\n" + strings.Repeat("ü", 300), Text: "\x1b]0;owned\a" + strings.Repeat("券", 500), Targets: []string{"a\nb\x1b[31m", strings.Repeat("x", 500)},
			Word: "w\x1b[m", Buttons: []Button{{Label: "B\x1b[1m", Danger: true}, {Label: strings.Repeat("long ", 50)}},
		}))
		frame := o.View(background(size[0], size[1]))
		requireExact(t, frame, size[0], size[1])
		assert.NotContains(t, frame, "\x1b[2J")
		assert.NotContains(t, frame, "\x1b]0")
	}
}

func TestTheFrameBelowKeepsItsStylesAndWidth(t *testing.T) {
	t.Parallel()
	th := themes.Default()
	under := th.Render(themes.Error, "abcdefghij") + "\n" + "函数函数函"
	got := Place(under, "XX\nYY", 10, 2)
	requireExact(t, got, 10, 2)
	assert.Equal(t, []string{"abcdXXghij", "函数YY数函"}, strings.Split(ansi.Strip(got), "\n"))
	got = Place(under, "XXX\nYYY", 10, 2)
	assert.Equal(t, []string{"abcXXXghij", "函 YYY数函"}, strings.Split(ansi.Strip(got), "\n"), "half a wide character is a space")
	assert.Contains(t, got, th.Style(themes.Error).Prefix+"abc")
}

func BenchmarkOverlay200x50(b *testing.B) {
	o := New(newClock().now)
	o.SetSize(200, 50)
	d := deletion(b, "default", &answers{})
	o.Open(d)
	frames := []string{background(200, 50), background(200, 50) + ""}
	frames[1] = strings.Replace(frames[1], "abc", "abd", 1)
	i := 0
	for b.Loop() {
		o.View(frames[i&1])
		i++
	}
}

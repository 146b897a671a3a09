package views

import (
	"regexp"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/views/logs"
	"github.com/fn9s/fn9s/views/viewtest"
)

// console drives a root in tests: it runs commands at once, on the test's goroutine.
type console struct {
	t     testing.TB
	root  *Root
	world *viewtest.World
	now   time.Time
	quit  bool
}

func start(t testing.TB, w *viewtest.World, width, height int, theme string, change func(*Options)) *console {
	t.Helper()
	c := &console{t: t, world: w, now: viewtest.Now}
	th, err := themes.ByName(theme)
	require.NoError(t, err)
	options := Options{Theme: th, Now: func() time.Time { return c.now }, SaveDir: t.TempDir()}
	if change != nil {
		change(&options)
	}
	c.root = New(w.Deps(), options)
	t.Cleanup(c.root.Close)
	c.root.clock.blurred = true // ticks come from the test
	c.send(tea.WindowSizeMsg{Width: width, Height: height})
	c.run(c.root.Init())
	return c
}

func (c *console) send(msg tea.Msg) {
	c.t.Helper()
	_, cmd := c.root.Update(msg)
	c.run(cmd)
}

func (c *console) run(cmd tea.Cmd) {
	c.t.Helper()
	if cmd == nil {
		return
	}
	switch msg := c.world.Logs.Answer(cmd, c.received).(type) {
	case nil:
	case tea.QuitMsg:
		c.quit = true
	case tea.BatchMsg:
		for _, cmd := range msg {
			c.run(cmd)
		}
	default:
		c.send(msg)
	}
}

// received is what the logs on top got so far.
func (c *console) received() int {
	if s, ok := c.root.router.current().scr.(*logs.Screen); ok {
		return s.Received()
	}
	return 0
}

func (c *console) frame() string { return c.root.View().Content }

// press sends keys: names of keys, or single characters.
func (c *console) press(keys ...string) *console {
	c.t.Helper()
	for _, k := range keys {
		c.send(keyOf(k))
	}
	return c
}

// write types a text, one key at a time.
func (c *console) write(s string) *console {
	for _, r := range s {
		c.send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
	return c
}

var named = map[string]rune{"f5": tea.KeyF5, "f7": tea.KeyF7, "f8": tea.KeyF8, "enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "up": tea.KeyUp,
	"down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight, "pgdown": tea.KeyPgDown, "pgup": tea.KeyPgUp,
	"backspace": tea.KeyBackspace}

func keyOf(k string) tea.KeyPressMsg {
	if code, ok := named[k]; ok {
		return tea.KeyPressMsg{Code: code}
	}
	if k == "space" {
		return tea.KeyPressMsg{Code: ' ', Text: " "}
	}
	if len(k) == 6 && k[:5] == "ctrl+" {
		return tea.KeyPressMsg{Code: rune(k[5]), Mod: tea.ModCtrl}
	}
	r := []rune(k)[0]
	return tea.KeyPressMsg{Code: r, Text: string(r)}
}

type boardRow = board.Row

var sgr = regexp.MustCompile("\x1b\\[[0-9;]*m")

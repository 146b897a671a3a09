package dialog

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
	"github.com/stretchr/testify/assert"
)

func hidden(t testing.TB, themeName string, got *[]byte, revealed *int) *Hidden {
	return NewHidden(theme(t, themeName), "value", "New value of password", "Secret payments/db.", func() { *revealed++ },
		func(value []byte) tea.Cmd { *got = value; return nil })
}

func TestWhatIsTypedUnseenIsTypedTwice(t *testing.T) {
	t.Parallel()
	var got []byte
	revealed := 0
	o := New(newClock().now)
	o.SetSize(80, 24)
	h := hidden(t, "none", &got, &revealed)
	o.Open(h)
	write := func(s string) {
		for _, r := range s {
			o.HandleKey(tea.KeyPressMsg{Code: r, Text: string(r)})
			assert.NotContains(t, ansi.Strip(h.View()), s)
		}
	}
	press(o, "enter")
	assert.Contains(t, h.View(), "the value is empty")
	write("sécret 1x")
	press(o, "backspace", "enter")
	assert.Contains(t, ansi.Strip(h.View()), "8 characters")
	write("0ther")
	press(o, "enter")
	assert.Contains(t, h.View(), "the two are different")
	o.HandlePaste("sécret 1\r\n")
	o.HandleKey(tea.KeyPressMsg{Code: 't', Mod: tea.ModCtrl})
	assert.Equal(t, 1, revealed)
	assert.Equal(t, 2, strings.Count(h.View(), "sécret 1"), "shown when the operator wants it")
	h.Conceal()
	assert.NotContains(t, h.View(), "sécret 1")
	typed := h.fields[0][:8:8]
	press(o, "enter")
	assert.Equal(t, "sécret 1", string(got))
	assert.False(t, o.Active())
	assert.Equal(t, make([]byte, 8), typed, "nothing of it stays in memory of the dialog")
}

func TestWhatIsGivenUpIsOverwritten(t *testing.T) {
	t.Parallel()
	var got []byte
	revealed := 0
	o := New(newClock().now)
	o.SetSize(80, 24)
	h := hidden(t, "none", &got, &revealed)
	o.Open(h)
	o.HandlePaste("secret")
	typed := h.fields[0][:6:6]
	press(o, "esc")
	assert.Equal(t, make([]byte, 6), typed)
	assert.Nil(t, got)
}

func TestOnlyOneLineCanBeTypedUnseen(t *testing.T) {
	t.Parallel()
	var got []byte
	revealed := 0
	h := hidden(t, "none", &got, &revealed)
	h.SetSize(80, 24)
	for pasted, says := range map[string]string{
		"one\ntwo": "several lines", "a\x1b[2J": "control characters", "\xff\xfe": "no text", strings.Repeat("x", maxHidden+1): "longer than",
	} {
		h.HandlePaste(pasted)
		assert.Contains(t, ansi.Strip(h.View()), says)
		assert.Empty(t, h.fields[0])
	}
}

func TestHiddenFrames(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 50}} {
		for _, name := range []string{"default", "mono", "none"} {
			t.Run(fmt.Sprintf("%dx%d-%s", size[0], size[1], name), func(t *testing.T) {
				var got []byte
				revealed := 0
				o := New(newClock().now)
				o.SetSize(size[0], size[1])
				o.Open(hidden(t, name, &got, &revealed))
				o.HandlePaste("secret")
				press(o, "enter", "x", "enter")
				frame := o.View(background(size[0], size[1]))
				requireExact(t, frame, size[0], size[1])
				golden.RequireEqual(t, frame)
			})
		}
	}
}

func TestHiddenStaysInItsFrame(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{80, 24}, {20, 6}, {7, 3}, {1, 1}} {
		var got []byte
		revealed := 0
		o := New(newClock().now)
		o.SetSize(size[0], size[1])
		o.Open(hidden(t, "none", &got, &revealed))
		o.HandlePaste(strings.Repeat("券", 300))
		o.HandleKey(tea.KeyPressMsg{Code: 't', Mod: tea.ModCtrl})
		requireExact(t, o.View(background(size[0], size[1])), size[0], size[1])
	}
}

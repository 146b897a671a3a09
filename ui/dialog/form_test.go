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

func form(t testing.TB, themeName string, got *[]string) *Form {
	needs := func(v string) string {
		if v == "" {
			return "a reason is needed"
		}
		return ""
	}
	return NewForm(theme(t, themeName), "accept", "Accept", "It counts until the day below.", []string{"payments/charge-card", "payments/refund"}, "accept",
		[]Field{{Label: "Reason", Hint: "why", Wrong: needs}, {Label: "Until", Value: "2026-10-01"}},
		func(values []string) tea.Cmd { *got = values; return nil })
}

func typed(f *Form, s string) {
	for _, r := range s {
		f.HandleKey(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
}

func TestAFormAnswersAtItsLastField(t *testing.T) {
	t.Parallel()
	var got []string
	o := New(newClock().now)
	o.SetSize(80, 24)
	f := form(t, "none", &got)
	o.Open(f)
	press(o, "enter")
	assert.Contains(t, ansi.Strip(f.View()), "a reason is needed")
	typed(f, "knownx")
	press(o, "backspace", "enter", "backspace")
	assert.Nil(t, got)
	o.HandlePaste("2\n")
	press(o, "enter")
	assert.Equal(t, []string{"known", "2026-10-02"}, got)
	assert.False(t, o.Active())

	got = nil
	o.Open(form(t, "none", &got))
	press(o, "tab", "enter", "esc")
	assert.Nil(t, got)
	assert.False(t, o.Active())
}

func TestAFormOffersOptions(t *testing.T) {
	t.Parallel()
	var got []string
	o := New(newClock().now)
	o.SetSize(80, 24)
	f := NewForm(theme(t, "none"), "x", "X", "", nil, "go", []Field{{Label: "Where", Options: []string{"staging", "prod", "pilot"}}, {Label: "Note"}},
		func(values []string) tea.Cmd { got = values; return nil })
	o.Open(f)
	value := func() string { return f.fields[0].Value }
	press(o, "left")
	assert.Equal(t, "pilot", value())
	press(o, "right", "right")
	assert.Equal(t, "prod", value())
	assert.Contains(t, ansi.Strip(f.View()), "Where  ‹ prod ›")
	assert.Contains(t, ansi.Strip(f.View()), "← → choose")
	typed(f, "P")
	assert.Equal(t, "pilot", value(), "the next that begins so")
	typed(f, "x")
	assert.Equal(t, "pilot", value())
	press(o, "backspace")
	assert.Empty(t, value())
	press(o, "right")
	o.HandlePaste("prod")
	press(o, "tab")
	typed(f, "a b")
	press(o, "enter")
	assert.Equal(t, []string{"prod", "a b"}, got)
}

func TestFormFrames(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 50}} {
		for _, name := range []string{"default", "mono", "none"} {
			t.Run(fmt.Sprintf("%dx%d-%s", size[0], size[1], name), func(t *testing.T) {
				var got []string
				o := New(newClock().now)
				o.SetSize(size[0], size[1])
				f := form(t, name, &got)
				o.Open(f)
				press(o, "enter")
				frame := o.View(background(size[0], size[1]))
				requireExact(t, frame, size[0], size[1])
				golden.RequireEqual(t, frame)
			})
		}
	}
}

func TestAFormStaysInItsFrame(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{80, 24}, {20, 6}, {7, 3}, {1, 1}} {
		o := New(newClock().now)
		o.SetSize(size[0], size[1])
		o.Open(NewForm(theme(t, "none"), "x", "a\x1b[2Jb", strings.Repeat("券 ", 300), []string{"a\nb\x1b[31m", strings.Repeat("x", 500)}, "go",
			[]Field{{Label: "Reason", Value: strings.Repeat("ü", 400)}}, func([]string) tea.Cmd { return nil }))
		requireExact(t, o.View(background(size[0], size[1])), size[0], size[1])
	}
}

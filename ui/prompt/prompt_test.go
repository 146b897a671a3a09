package prompt

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
)

type spanError struct {
	start, end int
	msg        string
}

func (e *spanError) Error() string    { return e.msg }
func (e *spanError) Span() (int, int) { return e.start, e.end }

var words = []string{"fn", "findings", "fav", "ctx", "payments"}

func complete(_ Mode, line string, cursor int) []Candidate {
	start := strings.LastIndexByte(line[:cursor], ' ') + 1
	var list []Candidate
	for _, w := range words {
		if strings.HasPrefix(w, line[start:cursor]) {
			list = append(list, Candidate{Text: w, Description: "about " + w, Start: start, End: cursor, Suffix: " "})
		}
	}
	return list
}

func check(_ Mode, line string) error {
	if at := strings.Index(line, "team="); at >= 0 {
		return &spanError{at, at + 4, `unknown column "team": label? use -l team=x`}
	}
	if strings.Contains(line, "bad") {
		return errors.New("bad")
	}
	return nil
}

func newPrompt(t testing.TB, theme string, w int) *Prompt {
	t.Helper()
	th, err := themes.ByName(theme)
	require.NoError(t, err)
	p := New(th)
	p.SetSize(w, 6)
	p.SetComplete(complete)
	p.SetCheck(check)
	return p
}

func press(p *Prompt, keys ...string) Event {
	var last Event
	for _, k := range keys {
		last = p.HandleKey(keyMsg(k))
	}
	return last
}

func keyMsg(k string) tea.KeyPressMsg {
	special := map[string]tea.Key{
		"enter": {Code: tea.KeyEnter}, "esc": {Code: tea.KeyEscape}, "tab": {Code: tea.KeyTab}, "shift+tab": {Code: tea.KeyTab, Mod: tea.ModShift},
		"up": {Code: tea.KeyUp}, "down": {Code: tea.KeyDown}, "left": {Code: tea.KeyLeft}, "backspace": {Code: tea.KeyBackspace},
		"ctrl+u": {Code: 'u', Mod: tea.ModCtrl}, "ctrl+a": {Code: 'a', Mod: tea.ModCtrl}, "ctrl+v": {Code: 'v', Mod: tea.ModCtrl},
	}
	if key, ok := special[k]; ok {
		return tea.KeyPressMsg(key)
	}
	return tea.KeyPressMsg{Code: []rune(k)[0], Text: k}
}

func letters(s string) []string { return strings.Split(s, "") }

func plain(p *Prompt) []string {
	lines := strings.Split(ansi.Strip(p.View()), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return lines
}

func requireExact(t testing.TB, p *Prompt, w int) {
	t.Helper()
	if !p.Active() {
		require.Empty(t, p.View())
		return
	}
	lines := strings.Split(p.View(), "\n")
	require.Len(t, lines, p.Height())
	for _, line := range lines {
		require.Equal(t, w, text.Width(line), "%q", line)
	}
}

func TestGoldenFrames(t *testing.T) {
	for _, w := range []int{80, 120, 200} {
		for _, theme := range []string{"default", "mono", "none"} {
			t.Run(fmt.Sprintf("%d-%s", w, theme), func(t *testing.T) {
				var frames []string
				p := newPrompt(t, theme, w)
				p.Open(Filter, "")
				frames = append(frames, p.View())
				p.Open(Command, "f")
				frames = append(frames, p.View())
				press(p, "tab", "tab")
				frames = append(frames, p.View())
				p.Open(Filter, "team=pay")
				frames = append(frames, p.View())
				requireExact(t, p, w)
				golden.RequireEqual(t, strings.Join(frames, "\n--\n"))
			})
		}
	}
}

func TestEnterRunsWhatIsWritten(t *testing.T) {
	t.Parallel()
	p := newPrompt(t, "none", 40)
	assert.Equal(t, Event{}, press(p, "x"), "a closed prompt takes no keys")
	p.Open(Command, "")
	assert.Equal(t, Event{Kind: Changed, Mode: Command, Text: "f"}, press(p, "f"))
	assert.Equal(t, Event{Kind: Submitted, Mode: Command, Text: "f"}, press(p, "enter"), "the list does not decide")
	assert.False(t, p.Active())
	assert.Empty(t, p.View())
	p.Open(Command, "")
	assert.Equal(t, Event{Kind: Cancelled, Mode: Command}, press(p, "enter"))
	p.Open(Filter, "pay")
	press(p, "ctrl+u")
	assert.Equal(t, Event{Kind: Submitted, Mode: Filter}, press(p, "enter"), "an empty filter is no filter")
	p.Open(Search, "x")
	assert.Equal(t, Event{Kind: Cancelled, Mode: Search}, press(p, "esc"))
}

func TestTabCompletes(t *testing.T) {
	t.Parallel()
	p := newPrompt(t, "none", 40)
	p.Open(Command, "")
	press(p, letters("fn pa")...)
	assert.Equal(t, Event{Kind: Changed, Mode: Command, Text: "fn payments "}, press(p, "tab"), "a single one is taken")
	p.Open(Command, "")
	press(p, "f")
	assert.Equal(t, []string{"  fn        about fn", "  findings  about findings", "  fav       about fav", ":f"}, plain(p))
	press(p, "tab")
	assert.Equal(t, "fn", p.Text())
	press(p, "tab")
	assert.Equal(t, "findings", p.Text())
	assert.Equal(t, "▸ findings  about findings", plain(p)[1])
	press(p, "shift+tab", "shift+tab")
	assert.Equal(t, "fav", p.Text(), "from the first to the last")
	press(p, "esc")
	assert.True(t, p.Active())
	assert.Equal(t, "f", p.Text(), "esc takes the completion back")
	press(p, "shift+tab")
	assert.Equal(t, "fav", p.Text())
	assert.Equal(t, Event{Kind: Submitted, Mode: Command, Text: "fav"}, press(p, "enter"))
	p.Open(Command, "zzz")
	assert.Equal(t, Event{}, press(p, "tab"))
}

func TestCompletionInTheMiddleKeepsTheRest(t *testing.T) {
	t.Parallel()
	p := newPrompt(t, "none", 40)
	p.Open(Command, "fn pa grade>=D")
	for range len(" grade>=D") {
		press(p, "left")
	}
	press(p, "tab")
	assert.Equal(t, "fn payments grade>=D", p.Text())
	press(p, "!")
	assert.Equal(t, "fn payments! grade>=D", p.Text())
}

func TestMoreCompletionsThanRoomScroll(t *testing.T) {
	t.Parallel()
	p := newPrompt(t, "none", 60)
	p.SetComplete(func(Mode, string, int) []Candidate {
		var list []Candidate
		for i := range 30 {
			list = append(list, Candidate{Text: fmt.Sprintf("item-%02d", i), End: 1})
		}
		return list
	})
	p.Open(Command, "i")
	assert.Equal(t, 6, p.Height())
	assert.Equal(t, "  item-04    (30 in all)", plain(p)[4])
	press(p, "shift+tab")
	assert.Equal(t, "▸ item-29    (30 in all)", plain(p)[4])
	p.SetSize(60, 1)
	assert.Equal(t, []string{":item-29"}, plain(p))
}

func TestAFilterIsJudgedWhileTypedAndACommandAtEnter(t *testing.T) {
	t.Parallel()
	p := newPrompt(t, "default", 60)
	p.Open(Filter, "")
	press(p, letters("team")...)
	assert.Equal(t, Event{}, press(p, "="), "a wrong filter is no change: the last good result stays")
	assert.Equal(t, []string{` ✗ unknown column "team": label? use -l team=x`, "/team="}, plain(p))
	assert.Contains(t, p.View(), themes.Default().Render(themes.PromptError, "t"))
	assert.Equal(t, Event{}, press(p, "enter"))
	assert.True(t, p.Active())
	assert.Equal(t, Event{Kind: Changed, Mode: Filter, Text: "team"}, press(p, "backspace"))
	p.Open(Command, "")
	press(p, letters("bad")...)
	assert.Equal(t, 1, p.Height())
	press(p, "enter")
	assert.Equal(t, []string{" ✗ bad", ":bad"}, plain(p))
	press(p, "backspace")
	assert.Equal(t, []string{":ba"}, plain(p), "the error goes when the text changes")
	p.SetError(errors.New("no such context"))
	assert.Equal(t, " ✗ no such context", plain(p)[0])
}

func TestHistoryFindsWhatBeginsLikeTheDraft(t *testing.T) {
	t.Parallel()
	p := newPrompt(t, "none", 60)
	for _, line := range []string{"fn payments", "ctx prod", "fn grade>=D", "fn payments"} {
		p.Open(Command, line)
		press(p, "enter")
	}
	assert.Equal(t, []string{"ctx prod", "fn grade>=D", "fn payments"}, p.History(Command))
	p.Open(Command, "")
	press(p, "f", "up")
	assert.Equal(t, "fn payments", p.Text())
	press(p, "up", "up")
	assert.Equal(t, "fn grade>=D", p.Text())
	press(p, "down", "down", "down")
	assert.Equal(t, "f", p.Text(), "below the newest is the draft")
	assert.Empty(t, p.History(Filter), "each mode has its own")
	var many []string
	for i := range 300 {
		many = append(many, fmt.Sprint("line ", i), "line \x1b[2J")
	}
	p.SetHistory(Filter, many)
	assert.Len(t, p.History(Filter), maxHistory)
	assert.False(t, slices.ContainsFunc(p.History(Filter), func(s string) bool { return strings.ContainsRune(s, 0x1b) }))
}

func TestPastedTextIsOneCleanLine(t *testing.T) {
	t.Parallel()
	p := newPrompt(t, "none", 60)
	assert.Equal(t, Event{}, p.HandlePaste("x"))
	p.Open(Filter, "a ")
	event := p.HandlePaste("b\x1b[31m\nc\t\u202ed\x00\n")
	assert.Equal(t, Event{Kind: Changed, Mode: Filter, Text: "a b c d"}, event)
	p.HandlePaste(strings.Repeat("x", 1<<20))
	assert.LessOrEqual(t, len(p.Text()), maxInput)
	requireExact(t, p, 60)
	press(p, "ctrl+u", "ctrl+v")
	assert.Empty(t, p.Text(), "the clipboard is the terminal's to paste")
}

func TestLongTextScrollsWithTheCursor(t *testing.T) {
	t.Parallel()
	p := newPrompt(t, "none", 11)
	p.Open(Search, "0123456789abcdef")
	assert.Equal(t, []string{"/789abcdef"}, plain(p))
	press(p, "ctrl+a")
	assert.Equal(t, []string{"/0123456789"}, plain(p))
	p.Open(Search, "ギフト券ギフト券")
	requireExact(t, p, 11)
	assert.Equal(t, "/ ギフト券", plain(p)[0])
}

// TestEveryFrameIsExact presses random keys: View is always Height lines of the width.
func TestEveryFrameIsExact(t *testing.T) {
	t.Parallel()
	keys := append(letters("fn team= bad 券é"), "tab", "tab", "shift+tab", "esc", "enter", "up", "down", "left", "backspace", "ctrl+u", "ctrl+a")
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 3))
		p := newPrompt(t, "default", 20)
		for range 300 {
			if !p.Active() {
				p.Open(Mode(rng.IntN(int(modes))), []string{"", "fn", "券"}[rng.IntN(3)])
			}
			w := 1 + rng.IntN(30)
			p.SetSize(w, 1+rng.IntN(8))
			press(p, keys[rng.IntN(len(keys))])
			requireExact(t, p, w)
			require.Equal(t, p.View(), p.View())
		}
	}
}

package pager

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/text"
)

const manifest = `apiVersion: openfaas.com/v1
kind: Function
metadata:
  name: charge-card
  namespace: payments
  labels:
    app: Checkout
    tier: prod
spec:
  image: ghcr.io/acme/charge-card:1.2.3
  # read by the gateway
  environment:
    MODE: live
  secrets:
  - stripe-key
  - db-password
  limits:
    cpu: 500m
    memory: 64Mi
status:
  replicas: 2
`

func theme(t testing.TB, name string) themes.Theme {
	t.Helper()
	th, err := themes.ByName(name)
	require.NoError(t, err)
	return th
}

func newPager(t testing.TB, w, h int, s string) *Pager {
	p := New(theme(t, "default"))
	p.SetSize(w, h)
	p.SetText(s)
	return p
}

// plain is the frame without styles, each line trimmed.
func plain(p *Pager) []string {
	lines := strings.Split(ansi.Strip(p.View()), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return lines
}

func requireExact(t testing.TB, frame string, w, h int) {
	t.Helper()
	lines := strings.Split(frame, "\n")
	require.Len(t, lines, h)
	for _, line := range lines {
		require.Equal(t, w, text.Width(line), "%q", line)
	}
}

// paintYAML colours keys, which is enough to see that spans are drawn.
func paintYAML(_ int, line string) []Span {
	at := strings.IndexByte(line, ':')
	if at < 0 {
		return nil
	}
	key := len(line) - len(strings.TrimLeft(line, " -"))
	return []Span{{key, at, themes.SyntaxKey}, {at, at + 1, themes.SyntaxPunctuation}, {at + 1, len(line), themes.SyntaxString}}
}

func TestGoldenFrames(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 50}} {
		for _, name := range []string{"default", "mono", "none"} {
			t.Run(fmt.Sprintf("%dx%d-%s", size[0], size[1], name), func(t *testing.T) {
				p := New(theme(t, name))
				p.SetSize(size[0], size[1])
				p.SetSpans(paintYAML)
				p.SetText(manifest + strings.Repeat("annotation: a long line that does not end before the window does; ", 4) + "ギフト券\n")
				require.NoError(t, p.Search("car"))
				p.SearchNext()
				p.Goto(14)
				p.ToggleFold()
				requireExact(t, p.View(), size[0], size[1])
				golden.RequireEqual(t, p.View())
			})
		}
	}
}

func TestMovingKeepsTheCursorOnScreen(t *testing.T) {
	t.Parallel()
	p := newPager(t, 20, 5, numbered(20))
	p.MoveBy(3)
	assert.Equal(t, []string{" line 1", " line 2", " line 3", "▌line 4", " line 5"}, plain(p))
	p.MoveBy(3)
	assert.Equal(t, []string{" line 3", " line 4", " line 5", " line 6", "▌line 7"}, plain(p))
	p.Do(action.MoveBottom)
	assert.Equal(t, "▌line 20", plain(p)[4])
	p.Do(action.PageUp)
	assert.Equal(t, []string{" line 12", " line 13", " line 14", " line 15", "▌line 16"}, plain(p))
	p.Do(action.MoveTop)
	assert.Equal(t, "▌line 1", plain(p)[0])
	p.Do(action.HalfPageDown)
	assert.Equal(t, []string{" line 3", " line 4", "▌line 3"}[0:2], []string{strings.Replace(plain(p)[0], "▌", " ", 1), plain(p)[1]})
	assert.Equal(t, "3–7 of 20", p.Status())
	assert.False(t, p.Do(action.Delete))
}

func TestWithoutAPointerTheWindowScrolls(t *testing.T) {
	t.Parallel()
	p := newPager(t, 20, 3, numbered(10))
	p.SetPointer(false)
	p.MoveBy(2)
	assert.Equal(t, []string{" line 3", " line 4", " line 5"}, plain(p))
	p.MoveBy(100)
	assert.Equal(t, []string{" line 8", " line 9", " line 10"}, plain(p))
	n, line := p.Line()
	assert.Equal(t, 7, n)
	assert.Equal(t, "line 8", line)
}

func TestANumberBeforeGGoesToThatLine(t *testing.T) {
	t.Parallel()
	p := newPager(t, 20, 5, numbered(100))
	assert.False(t, p.Digit("0"), "a lone 0 is no count")
	assert.True(t, p.Digit("4"))
	assert.True(t, p.Digit("2"))
	assert.False(t, p.Digit("x"))
	p.Do(action.MoveBottom)
	n, _ := p.Line()
	assert.Equal(t, 41, n)
	p.Digit("3")
	p.Do(action.MoveUp)
	n, _ = p.Line()
	assert.Equal(t, 38, n)
}

func TestLongLinesScrollSideways(t *testing.T) {
	t.Parallel()
	p := newPager(t, 11, 1, "0123456789abcdefghijklmnopqrstuvwxyz")
	p.Do(action.ScrollRight)
	assert.Equal(t, []string{"▌89abcdefgh"}, plain(p))
	for range 20 {
		p.Do(action.ScrollRight)
	}
	assert.Equal(t, []string{"▌vwxyz"}, plain(p), "half a window of the longest line stays")
	assert.Contains(t, p.Status(), "column 32")
	for range 20 {
		p.Do(action.ScrollLeft)
	}
	assert.Equal(t, []string{"▌0123456789"}, plain(p))
}

func TestHalfAWideCharacterIsASpace(t *testing.T) {
	t.Parallel()
	p := newPager(t, 6, 1, "ギフト券ギフト券")
	p.ScrollX(1)
	assert.Equal(t, "▌ フト", strings.TrimRight(ansi.Strip(p.View()), " "))
	requireExact(t, p.View(), 6, 1)
}

func TestWrappingShowsEveryCharacter(t *testing.T) {
	t.Parallel()
	p := newPager(t, 6, 8, "abcdefghijklm\nギフト券\nshort")
	p.SetWrap(true)
	assert.Equal(t, []string{"▌abcde", "▌fghij", "▌klm", " ギフ", " ト券", " short", "", ""}, plain(p))
	p.MoveBy(1)
	assert.Equal(t, []string{" klm", "▌ギフ"}, plain(p)[2:4])
	p.SetSize(6, 2)
	assert.Equal(t, []string{"▌ギフ", "▌ト券"}, plain(p))
	p.ScrollBy(1)
	assert.Equal(t, []string{" ト券", "▌short"}, plain(p))
	p.ScrollBy(-2)
	assert.Equal(t, []string{" klm", "▌ギフ"}, plain(p))
	assert.Contains(t, p.Status(), "wrapped")
}

func TestALineTallerThanTheWindowCanBeRead(t *testing.T) {
	t.Parallel()
	p := newPager(t, 4, 2, "aaabbbcccddd\nend")
	p.SetWrap(true)
	p.ScrollBy(1)
	assert.Equal(t, []string{"▌bbb", "▌ccc"}, plain(p))
	p.ScrollBy(1)
	assert.Equal(t, []string{"▌ccc", "▌ddd"}, plain(p))
	p.MoveBy(1)
	assert.Equal(t, "▌end", plain(p)[1])
}

func TestSearchHighlightsAndGoesRound(t *testing.T) {
	t.Parallel()
	p := newPager(t, 40, 5, manifest)
	require.NoError(t, p.Search("CAR")) // an upper-case letter asks for itself
	assert.Equal(t, "no match for CAR", strings.Split(p.Status(), " · ")[1])
	require.NoError(t, p.Search("charge-card"))
	current, total := p.Matches()
	assert.Equal(t, []int{1, 2}, []int{current, total})
	n, _ := p.Line()
	assert.Equal(t, 3, n)
	p.SearchNext()
	n, _ = p.Line()
	assert.Equal(t, 9, n)
	p.SearchNext()
	current, _ = p.Matches()
	assert.Equal(t, 1, current, "behind the last comes the first")
	p.SearchPrevious()
	current, _ = p.Matches()
	assert.Equal(t, 2, current)
	assert.Contains(t, p.View(), theme(t, "default").Render(themes.Cursor, "charge-card"))
	require.NoError(t, p.Search("/me(tadata|mory)/"))
	_, total = p.Matches()
	assert.Equal(t, 2, total)
	require.EqualError(t, p.Search("/(x/"), "not a pattern: missing closing ): `(x`")
	_, total = p.Matches()
	assert.Equal(t, 2, total, "a bad pattern keeps the last result")
	require.NoError(t, p.Search(""))
	_, total = p.Matches()
	assert.Zero(t, total)
	assert.NotContains(t, p.Status(), "match")
}

func TestSearchCountsSeveralMatchesOfALine(t *testing.T) {
	t.Parallel()
	p := newPager(t, 10, 2, "ab ab AB\nab"+strings.Repeat(" ", 30)+"ab")
	require.NoError(t, p.Search("ab"))
	var seen []string
	for range 6 {
		n, _ := p.Line()
		current, total := p.Matches()
		seen = append(seen, fmt.Sprint(n, current, total))
		p.SearchNext()
	}
	assert.Equal(t, []string{"0 1 5", "0 2 5", "0 3 5", "1 4 5", "1 5 5", "0 1 5"}, seen)
	p.SearchPrevious()
	p.SearchPrevious()
	assert.Contains(t, strings.Join(plain(p), "\n"), "ab", "the match off screen is scrolled to")
	assert.Equal(t, 29, p.left)
}

func TestFilterShowsMatchesWithContext(t *testing.T) {
	t.Parallel()
	p := newPager(t, 20, 8, numbered(30))
	require.NoError(t, p.Filter("line 1", 0))
	assert.Equal(t, "1–8 of 11 · & line 1", p.Status())
	require.NoError(t, p.Filter("/line (5|6|20)$/", 1))
	assert.Equal(t, []string{"▌line 4", " line 5", " line 6", " line 7", " ···", " line 19", " line 20", " line 21"}, plain(p))
	p.MoveBy(4)
	n, _ := p.Line()
	assert.Equal(t, 18, n, "the cursor steps over the gap")
	p.MoveBy(-1)
	n, _ = p.Line()
	assert.Equal(t, 6, n)
	require.NoError(t, p.Search("line 2"))
	_, total := p.Matches()
	assert.Equal(t, 2, total, "only what is visible is searched")
	require.Error(t, p.Filter("/(/", 0))
	assert.True(t, p.Filtered())
	require.NoError(t, p.Filter("nothing like it", 0))
	assert.Equal(t, " no line matches &", plain(p)[0])
	assert.Equal(t, " nothing like it", plain(p)[1])
	require.NoError(t, p.Filter("", 0))
	assert.Equal(t, 30, p.rowCount())
}

func TestNewTextKeepsThePlace(t *testing.T) {
	t.Parallel()
	p := newPager(t, 20, 5, numbered(50))
	p.Goto(20)
	require.NoError(t, p.Search("line 3"))
	p.SetText(numbered(60))
	n, _ := p.Line()
	assert.Equal(t, 29, n)
	_, total := p.Matches()
	assert.Equal(t, 11, total)
	p.SetText(numbered(3))
	n, _ = p.Line()
	assert.Equal(t, 2, n)
	p.Reset()
	n, _ = p.Line()
	assert.Equal(t, 0, n)
}

func TestANoteStandsWhereThereIsNoText(t *testing.T) {
	t.Parallel()
	p := New(theme(t, "none"))
	p.SetSize(24, 4)
	p.SetNote(themes.Denied, "you may not get functions in payments\x1b[2J")
	requireExact(t, p.View(), 24, 4)
	assert.Equal(t, []string{" you may not get", " functions in payments", "", ""}, plain(p))
	p.SetText("x")
	assert.Equal(t, "▌x", plain(p)[0])
	assert.Empty(t, newPager(t, 0, 0, "x").View())
}

func TestHostileTextIsHarmless(t *testing.T) {
	t.Parallel()
	p := newPager(t, 30, 6, "red \x1b[31mred\x1b[0m\n\x1b]0;title\abell\a\nrtl \u202eevil\ntab\there\nbad \xff\xfe bytes")
	frame := p.View()
	requireExact(t, frame, 30, 6)
	for _, bad := range []string{"\x1b[31m", "\x1b]0", "\a", "\u202e", "\t", "\xff"} {
		assert.NotContains(t, frame, bad)
	}
	assert.Equal(t, " tab     here", plain(p)[3])
	_, line := p.Line()
	assert.Equal(t, "red \x1b[31mred\x1b[0m", line, "what is copied is what was given")
	long := newPager(t, 20, 1, strings.Repeat("é", maxLine))
	assert.LessOrEqual(t, len(long.line(0)), maxLine+40)
	assert.Contains(t, long.line(0), "bytes more")
	assert.Equal(t, []string{"first", "second line"}, func() []string {
		p := New(theme(t, "none"))
		p.SetLines([]string{"first", "second\nline"})
		return []string{p.line(0), p.line(1)}
	}())
}

func TestSpansThatLieAreDropped(t *testing.T) {
	t.Parallel()
	p := newPager(t, 20, 1, "abcdef")
	p.SetSpans(func(int, string) []Span {
		return []Span{{4, 99, themes.Error}, {-3, 2, themes.Error}, {3, 1, themes.Error}, {2, 4, themes.Error}, {3, 5, themes.Error}}
	})
	assert.Equal(t, theme(t, "default").Render(themes.Accent, "▌")+"ab"+theme(t, "default").Render(themes.Error, "cd")+"ef"+strings.Repeat(" ", 13), p.View())
}

func TestMatchesAreDrawnOverColours(t *testing.T) {
	t.Parallel()
	base := []Span{{0, 3, themes.SyntaxKey}, {3, 4, themes.SyntaxPunctuation}, {4, 10, themes.SyntaxString}}
	assert.Equal(t, []Span{
		{0, 2, themes.SyntaxKey}, {2, 5, themes.Match}, {5, 7, themes.SyntaxString}, {7, 8, themes.Match}, {8, 10, themes.SyntaxString},
	}, overlay(base, []Span{{2, 5, themes.Match}, {7, 8, themes.Match}}))
	assert.Equal(t, base, overlay(base, nil))
	assert.Equal(t, []Span{{0, 12, themes.Match}}, overlay(base, []Span{{0, 12, themes.Match}}))
}

func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "line %d\n", i+1)
	}
	return b.String()
}

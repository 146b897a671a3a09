package logpane

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/logpane/record"
)

var now = time.Date(2026, 9, 1, 12, 4, 31, 0, time.UTC)

func clock() time.Time { return now }

func theme(t testing.TB, name string) themes.Theme {
	t.Helper()
	th, err := themes.ByName(name)
	require.NoError(t, err)
	return th
}

// newPane makes a pane without times and colours, so that a test reads as the screen does.
func newPane(t testing.TB, width, height int) *Pane {
	p := New(theme(t, "none"), clock)
	p.SetStamps(NoStamps)
	p.SetSize(width, height)
	return p
}

func blockOf(lines ...string) *Block {
	b := &Block{}
	for i, l := range lines {
		b.Add(&Line{Time: now.Add(time.Duration(i) * time.Millisecond), Text: []byte(l)})
	}
	return b
}

func numbered(from, to int) *Block {
	var lines []string
	for i := from; i < to; i++ {
		lines = append(lines, fmt.Sprintf("line %d", i))
	}
	return blockOf(lines...)
}

// do runs what the pane asks for, until it asks for nothing.
func do(p *Pane, cmd tea.Cmd) {
	for cmd != nil {
		cmd = p.Update(cmd())
	}
}

func plain(p *Pane) []string {
	lines := strings.Split(ansi.Strip(p.View()), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

func TestTheEndIsFollowedUntilTheCursorLeavesIt(t *testing.T) {
	t.Parallel()
	p := newPane(t, 20, 3)
	do(p, p.Append(numbered(0, 10)))
	assert.Equal(t, []string{" line 7", " line 8", "▌line 9"}, plain(p))
	p.Do(action.MoveUp)
	assert.False(t, p.Following())
	do(p, p.Append(numbered(10, 20)))
	assert.Equal(t, []string{" line 7", "▌line 8", " line 9"}, plain(p), "what is being read stays")
	p.Do(action.MoveBottom)
	assert.Equal(t, []string{" line 17", " line 18", "▌line 19"}, plain(p))
	do(p, p.Append(numbered(20, 21)))
	assert.Equal(t, "▌line 20", plain(p)[2])
}

func TestOlderLinesComeAboveWhatIsRead(t *testing.T) {
	t.Parallel()
	p := newPane(t, 30, 3)
	do(p, p.Append(numbered(5, 8)))
	p.SetHead("↑ older lines")
	p.Do(action.MoveTop)
	assert.Equal(t, []string{"▌↑ older lines", " line 5", " line 6"}, plain(p))
	assert.True(t, p.AtTop())
	do(p, p.Prepend(numbered(0, 5)))
	assert.Equal(t, []string{"▌line 4", " line 5", " line 6"}, plain(p), "the cursor is on the newest of the older lines")
	p.Do(action.MoveTop)
	assert.Equal(t, []string{"▌↑ older lines", " line 0", " line 1"}, plain(p))
	assert.Equal(t, 8, p.Kept())
}

func TestTheRingForgetsItsBeginningAndCountsWhatLeft(t *testing.T) {
	t.Parallel()
	p := newPane(t, 60, 5)
	p.SetLimit(1 << 20)
	long := strings.Repeat("x", 100)
	total := 0
	for range 100 {
		b := &Block{}
		for range 1000 {
			b.Add(&Line{Text: fmt.Appendf(nil, "%06d %s", total, long)})
			total++
		}
		do(p, p.Append(b))
		assert.LessOrEqual(t, p.ring.size, 1<<20)
	}
	assert.Equal(t, total, p.Gone()+p.Kept(), "every line is in the ring or counted")
	p.Do(action.MoveTop)
	assert.Contains(t, plain(p)[0], fmt.Sprintf("%06d", p.Gone()), "the first line is the one behind those that left")
	assert.Equal(t, total, p.Lines())
}

func TestMoreLinesWaitForWhoReadsTheOldest(t *testing.T) {
	t.Parallel()
	p := newPane(t, 60, 5)
	p.SetLimit(1 << 20)
	b := &Block{}
	for i := range 1000 {
		b.Add(&Line{Text: fmt.Appendf(nil, "%06d %s", i, strings.Repeat("x", 100))})
	}
	for range 20 {
		do(p, p.Append(b))
	}
	assert.False(t, p.Holds(b), "whoever follows the end holds nothing up")
	p.Do(action.PageUp)
	assert.False(t, p.Holds(b), "nor does who reads what stays")
	p.Do(action.MoveTop)
	assert.True(t, p.Holds(b))
	p.Do(action.MoveBottom)
	assert.False(t, p.Holds(b))
}

func TestASearchGoesToTheNearestMatchAndAround(t *testing.T) {
	t.Parallel()
	p := newPane(t, 40, 4)
	do(p, p.Append(blockOf("alpha", "beta", "gamma", "Beta two", "delta")))
	cmd, err := p.Search("beta")
	require.NoError(t, err)
	do(p, cmd)
	assert.Equal(t, "match 2 of 2", p.searchStatus(), "from the end the last one is the nearest")
	p.Next(action.SearchNext)
	line, _, _ := p.Under()
	assert.Equal(t, "beta", line)
	p.Next(action.SearchPrevious)
	line, _, _ = p.Under()
	assert.Equal(t, "Beta two", line)
	do(p, p.Append(blockOf("another beta")))
	assert.Equal(t, "match 2 of 3", p.searchStatus(), "what comes is searched, too")
	_, err = p.Search("/be(/")
	assert.ErrorContains(t, err, "not a pattern")
	assert.Equal(t, "match 2 of 3", p.searchStatus(), "a wrong pattern leaves the last one")
	cmd, err = p.Search("Beta")
	require.NoError(t, err)
	do(p, cmd)
	assert.Equal(t, "match 1 of 1", p.searchStatus(), "an upper-case letter asks for itself")
	cmd, err = p.Search("/^(al|ga)/")
	require.NoError(t, err)
	do(p, cmd)
	assert.Equal(t, "match 2 of 2", p.searchStatus())
}

func TestAWiderPaneShowsWhatWasScrolledAway(t *testing.T) {
	t.Parallel()
	p := newPane(t, 20, 2)
	do(p, p.Append(blockOf("0123456789 0123456789 needle", "short")))
	cmd, err := p.Search("needle")
	require.NoError(t, err)
	do(p, cmd)
	assert.Equal(t, []string{"▌56789 needle", ""}, append(plain(p), "")[:2], "the match is on the screen")
	p.SetSize(30, 2)
	assert.Equal(t, "▌6789 0123456789 needle", plain(p)[0])
	p.SetSize(60, 2)
	assert.Equal(t, []string{"▌0123456789 0123456789 needle", " short"}, plain(p))
	p.SetSize(20, 2)
	assert.Equal(t, "▌0123456789 01234567", plain(p)[0])
}

func TestAFilterShowsLinesAround(t *testing.T) {
	t.Parallel()
	p := newPane(t, 40, 20)
	do(p, p.Append(numbered(0, 30)))
	cmd, err := p.Filter("/line (7|25)$/", 1)
	require.NoError(t, err)
	do(p, cmd)
	assert.Equal(t, []string{" line 6", " line 7", " line 8", " ···", " line 24", " line 25", "▌line 26"}, plain(p))
	do(p, p.Append(blockOf("line 30", "line 7", "line 32", "line 33")))
	assert.Equal(t, []string{" ···", " line 30", " line 7", "▌line 32"}, plain(p)[7:])
	cmd, err = p.Filter("!line", 1)
	require.NoError(t, err)
	do(p, cmd)
	assert.Contains(t, strings.Join(strings.Fields(p.View()), " "), "No line is shown: the filter !line hides all 34.")
	cmd, err = p.Filter("", 0)
	require.NoError(t, err)
	do(p, cmd)
	assert.Len(t, plain(p), 20)
}

func TestLinesAroundReachIntoOtherChunks(t *testing.T) {
	t.Parallel()
	p := newPane(t, 40, 8)
	b := &Block{}
	for i := range chunkLines * 3 {
		word := "other"
		if i%chunkLines == 0 || i%chunkLines == chunkLines-1 && i < chunkLines {
			word = "match"
		}
		b.Add(&Line{Text: fmt.Appendf(nil, "%s %d", word, i)})
	}
	do(p, p.Append(b))
	cmd, err := p.Filter("match", 2)
	require.NoError(t, err)
	require.NotNil(t, cmd, "so many lines are looked at away from the loop")
	do(p, cmd)
	assert.Equal(t, []string{" other 4097", " other 4098", " ···", " other 8190", " other 8191", " match 8192", " other 8193", "▌other 8194"}, plain(p))
	shown := 0
	for n, ok := p.next(p.headLine()); ok; n, ok = p.next(n) {
		shown++
	}
	assert.Equal(t, 3+6+5, shown)
}

func TestLevelsHideWhatIsLessBad(t *testing.T) {
	t.Parallel()
	p := newPane(t, 60, 20)
	do(p, p.Append(blockOf(`{"level":"info","msg":"fine"}`, "level=error msg=bad", "  at Main.java:7", "plain words", "W0901 12:04:31.000001 1 x.go:1] careful")))
	b := &Block{}
	b.AddNotice(now, 0, Alarming, "— lost 3 lines —")
	b.AddNotice(now, 0, Quiet, "— joined —")
	do(p, p.Append(b))
	do(p, p.SetLevel(record.Warn))
	assert.Equal(t, []string{" level=error msg=bad", "   at Main.java:7", " W0901 12:04:31.000001 1 x.go:1] careful", " — lost 3 lines —", "▌— joined —"}, plain(p))
	do(p, p.Hide([]int{0}))
	assert.Contains(t, strings.Join(strings.Fields(p.View()), " "), "No line is shown: the level warn with the choice of sources hides all 7.")
}

func TestDetailsAreDrawnBelowTheirLine(t *testing.T) {
	t.Parallel()
	p := newPane(t, 60, 20)
	p.SetSource(0, Source{About: []Pair{{"pod", "charge-1"}}})
	do(p, p.Append(blockOf(`{"level":"error","msg":"boom\nat two","n":7,"ctx":{"a":[1,2,3],"text":"`+strings.Repeat("y", 60)+`"}}`)))
	p.Toggle()
	got := plain(p)
	assert.Equal(t, "▌│ time   2026-09-01 12:04:31.000000000 UTC, 0s ago", got[1])
	assert.Equal(t, []string{"▌│ pod    charge-1", "▌│ level  error", "▌│", "▌│ level  error", "▌│ msg    boom", "▌│        at two", "▌│ n      7", "▌│ ctx    {"}, got[2:10])
	p.Toggle()
	assert.Len(t, plain(p), 1)
}

func TestFieldsAsColumns(t *testing.T) {
	t.Parallel()
	p := newPane(t, 70, 6)
	do(p, p.Append(blockOf(`{"level":"info","msg":"charged","user":"jane","ms":12,"time":"x"}`, `{"level":"warn","msg":"slow","user":"bo","ms":1200,"retry":true}`, "no fields here")))
	require.True(t, p.ToggleFields())
	assert.Equal(t, []string{
		" LEVEL  MESSAGE                   USER  MS",
		" INFO   charged                   jane  12",
		" WARN   slow                      bo    1200  retry=true",
		"▌no fields here",
	}, plain(p))
	require.True(t, p.ToggleFields())
	assert.Equal(t, "▌no fields here", plain(p)[2])
}

func TestEveryFrameIsExact(t *testing.T) {
	t.Parallel()
	ids := []action.ID{action.MoveDown, action.MoveUp, action.MoveTop, action.MoveBottom, action.HalfPageDown, action.HalfPageUp,
		action.PageDown, action.PageUp, action.ScrollLeft, action.ScrollRight}
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 7))
		p := New(theme(t, "default"), clock)
		p.SetLimit(0)
		for range 300 {
			switch rng.IntN(26) {
			case 0:
				p.SetSize(1+rng.IntN(90), 1+rng.IntN(12))
			case 1, 2, 3:
				do(p, p.Append(randomBlock(rng)))
			case 4:
				do(p, p.Prepend(randomBlock(rng)))
			case 5:
				cmd, err := p.Search([]string{"", "a", "e: ", "ギ", "/[a-c]+/", "k"}[rng.IntN(6)])
				require.NoError(t, err)
				do(p, cmd)
			case 6:
				cmd, err := p.Filter([]string{"", "a", ":", "zz", "!abc", "/x|y/"}[rng.IntN(6)], rng.IntN(3))
				require.NoError(t, err)
				do(p, cmd)
			case 7:
				do(p, p.SetLevel(record.Level(rng.IntN(7))))
			case 8:
				p.ScrollBy(rng.IntN(11) - 5)
			case 9:
				p.SetWrap(rng.IntN(2) == 0)
			case 10:
				p.SetStamps(Stamps(rng.IntN(4)))
			case 11:
				p.Toggle()
			case 12:
				p.ToggleFields()
			case 13:
				p.SetSource(rng.IntN(4), Source{Label: []string{"", "abcde", "長いラベル\x1b[2J"}[rng.IntN(3)], Color: rng.IntN(9)})
			case 14:
				p.SetHead([]string{"", "older", "older\x1b[2J"}[rng.IntN(3)])
			case 15:
				p.Next([]action.ID{action.SearchNext, action.SearchPrevious}[rng.IntN(2)])
			case 16:
				do(p, p.Hide([]int{rng.IntN(5)}))
			default:
				p.Do(ids[rng.IntN(len(ids))])
			}
			requireExact(t, p)
		}
	}
}

func requireExact(t *testing.T, p *Pane) {
	t.Helper()
	view := p.View()
	if p.width == 0 {
		return
	}
	lines := strings.Split(view, "\n")
	require.Len(t, lines, p.height)
	for _, l := range lines {
		require.Equal(t, p.width, ansi.StringWidth(l), "%q", l)
	}
	require.NotContains(t, ansi.Strip(view), "\x1b")
	if _, ok := p.firstShown(); ok && p.width > 1 && p.grid == nil {
		require.Contains(t, view, "▌")
	}
	p.changed()
	require.Equal(t, view, p.View())
}

func randomBlock(rng *rand.Rand) *Block {
	b := &Block{}
	for range rng.IntN(30) {
		if rng.IntN(9) == 0 {
			b.AddNotice(now, rng.IntN(5)-1, Tone(rng.IntN(3)), "— pod joined \x1b[1m—")
			continue
		}
		line := []string{`{"level":"warn","msg":"ギフト\n","a":{"b":1},"c":"abc"}`, `level=info msg="x y" a=b`, "ギフト券 e\u0301: \x1b[31mred\x1b[0m ", "", "ERROR x\x1b[31;1my",
			"🇩\x1b[1m🇪🇫", "\xff\xfe\u202eabc", "\ta\tb"}[rng.IntN(8)] + strings.Repeat("abc ", rng.IntN(40))
		b.Add(&Line{Time: now.Add(time.Duration(rng.IntN(1000)) * -time.Second), Source: rng.IntN(5), Text: []byte(line)})
	}
	return b
}

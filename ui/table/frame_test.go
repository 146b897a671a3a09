package table

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/themes"
)

// frameOf draws the table and checks what every frame must fulfil.
func frameOf(tb testing.TB, t *Table[key, *function]) string {
	tb.Helper()
	frame := t.View()
	width, height := t.Size()
	if width == 0 || height == 0 {
		require.Empty(tb, frame)
		return frame
	}
	lines := strings.Split(frame, "\n")
	require.Len(tb, lines, height)
	for i, l := range lines {
		require.Equal(tb, width, ansi.StringWidth(l), "line %d: %q", i, l)
		require.Equal(tb, width, ansi.StringWidthWc(l), "line %d on a terminal that measures runes: %q", i, l)
	}
	return frame
}

// plain is a frame without styles and without space at the ends of lines.
func plain(tb testing.TB, t *Table[key, *function]) string {
	tb.Helper()
	lines := strings.Split(ansi.Strip(frameOf(tb, t)), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

func hostileNames() []*function {
	out := makeFunctions(12)
	for i, name := range []string{
		"\x1b[2J\x1b[31mowned\x1b[0m", "\x1b]0;title\x07bell", "line\nbreak\ttab", "\u202eexe.ecivres",
		"pay\u200bment\u200d\ufeff", "支払い関数のとても長い名前です", "🚀-launch-👍🏽-👨\u200d👩\u200d👧", "cafe\u0301-e\u0301tudes",
		strings.Repeat("long-", 200), "\xff\xfe\xfd", strings.Repeat("z\u0301\u0302", 30), "",
	} {
		out[i].name = name
		out[i].framework = []string{"openfaas", "オープン", "🚀"}[i%3]
	}
	return out
}

func TestFrames(t *testing.T) {
	t.Parallel()
	scenes := map[string]func(*Table[key, *function]){
		"data": func(tb *Table[key, *function]) {
			rows := makeFunctions(60)
			rows[25].state = "opaque"
			tb.Apply(rows, nil)
			tb.SetReady()
			tb.MoveDown(2)
			tb.ToggleMark()
			tb.MoveDown(2)
			tb.ToggleMark()
			tb.SetMatch("card")
		},
		"hostile": func(tb *Table[key, *function]) {
			tb.Apply(hostileNames(), nil)
			tb.SetReady()
		},
		"stale": func(tb *Table[key, *function]) {
			tb.Apply(makeFunctions(5), nil)
			tb.SetDim(true)
			tb.SetWide(true)
			tb.SetMessage("No answer from the API server since 11:58.", themes.Warning)
		},
		"loading": func(tb *Table[key, *function]) {
			tb.SetLoading("Loading functions… 1,204 so far", "knative: waiting for its first list")
		},
		"denied": func(tb *Table[key, *function]) {
			tb.SetDenied("You may not list functions.openfaas.com in namespace payments.", "Deployments and pods still work.")
		},
		"empty": func(tb *Table[key, *function]) { tb.SetReady("Deploy one with +, or choose other namespaces with n.") },
		"filtered": func(tb *Table[key, *function]) {
			tb.Apply(makeFunctions(1204), nil)
			tb.SetReady()
			tb.SetFilter("grade>=D exposed=internet", func(*function) bool { return false })
		},
	}
	for scene, set := range scenes {
		for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 50}} {
			for _, theme := range themes.Names()[:3] {
				t.Run(fmt.Sprintf("%s/%dx%d/%s", scene, size[0], size[1], theme), func(t *testing.T) {
					t.Parallel()
					tb := newTable(size[0], size[1], theme)
					set(tb)
					golden.RequireEqual(t, frameOf(t, tb))
				})
			}
		}
	}
}

func TestSmallFrames(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{10, 5}, {40, 1}, {40, 2}, {40, 3}, {3, 3}, {1, 1}, {22, 6}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			t.Parallel()
			tb := newTable(size[0], size[1], "none")
			tb.Apply(hostileNames(), nil)
			tb.MoveDown(3)
			tb.ToggleMark()
			golden.RequireEqual(t, frameOf(t, tb))
		})
	}
}

func TestEverySizeGivesAFrameOfThatSize(t *testing.T) {
	t.Parallel()
	tb := newTable(0, 0, "default")
	tb.Apply(hostileNames(), nil)
	none := newTable(0, 0, "default")
	none.SetMessage("支払い: a message that is longer than most of these widths", themes.Error)
	for w := range 130 {
		for _, h := range []int{0, 1, 2, 3, 4, 9} {
			for _, each := range []*Table[key, *function]{tb, none} {
				each.SetSize(w, h)
				frameOf(t, each)
				for range 3 {
					each.ScrollRight()
					frameOf(t, each)
				}
			}
		}
	}
}

func TestNoControlSequenceOfARowReachesTheScreen(t *testing.T) {
	t.Parallel()
	tb := newTable(200, 20, "default")
	tb.Apply(hostileNames(), nil)
	frame := frameOf(t, tb)
	for _, bad := range []string{"\x1b[2J", "\x1b]", "\x07", "\u202e", "\u200b", "\ufeff", "\t"} {
		assert.NotContains(t, frame, bad)
	}
	assert.Contains(t, frame, "owned")
}

func TestTheImportantColumnsStayAt80x24(t *testing.T) {
	t.Parallel()
	tb := newTable(80, 24, "none")
	tb.Apply(makeFunctions(100), nil)
	_ = tb.View()
	shown := map[string]bool{}
	for _, c := range tb.Columns() {
		shown[c.ID] = c.Shown
	}
	for _, id := range []string{"name", "ready", "exposed", "grade"} {
		assert.True(t, shown[id], id)
	}
	assert.False(t, shown["secrets"], "the least important columns make room")
	assert.Positive(t, tb.HiddenColumns())
}

func TestAnUnchangedTableReturnsTheSameFrame(t *testing.T) {
	tb := filledTable(500, 120, 20)
	first := tb.View()
	same := func(what string) {
		t.Helper()
		assert.Equal(t, first, tb.View(), what)
		assert.Zero(t, testing.AllocsPerRun(5, func() { _ = tb.View() }), "%s: nothing is drawn again", what)
	}
	same("nothing happened")
	far := *makeFunction(4)
	far.cpu++
	tb.Apply([]*function{&far}, nil)
	same("a row out of sight changed")
	twin := *tb.Rows()[0]
	tb.Apply([]*function{&twin}, nil)
	same("a row was replaced by its equal")
	tb.SetTheme(themes.Default())
	same("the same theme")

	tb.SetNow(clock.Add(time.Second))
	assert.NotEqual(t, first, tb.View(), "an age of seconds is visible")
}

func TestAgesAreOnlyDrawnAgainWhenTheyChange(t *testing.T) {
	t.Parallel()
	tb := newTable(120, 10, "default")
	old := makeFunction(5)
	old.created = clock.Add(-100 * time.Hour)
	tb.Apply([]*function{old}, nil)
	first := tb.View()
	tb.SetNow(clock.Add(time.Second))
	assert.Equal(t, first, tb.View())
	tb.SetNow(clock.Add(20 * time.Hour))
	assert.Contains(t, plain(t, tb), "5d")
}

func TestCellsOfHiddenRowsAreNeverAskedFor(t *testing.T) {
	t.Parallel()
	tb := newTable(120, 20, "default")
	columns := functionColumns()
	asked := map[*function]bool{}
	for i := range columns {
		inner := columns[i].Cell
		columns[i].Cell = func(f *function, now time.Time) Cell { asked[f] = true; return inner(f, now) }
	}
	tb.SetColumns(columns)
	tb.Apply(makeFunctions(10_000), nil)
	_ = tb.View()
	assert.LessOrEqual(t, len(asked), 20+2*sampleSize)
}

func TestWidthsOnlyGrowWhileScrolling(t *testing.T) {
	t.Parallel()
	tb := newTable(120, 10, "none")
	rows := makeFunctions(1000)
	for i, r := range rows {
		r.name = fmt.Sprintf("fn-%04d%s", i, strings.Repeat("x", i%7*(i/100)))
	}
	tb.Apply(rows, nil)
	at := 0
	for range 150 {
		tb.PageDown()
		header := strings.Split(plain(t, tb), "\n")[0]
		x := strings.Index(header, "FRAMEWORK")
		assert.GreaterOrEqual(t, x, at)
		at = x
	}
	tb.Replace(makeFunctions(10))
	assert.Less(t, strings.Index(plain(t, tb), "FRAMEWORK"), at, "a new set of rows is measured anew")
}

func TestAFilterMeasuresTheColumnsAnew(t *testing.T) {
	t.Parallel()
	tb := newTable(120, 10, "none")
	rows := makeFunctions(5)
	rows[0].name = strings.Repeat("long-", 12)
	tb.Apply(rows, nil)
	tb.SetReady()
	beside := func() int { return strings.Index(strings.Split(plain(t, tb), "\n")[0], "FRAMEWORK") }
	all := beside()
	tb.SetFilter("short", func(f *function) bool { return f != rows[0] })
	few := beside()
	assert.Less(t, few, all, "the long name is no longer there")
	fresh := newTable(120, 10, "none")
	fresh.Apply(rows[1:], nil)
	assert.Equal(t, strings.Index(plain(t, fresh), "FRAMEWORK"), few, "as if only these had come")
	tb.SetFilter("", nil)
	assert.Equal(t, all, beside())
}

func TestMatchesArePickedOut(t *testing.T) {
	t.Parallel()
	tb := newTable(60, 4, "default")
	f := makeFunction(0)
	tb.Apply([]*function{f, makeFunction(1)}, nil)
	tb.SetMatch("FUND")
	match := themes.Default().Style(themes.Match)
	assert.Contains(t, frameOf(t, tb), "re"+match.Render("fund")+"-00001")
	tb.SetMatch()
	assert.NotContains(t, frameOf(t, tb), match.Prefix)
}

package views

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	feeds "github.com/fn9s/fn9s/kube/stream/logs"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/views/screen"
	"github.com/fn9s/fn9s/views/viewtest"
)

func TestLogsOfWhatIsMarked(t *testing.T) {
	t.Parallel()
	c := plain(t, charging()())
	c.press("/").write("payments").press("enter", "space", "j", "space", "l")
	assert.Contains(t, c.header(), "logs of 2 functions")
	assert.Contains(t, c.text(), "charged the card")
	require.Len(t, c.world.Logs.Opened, 1)
	assert.Contains(t, c.world.Logs.Opened[0], ",", "both are asked for at once")
	c.press("P")
	assert.Contains(t, c.header(), "previous logs of 2 functions")
	assert.Contains(t, c.world.Logs.Opened[1], "previous")
	c.press("P", "}", "}", "{")
	assert.Contains(t, c.world.Logs.Opened[5], "tail=-1 since=1m0s")
	c.press("esc")
	assert.Contains(t, c.header(), "functions(")
}

func TestLogsByCommand(t *testing.T) {
	t.Parallel()
	c := plain(t, charging()())
	c.press(":").write("logs charge-card").press("enter")
	assert.Contains(t, c.header(), "logs of charge-card")
	c.press("esc", ":").write("logs nobody").press("enter")
	assert.Contains(t, c.last(), "there is no function nobody in scope")
	c.press(":").write("logs charge-card -n media").press("enter")
	assert.Contains(t, c.last(), "there is no function charge-card in scope")
	c.press(":").write("logs ")
	assert.Contains(t, c.text(), "archive", "names are offered")
}

func TestLogsOfPlainObjects(t *testing.T) {
	t.Parallel()
	w := viewtest.Detailed()
	w.Logs = &viewtest.Logs{Batches: viewtest.LogBatches()}
	c := plain(t, w)
	command("po")(c)
	c.press("l")
	assert.Contains(t, c.header(), "▸ logs of Pod ")
	assert.Contains(t, w.Logs.Opened[0], "Pod/")
	w.Tables["services"] = &screen.Table{Kind: "Service", Resource: "services", Columns: []screen.Column{{Name: "Name"}},
		Rows: []screen.TableRow{{Target: screen.Target{Ref: model.Ref{Kind: "Service", Name: "web"}}, Cells: []string{"web"}}}}
	command("services")(c)
	c.press("l")
	assert.Contains(t, c.last(), "logs: Service has no pods")
}

func TestWithoutLogsTheReasonIsSaid(t *testing.T) {
	t.Parallel()
	c := plain(t, viewtest.Detailed())
	c.press("l")
	assert.Contains(t, c.last(), "logs: these are manifests")
}

func TestEscapeTakesBackOneThingAfterTheOther(t *testing.T) {
	t.Parallel()
	c := plain(t, charging()())
	logsOf("charge-card", "L")(c)
	c.press("/").write("card").press("enter", "&").write("gateway").press("enter")
	for _, gone := range []string{"/ card", "& gateway", "level info+"} {
		require.Contains(t, c.text(), gone)
		c.press("esc")
		require.NotContains(t, strings.Join(strings.Split(c.text(), "\n")[:38], "\n"), gone)
	}
	c.press("esc")
	assert.NotContains(t, c.header(), "logs of")
}

func TestSavingLogsWritesAllThatIsShown(t *testing.T) {
	t.Parallel()
	c := plain(t, charging()())
	logsOf("charge-card")(c)
	c.press("&").write("retry").press("enter", "ctrl+s")
	saved, err := os.ReadFile(filepath.Join(c.root.options.SaveDir, "logs-20260901-120431.txt"))
	require.NoError(t, err)
	assert.Contains(t, string(saved), `2026-09-01T12:03:37.420000000Z 4xk2p time=2026-09-01T12:03:37Z level=info msg="retry queue drained" left=0 took=12ms`)
	assert.Equal(t, 5, strings.Count(string(saved), "\n"), "the line and those around it")
}

func TestAChoiceOfSources(t *testing.T) {
	t.Parallel()
	c := plain(t, charging()())
	logsOf("charge-card", "s", "down", "space", "enter")(c)
	assert.Contains(t, c.text(), "1 of 3 sources")
	assert.NotContains(t, c.text(), "4xk2p")
	assert.Contains(t, c.text(), "9zq7w")
}

// What left the ring is read again, up to the oldest line that is there, and joins it without a gap or a repetition.
func TestLinesThatLeftTheRingAreLoadedAgain(t *testing.T) {
	t.Parallel()
	w := viewtest.NewWorld(viewtest.Rows())
	var batches []feeds.Batch
	pad := strings.Repeat("x", 200)
	n := 0
	for range 40 {
		var b feeds.Batch
		for range 500 {
			b.Lines = append(b.Lines, feeds.Line{Time: viewtest.Now.Add(time.Duration(n-40_000) * time.Millisecond), Text: fmt.Appendf(nil, "n%05d %s", n, pad)})
			n++
		}
		batches = append(batches, b)
	}
	batches[0].Sources = []feeds.Source{{Namespace: "payments", Pod: "a-b", Container: "c"}}
	w.Logs = &viewtest.Logs{Batches: batches}
	c := start(t, w, 120, 40, "none", func(o *Options) { o.Logs.Ring = 1 << 20 })
	logsOf("charge-card", "g")(c)
	first := func() int {
		found := regexp.MustCompile(`\bn(\d{5}) `).FindStringSubmatch(c.text())
		require.NotNil(t, found, c.text())
		n, err := strconv.Atoi(found[1])
		require.NoError(t, err)
		return n
	}
	before := first()
	require.Greater(t, before, 10_000)
	require.Contains(t, c.text(), "older lines left the ring: going up loads them again")
	c.press("k")
	require.Contains(t, c.text(), fmt.Sprintf("n%05d", before-1), "the line just before the first one")
	require.Contains(t, c.text(), fmt.Sprintf("n%05d", before))
	require.Contains(t, c.text(), "back in time", "the newest lines made room")
	c.press("G")
	assert.Contains(t, c.text(), "n19999")
	assert.Contains(t, c.text(), "● live")
}

// The terminal is as it was, whatever a function writes.
func TestHostileLinesLeaveTheTerminalAlone(t *testing.T) {
	t.Parallel()
	huge := strings.Repeat("A\x1b[2J\x1b]0;owned\x07", 700_000)
	hostile := []string{
		"\x1b[2J\x1b[H\x1b[?1049l\x1b[?25h", "\x1b]0;owned\x07\x1b]52;c;b3duZWQ=\x07", "\x1bc\x1b#8\x1b(0lqk", "\x1b[10;20r\x1b[4h\x1b[20h",
		"\x1bP$q\"p\x1b\\\x1b_x\x1b\\\x1b^y\x1b\\", "\u009b2J\u009d0;t\u009c", "\x9b31m\xff\xfe\xc3", "a\rb\x08\x08c\x07\x0e\x0f\x05",
		"\u202egnp.exe\u202c \u2066x\u2069 \u200bz", "\x1b[31;1;5;8mred and hidden\x1b[38;5;300m", "e" + strings.Repeat("\u0301", 200), `{"level":"error","msg":"\u001b[2J\u001b]0;owned\u0007\u202e","k\u001b[2J":"v"}`,
		"level=error msg=\"\x1b[2J\" \x1b[3J=x", "\x1b[38;2;1;2", "🇩\x1b[1m🇪", huge,
	}
	var lines []feeds.Line
	for i, s := range hostile {
		lines = append(lines, feeds.Line{Time: viewtest.Now.Add(time.Duration(i)), Text: []byte(s)})
	}
	w := quiet(feeds.Batch{Sources: []feeds.Source{{Pod: "p\x1b[2J-\x1b[31m", Container: evil}}, Lines: lines,
		Notices: []feeds.Notice{{Kind: feeds.Lost, Source: 0, Text: evil}, {Kind: feeds.Failed, Source: -1, Text: evil}}})()
	for _, size := range [][2]int{{80, 24}, {120, 40}} {
		c := start(t, w, size[0], size[1], "default", nil)
		logsOf("charge-card")(c)
		for _, k := range []string{"t", "w", "F", "F", "w", "g", "enter", "j", "enter", "G", "k", "k", "k", "k", "enter", "right", "F", "P"} {
			c.press(k)
			frame := c.frame()
			requireFits(t, frame, size[0], size[1])
			term := vt.NewEmulator(size[0], size[1]+2)
			_, err := term.WriteString("\x1b[H" + strings.ReplaceAll(frame, "\n", "\r\n"))
			require.NoError(t, err)
			require.False(t, term.IsAltScreen())
			pos := term.CursorPosition()
			require.Equal(t, size[1]-1, pos.Y, "the cursor is where the frame ends")
			for y, l := range strings.Split(frame, "\n") {
				unmarked := strings.ReplaceAll(sgr.ReplaceAllString(l, ""), "\u0301", "")
				require.Equal(t, strings.TrimRight(unmarked, " "), strings.TrimRight(strings.ReplaceAll(rowOf(term, y, size[0]), "\u0301", ""), " "))
			}
		}
	}
}

// rowOf is a line of a terminal as text.
func rowOf(term *vt.Emulator, y, width int) string {
	var b strings.Builder
	for x := 0; x < width; {
		cell := term.CellAt(x, y)
		if cell == nil || cell.Content == "" {
			b.WriteByte(' ')
			x++
			continue
		}
		b.WriteString(cell.Content)
		x += max(cell.Width, 1)
	}
	return b.String()
}

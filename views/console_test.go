package views

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/views/screen"
	"github.com/fn9s/fn9s/views/viewtest"
)

func TestCopying(t *testing.T) {
	t.Parallel()
	var local []string
	c := start(t, viewtest.NewWorld(viewtest.Rows()), 120, 40, "none", func(o *Options) {
		o.Clipboard = func(s string) error { local = append(local, s); return nil }
	})
	c.press("c")
	assert.Contains(t, c.last(), "copied the name")
	c.press("space", "space", "c")
	c.press("C").write("framew").press("enter")
	assert.Equal(t, []string{"archive", "archive\nauth-hook", "openfaas"}, local)
}

func TestSavingWritesWhatIsShown(t *testing.T) {
	t.Parallel()
	c := plain(t, viewtest.NewWorld(viewtest.Rows()))
	c.press("/").write("state=failed").press("enter", "ctrl+s")
	file := filepath.Join(c.root.options.SaveDir, "functions-20260901-120431.txt")
	assert.Contains(t, c.text(), "saved to")
	saved, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, 3, strings.Count(string(saved), "\n"), "a title and two rows")
	assert.Contains(t, string(saved), "settle-batch  payments   plain      0/1 ✗")
	info, err := os.Stat(file)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	c.press("ctrl+s")
	assert.Contains(t, c.last(), "file exists", "nothing is overwritten")
}

func TestRetryingNow(t *testing.T) {
	t.Parallel()
	c := plain(t, viewtest.Detailed())
	c.press("ctrl+r")
	assert.Equal(t, []string{"retry"}, c.world.Calls)
}

func TestTheErrorsScreenClearsTheCount(t *testing.T) {
	t.Parallel()
	c := plain(t, viewtest.Detailed())
	toasted(c)
	assert.Contains(t, c.last(), "✗ prod-eu: watch deployments: the server is busy")
	c.now = c.now.Add(toastFor)
	c.send(tickMsg{})
	assert.Contains(t, c.last(), "! 1", "it is faded, but still counted")
	c.press("!")
	assert.NotContains(t, c.last(), "! 1")
	assert.Contains(t, c.text(), "the server is busy")
}

func TestObjectsAreReadAgainWhileOnScreen(t *testing.T) {
	t.Parallel()
	c := plain(t, viewtest.Detailed())
	command("po")(c)
	c.world.Tables["pods"] = &screen.Table{Resource: "pods", Kind: "Pod", Namespaced: true,
		Columns: c.world.Tables["pods"].Columns, Rows: c.world.Tables["pods"].Rows[:1]}
	c.now = c.now.Add(2 * time.Second)
	c.send(tickMsg{})
	assert.Contains(t, c.header(), "pods(2)", "not yet")
	c.now = c.now.Add(3 * time.Second)
	c.send(tickMsg{})
	assert.Contains(t, c.header(), "pods(1)")
}

func TestALateAnswerOfAClosedQuestionIsDropped(t *testing.T) {
	t.Parallel()
	c := plain(t, viewtest.Detailed())
	c.press(":").write("po")
	_, slow := c.root.Update(keyOf("enter")) // the question is under way
	c.press(":").write("ns media").press("enter")
	assert.Contains(t, c.header(), "pods(2)")
	c.world.Tables["pods"] = &screen.Table{Resource: "pods", Kind: "Pod", Columns: c.world.Tables["pods"].Columns}
	c.run(slow)
	assert.Contains(t, c.header(), "pods(2)", "the newer answer stays")
}

func TestNotesOfADisabledAction(t *testing.T) {
	t.Parallel()
	c := plain(t, viewtest.NewWorld(nil))
	c.press("d")
	assert.Contains(t, c.last(), "describe: no function is under the cursor")
}

func TestAScreenTooSmallSaysSo(t *testing.T) {
	t.Parallel()
	c := start(t, viewtest.NewWorld(viewtest.Rows()), 12, 3, "default", nil)
	assert.Equal(t, "too small   ", c.frame())
	c.send(tea.WindowSizeMsg{Width: 40, Height: 8})
	requireFits(t, c.frame(), 40, 8)
}

func TestEverySizeFits(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]func(*console){"functions": keys(), "function": keys("enter"), "stale": keys(), "prompt": keys(":"),
		"dialog": keys("n"), "yaml": keys("y"), "help": keys("?")} {
		c := start(t, viewtest.Detailed(), 80, 24, "default", nil)
		tc(c)
		for _, size := range [][2]int{{20, 4}, {21, 5}, {33, 7}, {60, 12}, {149, 20}, {150, 20}, {300, 90}} {
			c.send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
			require.NotPanics(t, func() { requireFits(t, c.frame(), size[0], size[1]) }, name)
		}
	}
}

func TestAnUnchangedFrameIsTheSameString(t *testing.T) {
	c := start(t, viewtest.Detailed(), 200, 50, "default", nil)
	c.frame()
	allocs := testing.AllocsPerRun(50, func() { c.frame() })
	assert.LessOrEqual(t, allocs, 20.0, "drawing nothing new costs next to nothing")
}

func TestTheWheelIsCoalesced(t *testing.T) {
	t.Parallel()
	now := viewtest.Now
	w := wheel{now: func() time.Time { return now }}
	down := tea.MouseWheelMsg{Button: tea.MouseWheelDown}
	assert.Equal(t, wheelMsg(3), w.filter(nil, down))
	assert.Nil(t, w.filter(nil, down))
	assert.Nil(t, w.filter(nil, down))
	now = now.Add(wheelPause)
	assert.Equal(t, wheelMsg(9), w.filter(nil, down))
	assert.Nil(t, w.filter(nil, tea.MouseMotionMsg{}))
	assert.Equal(t, tea.FocusMsg{}, w.filter(nil, tea.FocusMsg{}))
}

func TestTheMouse(t *testing.T) {
	t.Parallel()
	c := plain(t, viewtest.NewWorld(viewtest.Rows()))
	c.send(tea.MouseClickMsg{X: 10, Y: 6, Button: tea.MouseLeft})
	assert.Equal(t, "caption", c.cursor())
	c.send(tea.MouseClickMsg{X: 4, Y: 1, Button: tea.MouseLeft})
	assert.Contains(t, c.last(), "sorted by NAME ↓")
	assert.Equal(t, tea.MouseModeCellMotion, c.root.View().MouseMode)
	c.press("?")
	assert.Equal(t, tea.MouseModeNone, c.root.View().MouseMode, "texts leave the mouse to the terminal")
}

func TestReadOnlyIsShown(t *testing.T) {
	t.Parallel()
	c := plain(t, changed(func(c *status.Cluster) { c.ReadOnly = true })())
	assert.Contains(t, c.header(), "[read-only]")
}

func TestConfigurationWarningsAreKept(t *testing.T) {
	t.Parallel()
	c := start(t, viewtest.NewWorld(nil), 120, 40, "none", func(o *Options) {
		o.Warnings = []string{"config.yaml:7: unknown key colour"}
		o.Keys = []action.Override{{ID: "nonsense", Keys: []string{"x"}}}
	})
	c.press("!")
	assert.Contains(t, c.text(), "config.yaml:7: unknown key colour")
	assert.Contains(t, c.text(), "nonsense")
}

func TestHelpIsAboutTheScreenBelow(t *testing.T) {
	t.Parallel()
	c := plain(t, viewtest.Detailed())
	c.press("?")
	assert.Contains(t, c.text(), "only faults")
	c.press("esc", "y", "?")
	assert.NotContains(t, c.text(), "only faults")
	assert.Contains(t, c.text(), "fold")
}

func TestOnlyWhatChangedIsTaken(t *testing.T) {
	t.Parallel()
	w := viewtest.NewWorld(viewtest.Rows())
	c := plain(t, w)
	geo := viewtest.Find(viewtest.Rows(), "geo")
	gone := viewtest.Find(viewtest.Rows(), "archive")
	c.send(w.Step([]*boardRow{viewtest.Change(geo, func(f *model.Function) { f.State, f.Ready = model.Failed, model.Count(0) })},
		[]model.FunctionID{gone.ID}))
	assert.Contains(t, c.header(), "functions(29)")
	assert.Contains(t, c.text(), "0/6 ✗")
	assert.NotContains(t, c.text(), "archive")
	c.press(":").write("ns media").press("enter")
	c.send(w.Step([]*boardRow{viewtest.Change(geo, func(f *model.Function) { f.State = model.Idle })}, nil))
	assert.Contains(t, c.header(), "media ▸ functions(5)", "what lies outside of the scope stays out")
}

func TestObjectsWaitForTheCluster(t *testing.T) {
	t.Parallel()
	w := loading(nil)()
	w.Err = errors.New("prod-eu has not told its APIs yet")
	c := plain(t, w)
	command("events")(c)
	assert.Contains(t, c.text(), "Loading events…")
	w.Err = nil
	c.send(w.Set(nil, viewtest.Cluster()))
	assert.Contains(t, c.header(), "events(0)")
}

package views

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"
	"github.com/stretchr/testify/require"

	feeds "github.com/fn9s/fn9s/kube/stream/logs"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/views/viewtest"
)

// charging are the logs of a function with three pods, and what else a test has its feed tell.
func charging(more ...feeds.Batch) func() *viewtest.World {
	return func() *viewtest.World {
		w := viewtest.NewWorld(viewtest.Rows())
		w.Logs = &viewtest.Logs{Batches: append(viewtest.LogBatches(), more...)}
		return w
	}
}

func quiet(batches ...feeds.Batch) func() *viewtest.World {
	return func() *viewtest.World {
		w := viewtest.NewWorld(viewtest.Rows())
		w.Logs = &viewtest.Logs{Batches: batches}
		return w
	}
}

func idOf(name string) model.FunctionID { return viewtest.Find(viewtest.Rows(), name).ID }

func told(kind feeds.NoticeKind, source, n int, why string) feeds.Notice {
	notice := feeds.Notice{Kind: kind, Source: source, N: n, Text: why, Time: viewtest.Now, Function: idOf("charge-card")}
	if kind == feeds.Broken {
		notice.Retry = viewtest.Now.Add(3 * time.Second)
	}
	return notice
}

var logFrames = map[string]struct {
	world  func() *viewtest.World
	script func(*console)
}{
	"live":     {charging(), logsOf("charge-card")},
	"fields":   {charging(), logsOf("charge-card", "F")},
	"wrapped":  {charging(), logsOf("charge-card", "w", "t")},
	"pretty":   {charging(), logsOf("charge-card", "k", "k", "k", "k", "k", "k", "enter")},
	"level":    {charging(), logsOf("charge-card", "L", "L")},
	"filtered": {charging(), func(c *console) { logsOf("charge-card")(c); c.press("&").write("gateway").press("enter") }},
	"searched": {charging(), func(c *console) { logsOf("charge-card")(c); c.press("/").write("card").press("enter", "N") }},
	"no match": {charging(), func(c *console) { logsOf("charge-card")(c); c.press("&").write("nothing of it").press("enter") }},
	"sources":  {charging(), logsOf("charge-card", "s")},
	"previous": {quiet(), func(c *console) { c.press("/").write("charge-card").press("enter", "p") }},
	"waiting":  {quiet(feeds.Batch{Notices: []feeds.Notice{{Kind: feeds.Waiting, Source: -1, Time: viewtest.Now, Function: idOf("resize")}}}), logsOf("resize")},
	"denied":   {quiet(feeds.Batch{Notices: []feeds.Notice{told(feeds.Denied, -1, 0, `User "jane" cannot get resource "pods/log" in the namespace "payments"`)}}), logsOf("charge-card")},
	"no line":  {quiet(), logsOf("charge-card", "}")},
	"not there": {func() *viewtest.World {
		w := quiet()()
		w.Logs.Err = errors.New("plain keeps no logs of functions that are paused")
		return w
	}, logsOf("archive")},
	"lost and broken": {charging(feeds.Batch{Notices: []feeds.Notice{told(feeds.Lost, 1, 3120, "the log was rotated while it could not be read"), told(feeds.Left, 0, 0, "exit code 137, OOMKilled"), told(feeds.Broken, 1, 0, "read tcp 10.0.0.7:51442->10.0.0.1:6443: connection reset by peer")}}), logsOf("charge-card")},
	"older": {func() *viewtest.World {
		w := charging()()
		w.Logs.Past = []feeds.Batch{{Lines: []feeds.Line{{Time: viewtest.Now.Add(-2 * time.Minute), Source: 0, Text: []byte("the line before the first one")}}}}
		return w
	}, logsOf("charge-card", "g", "k", "g")},
}

// logsOf opens the logs of a function and presses keys.
func logsOf(name string, then ...string) func(*console) {
	return func(c *console) { c.press("/").write(name).press("enter", "l").press(then...) }
}

func TestLogFrames(t *testing.T) {
	t.Parallel()
	for name, tc := range logFrames {
		for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 50}} {
			t.Run(fmt.Sprintf("%s/%dx%d", name, size[0], size[1]), func(t *testing.T) {
				t.Parallel()
				var all strings.Builder
				for _, theme := range []string{"none", "mono", "default"} {
					c := start(t, tc.world(), size[0], size[1], theme, nil)
					tc.script(c)
					frame := c.frame()
					requireFits(t, frame, size[0], size[1])
					require.Equal(t, frame, c.frame(), "a second draw of the same is the same")
					all.WriteString("── " + theme + "\n" + visible(frame))
				}
				golden.RequireEqual(t, []byte(all.String()))
			})
		}
	}
}

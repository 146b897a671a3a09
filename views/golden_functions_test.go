package views

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/exp/golden"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/views/viewtest"
)

// columnFrames are what the functions table shows of posture: on the samples, judged by the engine.
var columnFrames = map[string]struct {
	world  func(*viewtest.World)
	script func(*console)
}{
	"posture":             {},
	"posture worst first": {script: func(c *console) { c.press("o").write("grade").press("enter") }},
	"posture wide":        {script: keys("w")},
	"posture faults":      {script: keys("z")},
	"posture filtered":    {script: func(c *console) { c.press("/").write("exposed=internet! blast>=3").press("enter") }},
	"posture control":     {script: func(c *console) { c.press("/").write("control=SA-20").press("enter") }},
	"posture completion":  {script: func(c *console) { c.press("/").write("exposed=") }},
	"posture controls":    {script: func(c *console) { c.press("/").write("control=SEC-0") }},
	"posture trend":       {world: trending},
	"posture half judged": {world: halfJudged},
}

// trending is a world in which some functions became better or worse since the console was started.
func trending(w *viewtest.World) {
	rows := append([]*board.Row(nil), w.Board().Rows()...)
	for i, r := range rows {
		if r.Posture == nil || len(r.Posture.Findings) < 4 {
			continue
		}
		changed := *r
		all := r.Posture.Findings
		switch i % 5 {
		case 0:
			changed.Trend = board.NewTrend(all, all[2:])
		case 1:
			changed.Trend = board.NewTrend(all[3:], append(append([]check.Finding(nil), all[1:3]...), all[4:]...))
		default:
			continue
		}
		rows[i] = &changed
	}
	w.Set(rows, w.Board().Clusters...)
}

// halfJudged is a world in which half of the functions wait for their posture.
func halfJudged(w *viewtest.World) {
	rows := append([]*board.Row(nil), w.Board().Rows()...)
	clusters := append(w.Board().Clusters[:0:0], w.Board().Clusters...)
	for i, r := range rows {
		if i%2 == 1 {
			rows[i] = &board.Row{ID: r.ID, Function: r.Function}
			clusters[0].Unjudged++
		}
	}
	w.Set(rows, clusters...)
}

func TestColumnFrames(t *testing.T) {
	for name, tc := range columnFrames {
		for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 50}} {
			t.Run(fmt.Sprintf("%s/%dx%d", name, size[0], size[1]), func(t *testing.T) {
				var all strings.Builder
				world := viewtest.Seed(t, nil)
				if tc.world != nil {
					tc.world(world)
				}
				for _, theme := range []string{"none", "mono", "default"} {
					c := start(t, world, size[0], size[1], theme, nil)
					if tc.script != nil {
						tc.script(c)
					}
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

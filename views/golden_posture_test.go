package views

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/exp/golden"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/views/screen"
	"github.com/fn9s/fn9s/views/viewtest"
)

// twoNamespaceRights is what an operator sees who may read payments and checkout, and nothing of the cluster.
func twoNamespaceRights(_ schema.GroupKind, namespace string) snapshot.Coverage {
	if namespace == "payments" || namespace == "checkout" {
		return snapshot.Seen
	}
	return snapshot.Denied
}

// postureFrames are the posture panel and the evidence of findings: what is pressed, and what may be seen.
var postureFrames = map[string]struct {
	some   bool // as an operator of two namespaces sees it
	change func(*viewtest.World)
	script func(*testing.T, *console)
}{
	"posture":              {script: seen("charge-card", "S")},
	"posture worst":        {script: seen("watermark", "S")},
	"posture scrolled":     {script: seen("watermark", "S", "ctrl+f")},
	"posture last":         {script: seen("watermark", "S", "G")},
	"posture unknown":      {some: true, script: seen("charge-card", "S")},
	"posture unknown last": {some: true, script: seen("charge-card", "S", "G")},
	"posture opaque": {script: openPlace(func(w *viewtest.World) screen.Place {
		return screen.Place{Page: screen.PagePosture, Function: opaqueRow(w).ID}
	})},
	"posture waits":        {change: unjudged, script: seen("charge-card", "S")},
	"posture deleted":      {script: removed("charge-card")},
	"posture stale":        {change: staleCluster, script: seen("charge-card", "S")},
	"posture function":     {script: seen("charge-card", "enter")},
	"posture function sel": {script: seen("charge-card", "enter", "right", "j", "j")},
	"finding":              {script: openFinding("ledger-export", first)},
	"finding moved":        {script: openFinding("watermark", func(f *check.Finding) bool { return f.Rule() != "" })},
	"finding value":        {script: openFinding("export-prices", func(f *check.Finding) bool { return f.Value != "" && f.Object().Kind == "Function" })},
	"finding cause":        {script: openFinding("watermark", func(f *check.Finding) bool { return f.Cause() != "" })},
	"finding limit":        {script: openFinding("", func(f *check.Finding) bool { return f.Limit != check.NoLimit })},
	"finding unknown":      {some: true, script: openFinding("charge-card", func(f *check.Finding) bool { return f.Status == check.Unknown })},
	"finding fact":         {script: openFinding("charge-card", func(f *check.Finding) bool { return f.Severity == check.Info && !f.Object().IsZero() })},
	"finding platform":     {script: openPlatformFinding},
	"finding gone":         {script: openPlace(func(w *viewtest.World) screen.Place { return goneFinding(w) })},
}

func first(*check.Finding) bool { return true }

// seen filters the table to a function, and presses keys on it.
func seen(name string, press ...string) func(*testing.T, *console) {
	return func(_ *testing.T, c *console) { c.press("/").write(name).press("enter").press(press...) }
}

func (c *console) show(place screen.Place) { c.send(screen.OpenMsg{Place: place}) }

func openPlace(place func(*viewtest.World) screen.Place) func(*testing.T, *console) {
	return func(_ *testing.T, c *console) { c.show(place(c.world)) }
}

func findingOf(t testing.TB, w *viewtest.World, name string, match func(*check.Finding) bool) (screen.Place, *check.Finding) {
	t.Helper()
	for _, r := range w.Board().Rows() {
		if r.Posture == nil || name != "" && r.Function.Name() != name {
			continue
		}
		for i := range r.Posture.Findings {
			if f := &r.Posture.Findings[i]; match(f) {
				return screen.FindingOf(r.ID, f), f
			}
		}
	}
	require.Fail(t, "no such finding", name)
	return screen.Place{}, nil
}

func openFinding(name string, match func(*check.Finding) bool) func(*testing.T, *console) {
	return func(t *testing.T, c *console) {
		place, _ := findingOf(t, c.world, name, match)
		c.show(place)
	}
}

func openPlatformFinding(t *testing.T, c *console) {
	r := c.world.Find(t, "payments", "charge-card")
	c.show(screen.ScopeFindingOf(viewtest.Context, r.Posture.Platform, &r.Posture.Behind.Findings[0]))
}

func goneFinding(w *viewtest.World) screen.Place {
	for _, r := range w.Board().Rows() {
		if r.Posture != nil {
			return screen.Place{Page: screen.PageFinding, Function: r.ID, Finding: screen.FindingKey{Control: "SA-99"}}
		}
	}
	return screen.Place{}
}

func opaqueRow(w *viewtest.World) *boardRow {
	for _, r := range w.Board().Rows() {
		if r.Function.Opaque {
			return r
		}
	}
	return nil
}

// unjudged takes the postures away: they are on their way.
func unjudged(w *viewtest.World) {
	var rows []*boardRow
	for _, r := range w.Board().Rows() {
		copied := *r
		copied.Posture = nil
		rows = append(rows, &copied)
	}
	c := viewtest.Cluster()
	c.Functions, c.Unjudged = 10_000, 8_796
	w.Set(rows, c)
}

func staleCluster(w *viewtest.World) {
	c := viewtest.Cluster()
	c.Connection = status.Connection{Phase: status.Stale, Since: viewtest.Now.Add(-2 * 60e9), Reason: "connection refused"}
	w.Set(w.Board().Rows(), c)
}

func removed(name string) func(*testing.T, *console) {
	return func(t *testing.T, c *console) {
		seen(name, "S")(t, c)
		r := c.world.Find(t, "payments", name)
		var rest []*boardRow
		for _, o := range c.world.Board().Rows() {
			if o != r {
				rest = append(rest, o)
			}
		}
		c.send(c.world.Set(rest, viewtest.Cluster()))
	}
}

func TestPostureFrames(t *testing.T) {
	t.Parallel()
	all, some := viewtest.Seed(t, nil), viewtest.Seed(t, twoNamespaceRights)
	boards := map[*viewtest.World]*board.Board{all: all.Board(), some: some.Board()}
	for name, tc := range postureFrames {
		world := all
		if tc.some {
			world = some
		}
		for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 50}} {
			t.Run(fmt.Sprintf("%s/%dx%d", name, size[0], size[1]), func(t *testing.T) {
				var drawn strings.Builder
				for _, theme := range []string{"none", "mono", "default"} {
					world.Set(boards[world].Rows(), boards[world].Clusters...)
					if tc.change != nil {
						tc.change(world)
					}
					c := start(t, world, size[0], size[1], theme, nil)
					tc.script(t, c)
					frame := c.frame()
					requireFits(t, frame, size[0], size[1])
					require.Equal(t, frame, c.frame(), "a second draw of the same is the same")
					drawn.WriteString("── " + theme + "\n" + visible(frame))
				}
				golden.RequireEqual(t, []byte(drawn.String()))
			})
		}
	}
}

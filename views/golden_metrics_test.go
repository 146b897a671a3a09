package views

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/stream/metrics"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/views/screen"
	"github.com/fn9s/fn9s/views/viewtest"
)

// scaled gives fraud-score an autoscaler.
func scaled(w *viewtest.World) {
	row := viewtest.Find(w.Board().Rows(), "fraud-score")
	ref := model.Ref{Group: "autoscaling", Kind: "HorizontalPodAutoscaler", Namespace: "payments", Name: "fraud-score"}
	changed := viewtest.Change(row, func(f *model.Function) { f.Scaling.By = ref })
	changed.Usage = row.Usage
	rows := append([]*boardRow{}, w.Board().Rows()...)
	for i, r := range rows {
		if r == row {
			rows[i] = changed
		}
	}
	w.Set(rows, viewtest.Cluster())
	target := screen.Target{Context: viewtest.Context, Ref: ref}
	w.Records[target] = &model.Autoscaler{Header: model.Header{Ref: ref}, Min: 1, Max: 20, Current: 2, Desired: 3,
		Targets:    []model.Goal{{Of: "cpu", Current: "85%", Target: "80%"}, {Of: "concurrency", Target: "10"}},
		Conditions: []model.Condition{{Type: "ScalingLimited", Status: "True", Reason: "TooFewReplicas"}}}
}

// metricsFrames are the screen of metrics, and the table with what is measured.
var metricsFrames = map[string]struct {
	gauge  func(*viewtest.Gauge)
	script func(*console)
}{
	"metrics":             {script: about("fraud-score", "m")},
	"metrics calls":       {gauge: func(g *viewtest.Gauge) { g.Asked = true; g.Missing = []string{"Knative counts no cold starts"} }, script: about("fraud-score", "m")},
	"metrics calls fail":  {gauge: func(g *viewtest.Gauge) { g.Asked, g.Err = true, viewtest.ErrPrometheus }, script: about("fraud-score", "m")},
	"metrics of a pod":    {script: about("fraud-score", "m", "enter")},
	"metrics begin":       {gauge: func(g *viewtest.Gauge) { g.Minutes = 4 }, script: about("fraud-score", "m")},
	"metrics loading":     {gauge: phase(metrics.Waiting, ""), script: about("fraud-score", "m")},
	"metrics empty":       {gauge: func(g *viewtest.Gauge) { g.Minutes = 0 }, script: about("dedupe", "m")},
	"metrics denied":      {gauge: phase(metrics.Denied, "no list on pods.metrics.k8s.io in payments"), script: about("fraud-score", "m")},
	"metrics unavailable": {gauge: phase(metrics.Absent, "metrics-server is not installed: the cluster does not serve metrics.k8s.io"), script: about("fraud-score", "m")},
	"metrics stale": {gauge: func(g *viewtest.Gauge) {
		g.State = metrics.State{Phase: metrics.Stale, Reason: "no connection: connection refused", At: viewtest.Now.Add(-3 * time.Minute), Retry: viewtest.Now.Add(12 * time.Second)}
	}, script: about("fraud-score", "m")},
	"usage":             {script: keys()},
	"usage wide":        {script: keys("w")},
	"usage filtered":    {script: func(c *console) { c.press("/").write("cpu>=200m mem<512Mi").press("enter") }},
	"usage unavailable": {gauge: phase(metrics.Absent, "metrics-server is not installed: the cluster does not serve metrics.k8s.io"), script: keys()},
}

func phase(p metrics.Phase, why string) func(*viewtest.Gauge) {
	return func(g *viewtest.Gauge) {
		g.State = metrics.State{Phase: p, Reason: why}
		if p != metrics.Stale {
			g.Minutes = 0
		}
	}
}

func TestMetricsFrames(t *testing.T) {
	t.Parallel()
	for name, tc := range metricsFrames {
		for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 50}} {
			t.Run(fmt.Sprintf("%s/%dx%d", name, size[0], size[1]), func(t *testing.T) {
				var all strings.Builder
				for _, theme := range []string{"none", "mono", "default"} {
					c := measuredConsole(t, size, theme, tc.gauge)
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

func measuredConsole(t *testing.T, size [2]int, theme string, change func(*viewtest.Gauge)) *console {
	w := viewtest.Detailed()
	g := w.Measure()
	scaled(w)
	if change != nil {
		change(g)
	}
	return start(t, w, size[0], size[1], theme, nil)
}

func TestOnlyWhatIsLookedAtIsMeasured(t *testing.T) {
	t.Parallel()
	w := viewtest.Detailed()
	g := w.Measure()
	c := start(t, w, 120, 40, "none", nil)
	assert.Equal(t, []model.FunctionID{{}}, g.Looked, "the table of all")
	c.press("/").write("fraud-score").press("enter", "m")
	require.Len(t, g.Looked, 1, "the table is not on top any more")
	assert.Equal(t, "fraud-score", g.Looked[0].Name)
	c.press("y")
	assert.Empty(t, g.Looked)
	c.press("esc", "esc")
	assert.Equal(t, []model.FunctionID{{}}, g.Looked)
	c.press(":").write("metrics fraud-score").press("enter")
	assert.Contains(t, c.header(), "metrics of fraud-score")
	c.root.Close()
	assert.Empty(t, g.Looked)
}

func TestColumnsOfUsageGoFirstWhereThereIsLittleRoom(t *testing.T) {
	t.Parallel()
	titles := strings.SplitN(measuredConsole(t, [2]int{80, 24}, "none", nil).text(), "\n", 3)[1]
	for _, title := range []string{"NAME", "READY", "EXPOSED", "GRADE"} {
		assert.Contains(t, titles, title)
	}
	assert.NotContains(t, titles, "CPU")
}

func TestUsageIsSortedByValue(t *testing.T) {
	t.Parallel()
	c := measuredConsole(t, [2]int{200, 50}, "none", nil)
	c.press("o").write("cpu").press("enter")
	var last int
	for i, line := range strings.Split(c.text(), "\n")[2:20] {
		var cpu int
		for _, word := range strings.Fields(line) {
			if n, err := fmt.Sscanf(word, "%dm", &cpu); n == 1 && err == nil && strings.HasSuffix(word, "m") && fmt.Sprintf("%dm", cpu) == word {
				break
			}
			cpu = -1
		}
		if i > 0 {
			assert.LessOrEqual(t, cpu, last, line)
		}
		last = cpu
	}
}

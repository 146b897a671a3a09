package views

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/blast"
	"github.com/fn9s/fn9s/security/expose"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/views/viewtest"
)

// gradedRow is the row with a posture.
func gradedRow(r *board.Row, g security.Grade) *board.Row {
	return &board.Row{ID: r.ID, Function: r.Function, Posture: &board.Posture{Posture: &security.Posture{Grade: g}, PSS: "baseline",
		Class: expose.Cluster, Reach: blast.Namespace}}
}

// lineOf is the line of the screen that begins with a name.
func (c *console) lineOf(name string) string {
	for _, l := range strings.Split(c.text(), "\n") {
		if strings.HasPrefix(strings.TrimLeft(l, " ▌"), name+" ") {
			return l
		}
	}
	return ""
}

func TestPostureArrivesRowByRow(t *testing.T) {
	t.Parallel()
	rows := viewtest.Rows()
	cluster := viewtest.Cluster()
	cluster.Functions, cluster.Unjudged = 30, 30
	c := start(t, viewtest.NewWorld(rows, cluster), 120, 40, "none", nil)
	assert.Contains(t, c.header(), "… 30 to judge")
	assert.Contains(t, c.lineOf("basket"), "…")
	c.send(c.world.Step([]*board.Row{gradedRow(viewtest.Find(rows, "basket"), security.D)}, nil))
	assert.Regexp(t, regexp.MustCompile(`cluster +\d +baseline +3 namespace +D`), c.lineOf("basket"))
	assert.Contains(t, c.lineOf("charge-card"), "…")
	cluster.Unjudged = 0
	c.send(c.world.Set(c.world.Board().Rows(), cluster))
	assert.NotContains(t, c.header(), "to judge")
}

func TestTrendAppearsWithTheFirstChange(t *testing.T) {
	t.Parallel()
	c := start(t, viewtest.Seed(t, nil), 200, 50, "none", nil)
	assert.NotContains(t, c.text(), "TREND")
	row := c.world.Find(t, "payments", "charge-card")
	changed := *row
	changed.Trend = board.NewTrend(row.Posture.Findings, row.Posture.Findings[1:])
	require.NotNil(t, changed.Trend)
	c.send(c.world.Step([]*board.Row{&changed}, nil))
	assert.Contains(t, c.text(), "TREND")
	assert.Contains(t, c.lineOf("charge-card"), changed.Trend.Text)
	c.press("/").write("trend=better").press("enter")
	assert.Contains(t, c.last(), "1 of 58 functions")
}

func TestFaultsShowWhatIsBadlySecured(t *testing.T) {
	t.Parallel()
	rows := viewtest.Rows()
	for i, r := range rows {
		rows[i] = gradedRow(r, security.B)
	}
	c := plain(t, viewtest.NewWorld(rows))
	c.press("z")
	assert.Contains(t, c.text(), "settle-batch", "it fails")
	assert.Empty(t, c.lineOf("basket"))
	c.send(c.world.Step([]*board.Row{gradedRow(viewtest.Find(rows, "basket"), security.F)}, nil))
	assert.NotEmpty(t, c.lineOf("basket"), "it is badly secured now")
	c.send(c.world.Step([]*board.Row{gradedRow(viewtest.Find(rows, "basket"), security.C)}, nil))
	assert.Empty(t, c.lineOf("basket"))
	c.press("z")
	assert.NotEmpty(t, c.lineOf("basket"))
}

func TestTheWorstStandsFirst(t *testing.T) {
	t.Parallel()
	c := plain(t, viewtest.Seed(t, nil))
	c.press("o").write("grade").press("enter")
	first := strings.Split(c.text(), "\n")[2]
	assert.Regexp(t, regexp.MustCompile(`^▌ .* 5 cluster +F`), first)
	assert.Contains(t, c.last(), "58 functions")
}

func TestAtTheSmallestSizeTheTableStillTellsWhatMatters(t *testing.T) {
	t.Parallel()
	for _, wide := range []bool{false, true} {
		c := start(t, viewtest.Seed(t, nil), 80, 24, "none", nil)
		if wide {
			c.press("w")
		}
		titles := strings.Split(c.text(), "\n")[1]
		for _, title := range []string{"NAME", "READY", "EXPOSED", "GRADE"} {
			assert.Contains(t, titles, title)
		}
	}
}

func TestWhatAnOperatorMayNotSeeIsNeverGreen(t *testing.T) {
	t.Parallel()
	opaque := viewtest.Change(viewtest.Rows()[0], func(f *model.Function) { f.Opaque, f.State = true, model.OpaqueRow })
	capped := gradedRow(viewtest.Rows()[1], security.B)
	capped.Posture.Capped, capped.Posture.Hidden, capped.Posture.Further = true, true, true
	c := start(t, viewtest.NewWorld([]*board.Row{opaque, capped}), 120, 40, "none", nil)
	assert.NotContains(t, c.lineOf(opaque.Function.Name()), "…", "it never will be judged")
	for _, doubt := range []string{"cluster?", "3 namespace?", "B?"} {
		assert.Contains(t, c.lineOf(capped.Function.Name()), doubt)
	}
}

package views

import (
	"slices"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/views/screen"
	"github.com/fn9s/fn9s/views/viewtest"
)

func labelled() *viewtest.World {
	rows := viewtest.Rows()
	for i, r := range rows {
		if r.ID.Name == "refund" {
			rows[i] = viewtest.Change(r, func(f *model.Function) { f.Labels = model.Labels{{Key: "team", Value: "money"}} })
		}
	}
	return viewtest.NewWorld(rows)
}

func TestColumnsOfTheConfiguration(t *testing.T) {
	t.Parallel()
	c := start(t, labelled(), 120, 40, "none", func(o *Options) {
		o.Custom = []screen.CustomColumn{{Title: "team", Label: "team"}}
		o.Layouts = map[string][]string{"functions": {"name", "team", "age", "grade"}}
	})
	assert.Regexp(t, `^ +NAME↑ +TEAM +AGE +GRADE\s*\n`, afterHeader(c))
	assert.Regexp(t, `refund +money +12d`, c.text())
	c.press("/").write("team=money").press("enter")
	assert.Contains(t, c.text(), "1 of 30 functions")
	c.press("esc", "w")
	assert.Contains(t, c.text(), "FRAMEWORK", "wide shows the rest")
	c.press(":").write("fn team=money").press("enter")
	assert.Contains(t, c.text(), "1 of 30 functions")
}

func afterHeader(c *console) string { return c.text()[len(c.header())+1:] }

func TestColumnsAreChosenAndMoved(t *testing.T) {
	t.Parallel()
	c := plain(t, viewtest.NewWorld(viewtest.Rows()))
	c.press("O")
	assert.Contains(t, c.text(), "shift-↑↓ move")
	c.press("space") // NAMESPACE goes, and NAME is under the cursor
	c.send(tea.KeyPressMsg{Code: tea.KeyDown, Mod: tea.ModShift})
	c.press("enter")
	assert.NotContains(t, c.text(), "NAMESPACE")
	assert.Regexp(t, `NAME↑ +FRAMEWORK`, c.text())
	c.send(c.world.Set(viewtest.Rows()[1:], viewtest.Cluster()))
	assert.NotContains(t, c.text(), "NAMESPACE", "it stays so")
	c.press("O", "esc")
	assert.NotContains(t, c.text(), "NAMESPACE")
}

// ownColumns is a table of the server's with a column of the operator's own behind its columns.
func ownColumns() *viewtest.World {
	w := viewtest.Detailed()
	pods := *w.Tables["pods"]
	pods.Columns = append(slices.Clone(pods.Columns), screen.Column{Name: "Host IP", Type: "string"})
	pods.Rows = slices.Clone(pods.Rows)
	for i, ip := range []string{"10.0.0.9", ""} {
		pods.Rows[i].Cells = append(slices.Clone(pods.Rows[i].Cells), ip)
	}
	w.Tables["pods"] = &pods
	return w
}

func podsWith(columns ...string) func(*Options) {
	return func(o *Options) { o.Layouts = map[string][]string{"pods": columns} }
}

func TestAPlainTableIsSortedAndFilteredByAColumnOfTheOperatorsOwn(t *testing.T) {
	t.Parallel()
	c := start(t, ownColumns(), 120, 40, "none", podsWith("name", "host-ip", "age"))
	command("po")(c)
	assert.Regexp(t, `(?m)^ +NAME\S? +HOST IP +AGE *$`, c.text())
	assert.Regexp(t, `(?m)x2x9k +10\.0\.0\.9 +40m *$`, c.text())
	assert.Regexp(t, `(?m)zz4lp +– +38m *$`, c.text(), "where the path leads to nothing, nothing is made up")
	c.press("/").write("host-ip=10.0.0.*").press("enter")
	assert.Contains(t, c.text(), "1 of 2 pods")
	c.press("esc", "w")
	assert.Contains(t, c.text(), "RESTARTS", "wide shows the rest")
}

func TestColumnsOfAKindAreChosenWithItsGroupToo(t *testing.T) {
	t.Parallel()
	w := ownColumns()
	w.Tables["pods"].Group = "example.com"
	c := start(t, w, 120, 40, "none", func(o *Options) {
		o.Layouts = map[string][]string{"pods": {"name"}, "pods.example.com": {"name", "host-ip"}}
	})
	command("po")(c)
	assert.Regexp(t, `(?m)^ +NAME\S? +HOST IP *$`, c.text())
}

func TestATableThatTakesLongIsAskedForLessOften(t *testing.T) {
	t.Parallel()
	c := plain(t, viewtest.Detailed())
	c.press(":").write("po")
	_, slow := c.root.Update(keyOf("enter"))
	c.now = c.now.Add(2 * time.Second)
	c.run(slow)
	require.Contains(t, c.header(), "pods(2)")
	c.world.Tables["pods"] = &screen.Table{Resource: "pods", Kind: "Pod", Namespaced: true,
		Columns: c.world.Tables["pods"].Columns, Rows: c.world.Tables["pods"].Rows[:1]}
	c.now = c.now.Add(5 * time.Second)
	c.send(tickMsg{})
	assert.Contains(t, c.header(), "pods(2)", "its answer took 2 s: it is not asked for again so soon")
	c.now = c.now.Add(20 * time.Second)
	c.send(tickMsg{})
	assert.Contains(t, c.header(), "pods(1)")
}

package views

import (
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/stretchr/testify/assert"

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

package views

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/views/screen"
	"github.com/fn9s/fn9s/views/viewtest"
)

// shelf keeps views in memory.
type shelf map[string]screen.View

func (s shelf) Names() []string {
	var names []string
	for n := range s {
		names = append(names, n)
	}
	return names
}

func (s shelf) Load(name string) (screen.View, error) {
	v, ok := s[name]
	if !ok {
		return v, errors.New("there is no view " + name)
	}
	return v, nil
}

func (s shelf) Save(name string, v screen.View) error { s[name] = v; return nil }

func TestAViewIsSavedAndComesBack(t *testing.T) {
	t.Parallel()
	kept := shelf{}
	withShelf := func(o *Options) { o.Views = kept }
	c := start(t, viewtest.NewWorld(viewtest.Rows()), 120, 40, "none", withShelf)
	c.press(":").write("ns payments,media").press("enter", "/").write("ready<2").press("enter", "w")
	c.press("o").write("AGE").press("enter")
	c.press(":").write("view save mine").press("enter")
	assert.Contains(t, c.last(), "saved as mine")
	assert.Equal(t, screen.View{Page: screen.PageFunctions, Contexts: []string{"prod-eu"}, Namespaces: []string{"media", "payments"},
		Filter: "ready<2", Sort: "age", Wide: true}, kept["mine"])
	frame := afterHeader(c)

	again := start(t, viewtest.NewWorld(viewtest.Rows()), 120, 40, "none", withShelf)
	again.press(":").write("view load mi").press("tab", "enter")
	again.now = again.now.Add(toastFor)
	c.now = again.now
	assert.Contains(t, again.header(), "media,payments ▸ functions")
	assert.Equal(t, frame[:len(frame)-200], afterHeader(again)[:len(frame)-200])
	again.press(":").write("view load nothing").press("enter")
	assert.Contains(t, again.last(), "there is no view nothing")
	again.press("?", ":").write("view save help").press("enter")
	assert.Contains(t, again.last(), "this screen cannot be kept")
}

func TestTheLastSessionComesBack(t *testing.T) {
	t.Parallel()
	c := plain(t, viewtest.Detailed())
	c.press(":").write("po payments").press("enter", "o").write("AGE").press("enter", "d")
	v, ok := c.root.Session()
	require.True(t, ok, "the table below what was described")
	assert.Equal(t, screen.PageObjects, v.Page)
	again := start(t, viewtest.Detailed(), 120, 40, "none", func(o *Options) { o.Restore = &v })
	assert.Contains(t, again.header(), "payments ▸ pods(2)")
	got, ok := again.root.Session()
	require.True(t, ok)
	assert.Equal(t, v, got)
}

func TestAViewFromABrokenFileIsRefused(t *testing.T) {
	t.Parallel()
	for _, v := range []screen.View{{Page: "plan"}, {Page: screen.PageObjects, Resource: "po; x"}, {Page: screen.PageFunctions, Namespaces: []string{"a\x1b[2J"}},
		{Page: screen.PageFunctions, Columns: make([]string, 1000)}} {
		c := start(t, viewtest.NewWorld(viewtest.Rows()), 120, 40, "none", func(o *Options) { o.Restore = &v })
		assert.Contains(t, c.header(), "prod-eu ▸ all ▸ functions(30)")
	}
}

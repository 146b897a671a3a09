package views

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/views/contexts"
	"github.com/fn9s/fn9s/views/describe"
	"github.com/fn9s/fn9s/views/errors"
	"github.com/fn9s/fn9s/views/events"
	"github.com/fn9s/fn9s/views/function"
	"github.com/fn9s/fn9s/views/functions"
	"github.com/fn9s/fn9s/views/help"
	"github.com/fn9s/fn9s/views/namespaces"
	"github.com/fn9s/fn9s/views/objects"
	"github.com/fn9s/fn9s/views/screen"
	"github.com/fn9s/fn9s/views/viewtest"
	"github.com/fn9s/fn9s/views/yaml"
)

func plain(t testing.TB, w *viewtest.World) *console { return start(t, w, 120, 40, "none", nil) }

func (c *console) text() string   { return ansi.Strip(c.frame()) }
func (c *console) header() string { return strings.SplitN(c.text(), "\n", 2)[0] }
func (c *console) last() string {
	lines := strings.Split(c.text(), "\n")
	return lines[len(lines)-1]
}
func (c *console) cursor() string {
	for _, l := range strings.Split(c.text(), "\n") {
		if strings.HasPrefix(l, "▌") {
			return strings.Fields(strings.TrimPrefix(l, "▌"))[0]
		}
	}
	return ""
}

var (
	_ screen.Screen = (*functions.Screen)(nil)
	_ screen.Screen = (*function.Screen)(nil)
	_ screen.Screen = (*describe.Screen)(nil)
	_ screen.Screen = (*yaml.Screen)(nil)
	_ screen.Screen = (*contexts.Screen)(nil)
	_ screen.Screen = (*namespaces.Screen)(nil)
	_ screen.Screen = (*errors.Screen)(nil)
	_ screen.Screen = (*objects.Screen)(nil)
	_ screen.Screen = (*events.Screen)(nil)
	_ screen.Screen = (*help.Screen)(nil)
)

func TestEveryActionIsHandledByAScreen(t *testing.T) {
	t.Parallel()
	c := plain(t, viewtest.Detailed())
	id := viewtest.Rows()[0].ID
	var screens []screen.Screen
	for _, p := range []screen.Page{screen.PageFunctions, screen.PageFunction, screen.PageDescribe, screen.PageYAML, screen.PageContexts,
		screen.PageNamespaces, screen.PageObjects, screen.PageEvents, screen.PageErrors, screen.PageHelp, screen.PageFindings, screen.PagePlan, screen.PageTighten} {
		s := c.root.build(screen.Place{Page: p, Function: id, Resource: "pods"})
		t.Cleanup(s.Close)
		screens = append(screens, s)
	}
	form := c.root.build(screen.Place{Page: screen.PageRotate, Rotation: &screen.Rotation{}})
	t.Cleanup(form.Close)
	deploying := c.root.build(screen.Place{Page: screen.PageDeploy})
	t.Cleanup(deploying.Close)
	lines := c.root.build(screen.Place{Page: screen.PageLogs, Logs: &screen.Logging{Functions: []model.FunctionID{id}}})
	t.Cleanup(lines.Close)
	screens = append(screens, form, deploying, lines)
	built := map[action.ID]bool{}
	for _, a := range c.root.registry.All() {
		built[a.ID] = true
		used := false
		for _, s := range screens {
			used = used || a.Applies(s) && a.Set&s.Keys() != 0
		}
		assert.True(t, used, "%s is in the registry but no screen has it", a.ID)
	}
	for _, s := range action.Table() {
		assert.True(t, built[s.ID], "%s is in the table of defaults, but is not built", s.ID)
	}
	assert.Empty(t, c.root.registry.Warnings())
}

func TestMovingThroughScreens(t *testing.T) {
	t.Parallel()
	c := plain(t, viewtest.Detailed())
	assert.Contains(t, c.header(), "prod-eu ▸ all ▸ functions(30)")
	c.press("j", "j", "enter")
	assert.Contains(t, c.header(), "▸ functions(30) ▸ basket")
	c.press("y")
	assert.Contains(t, c.header(), "▸ basket ▸ YAML Function basket")
	c.press("esc")
	assert.Contains(t, c.header(), "▸ basket ")
	c.press("esc")
	assert.Equal(t, "basket", c.cursor(), "the cursor is where it was left")
	c.press("]")
	assert.Contains(t, c.header(), "▸ basket ")
	c.press("[", "-")
	assert.Contains(t, c.header(), "▸ basket ", "the last view")
	c.press("q", "esc")
	assert.Contains(t, c.header(), "functions(30)")
	assert.False(t, c.quit, "esc never quits")
	c.press("q")
	assert.True(t, c.quit, "q at the first screen quits")
}

func TestCtrlCQuitsFromEverywhere(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]func(*console){
		"table": keys(), "prompt": keys(":"), "dialog": keys("n"), "text": keys("?"),
	} {
		c := plain(t, viewtest.Detailed())
		script(c)
		c.press("ctrl+c")
		assert.True(t, c.quit, name)
	}
}

func TestAFilterIsTypedKeptAndCleared(t *testing.T) {
	t.Parallel()
	c := plain(t, viewtest.NewWorld(viewtest.Rows()))
	c.press("/").write("state=failed")
	assert.Equal(t, "import", c.cursor(), "it filters while it is typed")
	c.press("enter")
	assert.Contains(t, c.last(), "2 of 30 functions · filter: state=failed")
	c.press("/").write(" nothing")
	assert.Contains(t, c.text(), "No functions match the filter")
	c.press("esc")
	assert.Contains(t, c.last(), "filter: state=failed", "esc brings the filter before back")
	c.press("/").write(" age<soon")
	assert.Contains(t, c.text(), `"soon" is not a duration`)
	c.press("enter")
	assert.Contains(t, c.text(), `"soon" is not a duration`, "a wrong filter cannot be run")
	c.press("esc", "esc")
	assert.Contains(t, c.last(), "30 functions")
}

func TestCommandsOpenKindsInAScope(t *testing.T) {
	t.Parallel()
	c := plain(t, viewtest.Detailed())
	c.press(":").write("fn pay* state!=ready").press("enter")
	assert.Contains(t, c.header(), "prod-eu ▸ payments ▸ functions(5)")
	assert.Contains(t, c.last(), "filter: state!=ready")
	assert.Equal(t, []string{"scope payments"}, c.world.Calls)
	c.press("0")
	assert.Contains(t, c.header(), "prod-eu ▸ all ▸ functions(30)")
	c.press(":").write("po status=CrashLoopBackOff").press("enter")
	assert.Contains(t, c.header(), "▸ pods(2)")
	assert.Contains(t, c.last(), "1 of 2 pods")
	c.press(":").write("service").press("enter")
	assert.Contains(t, c.text(), "Which service?")
	c.press("esc", ":").write("set theme mono").press("enter")
	assert.Equal(t, "mono", c.root.env.Theme.Name())
	c.press(":").write("readonly on").press("enter")
	assert.Contains(t, c.text(), "unknown command", "what is not built is not offered")
	c.press("esc", ":").write("q").press("enter")
	assert.True(t, c.quit)
}

func TestTheCommandOfTheCommandLineRunsAtTheStart(t *testing.T) {
	t.Parallel()
	c := start(t, viewtest.Detailed(), 120, 40, "none", func(o *Options) { o.Command = "ns" })
	assert.Contains(t, c.header(), "▸ namespaces(6)")
	w := unreachable()
	c = start(t, w, 120, 40, "none", func(o *Options) { o.Command = "fn payments" })
	assert.Contains(t, c.header(), "▸ all ▸", "nobody knows yet whether payments is a namespace")
	c.send(w.Set(viewtest.Rows(), viewtest.Cluster()))
	assert.Contains(t, c.header(), "▸ payments ▸ functions(5)")
	c = start(t, unreachable(), 120, 40, "none", func(o *Options) { o.Command = "ctx" })
	assert.Contains(t, c.header(), "contexts(2)", "another context can be chosen at once")
	c = start(t, viewtest.Detailed(), 120, 40, "none", func(o *Options) { o.Command = "nonsense" })
	assert.Contains(t, c.last(), `:nonsense: unknown command`)
	c.press("!")
	assert.Contains(t, c.text(), `:nonsense: unknown command`, "nothing flashes away unseen")
}

func TestNamespacesAreChosen(t *testing.T) {
	t.Parallel()
	c := plain(t, viewtest.NewWorld(viewtest.Rows()))
	c.press("space", "n", "down", "space", "space", "enter")
	assert.Contains(t, c.header(), "prod-eu ▸ batch,checkout ▸ functions(10)")
	assert.NotContains(t, c.last(), "marked", "marks belong to a scope")
	c.press(":").write("ns").press("enter", "j", "j", "j", "enter")
	assert.Contains(t, c.header(), "prod-eu ▸ edge ▸ functions(7)")
	c.press(":").write("ns *zzz*").press("enter")
	assert.Contains(t, c.last(), "no namespace that you can see matches *zzz*")
}

func TestADeniedNamespaceSaysWhy(t *testing.T) {
	t.Parallel()
	c := plain(t, twoNamespaces())
	c.press(":").write("ns").press("enter", "enter")
	assert.Contains(t, c.last(), "you may not look into audit: you may not list pods there")
	assert.Empty(t, c.world.Calls)
}

func TestFavouriteScopes(t *testing.T) {
	t.Parallel()
	c := start(t, viewtest.NewWorld(viewtest.Rows()), 120, 40, "none", func(o *Options) {
		o.Favourites = []Favourite{{Slot: 2, Namespaces: []string{"edge"}}, {Slot: 3, Context: "prod-us"}}
	})
	c.press("2")
	assert.Contains(t, c.header(), "prod-eu ▸ edge ▸ functions(7)")
	c.press("4")
	assert.Contains(t, c.last(), "no favourite scope is on 4")
	c.press("3")
	assert.Equal(t, []string{"scope edge", "switch prod-us", "scope ", "scope "}, c.world.Calls)
}

func TestContextsAreSwitchedWithoutWaiting(t *testing.T) {
	t.Parallel()
	c := plain(t, viewtest.NewWorld(viewtest.Rows()))
	c.press(":").write("ctx").press("enter", "j", "enter")
	assert.Equal(t, []string{"switch prod-us"}, c.world.Calls)
	assert.Contains(t, c.header(), "functions")
	c.press(":").write("ctx nowhere").press("enter")
	assert.Contains(t, c.last(), `the kubeconfig has no context "nowhere"`)
}

func TestChangesOfTheBoardKeepTheCursor(t *testing.T) {
	t.Parallel()
	w := viewtest.NewWorld(viewtest.Rows())
	c := plain(t, w)
	c.press("/").write("pay").press("enter", "j", "j")
	at := c.cursor()
	rows := viewtest.Rows()
	for i, r := range rows {
		if r.ID.Name == "charge-card" {
			rows[i] = viewtest.Change(r, func(f *model.Function) { f.Title = "zz-renamed" })
		}
	}
	c.send(w.Set(rows, viewtest.Cluster()))
	assert.Equal(t, at, c.cursor())
	assert.Contains(t, c.text(), "zz-renamed")
}

func TestScreensInTheHistoryCatchUp(t *testing.T) {
	t.Parallel()
	w := viewtest.NewWorld(viewtest.Rows())
	c := plain(t, w)
	c.press("enter")
	c.send(w.Set(viewtest.Rows()[5:], viewtest.Cluster()))
	c.press("esc")
	assert.Contains(t, c.header(), "functions(25)")
}

func TestAgesTickOnlyWhileSomebodyLooks(t *testing.T) {
	t.Parallel()
	c := plain(t, viewtest.NewWorld(viewtest.Rows()))
	c.root.clock.blurred = false
	require.NotNil(t, c.root.tick(), "ages are on screen")
	require.Nil(t, c.root.tick(), "one tick at a time")
	before := c.frame()
	c.now = c.now.Add(time.Second)
	c.root.clock.blurred = true
	c.send(tickMsg{})
	assert.NotEqual(t, before, c.frame(), "30s is 31s now")
	assert.Nil(t, c.root.tick(), "nobody looks")
	c.press(":").write("ctx").press("enter")
	c.root.clock.blurred = false
	assert.Nil(t, c.root.tick(), "nothing on this screen counts time")
}

func TestAFilterOnAgesFollowsTheClock(t *testing.T) {
	t.Parallel()
	c := plain(t, viewtest.NewWorld(viewtest.Rows()))
	c.press("/").write("age<1m").press("enter")
	assert.Equal(t, "rate-limit", c.cursor())
	c.now = c.now.Add(time.Minute)
	c.send(tickMsg{})
	assert.Contains(t, c.text(), "No functions match the filter")
}

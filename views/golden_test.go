package views

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/views/screen"
	"github.com/fn9s/fn9s/views/viewtest"
)

// frames are what the operator sees of each screen and state: a world, and what is pressed.
var frames = map[string]struct {
	world   func() *viewtest.World
	options func(*Options)
	script  func(*console)
}{
	"functions":          {},
	"functions wide":     {script: keys("w")},
	"functions faults":   {script: keys("z")},
	"functions marked":   {script: keys("j", "space", "space", "G")},
	"functions filtered": {script: func(c *console) { c.press("/").write("triggers=http age<4d").press("enter") }},
	"functions no match": {script: func(c *console) { c.press("/").write("nobody").press("enter") }},
	"filter being typed": {script: func(c *console) { c.press("/").write("ready<2 pay") }},
	"filter is wrong":    {script: func(c *console) { c.press("/").write("age<soon") }},
	"command completion": {script: func(c *console) { c.press(":").write("fn pay") }},
	"command unknown":    {script: func(c *console) { c.press(":").write("fnn").press("enter") }},
	"command ambiguous":  {world: viewtest.Detailed, script: func(c *console) { c.press(":").write("service").press("enter") }},
	"namespace picker":   {script: keys("n")},
	"sort picker":        {script: keys("o")},
	"columns picker":     {script: keys("O")},
	"one namespace":      {script: func(c *console) { c.press(":").write("ns payments").press("enter") }},
	"empty scope":        {script: func(c *console) { c.press(":").write("ns nowhere").press("enter") }},
	"empty cluster":      {world: func() *viewtest.World { return viewtest.NewWorld(nil) }},
	"loading":            {world: loading(nil)},
	"loading with rows":  {world: loading(viewtest.Rows()[:4])},
	"stale": {world: changed(func(c *status.Cluster) {
		c.Connection = status.Connection{Phase: status.Stale, Since: viewtest.Now.Add(-2 * time.Minute),
			Reason: "dial tcp 10.0.0.1:6443: connect: connection refused", Retry: viewtest.Now.Add(3 * time.Second)}
	})},
	"unreachable": {world: unreachable},
	"login needed": {world: changed(func(c *status.Cluster) {
		c.Connection = status.Connection{Phase: status.AuthNeeded, Since: viewtest.Now, Reason: "the token has expired", Plugin: "aws eks get-token"}
	})},
	"denied":             {world: denied},
	"two namespaces":     {world: twoNamespaces},
	"read-only":          {world: changed(func(c *status.Cluster) { c.ReadOnly = true })},
	"several clusters":   {world: twoClusters},
	"hostile names":      {world: hostile},
	"hostile function":   {world: hostile, script: keys("enter")},
	"hostile namespaces": {world: hostile, script: command("ns")},
	"hostile errors":     {world: hostile, script: keys("!")},
	"hostile objects":    {world: hostile, script: command("po")},
	"hostile describe":   {world: hostile, script: keys("d")},
	"hostile yaml":       {world: hostile, script: keys("y")},
	"toast":              {world: viewtest.Detailed, script: toasted},
	"function":           {world: viewtest.Detailed, script: func(c *console) { c.press("/").write("fraud").press("enter", "enter") }},
	"function idle":      {script: func(c *console) { c.press("/").write("resize").press("enter", "enter") }},
	"function deleted":   {script: deleted},
	"function events":    {world: viewtest.Detailed, script: func(c *console) { c.open("fraud").press(":").write("events").press("enter") }},
	"describe":           {world: viewtest.Detailed, script: func(c *console) { c.open("fraud").press("d") }},
	"describe fails":     {world: viewtest.Detailed, script: func(c *console) { c.open("fraud").failing().press("d") }},
	"describe loading":   {world: viewtest.Detailed, script: func(c *console) { c.open("fraud").held(keyOf("d")) }},
	"yaml":               {world: viewtest.Detailed, script: func(c *console) { c.open("fraud").press("y") }},
	"yaml folded":        {world: viewtest.Detailed, script: func(c *console) { c.open("fraud").press("y", "j", "j", "tab") }},
	"yaml searched":      {world: viewtest.Detailed, script: func(c *console) { c.open("fraud").press("y", "/").write("fraud").press("enter", "n") }},
	"diff":               {world: viewtest.Detailed, script: func(c *console) { c.open("fraud").press("D") }},
	"diff fails":         {world: viewtest.Detailed, script: func(c *console) { c.open("fraud").failing().press("D") }},
	"contexts":           {script: command("ctx")},
	"contexts broken":    {world: broken, script: command("ctx")},
	"namespaces":         {script: command("ns")},
	"namespaces denied":  {world: twoNamespaces, script: command("ns")},
	"errors":             {world: viewtest.Detailed, script: keys("!")},
	"errors empty":       {script: keys("!")},
	"objects":            {world: viewtest.Detailed, script: command("po")},
	"objects wide":       {world: viewtest.Detailed, script: func(c *console) { command("po")(c); c.press("w") }},
	"objects own":        {world: ownColumns, options: podsWith("namespace", "name", "host-ip", "status", "age"), script: command("po")},
	"objects none":       {world: viewtest.Detailed, script: command("secrets.v1")},
	"objects denied":     {world: viewtest.Detailed, script: func(c *console) { c.failing(); command("po")(c) }},
	"objects stale":      {world: viewtest.Detailed, script: func(c *console) { command("po")(c); c.failing().press("ctrl+r") }},
	"objects loading":    {world: viewtest.Detailed, script: func(c *console) { c.press(":").write("po").held(keyOf("enter")) }},
	"help":               {script: keys("?")},
	"help searched":      {script: func(c *console) { c.press("?", "/").write("retry").press("enter") }},
}

func keys(k ...string) func(*console) { return func(c *console) { c.press(k...) } }
func command(line string) func(*console) {
	return func(c *console) { c.press(":").write(line).press("enter") }
}
func (c *console) open(name string) *console { return c.press("/").write(name).press("enter", "enter") }
func (c *console) held(msg tea.Msg) *console { c.root.Update(msg); return c }
func (c *console) failing() *console {
	c.world.Err = errors.New(`pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "payments"`)
	return c
}

func changed(change func(*status.Cluster)) func() *viewtest.World {
	return func() *viewtest.World {
		c := viewtest.Cluster()
		change(&c)
		return viewtest.NewWorld(viewtest.Rows(), c)
	}
}

func loading(rows []*boardRow) func() *viewtest.World {
	return func() *viewtest.World {
		c := viewtest.Cluster()
		c.Complete = false
		c.Progress = []status.Progress{
			{Group: "openfaas.com", Kind: "Function", Objects: 412, Listed: true, Primary: true},
			{Group: "apps", Kind: "Deployment", Objects: 5000, Primary: true},
			{Kind: "Pod", Namespace: "payments", Objects: 120, Listed: true, Primary: true}, {Kind: "Pod", Namespace: "media", Primary: true},
			{Kind: "Secret", Objects: 10},
		}
		return viewtest.NewWorld(rows, c)
	}
}

func unreachable() *viewtest.World {
	c := viewtest.Cluster()
	c.Complete, c.Progress, c.Namespaces = false, nil, nil
	c.Connection = status.Connection{Phase: status.Connecting, Since: viewtest.Now.Add(-20 * time.Second),
		Reason: "dial tcp 10.0.0.1:6443: i/o timeout", Retry: viewtest.Now.Add(5 * time.Second)}
	return viewtest.NewWorld(nil, c)
}

func denied() *viewtest.World {
	c := viewtest.Cluster()
	c.Namespaces, c.NamespacesListed = nil, false
	c.Refusals = []status.Refusal{{Verb: "list", Resource: "pods", Reason: `User "jane" cannot list resource "pods" at the cluster scope`},
		{Verb: "list", Group: "apps", Resource: "deployments", Reason: "no rule allows it"}}
	return viewtest.NewWorld(nil, c)
}

func twoNamespaces() *viewtest.World {
	c := viewtest.Cluster()
	c.NamespacesListed = false
	var rows []*boardRow
	for i := range c.Namespaces {
		n := &c.Namespaces[i]
		if n.Source = "kubeconfig"; n.Name != "payments" && n.Name != "checkout" {
			n.Denied, n.Watched = "you may not list pods there", false
		}
	}
	for _, r := range viewtest.Rows() {
		if r.ID.Namespace == "payments" || r.ID.Namespace == "checkout" {
			rows = append(rows, r)
		}
	}
	return viewtest.NewWorld(rows, c)
}

func twoClusters() *viewtest.World {
	us := viewtest.Cluster()
	us.Context = "prod-us"
	us.Connection = status.Connection{Phase: status.Stale, Since: viewtest.Now.Add(-90 * time.Second), Reason: "EOF"}
	rows := viewtest.Rows()
	for _, r := range viewtest.Rows()[:5] {
		copied := *r
		copied.ID.Context = "prod-us"
		rows = append(rows, &copied)
	}
	return viewtest.NewWorld(rows, viewtest.Cluster(), us)
}

func broken() *viewtest.World {
	w := viewtest.NewWorld(viewtest.Rows())
	w.Ctxs, w.CtxErr = nil, errors.New("reading /home/jane/.kube/config: yaml: line 12: mapping values are not allowed in this context")
	return w
}

// evil is what a name can hold where no API server checks it.
const evil = "a\x1b[2J\x1b]0;owned\x07b\nc\r\t\u202egnp\u200b\x9b31m日本\xff"

func hostile() *viewtest.World {
	c := viewtest.Cluster()
	c.Context, c.Operator = "ctx"+evil, "op"+evil
	c.Connection = status.Connection{Phase: status.Stale, Since: viewtest.Now, Reason: evil}
	c.Namespaces = append(c.Namespaces, status.Namespace{Name: evil, Denied: evil})
	rows := viewtest.Rows()[:3]
	for i, r := range rows {
		rows[i] = viewtest.Change(r, func(f *model.Function) {
			f.Title, f.Runtime, f.Reason, f.Image = evil, evil, evil, evil
			f.Triggers = append(f.Triggers, model.Trigger{Type: "http", Name: evil, Detail: evil})
			f.References = append(f.References, model.Reference{Kind: evil, Name: evil})
			f.Labels = model.Labels{{Key: evil, Value: evil}}
		})
	}
	w := viewtest.NewWorld(rows, c)
	w.Entries = []status.Entry{{First: viewtest.Now, Last: viewtest.Now, Count: 1, Severity: status.Error, Context: evil, Source: evil, Message: evil}}
	w.EventsOf = []screen.Event{{Type: evil, Reason: evil, Message: evil, Source: evil, Object: model.Ref{Kind: evil, Name: evil}, Count: 2}}
	w.Known = []screen.Kind{{Name: "pods", Words: []string{"po"}}}
	w.Tables["pods"] = &screen.Table{Kind: "Pod", Resource: "pods" + evil, Group: evil, Columns: []screen.Column{{Name: "Name"}, {Name: evil}},
		Rows: []screen.TableRow{{Target: screen.Target{Ref: model.Ref{Kind: "Pod", Name: evil}}, Cells: []string{evil, evil}}}}
	for _, r := range rows {
		w.Texts[r.Function.Object.Kind], w.Texts["DESCRIBE "+r.Function.Object.Kind] = "a: "+evil+"\n"+evil, evil+"\n"+evil
	}
	return w
}

func toasted(c *console) {
	c.now = c.now.Add(time.Second)
	c.world.Entries = append([]status.Entry{{First: c.now, Last: c.now, Count: 1, Severity: status.Error, Context: viewtest.Context,
		Source: "watch deployments", Message: "the server is busy"}}, c.world.Entries...)
	c.send(tickMsg{})
}

func deleted(c *console) {
	c.press("enter")
	c.send(c.world.Set(viewtest.Rows()[1:], viewtest.Cluster()))
}

func TestFrames(t *testing.T) {
	t.Parallel()
	sizes := [][2]int{{80, 24}, {120, 40}, {200, 50}}
	for name, tc := range frames {
		for _, size := range sizes {
			t.Run(fmt.Sprintf("%s/%dx%d", name, size[0], size[1]), func(t *testing.T) {
				t.Parallel()
				var all strings.Builder
				for _, theme := range []string{"none", "mono", "default"} {
					world := viewtest.NewWorld(viewtest.Rows())
					if tc.world != nil {
						world = tc.world()
					}
					c := start(t, world, size[0], size[1], theme, tc.options)
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

// requireFits checks that a frame is exactly as large as the terminal and holds nothing but text and styles.
func requireFits(t testing.TB, frame string, width, height int) {
	t.Helper()
	lines := strings.Split(frame, "\n")
	require.Len(t, lines, height)
	for i, l := range lines {
		require.Equal(t, width, ansi.StringWidth(l), "line %d: %q", i+1, l)
		rest := sgr.ReplaceAllString(l, "")
		for _, r := range rest {
			require.False(t, r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x202e || r == 0x200b, "line %d holds %q: %q", i+1, r, l)
		}
	}
}

// visible writes styles so that a diff can be read, and drops what is blank at the end of lines.
func visible(frame string) string {
	var b strings.Builder
	for _, l := range strings.Split(frame, "\n") {
		l = strings.ReplaceAll(l, "\x1b[m", "‹›")
		l = sgr.ReplaceAllStringFunc(l, func(s string) string { return "‹" + s[2:len(s)-1] + "›" })
		b.WriteString(strings.TrimRight(l, " ") + "\n")
	}
	return b.String()
}

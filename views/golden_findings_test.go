package views

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/exp/golden"
	"github.com/stretchr/testify/require"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/security/report"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/views/viewtest"
)

// ledger is a file of exceptions that a test looks into.
type ledger struct {
	refusal string
	err     error
	got     []snapshot.Exception
}

func (l *ledger) Refusal() string { return l.refusal }
func (l *ledger) Check() error    { return l.err }
func (l *ledger) Accept(risks []snapshot.Exception) error {
	l.got = append(l.got, risks...)
	return l.err
}

// since makes a baseline of what is there, but for some controls.
func since(w *viewtest.World, without ...string) map[string]bool {
	known := map[string]bool{}
	for _, r := range w.Board().Rows() {
		if r.Posture == nil {
			continue
		}
	next:
		for i := range r.Posture.Findings {
			f := &r.Posture.Findings[i]
			for _, id := range without {
				if f.Control.ID == id {
					continue next
				}
			}
			known[report.Fingerprint(f, r.ID)] = true
		}
	}
	return known
}

// findingFrames are what is pressed on the judged seed.
var findingFrames = map[string]struct {
	world  string // of findingWorlds; empty: the seed
	before func(*console)
	script func(*console)
}{
	"findings":                {script: command("findings")},
	"findings by function":    {script: func(c *console) { command("findings")(c); c.press("t") }},
	"findings by namespace":   {script: func(c *console) { command("findings")(c); c.press("t", "t") }},
	"findings one by one":     {script: func(c *console) { command("findings")(c); c.press("t", "t", "t", "j", "space") }},
	"findings wide":           {script: func(c *console) { command("findings")(c); c.press("t", "t", "t", "w") }},
	"findings of a control":   {script: func(c *console) { command("findings")(c); c.press("j", "enter") }},
	"findings filtered":       {script: command("findings severity>=high pillar=identity")},
	"findings no match":       {script: command("findings nobody")},
	"findings since baseline": {before: func(c *console) { c.root.env.Baseline = since(c.world, "SA-02", "NET-01") }, script: command("findings new=yes")},
	"findings accept":         {before: func(c *console) { c.root.env.Exceptions = &ledger{} }, script: func(c *console) { command("findings")(c); c.press("A", "enter") }},
	"findings accept refused": {before: func(c *console) {
		c.root.env.Exceptions = &ledger{err: errors.New("the file of accepted risks cannot be written: open exceptions.yaml: permission denied")}
	}, script: func(c *console) { command("findings")(c); c.press("A") }},
	"platforms":         {script: command("platforms")},
	"platform":          {script: func(c *console) { command("platforms")(c); c.press("enter") }},
	"platform finding":  {script: func(c *console) { command("platforms")(c); c.press("enter", "enter") }},
	"platforms denied":  {world: "denied", script: command("platforms")},
	"namespaces":        {script: command("ns")},
	"namespaces wide":   {script: func(c *console) { command("ns")(c); c.press("w") }},
	"namespaces hidden": {world: "hidden", script: command("ns")},
	"platforms hidden":  {world: "hidden", script: command("platforms")},
	"findings hidden":   {world: "hidden", script: command("findings status=unknown")},
	"findings loading":  {world: "loading", script: command("findings")},
	"findings judging":  {world: "judging", script: command("findings")},
	"findings denied":   {world: "denied", script: command("findings")},
	"findings none":     {world: "none", script: command("findings")},
}

func findingWorlds(t *testing.T) map[string]*viewtest.World {
	seed := viewtest.Seed(t, nil)
	change := func(rows bool, edit func(*status.Cluster)) *viewtest.World {
		w := viewtest.Seed(t, nil)
		c := w.Board().Clusters[0]
		edit(&c)
		var kept []*boardRow
		if rows {
			kept = w.Board().Rows()
		}
		w.Set(kept, c)
		return w
	}
	few := viewtest.Seed(t, func(kind schema.GroupKind, _ string) snapshot.Coverage {
		if kind.Kind == "NetworkPolicy" || kind.Kind == "Namespace" || kind.Kind == "ResourceQuota" || strings.HasPrefix(kind.Kind, "ClusterRole") {
			return snapshot.Denied
		}
		return snapshot.Seen
	})
	return map[string]*viewtest.World{"": seed, "hidden": few,
		"loading": change(false, func(c *status.Cluster) {
			c.Complete = false
			c.Progress = []status.Progress{{Group: "apps", Kind: "Deployment", Objects: 50, Primary: true}}
		}),
		"judging": change(true, func(c *status.Cluster) { c.Functions, c.Unjudged = 1204, 1146 }),
		"none":    change(false, func(*status.Cluster) {}),
		"denied": change(false, func(c *status.Cluster) {
			c.Refusals = []status.Refusal{{Verb: "list", Resource: "pods", Reason: `User "jane" cannot list resource "pods"`}}
		})}
}

func TestFindingFrames(t *testing.T) {
	t.Parallel()
	worlds := findingWorlds(t)
	for name, tc := range findingFrames {
		for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 50}} {
			t.Run(fmt.Sprintf("%s/%dx%d", name, size[0], size[1]), func(t *testing.T) {
				t.Parallel()
				var all strings.Builder
				for _, theme := range []string{"none", "mono", "default"} {
					c := start(t, worlds[tc.world], size[0], size[1], theme, nil)
					if tc.before != nil {
						tc.before(c)
					}
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

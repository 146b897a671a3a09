package views

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/connectivity"
	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/shift"
	"github.com/fn9s/fn9s/kube/workshop"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/views/screen"
	"github.com/fn9s/fn9s/views/viewtest"
)

// changeFrames are the screens of changes: how the shop is arranged, and what is pressed.
var changeFrames = map[string]shopFrame{
	"tighten":           {script: pressed("watermark", "T")},
	"tighten asks":      {script: pressed("watermark", "T", "j", "j", "j", "j", "space")},
	"tighten many":      {script: func(_ *testing.T, c *console, _ *viewtest.Shop) { command("tighten -n media")(c) }},
	"tighten refused":   {arrange: func(s *viewtest.Shop) { s.Refused = "prod-eu has not told its APIs yet" }, script: pressed("watermark", "T")},
	"tighten read-only": {arrange: func(s *viewtest.Shop) { s.ReadOnlyMode = true }, script: pressed("watermark", "T")},
	"tighten denied": {script: func(_ *testing.T, c *console, _ *viewtest.Shop) {
		c.world.Err = errors.New("no facts are read of prod-eu")
		pressed("watermark", "T")(nil, c, nil)
	}},
	"tighten takes": {script: func(_ *testing.T, c *console, _ *viewtest.Shop) { c.on("sync-subtitles").press("T").on("route-auth") }},
	"tighten gives": {script: func(_ *testing.T, c *console, _ *viewtest.Shop) {
		c.on("sync-subtitles").press("T").on("route-auth").press("W").write("http://login").press("enter")
	}},
	"tighten given": {script: func(_ *testing.T, c *console, _ *viewtest.Shop) {
		c.on("sync-subtitles").press("T").on("route-auth").press("W").write("https://login.example.com/").press("enter").write("https://login.example.com/keys.json").press("enter")
	}},
	"finding with fixes": {script: func(t *testing.T, c *console, _ *viewtest.Shop) { openFinding("watermark", first)(t, c) }},
	"posture with fixes": {script: pressed("crunch-events", "S")},
	"plan":               {script: pressed("crunch-events", "T", "enter")},
	"plan step":          {script: pressed("crunch-events", "T", "enter", "tab", "tab")},
	"plan sides":         {script: pressed("crunch-events", "T", "enter", "tab", "tab", "D")},
	"plan left out":      {script: pressed("crunch-events", "T", "enter", "tab", "tab", "space")},
	"plan troubled":      {arrange: troubled, script: pressed("crunch-events", "T", "enter")},
	"plan troubled step": {arrange: troubled, script: pressed("crunch-events", "T", "enter", "tab")},
	"plan connections":   {arrange: connected, script: pressed("crunch-events", "T", "enter")},
	"plan blocked asks":  {arrange: troubled, script: pressed("crunch-events", "T", "enter", "A")},
	"plan confirm":       {arrange: owned, script: pressed("crunch-events", "T", "enter", "A")},
	"plan word":          {arrange: func(s *viewtest.Shop) { s.Words = []string{"prod-eu"} }, script: pressed("crunch-events", "T", "enter", "A")},
	"plan export":        {script: pressed("crunch-events", "T", "enter", "E")},
	"plan read-only":     {arrange: func(s *viewtest.Shop) { s.ReadOnlyMode = true }, script: pressed("crunch-events", "T", "enter")},
	"plan nothing": {arrange: func(s *viewtest.Shop) {
		s.Arrange = func(d *screen.Draft) {
			d.Already = []change.Dropped{{Ref: d.Steps[0].Ref}}
			d.Steps = nil
		}
	}, script: pressed("crunch-events", "T", "enter")},
	"plan fails":   {arrange: func(s *viewtest.Shop) { s.PlanErr = errors.New("plan: dial tcp 10.0.0.1:6443: i/o timeout") }, script: pressed("crunch-events", "T", "enter")},
	"plan loading": {script: planning},
	"plan old": {script: func(t *testing.T, c *console, s *viewtest.Shop) {
		pressed("crunch-events", "T", "enter")(t, c, s)
		c.now = c.now.Add(7 * time.Minute)
		c.send(tickMsg{})
	}},
	"plan running":      {script: running(func(j *screen.Job) {})},
	"plan stopping":     {script: running(func(j *screen.Job) { j.Stopping = true })},
	"plan verifying":    {script: running(verifying)},
	"plan applied":      {script: running(applied)},
	"plan not ready":    {script: running(notReady)},
	"plan conflict":     {script: running(conflicted)},
	"traffic form":      {script: func(_ *testing.T, c *console, _ *viewtest.Shop) { c.on("ledger-export"); openTraffic(c) }},
	"traffic by steps":  {script: func(_ *testing.T, c *console, _ *viewtest.Shop) { shifted(c, "00005=60", "20:1m") }},
	"traffic shifting":  {script: onItsWay(func(*screen.Job) {})},
	"traffic goes back": {script: onItsWay(goingBack)},
	"traffic went back": {script: onItsWay(wentBack)},
	"traffic shifted":   {script: onItsWay(arrived)},
	"jobs with a way": {script: func(t *testing.T, c *console, s *viewtest.Shop) {
		onItsWay(func(*screen.Job) {})(t, c, s)
		command("jobs")(c)
	}},
	"plan skipped": {script: running(func(j *screen.Job) {
		j.Phase, j.Outcome, j.Reason = workshop.Ended, journal.Skipped, "read-only: plan was not sent"
	})},
	"undo refused": {arrange: func(s *viewtest.Shop) {
		s.BookOf = book()
		s.PlanErr = &change.CannotUndoError{ID: "20260901-113000-aaaaaa", Why: []string{"Function payments/charge-card: spec.readOnlyRootFilesystem was changed since, by argocd"}}
	}, script: func(_ *testing.T, c *console, _ *viewtest.Shop) { command("journal")(c); c.press("j", "u") }},
	"journal":        {arrange: func(s *viewtest.Shop) { s.BookOf = book() }, script: func(_ *testing.T, c *console, _ *viewtest.Shop) { command("journal")(c) }},
	"journal change": {arrange: func(s *viewtest.Shop) { s.BookOf = book() }, script: func(_ *testing.T, c *console, _ *viewtest.Shop) { command("journal")(c); c.press("j", "enter") }},
	"journal empty":  {script: func(_ *testing.T, c *console, _ *viewtest.Shop) { command("journal")(c) }},
	"journal torn": {arrange: func(s *viewtest.Shop) { s.BookOf = book(); s.BookOf.Torn = 2 },
		script: func(_ *testing.T, c *console, _ *viewtest.Shop) { command("journal")(c) }},
	"journal denied": {script: func(_ *testing.T, c *console, _ *viewtest.Shop) {
		c.world.Err = errors.New("read journal: open /home/jane/.local/state/fn9s/journal/journal.jsonl: permission denied")
		command("journal")(c)
	}},
	"jobs empty": {script: func(_ *testing.T, c *console, _ *viewtest.Shop) { command("jobs")(c) }},
	"jobs": {script: func(t *testing.T, c *console, s *viewtest.Shop) {
		running(notReady)(t, c, s)
		c.press("esc", "esc", "esc")
		running(func(*screen.Job) {})(t, c, s)
		command("jobs")(c)
	}},
	"quit asks": {script: func(t *testing.T, c *console, s *viewtest.Shop) {
		running(func(*screen.Job) {})(t, c, s)
		c.press("ctrl+c")
	}},
	"no changes": {script: func(_ *testing.T, c *console, _ *viewtest.Shop) {
		c.root.env.Changes = nil
		command("journal")(c)
	}},
}

// pressed filters the table to a function, and presses keys on it.
func pressed(name string, press ...string) func(*testing.T, *console, *viewtest.Shop) {
	return func(_ *testing.T, c *console, _ *viewtest.Shop) {
		c.press("/").write(name).press("enter").press(press...)
	}
}

func planning(_ *testing.T, c *console, _ *viewtest.Shop) {
	c.press("/").write("crunch-events").press("enter", "T")
	c.held(keyOf("enter")) // the plan is asked for, and not there yet
}

// troubled is what an operator with few rights gets to hear.
func troubled(s *viewtest.Shop) {
	s.Arrange = func(d *screen.Draft) {
		for i := range d.Steps {
			step := &d.Steps[i]
			switch step.Ref.Kind {
			case "Namespace":
				step.Allowed = client.Verdict{Reason: "no patch on namespaces/analytics"}
				step.Blocked, step.Checked, step.Reason = step.Allowed.Reason, change.NotChecked, `namespaces "analytics" is forbidden: User "jane" cannot patch resource "namespaces"`
			case "Deployment":
				step.Warnings = []string{"would violate PodSecurity \"restricted:latest\": runAsNonRoot != true"}
				step.Owners = []change.Owner{{Manager: "argocd-controller", Applies: true, Paths: []string{"spec.template.spec.containers[name=crunch].securityContext"}}}
				step.Managed = []string{"Argo CD (application reports) sets it back"}
			case "NetworkPolicy":
				step.Blocked, step.Checked, step.Reason = "the server refuses it: admission webhook \"policy.example.com\" denied the request: ask the network team", change.Refused, "denied"
			}
		}
	}
}

// connected cuts callers off.
func connected(s *viewtest.Shop) {
	s.Arrange = func(d *screen.Draft) {
		d.Connectivity = []connectivity.Change{{
			Namespace: "analytics", Function: "crunch-events",
			In: []connectivity.Line{
				{Peer: "addresses that are no pods, all", Before: "all", After: "none"},
				{Peer: "all 14 workloads in checkout", Before: "all", After: "none"},
				{Peer: "Deployment rank-products-api in analytics", Before: "all", After: "TCP 8080"},
				{Peer: "ingress controllers", Before: "TCP 8080", After: "TCP 8080"},
			},
			Out: []connectivity.Line{{Peer: "addresses that are no pods, all", Before: "all", After: "all"}},
		}}
	}
}

// owned has one other owner, and something that ends.
func owned(s *viewtest.Shop) {
	s.Arrange = func(d *screen.Draft) {
		d.Steps[0].Asks = []string{"callers from anything but istio-system are refused"}
		d.Steps[1].Owners = []change.Owner{{Manager: "helm", Applies: true, Paths: []string{"spec.template"}}}
	}
}

// running has a plan applied, of which two steps are over.
func running(then func(*screen.Job)) func(*testing.T, *console, *viewtest.Shop) {
	return func(t *testing.T, c *console, s *viewtest.Shop) {
		pressed("crunch-events", "T", "enter", "A")(t, c, s)
		c.send(s.Tell(func(j *screen.Job) {
			j.Progress[0], j.Progress[1] = workshop.StepState{Outcome: journal.Applied}, workshop.StepState{Outcome: journal.Begun}
			j.Done = 1
			then(j)
		}))
	}
}

func verifying(j *screen.Job) {
	for i := range j.Progress {
		j.Progress[i].Outcome = journal.Applied
	}
	j.Done, j.Watched, j.Phase, j.Outcome = len(j.Progress), 1, workshop.Verifying, journal.Applied
}

func applied(j *screen.Job) {
	verifying(j)
	j.Phase, j.Ended = workshop.Ended, viewtest.Now.Add(14*time.Second)
	j.Seen = []change.Seen{{Function: j.Grades[0].Function, Verdict: change.Ready, Reason: "2 of 2 pods are ready"}}
}

func notReady(j *screen.Job) {
	applied(j)
	j.Seen[0] = change.Seen{Function: j.Grades[0].Function, Verdict: change.RolloutFailed,
		Reason: "pod crunch-events-7c9d: container crunch: CreateContainerConfigError: container has runAsNonRoot and image will run as root"}
}

// onItsWay has requests shifted, of which 40% go to the new revision.
func onItsWay(then func(*screen.Job)) func(*testing.T, *console, *viewtest.Shop) {
	return func(_ *testing.T, c *console, s *viewtest.Shop) {
		shifted(c, "00005=60", "20:1m")
		c.press("A", "A")
		c.send(s.Tell(func(j *screen.Job) {
			j.Progress[0] = workshop.StepState{Outcome: journal.Applied}
			j.Done, j.Outcome = 1, journal.Applied
			j.Way = &workshop.Way{Goal: j.Task.Shares[0], By: *j.Task.Canary, Moment: shift.Moment{Percent: 40,
				Next: viewtest.Now.Add(time.Minute), Changes: []string{j.ID, "20260901-120100-cd34ef"}}}
			then(j)
		}))
	}
}

func goingBack(j *screen.Job) {
	j.Way.Next, j.Way.Trouble = time.Time{}, "Revision ledger-export-00005 is not ready: ExitCode1: the container exited with an error"
}

func wentBack(j *screen.Job) {
	goingBack(j)
	j.Way.Over, j.Way.Back = true, true
	j.Phase, j.Ended, j.Outcome = workshop.Ended, viewtest.Now.Add(70*time.Second), journal.Failed
	j.Reason = "the requests go where they went before: " + j.Way.Trouble
}

func arrived(j *screen.Job) {
	j.Way.Percent, j.Way.Next, j.Way.Over = 60, time.Time{}, true
	j.Way.Changes = append(j.Way.Changes, "20260901-120200-ef56ab")
	j.Phase, j.Ended = workshop.Ended, viewtest.Now.Add(2*time.Minute)
}

func conflicted(j *screen.Job) {
	j.Phase, j.Ended, j.Outcome = workshop.Ended, viewtest.Now.Add(2*time.Second), journal.Conflict
	j.Progress[1] = workshop.StepState{Outcome: journal.Conflict, Reason: "spec.template was changed meanwhile, by argocd-controller"}
	for i := range j.Progress[2:] {
		j.Progress[2+i].Outcome = journal.Skipped
	}
	j.Reason = j.Steps[1].Ref.String() + ": " + j.Progress[1].Reason
}

// book has changes of every kind.
func book() *journal.Book {
	cluster := journal.Cluster{Context: viewtest.Context, Server: "https://10.0.0.1:6443", UID: "1111"}
	id := model.FunctionID{Context: viewtest.Context, FunctionKey: model.FunctionKey{Framework: "openfaas", Group: "openfaas.com", Kind: "Function", Namespace: "payments", Name: "charge-card"}}
	entry := func(id string, age time.Duration, action, title string, outcome journal.Outcome, steps ...journal.StepEntry) *journal.Entry {
		return &journal.Entry{Change: journal.Change{ID: id, Time: viewtest.Now.Add(-age), Action: action, Title: title, Cluster: cluster, Operator: "jane",
			Functions: []string{"x"}}, Ended: outcome != journal.Begun, Outcome: outcome, Steps: steps}
	}
	step := journal.StepEntry{Outcome: journal.Applied, Step: journal.Step{Number: 1, Verb: "patch",
		Object: journal.Object{APIVersion: "openfaas.com/v1", Kind: "Function", Namespace: "payments", Name: "charge-card"},
		Touches: []journal.Touch{
			{Path: "spec.readOnlyRootFilesystem", New: &journal.Value{JSON: []byte("true")}},
			{Path: "spec.environment.API_KEY", Old: &journal.Value{Hash: "9f86d081884c7d65"}, Secret: true},
		}, Backup: "fn9s-backup-20260901-113000-aaaaaa"}}
	failed := step
	failed.Outcome, failed.Reason = journal.Failed, "admission webhook \"policy.example.com\" denied the request"
	b := &journal.Book{Entries: []*journal.Entry{
		entry("20260830-090000-eeeeee", 51*time.Hour, "tighten", "tighten 14 functions", journal.Applied, step, step),
		entry("20260831-150000-dddddd", 21*time.Hour, "restart", "restart refund in payments", journal.Begun, step),
		entry("20260901-080000-bbbbbb", 4*time.Hour, "tighten", "tighten resize in media", journal.Failed, failed),
		entry("20260901-113000-aaaaaa", 34*time.Minute, "tighten", "tighten charge-card in payments", journal.Applied, step),
		entry("20260901-120000-cccccc", 4*time.Minute, "undo", "undo 20260830-090000-eeeeee: tighten 14 functions", journal.Applied, step),
	}}
	b.Entries[3].Functions = []string{id.String()}
	b.Entries[4].Undoes = b.Entries[0].ID
	other := entry("20260720-100000-ffffff", 43*24*time.Hour, "tighten", "tighten thumbnail in staging", journal.Applied, step)
	other.Cluster.Context = "staging"
	newer := &journal.Entry{Change: journal.Change{ID: "20260719-100000-999999", Time: viewtest.Now.Add(-44 * 24 * time.Hour)}, Newer: true}
	b.Entries = append([]*journal.Entry{newer, other}, b.Entries...)
	return b
}

func TestChangeFrames(t *testing.T) {
	t.Parallel()
	drawShop(t, changeFrames)
}

// shopFrame is a state of a screen of changes: of which world (nil: the seed), how its shop is arranged, and what is
// pressed.
type shopFrame struct {
	world   func(testing.TB) *viewtest.World
	arrange func(*viewtest.Shop)
	script  func(*testing.T, *console, *viewtest.Shop)
}

// drawShop draws each state in three sizes and three themes.
func drawShop(t *testing.T, frames map[string]shopFrame) {
	seed := viewtest.Seed(t, nil)
	for name, f := range frames {
		for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 50}} {
			t.Run(fmt.Sprintf("%s/%dx%d", name, size[0], size[1]), func(t *testing.T) {
				world := seed
				if f.world != nil {
					world = f.world(t)
				}
				var all strings.Builder
				for _, theme := range []string{"none", "mono", "default"} {
					world.Err = nil
					shop := world.Shop(t)
					if f.arrange != nil {
						f.arrange(shop)
					}
					c := start(t, world, size[0], size[1], theme, nil)
					f.script(t, c, shop)
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

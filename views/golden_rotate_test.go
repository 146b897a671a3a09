package views

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/kube/workshop"
	"github.com/fn9s/fn9s/views/screen"
	"github.com/fn9s/fn9s/views/viewtest"
)

// newValue is typed in tests, and may be on no screen but where the operator asks for it.
const newValue = "n3w-cAnArY-8b2f"

// rotateFrames are the states of the form: how the shop is arranged, and what is pressed.
var rotateFrames = map[string]shopFrame{
	"choose":          {script: pressed("take-order", "R")},
	"choose marked":   {script: pressed("take-order", "R", "space", "j", "space")},
	"choose refused":  {script: secretsPressed("namespace=payments", "*", "R")},
	"choose nothing":  {script: func(_ *testing.T, c *console, _ *viewtest.Shop) { command("rotate nowhere")(c) }},
	"form":            {script: pressed("dedupe-events", "R")},
	"form by command": {script: func(_ *testing.T, c *console, _ *viewtest.Shop) { command("rotate ledger-db")(c) }},
	"sources":         {script: pressed("dedupe-events", "R", "enter")},
	"recipe":          {script: sourced("characters")},
	"file":            {script: sourced("file")},
	"generated": {script: func(t *testing.T, c *console, s *viewtest.Shop) {
		sourced("letters")(t, c, s)
		c.press("enter")
	}},
	"pair": {script: func(t *testing.T, c *console, s *viewtest.Shop) {
		sourced("RSA")(t, c, s)
		c.press("enter")
	}},
	"typing":   {script: typingValue},
	"revealed": {script: func(t *testing.T, c *console, s *viewtest.Shop) { typingValue(t, c, s); c.press("ctrl+t") }},
	"different": {script: func(t *testing.T, c *console, s *viewtest.Shop) {
		typingValue(t, c, s)
		c.write("x").press("enter")
	}},
	"typed":  {script: typedValue},
	"peeked": {script: func(t *testing.T, c *console, s *viewtest.Shop) { typedValue(t, c, s); c.press("P") }},
	"several": {script: func(t *testing.T, c *console, s *viewtest.Shop) {
		pressed("take-order", "R", "space", "j", "space", "enter")(t, c, s)
	}},
	"kept":                 {world: viewtest.Connected, script: pressed("guest/shop/pay", "R")},
	"kept sources":         {world: viewtest.Connected, script: pressed("guest/shop/pay", "R", "enter")},
	"kept plan":            {world: viewtest.Connected, script: keptTyped},
	"kept by nobody known": {script: func(t *testing.T, c *console, s *viewtest.Shop) { pressed("guest/hello", "R")(t, c, s) }},
	"no key":               {script: pressed("dedupe-events", "R", "space")},
	"refused":              {script: secretsPressed("payment-gateway", "R")},
	"absent":               {script: secretsPressed("smtp-relay", "R")},
	"external":             {script: secretsPressed("orders-database", "R")},
	"denied":               {arrange: func(s *viewtest.Shop) { s.Forbidden = "no patch on secrets payments" }, script: secretsPressed("ledger-db", "R")},
	"unread":               {arrange: func(s *viewtest.Shop) { s.Unreadable = "no get on secrets payments/ledger-db" }, script: secretsPressed("ledger-db", "R")},
	"timeout": {arrange: func(s *viewtest.Shop) {
		s.OutlookErr = errors.New("read Secret payments/ledger-db: dial tcp 10.0.0.1:6443: i/o timeout")
	}, script: secretsPressed("ledger-db", "R")},
	"read-only": {arrange: func(s *viewtest.Shop) { s.ReadOnlyMode = true }, script: pressed("dedupe-events", "R")},
	"fails": {script: func(_ *testing.T, c *console, _ *viewtest.Shop) {
		c.world.Err = errors.New("no facts are read of prod-eu")
		pressed("take-order", "R")(nil, c, nil)
	}},
	"loading": {script: func(_ *testing.T, c *console, _ *viewtest.Shop) {
		c.press("/").write("take-order").press("enter").held(keyOf("R"))
	}},
	"reading": {script: func(t *testing.T, c *console, s *viewtest.Shop) {
		pressed("take-order", "R")(t, c, s)
		c.held(keyOf("enter"))
	}},
	"cluster loading": {world: func(t testing.TB) *viewtest.World {
		w := viewtest.Seed(t, nil)
		c := loading(nil)().Board().Clusters[0]
		w.Set(w.Board().Rows(), c)
		return w
	}, script: pressed("take-order", "R")},
	"stale": {world: func(t testing.TB) *viewtest.World {
		w := viewtest.Seed(t, nil)
		c := viewtest.Cluster()
		c.Connection = status.Connection{Phase: status.Stale, Since: viewtest.Now.Add(-2 * time.Minute), Reason: "connection refused"}
		w.Set(w.Board().Rows(), c)
		return w
	}, script: pressed("dedupe-events", "R")},
	"clean up": {arrange: func(s *viewtest.Shop) {
		s.Over = []change.KeptSecret{{Namespace: "analytics", Name: "fn9s-backup-20260801-100000-aaaaaa", Change: "20260801-100000-aaaaaa", Expires: viewtest.Now.Add(-time.Hour)}}
	}, script: pressed("dedupe-events", "R", "j", "j", "j", "space")},
	"plan":      {script: func(t *testing.T, c *console, s *viewtest.Shop) { typedValue(t, c, s); c.press("enter") }},
	"plan step": {script: func(t *testing.T, c *console, s *viewtest.Shop) { typedValue(t, c, s); c.press("enter", "tab") }},
	"plan without values": {script: func(t *testing.T, c *console, s *viewtest.Shop) {
		pressed("dedupe-events", "R", "G", "k")(t, c, s)
		c.toPlan()
	}},
	"plan blocked": {arrange: func(s *viewtest.Shop) {
		s.Arrange = func(d *screen.Draft) {
			for i := range d.Steps {
				if step := &d.Steps[i]; step.Ref.Kind != "Secret" {
					step.Allowed = client.Verdict{Reason: "no patch on deployments analytics"}
					step.Blocked, step.Checked, step.Reason = step.Allowed.Reason, change.NotChecked, "forbidden"
				}
			}
		}
	}, script: func(t *testing.T, c *console, s *viewtest.Shop) { typedValue(t, c, s); c.press("enter") }},
	"taken back": {script: func(t *testing.T, c *console, s *viewtest.Shop) {
		typedValue(t, c, s)
		c.press("enter", "A")
		c.send(s.Tell(func(j *screen.Job) {
			finished(j)
			j.Seen = []change.Seen{{Function: j.Steps[0].Functions[0], Verdict: change.RolloutFailed, Reason: "pod dedupe: CrashLoopBackOff"}}
			j.TakenBack = "20260901-120500-fedcba"
		}))
	}},
	"rotated": {script: func(t *testing.T, c *console, s *viewtest.Shop) {
		typedValue(t, c, s)
		c.press("enter", "A")
		c.send(s.Tell(finished))
		c.press("esc")
	}},
}

// finished ends a change of which all was applied.
func finished(j *screen.Job) {
	for i := range j.Progress {
		j.Progress[i].Outcome = journal.Applied
	}
	j.Done, j.Phase, j.Outcome, j.Ended = len(j.Progress), workshop.Ended, journal.Applied, viewtest.Now.Add(3*time.Second)
}

// secretsPressed filters the Secrets, and presses keys on them.
func secretsPressed(filter string, press ...string) func(*testing.T, *console, *viewtest.Shop) {
	return func(_ *testing.T, c *console, _ *viewtest.Shop) {
		command("secrets")(c)
		c.press("/").write(filter).press("enter").press(press...)
	}
}

// sourced opens the form, and chooses a source of the value.
func sourced(source string) func(*testing.T, *console, *viewtest.Shop) {
	return func(t *testing.T, c *console, s *viewtest.Shop) {
		pressed("dedupe-events", "R", "enter")(t, c, s)
		c.write(source).press("enter")
	}
}

// keptTyped gives a parameter of an action a new value, and looks at the plan.
func keptTyped(t *testing.T, c *console, s *viewtest.Shop) {
	pressed("guest/shop/pay", "R", "enter")(t, c, s)
	c.write("type").press("enter").write(newValue).press("enter").write(newValue).press("enter", "enter")
}

func typingValue(t *testing.T, c *console, s *viewtest.Shop) {
	sourced("type")(t, c, s)
	c.write(newValue).press("enter").write(newValue[:3])
}

func typedValue(t *testing.T, c *console, s *viewtest.Shop) {
	sourced("type")(t, c, s)
	c.write(newValue).press("enter").write(newValue).press("enter")
}

// toPlan goes to where the form ends, and opens the plan.
func (c *console) toPlan() *console {
	c.t.Helper()
	c.press("g")
	for range 50 {
		if strings.Contains(c.text(), "▌ ▸ Show the plan") {
			return c.press("enter")
		}
		c.press("j")
	}
	require.Fail(c.t, "there is no plan to open", c.text())
	return c
}

func TestRotateFrames(t *testing.T) {
	t.Parallel()
	drawShop(t, rotateFrames)
}

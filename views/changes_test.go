package views

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/workshop"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/views/screen"
	"github.com/fn9s/fn9s/views/viewtest"
)

// changing opens the console on the samples, with a shop.
func changing(t *testing.T, arrange func(*viewtest.Shop)) (*console, *viewtest.Shop) {
	t.Helper()
	world := viewtest.Seed(t, nil)
	shop := world.Shop(t)
	if arrange != nil {
		arrange(shop)
	}
	return start(t, world, 140, 40, "none", nil), shop
}

func (c *console) on(name string) *console { return c.press("/").write(name).press("enter") }

func TestOnlyWhatEndsNothingIsOnAtFirst(t *testing.T) {
	t.Parallel()
	c, _ := changing(t, nil)
	c.on("crunch-events").press("T")
	assert.Contains(t, c.text(), "7 of 20 fixes on · grade D → D expected")
	assert.Contains(t, c.text(), "[x]  no-token")
	assert.Contains(t, c.text(), "[ ]  isolate-ingress")
	assert.Contains(t, c.text(), " –   mesh-join")
	c.press("space")
	assert.Contains(t, c.text(), "6 of 20 fixes on")
	c.press("*")
	assert.Contains(t, c.text(), "8 of 20 fixes on · grade D → C expected", "inverted")
	assert.Contains(t, c.text(), "[x]  isolate-ingress")
	assert.Contains(t, c.text(), " –   mesh-join", "what no framework can do stays off")
}

func TestAPlanIsAppliedByAAndByNothingElse(t *testing.T) {
	t.Parallel()
	c, shop := changing(t, nil)
	c.on("crunch-events").press("T", "enter")
	require.Contains(t, c.text(), "A applies it")
	c.press("enter", "y", "j", "tab", "enter", "y", "space", "space", "D", "g")
	assert.Empty(t, shop.Started)
	c.press("A")
	assert.Len(t, shop.Started, 1)
	assert.Contains(t, c.text(), "applying: 0 of")
	c.press("A")
	assert.Len(t, shop.Started, 1, "once")
	assert.Contains(t, c.last(), "it is being carried out")
}

func TestWhatMustBeAgreedToIsAskedOneByOne(t *testing.T) {
	t.Parallel()
	c, shop := changing(t, func(s *viewtest.Shop) { owned(s); s.Words = []string{"prod-eu"} })
	c.on("crunch-events").press("T", "enter", "A")
	assert.Contains(t, c.text(), "Agree to 1 thing")
	c.press("enter")
	assert.NotContains(t, c.text(), "Agree to 1 thing", "enter goes back")
	c.press("A", "A")
	assert.Contains(t, c.text(), "Change what helm owns?")
	c.press("A")
	assert.Contains(t, c.text(), "Type prod-eu")
	c.write("prod-us").press("tab", "enter")
	assert.Empty(t, shop.Started, "another word is no word")
	assert.Contains(t, c.text(), "Type prod-eu")
	c.press("ctrl+u").write("prod-eu").press("enter")
	require.Len(t, shop.Started, 1)
	assert.Len(t, shop.Started[0], 3, "all of it was agreed to")
}

func TestStepsAreLeftOutWithWhatBelongsToThem(t *testing.T) {
	t.Parallel()
	c, shop := changing(t, nil)
	c.on("crunch-events").press("T", "enter")
	before := len(shop.Jobs())
	c.press("tab", "space")
	assert.Contains(t, c.text(), "2 left out", "the account, and its use")
	assert.Contains(t, c.last(), "together with 1 step")
	c.press("A")
	jobs := shop.Jobs()
	require.Len(t, jobs, before+1)
	for i := range jobs[0].Steps {
		assert.NotEqual(t, "ServiceAccount", jobs[0].Steps[i].Ref.Kind)
		assert.NotEqual(t, "Deployment", jobs[0].Steps[i].Ref.Kind)
	}
}

func TestWhatCannotBeAppliedIsLeftOutOnlyWhenTheOperatorSaysSo(t *testing.T) {
	t.Parallel()
	c, shop := changing(t, troubled)
	c.on("crunch-events").press("T", "enter", "A")
	assert.Contains(t, c.text(), "Leave out 2 steps")
	assert.Contains(t, c.text(), "no patch on namespaces/analytics")
	c.press("esc")
	assert.NotContains(t, c.text(), "2 left out")
	c.press("A", "L")
	assert.Contains(t, c.text(), "2 steps, 2 left out")
	assert.Empty(t, shop.Started, "the rest is shown once more")
	c.press("A", "A")
	assert.Len(t, shop.Started, 1)
}

func TestAPlanOfWhichNothingMayBeDoneIsDisabledWithTheReason(t *testing.T) {
	t.Parallel()
	c, shop := changing(t, func(s *viewtest.Shop) {
		s.Arrange = func(d *screen.Draft) {
			for i := range d.Steps {
				d.Steps[i].Blocked = "no patch on anything"
			}
		}
	})
	c.on("crunch-events").press("T", "enter", "A")
	assert.Contains(t, c.last(), "no step can be applied: no patch on anything")
	assert.Empty(t, shop.Started)
	c.press("E").write("-x").press("enter")
	assert.Len(t, shop.Exported, 1, "it can be exported")
}

func TestReadOnlyShowsPlansAndAppliesNothing(t *testing.T) {
	t.Parallel()
	c, shop := changing(t, func(s *viewtest.Shop) { s.ReadOnlyMode = true })
	c.on("crunch-events").press("T", "enter", "A")
	assert.Contains(t, c.text(), "read-only: it can be looked at and exported")
	assert.Empty(t, shop.Started)
}

func TestAChangeGoesOnWhenTheScreenIsLeft(t *testing.T) {
	t.Parallel()
	c, shop := changing(t, nil)
	running(func(*screen.Job) {})(t, c, shop)
	assert.Contains(t, c.header(), "▶ 1 change")
	c.press("esc", "esc")
	command("jobs")(c)
	assert.Contains(t, c.text(), "▶ applying")
	c.press("K")
	assert.Contains(t, c.text(), "stopping")
	c.press("enter")
	assert.Contains(t, c.text(), "stopping after what is under way")
	c.send(shop.Tell(applied))
	assert.Contains(t, c.text(), "✓ applied: 4 steps")
	assert.NotContains(t, c.header(), "▶")
	c.press("u")
	assert.Contains(t, c.header(), "plan undo")
}

func TestQuittingAsksWhileSomethingIsBeingChanged(t *testing.T) {
	t.Parallel()
	c, shop := changing(t, nil)
	running(func(*screen.Job) {})(t, c, shop)
	c.press("ctrl+c", "esc")
	assert.False(t, c.quit, "esc stays")
	c.press("ctrl+c", "w")
	assert.False(t, c.quit, "it waits")
	c.send(shop.Tell(verifying))
	assert.True(t, c.quit, "nothing is written any more")
}

func TestQuittingTwiceStopsAfterTheStep(t *testing.T) {
	t.Parallel()
	c, shop := changing(t, nil)
	running(func(*screen.Job) {})(t, c, shop)
	c.press("ctrl+c", "ctrl+c")
	assert.False(t, c.quit)
	assert.True(t, shop.Jobs()[0].Stopping)
	c.send(shop.Tell(conflicted))
	assert.True(t, c.quit)
}

func TestUndoOnARowFindsItsLastChange(t *testing.T) {
	t.Parallel()
	c, shop := changing(t, nil)
	c.on("charge-card").press("u")
	assert.Contains(t, c.last(), "the journal has no change of charge-card in payments that could be undone")
	shop.BookOf = book()
	shop.BookOf.Entries[5].Functions = []string{c.world.Find(t, "payments", "charge-card").ID.String()}
	c.press("u")
	assert.Contains(t, c.header(), "plan undo")
	assert.Contains(t, c.text(), "undo 20260901-113000-aaaaaa")
}

func TestTheJournalSaysWhyAChangeCannotBeUndone(t *testing.T) {
	t.Parallel()
	c, _ := changing(t, func(s *viewtest.Shop) {
		s.BookOf = book()
		s.PlanErr = &change.CannotUndoError{ID: "20260901-120000-cccccc", Why: []string{"Function payments/charge-card: spec.x was changed since, by argocd"}}
	})
	command("journal")(c)
	c.press("u")
	assert.Contains(t, c.text(), "cannot be undone")
	assert.Contains(t, c.text(), "was changed since, by argocd")
	c.press("esc", "j", "j", "j", "j", "u")
	assert.Contains(t, c.last(), "it was undone by 20260901-120000-cccccc")
	c.press("j", "j", "u")
	assert.Contains(t, c.last(), "a newer fn9s wrote it")
}

func TestAFindingOpensItsFixAlone(t *testing.T) {
	t.Parallel()
	c, _ := changing(t, nil)
	place, f := findingOf(t, c.world, "crunch-events", func(f *check.Finding) bool { return f.Control.ID == "SA-02" && f.Status == check.Fail })
	require.NotEmpty(t, f.Intents())
	c.show(place)
	c.press("T")
	assert.Contains(t, c.text(), "1 of 1 fixes on")
	assert.Contains(t, c.text(), "[x]  no-token")
}

func TestFixesOfMarkedFunctionsAndOfANamespace(t *testing.T) {
	t.Parallel()
	c, _ := changing(t, nil)
	c.on("namespace=analytics").press("space", "space", "T")
	assert.Contains(t, c.header(), "tighten 2 functions")
	c.press("esc")
	command("ns")(c)
	c.on("media").press("T")
	assert.Contains(t, c.header(), "tighten namespace media")
	command("findings control=POD-08")(c)
	c.press("T")
	assert.Contains(t, c.header(), "tighten POD-08 of ")
	c.press("enter")
	assert.Contains(t, c.header(), "plan tighten")
	command("tighten nobody")(c)
	assert.Contains(t, c.last(), "there is no function nobody in scope")
}

func TestOfManyFunctionsAFixIsOnWhereItEndsNothing(t *testing.T) {
	t.Parallel()
	c, _ := changing(t, nil)
	command("tighten -n analytics")(c)
	assert.Contains(t, c.text(), "[~]", "on where nothing ends")
	c.press("/").write("fix=drop-capabilities").press("enter")
	require.Contains(t, c.text(), "[~]  drop-capabilities")
	c.press("space")
	assert.Contains(t, c.text(), "[x]  drop-capabilities", "for all")
	c.press("space")
	assert.Contains(t, c.text(), "[ ]  drop-capabilities")
	c.press("space")
	assert.Contains(t, c.text(), "[~]  drop-capabilities")
}

func TestAPlanThatIsMadeAnewKeepsWhatWasLeftOut(t *testing.T) {
	t.Parallel()
	c, shop := changing(t, nil)
	c.on("crunch-events").press("T", "enter", "tab", "space", "ctrl+r")
	assert.Contains(t, c.text(), "2 left out")
	shop.PlanErr = assert.AnError
	c.press("ctrl+r")
	assert.Contains(t, c.text(), "2 left out", "the last plan stays on screen")
}

func TestAJobThatNeverBeganSaysSo(t *testing.T) {
	t.Parallel()
	c, shop := changing(t, nil)
	running(func(j *screen.Job) {
		j.Phase, j.Outcome, j.Reason = workshop.Ended, journal.Skipped, "the journal cannot be written"
		j.Progress = make([]workshop.StepState, len(j.Steps))
	})(t, c, shop)
	assert.Contains(t, c.text(), "nothing was begun: the journal cannot be written")
	c.press("u")
	assert.Contains(t, c.last(), "nothing was changed")
}

func TestWhatOnlyTheOperatorKnowsIsAskedForWhereTheFixIsChosen(t *testing.T) {
	t.Parallel()
	c, shop := changing(t, nil)
	c.on("sync-subtitles").press("T").on("route-auth")
	assert.Contains(t, c.text(), " –   route-auth")
	assert.Contains(t, c.text(), "W gives     issuer: the issuer of callers' tokens")
	c.press("space")
	require.Contains(t, c.text(), "route-auth takes", "it cannot be turned on without")
	c.write("http://login.example.com").press("enter")
	assert.Contains(t, c.text(), "an address that begins with https:// is expec")
	c.press("ctrl+u").write("https://login.example.com/").press("enter").write("https://login.example.com/keys.json").press("enter")
	assert.NotContains(t, c.text(), "route-auth takes")
	assert.Contains(t, c.text(), "given       issuer=https://login.example.com/")
	assert.Contains(t, c.text(), "callers must send a token of https://login.example.com/")
	assert.Contains(t, c.text(), "[ ]  route-auth", "callers are turned away: the operator turns it on")
	c.press("space", "enter")
	require.Contains(t, c.text(), "A asks about 1 thing first")
	c.press("A", "A")
	require.Len(t, shop.Started, 1)
	after := ""
	for _, step := range shop.Jobs()[0].Steps {
		if step.Ref.Kind == "APIRule" {
			after = step.Sides.After
		}
	}
	assert.Contains(t, after, "issuer: https://login.example.com/")
	c.press("esc", "W").press("ctrl+u", "enter", "enter")
	assert.Contains(t, c.text(), "W gives     issuer:", "taken back")
	assert.Contains(t, c.text(), " –   route-auth")
	c.press("esc").on("seccomp").press("W")
	assert.Contains(t, c.last(), "seccomp takes nothing that only you know")
}

func TestAnAuditLogGivesTheSmallestRole(t *testing.T) {
	t.Parallel()
	log := filepath.Join(t.TempDir(), "audit.log")
	require.NoError(t, os.WriteFile(log, []byte(`{"kind":"Event","apiVersion":"audit.k8s.io/v1","stage":"ResponseComplete","verb":"get",`+
		`"user":{"username":"system:serviceaccount:analytics:rank-products"},"objectRef":{"resource":"configmaps","namespace":"analytics","name":"sizes"},`+
		`"responseStatus":{"code":200},"stageTimestamp":"2026-03-01T10:00:00Z"}`+"\n"), 0o600))
	c, _ := changing(t, nil)
	c.on("rank-products").press("T").on("minimal-role").press("W").write(log + ".old").press("enter")
	assert.Contains(t, c.last(), "nothing was taken: read audit log")
	assert.Contains(t, c.text(), " –   minimal-role")
	c.press("W").write(log).press("enter")
	assert.Contains(t, c.text(), "create      Role.rbac.authorization.k8s.io analytics/rank-products-used")
	assert.Contains(t, c.last(), "audit log: 1 events from 2026-03-01 10:00")
	assert.NotContains(t, c.text(), " –   minimal-role")
}

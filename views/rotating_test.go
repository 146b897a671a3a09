package views

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/workshop"
	"github.com/fn9s/fn9s/views/screen"
	"github.com/fn9s/fn9s/views/viewtest"
)

const redis = `Secret analytics/dedupe-redis data.password`

// unseen writes a text, and looks whether it is ever on the screen.
func (c *console) unseen(value string) *console {
	for _, r := range value {
		c.send(tea.KeyPressMsg{Code: r, Text: string(r)})
		require.NotContains(c.t, c.text(), value)
	}
	return c
}

func TestATypedValueReachesTheChangeAndNoScreen(t *testing.T) {
	t.Parallel()
	c, shop := changing(t, nil)
	c.on("dedupe-events").press("R", "enter", "enter")
	require.Contains(t, c.text(), "New value of password")
	c.unseen(newValue).press("enter").unseen(newValue)
	for _, k := range []string{"enter", "enter", "tab", "D", "tab", "tab", "A", "esc", "esc"} {
		c.press(k)
		require.NotContains(t, c.frame(), newValue, k)
	}
	require.Len(t, shop.Started, 1)
	assert.Equal(t, newValue, string(shop.Written[redis]))
	c.press("!")
	assert.NotContains(t, c.frame(), newValue)
}

func TestAValueIsShownForAFewSecondsOnly(t *testing.T) {
	t.Parallel()
	c, _ := changing(t, nil)
	typedValue(t, c, nil)
	c.press("P")
	assert.Contains(t, c.text(), newValue)
	c.now = c.now.Add(4 * time.Second)
	c.send(tickMsg{})
	assert.Contains(t, c.text(), newValue)
	c.now = c.now.Add(time.Second)
	c.send(tickMsg{})
	assert.NotContains(t, c.text(), newValue, "it is hidden by itself")
	c.press("P", "P")
	assert.NotContains(t, c.text(), newValue, "or by the key")
	c.press("P")
	c.send(tea.BlurMsg{})
	assert.NotContains(t, c.text(), newValue, "or when nobody looks")
	c.press("P", "?", "esc")
	assert.NotContains(t, c.text(), newValue, "or by another screen")
	assert.Contains(t, c.text(), "typed, 15 characters", "it is still there")
	c.press("P", "ctrl+s")
	saved, err := filepath.Glob(filepath.Join(c.root.options.SaveDir, "*"))
	require.NoError(t, err)
	require.Len(t, saved, 1)
	text, err := os.ReadFile(saved[0])
	require.NoError(t, err)
	assert.Contains(t, string(text), "dedupe-redis")
	assert.NotContains(t, string(text), newValue, "no file holds it")
}

func TestWhatIsTypedIsShownForAFewSecondsOnly(t *testing.T) {
	t.Parallel()
	c, _ := changing(t, nil)
	typingValue(t, c, nil)
	c.press("ctrl+t")
	assert.Contains(t, c.text(), newValue)
	c.now = c.now.Add(5 * time.Second)
	c.send(tickMsg{})
	assert.NotContains(t, c.text(), newValue)
	c.press("esc", "enter", "enter")
	assert.NotContains(t, c.text(), "15 characters", "what was given up is gone")
}

func TestValuesAreWipedWhenTheFormIsLeft(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string][]string{"back": {"esc"}, "closed": {"q"}, "history": {"["}} {
		c, _ := changing(t, nil)
		typedValue(t, c, nil)
		c.press(leave...).press("]")
		assert.Contains(t, c.text(), "dedupe-redis", name)
		assert.NotContains(t, c.text(), "typed", name)
		assert.Contains(t, c.text(), "the new value of password is missing", name)
	}
	c, shop := changing(t, nil)
	typedValue(t, c, nil)
	c.press("enter", "esc", "esc", "]", "]", "A")
	assert.Contains(t, c.last(), "the new values were wiped when their form was left")
	assert.Empty(t, shop.Started)
}

func TestAGeneratedValueIsTheOneThatIsShown(t *testing.T) {
	t.Parallel()
	c, shop := changing(t, nil)
	sourced("hexa")(t, c, shop)
	c.press("enter")
	assert.Contains(t, c.text(), "✓ generated: hex:32, 64 characters")
	c.press("P")
	shown := regexp.MustCompile(`[0-9a-f]{64}`).FindString(c.text())
	require.NotEmpty(t, shown)
	c.press("P", "enter", "A")
	assert.Equal(t, shown, string(shop.Written[redis]))
}

func TestAValueComesFromAFileAsItIs(t *testing.T) {
	t.Parallel()
	c, shop := changing(t, nil)
	file := filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(file, []byte(newValue+"\n"), 0o600))
	sourced("file")(t, c, shop)
	c.write(filepath.Dir(file)).press("enter")
	assert.Contains(t, c.last(), "is no file")
	c.press("enter").write("file").press("enter").write(file).press("enter", "enter", "A")
	assert.Equal(t, newValue+"\n", string(shop.Written[redis]))
}

func TestThePasswordOfAnHtpasswdLineIsTyped(t *testing.T) {
	t.Parallel()
	c, shop := changing(t, nil)
	sourced("htpasswd")(t, c, shop)
	c.write("admin").press("enter")
	require.Contains(t, c.text(), "New password of admin")
	c.unseen(newValue).press("enter").unseen(newValue).press("enter", "enter", "A")
	assert.Regexp(t, `^admin:\$2a\$.+\n$`, string(shop.Written[redis]))
}

func TestReadOnlyAsksForNoValueAndAppliesNothing(t *testing.T) {
	t.Parallel()
	for why, arrange := range map[string]func(*viewtest.Shop){
		"read-only":                     func(s *viewtest.Shop) { s.ReadOnlyMode = true },
		"no patch on secrets analytics": func(s *viewtest.Shop) { s.Forbidden = "no patch on secrets analytics" },
	} {
		c, shop := changing(t, arrange)
		c.on("dedupe-events").press("R", "enter")
		assert.Contains(t, c.last(), "no value is asked for: "+why)
		c.toPlan().press("A")
		assert.Contains(t, c.last(), why)
		c.press("E").write("-x").press("enter")
		assert.Len(t, shop.Exported, 1, "it can be exported")
		assert.Empty(t, shop.Started)
	}
}

func TestWithoutAValueThePlanCanOnlyBeLookedAt(t *testing.T) {
	t.Parallel()
	c, shop := changing(t, nil)
	c.on("dedupe-events").press("R").toPlan().press("A")
	assert.Contains(t, c.last(), "the new value of password is missing")
	assert.Empty(t, shop.Started)
}

func TestTheFormAsksForWhatIsChosen(t *testing.T) {
	t.Parallel()
	c, shop := changing(t, nil)
	newest := func() any {
		require.NotEmpty(t, shop.Wanted)
		o := shop.Wanted[len(shop.Wanted)-1]
		return []any{o.Keys, o.NoRestart, o.RestartAll}
	}
	secretsPressed("ledger-db", "R")(t, c, shop)
	assert.Equal(t, []any{[]string(nil), false, false}, newest())
	c.press("j", "space")
	assert.Equal(t, []any{[]string{"password", "username"}, false, false}, newest())
	c.press("*")
	assert.Contains(t, c.text(), "no key is chosen")
	c.press("*", "k", "space")
	assert.Equal(t, []any{[]string{"username"}, false, false}, newest())
	c.press("j", "j", "space")
	assert.Equal(t, []any{[]string{"username"}, false, true}, newest())
	assert.Contains(t, c.text(), "function close-batch (file): is restarted by this plan")
	c.press("space")
	assert.Equal(t, []any{[]string{"username"}, true, false}, newest())
}

func TestExpiredOldValuesAreRemovedWhenTheOperatorSaysSo(t *testing.T) {
	t.Parallel()
	c, _ := changing(t, func(s *viewtest.Shop) {
		s.Over = []change.KeptSecret{{Namespace: "analytics", Name: "fn9s-backup-x", Change: "x", Expires: viewtest.Now}}
	})
	c.on("dedupe-events").press("R", "j", "j", "j", "j")
	assert.Contains(t, c.text(), "[ ] remove 1 Secret with old values")
	c.toPlan()
	assert.NotContains(t, c.text(), "is removed with it")
	c.press("esc", "k", "space")
	assert.Contains(t, c.text(), "[x] remove 1 Secret with old values")
	c.toPlan()
	assert.Contains(t, c.text(), "Secret analytics/fn9s-backup-x, which keeps old values of change x, is removed with it")
}

func TestTheOperatorSaysHowLongOldValuesAreKept(t *testing.T) {
	t.Parallel()
	c, shop := changing(t, nil)
	c.on("dedupe-events").press("R", "j", "j", "j")
	assert.Contains(t, c.text(), "are kept for 7d")
	c.press("space")
	assert.Contains(t, c.text(), "are kept for 30d")
	c.press("enter", "ctrl+u").write("soon").press("enter")
	assert.Contains(t, c.text(), "write it as 7d or 12h")
	c.press("ctrl+u").write("36h").press("enter")
	assert.Contains(t, c.text(), "are kept for 36h")
	c.toPlan()
	require.NotNil(t, shop.Planned)
	assert.Equal(t, 36*time.Hour, shop.Planned.Request.Keep)
}

func TestARotationIsLeftOutWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	c, _ := changing(t, nil)
	typedValue(t, c, nil)
	c.press("enter", "tab", "space")
	assert.Contains(t, c.text(), "3 left out")
	c.press("A")
	assert.Contains(t, c.last(), "every step is left out")
}

func TestARotatedSecretIsTakenBackFromItsForm(t *testing.T) {
	t.Parallel()
	c, shop := changing(t, nil)
	typedValue(t, c, nil)
	c.press("enter", "A")
	c.send(shop.Tell(finished))
	c.press("esc")
	assert.Contains(t, c.text(), "✓ rotated by change")
	assert.NotContains(t, c.text(), "typed, 15")
	c.press("u")
	assert.Contains(t, c.header(), "plan undo")
}

func TestAFailedRolloutIsTakenBackUnlessToldOtherwise(t *testing.T) {
	t.Parallel()
	for _, leave := range []bool{false, true} {
		c, shop := changing(t, nil)
		typedValue(t, c, nil)
		if leave {
			c.press("k", "k", "space")
			require.Contains(t, c.text(), "leave it")
		}
		c.toPlan().press("A")
		assert.Equal(t, !leave, shop.Jobs()[0].TakeBack)
	}
}

func TestSecretsAreFoundFromEverywhere(t *testing.T) {
	t.Parallel()
	c, _ := changing(t, nil)
	c.on("dedupe-events").press("enter", "R")
	assert.Contains(t, c.header(), "rotate dedupe-events in analytics")
	c.press("esc", "S", "R")
	assert.Contains(t, c.text(), "Secret analytics/dedupe-redis")
	command("fn")(c)
	c.on("namespace=checkout").press("*", "R")
	assert.Contains(t, c.text(), "Which Secret?")
	command("secrets")(c)
	c.on("name=ledger-db").press("enter")
	command("rotate")(c)
	assert.Contains(t, c.text(), "Secret payments/ledger-db")
	for line, sees := range map[string]string{
		"rotate registry-pull": "Which Secret?", "rotate registry-pull -n media": "Secret media/registry-pull",
		"rotate payments/ledger-db": "Secret payments/ledger-db", "rotate nowhere": "There is no Secret nowhere in scope",
	} {
		command(line)(c)
		assert.Contains(t, c.text(), sees, line)
	}
	command("fn")(c)
	c.press("esc").on("dedupe-events")
	command("rotate")(c)
	assert.Contains(t, c.text(), "Secret analytics/dedupe-redis")
	command("errors")(c)
	command("rotate")(c)
	assert.Contains(t, c.last(), "say which Secret")
}

func TestManifestsHaveNothingToRotate(t *testing.T) {
	t.Parallel()
	c := start(t, viewtest.Seed(t, nil), 140, 40, "none", nil)
	c.press("R")
	assert.Contains(t, c.last(), "these are manifests")
	command("rotate x")(c)
	assert.Contains(t, c.last(), "these are manifests")
}

func TestAnswersOfAFormThatWasLeftAreDropped(t *testing.T) {
	t.Parallel()
	c, shop := changing(t, nil)
	typedValue(t, c, nil)
	_, slow := c.root.Update(keyOf("enter")) // the order is being made
	c.press("esc")
	c.run(slow)
	assert.NotContains(t, c.header(), "plan")
	c.press("]")
	assert.NotContains(t, c.text(), "typed")
	assert.Empty(t, shop.Started)
}

func TestTwoSecretsAreRotatedInOnePlan(t *testing.T) {
	t.Parallel()
	c, shop := changing(t, nil)
	c.on("take-order").press("R", "space", "j", "space", "enter")
	for range 2 { // the cursor goes on to what is missing
		c.press("enter").write("hexa").press("enter", "enter")
	}
	require.Contains(t, c.text(), "▌ ▸ Show the plan   ✓ every value is there")
	c.toPlan()
	assert.Contains(t, c.text(), "rotate 2 Secrets")
	c.press("A")
	assert.Len(t, shop.Written, 2)
	assert.Equal(t, workshop.Rotate, shop.Jobs()[0].Action)
}

var _ screen.Rotations = (*viewtest.Shop)(nil)

package views

import (
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/views/viewtest"
)

// form opens the form of plain functions, and types a name and an image.
func form(t *testing.T) (*console, *viewtest.Shop) {
	t.Helper()
	c, shop := changing(t, nil)
	written("crop", pinned)(t, c, shop)
	return c, shop
}

func TestAFormBecomesAPlanThatIsApplied(t *testing.T) {
	t.Parallel()
	c, shop := form(t)
	c.press("esc", "M")
	require.Contains(t, c.header(), "plan deploy")
	assert.Contains(t, c.text(), "Deployment payments/crop")
	c.press("A")
	require.Len(t, shop.Started, 1)
	last := shop.Asked[len(shop.Asked)-1].Request
	assert.Equal(t, "crop", last.Name)
	assert.Equal(t, pinned, last.Source.Image)
	assert.Equal(t, "payments", last.Namespace)
}

func TestWhatIsWrongIsSaidAtItsField(t *testing.T) {
	t.Parallel()
	c, shop := changing(t, nil)
	written("Crop It", "shop/crop it")(t, c, shop)
	assert.Contains(t, c.text(), "lower case alphanumeric", "the field before was left")
	assert.Contains(t, c.text(), "has no spaces", "the field under the cursor is judged as it is typed")
	c.press("esc", "M")
	assert.NotContains(t, c.header(), "plan deploy")
	assert.Contains(t, c.under(), "Crop It", "the cursor is where something is wrong")
	assert.Empty(t, shop.Started)
}

func TestTypingGoesFromFieldToField(t *testing.T) {
	t.Parallel()
	c, _ := form(t)
	assert.Contains(t, c.last(), "typing: tab next")
	c.press("?")
	assert.Contains(t, c.text(), "?", "it is text now")
	c.send(tea.KeyPressMsg{Code: 'u', Mod: tea.ModCtrl})
	c.write("x").press("up")
	assert.Contains(t, c.under(), "Name")
	c.write("s").press("esc")
	assert.Contains(t, c.under(), "crops")
	c.press("j")
	assert.Contains(t, c.under(), "Image")
	c.press("enter").write("y").press("esc")
	assert.Contains(t, c.under(), "xy")
}

func TestAnAnswerToAnEarlierQuestionDoesNotCount(t *testing.T) {
	t.Parallel()
	c, _ := form(t)
	_, slow := c.root.Update(keyOf("z")) // the image is no digest any more
	c.press("backspace")
	judged := c.text()
	require.Contains(t, judged, "Posture of the result")
	c.run(slow)
	assert.Equal(t, judged, c.text())
}

func TestAKeyDoesNotWaitForWhatItComesTo(t *testing.T) {
	t.Parallel()
	c, _ := form(t)
	c.now = c.now.Add(5 * time.Second)
	c.held(keyOf("0"))
	assert.Contains(t, c.text(), "as of 5s ago, computing…", "what was known is still shown, with its age")
}

func TestASecureDefaultIsGivenUpByName(t *testing.T) {
	t.Parallel()
	c, shop := form(t)
	c.press("esc").to("non-root").press("space")
	assert.Contains(t, c.under(), "[ ]  non-root")
	last := shop.Asked[len(shop.Asked)-1]
	assert.Equal(t, []check.Intent{check.FixNonRoot}, last.Without)
	assert.Contains(t, c.under(), "given up: non-root")
	c.press("*")
	assert.Empty(t, shop.Asked[len(shop.Asked)-1].Without)
	assert.Contains(t, c.under(), "[x]  non-root")
}

func TestASecretValueIsOnNoFrame(t *testing.T) {
	t.Parallel()
	c, _ := form(t)
	c.press("esc").to("+ a variable").press("enter").write("DB_PASSWORD=")
	c.unseen(newValue)
	for _, k := range []string{"enter", "esc", "tab", "G", "tab", "M", "tab", "tab", "D"} {
		c.press(k)
		require.NotContains(t, c.frame(), newValue, k)
	}
}

func TestTheFormGoesToTheOtherFrameworkAndBack(t *testing.T) {
	t.Parallel()
	c, shop := form(t)
	c.press("esc", "g", "enter").write("knative").press("enter")
	assert.Contains(t, c.text(), "knative function")
	assert.Contains(t, c.text(), "serving.knative.dev")
	assert.Equal(t, "crop", shop.Asked[len(shop.Asked)-1].Request.Name, "what was filled in stays")
}

func TestACopyAsksOnlyForWhatDiffers(t *testing.T) {
	t.Parallel()
	c, shop := changing(t, nil)
	c.on("crunch-events").press("N")
	require.Contains(t, c.text(), "a copy of crunch-events")
	c.write("crunch-more").press("esc")
	last := shop.Asked[len(shop.Asked)-1]
	require.NotNil(t, last.Copy)
	assert.Equal(t, "crunch-events", last.Copy.Name)
	assert.Contains(t, c.text(), "name: crunch-more")
	c.press("M")
	assert.Contains(t, c.text(), "Deployment analytics/crunch-more")
}

func TestAllFunctionsOfAFileBecomeOnePlan(t *testing.T) {
	t.Parallel()
	c, shop := changing(t, nil)
	several(shop)
	command("new ./stack.yml")(c)
	c.press("M")
	assert.Contains(t, c.text(), "Deployment payments/crop")
	assert.Contains(t, c.text(), "Deployment payments/stamp")
	assert.Contains(t, c.text(), "deploy 3 functions")
}

func TestNewKnowsFrameworksAndPathsOnly(t *testing.T) {
	t.Parallel()
	c, shop := changing(t, nil)
	shop.NotServed = map[string]string{"knative": "prod-eu does not serve it"}
	command("new nowhere")(c)
	assert.Contains(t, c.last(), "neither a framework nor a path")
	command("new knative")(c)
	assert.Contains(t, c.last(), "prod-eu does not serve it")
	assert.Contains(t, c.header(), "functions(")
}

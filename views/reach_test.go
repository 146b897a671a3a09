package views

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/views/viewtest"
)

func TestTheScreensOfAFunctionLeadToEachOther(t *testing.T) {
	t.Parallel()
	c := plain(t, viewtest.Seed(t, nil))
	about("charge", "b")(c)
	assert.Contains(t, c.header(), "functions(58) ▸ blast radius")
	assert.Contains(t, c.text(), "How far it goes")
	c.press("v")
	assert.Contains(t, c.text(), "Who may talk to its pods")
	c.press("a")
	assert.Contains(t, c.text(), "create functions here")
	c.press("esc", "esc", "esc", "enter", "a")
	assert.Contains(t, c.header(), "charge-card ▸ access", "the function screen leads there too")
}

func TestAnAnswerIsFoldedAndOpened(t *testing.T) {
	t.Parallel()
	c := plain(t, viewtest.Seed(t, nil))
	about("charge", "b")(c)
	assert.NotContains(t, c.text(), "fission/executor runs as it")
	c.press("G", "g", "j", "j", "j", "j", "j", "j", "j", "j", "j", "right")
	assert.Contains(t, c.text(), "runs as it and holds its token")
	c.press("left")
	assert.NotContains(t, c.text(), "runs as it and holds its token")
	c.press("g", "j", "j", "enter")
	assert.Contains(t, c.header(), "▸ describe Secret charge-card-psp", "what a step of a proof reaches can be looked at")
}

func TestAnAnswerFollowsTheFunction(t *testing.T) {
	t.Parallel()
	w := viewtest.Seed(t, nil)
	c := plain(t, w)
	about("charge", "v")(c)
	c.now = c.now.Add(time.Minute)
	before := c.frame()
	c.send(tickMsg{})
	assert.Equal(t, before, c.frame(), "the same answer is not drawn again")
	row := w.Find(t, "payments", "charge-card")
	var rest []*board.Row
	for _, r := range w.Board().Rows() {
		if r != row {
			rest = append(rest, r)
		}
	}
	c.send(w.Set(rest, w.Board().Clusters...))
	assert.Contains(t, c.text(), "✗ deleted: this is the last that was seen of it")
	assert.Contains(t, c.text(), "From where it can be called", "the last answer stays")
}

func TestAnAnswerThatCannotBeHadSaysWhy(t *testing.T) {
	t.Parallel()
	c := plain(t, viewtest.NewWorld(viewtest.Rows()))
	c.press("b")
	assert.Contains(t, c.text(), "? Posture is not judged here")
	empty := plain(t, viewtest.NewWorld(nil))
	empty.press("b")
	assert.Contains(t, empty.last(), "blast radius: no function is under the cursor")
}

func TestWhoCanAsksAboutOneNamespace(t *testing.T) {
	t.Parallel()
	c := plain(t, viewtest.Seed(t, nil))
	command("who-can get secrets -n a,b")(c)
	assert.Contains(t, c.last(), "a question is about one namespace")
	command("who-can get gizmos")(c)
	assert.Contains(t, c.text(), "no resource gizmos is known: write RESOURCE.GROUP")
	command("who-can get /healthz")(c)
	assert.Contains(t, c.text(), "Who can get /healthz")
	command("who-can create pods/exec -n payments")(c)
	assert.Contains(t, c.text(), "openfunction-controller-manager")
	require.Contains(t, c.header(), "who-can create pods/exec -n payments")
}

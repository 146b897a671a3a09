package views

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/views/screen"
	"github.com/fn9s/fn9s/views/viewtest"
)

func TestFindingsAreOpenedFilteredAndGrouped(t *testing.T) {
	t.Parallel()
	w := viewtest.Seed(t, nil)
	c := plain(t, w)
	command("findings")(c)
	assert.Contains(t, c.last(), "controls · 1,371 findings")
	c.press("t")
	assert.Contains(t, c.last(), "functions · 1,371 findings")
	c.press("t")
	assert.Contains(t, c.last(), "5 namespaces")
	c.press("/").write("severity=critical").press("enter")
	assert.Contains(t, c.last(), "3 namespaces")
	c.press("enter")
	assert.Contains(t, c.header(), "findings(19)")
	assert.Contains(t, c.last(), "filter: severity=critical namespace=media")
	c.press("enter")
	place := c.root.router.current().place
	assert.Equal(t, screen.PageFinding, place.Page)
	assert.Equal(t, "media", place.Function.Namespace)
	assert.NotEmpty(t, place.Finding.Control)
	c.press("[", "[", "esc", "z")
	assert.Contains(t, c.last(), "only failures")
	c.press("esc", "[")
	assert.Contains(t, c.header(), "functions(")
}

func TestAScreenWithTheTitleOfTheOneBeforeHasNoCrumbOfItsOwn(t *testing.T) {
	t.Parallel()
	c := plain(t, viewtest.Seed(t, nil))
	command("findings")(c)
	c.press("t", "t", "/").write("severity=critical namespace=media").press("enter")
	assert.Contains(t, c.header(), "▸ findings(19)")
	assert.Contains(t, c.last(), "1 namespace · filter")
	c.press("enter")
	assert.Contains(t, c.last(), "19 of 1,371 findings", "it is the screen below")
	assert.Equal(t, 1, strings.Count(c.header(), "findings("), c.header())
	c.press("enter")
	assert.Regexp(t, `▸ findings\(19\) ▸ \S`, c.header())
}

func TestFindingsFollowTheBoard(t *testing.T) {
	t.Parallel()
	w := viewtest.Seed(t, nil)
	c := plain(t, w)
	command("findings function=watermark")(c)
	before := c.header()
	r := w.Find(t, "media", "watermark")
	fewer := *r
	posture := *r.Posture
	posture.Posture = r.Posture.Only(func(f *check.Finding) bool { return f.Control.ID == "SEC-01" })
	fewer.Posture = &posture
	c.press("t", "t", "t", "j", "space")
	c.send(w.Step([]*board.Row{&fewer}, nil))
	assert.NotEqual(t, before, c.header())
	assert.Contains(t, c.header(), fmt.Sprintf("findings(%d)", len(posture.Findings)))
	c.send(w.Step(nil, []model.FunctionID{r.ID}))
	assert.Contains(t, c.header(), "findings(0)")
}

func TestAFindingIsAcceptedWithReasonAndDay(t *testing.T) {
	t.Parallel()
	c := plain(t, viewtest.Seed(t, nil))
	command("findings control=SEC-01 namespace=media")(c)
	c.press("A")
	assert.Contains(t, c.last(), "nothing can be accepted here")
	l := &ledger{refusal: "no file of accepted risks is configured"}
	c.root.env.Exceptions = l
	c.press("A")
	assert.Contains(t, c.last(), "no file of accepted risks is configured")
	l.refusal = ""
	c.press("A").write("moves to a vault").press("enter").write("jane").press("enter")
	c.press("ctrl+u").write("2027-12-31").press("enter")
	assert.Empty(t, l.got)
	assert.Contains(t, c.text(), "more than 180 days ahead")
	c.press("ctrl+u").write("2026-10-31").press("enter")
	require.Len(t, l.got, 1)
	assert.Equal(t, "SEC-01", l.got[0].Control)
	assert.Equal(t, "moves to a vault", l.got[0].Reason)
	assert.Equal(t, "jane", l.got[0].Owner)
	assert.Len(t, l.got[0].Functions, 3)
	assert.Contains(t, c.last(), "accepted SEC-01 until 2026-10-31")
}

// manyFindings is a world of functions with ten findings each.
func manyFindings(functions int) *viewtest.World {
	catalogue := security.Catalogue()
	rows := viewtest.Many(functions, 100)
	for i, r := range rows {
		p := &security.Posture{Grade: security.D}
		for n := range 10 {
			ctl := catalogue[(i*7+n*13)%len(catalogue)]
			f := check.Finding{Control: ctl, Severity: check.Severity((i + n) % 5), Words: &check.Words{
				Path: fmt.Sprint("spec.containers[", n, "]"), Message: "something is wrong with this function, said in a sentence"}}
			p.Findings = append(p.Findings, *f.On(model.Ref{Kind: "Deployment", Namespace: r.ID.Namespace, Name: r.ID.Name}))
		}
		copied := *r
		copied.Posture = &board.Posture{Posture: p}
		rows[i] = &copied
	}
	return viewtest.NewWorld(rows)
}

func TestManyFindingsAreGatheredAwayFromTheLoop(t *testing.T) {
	t.Parallel()
	w := manyFindings(700)
	c := plain(t, w)
	c.root.env.Facts = noFacts{}
	cmd := c.root.open(screen.Place{Page: screen.PageFindings}, true)
	assert.Contains(t, c.text(), "Gathering the findings of 700 functions")
	first := *w.Board().Rows()[0]
	posture := *first.Posture.Posture
	posture.Findings = posture.Findings[:4]
	first.Posture = &board.Posture{Posture: &posture}
	c.send(w.Step([]*board.Row{&first}, []model.FunctionID{w.Board().Rows()[1].ID})) // while they are gathered
	c.run(cmd)
	assert.Contains(t, c.last(), "controls · 6,984 findings")
	c.press("t")
	assert.Contains(t, c.last(), "699 functions · 6,984 findings")
	c.press("/").write("function=" + first.Function.Name()).press("enter")
	assert.Contains(t, c.last(), "1 function")
	assert.Contains(t, c.last(), "4 findings")
	c.press("esc")
	assert.Contains(t, c.last(), "699 functions · 6,984 findings", "the sum follows the filter that was cleared")
	command("ns " + first.ID.Namespace)(c)
	assert.Contains(t, c.last(), "54 findings")
	command("ns *")(c)
	assert.Contains(t, c.last(), "6,984 findings")
}

// noFacts stands for facts that nobody asks.
type noFacts struct{}

func (noFacts) Ask(context.Context, string, func(*snapshot.Reader)) error { return nil }

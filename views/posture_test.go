package views

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/views/posture"
	"github.com/fn9s/fn9s/views/screen"
	"github.com/fn9s/fn9s/views/viewtest"
)

var (
	_ screen.Screen = (*posture.Screen)(nil)
	_ screen.Screen = (*posture.Finding)(nil)
)

// under is the line of the cursor.
func (c *console) under() string {
	for _, l := range strings.Split(c.text(), "\n") {
		if at := strings.Index(l, "▌"); at >= 0 {
			return strings.TrimSpace(l[at+len("▌"):])
		}
	}
	return ""
}

func TestFromTheTableToTheFieldInThreeKeys(t *testing.T) {
	t.Parallel()
	w := viewtest.Seed(t, nil)
	w.Texts["Role"] = "kind: Role\nmetadata:\n  name: nuclio-media\nrules:\n- apiGroups: [\"\"]\n  resources: [secrets]\n  verbs: [\"*\"]\n"
	c := plain(t, w)
	c.press("/").write("watermark").press("enter", "S")
	assert.Contains(t, c.header(), "posture watermark")
	assert.Contains(t, c.under(), "because of SA-20")
	c.press("enter")
	assert.Contains(t, c.header(), "posture watermark ▸ SA-20")
	assert.Contains(t, c.text(), "Whoever gets into the function reads credentials that are not its own.")
	c.press("y")
	assert.Contains(t, c.header(), "YAML Role nuclio-media")
	assert.Equal(t, "- apiGroups: [\"\"]", c.under(), "rules[0]")
	c.press("g")
	assert.Equal(t, "kind: Role", c.under())
	c.press("esc")
	assert.Contains(t, c.header(), "▸ SA-20")
	c.press("S")
	assert.Contains(t, c.header(), "▸ SA-20 ▸ posture watermark", "from the evidence back to the function")
}

func TestAFieldThatIsNotSetIsSaid(t *testing.T) {
	t.Parallel()
	w := viewtest.Seed(t, nil)
	w.Texts["Deployment"] = "kind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n      - name: a\n"
	c := plain(t, w)
	place, _ := findingOf(t, w, "", func(f *check.Finding) bool {
		return f.Object().Kind == "Deployment" && f.Path == "spec.template.spec.containers[0].securityContext.readOnlyRootFilesystem"
	})
	c.show(place)
	c.press("y")
	assert.Equal(t, "- name: a", c.under())
	assert.Contains(t, c.last(), "is not set")
}

func TestTheFunctionScreenLeadsToPosture(t *testing.T) {
	t.Parallel()
	w := viewtest.Seed(t, nil)
	c := plain(t, w)
	c.press("/").write("charge-card").press("enter", "enter")
	assert.Contains(t, c.text(), "✗ D · identity A · network D · secrets D · pod C", "where there is one column, in one line")
	c.press("S")
	assert.Contains(t, c.header(), "charge-card ▸ posture charge-card")
	wide := start(t, w, 200, 50, "none", nil)
	wide.press("/").write("charge-card").press("enter", "enter", "right", "enter")
	assert.Regexp(t, `charge-card ▸ [A-Z]+-\d+`, wide.header(), "the right half opens evidence")
	c = plain(t, viewtest.NewWorld(nil))
	c.press("S")
	assert.Contains(t, c.last(), "posture: no function is under the cursor")
}

// without is the row as it is judged after a finding is cured.
func without(r *boardRow, cured *check.Finding) *boardRow {
	copied := *r
	p := *r.Posture
	p.Posture = r.Posture.Only(func(f *check.Finding) bool { return screen.KeyOf(f) != screen.KeyOf(cured) })
	copied.Posture = &p
	return &copied
}

func TestPanelAndEvidenceAreLive(t *testing.T) {
	t.Parallel()
	w := viewtest.Seed(t, nil)
	c := plain(t, w)
	r := w.Find(t, "payments", "charge-card")
	place, f := findingOf(t, w, "charge-card", func(f *check.Finding) bool { return f.Control.ID == "NET-48" })
	c.press("/").write("charge-card").press("enter", "S", "j", "j")
	assert.Contains(t, c.under(), "SEC-15")
	assert.Contains(t, c.text(), "NET-48")
	c.send(w.Step([]*boardRow{without(r, f)}, nil))
	assert.NotContains(t, c.text(), "NET-48")
	assert.Contains(t, c.under(), "SEC-15", "the cursor stays on the finding that it was on")
	c.send(w.Step([]*boardRow{r}, nil))
	c.show(place)
	assert.NotContains(t, c.text(), "no longer found")
	c.send(w.Step([]*boardRow{without(r, f)}, nil))
	assert.Contains(t, c.text(), "✓ no longer found")
	assert.Contains(t, c.text(), f.Control.Title, "what was seen stays")
	c.send(w.Step([]*boardRow{r}, nil))
	assert.NotContains(t, c.text(), "no longer found")
}

func TestWhatIsNotSeenIsNeverGood(t *testing.T) {
	t.Parallel()
	w := viewtest.Seed(t, twoNamespaceRights)
	c := start(t, w, 200, 50, "none", nil)
	c.press("/").write("charge-card").press("enter", "S")
	text := c.text()
	assert.Contains(t, text, "?  B?  identity")
	assert.NotContains(t, text, "✓  A   identity")
	assert.Contains(t, text, "37 of 44 not judged")
	assert.Contains(t, text, "cannot list clusterrolebindings.rbac.authorization.k8s.io: forbidden")
	assert.Contains(t, text, "it may go further")
	for _, line := range strings.Split(text, "\n") {
		assert.False(t, strings.Contains(line, "✓") && strings.Contains(line, "?  "), line)
	}
}

// TestNoSecretIsShown reads every panel and every piece of evidence of the samples, whose credentials are all the same.
func TestNoSecretIsShown(t *testing.T) {
	t.Parallel()
	w := viewtest.Seed(t, nil)
	env := screen.Env{Deps: w.Deps(), Theme: plain(t, w).root.env.Theme, Now: plain(t, w).root.env.Now}
	read := func(s interface {
		screen.Screen
		Plain() string
	}) {
		s.SetSize(400, 50)
		require.NotContains(t, s.Plain(), "dummy-not-a-secret")
		s.Close()
	}
	for _, r := range w.Board().Rows() {
		read(posture.New(&env, r.ID))
		for i := 0; r.Posture != nil && i < len(r.Posture.Findings); i++ {
			read(posture.NewFinding(&env, screen.FindingOf(r.ID, &r.Posture.Findings[i])))
		}
	}
}

func TestAnotherFunctionsChangeCostsNothing(t *testing.T) {
	w := viewtest.Seed(t, nil)
	c := plain(t, w)
	c.press("/").write("charge-card").press("enter", "S")
	before := c.root.router.current().scr.View()
	other := w.Find(t, "media", "watermark")
	copied := *other
	c.send(w.Step([]*boardRow{&copied}, nil))
	var after string
	allocs := testing.AllocsPerRun(10, func() { after = c.root.router.current().scr.View() })
	assert.Equal(t, before, after)
	assert.Zero(t, allocs)
}

func TestAHostileFindingIsHarmless(t *testing.T) {
	t.Parallel()
	w := viewtest.Own(t)
	r := w.Find(t, "payments", "charge-card")
	copied, p, q := *r, *r.Posture, *r.Posture.Posture
	q.Findings = append([]check.Finding(nil), q.Findings...)
	for i := range q.Findings {
		f := &q.Findings[i]
		object := f.Object()
		object.Name = evil
		f.Message, f.Value, f.Path = evil, evil, evil
		f.On(object).Up(evil).After(evil)
	}
	p.Posture = &q
	copied.Posture = &p
	w.Set([]*board.Row{&copied}, viewtest.Cluster())
	for _, size := range [][2]int{{20, 4}, {33, 7}, {80, 24}, {150, 20}, {200, 50}} {
		c := start(t, w, size[0], size[1], "default", nil)
		c.press("S")
		requireFits(t, c.frame(), size[0], size[1])
		c.press("G", "enter")
		requireFits(t, c.frame(), size[0], size[1])
	}
}

// BenchmarkOpenPosture is `S` on one of 10,000 functions until the panel is painted, and back.
func BenchmarkOpenPosture(b *testing.B) {
	seed := viewtest.Seed(b, nil)
	var judged []*board.Posture
	for _, r := range seed.Board().Rows() {
		if r.Posture != nil {
			judged = append(judged, r.Posture)
		}
	}
	rows := viewtest.Many(10_000, 100)
	for i, r := range rows {
		copied := *r
		copied.Posture = judged[i%len(judged)]
		rows[i] = &copied
	}
	c := start(b, viewtest.NewWorld(rows), 200, 50, "default", nil)
	c.frame()
	for b.Loop() {
		c.press("S")
		if !strings.Contains(c.frame(), "posture") {
			b.Fatal("no panel")
		}
		b.StopTimer()
		c.press("esc", "j")
		c.frame()
		b.StartTimer()
	}
}

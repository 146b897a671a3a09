package columns

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/blast"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/expose"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/views/query"
)

// finding is a finding of a control.
func finding(t *testing.T, id string, status check.Status, severity check.Severity) check.Finding {
	t.Helper()
	c, ok := security.Control(id)
	require.True(t, ok, id)
	f := check.Finding{Control: c, Status: status, Severity: severity, Words: &check.Words{}}
	return *f.On(model.Ref{Kind: "Pod", Name: "p"})
}

// secured is a row with a posture: C, called from within the cluster, nothing grave.
func secured(name string, change func(*board.Posture)) *board.Row {
	p := &board.Posture{Posture: &security.Posture{Grade: security.C}, PSS: "baseline", Class: expose.Cluster, Reach: blast.Near}
	if change != nil {
		change(p)
	}
	r := row(name, nil)
	return &board.Row{ID: r.ID, Function: r.Function, Posture: p}
}

func TestCellsOfPosture(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		column string
		change func(*board.Posture)
		want   string
	}{
		"grade":                   {"grade", nil, "C"},
		"capped grade":            {"grade", func(p *board.Posture) { p.Grade, p.Capped = security.B, true }, "B?"},
		"exposure":                {"exposed", nil, "cluster"},
		"open to everybody":       {"exposed", func(p *board.Posture) { p.Class = expose.Internet }, "internet!"},
		"internet with a login":   {"exposed", func(p *board.Posture) { p.Class, p.Auth = expose.Internet, expose.JWTScoped }, "internet"},
		"an unknown login":        {"exposed", func(p *board.Posture) { p.Class, p.Auth = expose.Internet, expose.UnknownAuth }, "internet?"},
		"a way in may be hidden":  {"exposed", func(p *board.Posture) { p.Hidden = true }, "cluster?"},
		"open, and more hidden":   {"exposed", func(p *board.Posture) { p.Class, p.Hidden = expose.Internet, true }, "internet!"},
		"level":                   {"pss", nil, "baseline"},
		"no pods to judge":        {"pss", func(p *board.Posture) { p.PSS = "" }, "–"},
		"reach":                   {"blast", nil, "2 near"},
		"it may go further":       {"blast", func(p *board.Posture) { p.Further = true }, "2 near?"},
		"no platform":             {"platform", nil, ""},
		"a platform as weak":      {"platform", func(p *board.Posture) { p.Grade, p.Behind = security.F, &security.Posture{Grade: security.F} }, "▲ platform F"},
		"a weaker platform":       {"platform", func(p *board.Posture) { p.Behind = &security.Posture{Grade: security.F} }, "▲ platform F"},
		"a platform half judged":  {"platform", func(p *board.Posture) { p.Behind = &security.Posture{Grade: security.D, Capped: true} }, "▲ platform D?"},
		"worse, but of no matter": {"platform", func(p *board.Posture) { p.Grade, p.Behind = security.A, &security.Posture{Grade: security.C} }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tc.want, cell(t, tc.column, secured("charge-card", tc.change)))
		})
	}
}

func TestWhatIsNotJudgedIsDrawnAsSuch(t *testing.T) {
	t.Parallel()
	waiting, opaque := row("a", nil), row("b", func(f *model.Function) { f.Opaque = true })
	for _, c := range Functions() {
		switch {
		case !c.Judged:
		case c.Sparse:
			assert.Empty(t, c.Text(waiting, now), c.ID)
		default:
			assert.Equal(t, Pending, c.Text(waiting, now), c.ID)
			assert.Empty(t, c.Text(opaque, now), c.ID)
		}
		if c.Judged {
			assert.Equal(t, themes.Muted, c.Style(waiting), c.ID)
			assert.False(t, c.Value(waiting, now).Known, c.ID)
		}
	}
}

func TestTrendIsShownInShort(t *testing.T) {
	t.Parallel()
	r := secured("charge-card", nil)
	high, medium := finding(t, "SA-20", check.Fail, check.High), finding(t, "POD-10", check.Fail, check.Medium)
	r.Trend = board.NewTrend([]check.Finding{high}, []check.Finding{medium})
	assert.Equal(t, "−1 H, +1 M", cell(t, "trend", r))
	c, _ := Functions().Find("trend")
	assert.Equal(t, themes.OK, c.Style(r))
	r.Trend = board.NewTrend([]check.Finding{high}, []check.Finding{finding(t, "SA-20", check.Unknown, check.High)})
	assert.Equal(t, "−1 H, +1 ?", cell(t, "trend", r), "what can no longer be seen is said")
	assert.Nil(t, board.NewTrend([]check.Finding{high}, []check.Finding{high}))
}

// TestWorstFirst holds the order of grades: by grade, then by reach, then by the number of grave findings, then by name.
func TestWorstFirst(t *testing.T) {
	t.Parallel()
	graded := func(name string, g security.Grade, l blast.Level, critical, high int) *board.Row {
		return secured(name, func(p *board.Posture) {
			p.Grade, p.Reach = g, l
			p.Counts[check.Critical], p.Counts[check.High], p.Counts[check.Medium] = critical, high, 50
		})
	}
	c, _ := Functions().Find("grade")
	worst := []*board.Row{
		graded("z", security.F, blast.Own, 1, 0), graded("y", security.D, blast.Cluster, 0, 1), graded("x", security.D, blast.Near, 2, 3),
		graded("w", security.D, blast.Near, 0, 4), graded("a", security.C, blast.Near, 0, 0), graded("b", security.C, blast.Near, 0, 0), row("c", nil),
	}
	for i, a := range worst[1:] {
		b := worst[i]
		assert.Positive(t, compareWorst(&c, a, b), "%s before %s", b.ID.Name, a.ID.Name)
		assert.Negative(t, compareWorst(&c, b, a))
	}
}

// compareWorst is what a table does that sorts downwards.
func compareWorst(c *Column, a, b *board.Row) int {
	if by := c.By(b, a); by != 0 {
		return by
	}
	return CompareIDs(a.ID, b.ID)
}

func TestFiltersOfPosture(t *testing.T) {
	t.Parallel()
	s := NewSource(Functions(), now)
	weak := s.Item(secured("weak", func(p *board.Posture) {
		p.Grade, p.Capped, p.Class, p.PSS, p.Reach = security.D, true, expose.Internet, "privileged", blast.Namespace
		p.Behind = &security.Posture{Grade: security.F}
		p.Findings = []check.Finding{finding(t, "SA-20", check.Fail, check.High), finding(t, "NET-01", check.Unknown, check.High)}
	}))
	waiting := s.Item(row("waiting", nil))
	for filter, want := range map[string][2]bool{
		"grade>=D":            {true, false},
		"grade=D":             {true, false},
		"grade=D?":            {true, false},
		"grade<=C":            {false, false},
		"grade!=A":            {true, true},
		"grade=unknown":       {false, true},
		"exposed=internet":    {true, false},
		"exposure>=node":      {true, false},
		"exposed=internet!":   {true, false},
		"exposed=internet?":   {false, false},
		"pss=privileged":      {true, false},
		"pss>restricted":      {true, false},
		"blast>=3":            {true, false},
		"blast=namespace":     {true, false},
		"blast>3":             {false, false},
		"platform=F":          {true, false},
		"trend=same":          {true, false},
		"control=SA-20":       {true, false},
		"control=sa-20":       {true, false},
		"control=SA-*":        {true, false},
		"control=SA-21":       {false, false},
		"control=NET-01":      {false, false},
		"control=NET-01?":     {true, false},
		"control=SA-21,SA-20": {true, false},
		"control!=SA-20":      {false, true},
		"!control=SA-20":      {false, true},
	} {
		f, err := query.ParseFilter(filter, s.Columns.Query())
		require.NoError(t, err, filter)
		assert.Equal(t, want, [2]bool{f.Match(weak), f.Match(waiting)}, filter)
		again, err := query.ParseFilter(f.String(), s.Columns.Query())
		require.NoError(t, err, filter)
		assert.Equal(t, f.String(), again.String())
	}
	for filter, wrong := range map[string]string{
		"control=SA-999": `"SA-999" is no control`, "control>SA-20": "control takes = or !=; * stands for anything",
		"control~SA": "control takes = or !=; * stands for anything", "grade=E": "grade is one of A, B, C, D, F",
	} {
		_, err := query.ParseFilter(filter, s.Columns.Query())
		require.EqualError(t, err, wrong)
	}
}

func TestValuesOfPostureAreCompleted(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{"grade>=": "A", "exposed=int": "internet", "pss=pri": "privileged", "blast>=names": "namespace", "control=SA-2": "SA-20"} {
		all := query.CompleteFilter(typed, len(typed), Functions().Query())
		require.NotEmpty(t, all, typed)
		assert.Equal(t, want, all[0].Text, typed)
	}
}

func TestFaultyIsWhatFailsOrIsBadlySecured(t *testing.T) {
	t.Parallel()
	assert.False(t, Faulty(row("a", nil)))
	assert.True(t, Faulty(row("a", func(f *model.Function) { f.State = model.Failed })))
	assert.False(t, Faulty(secured("a", nil)))
	assert.True(t, Faulty(secured("a", func(p *board.Posture) { p.Grade = security.D })))
}

func TestCellsOfPostureAllocateNothing(t *testing.T) {
	r := secured("charge-card", func(p *board.Posture) {
		p.Further, p.Hidden, p.Capped, p.Behind = true, true, true, &security.Posture{Grade: security.F, Capped: true}
		p.Findings = []check.Finding{finding(t, "NET-01", check.Fail, check.High), finding(t, "SA-20", check.Fail, check.High)}
	})
	r.Trend = board.NewTrend(nil, r.Posture.Findings)
	for _, c := range Functions() {
		if c.Judged {
			assert.Zero(t, testing.AllocsPerRun(100, func() { c.Text(r, now); c.Style(r); c.By(r, r) }), c.ID)
		}
	}
	s := NewSource(Functions(), now)
	i := s.Item(r)
	f, err := query.ParseFilter("control=SA-20 grade>=C blast>=1 exposed=cluster", s.Columns.Query())
	require.NoError(t, err)
	require.True(t, f.Match(i))
	assert.Zero(t, testing.AllocsPerRun(100, func() { f.Match(i) }))
}

func BenchmarkItemOfPosture(b *testing.B) {
	s := NewSource(Functions(), time.Time{})
	r := secured("charge-card", nil)
	b.ReportAllocs()
	for b.Loop() {
		s.Item(r)
	}
}

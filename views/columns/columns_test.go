package columns

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/views/query"
)

var now = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

func row(name string, change func(*model.Function)) *board.Row {
	key := model.FunctionKey{Framework: "openfaas", Group: "openfaas.com", Kind: "Function", Namespace: "payments", Name: name}
	f := &model.Function{Key: key, State: model.Ready, Ready: model.Count(2), Desired: model.Count(2), Runtime: "node20",
		Created: now.Add(-96 * time.Hour), Labels: model.Labels{{Key: "team", Value: "pay"}}}
	if change != nil {
		change(f)
	}
	return &board.Row{ID: model.FunctionID{Context: "prod", FunctionKey: f.Key}, Function: f}
}

func cell(t *testing.T, id string, r *board.Row) string {
	t.Helper()
	c, ok := Functions().Find(id)
	require.True(t, ok, id)
	return c.Text(r, now)
}

func TestCells(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		column string
		change func(*model.Function)
		want   string
	}{
		"counts of replicas":          {"ready", nil, "2/2"},
		"many replicas":               {"ready", func(f *model.Function) { f.Ready, f.Desired = model.Count(12), model.Count(30) }, "12/30"},
		"scaled to zero is idle":      {"ready", func(f *model.Function) { f.State, f.Ready, f.Desired = model.Idle, model.Count(0), model.Count(0) }, "idle"},
		"nothing known but the state": {"ready", func(f *model.Function) { f.State, f.Ready, f.Desired = model.Building, nil, nil }, "building"},
		"failed though replicas run":  {"ready", func(f *model.Function) { f.State = model.Failed }, "2/2 ✗"},
		"what cannot be seen":         {"ready", func(f *model.Function) { f.Opaque = true }, "–"},
		"a workload that is gone":     {"ready", func(f *model.Function) { f.State = model.NoWorkload }, "no-workload"},
		"unknown runtime":             {"runtime", func(f *model.Function) { f.Runtime = "" }, "–"},
		"triggers in their order": {"triggers", func(f *model.Function) {
			f.Triggers = []model.Trigger{{Type: model.Event}, {Type: model.HTTP}, {Type: model.HTTP}}
		}, "http,event"},
		"metrics call nothing": {"triggers", func(f *model.Function) { f.Triggers = []model.Trigger{{Type: model.Metric}} }, "–"},
		"each secret once": {"secrets", func(f *model.Function) {
			f.References = []model.Reference{{Kind: "Secret", Name: "a", Key: "x"}, {Kind: "Secret", Name: "a", Key: "y"}, {Kind: "ConfigMap", Name: "b"}}
		}, "1"},
		"no secrets is zero": {"secrets", nil, "0"},
		"one revision": {"revision", func(f *model.Function) {
			f.Revision = "a-2"
			f.Traffic = []model.Traffic{{Revision: "a-2", Percent: 100}}
		}, "a-2"},
		"split traffic": {"revision", func(f *model.Function) {
			f.Traffic = []model.Traffic{{Revision: "a-1", Percent: 90}, {Percent: 10, Latest: true}}
		}, "a-1 90%, latest 10%"},
		"age":                            {"age", nil, "4d"},
		"unknown age":                    {"age", func(f *model.Function) { f.Created = time.Time{} }, "–"},
		"escape sequences are taken out": {"reason", func(f *model.Function) { f.Reason = "bad \x1b[2Jimage\nname" }, "bad image name"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tc.want, cell(t, tc.column, row("charge-card", tc.change)))
		})
	}
}

func TestColumnsFollowTheScope(t *testing.T) {
	t.Parallel()
	ids := func(s Set) (all []string) {
		for _, c := range s {
			all = append(all, c.ID)
		}
		return all
	}
	one := ids(Functions().Shown(Scope{Contexts: 1, Namespaces: 1}, false))
	assert.Equal(t, []string{"name", "framework", "ready", "state", "runtime", "triggers", "exposed", "secrets", "pss", "blast", "grade", "age"}, one)
	many := ids(Functions().Shown(Scope{Contexts: 2, Trends: true, Platforms: true, Usage: true}, true))
	assert.Equal(t, []string{"context", "namespace", "name"}, many[:3])
	assert.Len(t, many, len(Functions())-1, "all but the one that only filters name")
	measured := ids(Functions().Shown(Scope{Contexts: 1, Namespaces: 1, Usage: true}, false))
	assert.Equal(t, []string{"grade", "cpu", "mem", "age"}, measured[len(measured)-4:])
}

func TestOrder(t *testing.T) {
	t.Parallel()
	whole, half := row("b", nil), row("a", func(f *model.Function) { f.Ready = model.Count(1) })
	opaque := row("c", func(f *model.Function) { f.Opaque = true })
	young := row("d", func(f *model.Function) { f.Created = now.Add(-time.Hour) })
	never := row("e", func(f *model.Function) { f.Created = time.Time{} })
	failed := row("f", func(f *model.Function) { f.State = model.Failed })
	for _, tc := range []struct {
		column      string
		first, then *model.Function
	}{
		{"name", half.Function, whole.Function},
		{"ready", half.Function, whole.Function},
		{"ready", whole.Function, opaque.Function},
		{"age", young.Function, whole.Function},
		{"age", whole.Function, never.Function},
		{"state", whole.Function, failed.Function},
		{"runtime", half.Function, whole.Function},
	} {
		c, _ := Functions().Find(tc.column)
		a := &board.Row{ID: model.FunctionID{FunctionKey: tc.first.Key}, Function: tc.first}
		b := &board.Row{ID: model.FunctionID{FunctionKey: tc.then.Key}, Function: tc.then}
		assert.Negative(t, c.Order(a, b), tc.column)
		assert.Positive(t, c.Order(b, a), tc.column)
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	s := NewSource(Functions(), now)
	charge := s.Item(row("charge-card", func(f *model.Function) { f.Triggers = []model.Trigger{{Type: model.HTTP}} }))
	resize := s.Item(row("resize", func(f *model.Function) {
		f.State, f.Ready, f.Desired, f.Created = model.Idle, model.Count(0), model.Count(0), now.Add(-time.Hour)
		f.Labels = nil
	}))
	for filter, want := range map[string][2]bool{
		"charge":          {true, false},
		"ready=idle":      {false, true},
		"ready<2":         {false, true},
		"state=ready":     {true, false},
		"triggers=http":   {true, false},
		"age<2h":          {false, true},
		"-l team=pay":     {true, false},
		"ns=payments":     {true, true},
		"framework!=fn":   {true, true},
		"secrets>0":       {false, false},
		"state>=idle":     {false, true},
		"changed=unknown": {true, true},
	} {
		f, err := query.ParseFilter(filter, s.Columns.Query())
		require.NoError(t, err, filter)
		assert.Equal(t, want, [2]bool{f.Match(charge), f.Match(resize)}, filter)
	}
}

func TestIdsAreUniqueAndComplete(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range Functions() {
		for _, id := range append([]string{c.ID}, c.Aliases...) {
			assert.False(t, seen[id], "%s is used twice", id)
			seen[id] = true
		}
		assert.NotNil(t, c.Cell, c.ID)
		assert.NotEmpty(t, c.Title, c.ID)
		assert.NotEmpty(t, c.About, c.ID)
	}
}

func TestCellsOfTheDefaultTableAllocateNothing(t *testing.T) {
	r := row("charge-card", func(f *model.Function) { f.Triggers = []model.Trigger{{Type: model.HTTP}} })
	for _, c := range Functions().Shown(Scope{}, false) {
		if !c.Ages {
			assert.Zero(t, testing.AllocsPerRun(100, func() { c.Cell(r, now) }), c.ID)
		}
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/kube/offline"
	"github.com/fn9s/fn9s/kube/samples"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/report"
	"github.com/fn9s/fn9s/security/scan"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/views/columns"
)

// seeded returns the samples, and the rows of their functions.
func seeded(t *testing.T) (*offline.World, *snapshot.Options, []*board.Row) {
	t.Helper()
	var docs []manifest.Document
	for _, f := range samples.Seed() {
		more, problems := manifest.Read(f.Path, f.Data)
		require.Empty(t, problems)
		docs = append(docs, more...)
	}
	world, problems := offline.Load(all.BuiltIn(), kindsOf(), docs)
	require.Empty(t, problems)
	var rows []*board.Row
	for _, f := range world.Functions("") {
		rows = append(rows, &board.Row{ID: model.FunctionID{Context: "prod", FunctionKey: f.Key}, Function: f})
	}
	o := &snapshot.Options{Now: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC), Target: func(string) string { return "restricted" }}
	return world, o, rows
}

// TestListsAndReportsAgree holds that a list says of every function what a report says.
func TestListsAndReportsAgree(t *testing.T) {
	t.Parallel()
	source, o, rows := seeded(t)
	judged := judgeRows(t.Context(), source, o, rows, func(r *board.Row) *board.Row { return lean(r, func(*board.Row) bool { return true }) })
	items := map[string]functionItem{}
	for _, r := range judged {
		items[r.ID.String()] = itemOf(r)
	}
	require.Len(t, items, len(rows))
	n := 0
	scan.Run(source, scan.Request{Context: "prod", Options: o}, func(functions []report.Function) {
		for _, f := range functions {
			i, ok := items[f.ID]
			require.True(t, ok, f.ID)
			n++
			assert.Equal(t, [2]any{f.Grade, f.Capped}, [2]any{i.Grade, i.Capped}, f.ID)
			if f.Opaque {
				assert.Nil(t, i.Blast, f.ID)
				continue
			}
			assert.Equal(t, f.Exposure.Class, i.Exposure, f.ID)
			assert.Equal(t, f.Exposure.Authentication, i.Authentication, f.ID)
			assert.Equal(t, f.Blast.Level, int(*i.Blast), f.ID)
			if f.PSS != nil {
				assert.Equal(t, f.PSS.Level, i.PSS, f.ID)
			}
		}
	})
	assert.Equal(t, len(rows), n)
}

func TestOnlyWhatIsPickedIsKept(t *testing.T) {
	t.Parallel()
	source, o, rows := seeded(t)
	l := &listCommand{filter: "control=SA-20 grade>=D"}
	pick, err := l.picker(o.Now)
	require.NoError(t, err)
	kept := judgeRows(t.Context(), source, o, rows, func(r *board.Row) *board.Row { return lean(r, pick) })
	assert.NotEmpty(t, kept)
	assert.Less(t, len(kept), len(rows))
	for _, r := range kept {
		assert.Empty(t, r.Posture.Findings, "a list does not hold them")
		assert.Contains(t, []string{"D", "F"}, r.Posture.Grade.String())
	}
	for _, r := range judgeRows(t.Context(), nil, nil, rows, func(r *board.Row) *board.Row { return r }) {
		assert.Nil(t, r.Posture)
	}
}

func TestPostureOfOneFunctionIsPrinted(t *testing.T) {
	t.Parallel()
	source, o, rows := seeded(t)
	var row *board.Row
	for _, r := range rows {
		if r.ID.Name == "apply-coupon" {
			row = r
		}
	}
	require.NotNil(t, row)
	row, item := fullPosture(source, o, row)
	require.NotNil(t, item)
	d := functionDocument{APIVersion: apiVersion, Kind: "Function", functionItem: itemOf(row), Posture: item,
		Source: sourceItem{Kind: "cluster", Namespaces: []string{}, Connectors: []connectorItem{}}, Workloads: []workloadItem{}, Pods: []podItem{},
		Endpoints: []endpointItem{}, References: []referenceItem{}, Traffic: []trafficItem{}, Notes: []string{}}
	var out bytes.Buffer
	require.NoError(t, printJSON(&out, d))
	validate(t, "Function", out.Bytes())
	var read struct {
		Grade, Exposure string
		Posture         struct {
			Grade    string
			Findings []struct{ Control string }
		}
	}
	require.NoError(t, json.Unmarshal(out.Bytes(), &read))
	assert.Equal(t, read.Grade, read.Posture.Grade)
	assert.Equal(t, "internet", read.Exposure)
	assert.NotEmpty(t, read.Posture.Findings)
	text := describe(row, d, o.Now)
	for _, want := range []string{"\nGrade:           F", "\nExposed:         internet, without a login", "\nBlast radius:    3 namespace", "\nPillars:\n", "\nFindings:\n"} {
		assert.Contains(t, text, want)
	}
}

func TestDoubtIsSaid(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "", liftText("D", []report.Lift{{Control: "SA-20", Intent: "minimal-role", Grade: "D"}}))
	assert.Equal(t, ", because of SA-20 (minimal-role) and 1 more: without them C",
		liftText("D", []report.Lift{{Control: "SA-20", Intent: "minimal-role", Grade: "D"}, {Control: "SA-21", Intent: "unbind", Grade: "C"}}))
	p := &page{}
	p.posture(&postureItem{Grade: "B", Capped: true, Exposure: &report.Exposure{Class: "cluster"}, Blast: &report.Blast{Level: 2}},
		&board.Posture{Hidden: true, Further: true})
	for _, want := range []string{"B?", "cluster; not all could be read: a way in may be hidden", "2 near; not all could be read: it may go further"} {
		assert.Contains(t, p.b.String(), want)
	}
}

func TestWhatOnlyFiltersNameIsNoOrder(t *testing.T) {
	t.Parallel()
	_, err := (&listCommand{sortBy: "control"}).order()
	require.ErrorContains(t, err, "there is no such column")
	assert.NotContains(t, strings.Join(columnNames(), " "), "control")
	c, ok := columns.Functions().Find("control")
	assert.True(t, ok)
	assert.True(t, c.Hidden)
}

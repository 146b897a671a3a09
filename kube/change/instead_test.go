package change

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/plan"
)

// TestAnUndoWithoutAnIDNamesTheNewestThatCanBe has the newest change be one that nothing takes back.
func TestAnUndoWithoutAnIDNamesTheNewestThatCanBe(t *testing.T) {
	b := newBench(t)
	label := func(name, value string) Request {
		return Request{Action: "edit", Title: "edit", Wishes: []Wish{{Edit: plan.Edit{Verb: plan.Patch, Object: b.ref("", "ConfigMap", name),
			Fields: []plan.Field{{Path: "metadata.labels.step", Value: value}}}}}}
	}
	for _, name := range []string{"a", "b"} {
		b.apply("kubectl", "{apiVersion: v1, kind: ConfigMap, metadata: {name: "+name+"}}")
	}
	first := b.carry(b.Engine, label("a", "1"))
	require.Equal(t, journal.Applied, first.Outcome, first.Reason)
	second := b.carry(b.Engine, label("b", "1"))
	require.Equal(t, journal.Applied, second.Outcome, second.Reason)
	p, err := b.Plan(t.Context(), label("b", "2"))
	require.NoError(t, err)
	_, err = b.send(t.Context(), p.Steps[0], false) // beside the journal
	require.NoError(t, err)

	_, err = b.PlanUndo(t.Context(), "")
	var cannot *CannotUndoError
	require.ErrorAs(t, err, &cannot)
	assert.Equal(t, second.ID, cannot.ID)
	assert.Equal(t, first.ID, cannot.Instead)
	assert.Contains(t, err.Error(), "metadata.labels.step was changed since")
	assert.Contains(t, err.Error(), "; the newest that can is "+first.ID)
	_, err = b.PlanUndo(t.Context(), second.ID)
	require.ErrorAs(t, err, &cannot)
	assert.Empty(t, cannot.Instead, "it was named")
	r := b.undo(b.Engine, first.ID)
	require.Equal(t, journal.Applied, r.Outcome, r.Reason)
	_, err = b.PlanUndo(t.Context(), "")
	require.ErrorAs(t, err, &cannot)
	assert.Empty(t, cannot.Instead, "nothing is left")
}

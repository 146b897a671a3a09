package board

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
)

func found(t *testing.T, id, object string, status check.Status, severity check.Severity) check.Finding {
	t.Helper()
	c, ok := security.Control(id)
	require.True(t, ok, id)
	f := check.Finding{Control: c, Status: status, Severity: severity, Words: &check.Words{}}
	return *f.On(model.Ref{Kind: "Pod", Name: object})
}

func posture(findings ...check.Finding) *Posture {
	return &Posture{Posture: &security.Posture{Findings: findings}}
}

func TestTrendIsHeldAgainstTheFirstPosture(t *testing.T) {
	t.Parallel()
	high, medium := found(t, "SA-20", "x", check.Fail, check.High), found(t, "POD-10", "x", check.Fail, check.Medium)
	first, worse := posture(high, medium), posture(high, medium, found(t, "SA-20", "y", check.Fail, check.High))
	var of trend
	of.follow(nil, first)
	assert.Nil(t, of.first, "nothing is kept of what did not change")
	of.follow(first, worse)
	require.NotNil(t, of.now)
	assert.Equal(t, "+1 H", of.now.Text)
	assert.True(t, of.now.Worse())
	better := posture(found(t, "SA-20", "x", check.Fail, check.Critical))
	of.follow(worse, better)
	assert.Equal(t, "+1 C, −1 H, −1 M", of.now.Text, "against the first, not the last")
	assert.True(t, of.now.Worse(), "the worst that changed decides")
	of.follow(better, posture(medium))
	assert.True(t, of.now.Better())
	of.follow(posture(medium), posture(medium, high))
	assert.Nil(t, of.now, "it is as it was")
	of.follow(first, nil)
	of.follow(nil, worse)
	assert.Zero(t, of, "what comes again begins anew")
}

func TestWhatCanNoLongerBeSeenIsNoProgress(t *testing.T) {
	t.Parallel()
	t1 := NewTrend([]check.Finding{found(t, "SA-20", "x", check.Fail, check.High)}, []check.Finding{found(t, "SA-20", "", check.Unknown, 0)})
	assert.Equal(t, "−1 H, +1 ?", t1.Text)
	t2 := NewTrend([]check.Finding{found(t, "SA-20", "x", check.Fail, check.High)}, []check.Finding{found(t, "SA-20", "x", check.Accepted, check.High)})
	assert.Equal(t, "−1 H", t2.Text)
	assert.Nil(t, NewTrend(nil, []check.Finding{found(t, "POD-21", "x", check.Fail, check.Info)}), "facts do not count")
}

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
	key, other := model.FunctionKey{Name: "a"}, model.FunctionKey{Name: "b"}
	high, medium := found(t, "SA-20", "x", check.Fail, check.High), found(t, "POD-10", "x", check.Fail, check.Medium)
	first, worse := posture(high, medium), posture(high, medium, found(t, "SA-20", "y", check.Fail, check.High))
	all := newTrends()
	all.follow(key, nil, first)
	all.follow(other, nil, first)
	assert.Empty(t, all.first, "nothing is kept of what did not change")
	all.follow(key, first, worse)
	require.NotNil(t, all.now[key])
	assert.Equal(t, "+1 H", all.now[key].Text)
	assert.True(t, all.now[key].Worse())
	better := posture(found(t, "SA-20", "x", check.Fail, check.Critical))
	all.follow(key, worse, better)
	assert.Equal(t, "+1 C, −1 H, −1 M", all.now[key].Text, "against the first, not the last")
	assert.True(t, all.now[key].Worse(), "the worst that changed decides")
	all.follow(key, better, posture(medium))
	assert.True(t, all.now[key].Better())
	all.follow(key, posture(medium), posture(medium, high))
	assert.Nil(t, all.now[key], "it is as it was")
	all.follow(key, first, nil)
	all.follow(key, nil, worse)
	assert.Empty(t, all.first, "what comes again begins anew")
	assert.Len(t, all.now, 0)
}

func TestWhatCanNoLongerBeSeenIsNoProgress(t *testing.T) {
	t.Parallel()
	t1 := NewTrend([]check.Finding{found(t, "SA-20", "x", check.Fail, check.High)}, []check.Finding{found(t, "SA-20", "", check.Unknown, 0)})
	assert.Equal(t, "−1 H, +1 ?", t1.Text)
	t2 := NewTrend([]check.Finding{found(t, "SA-20", "x", check.Fail, check.High)}, []check.Finding{found(t, "SA-20", "x", check.Accepted, check.High)})
	assert.Equal(t, "−1 H", t2.Text)
	assert.Nil(t, NewTrend(nil, []check.Finding{found(t, "POD-21", "x", check.Fail, check.Info)}), "facts do not count")
}

package shift

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/plan"
)

// road is a cluster on which shares are written down.
type road struct {
	percents []int
	back     []string
	trouble  map[int]error // when it is asked with this percentage
	refuse   map[int]error // what a step ends with
	stay     error         // why nothing can be taken back
}

func (r *road) way(goal, step int) *Way {
	return &Way{
		Goal: plan.Share{Revision: "new", Percent: goal}, By: plan.Canary{Step: step, Interval: time.Minute},
		Apply: func(_ context.Context, to plan.Share) (string, error) {
			r.percents = append(r.percents, to.Percent)
			return string(rune('a' + len(r.percents) - 1)), r.refuse[to.Percent]
		},
		Trouble: func(_ context.Context, now plan.Share) (string, error) {
			err := r.trouble[now.Percent]
			if err == nil || errors.Is(err, context.DeadlineExceeded) {
				return "", err
			}
			return err.Error(), nil
		},
		Back: func(_ context.Context, id string) error { r.back = append(r.back, id); return r.stay },
	}
}

func TestRequestsGoByStepsAndBack(t *testing.T) {
	failed := errors.New("ExitCode1")
	away := context.DeadlineExceeded
	for name, c := range map[string]struct {
		road     road
		goal     int
		percents []int
		back     []string
		took     time.Duration
		err      string
	}{
		"all the way":         {goal: 50, percents: []int{20, 40, 50}, took: 2 * time.Minute},
		"one step":            {goal: 10, percents: []int{10}},
		"to none":             {goal: 0, percents: []int{0}},
		"trouble":             {goal: 50, road: road{trouble: map[int]error{40: failed}}, percents: []int{20, 40}, back: []string{"b", "a"}, took: time.Minute, err: "the requests go where they went before: ExitCode1"},
		"a step that fails":   {goal: 50, road: road{refuse: map[int]error{20: failed}}, percents: []int{20}, back: []string{"a"}, err: "the requests go where they went before: ExitCode1"},
		"trouble at the end":  {goal: 20, road: road{trouble: map[int]error{20: failed}}, percents: []int{20}, back: []string{"a"}, err: "went before: ExitCode1"},
		"no answer is no no":  {goal: 40, road: road{trouble: map[int]error{20: away}}, percents: []int{20, 40}, took: time.Minute},
		"it cannot come back": {goal: 50, road: road{trouble: map[int]error{40: failed}, stay: errors.New("changed since")}, percents: []int{20, 40}, back: []string{"b"}, took: time.Minute, err: "ExitCode1; and it could not be taken back: changed since"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begun := time.Now()
				err := c.road.way(c.goal, 20).Go(t.Context())
				if c.err == "" {
					require.NoError(t, err)
				} else {
					require.ErrorContains(t, err, c.err)
				}
				assert.Equal(t, c.percents, c.road.percents)
				assert.Equal(t, c.back, c.road.back)
				assert.Equal(t, c.took, time.Since(begun))
			})
		})
	}
}

func TestWhoStopsAWayLeavesTheRequestsWhereTheyAre(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		var r road
		var told []Moment
		w := r.way(100, 20)
		w.From = &plan.Share{Revision: "new", Percent: 40}
		w.Tell = func(m Moment) { told = append(told, m) }
		require.ErrorIs(t, w.Go(ctx), context.DeadlineExceeded)
		assert.Equal(t, []int{40, 60}, r.percents)
		assert.Empty(t, r.back)
		last := told[len(told)-1]
		assert.Equal(t, 60, last.Percent)
		assert.Equal(t, []string{"a", "b"}, last.Changes)
		assert.Equal(t, 30*time.Second, time.Until(last.Next))
	})
}

func TestStepsAreRead(t *testing.T) {
	by, err := Parse("20%:90s")
	require.NoError(t, err)
	assert.Equal(t, plan.Canary{Step: 20, Interval: 90 * time.Second}, by)
	for interval, words := range map[time.Duration]string{0: "0s", 20 * time.Second: "20s", time.Minute: "1m", 90 * time.Second: "1m30s", time.Hour: "1h", time.Hour + 10*time.Minute: "1h10m"} {
		assert.Equal(t, "new=50 by steps of 10% every "+words, Text(plan.Share{Revision: "new", Percent: 50}, plan.Canary{Step: 10, Interval: interval}))
	}
	for _, wrong := range []string{"", "20", ":1m", "0:1m", "101:1m", "20:", "20:-1s", "20:25h", "many:1m"} {
		_, err := Parse(wrong)
		assert.ErrorContains(t, err, "write STEP:INTERVAL", wrong)
	}
}

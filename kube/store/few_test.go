package store

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestFewHoldWhatWasPutAndNotTaken(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	m, want := map[int]few[int]{}, map[int][]int{}
	for range 20_000 {
		key, v := random.IntN(50), 1+random.IntN(5)
		if i := slices.Index(want[key], v); i < 0 {
			put(m, key, v)
			want[key] = append(want[key], v)
		} else {
			take(m, key, v)
			want[key] = slices.Delete(want[key], i, i+1)
		}
		take(m, key, 99)
		have := slices.Sorted(m[key].each)
		assert.Equal(t, len(want[key]), m[key].len())
		if !assert.Equal(t, slices.Sorted(slices.Values(want[key])), have) {
			return
		}
		if len(want[key]) == 0 {
			assert.NotContains(t, m, key)
		}
	}
}

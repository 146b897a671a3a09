package logs

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/plan"
)

func TestAKeptLogIsToldOnceAndAnotherBuildWhole(t *testing.T) {
	t.Parallel()
	f := newFeed(Options{Tail: -1}, func() {})
	s := &source{}
	f.enter(s)
	a := &archive{feed: f, s: s}
	at := time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
	told := func(texts ...string) (got []string) {
		t.Helper()
		var lines []plan.KeptLine
		for i, text := range texts {
			lines = append(lines, plan.KeptLine{Time: at.Add(time.Duration(i) * time.Second), Text: text})
		}
		before := len(s.queue)
		require.NoError(t, a.tell(t.Context(), lines))
		for _, b := range s.queue[before:] {
			for _, l := range b.lines {
				got = append(got, string(l.Text))
			}
		}
		return got
	}
	assert.Equal(t, []string{"fetch", "fetch"}, told("fetch", "fetch"))
	assert.Empty(t, told("fetch", "fetch"))
	assert.Equal(t, []string{"compile"}, told("fetch", "fetch", "compile"))
	assert.Equal(t, []string{"fetch", "link"}, told("fetch", "link"), "another build")
	assert.Empty(t, told(), "its text was taken away")
	f.o.SinceTime = at.Add(time.Second)
	assert.Equal(t, []string{"b"}, told("a", "b"), "older lines were not asked for")
}

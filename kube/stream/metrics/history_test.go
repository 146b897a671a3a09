package metrics

import (
	"context"
	"errors"
	"io"
	"net/url"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/security/model"
)

var start = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

func TestHistoryKeepsAnHour(t *testing.T) {
	var s series
	for i := range 1000 {
		s.add(Point{start.Add(time.Duration(i) * fine), Amount{int64(i), int64(i) << 20}, 1}, fine)
	}
	all := s.since(start)
	assert.Len(t, all, 240)
	assert.Equal(t, Point{start.Add(999 * fine), Amount{999, 999 << 20}, 1}, all[239])
	assert.Equal(t, int64(760), all[0].CPU)
	s.add(Point{start.Add(999*fine + coarse), Amount{1, 1}, 1}, coarse)
	all = s.since(start)
	assert.Len(t, all, 60, "looked at no longer, less is kept")
	assert.Equal(t, int64(1), all[59].CPU)
	for i := range 100 {
		s.add(Point{start.Add(999*fine + coarse + time.Duration(i+1)*fine), Amount{int64(i), 1}, 1}, fine)
	}
	all = s.since(start)
	assert.Len(t, all, 160, "looked at again, more is kept")
	for i := range all[1:] {
		assert.True(t, all[i].Time.Before(all[i+1].Time))
	}
}

func TestAPointThatIsNoNewerIsLeftOut(t *testing.T) {
	var s series
	for _, at := range []time.Duration{0, 0, 5 * time.Second, -time.Minute, 15 * time.Second} {
		s.add(Point{start.Add(at), Amount{1, 1}, 1}, fine)
	}
	assert.Len(t, s.since(start), 2)
}

func TestSparks(t *testing.T) {
	draw := func(minutes ...int64) Spark {
		var s series
		for i, v := range minutes {
			if v >= 0 {
				s.add(Point{start.Add(time.Duration(i-len(minutes)+1) * time.Minute), Amount{CPU: v}, 1}, coarse)
			}
		}
		return s.spark(start, func(m mark) uint32 { return m.cpu })
	}
	assert.Equal(t, Spark{}, draw())
	assert.Equal(t, Spark{0, 0, 0, 0, 0, 0, 0, 1, 5, 8}, draw(0, 50, 100))
	assert.Equal(t, Spark{0, 0, 0, 0, 0, 0, 0, 4, 5, 4}, draw(100, 101, 100), "noise is no storm")
	assert.Equal(t, Spark{0, 0, 0, 0, 0, 0, 0, 1, 0, 1}, draw(0, -1, 0), "what was not measured is not zero")
}

// functions is a cluster that is never asked.
type functions []*model.Function

var errNotAsked = errors.New("nobody asks")

func (functions) Open(context.Context, string, url.Values, string) (io.ReadCloser, string, error) {
	return nil, "", errNotAsked
}
func (f functions) Functions() []*model.Function  { return f }
func (functions) Namespaces() []string            { return nil }
func (functions) Selector(*model.Function) string { return "" }

// Two thousand functions with an hour of history, and one that is looked at closely, are within 4 MiB: ten thousand within 20.
func TestMemoryIsBounded(t *testing.T) {
	const crowd = 2000
	var all functions
	for i := range crowd {
		namespace, name := "namespace-"+strconv.Itoa(i%50), "function-"+strconv.Itoa(i)
		all = append(all, &model.Function{Key: model.FunctionKey{Framework: "plain", Namespace: namespace, Name: name},
			Pods: []model.Ref{{Kind: "Pod", Namespace: namespace, Name: name + "-0"}}})
	}
	now := start
	m := New(all, Options{Now: func() time.Time { return now }})
	m.SetLooks([]Look{{}, {Function: all[7].Key}}, false)
	before := used()
	var longest time.Duration
	for i := range 70 {
		now = start.Add(time.Duration(i) * time.Minute)
		began := time.Now()
		m.want(all)
		for j, f := range all {
			m.sample(Sample{f.Pods[0].Namespace, f.Pods[0].Name, Point{now, Amount{int64(i*j) % 1e6, int64(j) << 20}, 1}})
		}
		m.take(target{}, &standing{}, all, nil)
		longest = max(longest, time.Since(began))
	}
	t.Logf("%d KiB; a list was brought in within %v", (used()-before)>>10, longest)
	assert.Len(t, m.History(all[17].Key), 60)
	assert.Less(t, used()-before, int64(4<<20))
}

func used() int64 {
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return int64(s.HeapAlloc) //#nosec G115 -- a heap
}

package metrics

import (
	"math"
	"time"
)

const (
	// keep is how far back the history goes.
	keep = time.Hour
	// fine and coarse are the distances of its points: of what is looked at closely, and of the rest.
	fine, coarse = 15 * time.Second, time.Minute
)

// mark is a Point in sixteen bytes: seconds since 1970, millionths of a core, KiB, pods.
type mark struct{ at, cpu, memory, pods uint32 }

func markOf(p Point) mark {
	return mark{clamp(p.Time.Unix()), clamp(p.CPU), clamp(p.Memory >> 10), clamp(int64(p.Pods))}
}

func clamp(n int64) uint32 {
	return uint32(min(max(n, 0), math.MaxUint32)) //#nosec G115 -- bounded
}

func (m mark) point() Point {
	return Point{time.Unix(int64(m.at), 0).UTC(), Amount{int64(m.cpu), int64(m.memory) << 10}, int(m.pods)}
}

// series is the history of a function or a pod: points in the order of time, of which the oldest make room for the newest.
type series struct {
	marks []mark
	head  int // of the oldest, once it is full
}

// add appends a point. One that comes sooner after the last than step is left out; one that is no newer, too.
func (s *series) add(p Point, step time.Duration) {
	m := markOf(p)
	if n := len(s.marks); n > 0 {
		last := s.at(n - 1).at
		if m.at <= last || m.at-last < uint32(step.Seconds()*0.7) {
			return
		}
	}
	most := int(keep / step)
	switch {
	case len(s.marks) > most || len(s.marks) == cap(s.marks) && s.head > 0:
		s.straighten(most)
	}
	if len(s.marks) < most {
		if len(s.marks) == cap(s.marks) {
			grown := make([]mark, len(s.marks), min(most, max(4, 2*len(s.marks))))
			copy(grown, s.marks)
			s.marks = grown
		}
		s.marks = append(s.marks, m)
		return
	}
	s.marks[s.head] = m
	s.head = (s.head + 1) % len(s.marks)
}

// straighten puts the points into the order of time, and keeps the newest.
func (s *series) straighten(most int) {
	n := len(s.marks)
	ordered := make([]mark, 0, min(n, most))
	for i := max(0, n-most); i < n; i++ {
		ordered = append(ordered, s.at(i))
	}
	s.marks, s.head = ordered, 0
}

// at is the i-th point, from the oldest.
func (s *series) at(i int) mark { return s.marks[(s.head+i)%len(s.marks)] }

// since returns the points from a moment on.
func (s *series) since(t time.Time) []Point {
	var all []Point
	for i := range len(s.marks) {
		if p := s.at(i).point(); !p.Time.Before(t) {
			all = append(all, p)
		}
	}
	return all
}

// spark draws the last minutes of one of the two amounts: the mean of each minute.
func (s *series) spark(now time.Time, of func(mark) uint32) Spark {
	var total [Bars]float64
	var count [Bars]int
	minute := now.Unix() / 60
	for i := len(s.marks) - 1; i >= 0; i-- {
		m := s.at(i)
		ago := minute - int64(m.at)/60
		if ago >= Bars {
			break
		}
		if ago >= 0 {
			total[Bars-1-ago] += float64(of(m))
			count[Bars-1-ago]++
		}
	}
	return heights(total, count)
}

// heights turns means into heights. What hardly changes is drawn level, in the middle, so that noise does not look like
// a storm.
func heights(total [Bars]float64, count [Bars]int) (bars Spark) {
	low, high := math.Inf(1), math.Inf(-1)
	for i := range total {
		if count[i] > 0 {
			total[i] /= float64(count[i])
			low, high = min(low, total[i]), max(high, total[i])
		}
	}
	span := max(high-low, high/2)
	floor := (high+low)/2 - span/2
	for i := range total {
		switch {
		case count[i] == 0:
		case span <= 0:
			bars[i] = 1
		default:
			bars[i] = 1 + uint8(math.Round((total[i]-floor)/span*7)) //#nosec G115 -- between 1 and 8
		}
	}
	return bars
}

// SparkOf draws the last minutes of points, as those of rows are drawn.
func SparkOf(points []Point, now time.Time, of func(Amount) int64) Spark {
	var s series
	for _, p := range points {
		s.add(p, fine)
	}
	return s.spark(now, func(m mark) uint32 { return clamp(of(m.point().Amount)) })
}

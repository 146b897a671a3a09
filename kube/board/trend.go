package board

import (
	"slices"
	"strconv"

	"github.com/fn9s/fn9s/security/check"
)

// ranks are the severities of failures that count, and below them what could not be decided.
const ranks = int(check.Critical) + 1

// Trend is what became of the findings of a function since it was first judged. It must not be changed.
type Trend struct {
	// Gone and New count failures by severity, worst last; at 0, where info would be, what could not be decided.
	Gone, New [ranks]int
	// Text is the difference in short, worst first: `−2 H, +1 M`.
	Text string
}

// Worse reports whether the worst that changed is more than before, Better whether it is less.
func (t *Trend) Worse() bool { return t.balance() > 0 }

// Better is the opposite of Worse.
func (t *Trend) Better() bool { return t.balance() < 0 }

func (t *Trend) balance() int {
	for i := ranks - 1; i >= 0; i-- {
		if d := t.New[i] - t.Gone[i]; d != 0 {
			return d
		}
	}
	return 0
}

// trend keeps what a function looked like when it was first judged: only once it has changed, and of each finding only a
// hash.
type trend struct {
	first []uint64
	now   *Trend
}

// follow takes over that a posture became another one. Nil is one that is gone, or not there yet.
func (t *trend) follow(was, now *Posture) {
	if was == nil || now == nil {
		*t = trend{}
		return
	}
	if t.first == nil {
		t.first = marks(was.Findings)
	}
	t.now = difference(t.first, marks(now.Findings))
}

// rankBits hold the severity at the low end of a mark.
const rankBits = 3

// marks returns one number for each finding that counts, sorted: a hash of what it is about, and its severity.
func marks(findings []check.Finding) []uint64 {
	all := make([]uint64, 0, len(findings))
	for i := range findings {
		f := &findings[i]
		rank := uint64(0)
		switch {
		case f.Status == check.Fail && (!f.Control.Rollup || f.Counts) && f.Severity > check.Info:
			rank = uint64(f.Severity)
		case f.Status != check.Unknown:
			continue
		}
		all = append(all, hash(f)<<rankBits|rank)
	}
	slices.Sort(all)
	return all
}

// hash is the FNV-1a hash of what a finding is about: not of its words, which may change while it stays the same.
func hash(f *check.Finding) uint64 {
	const offset, prime = 14695981039346656037, 1099511628211
	path := f.Fixed
	if path == "" {
		path = f.Path
	}
	h := uint64(offset)
	for _, part := range [...]string{f.Control.ID, f.Object().Group, f.Object().Kind, f.Object().Namespace, f.Object().Name, path} {
		for i := range len(part) {
			h = (h ^ uint64(part[i])) * prime
		}
		h *= prime // as of a zero, so that parts stay apart
	}
	return h
}

// difference compares two sorted lists; nil when they are the same.
func difference(first, now []uint64) *Trend {
	var t Trend
	changed := false
	for len(first) > 0 || len(now) > 0 {
		switch {
		case len(now) == 0 || len(first) > 0 && first[0] < now[0]:
			t.Gone[first[0]&(1<<rankBits-1)]++
			first, changed = first[1:], true
		case len(first) == 0 || now[0] < first[0]:
			t.New[now[0]&(1<<rankBits-1)]++
			now, changed = now[1:], true
		default:
			first, now = first[1:], now[1:]
		}
	}
	if !changed {
		return nil
	}
	t.Text = t.text()
	return &t
}

// letters are how the severities are abbreviated.
const letters = "?LMHC"

func (t *Trend) text() string {
	var b []byte
	add := func(sign string, n, rank int) {
		if n == 0 {
			return
		}
		if len(b) > 0 {
			b = append(b, ", "...)
		}
		b = append(strconv.AppendInt(append(b, sign...), int64(n), 10), ' ', letters[rank])
	}
	for i := ranks - 1; i >= 0; i-- {
		add("−", t.Gone[i], i)
		add("+", t.New[i], i)
	}
	return string(b)
}

// NewTrend compares two lists of findings; nil when nothing changed.
func NewTrend(first, now []check.Finding) *Trend { return difference(marks(first), marks(now)) }

package logs

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// whole splits everything at once.
func whole(t testing.TB, from io.Reader) []rawLine {
	t.Helper()
	s := splitter{from: from}
	var all []rawLine
	for {
		var err error
		all, err = s.read(all)
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
	}
	if l, ok := s.rest(); ok {
		all = append(all, l)
	}
	return all
}

func TestLinesAreCutAtTheirEnds(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 3*maxText)
	for _, text := range []string{"", "\n", "a", "a\n", "a\nb", "a\n\nb\n", long, long + "\nb\n", "a\n" + long + "\nb", strings.Repeat("line\n", 50_000)} {
		var want []string
		if text != "" {
			want = strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		}
		for name, from := range map[string]io.Reader{"at once": strings.NewReader(text), "in halves": iotest.HalfReader(strings.NewReader(text))} {
			got := whole(t, from)
			require.Len(t, got, len(want), "%.20q %s", text, name)
			for i, l := range got {
				assert.True(t, strings.HasPrefix(want[i], string(l.data)))
				assert.Equal(t, len(want[i]), len(l.data)+l.cut)
				assert.LessOrEqual(t, len(l.data), maxText+maxHead)
			}
		}
	}
}

func FuzzSplitter(f *testing.F) {
	f.Add([]byte("a\nb\n\nc"), uint16(1))
	f.Add([]byte(strings.Repeat("y", maxText+200)+"\nz"), uint16(700))
	f.Fuzz(func(t *testing.T, text []byte, step uint16) {
		from := &stepped{text: text, step: int(step)%9000 + 1}
		got := whole(t, from)
		want := bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))
		if len(text) == 0 {
			want = nil
		}
		if len(got) != len(want) {
			t.Fatalf("%d lines, want %d", len(got), len(want))
		}
		for i, l := range got {
			if !bytes.HasPrefix(want[i], l.data) || len(l.data)+l.cut != len(want[i]) || l.cut > 0 && len(l.data) < maxText {
				t.Fatalf("line %d: %q and %d more, want %q", i, l.data, l.cut, want[i])
			}
		}
	})
}

type stepped struct {
	text []byte
	step int
}

func (s *stepped) Read(p []byte) (int, error) {
	if len(s.text) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), s.step)], s.text)
	s.text = s.text[n:]
	return n, nil
}

func TestTimesAreReadToTheNanosecond(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"2026-11-22T10:00:59.123456789Z text":    "2026-11-22T10:00:59.123456789Z",
		"2026-11-22T10:00:59Z ":                  "2026-11-22T10:00:59Z",
		"2026-11-22T10:00:59.5+05:30 text":       "2026-11-22T10:00:59.5+05:30",
		"2026-11-22T10:00:00.000000001-07:00 \t": "2026-11-22T10:00:00.000000001-07:00",
		"2026-12-31T23:59:60.1Z leap":            "2027-01-01T00:00:00.1Z",
	} {
		var s stamps
		at, text, ok := s.cut([]byte(line))
		require.True(t, ok, line)
		expected, err := time.Parse(time.RFC3339Nano, want)
		require.NoError(t, err)
		assert.Equal(t, expected.UnixNano(), at, line)
		_, behind, _ := strings.Cut(line, " ")
		assert.Equal(t, behind, string(text))
	}
	for _, line := range []string{"", "text", "unable to retrieve container logs for containerd://abc", "2026-13-22T10:00:00Z x",
		"2026-11-22T10:00:0xZ x", "2026-11-22T10:00:00.Z x", "2026-11-22T10:00:00 x", "2026-11-22T10:00:00Zx", "1500-01-01T00:00:00Z x"} {
		var s stamps
		_, text, ok := s.cut([]byte(line))
		assert.False(t, ok, line)
		assert.Equal(t, line, string(text))
	}
}

func FuzzStamps(f *testing.F) {
	f.Add("2026-11-22T10:00:59.123456789Z text", "2026-11-22T10:00:59+05:30")
	f.Add("2026-02-30T10:00:00Z x", "2026-11-22T24:00:00Z x")
	f.Fuzz(func(t *testing.T, first, second string) {
		var s stamps
		for _, line := range []string{first, second, first} {
			at, text, ok := s.cut([]byte(line))
			if !ok {
				continue
			}
			if !strings.HasSuffix(line, string(text)) {
				t.Fatalf("%q: text %q", line, text)
			}
			stamp := strings.TrimSuffix(strings.TrimSuffix(line, string(text)), " ")
			if want, err := time.Parse(time.RFC3339Nano, stamp); err == nil && want.UnixNano() != at {
				t.Fatalf("%q: %d, want %d", stamp, at, want.UnixNano())
			}
		}
	})
}

func TestTheWindowKnowsLinesAgain(t *testing.T) {
	t.Parallel()
	var w window
	for n := range 2000 { // four lines of every time
		w.add(printOf(int64(n/4), []byte(fmt.Sprint(n))))
	}
	r := w.replay()
	for n := range 2000 {
		require.True(t, r.old(printOf(int64(n/4), []byte(fmt.Sprint(n)))), "line %d", n)
	}
	assert.False(t, r.gap())
	assert.False(t, r.old(printOf(499, []byte("new, of the last time"))))
	assert.False(t, r.old(printOf(500, []byte("new"))))
}

func TestManyLinesOfOneTimeAreCounted(t *testing.T) {
	t.Parallel()
	var w window
	for range 3 * windowSize {
		w.add(printOf(7, []byte("same")))
	}
	r := w.replay()
	for n := range 3 * windowSize {
		require.True(t, r.old(printOf(7, []byte("same"))), "line %d", n)
	}
	assert.False(t, r.old(printOf(7, []byte("same"))), "one more is a new one")
}

func BenchmarkTake(b *testing.B) {
	var text bytes.Buffer
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	const lines = 10_000
	for n := range lines {
		fmt.Fprintf(&text, "%s level=info msg=\"request handled\" path=/charge status=200 seq=%d\n", at.Add(time.Duration(n)*time.Microsecond).Format("2006-01-02T15:04:05.000000000Z07:00"), n)
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		t := taker{r: &reader{s: &source{}}}
		s := splitter{from: bytes.NewReader(text.Bytes())}
		var raw []rawLine
		got := 0
		for {
			var err error
			raw, err = s.read(raw[:0])
			got += len(t.take(raw))
			if err == io.EOF {
				break
			}
		}
		if got != lines {
			b.Fatalf("%d lines", got)
		}
	}
}

func BenchmarkMerge(b *testing.B) {
	const sources, each = 20, 200
	b.ReportAllocs()
	for b.Loop() {
		now := time.Now()
		all := make([]*source, sources)
		for i := range all {
			lines := make([]Line, each)
			for n := range lines {
				lines[n] = Line{Time: now.Add(time.Duration(n*sources+i) * time.Microsecond), Source: i}
			}
			all[i] = &source{Source: Source{ID: i}, queue: []block{{lines: lines, came: now.Add(-time.Second)}}, room: make(chan struct{}, 1)}
		}
		m := merger{now: now, hold: hold}
		m.ready(all, true)
		if lines, _ := m.take(nil); len(lines) != sources*each {
			b.Fatalf("%d lines", len(lines))
		}
	}
}

func TestLinesOfSeveralSourcesAreMergedByTime(t *testing.T) {
	t.Parallel()
	now := time.Now()
	at := func(n int) time.Time { return now.Add(time.Duration(n) * time.Millisecond) }
	having := func(id int, came time.Time, times ...int) *source {
		s := &source{Source: Source{ID: id}, room: make(chan struct{}, 1), begun: now, pushed: came}
		b := block{came: came}
		for _, n := range times {
			b.lines = append(b.lines, Line{Time: at(n), Source: id})
		}
		if len(times) > 0 {
			s.queue = []block{b}
		}
		return s
	}
	order := func(lines []Line) (all []int) {
		for _, l := range lines {
			all = append(all, int(l.Time.Sub(now)/time.Millisecond))
		}
		return all
	}
	m := merger{now: now, hold: hold}
	m.ready([]*source{having(0, now, 1, 4, 5), having(1, now, 2, 3, 9)}, true)
	lines, wait := m.take(nil)
	assert.Equal(t, []int{1, 2, 3, 4, 5}, order(lines), "9 waits: the first one may still have something earlier")
	assert.Positive(t, wait)

	m = merger{now: now, hold: hold}
	m.ready([]*source{having(0, now, 7), having(1, now.Add(-time.Second))}, true)
	lines, _ = m.take(nil)
	assert.Equal(t, []int{7}, order(lines), "who has been silent for long is not waited for")

	m = merger{now: now.Add(2 * hold), hold: hold}
	m.ready([]*source{having(0, now, 7), having(1, now.Add(2*hold))}, true)
	lines, _ = m.take(nil)
	assert.Equal(t, []int{7}, order(lines), "nobody waits longer than that")
}

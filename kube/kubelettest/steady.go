package kubelettest

import (
	"context"
	"io"
	"strconv"
	"time"
)

// Steady is a log with a line at every interval since a time. Every line tells its number.
type Steady struct {
	Start    time.Time
	Interval time.Duration
	Count    int // of lines; 0: without end
	Pod      string
	// Odd replaces the text of some lines, by their number; nil and nil answers leave them as they are.
	Odd func(n int) []byte
}

// step is how often new lines are written.
const step = 10 * time.Millisecond

// available is how many lines there are by now.
func (l *Steady) available(now time.Time) int {
	if now.Before(l.Start) {
		return 0
	}
	n := int(now.Sub(l.Start)/l.Interval) + 1
	if l.Count > 0 {
		n = min(n, l.Count)
	}
	return n
}

func (l *Steady) first(q Query, available int) int {
	n := 0
	if d := q.Since.Sub(l.Start); !q.Since.IsZero() && d > 0 {
		n = int((d + l.Interval - 1) / l.Interval)
	}
	if q.Tail >= 0 {
		n = max(n, available-q.Tail)
	}
	return min(n, available)
}

// Write implements Log.
func (l *Steady) Write(ctx context.Context, w io.Writer, flush func(), q Query) error {
	have := l.available(time.Now())
	next := l.first(q, have)
	ticker := time.NewTicker(step)
	defer ticker.Stop()
	var buf []byte
	for {
		for next < have {
			buf = buf[:0]
			for ; next < have && len(buf) < 32<<10; next++ {
				buf = l.line(buf, q, next)
			}
			if _, err := w.Write(buf); err != nil {
				return err
			}
		}
		flush()
		if !q.Follow || l.Count > 0 && next >= l.Count {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
		have = max(have, l.available(time.Now()))
	}
}

const filler = " level=info msg=\"request handled\" path=/charge status=200 duration=12ms region=eu-1"

func (l *Steady) line(buf []byte, q Query, n int) []byte {
	at := l.Start.Add(time.Duration(n) * l.Interval)
	if l.Odd != nil {
		if text := l.Odd(n); text != nil {
			return appendLine(buf, q, at, text)
		}
	}
	if q.Timestamps {
		buf = at.UTC().AppendFormat(buf, stampForm)
		buf = append(buf, ' ')
	}
	buf = append(buf, "pod="...)
	buf = append(buf, l.Pod...)
	buf = append(buf, " seq="...)
	buf = strconv.AppendInt(buf, int64(n), 10)
	buf = append(buf, filler...)
	return append(buf, '\n')
}

package kubelettest

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"
)

// Written is a log that a test writes line by line, of a container that may end and start again.
type Written struct {
	mu      sync.Mutex
	runs    []*run
	changed chan struct{}
}

type run struct {
	lines []written
	ended bool
}

type written struct {
	at   time.Time
	text []byte
}

// NewWritten returns the log of a container that runs.
func NewWritten() *Written { return &Written{runs: []*run{{}}, changed: make(chan struct{})} }

func (l *Written) change(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *Written) current() *run { return l.runs[len(l.runs)-1] }

// Add writes lines of one time.
func (l *Written) Add(at time.Time, texts ...string) {
	l.change(func() {
		for _, t := range texts {
			l.current().lines = append(l.current().lines, written{at, []byte(t)})
		}
	})
}

// End ends the container.
func (l *Written) End() { l.change(func() { l.current().ended = true }) }

// Restart starts the container again: of the run before only the last one is kept.
func (l *Written) Restart() {
	l.change(func() {
		l.current().ended = true
		l.runs = append(l.runs, &run{})
	})
}

// Rotate drops all lines of this run, as a kubelet does that moves a large file away.
func (l *Written) Rotate() { l.change(func() { l.current().lines = nil }) }

// Write implements Log.
func (l *Written) Write(ctx context.Context, w io.Writer, flush func(), q Query) error {
	l.mu.Lock()
	r := l.current()
	if q.Previous {
		if len(l.runs) < 2 {
			l.mu.Unlock()
			return errors.New("previous terminated container not found")
		}
		r = l.runs[len(l.runs)-2]
	}
	next := 0
	if q.Tail >= 0 {
		next = max(0, len(r.lines)-q.Tail)
	}
	l.mu.Unlock()
	for {
		l.mu.Lock()
		lines, ended, changed := r.lines[min(next, len(r.lines)):], r.ended, l.changed
		l.mu.Unlock()
		var buf []byte
		for _, line := range lines {
			if !line.at.Before(q.Since) {
				buf = appendLine(buf, q, line.at, line.text)
			}
		}
		next += len(lines)
		if len(buf) > 0 {
			if _, err := w.Write(buf); err != nil {
				return err
			}
			flush()
		}
		if !q.Follow || ended {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}

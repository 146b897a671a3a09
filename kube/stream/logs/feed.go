package logs

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	// budget is how many bytes of lines wait for the feed's reader at most, shared by its sources; each has its least.
	budget, leastBudget = 16 << 20, 128 << 10
	// gather is the least time between two batches, unless one is full: waking up for every line costs more than reading it.
	gather = 8 * time.Millisecond
)

// errClosed ends a feed that was closed.
var errClosed = errors.New("the logs were closed")

// feed joins sources. Readers push, one goroutine takes.
type feed struct {
	o      Options
	cancel context.CancelFunc
	done   chan struct{}
	now    func() time.Time

	wake chan struct{} // something came

	mu      sync.Mutex
	sources []*source
	fresh   []Source // not told yet
	notices []Notice
	ended   bool // nothing will come any more
	merger  merger
	last    time.Time // when the last batch was given
	lost    bool      // the API server does not answer: said once for all sources
}

func newFeed(o Options, cancel context.CancelFunc) *feed {
	return &feed{o: o, cancel: cancel, done: make(chan struct{}), now: time.Now, wake: make(chan struct{}, 1)}
}

func (f *feed) signal() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// enter adds a source.
func (f *feed) enter(s *source) {
	f.mu.Lock()
	s.ID = len(f.sources)
	s.room = make(chan struct{}, 1)
	f.sources = append(f.sources, s)
	f.fresh = append(f.fresh, s.Source)
	f.mu.Unlock()
	f.signal()
}

// begin says that a source is being read from now on.
func (f *feed) begin(s *source) {
	f.mu.Lock()
	if s.begun.IsZero() {
		s.begun = f.now()
	}
	f.mu.Unlock()
}

// finish says that nothing more comes from a source.
func (f *feed) finish(s *source) {
	f.mu.Lock()
	s.ended = true
	f.mu.Unlock()
	f.signal()
}

// say adds a notice.
func (f *feed) say(n Notice) {
	n.Time = f.now()
	f.mu.Lock()
	f.notices = append(f.notices, n)
	f.mu.Unlock()
	f.signal()
}

// cutOff says once, for all sources, that the API server does not answer.
func (f *feed) cutOff(n Notice) {
	f.mu.Lock()
	said := f.lost
	f.lost = true
	f.mu.Unlock()
	if !said {
		n.Source = -1
		f.say(n)
	}
}

// broke says once that a source cannot be read now.
func (f *feed) broke(s *source, n Notice) {
	f.mu.Lock()
	said := s.broken
	s.broken = true
	f.mu.Unlock()
	if !said {
		f.say(n)
	}
}

// mended says that a source, and with it the API server, answers again.
func (f *feed) mended(s *source) {
	f.mu.Lock()
	lost, broken := f.lost, s.broken
	f.lost, s.broken = false, false
	f.mu.Unlock()
	if lost {
		f.say(Notice{Kind: Resumed, Source: -1})
	}
	if broken {
		f.say(Notice{Kind: Resumed, Source: s.ID, Function: s.Function})
	}
}

// push hands lines of a source over. It waits while too much of it waits already.
func (f *feed) push(ctx context.Context, s *source, b block) error {
	b.came = f.now()
	b.measure()
	for {
		f.mu.Lock()
		if s.queued == 0 || s.queued+b.bytes <= max(leastBudget, budget/max(1, len(f.sources))) {
			s.queue = append(s.queue, b)
			s.queued += b.bytes
			s.pushed = b.came
			f.mu.Unlock()
			f.signal()
			return nil
		}
		f.mu.Unlock()
		select {
		case <-s.room:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// end says that nothing more will come.
func (f *feed) end() {
	f.mu.Lock()
	f.ended = true
	f.mu.Unlock()
	f.signal()
}

// Next waits for something to tell.
func (f *feed) Next(ctx context.Context) (Batch, error) {
	for {
		b, wait, err := f.collect()
		if err != nil || len(b.Lines)+len(b.Sources)+len(b.Notices) > 0 {
			return b, err
		}
		if err := f.pause(ctx, wait); err != nil {
			return Batch{}, err
		}
	}
}

// pause waits until something came, or for a time (zero: no bound).
func (f *feed) pause(ctx context.Context, wait time.Duration) error {
	var after <-chan time.Time
	if wait > 0 {
		t := time.NewTimer(wait)
		defer t.Stop()
		after = t.C
	}
	wake := f.wake
	if wait > 0 && wait <= gather {
		wake = nil // what came is known: only the time is waited for
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-f.done:
		return errClosed
	case <-wake:
	case <-after:
	}
	return nil
}

// collect makes a batch of what may be told now. Without one it says how long to wait; zero: until something comes.
func (f *feed) collect() (b Batch, wait time.Duration, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	if rest := gather - now.Sub(f.last); rest > 0 && !f.full() {
		return b, rest, nil
	}
	f.merger.now, f.merger.hold = now, f.patience()
	f.merger.ready(f.sources, f.o.Follow)
	if n := f.queuedLines(); n > 0 {
		b.Lines = newLines(min(n, batchLines))
	}
	b.Lines, wait = f.merger.take(b.Lines)
	b.spent, f.merger.spent = f.merger.spent, nil
	if len(b.Lines) == 0 {
		freeLines(b.Lines)
		b.Lines = nil
	}
	b.Sources, b.Notices = f.fresh, f.notices
	f.fresh, f.notices = nil, nil
	for i := range b.Lines {
		s := f.sources[b.Lines[i].Source]
		if s.given == 0 {
			s.first = printOf(b.Lines[i].Time.UnixNano(), b.Lines[i].Text)
		}
		s.given++
	}
	switch {
	case len(b.Lines)+len(b.Sources)+len(b.Notices) > 0:
		f.last = now
	case f.ended && f.queuedLines() == 0:
		return b, 0, ErrEnd
	}
	return b, wait, nil
}

func (f *feed) patience() time.Duration {
	switch {
	case !f.o.Follow:
		return patience
	case len(f.sources) > 0 && f.now().Sub(f.sources[0].begun) < opening:
		return opening
	}
	return hold
}

// full reports whether a whole batch waits.
func (f *feed) full() bool { return f.queuedLines() >= batchLines/2 }

func (f *feed) queuedLines() (n int) {
	for _, s := range f.sources {
		for i := range s.queue {
			n += len(s.queue[i].lines)
		}
		if n >= batchLines {
			break
		}
	}
	return n
}

// Close ends the feed and whatever reads for it.
func (f *feed) Close() {
	f.mu.Lock()
	select {
	case <-f.done:
	default:
		close(f.done)
	}
	f.mu.Unlock()
	f.cancel()
}

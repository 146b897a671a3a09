package logs

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	feeds "github.com/fn9s/fn9s/kube/stream/logs"
	"github.com/fn9s/fn9s/ui/logpane"
	"github.com/fn9s/fn9s/ui/text"
)

const (
	// beat is the least time between two deliveries: the screen is not drawn more often for what comes.
	beat = 50 * time.Millisecond
	// buffered are the bytes that wait for the screen. The feed is not read further meanwhile.
	buffered = 4 << 20
)

// delivery is what a pump has for the screen.
type delivery struct {
	block   *logpane.Block
	sources int // how many are known
	notices []feeds.Notice
	end     error // the feed's last word
}

// pump reads a feed away from the loop, makes its lines ready to be drawn, and hands them over now and then.
type pump struct {
	feed  feeds.Feed
	known *sources
	ids   map[int]int // of the feed's sources
	begun bool        // a line came

	ready chan struct{} // something waits to be taken
	taken chan struct{}
	spare atomic.Pointer[logpane.Block] // of a delivery that is done with

	mu   sync.Mutex
	next delivery
	last time.Time // of the last delivery
}

func newPump(feed feeds.Feed, known *sources) *pump {
	return &pump{feed: feed, known: known, ids: map[int]int{}, ready: make(chan struct{}, 1), taken: make(chan struct{}, 1),
		next: delivery{block: &logpane.Block{}}}
}

// run reads until the feed or the context ends.
func (p *pump) run(ctx context.Context) {
	defer p.feed.Close()
	for {
		batch, err := p.feed.Next(ctx)
		if ctx.Err() != nil {
			return
		}
		p.mu.Lock()
		p.add(&batch)
		batch.Release()
		p.next.end = err
		full := p.next.block.Bytes() > buffered
		p.mu.Unlock()
		signal(p.ready)
		if err != nil {
			return
		}
		for full {
			select {
			case <-ctx.Done():
				return
			case <-p.taken:
			}
			p.mu.Lock()
			full = p.next.block.Bytes() > buffered
			p.mu.Unlock()
		}
	}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // it is known already
	}
}

// take waits for a delivery; it is not ok once the context ended.
func (p *pump) take(ctx context.Context) (d delivery, ok bool) {
	select {
	case <-ctx.Done():
		return d, false
	case <-p.ready:
	}
	p.mu.Lock()
	rest := beat - time.Since(p.last)
	p.mu.Unlock()
	if rest > 0 {
		timer := time.NewTimer(rest)
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return d, false
		case <-timer.C:
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	d = p.next
	d.sources = len(p.known.list())
	p.next = delivery{block: p.spare.Swap(nil), end: d.end}
	if p.next.block == nil {
		p.next.block = &logpane.Block{}
	}
	p.last = time.Now()
	signal(p.taken)
	return d, true
}

// back takes a block that was delivered, to be used again. It does not wait: the loop calls it.
func (p *pump) back(b *logpane.Block) {
	b.Reset()
	p.spare.Store(b)
}

// add makes rows of a batch: what joins is told before its lines, how something ended behind them.
func (p *pump) add(b *feeds.Batch) {
	for _, s := range b.Sources {
		p.ids[s.ID] = p.known.number(s)
	}
	all := p.known.list()
	for i := range b.Notices {
		if n := &b.Notices[i]; before(n.Kind) && (n.Kind != feeds.Joined || p.begun) {
			addNotice(p.next.block, n, p.id(n.Source), all)
		}
	}
	for i := range b.Lines {
		l := &b.Lines[i]
		p.next.block.Add(&logpane.Line{Time: l.Time, Source: p.id(l.Source), Text: l.Text, Cut: l.Cut})
	}
	p.begun = p.begun || len(b.Lines) > 0
	for i := range b.Notices {
		n := &b.Notices[i]
		if !before(n.Kind) {
			addNotice(p.next.block, n, p.id(n.Source), all)
		}
		told := *n
		told.Source = p.id(n.Source)
		p.next.notices = append(p.next.notices, told)
		p.begun = p.begun || n.Kind == feeds.Waiting
	}
}

func (p *pump) id(source int) int {
	if id, ok := p.ids[source]; ok {
		return id
	}
	return -1
}

func before(k feeds.NoticeKind) bool {
	return slices.Contains([]feeds.NoticeKind{feeds.Joined, feeds.Lost, feeds.Resumed}, k)
}

// addNotice makes a row of a notice.
func addNotice(b *logpane.Block, n *feeds.Notice, source int, all []feeds.Source) {
	about := n.Function.Name
	if source >= 0 && source < len(all) {
		about = name(&all[source])
	}
	tone, words := sentence(n, about)
	b.AddNotice(n.Time, source, tone, words)
}

// sentence says what happened.
func sentence(n *feeds.Notice, about string) (logpane.Tone, string) {
	of, why := "", ""
	if about != "" {
		of = " of " + about
	}
	if n.Text != "" {
		why = ": " + n.Text
	}
	switch n.Kind {
	case feeds.Joined:
		return logpane.Quiet, "— " + about + " joined —"
	case feeds.Left:
		return logpane.Quiet, "— " + about + " ended" + why + " —"
	case feeds.Lost:
		lines := "lines"
		if n.N > 0 {
			lines = text.Count(n.N) + " lines"
		}
		return logpane.Alarming, "▲ " + lines + of + " could not be had" + why
	case feeds.Broken:
		return logpane.Alarming, "▲ the connection" + to(about) + " broke" + why
	case feeds.Resumed:
		return logpane.Notable, "— reading" + of + " goes on —"
	case feeds.Waiting:
		return logpane.Notable, "○ " + about + " has no pods: waiting for the next invocation" + why
	case feeds.Denied:
		return logpane.Alarming, "✗ you may not read the logs" + of + why
	}
	return logpane.Alarming, "✗ the logs" + of + " cannot be read" + why
}

func to(about string) string {
	if about == "" {
		return ""
	}
	return " to " + about
}

// ended reports whether a feed told all that it had, and did not fail.
func ended(err error) bool { return errors.Is(err, feeds.ErrEnd) }

// numbers are the numbers of the feed's sources.
func (p *pump) numbers() map[int]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.ids)
}

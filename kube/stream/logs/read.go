package logs

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/fn9s/fn9s/kube/client"
)

// read asks once, hands over all lines that were not taken before, and returns their number at the end of the answer.
func (r *reader) read(ctx context.Context, q client.LogQuery) (n int, err error) {
	r.feed.begin(r.s)
	if q.Follow {
		// The answer of a silent container does not begin; a server that refuses says so at once.
		calm := time.AfterFunc(2*time.Second, func() { r.feed.mended(r.s) })
		defer calm.Stop()
	}
	body, err := r.from.Log(ctx, r.s.Namespace, r.s.Pod, q)
	if err != nil {
		return 0, err
	}
	defer body.Close()
	r.feed.mended(r.s)
	r.denied = false
	t := taker{ctx: ctx, r: r, replay: r.window.replay(), past: q.Previous, whole: r.clean}
	r.opened, r.clean, r.matched = true, false, false
	split := splitter{from: body, lent: true}
	defer split.close()
	var raw []rawLine
	for {
		var failure error
		raw, failure = split.read(raw[:0])
		if failure == io.EOF && !q.Follow {
			// What has no end of line is a line when the log itself ends here.
			if l, ok := split.rest(); ok {
				raw = append(raw, l)
			}
		}
		if lines := t.take(raw); len(lines) > 0 {
			n += len(lines)
			if err := r.feed.push(ctx, r.s, block{lines: lines, room: split.room.hold()}); err != nil {
				return n, err
			}
		}
		if failure == io.EOF {
			r.clean = true
			return n, nil
		}
		if failure != nil {
			return n, fmt.Errorf("read log of %s/%s: %w", r.s.Namespace, r.s.Pod, failure)
		}
	}
}

// taker makes lines of what came, and leaves out what was taken before.
type taker struct {
	ctx    context.Context
	r      *reader
	replay *replay
	past   bool // it is the log of the run before
	whole  bool // the reading before went to the end
	stamps stamps
}

func (t *taker) take(raw []rawLine) []Line {
	if len(raw) == 0 {
		return nil
	}
	lines := newLines(len(raw))
	for _, l := range raw {
		at, text, ok := t.stamps.cut(l.data)
		if !ok {
			t.unstamped(l.data)
			continue
		}
		p := printOf(at, text)
		if t.replay != nil && t.known(p) {
			continue
		}
		t.r.window.add(p)
		t.r.lineRun = t.r.restarts
		cut := l.cut
		if extra := len(text) - maxText; extra > 0 {
			text, cut = text[:maxText:maxText], cut+extra
		}
		if keep := t.r.s.keep; keep != nil && !keep(text) {
			continue
		}
		lines = append(lines, Line{Time: time.Unix(0, at).UTC(), Source: t.r.s.ID, Text: text, Cut: cut})
	}
	return lines
}

// known reports whether the line was taken before. The first new one tells whether something is missing between.
func (t *taker) known(p print) bool {
	if t.replay.old(p) {
		t.r.matched = t.r.matched || t.replay.matched
		return true
	}
	gap := t.replay.gap()
	if gap || t.replay.over(p) {
		t.replay = nil
	}
	if gap && !t.past && t.r.lineRun == t.r.restarts {
		t.r.fill(t.ctx, t.whole)
		t.r.clean = false
	}
	return false
}

// unstamped is something that the server put between the lines: it says that it cannot read them.
func (t *taker) unstamped(data []byte) {
	if len(bytes.TrimSpace(data)) == 0 {
		return
	}
	t.r.feed.say(Notice{Kind: Failed, Source: t.r.s.ID, Function: t.r.s.Function, Text: string(data[:min(len(data), 1024)])})
}

// backoff spreads attempts.
type backoff struct{ tries int }

const (
	firstDelay = 200 * time.Millisecond
	lastDelay  = 4 * time.Second
)

func (b *backoff) reset() { b.tries = 0 }

func (b *backoff) next() time.Duration {
	return min(firstDelay<<min(b.tries, 10), lastDelay)
}

// wait waits longer every time, between half and all of the delay.
func (b *backoff) wait(ctx context.Context, least time.Duration) error {
	d := b.next()
	d = max(least, d/2+time.Duration(rand.Int64N(int64(d/2)))) // only spreads attempts
	b.tries++
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

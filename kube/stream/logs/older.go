package logs

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/fn9s/fn9s/kube/client"
)

const (
	// olderBytes is how much of older lines is kept of one source, olderLines how many, olderAtOnce how many are read at once.
	olderBytes, olderLines, olderAtOnce = 8 << 20, 20_000, 8
	// slack is how many lines may have come since the last one that was delivered, at the first attempt; every further one
	// asks for four times as much.
	slack, attempts = 1000, 4
)

// past is what Older found of a source.
type past struct {
	lines []Line
	more  bool
	err   error
}

// Older reads at most n lines of every source that lie before what it gave first.
func (f *follower) Older(ctx context.Context, n int) (Batch, bool, error) {
	if n <= 0 {
		return Batch{}, false, nil
	}
	f.mu.Lock()
	sources := slices.Clone(f.sources)
	f.mu.Unlock()
	found := make([]past, len(sources))
	var group errgroup.Group
	group.SetLimit(olderAtOnce)
	for i, s := range sources {
		group.Go(func() error {
			found[i] = f.before(ctx, s, min(n, olderLines))
			return nil
		})
	}
	_ = group.Wait() // its functions return none: what went wrong is in their answers
	if err := ctx.Err(); err != nil {
		return Batch{}, false, err
	}
	return f.joined(sources, found)
}

// joined merges what was found, and notes that it was given.
func (f *follower) joined(sources []*source, found []past) (b Batch, more bool, err error) {
	var failed []error
	f.mu.Lock()
	for i, p := range found {
		if p.err != nil {
			failed = append(failed, p.err)
			continue
		}
		more = more || p.more
		b.Lines = append(b.Lines, p.lines...)
		if len(p.lines) > 0 {
			sources[i].first = printOf(p.lines[0].Time.UnixNano(), p.lines[0].Text)
			sources[i].given += len(p.lines)
		}
	}
	f.mu.Unlock()
	if len(failed) > 0 && len(failed) == len(found) {
		return Batch{}, false, failed[0]
	}
	for _, err := range failed {
		b.Notices = append(b.Notices, Notice{Kind: Failed, Time: f.now(), Source: -1, Text: client.Reason(err)})
	}
	slices.SortStableFunc(b.Lines, func(x, y Line) int { return x.Time.Compare(y.Time) })
	return b, more, nil
}

// before reads lines of a source that lie before its first one. The server counts from the end, where new lines come
// meanwhile: it is asked for more until older ones are among them.
func (f *follower) before(ctx context.Context, s *source, n int) past {
	f.mu.Lock()
	first, given, from := s.first, s.given, f.of[s.ID]
	f.mu.Unlock()
	if given == 0 || from == nil {
		return past{}
	}
	extra, seen := slack, -1
	for range attempts {
		q := client.LogQuery{Container: s.Container, Previous: s.Previous, Tail: given + n + extra}
		k := keeper{source: s, first: first, limit: n}
		if err := k.read(ctx, from.Client(), q); err != nil {
			if kind := client.Classify(err); kind == client.KindNotFound || kind == client.KindInvalid {
				return past{} // it is gone, and so is all that was before
			}
			return past{err: err}
		}
		switch {
		case k.seen >= n || k.dropped > 0:
			return past{lines: k.lines, more: true}
		case k.seen == seen:
			return past{lines: k.lines} // asking for more gave no more: the log begins there
		}
		seen = k.seen
		extra *= 4
	}
	return past{more: true}
}

// keeper keeps the last lines before a known one.
type keeper struct {
	source  *source
	first   print
	limit   int
	stamps  stamps
	lines   []Line
	bytes   int
	seen    int // lines that came
	dropped int // of them, those that are older than what is kept
}

// read reads a log up to the known line.
func (k *keeper) read(ctx context.Context, from opens, q client.LogQuery) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	body, err := from.Log(ctx, k.source.Namespace, k.source.Pod, q)
	if err != nil {
		return err
	}
	defer body.Close()
	split := splitter{from: body}
	var raw []rawLine
	for {
		var failure error
		raw, failure = split.read(raw[:0])
		if slices.ContainsFunc(raw, k.take) || failure == io.EOF {
			return nil
		}
		if failure != nil {
			return fmt.Errorf("read log of %s/%s: %w", k.source.Namespace, k.source.Pod, failure)
		}
	}
}

// take reports whether the known line came.
func (k *keeper) take(l rawLine) (reached bool) {
	at, text, ok := k.stamps.cut(l.data)
	if !ok {
		return false
	}
	cut := l.cut
	if extra := len(text) - maxText; extra > 0 {
		text, cut = text[:maxText], cut+extra
	}
	if at > k.first.at || at == k.first.at && printOf(at, text) == k.first {
		return true
	}
	k.seen++
	if keep := k.source.keep; keep != nil && !keep(text) {
		return false
	}
	k.lines = append(k.lines, Line{Time: time.Unix(0, at).UTC(), Source: k.source.ID, Text: slices.Clone(text), Cut: cut})
	k.bytes += len(text) + lineCost
	for len(k.lines) > k.limit || k.bytes > olderBytes {
		k.bytes -= len(k.lines[0].Text) + lineCost
		k.lines = k.lines[1:]
		k.dropped++
	}
	return false
}

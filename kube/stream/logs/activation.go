package logs

import (
	"bytes"
	"context"
	"time"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// Activation is one run of a function, and what it wrote.
type Activation struct {
	ID    string
	Start time.Time
	Lines []string // `TIME stdout: TEXT`
}

// Activations reads the newest runs of what a record stands for since a time, oldest first.
type Activations func(ctx context.Context, record model.Ref, since time.Time, limit int) ([]Activation, error)

const (
	// pollEvery is how often runs are asked for, a request each time; pollSlow how often where that fails.
	pollEvery, pollSlow = 5 * time.Second, 30 * time.Second
	// activations is how many runs are read at once.
	activations = 100
	// belated is how long before the newest run one may have started that is told later.
	belated = 10 * time.Minute
)

// poller reads the output of runs as long as the function has no pods that could be read instead.
type poller struct {
	feed   *feed
	s      *source
	record model.Ref
	read   Activations
	pods   func() bool          // whether it has pods by now
	since  time.Time            // runs before that wrote to pods; zero: there were none
	known  map[string]time.Time // runs that were told
	stamps stamps
}

// activate starts to poll for a function that has no pods, where a connector keeps what it wrote.
func (f *follower) activate(ctx context.Context, t *target, fn *model.Function) {
	if f.o.Previous || t.polled || f.opener.Activations == nil {
		return
	}
	t.polled = true
	read := f.opener.Activations(t.context, fn.Record)
	if read == nil {
		return
	}
	s := &source{Source: Source{Function: t.function, Namespace: t.function.Namespace, Pod: "activations", Container: "activation",
		Role: model.Run, Activation: true}}
	f.enter(s)
	f.mu.Lock()
	f.active++
	f.mu.Unlock()
	p := &poller{feed: f.feed, s: s, record: fn.Record, read: read, known: map[string]time.Time{}, since: t.populated,
		pods: func() bool { return f.pods(t) }}
	f.readers.Go(func() {
		defer f.leave()
		defer f.finish(s)
		p.run(ctx)
	})
}

// pods reports whether the target has pods by now.
func (f *follower) pods(t *target) (has bool) {
	cluster, ok := f.opener.Cluster(t.context)
	row := f.opener.Board().Row(t.function)
	if !ok || row == nil {
		return false
	}
	cluster.Look(func(x frameworks.Index) {
		has = len(membersOf(row.Function, x, frameworks.LogsOf(f.opener.Adapters, row.Function, x), false)) > 0
	})
	return has
}

func (p *poller) run(ctx context.Context) {
	p.feed.begin(p.s)
	o, failed := p.feed.o, false
	since := p.since
	switch {
	case !since.IsZero():
	case !o.SinceTime.IsZero():
		since = o.SinceTime
	case o.Since > 0:
		since = time.Now().Add(-o.Since)
	}
	for {
		found, err := p.read(ctx, p.record, since, activations)
		wait := pollEvery
		switch {
		case ctx.Err() != nil, o.Follow && p.pods(): // their logs tell it all
			return
		case err != nil:
			wait = pollSlow
			if !failed {
				kind := Failed
				if client.Classify(err) == client.KindForbidden || client.Classify(err) == client.KindAuth {
					kind = Denied
				}
				p.feed.say(Notice{Kind: kind, Source: p.s.ID, Function: p.s.Function, Text: client.Reason(err)})
			}
			failed = true
		default:
			failed = false
			if since, err = p.tell(ctx, found, since); err != nil {
				return
			}
		}
		if !o.Follow || pause(ctx, wait) != nil || p.pods() {
			return
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// tell hands over the runs that are new, and returns the time to ask from next.
func (p *poller) tell(ctx context.Context, found []Activation, since time.Time) (time.Time, error) {
	var lines []Line
	first := len(p.known) == 0
	newest := since
	for _, a := range found {
		if a.Start.After(newest) {
			newest = a.Start
		}
		if _, told := p.known[a.ID]; told {
			continue
		}
		p.known[a.ID] = a.Start
		for _, text := range a.Lines {
			lines = append(lines, p.line(a, []byte(text)))
		}
	}
	for id, start := range p.known {
		if newest.Sub(start) > 2*belated {
			delete(p.known, id)
		}
	}
	if tail := p.feed.o.Tail; first && tail >= 0 && len(lines) > tail {
		lines = lines[len(lines)-tail:]
	}
	if from := newest.Add(-belated); from.After(since) {
		since = from
	}
	if len(lines) == 0 {
		return since, nil
	}
	return since, p.feed.push(ctx, p.s, block{lines: lines})
}

func (p *poller) line(a Activation, text []byte) Line {
	l := Line{Time: a.Start.UTC(), Source: p.s.ID}
	if at, rest, ok := p.stamps.cut(text); ok {
		l.Time, text = time.Unix(0, at).UTC(), rest
	}
	for _, stream := range []string{"stdout: ", "stderr: "} {
		text = bytes.TrimPrefix(text, []byte(stream))
	}
	if n := len(text) - maxText; n > 0 {
		text, l.Cut = text[:maxText], n
	}
	l.Text = text
	return l
}

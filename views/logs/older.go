package logs

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	feeds "github.com/fn9s/fn9s/kube/stream/logs"
	"github.com/fn9s/fn9s/ui/logpane"
	"github.com/fn9s/fn9s/ui/text"
)

const (
	// olderAtOnce is how many lines of all sources together are loaded at a time, about.
	olderAtOnce = 4000
	// olderPatience is how long that may take.
	olderPatience = 30 * time.Second
)

// older is what is known of the lines before the first one.
type older struct {
	feed    feeds.Feed
	more    bool // there may be some
	loading bool
	why     string // it failed
}

// olderMsg brings older lines.
type olderMsg struct {
	to    *Screen
	round int
	block *logpane.Block
	known int
	more  bool
	err   error
}

// tell says above the first line what lies before it.
func (o *older) tell(p *logpane.Pane) {
	switch {
	case p.Lines() == 0:
		p.SetHead("")
	case o.loading:
		p.SetHead("↑ loading older lines…")
	case o.why != "":
		p.SetHead("↑ older lines cannot be had: " + o.why)
	case p.Gone() > 0:
		p.SetHead("↑ " + text.Count(p.Gone()) + " older lines left the ring: going up loads them again")
	case o.more:
		p.SetHead("↑ going up loads older lines")
	default:
		p.SetHead("— here the logs begin —")
	}
}

// loadOlder reads lines before the first one.
func (s *Screen) loadOlder() tea.Cmd {
	o := &s.older
	if o.loading || !o.more || o.feed == nil || s.pane.Kept() == 0 {
		return nil
	}
	o.loading = true
	o.tell(s.pane)
	round, known, parent := s.round, s.known, s.ctx
	n := min(max(olderAtOnce/max(s.count, 1), 100), olderAtOnce)
	read := func(ctx context.Context) (feeds.Batch, bool, error) { return o.feed.Older(ctx, n) }
	ids := s.pump.numbers()
	if oldest := s.pane.Oldest(); s.pane.Gone() > 0 && !oldest.IsZero() {
		// What the feed gave first is not what is first now: another feed reads up to it.
		span := s.pane.Newest().Sub(oldest) * olderAtOnce / time.Duration(s.pane.Kept())
		read = func(ctx context.Context) (feeds.Batch, bool, error) { return s.reread(ctx, oldest, span) }
		ids = nil
	}
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(parent, olderPatience)
		defer cancel()
		m := olderMsg{to: s, round: round, block: &logpane.Block{}}
		var batch feeds.Batch
		batch, m.more, m.err = read(ctx)
		p := pump{known: known, ids: ids, next: delivery{block: m.block}, begun: true}
		if p.ids == nil {
			p.ids = map[int]int{}
		}
		p.add(&batch)
		m.known = len(known.list())
		return m
	}
}

func (s *Screen) takeOlder(m *olderMsg) tea.Cmd {
	o := &s.older
	o.loading, o.why = false, ""
	if m.err != nil {
		o.why = text.Clean(m.err.Error())
	} else {
		o.more = m.more
	}
	s.learn(m.known)
	cmd := s.pane.Prepend(m.block)
	o.tell(s.pane)
	s.barStale = true
	return cmd
}

// reread reads the lines of some time before a moment. Where there are none it looks further back.
func (s *Screen) reread(ctx context.Context, until time.Time, span time.Duration) (feeds.Batch, bool, error) {
	span = max(span, time.Second)
	for attempt := 0; ; attempt++ {
		o := feeds.Options{SinceTime: until.Add(-span), Tail: -1, Previous: s.of.Previous, Builds: s.env.LogOptions.Builds}
		last := attempt == 4
		if last {
			o.SinceTime = time.Time{}
		}
		batch, err := s.readUntil(ctx, o, until)
		if err != nil || len(batch.Lines) > 0 || last {
			return batch, len(batch.Lines) > 0 && !last, err
		}
		span *= 16
	}
}

// readUntil reads the newest lines before a moment.
func (s *Screen) readUntil(ctx context.Context, o feeds.Options, until time.Time) (feeds.Batch, error) {
	feed, err := s.feed(o)
	if err != nil {
		return feeds.Batch{}, err
	}
	defer feed.Close()
	var all feeds.Batch
	for {
		batch, err := feed.Next(ctx)
		all.Sources = append(all.Sources, batch.Sources...)
		reached := len(batch.Lines) > 0
		for _, l := range batch.Lines {
			if l.Time.Before(until) {
				all.Lines = append(all.Lines, l)
				reached = false
			}
		}
		if extra := len(all.Lines) - 2*olderAtOnce; extra > 0 {
			all.Lines = slices.Delete(all.Lines, 0, extra)
		}
		switch {
		case reached || ended(err):
			return all, nil
		case err != nil:
			return all, err
		}
	}
}

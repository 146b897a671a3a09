package logs

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	feeds "github.com/fn9s/fn9s/kube/stream/logs"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/views/screen"
)

// flood is a feed of twenty pods that has so many lines a second, and never waits for a reader who is behind.
type flood struct {
	total  int
	each   int           // lines of a batch
	pause  time.Duration // between two batches
	given  int
	begun  time.Time
	closed chan struct{}
}

func (f *flood) Open([]model.FunctionID, feeds.Options) (feeds.Feed, error) { return f, nil }

func (f *flood) OpenPod(string, model.Ref, feeds.Options) (feeds.Feed, error) { return f, nil }

func (f *flood) Older(context.Context, int) (feeds.Batch, bool, error) {
	return feeds.Batch{}, false, nil
}

func (f *flood) Close() { close(f.closed) }

func (f *flood) Next(ctx context.Context) (b feeds.Batch, err error) {
	if f.given == f.total {
		return b, feeds.ErrEnd
	}
	if f.given == 0 {
		f.begun = time.Now()
		for i := range 20 {
			b.Sources = append(b.Sources, feeds.Source{ID: i, Namespace: "load", Pod: fmt.Sprintf("pod-%02d", i), Container: "c"})
		}
	}
	if due := f.begun.Add(time.Duration(f.given/f.each) * f.pause); f.pause > 0 {
		select {
		case <-ctx.Done():
			return b, ctx.Err()
		case <-time.After(time.Until(due)):
		}
	}
	for range min(f.each, f.total-f.given) {
		b.Lines = append(b.Lines, feeds.Line{Time: f.begun.Add(time.Duration(f.given)), Source: f.given % 20,
			Text: fmt.Appendf(nil, `{"time":"2026-09-01T12:04:31Z","level":"info","msg":"charged the card","order":%d,"user":"jane","ms":%d}`, f.given, f.given%977)})
		f.given++
	}
	return b, nil
}

// loop is an event loop: it runs commands, hands on messages, and presses a key now and then.
type loop struct {
	*Screen
	messages chan tea.Msg
	delays   []time.Duration // from a key to its frame
}

func newLoop(f *flood, o screen.LogOptions) *loop {
	env := &screen.Env{Deps: screen.Deps{Logs: f}, Theme: themes.Default(), Now: time.Now, LogOptions: o}
	l := &loop{Screen: New(env, screen.Logging{Functions: []model.FunctionID{{}}, Title: "load"}), messages: make(chan tea.Msg)}
	l.SetSize(200, 48)
	return l
}

func (l *loop) start(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	go func() {
		select {
		case l.messages <- cmd():
		case <-l.ctx.Done():
		}
	}()
}

// handle takes a message, and draws.
func (l *loop) handle(msg tea.Msg) {
	if batch, ok := msg.(tea.BatchMsg); ok {
		for _, cmd := range batch {
			l.start(cmd)
		}
		return
	}
	l.start(l.Update(msg))
	l.View()
}

// until runs until a condition holds, and presses keys.
func (l *loop) until(t *testing.T, keys []action.ID, done func() bool) {
	t.Helper()
	key := make(chan time.Time, 1)
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for {
			select {
			case <-stop:
				return
			case now := <-time.After(17 * time.Millisecond):
				select {
				case key <- now:
				default:
				}
			}
		}
	}()
	deadline := time.After(time.Minute)
	for n := 0; !done(); {
		select {
		case msg := <-l.messages:
			l.handle(msg)
		case at := <-key:
			if len(keys) > 0 {
				l.start(l.Move(keys[n%len(keys)]))
				l.View()
				l.delays = append(l.delays, time.Since(at))
				n++
			}
		case <-deadline:
			t.Fatal("it takes too long")
		}
	}
}

func (l *loop) p95() time.Duration {
	slices.Sort(l.delays)
	return l.delays[len(l.delays)*95/100]
}

// A flood of lines is taken as fast as it comes; none is lost, and a key does not wait for it.
func TestAFloodOfLines(t *testing.T) {
	defer goleak.VerifyNone(t)
	f := &flood{total: 300_000, each: 1000, pause: 10 * time.Millisecond, closed: make(chan struct{})}
	if raceEnabled || testing.Short() {
		f.total = 30_000
	}
	l := newLoop(f, screen.LogOptions{})
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begun := time.Now()
	l.start(l.Show())
	l.until(t, []action.ID{action.MoveUp, action.MoveUp, action.MoveBottom, action.PageUp, action.MoveBottom}, func() bool { return l.state.phase == over })
	runtime.ReadMemStats(&after)
	assert.Equal(t, f.total, l.pane.Lines(), "every line came")
	assert.Equal(t, f.total, l.pane.Kept()+l.pane.Gone(), "and is in the ring, or counted")
	t.Logf("%d lines in %s, key to frame p95 %s, heap +%d MiB", f.total, time.Since(begun).Round(time.Millisecond), l.p95(), (int(after.HeapSys)-int(before.HeapSys))>>20)
	l.Close()
	<-f.closed
}

// Whoever reads the oldest lines holds the feed up: it is read no further than a few megabytes.
func TestAReaderOfOldLinesHoldsTheFeedUp(t *testing.T) {
	defer goleak.VerifyNone(t)
	f := &flood{total: 200_000, each: 1000, closed: make(chan struct{})}
	l := newLoop(f, screen.LogOptions{Ring: 4 << 20})
	l.start(l.Show())
	l.until(t, nil, func() bool { return l.pane.Gone() > 0 })
	l.start(l.Move(action.MoveTop))
	first := l.pane.Gone()
	l.until(t, nil, func() bool { return l.aside != nil })
	assert.Contains(t, l.View(), "no more is read")
	assert.Less(t, l.pane.Lines(), f.total)
	assert.Equal(t, first, l.pane.Gone(), "what is being read stays")
	l.start(l.Move(action.MoveBottom))
	l.until(t, nil, func() bool { return l.state.phase == over })
	require.Equal(t, f.total, l.pane.Lines(), "afterwards all comes")
	l.Close()
	<-f.closed
}

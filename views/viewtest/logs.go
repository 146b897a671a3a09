package viewtest

import (
	"context"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/stream/logs"
	"github.com/fn9s/fn9s/security/model"
)

// Logs opens feeds that tell what a test wrote down. It stands in for the transport only.
type Logs struct {
	Batches []logs.Batch
	End     error        // after the last of them; nil: the feed stays open
	Past    []logs.Batch // what is older, the newest first
	Err     error        // nothing can be opened

	mu     sync.Mutex
	Opened []string // what was asked for
	feed   *Feed
}

// Feed is an open feed of Logs.
type Feed struct {
	of     *Logs
	left   []logs.Batch
	older  []logs.Batch
	given  int
	idle   chan struct{} // closed once nothing is left
	closed chan struct{}
	once   sync.Once
}

// Open notes the call.
func (l *Logs) Open(functions []model.FunctionID, o logs.Options) (logs.Feed, error) {
	var names []string
	for _, f := range functions {
		names = append(names, f.Name)
	}
	return l.open(strings.Join(names, ","), o)
}

// OpenPod notes the call.
func (l *Logs) OpenPod(_ string, ref model.Ref, o logs.Options) (logs.Feed, error) {
	return l.open(ref.Kind+"/"+ref.Name, o)
}

func (l *Logs) open(what string, o logs.Options) (logs.Feed, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	note := fmt.Sprintf("%s tail=%d since=%s", what, o.Tail, o.Since)
	if o.Previous {
		note += " previous"
	}
	l.Opened = append(l.Opened, note)
	if l.Err != nil {
		return nil, l.Err
	}
	f := &Feed{of: l, left: slices.Clone(l.Batches), older: slices.Clone(l.Past), idle: make(chan struct{}), closed: make(chan struct{})}
	if o.Follow || o.Previous {
		l.feed = f
	}
	return f, nil
}

// Next tells the next batch.
func (f *Feed) Next(ctx context.Context) (logs.Batch, error) {
	f.of.mu.Lock()
	if len(f.left) > 0 {
		b := f.left[0]
		f.left = f.left[1:]
		f.given += len(b.Lines) + len(b.Notices)
		f.of.mu.Unlock()
		b.Lines = slices.Clone(b.Lines) // the reader may release them
		return b, nil
	}
	f.of.mu.Unlock()
	if f.of.End != nil {
		return logs.Batch{}, f.of.End
	}
	f.once.Do(func() { close(f.idle) })
	select {
	case <-ctx.Done():
		return logs.Batch{}, ctx.Err()
	case <-f.closed:
		return logs.Batch{}, logs.ErrEnd
	}
}

// Older tells what is older.
func (f *Feed) Older(context.Context, int) (logs.Batch, bool, error) {
	f.of.mu.Lock()
	defer f.of.mu.Unlock()
	if len(f.older) == 0 {
		return logs.Batch{}, false, nil
	}
	b := f.older[0]
	f.older = f.older[1:]
	return b, len(f.older) > 0, nil
}

// Close ends the feed.
func (f *Feed) Close() {
	f.of.mu.Lock()
	defer f.of.mu.Unlock()
	select {
	case <-f.closed:
	default:
		close(f.closed)
	}
}

// Answer runs a command. One that waits for lines is left waiting where the feed has none left and the screen received all
// of them: it would wait forever.
func (l *Logs) Answer(cmd tea.Cmd, received func() int) tea.Msg {
	if l == nil || !strings.Contains(runtime.FuncForPC(reflect.ValueOf(cmd).Pointer()).Name(), "logs.(*Screen).wait") {
		return cmd()
	}
	l.mu.Lock()
	f := l.feed
	l.mu.Unlock()
	done := make(chan tea.Msg, 1)
	go func() { done <- cmd() }()
	select {
	case msg := <-done:
		return msg
	case <-f.idle:
	}
	l.mu.Lock()
	all := f.given == received()
	l.mu.Unlock()
	if all {
		return nil
	}
	return <-done
}

// LogBatches are what the logs of a function with three pods have to tell.
func LogBatches() []logs.Batch {
	fn := model.FunctionID{Context: Context}
	fn.Framework, fn.Namespace, fn.Name = "openfaas", "payments", "charge-card"
	source := func(id int, pod, container string) logs.Source {
		return logs.Source{ID: id, Function: fn, Namespace: "payments", Pod: "charge-card-7d9f8b6c5-" + pod, Container: container, Role: model.Run}
	}
	at := func(ms int) time.Time { return Now.Add(time.Duration(ms-60_000) * time.Millisecond) }
	var lines []logs.Line
	line := func(ms, source int, s string) {
		lines = append(lines, logs.Line{Time: at(ms), Source: source, Text: []byte(s)})
	}
	line(0, 0, "2026/09/01 12:03:31 Started logging: stderr from function.")
	line(4, 1, "Forking - node [index.js]")
	line(10, 0, `{"time":"2026-09-01T12:03:31.010Z","level":"info","msg":"listening","port":3000}`)
	line(15, 1, `{"time":"2026-09-01T12:03:31.015Z","level":"info","msg":"listening","port":3000}`)
	line(2210, 0, `{"time":"2026-09-01T12:03:33.210Z","level":"info","msg":"charged the card","order":"A-1204","amount":1250,"currency":"EUR","ms":38}`)
	line(2290, 1, `{"time":"2026-09-01T12:03:33.290Z","level":"debug","msg":"token from cache","order":"A-1205","age":"4m10s","ms":1}`)
	line(3015, 1, `{"time":"2026-09-01T12:03:34.015Z","level":"warn","msg":"the gateway was slow","order":"A-1205","amount":90,"currency":"EUR","ms":2230}`)
	line(5120, 0, `{"time":"2026-09-01T12:03:36.120Z","level":"error","msg":"the gateway refused","order":"A-1206","amount":70000,"currency":"EUR","ms":120,"err":{"code":402,"reason":"limit","path":["/v1/charges","/v1/limits"]},"stack":"Error: limit\n    at charge (/home/app/function/handler.js:41:11)\n    at process.processTicksAndRejections"}`)
	line(6001, 1, "POST / - 200 OK - ContentLength: 88B (0.0412 seconds)")
	line(6420, 0, `time=2026-09-01T12:03:37Z level=info msg="retry queue drained" left=0 took=12ms`)
	line(7300, 2, "\x1b[32m[Nest] 17\x1b[39m  - \x1b[33m[RoutesResolver]\x1b[39m CardController {/cards}")
	line(7312, 2, "W0901 12:03:38.312551       1 client_config.go:618] Neither --kubeconfig nor --master was specified.")
	line(8000, 1, `{"time":"2026-09-01T12:03:39.000Z","level":"info","msg":"charged the card","order":"A-1207","amount":400,"currency":"EUR","ms":41}`)
	return []logs.Batch{
		{Sources: []logs.Source{source(0, "4xk2p", "charge-card"), source(1, "9zq7w", "charge-card")}, Lines: lines[:10],
			Notices: []logs.Notice{{Kind: logs.Joined, Source: 0, Time: at(0)}, {Kind: logs.Joined, Source: 1, Time: at(0)}}},
		{Sources: []logs.Source{source(2, "h5m8t", "charge-card")}, Notices: []logs.Notice{{Kind: logs.Joined, Source: 2, Time: at(7290), Function: fn}}, Lines: lines[10:]},
	}
}

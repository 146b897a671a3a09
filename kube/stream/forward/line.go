package forward

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/stream/tunnel"
)

// How often a way that was lost is looked for again, and how long a connection waits for one.
const (
	shortest = 250 * time.Millisecond
	longest  = 8 * time.Second
	patience = 15 * time.Second
	opening  = 20 * time.Second
)

// line is one forward.
type line struct {
	desk      *Desk
	id        string
	ctx       context.Context
	cancel    context.CancelFunc
	listeners []net.Listener
	in, out   atomic.Int64
	wanted    chan struct{} // somebody wants a way now
	tried     chan struct{} // closed after the first attempt
	once      sync.Once

	mu      sync.Mutex
	f       Forward
	err     error
	way     *tunnel.Tunnel
	changed chan struct{} // closed when there is another way
}

func newLine(d *Desk, f Forward, listeners []net.Listener) *line {
	l := &line{desk: d, id: f.ID, f: f, listeners: listeners, wanted: make(chan struct{}, 1),
		tried: make(chan struct{}), changed: make(chan struct{})}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	return l
}

func (l *line) start() {
	l.desk.work.Go(l.keep)
	for i, listener := range l.listeners {
		l.desk.work.Go(func() { l.accept(listener, l.f.Ports[i].Remote) })
	}
}

func (l *line) stop() {
	l.cancel()
	for _, listener := range l.listeners {
		_ = listener.Close()
	}
}

func (l *line) state() Forward {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.f
	f.In, f.Out = l.in.Load(), l.out.Load()
	return f
}

func (l *line) why() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return l.err
	}
	return errors.New("there was no answer yet")
}

// keep has a way to a pod at all times, as far as there is one.
func (l *line) keep() {
	wait := shortest
	for l.ctx.Err() == nil {
		way, err := l.open()
		if err != nil {
			l.broken(err)
			l.once.Do(func() { close(l.tried) })
			l.sleep(wait)
			wait = min(wait*2, longest)
			continue
		}
		wait = shortest
		l.once.Do(func() { close(l.tried) })
		select {
		case <-way.Done():
			l.lost(way)
		case <-l.ctx.Done():
		}
		way.Close()
	}
	l.mu.Lock()
	l.f.State, l.f.Pod = Stopped, ""
	l.mu.Unlock()
	l.once.Do(func() { close(l.tried) })
}

// sleep waits before the next attempt; somebody who wants a way shortens it.
func (l *line) sleep(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-l.wanted:
		select {
		case <-time.After(shortest):
		case <-l.ctx.Done():
		}
	case <-l.ctx.Done():
	}
}

func (l *line) open() (*tunnel.Tunnel, error) {
	c, pod, err := l.desk.o.Finder.Find(l.f.Target)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(l.ctx, opening)
	defer cancel()
	if err := tunnel.May(ctx, c, pod.Ref, "portforward", "create"); err != nil {
		return nil, err
	}
	way, err := tunnel.Open(ctx, c, pod.Ref)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.f.Pod != pod.Name && l.f.Pod != "" {
		l.f.Moved++
		l.say(false, fmt.Sprintf("%s goes on with pod %s", l.f.Target.Title, pod.Name))
	} else if l.f.State == Waiting {
		l.say(false, l.f.Target.Title+" is reached again")
	}
	l.f.Pod, l.f.State, l.f.Reason, l.err = pod.Name, Active, "", nil
	l.way = way
	close(l.changed)
	l.changed = make(chan struct{})
	return way, nil
}

// say tells what happened. The caller holds the lock.
func (l *line) say(bad bool, text string) {
	f := l.f
	f.In, f.Out = l.in.Load(), l.out.Load()
	l.desk.o.Notify(Notice{Forward: f, Bad: bad, Text: text})
}

// broken notes why there is no way. What is said once is not said again.
func (l *line) broken(err error) {
	if l.ctx.Err() != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	reason := err.Error()
	if client.Classify(err) == client.KindUnreachable && client.Refused(err) {
		reason = "the API server does not answer: " + client.Reason(err)
	}
	l.err = err
	if l.f.State == Waiting && l.f.Reason == reason {
		return
	}
	l.f.State, l.f.Reason = Waiting, reason
	l.say(true, l.f.Target.Title+": "+reason)
}

func (l *line) lost(way *tunnel.Tunnel) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.way == way {
		l.way = nil
	}
	if l.ctx.Err() != nil || l.f.State != Active {
		return
	}
	l.f.State, l.f.Reason = Waiting, "the way to pod "+way.Pod.Name+" was lost"
	l.say(true, l.f.Target.Title+": "+l.f.Reason)
}

// ready returns a way to a pod that still runs, and waits a while for one.
func (l *line) ready() (*tunnel.Tunnel, error) {
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		l.mu.Lock()
		way, changed, reason := l.way, l.changed, l.f.Reason
		l.mu.Unlock()
		if way != nil && way.Alive() {
			if l.still(way) {
				return way, nil
			}
			way.Close() // its pod is going: the next one is looked for
		}
		select {
		case l.wanted <- struct{}{}:
		default:
		}
		select {
		case <-changed:
		case <-limit.C:
			return nil, errors.New(reason)
		case <-l.ctx.Done():
			return nil, l.ctx.Err()
		}
	}
}

// still reports whether the pod of a way is to be gone on with: it is the best one, or no better one is there.
func (l *line) still(way *tunnel.Tunnel) bool {
	_, pod, err := l.desk.o.Finder.Find(l.f.Target)
	if err != nil || pod.Name == way.Pod.Name {
		return true
	}
	return l.desk.o.Finder.Runs(l.f.Target, way.Pod)
}

func (l *line) accept(listener net.Listener, remote int) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			if l.ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return
			}
			l.sleep(shortest) // too many open files: others may close some
			continue
		}
		l.desk.work.Go(func() { l.serve(conn, remote) })
	}
}

func (l *line) count(open int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.f.Open += open
	l.f.Total += max(open, 0)
}

// serve leads one connection to the pod.
func (l *line) serve(conn net.Conn, remote int) {
	l.count(1)
	defer l.count(-1)
	defer func() { _ = conn.Close() }()
	far, err := l.dial(remote)
	if err != nil {
		l.complain(err)
		return
	}
	defer func() { _ = far.Close() }()
	stop := context.AfterFunc(l.ctx, func() {
		_ = conn.Close()
		_ = far.Close()
	})
	defer stop()
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		_, err := io.Copy(counted{far, &l.in}, conn)
		if err == nil {
			err = far.CloseWrite()
		}
		if err != nil {
			_ = far.Close()
		}
	}()
	_, err = io.Copy(counted{conn, &l.out}, far)
	var refused *tunnel.RefusedError
	if errors.As(err, &refused) {
		l.complain(err)
	}
	_ = conn.Close() // ends what is being sent
	<-sent
}

// dial connects to the pod; a way that broke unnoticed is replaced once.
func (l *line) dial(remote int) (*tunnel.Conn, error) {
	var last error
	for range 2 {
		way, err := l.ready()
		if err != nil {
			return nil, err
		}
		c, err := way.Dial(remote)
		if err == nil {
			return c, nil
		}
		last = err
		way.Close()
	}
	return nil, last
}

func (l *line) complain(err error) {
	if l.ctx.Err() != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.say(true, l.f.Target.Title+": "+err.Error())
}

// counted counts what is written.
type counted struct {
	io.Writer
	n *atomic.Int64
}

func (c counted) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.n.Add(int64(n))
	return n, err
}

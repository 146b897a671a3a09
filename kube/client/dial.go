package client

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// dialer makes the connections of one client and remembers them, so that leaving a cluster leaves nothing open.
type dialer struct {
	net.Dialer
	gather atomic.Bool
	mu     sync.Mutex
	open   map[net.Conn]struct{}
	closed bool
}

// keepAlive finds within 15 s that nobody is at the other end, where no pings of HTTP/2 do.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 6 * time.Second, Interval: 3 * time.Second, Count: 3}

func newDialer() *dialer {
	return &dialer{
		Dialer: net.Dialer{Timeout: 5 * time.Second, KeepAliveConfig: keepAlive},
		open:   map[net.Conn]struct{}{},
	}
}

func (d *dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		_ = c.Close()
		return nil, net.ErrClosed
	}
	t := &conn{Conn: c, dialer: d, closed: make(chan struct{})}
	d.open[t] = struct{}{}
	return t, nil
}

// close drops all connections, and refuses new ones.
func (d *dialer) close() {
	d.mu.Lock()
	d.closed = true
	open := d.open
	d.open = map[net.Conn]struct{}{}
	d.mu.Unlock()
	for c := range open {
		_ = c.Close()
	}
}

// gatherTime is how long a connection that is being gathered is left alone after it had something to say.
const gatherTime = 50 * time.Millisecond

// conn is a connection that its dialer knows. It has one reader.
type conn struct {
	net.Conn
	dialer  *dialer
	once    sync.Once
	closed  chan struct{}
	drained bool      // the last read took all there was
	woke    time.Time // when there was something again after that
}

// Read waits, where that is wanted, until much has come together. What comes after quiet is read at once.
func (c *conn) Read(p []byte) (int, error) {
	if c.drained && c.dialer.gather.Load() {
		if d := gatherTime - time.Since(c.woke); d > 0 {
			t := time.NewTimer(d)
			select {
			case <-t.C:
			case <-c.closed:
				t.Stop()
			}
		}
	}
	n, err := c.Conn.Read(p)
	if c.drained {
		c.woke = time.Now()
	}
	c.drained = n < len(p)
	return n, err
}

func (c *conn) Close() error {
	c.once.Do(func() { close(c.closed) })
	c.dialer.mu.Lock()
	delete(c.dialer.open, c)
	c.dialer.mu.Unlock()
	return c.Conn.Close()
}

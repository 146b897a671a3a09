package client

import (
	"context"
	"net"
	"sync"
	"time"
)

// dialer makes the connections of one client and remembers them, so that leaving a cluster leaves nothing open.
type dialer struct {
	net.Dialer
	mu     sync.Mutex
	open   map[net.Conn]struct{}
	closed bool
}

func newDialer() *dialer {
	return &dialer{
		Dialer: net.Dialer{Timeout: 5 * time.Second, KeepAlive: 15 * time.Second},
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
	t := &conn{Conn: c, dialer: d}
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

// conn is a connection that its dialer knows.
type conn struct {
	net.Conn
	dialer *dialer
}

func (c *conn) Close() error {
	c.dialer.mu.Lock()
	delete(c.dialer.open, c)
	c.dialer.mu.Unlock()
	return c.Conn.Close()
}

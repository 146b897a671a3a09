// Package relay passes TCP connections on until it is told to cut them, for tools that show or measure what the console
// does without its server.
//
// Its one rule: it listens on loopback only.
package relay

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
)

// Relay stands between the console and a server.
type Relay struct {
	Address string // where it listens

	target   string
	listener net.Listener
	swallow  atomic.Bool
	running  sync.WaitGroup

	mu     sync.Mutex
	conns  []net.Conn
	closed bool
}

// New starts a relay to an address.
func New(ctx context.Context, target string) (*Relay, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	r := &Relay{Address: l.Addr().String(), target: target, listener: l}
	r.running.Go(func() { r.accept(ctx) })
	return r, nil
}

// Swallow makes the relay a hole: connections stay open, are taken too, and nothing passes any more.
func (r *Relay) Swallow() { r.swallow.Store(true) }

// Close cuts all connections and takes no more: the next one is refused.
func (r *Relay) Close() {
	_ = r.listener.Close()
	r.mu.Lock()
	r.closed = true
	for _, c := range r.conns {
		_ = c.Close()
	}
	r.mu.Unlock()
	r.running.Wait()
}

func (r *Relay) accept(ctx context.Context) {
	for {
		client, err := r.listener.Accept()
		if err != nil {
			return
		}
		server, err := new(net.Dialer).DialContext(ctx, "tcp", r.target)
		if err != nil {
			_ = client.Close()
			continue
		}
		if !r.keep(client, server) {
			return
		}
		r.running.Go(func() { r.pass(server, client) })
		r.running.Go(func() { r.pass(client, server) })
	}
}

// keep remembers a pair of connections to cut it in the end; once closed, it cuts the pair at once.
func (r *Relay) keep(pair ...net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		for _, c := range pair {
			_ = c.Close()
		}
		return false
	}
	r.conns = append(r.conns, pair...)
	return true
}

func (r *Relay) pass(to, from net.Conn) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			break
		}
		if r.swallow.Load() {
			continue
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			break
		}
	}
	if !r.swallow.Load() { // a hole does not pass on the end either
		_ = to.Close()
	}
}

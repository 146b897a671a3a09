// Package tunnel carries connections to the ports of a pod through the API server, over a websocket or, where something on
// the way knows none, over SPDY.
//
// Its one rule: a tunnel leads to one pod, and ends with it. Who wants the next pod opens the next tunnel.
package tunnel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/transport/spdy"
	"k8s.io/streaming/pkg/httpstream"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/security/model"
)

// DeniedError says that the operator may not do something with pods.
type DeniedError struct{ Verb, Resource, Namespace, Reason string }

func (e *DeniedError) Error() string {
	s := fmt.Sprintf("you may not %s %s in %s", e.Verb, e.Resource, e.Namespace)
	if e.Reason != "" {
		s += ": " + e.Reason
	}
	return s
}

// May asks the API server whether the operator may open a subresource of a pod, or of a service: exec, attach,
// portforward, proxy. Who may not gets a DeniedError, and in read-only mode the refusal of the gate.
func May(ctx context.Context, c *client.Client, ref model.Ref, subresource, verb string) error {
	resource := strings.ToLower(ref.Kind) + "s"
	probe := &http.Request{Method: http.MethodPost, URL: Address(c, ref, subresource), Header: http.Header{}}
	if err := c.Gate().Check(probe); err != nil {
		return err
	}
	v, err := c.ReviewSelf(ctx, &authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &authorizationv1.ResourceAttributes{
		Namespace: ref.Namespace, Verb: verb, Resource: resource, Subresource: subresource, Name: ref.Name,
	}})
	switch {
	case err != nil && ctx.Err() == nil && client.Classify(err) != client.KindUnreachable:
		return nil // the question is refused: the server will say so itself
	case err != nil:
		return err
	case !v.Allowed:
		return &DeniedError{Verb: verb, Resource: resource + "/" + subresource, Namespace: ref.Namespace, Reason: v.Reason}
	}
	return nil
}

// Address is the URL of a subresource of a pod or service.
func Address(c *client.Client, ref model.Ref, subresource string) *url.URL {
	base := c.Config().Host
	if !strings.Contains(base, "://") {
		base = "https://" + base
	}
	u, err := url.Parse(base)
	if err != nil {
		u = &url.URL{Scheme: "https", Host: c.Config().Host} // the connection was made with it: it can be parsed
	}
	return u.JoinPath("api", "v1", "namespaces", ref.Namespace, strings.ToLower(ref.Kind)+"s", ref.Name, subresource)
}

// Fallback reports whether SPDY is to be tried, because something on the way knows no websockets.
func Fallback(err error) bool {
	return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
}

// Config is the connection of a client without the watcher of its warnings: streams have none.
func Config(c *client.Client) *rest.Config { return rest.CopyConfig(c.Config()) }

// Tunnel is an open way to one pod. It is safe for concurrent use.
type Tunnel struct {
	Pod    model.Ref
	conn   httpstream.Connection
	number atomic.Int64
	once   sync.Once
	done   chan struct{}
}

// Open opens the way. The context bounds the opening only.
func Open(ctx context.Context, c *client.Client, pod model.Ref) (*Tunnel, error) {
	conn, err := open(ctx, c, Address(c, pod, "portforward"))
	if err != nil {
		return nil, fmt.Errorf("open a way to pod %s/%s: %w", pod.Namespace, pod.Name, err)
	}
	t := &Tunnel{Pod: pod, conn: conn, done: make(chan struct{})}
	go func() {
		<-conn.CloseChan()
		t.end()
	}()
	return t, nil
}

func open(ctx context.Context, c *client.Client, at *url.URL) (httpstream.Connection, error) {
	config := Config(c)
	overWebsocket, err := portforward.NewSPDYOverWebsocketDialerForStreaming(at, config)
	if err != nil {
		return nil, err
	}
	transport, upgrader, err := spdy.RoundTripperFor(config)
	if err != nil {
		return nil, err
	}
	plain := spdy.NewDialerForStreaming(upgrader, &http.Client{Transport: transport}, http.MethodPost, at)
	dialer := portforward.NewFallbackDialerForStreaming(overWebsocket, plain, Fallback)
	type result struct {
		conn httpstream.Connection
		err  error
	}
	made := make(chan result, 1)
	go func() {
		conn, protocol, err := dialer.Dial(portforward.PortForwardProtocolV1Name)
		if err == nil && protocol != portforward.PortForwardProtocolV1Name {
			_ = conn.Close()
			err = fmt.Errorf("the server speaks %q, not %q", protocol, portforward.PortForwardProtocolV1Name)
		}
		made <- result{conn, err}
	}()
	select {
	case r := <-made:
		return r.conn, r.err
	case <-ctx.Done():
		go func() { // dialers take no context: what comes too late is closed
			if r := <-made; r.err == nil {
				_ = r.conn.Close()
			}
		}()
		return nil, ctx.Err()
	}
}

// Done is closed when the tunnel has ended.
func (t *Tunnel) Done() <-chan struct{} { return t.done }

// Alive reports whether the tunnel has not ended yet.
func (t *Tunnel) Alive() bool {
	select {
	case <-t.done:
		return false
	default:
		return true
	}
}

// Close ends the tunnel and its connections.
func (t *Tunnel) Close() {
	_ = t.conn.Close()
	t.end()
}

func (t *Tunnel) end() { t.once.Do(func() { close(t.done) }) }

// Dial opens a connection to a port of the pod. What the pod's side complains about later is what Read ends with.
func (t *Tunnel) Dial(port int) (*Conn, error) {
	headers := http.Header{}
	headers.Set(corev1.StreamType, corev1.StreamTypeError)
	headers.Set(corev1.PortHeader, strconv.Itoa(port))
	headers.Set(corev1.PortForwardRequestIDHeader, strconv.FormatInt(t.number.Add(1), 10))
	complaints, err := t.conn.CreateStream(headers)
	if err != nil {
		return nil, fmt.Errorf("connect to port %d of pod %s: %w", port, t.Pod.Name, err)
	}
	_ = complaints.Close() // we do not write to it
	headers.Set(corev1.StreamType, corev1.StreamTypeData)
	data, err := t.conn.CreateStream(headers)
	if err != nil {
		t.conn.RemoveStreams(complaints)
		return nil, fmt.Errorf("connect to port %d of pod %s: %w", port, t.Pod.Name, err)
	}
	c := &Conn{tunnel: t, port: port, data: data, complaints: complaints, told: make(chan struct{})}
	go c.listen()
	return c, nil
}

// Conn is a connection to a port of a pod. Deadlines are not kept: who waits no longer closes it.
type Conn struct {
	tunnel     *Tunnel
	port       int
	data       httpstream.Stream
	complaints httpstream.Stream
	once       sync.Once
	told       chan struct{} // closed once nothing more is complained about
	complaint  string
}

// most is how much of a complaint is read.
const most = 4 << 10

func (c *Conn) listen() {
	defer close(c.told)
	text, _ := io.ReadAll(io.LimitReader(c.complaints, most)) // a stream that broke complains by its end
	c.complaint = strings.TrimSpace(string(text))
	if c.complaint != "" {
		_ = c.data.Reset()
	}
}

// Read reads what the pod sends.
func (c *Conn) Read(p []byte) (int, error) {
	n, err := c.data.Read(p)
	if err == nil || n > 0 {
		return n, nil
	}
	select {
	case <-c.told:
		if c.complaint != "" {
			return 0, &RefusedError{Port: c.port, Pod: c.tunnel.Pod.Name, Words: c.complaint}
		}
	default:
	}
	if !c.tunnel.Alive() && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("the way to pod %s was lost: %w", c.tunnel.Pod.Name, err)
	}
	return 0, err
}

// RefusedError is what the pod's side says of a connection.
type RefusedError struct {
	Port       int
	Pod, Words string
}

func (e *RefusedError) Error() string {
	if strings.Contains(e.Words, "connection refused") {
		return fmt.Sprintf("nothing listens on port %d of pod %s", e.Port, e.Pod)
	}
	return fmt.Sprintf("port %d of pod %s: %s", e.Port, e.Pod, e.Words)
}

// Write sends to the pod.
func (c *Conn) Write(p []byte) (int, error) { return c.data.Write(p) }

// CloseWrite says that nothing more is sent.
func (c *Conn) CloseWrite() error { return c.data.Close() }

// Close ends the connection.
func (c *Conn) Close() error {
	c.once.Do(func() {
		_ = c.data.Reset() // what is still under way would block the others
		_ = c.complaints.Reset()
		c.tunnel.conn.RemoveStreams(c.data, c.complaints)
	})
	return nil
}

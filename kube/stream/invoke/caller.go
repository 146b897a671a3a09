package invoke

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/inspect"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Connector is the API of a framework that is no Kubernetes API.
type Connector struct {
	Context, Framework, Namespace string
	URL                           string
	Secret                        model.Ref
	Key                           string
	Transport                     http.RoundTripper
}

// serves reports an address of the connector's server.
func (k *Connector) serves(address *url.URL) bool {
	own, err := url.Parse(k.URL)
	return err == nil && own.Host == address.Host && own.Scheme == address.Scheme
}

// Options are what a caller works with.
type Options struct {
	Clusters   inspect.Clusters
	Adapters   []frameworks.Framework
	Functions  func(model.FunctionID) *model.Function
	Connectors []Connector
	Secrets    func(ctx context.Context, context string, secret model.Ref, key string) ([]byte, error)
	Transport  http.RoundTripper // to addresses outside; nil: Outside
	Now        func() time.Time
}

// Caller calls functions, and remembers what came of it. It is safe for concurrent use.
type Caller struct {
	o       Options
	mu      sync.Mutex
	history map[model.FunctionID][]*Exchange
	kept    []*Exchange // of all functions, the oldest first
	bytes   int
}

// New makes a caller.
func New(o Options) *Caller {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Transport == nil {
		o.Transport = Outside()
	}
	return &Caller{o: o, history: map[model.FunctionID][]*Exchange{}}
}

func (c *Caller) connector(id model.FunctionID) (Connector, bool) {
	for _, k := range c.o.Connectors {
		if k.Context == id.Context && k.Framework == id.Framework && k.Namespace == id.Namespace {
			return k, true
		}
	}
	return Connector{}, false
}

// Plan says how a function is called. It does not take time.
func (c *Caller) Plan(id model.FunctionID) plan.Call {
	f := c.o.Functions(id)
	if f == nil {
		return plan.Call{None: "the function is not there any more"}
	}
	return frameworks.CallOf(c.o.Adapters, f)
}

// Refusal says at once why nothing is called; empty: it can be tried.
func (c *Caller) Refusal(id model.FunctionID) string {
	k, ok := c.o.Clusters.Cluster(id.Context)
	switch {
	case !ok:
		return "context " + id.Context + " is not open"
	case k.Client().Gate().ReadOnly():
		return "read-only: a call may change something"
	}
	if f := c.o.Functions(id); f != nil && f.Opaque {
		return c.Plan(id).None
	}
	return "" // its addresses may still be read: who calls is told
}

// call is one call.
type call struct {
	caller   *Caller
	id       model.FunctionID
	function *model.Function
	cluster  inspect.Cluster
	client   *client.Client
	plan     plan.Call
	request  *Request
}

// Call calls a function. An error says that no answer came; an answer with a bad status is none.
func (c *Caller) Call(ctx context.Context, id model.FunctionID, r *Request) (*Answer, error) {
	a, err := c.call(ctx, id, r)
	c.remember(id, r, a, err)
	return a, err
}

func (c *Caller) call(ctx context.Context, id model.FunctionID, r *Request) (*Answer, error) {
	if err := r.Check(); err != nil {
		return nil, err
	}
	k, ok := c.o.Clusters.Cluster(id.Context)
	if !ok {
		return nil, fmt.Errorf("context %q is not open", id.Context)
	}
	f := c.o.Functions(id)
	if f == nil {
		return nil, errors.New("the function is not there any more")
	}
	if k.Client().Gate().ReadOnly() {
		return nil, &client.RefusedError{Method: cmp.Or(r.Method, "the call"), Path: "of " + f.Name()}
	}
	one := &call{caller: c, id: id, function: f, cluster: k, client: k.Client(), plan: frameworks.CallOf(c.o.Adapters, f), request: r}
	if one.plan.None != "" {
		return nil, fmt.Errorf("%w: %s", ErrNoWay, one.plan.None)
	}
	timeout := cmp.Or(r.Timeout, DefaultTimeout)
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("no complete answer within %s", timeout))
	defer cancel()
	return one.any(ctx)
}

// any goes through the doors and the ways to them until one leads to the function.
func (c *call) any(ctx context.Context) (*Answer, error) {
	idle := c.function.State == model.Idle
	var reasons []string
	doors := slices.Clone(c.plan.Doors)
	if idle { // only some start pods
		slices.SortStableFunc(doors, func(a, b plan.Door) int { return cmp.Compare(asleep(a), asleep(b)) })
	}
	for i := range doors {
		d := &doors[i]
		m, err := compose(c.request, &c.plan, d, c.caller.o.Now())
		if err != nil {
			return nil, err
		}
		for _, w := range c.ways(d) {
			a, err := c.through(ctx, w, d, m)
			var next *noWayError
			switch {
			case errors.As(err, &next) && ctx.Err() == nil:
				reasons = append(reasons, string(w)+" "+d.URL+": "+next.err.Error())
				continue
			case err != nil:
				return nil, explain(ctx, err)
			}
			a.Cold = idle
			return a, nil
		}
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if len(reasons) == 0 {
		return nil, fmt.Errorf("%w: none of its addresses is reached by %s", ErrNoWay, c.request.Via)
	}
	if idle && !slices.ContainsFunc(doors, func(d plan.Door) bool { return d.Wakes }) {
		reasons = append(reasons, "it is scaled to zero, and nothing starts it for a call")
	}
	return nil, fmt.Errorf("%w: %s", ErrNoWay, strings.Join(reasons, "; "))
}

func asleep(d plan.Door) int {
	if d.Wakes {
		return 0
	}
	return 1
}

// noWayError says that a way leads nowhere, and nothing was sent.
type noWayError struct{ err error }

func (e *noWayError) Error() string { return e.err.Error() }
func (e *noWayError) Unwrap() error { return e.err }

// explain says what happened without the URL that net/http repeats.
func explain(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); ctx.Err() != nil && cause != nil {
		return cause
	}
	err = bare(err)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the connection was cut before the answer was complete; whether the function ran is not known: %w", err)
	}
	return err
}

// How long a server that does not answer at all is tried again.
const (
	pause    = 300 * time.Millisecond
	patience = 10 * time.Second
)

// through sends the request one way.
func (c *call) through(ctx context.Context, w Way, d *plan.Door, m *message) (*Answer, error) {
	began := time.Now()
	for {
		taken, err := c.take(ctx, w, d, m)
		if err == nil {
			var a *Answer
			a, err = c.send(ctx, taken, m)
			taken.close()
			if err == nil && !c.unsent(a) {
				return a, nil
			}
			if err == nil {
				err = errors.New(strings.TrimSpace(string(a.Body[:min(len(a.Body), 300)])))
				if c.request.Via != Any {
					return a, nil
				}
				return nil, &noWayError{err}
			}
		}
		switch {
		case ctx.Err() != nil:
			return nil, err
		case w != URL && time.Since(began) < patience && (client.Refused(err) || taken == nil && away(err)): // nothing was sent
			select {
			case <-time.After(pause):
				continue
			case <-ctx.Done():
				return nil, err
			}
		case w != URL && (client.Refused(err) || taken == nil && away(err)):
			return nil, fmt.Errorf("the API server does not answer: %w", bare(err))
		case taken == nil || client.Refused(err):
			return nil, &noWayError{bare(err)}
		}
		return nil, err
	}
}

// away reports whether a connection broke, instead of somebody saying no.
func away(err error) bool {
	var broken *net.OpError
	return errors.As(err, &broken) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// unsent reports whether the API server says that it found nothing behind a Service.
func (c *call) unsent(a *Answer) bool {
	return a.Server && a.Status == http.StatusServiceUnavailable && a.Way == Proxy &&
		(bytes.Contains(a.Body, []byte("no endpoints available")) || bytes.Contains(a.Body, []byte("dial tcp")))
}

// send sends the request and reads the answer.
func (c *call) send(ctx context.Context, w *way, m *message) (*Answer, error) {
	if err := c.authorize(ctx, m, w); err != nil {
		return nil, err
	}
	a := &Answer{At: c.caller.o.Now(), Method: m.method, Target: w.shown + target(c.request.Path), Way: w.way, Sent: len(m.body)}
	began := time.Now()
	var mu sync.Mutex // the transport may still trace when the answer is there
	var connected, first time.Duration
	trace := &httptrace.ClientTrace{
		GotConn:              func(httptrace.GotConnInfo) { mu.Lock(); connected = time.Since(began); mu.Unlock() },
		GotFirstResponseByte: func() { mu.Lock(); first = time.Since(began); mu.Unlock() },
	}
	r, err := m.request(httptrace.WithClientTrace(ctx, trace), join(w.base, c.request.Path))
	if err != nil {
		return nil, err
	}
	response, err := w.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	err = a.read(response, c.request.Out)
	a.Total = time.Since(began)
	mu.Lock()
	a.Connect, a.First = connected, first
	mu.Unlock()
	a.Server = w.way == Proxy && fromServer(response, a.Body)
	return a, err
}

// target is the path of a request as it may be shown.
func target(path string) string {
	if path == "" {
		return ""
	}
	return "/" + strings.TrimPrefix(path, "/")
}

// read takes the answer.
func (a *Answer) read(response *http.Response, out io.Writer) error {
	a.Status, a.Text, a.Proto = response.StatusCode, response.Status, response.Proto
	for name, values := range response.Header {
		for _, v := range values {
			a.Headers = append(a.Headers, Header{Name: name, Value: v})
		}
	}
	slices.SortStableFunc(a.Headers, func(x, y Header) int { return cmp.Compare(x.Name, y.Name) })
	kept := &keeper{most: KeptBody}
	var to io.Writer = kept
	limit := int64(mostRead)
	if out != nil {
		to, limit = io.MultiWriter(kept, out), 1<<62
	}
	n, err := io.Copy(to, io.LimitReader(response.Body, limit))
	a.Body, a.Size = kept.kept, n
	a.Cut = n > int64(len(a.Body)) || n == limit
	return err
}

// keeper keeps the beginning of what is written.
type keeper struct {
	kept []byte
	most int
}

// Write keeps what there is room for.
func (k *keeper) Write(p []byte) (int, error) {
	if room := k.most - len(k.kept); room > 0 {
		k.kept = append(k.kept, p[:min(room, len(p))]...)
	}
	return len(p), nil
}

// fromServer reports whether the API server itself answered.
func fromServer(r *http.Response, body []byte) bool {
	if r.StatusCode < http.StatusBadRequest || r.Header.Get("Audit-Id") == "" {
		return false
	}
	var s struct{ Kind, APIVersion string }
	return json.Unmarshal(body, &s) == nil && s.Kind == "Status" && s.APIVersion == "v1" ||
		strings.Contains(string(body), "error trying to reach service")
}

// Message is what the API server says, where it answered.
func (a *Answer) Message() string {
	var s struct{ Message string }
	if a.Server && json.Unmarshal(a.Body, &s) == nil && s.Message != "" {
		return s.Message
	}
	return ""
}

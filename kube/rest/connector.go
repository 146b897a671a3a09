package rest

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/security/model"
)

// reader reads one kind of API.
type reader interface {
	read(ctx context.Context, c *client) (*listing, error)
}

// Connector polls one API and gives what it reads to the sink.
type Connector struct {
	config    Config
	deps      Deps
	base      *url.URL
	transport http.RoundTripper
	reader    reader
	poke      chan struct{}

	mu    sync.Mutex
	state State

	// Of the polling goroutine alone.
	failures  int
	digest    uint64
	tenant    string
	published frameworks.Connector
}

// New checks the configuration. The connector does nothing before Run.
func New(config Config, deps Deps) (*Connector, error) {
	fail := func(err error) (*Connector, error) {
		return nil, fmt.Errorf("connector %s %q: %w", config.Framework, config.Name, err)
	}
	if err := config.check(); config.Service == "" {
		config.Service = "fn-fn:api"
		if err = config.check(); err != nil {
			return fail(err)
		}
	} else if err != nil {
		return fail(err)
	}
	if config.Interval == 0 {
		config.Interval = DefaultInterval
	}
	c := &Connector{config: config, deps: deps, poke: make(chan struct{}, 1)}
	if config.URL == "" {
		c.base, c.transport = deps.Proxy(config.Namespace, config.Service)
	} else {
		base, err := parseURL(config.URL)
		if err != nil {
			return fail(err)
		}
		c.base, c.transport = base, deps.Transport
	}
	switch config.Framework {
	case Fn:
		c.reader = &fnReader{config: &c.config}
	case OpenWhisk:
		c.reader = &whiskReader{config: &c.config, now: time.Now, details: map[model.Ref]detail{}}
	}
	c.state = State{
		Framework: config.Framework, Name: config.Name, Namespace: config.Namespace,
		Connection: status.Connection{Phase: status.Connecting, Since: time.Now()},
	}
	return c, nil
}

// Config returns the configuration.
func (c *Connector) Config() Config { return c.config }

// State returns the state of this moment.
func (c *Connector) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// Poke polls at once, whatever the schedule says.
func (c *Connector) Poke() {
	select {
	case c.poke <- struct{}{}:
	default:
	}
}

// Run polls until the context ends.
func (c *Connector) Run(ctx context.Context) {
	c.publish()
	for {
		err := c.poll(ctx)
		if ctx.Err() != nil {
			return
		}
		wait := time.NewTimer(c.settle(err))
		select {
		case <-ctx.Done():
			wait.Stop()
			return
		case <-c.poke:
			wait.Stop()
		case <-wait.C:
		}
	}
}

// poll reads everything once. The credentials live as long as this call.
func (c *Connector) poll(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, pollTimeout, fmt.Errorf("the API was not read within %s", pollTimeout))
	defer cancel()
	authorize, secrets, err := c.credentials(ctx)
	if err != nil {
		return err
	}
	l, err := c.reader.read(ctx, newClient(c.base, c.transport, authorize))
	if err != nil {
		return scrubbed(err, secrets)
	}
	l.warning = scrub(l.warning, secrets)
	c.accept(l)
	return nil
}

// credentialError is a Secret that cannot be used. Its text never holds a value.
type credentialError struct{ reason string }

func (e *credentialError) Error() string { return e.reason }

// credentials reads the Secret, and returns what signs a request and the texts that no error may repeat.
func (c *Connector) credentials(ctx context.Context) (func(*http.Request), []string, error) {
	ref := c.config.Secret
	if ref.IsZero() {
		return nil, nil, nil
	}
	value, err := c.deps.Secrets.Value(ctx, ref.Namespace, ref.Name, ref.Key)
	defer clear(value)
	switch {
	case err == nil:
	case apierrors.IsForbidden(err), apierrors.IsNotFound(err), apierrors.IsUnauthorized(err):
		return nil, nil, &credentialError{fmt.Sprintf("read Secret %s: %v", ref, err)}
	default:
		return nil, nil, fmt.Errorf("read Secret %s: %w", ref, err)
	}
	text := strings.TrimSpace(string(value))
	if text == "" || strings.ContainsAny(text, "\r\n\x00") {
		return nil, nil, &credentialError{fmt.Sprintf("Secret %s holds no value that can be sent", ref)}
	}
	if c.config.Framework == Fn {
		return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+text) }, []string{text}, nil
	}
	user, password, ok := strings.Cut(text, ":")
	if !ok {
		return nil, nil, &credentialError{fmt.Sprintf("Secret %s holds no auth key: it has no colon", ref)}
	}
	encoded := base64.StdEncoding.EncodeToString([]byte(text))
	return func(r *http.Request) { r.SetBasicAuth(user, password) }, []string{text, encoded, password, user}, nil
}

// scrubbedError keeps what was wrong and repeats no credential that a server echoed.
type scrubbedError struct {
	err  error
	text string
}

func (e *scrubbedError) Error() string { return e.text }
func (e *scrubbedError) Unwrap() error { return e.err }

func scrubbed(err error, secrets []string) error {
	return &scrubbedError{err: err, text: scrub(err.Error(), secrets)}
}

func scrub(text string, secrets []string) string {
	for _, s := range secrets {
		if len(s) >= 4 {
			text = strings.ReplaceAll(text, s, "…")
		}
	}
	return text
}

// accept hands over what was read, unless it is what the sink has.
func (c *Connector) accept(l *listing) {
	if digest := l.digest(); c.State().Read.IsZero() || digest != c.digest {
		c.deps.Sink.ReplaceSource(c.config.Source(), l.raws)
		c.digest = digest
	}
	c.tenant = l.tenant
	if !c.config.Secret.IsZero() && exposes(c.base) {
		l.warning = strings.TrimPrefix(l.warning+"; credentials cross the network without TLS", "; ")
	}
	c.mu.Lock()
	c.state.Objects, c.state.Read = len(l.raws), time.Now()
	c.state.Incomplete, c.state.Warning = l.incomplete, l.warning
	c.mu.Unlock()
}

// settle turns the outcome of a poll into state, and says how long to wait.
func (c *Connector) settle(err error) time.Duration {
	now := time.Now()
	c.mu.Lock()
	old := c.state.Connection
	reached := !c.state.Read.IsZero()
	next := status.Connection{Phase: status.Live}
	var retryAfter time.Duration
	if err == nil {
		c.failures = 0
	} else {
		c.failures++
		next.Phase, next.Reason = c.judge(err, reached)
		var answer *statusError
		if errors.As(err, &answer) {
			retryAfter = answer.retry
		}
	}
	refused := next.Phase == status.AuthNeeded || next.Phase == status.Denied
	wait := delay(c.config.Interval, c.failures, refused, retryAfter, rand.Float64()) // only spreads polls
	next.Since = old.Since
	if next.Phase != old.Phase {
		next.Since = now
	}
	if err != nil {
		next.Retry = now.Add(wait)
	}
	c.state.Connection = next
	c.mu.Unlock()
	c.publish()
	return wait
}

// judge names the phase that an error means.
func (c *Connector) judge(err error, reached bool) (status.Phase, string) {
	var bad *credentialError
	var answer *statusError
	byAPIServer := errors.As(err, &answer) && answer.kube && c.config.URL == ""
	switch {
	case errors.As(err, &bad):
		return status.AuthNeeded, oneLine(err.Error())
	case isStatus(err, 403) && byAPIServer:
		return status.Denied, oneLine("the service proxy is not allowed: " + err.Error())
	case isStatus(err, 401), isStatus(err, 403):
		return status.AuthNeeded, oneLine(c.refusedText() + ": " + err.Error())
	case byAPIServer:
		err = fmt.Errorf("service %s of namespace %s: %w", c.config.Service, c.config.Namespace, err)
	}
	if reached {
		return status.Stale, oneLine(err.Error())
	}
	return status.Connecting, oneLine(err.Error())
}

func (c *Connector) refusedText() string {
	if c.config.Secret.IsZero() {
		return "the API asks for credentials, and none are configured"
	}
	return "the API refuses the credentials of Secret " + c.config.Secret.String()
}

// publish tells the sink how the connector is, when that changed, and then the listener.
func (c *Connector) publish() {
	s := c.State()
	now := frameworks.Connector{
		Name: s.Name, Endpoint: c.base.String(), Tenant: c.tenant, Phase: string(s.Connection.Phase),
		Reason: s.Connection.Reason, Reached: !s.Read.IsZero(), Since: s.Connection.Since,
		Incomplete: s.Incomplete, Warning: s.Warning,
	}
	if c.config.URL == "" {
		now.Service, _, _ = strings.Cut(c.config.Service, ":")
	}
	if now != c.published {
		c.published = now
		c.deps.Sink.ReplaceSource(c.config.Source()+"#connector", []*frameworks.Raw{c.record(now)})
	}
	if c.deps.Notify != nil {
		c.deps.Notify(s)
	}
}

func (c *Connector) record(now frameworks.Connector) *frameworks.Raw {
	group, version := frameworks.FnGroup, "v2"
	if c.config.Framework == OpenWhisk {
		group, version = frameworks.WhiskGroup, "v1"
	}
	text, err := json.Marshal(now)
	if err != nil {
		text = []byte(`{}`) // a struct of strings and a time always encodes
	}
	return &frameworks.Raw{
		GVK: schema.GroupVersionKind{Group: group, Version: version, Kind: frameworks.ConnectorKind},
		Header: &model.Header{
			Ref:     model.Ref{Group: group, Kind: frameworks.ConnectorKind, Namespace: c.config.Namespace, Name: now.Name},
			Version: version, ResourceVersion: hash(text),
		},
		JSON: text,
	}
}

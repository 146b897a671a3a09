package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	clientrest "k8s.io/client-go/rest"

	"github.com/fn9s/fn9s/cmd/fn9s/config"
	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/fleet"
	"github.com/fn9s/fn9s/kube/frameworks"
	wish "github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/rest"
	"github.com/fn9s/fn9s/kube/stream/prometheus"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/views/screen"
)

// callers asks the Prometheus of the configuration, in the words of each framework.
type callers struct {
	config   *config.Prometheus
	fleet    *fleet.Fleet
	adapters []frameworks.Framework
	outside  http.RoundTripper

	mu      sync.Mutex
	tokens  map[string]string     // by context, once they were read
	allowed map[*client.Gate]bool // that let its reads pass
}

// prometheus returns what asks it; nil where none is configured.
func (a *app) prometheus(f *fleet.Fleet, adapters []frameworks.Framework) (screen.Prometheus, error) {
	c, err := a.settings()
	if err != nil || c.Prometheus == nil {
		return nil, err
	}
	outside, err := rest.NewTransport(c.Prometheus.CA)
	if err != nil {
		return nil, err
	}
	return &callers{config: c.Prometheus, fleet: f, adapters: adapters, outside: readsOnly{outside}, tokens: map[string]string{}, allowed: map[*client.Gate]bool{}}, nil
}

// Configured reports whether the Prometheus is that of a context.
func (c *callers) Configured(contextName string) bool {
	return c.config.Context == "" || c.config.Context == contextName
}

// Calls asks how a function is called.
func (c *callers) Calls(ctx context.Context, id model.FunctionID, from, to time.Time) (*prometheus.Calls, error) {
	row := c.fleet.Board().Row(id)
	if row == nil {
		return nil, errors.New("the function is gone")
	}
	q := c.queries(row.Function)
	if q.Invocations+q.Errors+q.Latency+q.ColdStarts == "" {
		return &prometheus.Calls{At: to, Missing: []string{q.Missing}}, nil
	}
	k, ok := c.fleet.Client(id.Context)
	if !ok {
		return nil, fmt.Errorf("context %s is not open", id.Context)
	}
	asked, err := c.client(k)
	if err != nil {
		return nil, err
	}
	return asked.Ask(ctx, q, from, to)
}

// queries are those of the framework, where the configuration has no others.
func (c *callers) queries(f *model.Function) wish.Queries {
	q := wish.Queries{Missing: "nothing is known of how " + f.Key.Framework + " counts calls", Values: frameworks.Naming(f)}
	for _, a := range c.adapters {
		if m, ok := a.(frameworks.Measured); ok && a.Name() == f.Key.Framework {
			q = m.Queries(f)
		}
	}
	own, ok := c.config.Queries[f.Key.Framework]
	if !ok {
		return q
	}
	q.Invocations, q.Errors = cmp.Or(own.Invocations, q.Invocations), cmp.Or(own.Errors, q.Errors)
	q.ColdStarts = cmp.Or(own.ColdStarts, q.ColdStarts)
	if own.Latency != "" {
		q.Latency, q.Mean = own.Latency, false
	}
	if q.Invocations != "" && q.Errors != "" && q.Latency != "" && q.ColdStarts != "" {
		q.Missing = ""
	}
	return q
}

// client reaches the Prometheus of a cluster.
func (c *callers) client(k *client.Client) (*prometheus.Client, error) {
	if c.config.URL != "" {
		base, err := url.Parse(c.config.URL)
		if err != nil {
			return nil, fmt.Errorf("read the address of Prometheus: %w", err)
		}
		p := &prometheus.Client{Base: base, Transport: c.outside}
		if !c.config.Token.IsZero() {
			p.Token = func(ctx context.Context) (string, error) { return c.token(ctx, k) }
		}
		return p, nil
	}
	server, _, err := clientrest.DefaultServerUrlFor(k.Config())
	if err != nil {
		return nil, fmt.Errorf("find the service proxy: %w", err)
	}
	namespace, service, _ := strings.Cut(c.config.Service, "/")
	base, transport := rest.ServiceProxy(server, k.HTTP().Transport)(namespace, service)
	c.allow(k, base.Path)
	return &prometheus.Client{Base: base, Transport: readsOnly{transport}}, nil
}

// allow lets reads of the Prometheus pass in read-only mode, once for each cluster.
func (c *callers) allow(k *client.Client, path string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.allowed[k.Gate()] {
		c.allowed[k.Gate()] = true
		k.Gate().AllowProxy(path)
	}
}

// token reads the token that the configuration names, once.
func (c *callers) token(ctx context.Context, k *client.Client) (string, error) {
	c.mu.Lock()
	known := c.tokens[k.Context]
	c.mu.Unlock()
	if known != "" {
		return known, nil
	}
	ref := c.config.Token
	raw, err := secretReader{k}.Value(ctx, ref.Namespace, ref.Name, ref.Key)
	if err != nil {
		return "", err
	}
	token := strings.TrimSpace(string(raw))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tokens[k.Context] = token
	return token, nil
}

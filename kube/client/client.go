// Package client is one cluster as this operator reaches it: connection, gate, what the server serves and what the
// operator may do there.
//
// Its one rule: every request to a cluster passes the gate, and no answer is invented: what could not be asked is
// an error with its cause.
package client

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
)

const (
	protobuf = "application/vnd.kubernetes.protobuf"
	jsonType = "application/json"
	// inFlight bounds the requests that wait for an answer. The server's own fairness does the rest.
	inFlight = 50
)

// Options say how a client behaves.
type Options struct {
	ReadOnly  bool
	UserAgent string
	// Warn gets the warnings that the server sends with its answers.
	Warn func(message string)
}

// Client talks to one cluster. It is safe for concurrent use.
type Client struct {
	Context string
	Server  string
	User    string // of the kubeconfig; the server may see another name
	Plugin  string // command of the exec credential plugin, if there is one

	config    *rest.Config
	http      *http.Client
	json      *rest.RESTClient
	logs      *rest.RESTClient
	proto     *rest.RESTClient
	discovery *discovery.DiscoveryClient
	gate      *Gate
	dialer    *dialer

	mu            sync.Mutex
	noStreamLists bool // the server refused sendInitialEvents
}

// pings makes a connection that was cut without a reset fail within 10 s. The variables are read when the first
// HTTP/2 transport is made; what the operator set himself stays.
var pings = sync.OnceFunc(func() {
	for name, value := range map[string]string{
		"HTTP2_READ_IDLE_TIMEOUT_SECONDS": "5",
		"HTTP2_PING_TIMEOUT_SECONDS":      "4",
	} {
		if os.Getenv(name) == "" {
			_ = os.Setenv(name, value) // fails for malformed names only
		}
	}
})

// New makes a client. It does not connect.
func New(contextName string, config *rest.Config, o Options) (*Client, error) {
	pings()
	c := &Client{Context: contextName, Server: config.Host, User: config.Username, gate: &Gate{}, dialer: newDialer()}
	c.gate.SetReadOnly(o.ReadOnly)
	cfg := rest.CopyConfig(config)
	cfg.QPS, cfg.Burst = -1, 0
	cfg.RateLimiter = nil
	if cfg.Dial == nil {
		// A dialer of our own also keeps client-go from sharing the transport with other clients.
		cfg.Dial = c.dialer.dial
	}
	if o.UserAgent != "" {
		cfg.UserAgent = o.UserAgent
	}
	if cfg.ExecProvider != nil {
		c.Plugin = cfg.ExecProvider.Command
		cfg.ExecProvider.StdinUnavailable = true
		cfg.ExecProvider.StdinUnavailableMessage = "the console uses the terminal; log in outside, then press ctrl-r"
	}
	cfg.WarningHandlerWithContext = warnings{o.Warn}
	slots := make(chan struct{}, inFlight)
	cfg.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return &transport{next: next, gate: c.gate, slots: slots}
	})
	httpClient, err := rest.HTTPClientFor(cfg)
	if err != nil {
		return nil, fmt.Errorf("set up connection to %s: %w", config.Host, err)
	}
	c.config, c.http = cfg, httpClient
	if c.json, err = restClient(cfg, httpClient, jsonType); err != nil {
		return nil, err
	}
	if c.logs, err = streamClient(cfg); err != nil {
		return nil, err
	}
	if c.proto, err = restClient(cfg, httpClient, protobuf); err != nil {
		return nil, err
	}
	if c.discovery, err = discovery.NewDiscoveryClientForConfigAndClient(cfg, httpClient); err != nil {
		return nil, fmt.Errorf("set up discovery of %s: %w", config.Host, err)
	}
	return c, nil
}

func restClient(config *rest.Config, h *http.Client, contentType string) (*rest.RESTClient, error) {
	cfg := rest.CopyConfig(config)
	cfg.ContentType = contentType
	cfg.AcceptContentTypes = contentType
	if contentType == protobuf {
		cfg.AcceptContentTypes = protobuf + "," + jsonType
	}
	cfg.NegotiatedSerializer = clientscheme.Codecs.WithoutConversion()
	c, err := rest.UnversionedRESTClientForConfigAndClient(cfg, h)
	if err != nil {
		return nil, fmt.Errorf("set up client of %s: %w", config.Host, err)
	}
	return c, nil
}

// Gate is the one switch that lets writes through or not.
func (c *Client) Gate() *Gate { return c.gate }

// Config returns the connection's settings, the gate included. It must not be changed.
func (c *Client) Config() *rest.Config { return c.config }

// HTTP returns the gated HTTP client.
func (c *Client) HTTP() *http.Client { return c.http }

// Gather says whether what the server sends may wait a moment for more. It is for times when nothing but changes is
// expected: waking up for every one of them costs more than reading it.
func (c *Client) Gather(on bool) { c.dialer.gather.Store(on) }

// Close drops all connections. The client cannot be used afterwards.
func (c *Client) Close() {
	c.dialer.close()
	c.http.CloseIdleConnections()
	c.logs.Client.CloseIdleConnections()
}

// Probe asks the server whether it is there and ready, with a time limit of its own.
func (c *Client) Probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	err := c.json.Get().AbsPath("/readyz").MaxRetries(0).Do(ctx).Error()
	if err != nil {
		return fmt.Errorf("probe %s: %w", c.Server, err)
	}
	return nil
}

// ServerVersion returns the version of the server, for example v1.36.3.
func (c *Client) ServerVersion(ctx context.Context) (string, error) {
	raw, err := answer(c.json.Get().AbsPath("/version").MaxRetries(0).Do(ctx))
	if err != nil {
		return "", fmt.Errorf("ask version of %s: %w", c.Server, err)
	}
	return versionOf(raw)
}

// path returns the URL path of a resource.
func path(gvr schema.GroupVersionResource, namespace, name string) []string {
	parts := []string{"/apis", gvr.Group, gvr.Version}
	if gvr.Group == "" {
		parts = []string{"/api", gvr.Version}
	}
	if namespace != "" {
		parts = append(parts, "namespaces", namespace)
	}
	parts = append(parts, gvr.Resource)
	if name != "" {
		parts = append(parts, name)
	}
	return parts
}

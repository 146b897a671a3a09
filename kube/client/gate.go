package client

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
)

// Gate decides which requests may leave the program. In read-only mode it passes reads, access reviews and dry
// runs, and refuses every other write, and exec, attach, port-forward, proxy and token requests whatever their
// method.
type Gate struct {
	readOnly atomic.Bool
	mu       sync.RWMutex
	proxies  []string
}

// AllowProxy lets reads through the API server's service proxy pass below that path: those of Prometheus and of
// connectors that the configuration names.
func (g *Gate) AllowProxy(path string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.proxies = append(g.proxies, strings.TrimSuffix(path, "/")+"/")
}

func (g *Gate) proxied(r *http.Request) bool {
	if r.Method != http.MethodGet || r.Header.Get("Upgrade") != "" {
		return false
	}
	g.mu.RLock()
	defer g.mu.RUnlock()
	for _, prefix := range g.proxies {
		if strings.HasPrefix(r.URL.Path, prefix) && !strings.Contains(r.URL.Path, "..") {
			return true
		}
	}
	return false
}

// SetReadOnly switches the mode.
func (g *Gate) SetReadOnly(on bool) { g.readOnly.Store(on) }

// ReadOnly reports the mode.
func (g *Gate) ReadOnly() bool { return g.readOnly.Load() }

// RefusedError is a request that read-only mode stopped.
type RefusedError struct{ Method, Path string }

func (e *RefusedError) Error() string {
	return fmt.Sprintf("read-only: %s %s was not sent", e.Method, e.Path)
}

// Check returns a RefusedError when the request may not leave.
func (g *Gate) Check(r *http.Request) error {
	if !g.ReadOnly() || permitted(r) || g.proxied(r) {
		return nil
	}
	return &RefusedError{Method: r.Method, Path: r.URL.Path}
}

// reviews are the resources whose creation asks a question and changes nothing, with their group: a custom
// resource may carry the same name.
var reviews = map[string]string{
	"selfsubjectaccessreviews": "authorization.k8s.io", "selfsubjectrulesreviews": "authorization.k8s.io",
	"subjectaccessreviews": "authorization.k8s.io", "localsubjectaccessreviews": "authorization.k8s.io",
	"selfsubjectreviews": "authentication.k8s.io",
}

// doors are subresources that let an operator into something, whatever the method.
var doors = map[string]bool{"exec": true, "attach": true, "portforward": true, "proxy": true, "token": true}

func permitted(r *http.Request) bool {
	group, parts := resourcePath(r.URL.Path)
	if len(parts) >= 3 && doors[parts[2]] {
		return false
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return true
	case http.MethodPost:
		if len(parts) == 1 && group != "" && reviews[parts[0]] == group {
			return true
		}
	}
	values := r.URL.Query()["dryRun"]
	return len(values) == 1 && values[0] == "All"
}

// resourcePath returns the group, and resource, name, subresource and what follows, of the path of an API request;
// nothing for others. A server behind a path prefix is normal.
func resourcePath(p string) (group string, resource []string) {
	parts := strings.Split(strings.Trim(p, "/"), "/")
	for i, part := range parts {
		var rest []string
		switch {
		case part == "api" && len(parts) > i+2:
			rest = parts[i+2:]
		case part == "apis" && len(parts) > i+3:
			group, rest = parts[i+1], parts[i+3:]
		default:
			continue
		}
		if rest[0] == "namespaces" && len(rest) > 2 {
			rest = rest[2:]
		}
		return group, rest
	}
	return "", nil
}

// transport is the gate and the ceiling of waiting requests, around every client of a cluster.
type transport struct {
	next  http.RoundTripper
	gate  *Gate
	slots chan struct{}
}

func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := t.gate.Check(r); err != nil {
		return nil, err
	}
	if endless(r) {
		return t.next.RoundTrip(r)
	}
	select {
	case t.slots <- struct{}{}:
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	defer func() { <-t.slots }()
	return t.next.RoundTrip(r)
}

// endless reports whether the answer may begin at any time: that of a log that is followed comes with its first line. It
// must not take the place of others.
func endless(r *http.Request) bool {
	_, parts := resourcePath(r.URL.Path)
	return r.Method == http.MethodGet && len(parts) == 3 && parts[0] == "pods" && parts[2] == "log"
}

// WrappedRoundTripper lets client-go find the transport below.
func (t *transport) WrappedRoundTripper() http.RoundTripper { return t.next }

// warnings hands the server's warning headers on.
type warnings struct{ warn func(string) }

func (w warnings) HandleWarningHeaderWithContext(_ context.Context, code int, _, text string) {
	if code == 299 && text != "" && w.warn != nil {
		w.warn(text)
	}
}

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// kindsListed runs the console through a proxy and returns the paths of all lists that it had read in full when its
// own list was complete.
func (b *bench) kindsListed(ctx context.Context) (paths []string, err error) {
	config, err := clientcmd.BuildConfigFromFlags("", b.kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("read the kubeconfig: %w", err)
	}
	r, err := record(ctx, config)
	if err != nil {
		return nil, err
	}
	defer r.close()
	t, err := b.open("--server", r.url)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	took, err := b.complete(t)
	if err != nil {
		return nil, err
	}
	return r.until(t.Started().Add(took))
}

// recorder is a proxy that notes which lists were read, and when they were read in full.
type recorder struct {
	url    string
	server *http.Server
	ended  chan struct{}

	mu    sync.Mutex
	asked map[string]int       // path → requests that were answered
	lists map[string]time.Time // path → when its last byte, or the last of its initial events, went through
}

func record(ctx context.Context, config *rest.Config) (*recorder, error) {
	transport, err := rest.TransportFor(config)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", config.Host, err)
	}
	target, err := url.Parse(config.Host)
	if err != nil {
		return nil, fmt.Errorf("server %q: %w", config.Host, err)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	r := &recorder{url: "http://" + listener.Addr().String(), asked: map[string]int{}, lists: map[string]time.Time{}, ended: make(chan struct{})}
	r.server = &http.Server{ReadHeaderTimeout: time.Minute, Handler: &httputil.ReverseProxy{
		Rewrite:        func(p *httputil.ProxyRequest) { p.SetURL(target) },
		Transport:      transport,
		FlushInterval:  -1,
		ModifyResponse: r.note,
		ErrorLog:       log.New(io.Discard, "", 0), // watches are cut when the console ends
	}}
	go func() {
		defer close(r.ended)
		_ = r.server.Serve(listener)
	}()
	return r, nil
}

func (r *recorder) close() {
	_ = r.server.Close()
	<-r.ended
}

// initialEvents marks the bookmark that ends the list within a watch.
var initialEvents = []byte("k8s.io/initial-events-end")

func (r *recorder) note(response *http.Response) error {
	request := response.Request
	r.mu.Lock()
	r.asked[request.URL.Path]++
	r.mu.Unlock()
	query := request.URL.Query()
	watch := query.Get("watch") == "true" || query.Get("watch") == "1"
	switch {
	case request.Method != http.MethodGet || response.StatusCode != http.StatusOK || !collection(request.URL.Path):
	case watch && query.Get("sendInitialEvents") == "true":
		response.Body = &observed{ReadCloser: response.Body, mark: initialEvents, done: func() { r.listed(request.URL.Path) }}
	case !watch && query.Get("limit") != "1":
		response.Body = &observed{ReadCloser: response.Body, done: func() { r.listed(request.URL.Path) }}
	}
	return nil
}

// count is how many requests below a path were answered.
func (r *recorder) count(prefix string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for path, asked := range r.asked {
		if strings.HasPrefix(path, prefix) {
			n += asked
		}
	}
	return n
}

func (r *recorder) listed(path string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.lists[path]; !ok {
		r.lists[path] = time.Now()
	}
}

// until returns what had been listed at a moment.
func (r *recorder) until(moment time.Time) ([]string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var paths []string
	for p, at := range r.lists {
		if !at.After(moment) {
			paths = append(paths, p)
		}
	}
	if len(paths) == 0 {
		return nil, errors.New("nothing was listed")
	}
	slices.Sort(paths)
	return paths, nil
}

// collection reports whether a path is that of the objects of a kind: /api/v1/pods, /apis/apps/v1/deployments, and
// the same within a namespace.
func collection(path string) bool {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	switch {
	case len(parts) > 2 && parts[0] == "api":
		parts = parts[2:]
	case len(parts) > 3 && parts[0] == "apis":
		parts = parts[3:]
	default:
		return false
	}
	return len(parts) == 1 || len(parts) == 3 && parts[0] == "namespaces"
}

// observed tells when a mark, or without one the end, has been read.
type observed struct {
	io.ReadCloser
	mark []byte
	tail []byte // the end of what was read before: the mark may be cut in two
	done func()
	told bool
}

func (o *observed) Read(p []byte) (int, error) {
	n, err := o.ReadCloser.Read(p)
	if o.told {
		return n, err
	}
	if o.mark != nil {
		seen := append(o.tail, p[:n]...)
		o.told = bytes.Contains(seen, o.mark)
		o.tail = slices.Clone(seen[max(0, len(seen)-len(o.mark)):])
	} else {
		o.told = errors.Is(err, io.EOF)
	}
	if o.told {
		o.done()
	}
	return n, err
}

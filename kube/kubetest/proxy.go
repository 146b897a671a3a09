package kubetest

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd/api"
)

// Proxy stands between a client and the real API server, and fails as it is told. It adds the operator's
// credentials, so that a client needs none.
type Proxy struct {
	URL string

	mu       sync.Mutex
	fault    func(w http.ResponseWriter, r *http.Request) bool
	swallow  bool
	refuse   bool
	pairs    map[*pair]struct{}
	backend  string
	listener net.Listener
	context  string
}

// pair is one relayed connection.
type pair struct{ client, server net.Conn }

// NewProxy starts a proxy to the server of a kubeconfig's current context; it ends with the test.
func NewProxy(t testing.TB, k Kubeconfig) *Proxy {
	t.Helper()
	direct, name := Connect(t, k)
	target, err := url.Parse(direct.Server)
	require.NoError(t, err)
	p := &Proxy{pairs: map[*pair]struct{}{}, context: name}
	forward := &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport:     direct.HTTP().Transport,
		FlushInterval: -1,
		ErrorHandler:  func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		fault := p.fault
		p.mu.Unlock()
		if fault == nil || !fault(w, r) {
			forward.ServeHTTP(w, r)
		}
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	p.backend = server.Listener.Addr().String()
	p.listener, err = net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p.URL = "https://" + p.listener.Addr().String()
	var wg sync.WaitGroup
	wg.Go(func() { p.accept(&wg) })
	t.Cleanup(func() {
		_ = p.listener.Close()
		p.Cut()
		wg.Wait()
		server.CloseClientConnections()
		server.Close()
	})
	return p
}

func (p *Proxy) accept(wg *sync.WaitGroup) {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		refuse := p.refuse
		p.mu.Unlock()
		if refuse {
			reset(c)
			continue
		}
		s, err := net.Dial("tcp", p.backend)
		if err != nil {
			_ = c.Close()
			continue
		}
		q := &pair{c, s}
		p.mu.Lock()
		p.pairs[q] = struct{}{}
		p.mu.Unlock()
		wg.Go(func() { p.relay(q, c, s) })
		wg.Go(func() { p.relay(q, s, c) })
	}
}

// relay copies one way. What arrives while the proxy swallows is lost, as behind a broken router.
func (p *Proxy) relay(q *pair, from, to net.Conn) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			p.mu.Lock()
			lost := p.swallow
			p.mu.Unlock()
			if !lost {
				_, err = to.Write(buf[:n])
			}
		}
		if err != nil {
			_ = from.Close()
			_ = to.Close()
			p.mu.Lock()
			delete(p.pairs, q)
			p.mu.Unlock()
			return
		}
	}
}

func reset(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	_ = c.Close()
}

// Fail has every request pass that function first; it answers the request itself when it returns true.
func (p *Proxy) Fail(fault func(w http.ResponseWriter, r *http.Request) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = fault
}

// Swallow loses everything silently from now on, or stops to.
func (p *Proxy) Swallow(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.swallow = on
}

// Refuse resets new connections from now on, or stops to.
func (p *Proxy) Refuse(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse = on
}

// Cut resets all connections.
func (p *Proxy) Cut() {
	p.mu.Lock()
	pairs := p.pairs
	p.pairs = map[*pair]struct{}{}
	p.mu.Unlock()
	for q := range pairs {
		reset(q.client)
		reset(q.server)
	}
}

// Raw is a kubeconfig with the one context.
func (p *Proxy) Raw() (api.Config, error) {
	c := api.NewConfig()
	c.Clusters["proxy"] = &api.Cluster{Server: p.URL, InsecureSkipTLSVerify: true}
	c.AuthInfos["proxy"] = &api.AuthInfo{}
	c.Contexts[p.context] = &api.Context{Cluster: "proxy", AuthInfo: "proxy"}
	c.CurrentContext = p.context
	return *c, nil
}

// Rest returns the connection through the proxy.
func (p *Proxy) Rest(string) (*rest.Config, string, error) {
	return &rest.Config{Host: p.URL, TLSClientConfig: rest.TLSClientConfig{Insecure: true}}, p.context, nil
}

// Files lists none.
func (p *Proxy) Files() []string { return nil }

// Answer writes a Kubernetes error.
func Answer(w http.ResponseWriter, code int, reason, message string) {
	w.Header().Set("Content-Type", "application/json")
	if code == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "1")
	}
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(metav1.Status{
		TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: metav1.StatusFailure,
		Reason: metav1.StatusReason(reason), Message: message, Code: int32(code),
	})
}

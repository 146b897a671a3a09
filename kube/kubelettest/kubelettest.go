// Package kubelettest takes a kubelet's place for tests and measurements: the API server reaches it as the kubelet of a
// node, and it serves the logs of that node's pods.
//
// Its one rule: what a log says at a moment depends on the moment alone, so that a server that takes another one's place
// says the same.
package kubelettest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
)

// Log is the log of one container.
type Log interface {
	// Write writes the lines that are asked for, each with its time in front where that is wanted, to the end of the log,
	// or until the context ends. It calls flush after what has to be seen at once.
	Write(ctx context.Context, w io.Writer, flush func(), q Query) error
}

// Server is the kubelet of a node. More of what kubelets serve is added by Handle.
type Server struct {
	Port int
	// Else gives containers that were given no log theirs; nil, or a nil answer: there is none.
	Else func(namespace, pod, container string) Log

	mux      *http.ServeMux
	cert     tls.Certificate
	mu       sync.Mutex
	logs     map[string]Log
	server   *http.Server
	listener net.Listener
	ended    sync.WaitGroup
}

// New makes a server with a certificate that the API server trusts. Start brings it to life.
func New(certFile, keyFile string) (*Server, error) {
	cert, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("read the kubelet's certificate: %w", err)
	}
	s := &Server{mux: http.NewServeMux(), cert: cert, logs: map[string]Log{}}
	s.Handle("GET /containerLogs/{namespace}/{pod}/{container}", http.HandlerFunc(s.serve))
	return s, nil
}

// Handle serves something else, for example "POST /exec/{namespace}/{pod}/{container}". It comes before Start.
func (s *Server) Handle(pattern string, h http.Handler) { s.mux.Handle(pattern, h) }

// Set gives a container its log.
func (s *Server) Set(namespace, pod, container string, l Log) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.logs[namespace+"/"+pod+"/"+container] = l
}

// Start serves, at the port of the last time where there was one.
func (s *Server) Start() error {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", fmt.Sprint(s.Port)))
	if err != nil {
		return fmt.Errorf("take the kubelet's place: %w", err)
	}
	s.Port = listener.Addr().(*net.TCPAddr).Port
	server := &http.Server{Handler: s.mux, ErrorLog: log.New(io.Discard, "", 0),
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{s.cert}, MinVersion: tls.VersionTLS12}}
	s.mu.Lock()
	s.server, s.listener = server, listener
	s.mu.Unlock()
	s.ended.Go(func() { _ = server.ServeTLS(listener, "", "") }) // it ends with Stop
	return nil
}

// Stop ends it at once, with all its connections, as a crash does.
func (s *Server) Stop() error {
	s.mu.Lock()
	server := s.server
	s.server = nil
	s.mu.Unlock()
	if server == nil {
		return nil
	}
	err := server.Close()
	s.ended.Wait()
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	return err
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	l := s.logs[r.PathValue("namespace")+"/"+r.PathValue("pod")+"/"+r.PathValue("container")]
	s.mu.Unlock()
	if l == nil && s.Else != nil {
		l = s.Else(r.PathValue("namespace"), r.PathValue("pod"), r.PathValue("container"))
	}
	if l == nil {
		http.Error(w, "container not found", http.StatusNotFound)
		return
	}
	q, err := parse(r.URL.Query())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	flusher, _ := w.(http.Flusher)
	if err := l.Write(r.Context(), w, flusher.Flush, q); err != nil && r.Context().Err() == nil {
		http.Error(w, err.Error(), http.StatusBadRequest) // no more than a superfluous header once lines were written
	}
}

package rest

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"time"
)

// NewTransport returns a transport for an API outside the API server, with bounded waits. ca holds certificates in
// PEM that are trusted besides the system's; empty: only the system's.
func NewTransport(ca []byte) (*http.Transport, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if len(ca) > 0 {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool() // no system pool: the given certificates alone
		}
		if !pool.AppendCertsFromPEM(ca) {
			return nil, errors.New("read CA file: it holds no certificate in PEM")
		}
		config.RootCAs = pool
	}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 15 * time.Second}).DialContext,
		TLSClientConfig:        config,
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  requestTimeout,
		MaxResponseHeaderBytes: 64 << 10,
		MaxConnsPerHost:        8,
		MaxIdleConnsPerHost:    parallel,
		IdleConnTimeout:        90 * time.Second,
		ForceAttemptHTTP2:      true,
	}, nil
}

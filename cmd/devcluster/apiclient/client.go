// Package apiclient is the little of the Kubernetes API that the test cluster's tools need: apply, patch, create, list, delete, discover.
// Rule: it depends on the standard library only, so that the tool that builds the cluster builds at once.
package apiclient

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// Content types of patches.
const (
	ApplyPatch = "application/apply-patch+yaml"
	MergePatch = "application/merge-patch+json"
	JSON       = "application/json"
)

// answerLimit bounds an answer; the largest are lists of ten thousand objects.
const answerLimit = 256 << 20

// Client talks to one API server with one client certificate.
type Client struct {
	server string
	http   *http.Client
}

// Over returns a client of the server's URL that speaks through c.
func Over(server string, c *http.Client) *Client { return &Client{server: server, http: c} }

// New reads the certificates and returns a client of the server's URL.
func New(server, caFile, certFile, keyFile string) (*Client, error) {
	ca, err := os.ReadFile(caFile)
	if err != nil {
		return nil, fmt.Errorf("read the cluster's authority: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		return nil, fmt.Errorf("read the cluster's authority: %s holds no certificate", caFile)
	}
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("read the client certificate: %w", err)
	}
	transport := &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: 16,
		TLSHandshakeTimeout: 5 * time.Second,
	}
	return &Client{server: strings.TrimSuffix(server, "/"), http: &http.Client{Transport: transport}}, nil
}

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// StatusError is a refusal of the API server, in its words.
type StatusError struct {
	Code    int
	Reason  string
	Message string
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("%s (%d %s)", e.Message, e.Code, e.Reason)
}

// Code returns the HTTP status of a refusal, or 0 for any other error.
func Code(err error) int {
	var status *StatusError
	if errors.As(err, &status) {
		return status.Code
	}
	return 0
}

// Do sends one request and returns the answer's body. Too many requests (429) are sent again when the server says so.
func (c *Client) Do(ctx context.Context, method, path, contentType string, body []byte) ([]byte, error) {
	for {
		answer, after, err := c.once(ctx, method, path, contentType, body)
		if Code(err) != http.StatusTooManyRequests {
			return answer, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(after):
		}
	}
}

func (c *Client) once(ctx context.Context, method, path, contentType string, body []byte) ([]byte, time.Duration, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.server+path, bytes.NewReader(body))
	if err != nil {
		return nil, 0, fmt.Errorf("make a request for %s: %w", path, err)
	}
	request.Header.Set("Accept", JSON)
	request.Header.Set("User-Agent", "devcluster")
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	return c.send(request)
}

func (c *Client) send(request *http.Request) ([]byte, time.Duration, error) {
	response, err := c.http.Do(request)
	if err != nil {
		return nil, 0, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, answerLimit))
	if err != nil {
		return nil, 0, fmt.Errorf("read the answer to %s %s: %w", request.Method, request.URL.Path, err)
	}
	if response.StatusCode < 400 {
		return answer, 0, nil
	}
	after := time.Second
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds > 0 && seconds < 60 {
		after = time.Duration(seconds) * time.Second
	}
	return nil, after, refusal(response.StatusCode, answer)
}

func refusal(code int, answer []byte) error {
	status := &StatusError{Code: code, Reason: http.StatusText(code)}
	var body struct{ Message, Reason string }
	if json.Unmarshal(answer, &body) == nil && body.Message != "" {
		status.Message = body.Message
		if body.Reason != "" {
			status.Reason = body.Reason
		}
		return status
	}
	status.Message = strings.TrimSpace(string(answer[:min(len(answer), 300)]))
	return status
}

// Ready reports whether the server says that it is ready.
func (c *Client) Ready(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	_, err := c.Do(ctx, http.MethodGet, "/readyz", "", nil)
	return err == nil
}

// Count returns how many objects a collection holds, without fetching them all.
func (c *Client) Count(ctx context.Context, path string) (int, error) {
	answer, err := c.Do(ctx, http.MethodGet, path+"?limit=1", "", nil)
	if err != nil {
		return 0, fmt.Errorf("count %s: %w", path, err)
	}
	var list struct {
		Metadata struct {
			Remaining int `json:"remainingItemCount"`
		} `json:"metadata"`
		Items []json.RawMessage `json:"items"`
	}
	if err := json.Unmarshal(answer, &list); err != nil {
		return 0, fmt.Errorf("count %s: %w", path, err)
	}
	return len(list.Items) + list.Metadata.Remaining, nil
}

// Query joins a path and query parameters, given as pairs.
func Query(path string, pairs ...string) string {
	values := url.Values{}
	for n := 0; n+1 < len(pairs); n += 2 {
		values.Set(pairs[n], pairs[n+1])
	}
	return path + "?" + values.Encode()
}

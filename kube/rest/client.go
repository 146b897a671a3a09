package rest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// The bounds of one poll.
const (
	requestTimeout = 15 * time.Second // header and body of one answer
	pollTimeout    = 2 * time.Minute
	maxBody        = 4 << 20
	maxPollBytes   = 64 << 20
	maxRequests    = 5000
	maxPages       = 500 // of one list
	maxObjects     = 20_000
	maxName        = 512
	parallel       = 4
)

// statusError is an answer that is no success.
type statusError struct {
	code    int
	message string // the server's own words
	retry   time.Duration
	kube    bool // the API server itself says so, not what is behind its proxy
}

func (e *statusError) Error() string {
	text := strconv.Itoa(e.code)
	if name := http.StatusText(e.code); name != "" {
		text += " " + name
	}
	if e.message != "" {
		text += ": " + e.message
	}
	return text
}

// isStatus reports whether the error is an answer with that status.
func isStatus(err error, code int) bool {
	var s *statusError
	return errors.As(err, &s) && s.code == code
}

var (
	errTooLarge = fmt.Errorf("the answer is larger than %d MiB", maxBody>>20)
	errTooMuch  = errors.New("the API answered more than one poll may read")
)

// client talks to one API during one poll, or one change.
type client struct {
	base      *url.URL
	http      *http.Client
	authorize func(*http.Request)
	key       string        // of the tenant, for feed actions; empty where there is none
	patience  time.Duration // instead of requestTimeout; 0: that
	bytes     atomic.Int64
	requests  atomic.Int64
}

func newClient(base *url.URL, transport http.RoundTripper, authorize func(*http.Request)) *client {
	return &client{base: base, authorize: authorize, http: &http.Client{
		Transport: transport,
		// A redirect could carry the credentials to another host, or a GET to something that is none.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// get reads the JSON below the base URL at the segments, which are escaped one by one.
func (c *client) get(ctx context.Context, segments []string, query url.Values, into any) error {
	err := c.fetch(ctx, http.MethodGet, segments, query, nil, into)
	if err != nil {
		return fmt.Errorf("GET /%s: %w", strings.Join(segments, "/"), err)
	}
	return nil
}

// put sends JSON to the segments below the base URL. What is answered is not read: it may be old.
func (c *client) put(ctx context.Context, segments []string, query url.Values, body any) error {
	raw, err := json.Marshal(body)
	if err == nil {
		var ignored json.RawMessage
		err = c.fetch(ctx, http.MethodPut, segments, query, raw, &ignored)
	}
	if err != nil {
		return fmt.Errorf("PUT /%s: %w", strings.Join(segments, "/"), err)
	}
	return nil
}

// send sends JSON, or nothing, and wants no answer but that it was taken.
func (c *client) send(ctx context.Context, method string, segments []string, query url.Values, body any) error {
	var raw []byte
	var err error
	if body != nil {
		raw, err = json.Marshal(body)
	}
	if err == nil {
		err = c.fetch(ctx, method, segments, query, raw, nil)
	}
	if err != nil {
		return fmt.Errorf("%s /%s: %w", method, strings.Join(segments, "/"), err)
	}
	return nil
}

// fetch asks, and reads what is answered into a value; with nil nothing need be answered.
func (c *client) fetch(ctx context.Context, method string, segments []string, query url.Values, sent []byte, into any) error {
	if c.requests.Add(1) > maxRequests || c.bytes.Load() > maxPollBytes {
		return errTooMuch
	}
	patience := cmp.Or(c.patience, requestTimeout)
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("no complete answer within %s", patience))
	defer cancel()
	u := *c.base
	escaped := strings.TrimSuffix(u.EscapedPath(), "/")
	for _, s := range segments {
		escaped += "/" + url.PathEscape(s)
	}
	plain, err := url.PathUnescape(escaped)
	if err != nil {
		return fmt.Errorf("build the request: %w", err)
	}
	u.Path, u.RawPath, u.RawQuery = plain, escaped, query.Encode()
	request, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(sent))
	if err != nil {
		return errors.New("build the request: the URL is invalid")
	}
	if sent != nil {
		request.Header.Set("Content-Type", "application/json")
	} else {
		request.Body = http.NoBody
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "fn9s")
	if c.authorize != nil {
		c.authorize(request)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return readable(ctx, err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	c.bytes.Add(int64(len(body)))
	switch {
	case into == nil && (response.StatusCode == http.StatusNoContent || response.StatusCode == http.StatusOK):
		return nil
	case response.StatusCode != http.StatusOK:
		return refusal(response, body)
	case err != nil:
		return readable(ctx, err)
	case len(body) > maxBody:
		return errTooLarge
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("the answer is not what the API documents: %w", jsonError(err))
	}
	return nil
}

// readable says what happened without the URL that net/http repeats, and with the cause instead of "context
// deadline exceeded".
func readable(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && ctx.Err() != nil {
		return cause
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return fmt.Errorf("the connection was cut in the middle of the answer: %w", err)
	}
	return err
}

// jsonError leaves the value out that encoding/json may quote.
func jsonError(err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Errorf("field %q has the wrong type", wrong.Field)
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("no JSON (at byte %d)", syntax.Offset)
	}
	return errors.New("no JSON")
}

// refusal reads the server's words from the shapes that Fn, OpenWhisk and the API server have.
func refusal(response *http.Response, body []byte) error {
	e := &statusError{code: response.StatusCode}
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds > 0 {
		e.retry = min(time.Duration(seconds)*time.Second, maxDelay)
	}
	var words struct{ Kind, Message, Error any }
	if strings.HasPrefix(response.Header.Get("Content-Type"), "text/plain") {
		e.message = oneLine(string(body))
	} else if json.Unmarshal(body, &words) == nil {
		e.kube = words.Kind == "Status"
		for _, w := range []any{words.Message, words.Error} {
			if inner, ok := w.(map[string]any); ok { // an action's own error
				w = inner["error"]
			}
			if text, ok := w.(string); ok && text != "" && e.message == "" {
				e.message = oneLine(text)
			}
		}
	}
	if to, err := response.Location(); err == nil && response.StatusCode < 400 {
		e.message = "it redirects to " + to.Scheme + "://" + to.Host
	}
	return e
}

// oneLine cuts a foreign text to what a status line can hold. Control sequences are cleaned where it is drawn.
func oneLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	if len(s) > 300 {
		s = strings.ToValidUTF8(s[:300], "") + "…"
	}
	return s
}

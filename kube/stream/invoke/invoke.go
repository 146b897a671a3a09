// Package invoke calls functions as their callers do: through the API server's proxy, a way to a pod, or an address outside.
//
// Its one rule: one call sends one request. It is sent again only when nothing of it can have arrived.
package invoke

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/plan"
)

// Way is how a call gets to the function.
type Way string

// The ways. Any takes the first that leads there.
const (
	Any     Way = ""
	Proxy   Way = "proxy"
	Forward Way = "port-forward"
	URL     Way = "url"
)

// Ways lists them by name.
func Ways() []string { return []string{string(Proxy), string(Forward), string(URL)} }

// Header is one header.
type Header = plan.Header

// Event makes a CloudEvent of the body.
type Event struct {
	ID, Source, Type, Subject string
	Structured                bool // as one JSON document; else the attributes are headers
}

// Request is one call.
type Request struct {
	Method  string // empty: the function's own, else GET without a body and POST with one
	Path    string // behind the function's own, with its query
	Headers []Header
	Body    []byte
	Type    string // of the body; empty: guessed
	Event   *Event
	Timeout time.Duration
	Via     Way
	Auth    Auth
	// Out gets the whole body of the answer as it comes; nil: only what Answer keeps is read.
	Out io.Writer
}

// Answer is what came of a call.
type Answer struct {
	At      time.Time
	Method  string
	Target  string // what was called, without credentials
	Way     Way
	Sent    int
	Status  int
	Text    string // of the status
	Proto   string
	Headers []Header
	// Body is the beginning of the body, Size how long it was, as far as it was read.
	Body []byte
	Size int64
	Cut  bool
	// Server says that the API server answers, not the function: it did not get through.
	Server bool
	Cold   bool // the function had no pods when it was called
	// Connect, First and Total: until there was a connection, the first byte and the last one.
	Connect, First, Total time.Duration
}

// OK reports whether the function answered, and not with an error.
func (a *Answer) OK() bool { return a.Status > 0 && a.Status < http.StatusBadRequest }

// Summary is the answer in a line.
func (a *Answer) Summary() string {
	parts := []string{a.Text, "in " + text(a.Total)}
	if a.First > 0 {
		parts = append(parts, fmt.Sprintf("(connect %s, first byte %s)", text(a.Connect), text(a.First)))
	}
	size := fmt.Sprintf("%d bytes", a.Size)
	if a.Cut {
		size = "more than " + size
	}
	parts = append(parts, size)
	if a.Cold {
		parts = append(parts, "cold start")
	}
	if a.Server {
		parts = append(parts, "from the API server, not from the function")
	}
	return strings.Join(parts, " · ")
}

func text(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return d.Round(10 * time.Microsecond).String()
	case d < time.Second:
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(10 * time.Millisecond).String()
}

// The bounds of a call.
const (
	KeptBody  = 1 << 20  // of an answer in memory
	mostRead  = 64 << 20 // of an answer that nobody else takes
	MostSent  = 16 << 20
	maxHeader = 64
	// DefaultTimeout is longer than cold starts take.
	DefaultTimeout = 60 * time.Second
)

// ErrNoWay says that a function cannot be called.
var ErrNoWay = errors.New("there is no way to call it")

// Check says what is wrong with a request before it is sent.
func (r *Request) Check() error {
	if !token(r.Method) && r.Method != "" {
		return fmt.Errorf("method %q: letters only, as GET or POST", r.Method)
	}
	if strings.ContainsAny(r.Path, " \r\n\t\x00") || strings.Contains(r.Path, "#") {
		return fmt.Errorf("path %q: write it as in a URL, spaces as %%20", r.Path)
	}
	if len(r.Headers) > maxHeader {
		return fmt.Errorf("%d headers: more than %d are not sent", len(r.Headers), maxHeader)
	}
	for _, h := range r.Headers {
		if !token(h.Name) || strings.ContainsAny(h.Value, "\r\n\x00") {
			return fmt.Errorf("header %q: write NAME: VALUE in one line", h.Name)
		}
	}
	if len(r.Body) > MostSent {
		return fmt.Errorf("the body is larger than %d MiB", MostSent>>20)
	}
	if r.Event != nil && r.Event.Type == "" {
		return errors.New("a CloudEvent needs a type")
	}
	switch r.Via {
	case Any, Proxy, Forward, URL:
	default:
		return fmt.Errorf("via %q: one of %s", r.Via, strings.Join(Ways(), ", "))
	}
	return nil
}

// token reports whether a text can be a method or the name of a header.
func token(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return s != ""
}

// ParseHeader reads `NAME: VALUE`.
func ParseHeader(s string) (Header, error) {
	name, value, ok := strings.Cut(s, ":")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if !ok || !token(name) || strings.ContainsAny(value, "\r\n\x00") {
		return Header{}, fmt.Errorf("header %q: write NAME: VALUE", s)
	}
	return Header{Name: name, Value: value}, nil
}

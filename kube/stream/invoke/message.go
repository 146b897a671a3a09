package invoke

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/fn9s/fn9s/kube/plan"
)

// message is a request as it is put on a wire.
type message struct {
	method  string
	headers http.Header
	host    string
	body    []byte
}

// compose makes the message of a request to a door.
func compose(r *Request, call *plan.Call, d *plan.Door, now time.Time) (*message, error) {
	m := &message{method: strings.ToUpper(r.Method), headers: http.Header{}, body: r.Body, host: d.Host}
	if m.method == "" {
		m.method = cmp.Or(call.Method, http.MethodGet)
		if call.Method == "" && (len(r.Body) > 0 || r.Event != nil) {
			m.method = http.MethodPost
		}
	}
	kind := cmp.Or(r.Type, guess(r.Body))
	id := newID()
	if r.Event != nil {
		if err := m.event(r.Event, kind, id, now); err != nil {
			return nil, err
		}
	} else if kind != "" {
		m.headers.Set("Content-Type", kind)
	}
	fill := strings.NewReplacer("{id}", id, "{time}", now.UTC().Format(time.RFC3339), "{type}", cmp.Or(kind, "application/json"))
	for _, h := range append(append([]Header{}, call.Headers...), d.Headers...) {
		m.headers.Set(h.Name, fill.Replace(h.Value))
	}
	m.headers.Set("User-Agent", "fn9s")
	for _, h := range r.Headers {
		switch {
		case strings.EqualFold(h.Name, "Host"):
			m.host = h.Value
		case h.Value == "":
			m.headers.Del(h.Name)
		default:
			m.headers.Set(h.Name, h.Value)
		}
	}
	return m, nil
}

func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	return hex.EncodeToString(b[:])
}

// guess finds the type of a body.
func guess(body []byte) string {
	switch {
	case len(body) == 0:
		return ""
	case json.Valid(body):
		return "application/json"
	case utf8.Valid(body):
		return "text/plain; charset=utf-8"
	}
	return "application/octet-stream"
}

// event makes the body a CloudEvent of version 1.0.
func (m *message) event(e *Event, kind, id string, now time.Time) error {
	attributes := map[string]string{
		"id": cmp.Or(e.ID, id), "source": cmp.Or(e.Source, "fn9s"), "type": e.Type, "specversion": "1.0",
		"time": now.UTC().Format(time.RFC3339Nano), "subject": e.Subject,
	}
	if !e.Structured {
		for k, v := range attributes {
			if v != "" {
				m.headers.Set("Ce-"+k, encoded(v))
			}
		}
		if kind != "" {
			m.headers.Set("Content-Type", kind)
		}
		return nil
	}
	document := map[string]any{}
	for k, v := range attributes {
		if v != "" {
			document[k] = v
		}
	}
	if len(m.body) > 0 {
		document["datacontenttype"] = kind
		switch {
		case json.Valid(m.body) && strings.Contains(kind, "json"):
			document["data"] = json.RawMessage(m.body)
		case utf8.Valid(m.body):
			document["data"] = string(m.body)
		default:
			document["data_base64"] = m.body
		}
	}
	body, err := json.Marshal(document)
	m.body = body
	m.headers.Set("Content-Type", "application/cloudevents+json; charset=utf-8")
	return err
}

// encoded writes an attribute as a header may hold it.
func encoded(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || c == '"' || c == '%' {
			b.WriteByte('%')
			b.WriteString(strings.ToUpper(hex.EncodeToString([]byte{c})))
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// request makes the message one of net/http.
func (m *message) request(ctx context.Context, at *url.URL) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, m.method, at.String(), bytes.NewReader(m.body))
	if err != nil {
		return nil, err
	}
	if len(m.body) == 0 {
		r.Body, r.GetBody = http.NoBody, nil
	}
	r.Header = m.headers.Clone()
	r.Host = m.host
	return r, nil
}

// join puts the path of a request behind that of a door. The query of both stays.
func join(door *url.URL, path string) *url.URL {
	u := *door
	more, query, _ := strings.Cut(path, "?")
	if more != "" {
		escaped := strings.TrimSuffix(u.EscapedPath(), "/") + "/" + strings.TrimPrefix(more, "/")
		if plain, err := url.PathUnescape(escaped); err == nil {
			u.Path, u.RawPath = plain, escaped
		}
	}
	if query != "" && u.RawQuery != "" {
		query = u.RawQuery + "&" + query
	}
	u.RawQuery = cmp.Or(query, u.RawQuery)
	return &u
}

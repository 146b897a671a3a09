package invoke

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Auth is with what a call is let in. The zero value is: without anything.
type Auth struct {
	Framework bool // with what the framework names
	// Scheme is basic, bearer, or the name of a header. Value gives what goes with it: USER:PASSWORD, the token, the
	// header's value. It is called for one call, and what it gives is wiped afterwards.
	Scheme string
	Value  func(ctx context.Context) ([]byte, error)
}

// IsZero reports whether nothing is asked for.
func (a Auth) IsZero() bool { return !a.Framework && a.Scheme == "" }

// authorize puts credentials on a message, and takes care that they cross no network in the clear.
func (c *call) authorize(ctx context.Context, m *message, way *way) error {
	a := c.request.Auth
	if a.IsZero() {
		return nil
	}
	if way.way == URL && inTheClear(way.base) {
		return fmt.Errorf("%s is not encrypted: credentials are not sent there", way.base.Host)
	}
	if !a.Framework {
		value, err := a.Value(ctx)
		defer clear(value)
		if err != nil {
			return err
		}
		return m.put(a.Scheme, bytes.TrimRight(value, "\r\n"))
	}
	login := c.plan.Login
	if login == nil {
		return errors.New("its framework names nothing that lets callers in: give it with --auth")
	}
	if login.Secret.IsZero() {
		if way.secret.IsZero() {
			if k, ok := c.caller.connector(c.id); ok && !k.Secret.IsZero() {
				return fmt.Errorf("%s is not the server of the connector: its Secret is not sent there; name what lets callers in with --auth", way.base.Host)
			}
			return errors.New("the connector of its framework names no Secret")
		}
		return c.withSecret(ctx, way.secret, way.key, func(v []byte) error { return m.put(string(login.Kind), v) })
	}
	switch login.Kind {
	case plan.Bearer:
		return c.withSecret(ctx, login.Secret, login.Key, func(v []byte) error { return m.put("bearer", v) })
	case plan.APIKey:
		return c.withSecret(ctx, login.Secret, login.Key, func(v []byte) error { return m.put(login.Header, v) })
	}
	return c.withSecret(ctx, login.Secret, login.User, func(user []byte) error {
		return c.withSecret(ctx, login.Secret, login.Key, func(password []byte) error {
			if login.Kind == plan.Basic {
				both := bytes.Join([][]byte{user, password}, []byte(":"))
				defer clear(both)
				return m.put("basic", both)
			}
			return c.exchange(ctx, m, way, login, user, password)
		})
	})
}

// withSecret reads a value for as long as it is used.
func (c *call) withSecret(ctx context.Context, ref model.Ref, key string, use func([]byte) error) error {
	value, err := c.caller.o.Secrets(ctx, c.id.Context, ref, key)
	defer clear(value)
	if err != nil {
		return fmt.Errorf("read key %s of Secret %s/%s: %w", key, ref.Namespace, ref.Name, err)
	}
	return use(bytes.TrimRight(value, "\r\n"))
}

// put writes credentials into the headers.
func (m *message) put(scheme string, value []byte) error {
	if len(value) == 0 || bytes.ContainsAny(value, "\r\n\x00") {
		return errors.New("what is to let the call in is empty or has several lines")
	}
	switch strings.ToLower(scheme) {
	case "basic":
		m.headers.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString(value))
	case "bearer":
		m.headers.Set("Authorization", "Bearer "+string(value))
	default:
		if !token(scheme) {
			return fmt.Errorf("%q is no name of a header", scheme)
		}
		m.headers.Set(scheme, string(value))
	}
	return nil
}

// exchange gets a token for a user and a password, at the door that is called.
func (c *call) exchange(ctx context.Context, m *message, way *way, login *plan.Login, user, password []byte) error {
	body, err := json.Marshal(map[string]string{"username": string(user), "password": string(password)})
	defer clear(body)
	if err != nil {
		return err
	}
	at := *way.root
	at.Path = strings.TrimSuffix(at.Path, "/") + login.Path
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, at.String(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Host = m.host
	response, err := way.client.Do(r)
	if err != nil {
		return fmt.Errorf("get a token: %w", bare(err))
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	defer clear(raw)
	var got struct {
		Access string `json:"accesstoken"`
		Token  string `json:"access_token"`
	}
	switch {
	case err != nil:
		return fmt.Errorf("get a token: %w", err)
	case response.StatusCode >= http.StatusBadRequest:
		return fmt.Errorf("get a token: %s", response.Status)
	case json.Unmarshal(raw, &got) != nil || cmp.Or(got.Access, got.Token) == "":
		return errors.New("get a token: the answer holds none")
	}
	return m.put("bearer", []byte(cmp.Or(got.Access, got.Token)))
}

// inTheClear reports whether everybody on the way could read what is sent.
func inTheClear(u *url.URL) bool {
	if u.Scheme == "https" || u.Hostname() == "localhost" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return ip == nil || !ip.IsLoopback()
}

// bare takes the URL off an error that net/http repeats it in.
func bare(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

package rest_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/rest"
	"github.com/fn9s/fn9s/kube/status"
)

func TestFaultsOfAServerAreSaidPlainly(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		phase   status.Phase
		want    string
	}{
		"wrong credentials": {func(w http.ResponseWriter, r *http.Request) {
			refuse(w, 401, entry{"message": "bad token " + r.Header.Get("Authorization")})
		}, status.AuthNeeded, "the API refuses the credentials of Secret fn/token#token: GET /v2/apps: 401 Unauthorized: bad token Bearer …"},
		"forbidden": {func(w http.ResponseWriter, _ *http.Request) {
			refuse(w, 403, entry{"error": "not yours"})
		}, status.AuthNeeded, "403 Forbidden: not yours"},
		"server error": {func(w http.ResponseWriter, _ *http.Request) {
			refuse(w, 500, entry{"message": "database is down\nstack trace"})
		}, status.Connecting, "GET /v2/apps: 500 Internal Server Error: database is down"},
		"words that are no JSON": {func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "no upstream\nmore", http.StatusBadGateway)
		}, status.Connecting, "GET /v2/apps: 502 Bad Gateway: no upstream"},
		"cut": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "4096")
			_, _ = w.Write([]byte(`{"items":[`))
			panic(http.ErrAbortHandler)
		}, status.Connecting, "the connection was cut in the middle of the answer"},
		"no JSON": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("<html>please log in</html>"))
		}, status.Connecting, "the answer is not what the API documents: no JSON"},
		"JSON of another kind": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"items":"` + token + `"}`))
		}, status.Connecting, `field "items" has the wrong type`},
		"half a JSON": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"items":[{"id":"a1"`))
		}, status.Connecting, "no JSON"},
		"a huge body": {func(w http.ResponseWriter, _ *http.Request) {
			piece := bytes.Repeat([]byte("0,"), 1<<16)
			_, _ = w.Write([]byte(`{"items":[`))
			for range 64 {
				if _, err := w.Write(piece); err != nil {
					return
				}
			}
		}, status.Connecting, "the answer is larger than 4 MiB"},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere.example.com/v2/apps?leak=1", http.StatusFound)
		}, status.Connecting, "302 Found: it redirects to https://elsewhere.example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := run(t, c.handler, nil)
			state := s.polled(t)
			assert.Equal(t, c.phase, state.Connection.Phase)
			assert.Contains(t, state.Connection.Reason, c.want)
			assert.NotContains(t, state.Connection.Reason+s.sink.everything(), token)
			assert.False(t, state.Connection.Retry.IsZero())
			record := s.sink.connector(t, "fn/prod")
			assert.False(t, record.Reached)
			assert.Contains(t, record.Trouble(), "connector prod: ")
			assert.Equal(t, 0, s.sink.count("fn/prod"), "a failed read replaces nothing")
		})
	}
}

func TestAFailingServerLeavesTheDataAndTheirAge(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	server := shopAndTools()
	s := run(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if broken.Load() {
			refuse(w, 503, entry{"message": "try later"})
			return
		}
		server.ServeHTTP(w, r)
	}), nil)
	s.polled(t)
	before := s.sink.names("fn/prod")

	broken.Store(true)
	s.Poke()
	state := s.polled(t)
	assert.Equal(t, status.Stale, state.Connection.Phase)
	assert.Equal(t, 7, state.Objects)
	assert.Equal(t, before, s.sink.names("fn/prod"))
	since := state.Connection.Since
	assert.Contains(t, s.sink.connector(t, "fn/prod").Trouble(), "as of "+since.UTC().Format(time.RFC3339))

	s.Poke()
	assert.Equal(t, since, s.polled(t).Connection.Since, "stale since the first failure")

	broken.Store(false)
	s.Poke()
	state = s.polled(t)
	assert.Equal(t, status.Live, state.Connection.Phase)
	assert.Empty(t, state.Connection.Reason)
	assert.True(t, state.Connection.Retry.IsZero())
	assert.Equal(t, 1, s.sink.count("fn/prod"), "the same objects are not handed over again")
	assert.Empty(t, s.sink.connector(t, "fn/prod").Trouble())
}

func TestSecretsThatCannotBeUsedAreSaidWithoutTheirValue(t *testing.T) {
	t.Parallel()
	gr := schema.GroupResource{Resource: "secrets"}
	for name, c := range map[string]struct {
		value []byte
		err   error
		whisk bool
		phase status.Phase
		want  string
	}{
		"forbidden":      {err: apierrors.NewForbidden(gr, "token", errors.New("no")), phase: status.AuthNeeded, want: "read Secret fn/token#token: secrets \"token\" is forbidden"},
		"missing":        {err: apierrors.NewNotFound(gr, "token"), phase: status.AuthNeeded, want: "not found"},
		"cluster away":   {err: errors.New("connection refused"), phase: status.Connecting, want: "connection refused"},
		"empty":          {value: []byte(" \n"), phase: status.AuthNeeded, want: "holds no value that can be sent"},
		"header in it":   {value: []byte("abcdef\r\nX-Evil: 1"), phase: status.AuthNeeded, want: "holds no value that can be sent"},
		"no colon in it": {value: []byte("abcdefgh"), whisk: true, phase: status.AuthNeeded, want: "it has no colon"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reader := &oneSecret{value: c.value, err: c.err}
			s := run(t, shopAndTools(), func(config *rest.Config, d *rest.Deps) {
				d.Secrets = reader
				if c.whisk {
					config.Framework = rest.OpenWhisk
				}
			})
			state := s.polled(t)
			assert.Equal(t, c.phase, state.Connection.Phase)
			assert.Contains(t, state.Connection.Reason, c.want)
			assert.NotContains(t, state.Connection.Reason, "abcdef")
			for _, b := range reader.value {
				assert.Zero(t, b, "the value is wiped after the poll")
			}
		})
	}
}

type oneSecret struct {
	value []byte
	err   error
}

func (o *oneSecret) Value(context.Context, string, string, string) ([]byte, error) {
	return o.value, o.err
}

// direct calls a handler without a network, so that time is the test's own.
type direct struct{ http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return w.Result(), nil
}

func TestPollsAreSpreadAndRetriesBackOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var code atomic.Int32
		var header atomic.Value
		header.Store("")
		polls := make(chan time.Time, 100)
		handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			polls <- time.Now()
			if c := code.Load(); c != 0 {
				if h := header.Load().(string); h != "" {
					w.Header().Set("Retry-After", h)
				}
				refuse(w, int(c), entry{})
				return
			}
			reply(w, entry{"items": []entry{}})
		})
		c, err := rest.New(rest.Config{Framework: rest.Fn, Name: "prod", Namespace: "fn", URL: "http://fn.example.com"},
			rest.Deps{Transport: direct{handler}, Sink: newSink()})
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		defer synctest.Wait()
		defer cancel()
		go c.Run(ctx)

		last := <-polls
		gap := func() time.Duration {
			now := <-polls
			d := now.Sub(last)
			last = now
			return d
		}
		within := func(d, want time.Duration, by float64) {
			t.Helper()
			assert.InDelta(t, want.Seconds(), d.Seconds(), want.Seconds()*by+0.001)
		}
		within(gap(), 30*time.Second, 0.1)
		code.Store(500)
		within(gap(), 30*time.Second, 0.1)
		for _, want := range []time.Duration{2, 4, 8, 16, 32, 64, 128, 256, 300, 300} {
			within(gap(), want*time.Second, 0.2)
		}
		header.Store("100000")
		gap()
		assert.GreaterOrEqual(t, gap(), 300*time.Second)
		header.Store("")
		code.Store(0)
		gap()
		within(gap(), 30*time.Second, 0.1)
		code.Store(401)
		within(gap(), 30*time.Second, 0.1)
		within(gap(), 30*time.Second, 0.2)
		within(gap(), 60*time.Second, 0.2)
		c.Poke()
		assert.Zero(t, gap(), "a poke does not wait")
	})
}

func TestASlowServerDoesNotHoldThePoll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		s := newSink()
		c, err := rest.New(rest.Config{Framework: rest.Fn, Name: "prod", Namespace: "fn", URL: "http://fn.example.com"}, rest.Deps{
			Sink: s, Transport: direct{http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })},
		})
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		defer synctest.Wait()
		defer cancel()
		go c.Run(ctx)
		require.Eventually(t, func() bool { return c.State().Connection.Reason != "" }, time.Minute, time.Second, "by the bubble's clock")
		state := c.State()
		assert.Equal(t, "GET /v2/apps: no complete answer within 15s", state.Connection.Reason)
		assert.WithinDuration(t, start.Add(17*time.Second), state.Connection.Retry, time.Second)
	})
}

func TestCredentialsWithoutTLSAreAWarning(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		config := fnConfig("http://fn.example.com")
		c, err := rest.New(config, rest.Deps{
			Sink: newSink(), Transport: direct{shopAndTools()}, Secrets: secrets{"fn/token#token": token},
		})
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		go c.Run(ctx)
		synctest.Wait()
		assert.Equal(t, status.Live, c.State().Connection.Phase)
		assert.Equal(t, "credentials cross the network without TLS", c.State().Warning)
		cancel()
		synctest.Wait()
	})
}

func FuzzAnswers(f *testing.F) {
	f.Add(`{"items":[{"id":"a","name":"b","app_id":"a"}],"next_cursor":"x"}`)
	f.Add(`["guest"]`)
	f.Add(`[{"namespace":"guest/p","name":"n","annotations":[{"key":"exec","value":{}}],"parameters":null,"exec":null}]`)
	f.Add(`{"items":[[]]}`)
	f.Fuzz(func(t *testing.T, body string) {
		handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/namespaces") {
				reply(w, []string{"guest"})
				return
			}
			_, _ = w.Write([]byte(body))
		})
		for _, framework := range []string{rest.Fn, rest.OpenWhisk} {
			config := fnConfig("http://127.0.0.1:1")
			config.Framework = framework
			done := make(chan struct{})
			ctx, cancel := context.WithCancel(t.Context())
			c, err := rest.New(config, rest.Deps{
				Sink: newSink(), Transport: direct{handler}, Secrets: secrets{"fn/token#token": guest},
				Notify: func(s rest.State) {
					if s.Connection.Phase != status.Connecting || s.Connection.Reason != "" {
						cancel()
					}
				},
			})
			require.NoError(t, err)
			go func() { defer close(done); c.Run(ctx) }()
			<-done
			if reason := c.State().Connection.Reason; strings.Contains(reason, guest) {
				t.Fatal("an error holds the credentials")
			}
		}
	})
}

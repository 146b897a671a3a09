package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/rest"
	"github.com/fn9s/fn9s/kube/status"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sink keeps what a connector hands over, with copies of the JSON, which is valid during the call only.
type sink struct {
	mu      sync.Mutex
	sources map[string][]object
	calls   map[string]int
}

type object struct{ Kind, Name, JSON, Links string }

func newSink() *sink { return &sink{sources: map[string][]object{}, calls: map[string]int{}} }

func (s *sink) ReplaceSource(source string, raws []*frameworks.Raw) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []object
	for _, r := range raws {
		o := object{Kind: r.Header.Kind, Name: r.Header.Name, JSON: string(r.JSON)}
		for _, to := range r.Header.Links {
			o.Links += to.Kind + " " + to.Name + ";"
		}
		all = append(all, o)
	}
	s.sources[source] = all
	s.calls[source]++
}

func (s *sink) names(source string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for _, o := range s.sources[source] {
		all = append(all, o.Kind+" "+o.Name)
	}
	return all
}

func (s *sink) object(t *testing.T, source, kind, name string) object {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.sources[source] {
		if o.Kind == kind && o.Name == name {
			return o
		}
	}
	require.Failf(t, "no such object", "%s %s in %v", kind, name, s.sources[source])
	return object{}
}

func (s *sink) count(source string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[source]
}

func (s *sink) connector(t *testing.T, source string) *frameworks.Connector {
	t.Helper()
	name := source[strings.IndexByte(source, '/')+1:]
	var c frameworks.Connector
	require.NoError(t, json.Unmarshal([]byte(s.object(t, source+"#connector", "Connector", name).JSON), &c))
	return &c
}

// everything is all text that left the connector.
func (s *sink) everything() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for _, all := range s.sources {
		for _, o := range all {
			b.WriteString(o.Name + o.JSON + o.Links)
		}
	}
	return b.String()
}

type secrets map[string]string

func (s secrets) Value(_ context.Context, namespace, name, key string) ([]byte, error) {
	v, ok := s[namespace+"/"+name+"#"+key]
	if !ok {
		return nil, errors.New("no such value")
	}
	return []byte(v), nil
}

const token = "dummy-token-0001"

func fnConfig(address string) rest.Config {
	return rest.Config{
		Framework: rest.Fn, Name: "prod", Namespace: "fn", URL: address,
		Secret: rest.SecretRef{Namespace: "fn", Name: "token", Key: "token"},
	}
}

// session is a connector that runs against a handler, and the states that it went through.
type session struct {
	*rest.Connector
	sink   *sink
	states chan rest.State
}

// run starts a connector and stops it at the end of the test.
func run(t *testing.T, handler http.Handler, change func(*rest.Config, *rest.Deps)) *session {
	t.Helper()
	server := httptest.NewServer(handler)
	transport, err := rest.NewTransport(nil)
	require.NoError(t, err)
	s := &session{sink: newSink(), states: make(chan rest.State, 100)}
	config := fnConfig(server.URL)
	deps := rest.Deps{
		Transport: transport, Sink: s.sink, Secrets: secrets{"fn/token#token": token, "ow/auth#guest": guest},
		Notify: func(state rest.State) { s.states <- state },
	}
	if change != nil {
		change(&config, &deps)
	}
	s.Connector, err = rest.New(config, deps)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		<-done
		transport.CloseIdleConnections()
		server.CloseClientConnections()
		server.Close()
	})
	return s
}

// polled waits for the outcome of the next poll.
func (s *session) polled(t *testing.T) rest.State {
	t.Helper()
	for {
		select {
		case state := <-s.states:
			if state.Connection.Phase != status.Connecting || state.Connection.Reason != "" {
				return state
			}
		case <-time.After(30 * time.Second):
			require.Fail(t, "the connector did not finish a poll")
		}
	}
}

func TestAConfigurationThatCannotWorkIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*rest.Config)
		want   string
	}{
		"framework":        {func(c *rest.Config) { c.Framework = "knative" }, `framework "knative" has no connector`},
		"name":             {func(c *rest.Config) { c.Name = "a/b" }, `name "a/b"`},
		"namespace":        {func(c *rest.Config) { c.Namespace = "" }, "kubeNamespace"},
		"interval":         {func(c *rest.Config) { c.Interval = time.Millisecond }, "interval 1ms"},
		"credentials":      {func(c *rest.Config) { c.URL = "https://u:topsecret@h" }, "put them into a Secret"},
		"scheme":           {func(c *rest.Config) { c.URL = "file:///etc/passwd" }, "neither http nor https"},
		"query":            {func(c *rest.Config) { c.URL = "https://h?a=b" }, "a query"},
		"not parsed":       {func(c *rest.Config) { c.URL = "https://u:topsecret@h:x y" }, "cannot be parsed"},
		"token by proxy":   {func(c *rest.Config) { c.URL = "" }, "url is missing"},
		"whisk by proxy":   {func(c *rest.Config) { c.Framework, c.URL = rest.OpenWhisk, "" }, "apiHost is missing"},
		"whisk without":    {func(c *rest.Config) { c.Framework, c.Secret = rest.OpenWhisk, rest.SecretRef{} }, "authSecret is missing"},
		"service with dot": {func(c *rest.Config) { c.URL, c.Secret, c.Service = "", rest.SecretRef{}, "../pods" }, "NAME:PORT"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := fnConfig("https://fn.example.com")
			c.change(&config)
			_, err := rest.New(config, rest.Deps{})
			require.ErrorContains(t, err, c.want)
			assert.NotContains(t, err.Error(), "topsecret")
		})
	}
}

func TestSecretReferencesAreParsed(t *testing.T) {
	t.Parallel()
	ref, err := rest.ParseSecretRef("openwhisk/owdev-whisk.auth#guest")
	require.NoError(t, err)
	assert.Equal(t, rest.SecretRef{Namespace: "openwhisk", Name: "owdev-whisk.auth", Key: "guest"}, ref)
	assert.Equal(t, "openwhisk/owdev-whisk.auth#guest", ref.String())
	for _, bad := range []string{"", "a", "a/b", "a#b", "/b#c", "a/#c", "a/b#", "a/b/c#d", "a/b#c/d", "a/b#c#d"} {
		_, err := rest.ParseSecretRef(bad)
		assert.Errorf(t, err, "%q", bad)
	}
}

func TestACAFileWithoutCertificatesIsRefused(t *testing.T) {
	t.Parallel()
	_, err := rest.NewTransport([]byte("not a certificate"))
	require.ErrorContains(t, err, "no certificate")
}

func TestTheServiceProxyIsAPathOfTheAPIServer(t *testing.T) {
	t.Parallel()
	server, err := url.Parse("https://cluster.example.com/prefix")
	require.NoError(t, err)
	base, _ := rest.ServiceProxy(server, http.DefaultTransport)("fn", "fn-fn:api")
	assert.Equal(t, "https://cluster.example.com/prefix/api/v1/namespaces/fn/services/fn-fn:api/proxy", base.String())
}

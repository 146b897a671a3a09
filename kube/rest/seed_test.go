package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/client-go/kubernetes"
	clientrest "k8s.io/client-go/rest"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/fn"
	"github.com/fn9s/fn9s/kube/frameworks/frameworkstest"
	"github.com/fn9s/fn9s/kube/frameworks/openwhisk"
	"github.com/fn9s/fn9s/kube/kubetest"
	"github.com/fn9s/fn9s/kube/rest"
	"github.com/fn9s/fn9s/kube/samples"
	"github.com/fn9s/fn9s/kube/status"
)

var adapters = []frameworks.Framework{fn.New(), openwhisk.New()}

// seedFolders hold what Kubernetes knows of the two frameworks.
var seedFolders = []string{"../samples/seed/fn", "../samples/seed/openwhisk"}

// fromFn and fromOpenWhisk are all functions of the samples, and nothing else.
var (
	fromFn = []string{
		"fn/notify/send-sms fn ready –/–", "fn/shop/checkout fn ready –/–", "fn/shop/refund fn ready –/–",
		"fn/shop/stock-level fn ready –/–", "fn/tools/checkout fn ready –/–", "fn/tools/export-orders fn ready –/–",
		"fn/tools/render-pdf fn ready –/–",
	}
	fromOpenWhisk = []string{
		"openwhisk/guest/hello openwhisk ready 1/1",
		"openwhisk/guest/old-import openwhisk orphaned 1/1",
		"openwhisk/guest/order flow openwhisk ready –/–",
		"openwhisk/guest/report openwhisk idle 0/0",
		"openwhisk/guest/resize-image openwhisk ready 2/2",
		"openwhisk/guest/scraper openwhisk failed 0/1",
		"openwhisk/guest/shop/checkout openwhisk ready 1/1",
		"openwhisk/guest/shop/invoice openwhisk idle 0/0",
	}
)

// sample reads the objects of all files whose names begin so.
func sample(t *testing.T, framework, prefix string) []entry {
	t.Helper()
	files, err := samples.REST(framework)
	require.NoError(t, err)
	names, err := fs.Glob(files, prefix+"*.json")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	var all []entry
	for _, name := range names {
		data, err := fs.ReadFile(files, name)
		require.NoError(t, err)
		var page struct{ Items []entry }
		if json.Unmarshal(data, &page) != nil {
			require.NoError(t, json.Unmarshal(data, &page.Items), name)
		}
		all = append(all, page.Items...)
	}
	return all
}

func TestTheSeedWithoutConnectors(t *testing.T) {
	t.Parallel()
	c := frameworkstest.Load(t, adapters, seedFolders...)
	assert.Equal(t, []string{
		"fn/fn-fn fn opaque –/–",
		"openwhisk/guest/checkout? openwhisk ready 1/1",
		"openwhisk/guest/hello openwhisk ready 1/1",
		"openwhisk/guest/old-import openwhisk ready 1/1",
		"openwhisk/guest/resize-image openwhisk ready 2/2",
		"openwhisk/guest/scraper openwhisk failed 0/1",
		"openwhisk/owdev openwhisk opaque –/–",
	}, c.Rows())
}

// settled runs a connector into a cluster until it polled once, and returns how it went.
func settled(t *testing.T, c *frameworkstest.Cluster, config rest.Config, deps rest.Deps) rest.State {
	t.Helper()
	states := make(chan rest.State, 16)
	deps.Sink, deps.Notify = c.Store, func(s rest.State) { states <- s }
	connector, err := rest.New(config, deps)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); connector.Run(ctx) }()
	defer func() { cancel(); <-done; c.Settle() }()
	return (&session{states: states}).polled(t)
}

func TestTheSeedWithConnectors(t *testing.T) {
	t.Parallel()
	c := frameworkstest.Load(t, adapters, seedFolders...)
	config := fnConfig("http://127.0.0.1:8080")
	fnSamples := &fnServer{objects: map[string][]entry{
		"apps": sample(t, "fn", "apps"), "fns": sample(t, "fn", "fns"), "triggers": sample(t, "fn", "triggers"),
	}}
	deps := rest.Deps{Transport: direct{fnSamples}, Secrets: secrets{"fn/token#token": token, "ow/auth#guest": guest}}
	state := settled(t, c, config, deps)
	require.Equal(t, status.Live, state.Connection.Phase, state.Connection.Reason)

	asGuest(&config, nil)
	config.Namespace = "openwhisk"
	deps.Transport = direct{&whiskServer{objects: map[string][]entry{
		"actions": sample(t, "openwhisk", "actions"), "packages": sample(t, "openwhisk", "packages"),
		"triggers": sample(t, "openwhisk", "triggers"), "rules": sample(t, "openwhisk", "rules"),
	}}}
	state = settled(t, c, config, deps)
	require.Equal(t, status.Live, state.Connection.Phase, state.Connection.Reason)
	assert.Empty(t, state.Warning+state.Incomplete)

	assert.Equal(t, slices.Concat(fromFn, fromOpenWhisk), c.Rows())
	sms := c.Function("fn", "notify/send-sms")
	assert.Equal(t, "https://fn.example.com/invoke/01KAFN0000000000000000SMS1", sms.URLs[0].URL)
	assert.Len(t, sms.Triggers, 3)
	report := c.Function("openwhisk", "guest/report")
	assert.Equal(t, "https://whisk.example.com/api/v1/web/guest/default/report", report.URLs[0].URL)
	assert.Equal(t, "0 2 * * *", report.Triggers[1].Detail)
	for _, f := range c.Functions() {
		if f.State == "ready" && f.Source.Kind != "sequence" {
			assert.NotEmpty(t, f.Image, f.Name())
		}
	}
}

// standIns are the servers of the local test cluster.
type standIns struct {
	t      *testing.T
	client *http.Client
	Rest   struct{ Fn, OpenWhisk string }
	Faults string
}

func (s *standIns) fault(body any) {
	s.t.Helper()
	data, err := json.Marshal(body)
	require.NoError(s.t, err)
	method := http.MethodPost
	if body == nil {
		method = http.MethodDelete
	}
	request, err := http.NewRequest(method, s.Faults, bytes.NewReader(data))
	require.NoError(s.t, err)
	response, err := s.client.Do(request)
	require.NoError(s.t, err)
	answer, _ := io.ReadAll(response.Body)
	_ = response.Body.Close()
	require.Equal(s.t, http.StatusOK, response.StatusCode, string(answer))
}

// clusterSecrets reads with the operator's own rights.
type clusterSecrets struct{ client kubernetes.Interface }

func (c clusterSecrets) Value(ctx context.Context, namespace, name, key string) ([]byte, error) {
	secret, err := c.client.CoreV1().Secrets(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	return secret.Data[key], nil
}

// TestTheStandInsOfTheCluster is not parallel, and neither are its parts: the faults are the whole server's.
func TestTheStandInsOfTheCluster(t *testing.T) {
	cluster := kubetest.Need(t)
	transport, err := rest.NewTransport(nil)
	require.NoError(t, err)
	s := &standIns{t: t, client: &http.Client{Transport: transport, Timeout: 10 * time.Second}}
	cluster.Info(t, s)
	t.Cleanup(func() { s.fault(nil); transport.CloseIdleConnections() })
	s.fault(nil)
	config, _, err := kubetest.Kubeconfig{Path: cluster.Admin}.Rest("")
	require.NoError(t, err)
	httpClient, err := clientrest.HTTPClientFor(config)
	require.NoError(t, err)
	t.Cleanup(func() { utilnet.CloseIdleConnectionsFor(httpClient.Transport) })
	client, err := kubernetes.NewForConfigAndClient(config, httpClient)
	require.NoError(t, err)
	deps := rest.Deps{Transport: transport, Secrets: clusterSecrets{client}}
	fnAt := rest.Config{Framework: rest.Fn, Name: "dev", Namespace: "fn", URL: s.Rest.Fn,
		Secret: rest.SecretRef{Namespace: "fn", Name: "fn-api-token", Key: "token"}}
	whiskAt := rest.Config{Framework: rest.OpenWhisk, Name: "dev", Namespace: "openwhisk", URL: s.Rest.OpenWhisk,
		Secret: rest.SecretRef{Namespace: "openwhisk", Name: "owdev-whisk.auth", Key: "guest"}}

	t.Run("all functions", func(t *testing.T) {
		c := frameworkstest.Load(t, adapters, seedFolders...)
		for _, at := range []rest.Config{fnAt, whiskAt} {
			state := settled(t, c, at, deps)
			require.Equal(t, status.Live, state.Connection.Phase, state.Connection.Reason)
		}
		assert.Equal(t, slices.Concat(fromFn, fromOpenWhisk), c.Rows())
	})
	s.failures(fnAt, deps)
	t.Run("wrong credentials", func(t *testing.T) {
		wrong := whiskAt
		wrong.Secret = rest.SecretRef{Namespace: "fn", Name: "fn-api-token", Key: "token"}
		state := settled(t, frameworkstest.LoadText(t, adapters, ""), wrong, deps)
		assert.Equal(t, status.AuthNeeded, state.Connection.Phase)
		assert.Contains(t, state.Connection.Reason, "it has no colon")
	})
	t.Run("a Secret that is not there", func(t *testing.T) {
		missing := fnAt
		missing.Secret.Name = "nobody-made-this"
		state := settled(t, frameworkstest.LoadText(t, adapters, ""), missing, deps)
		assert.Equal(t, status.AuthNeeded, state.Connection.Phase)
		assert.Contains(t, state.Connection.Reason, "not found")
		_, err := deps.Secrets.Value(t.Context(), "fn", "nobody-made-this", "token")
		assert.True(t, apierrors.IsNotFound(err))
	})
	t.Run("through the service proxy", func(t *testing.T) {
		// The pods of the test cluster are simulated: the API server finds the Service, and nothing answers behind it.
		server, err := url.Parse(config.Host)
		require.NoError(t, err)
		deps.Proxy = rest.ServiceProxy(server, httpClient.Transport)
		state := settled(t, frameworkstest.LoadText(t, adapters, ""), rest.Config{Framework: rest.Fn, Name: "dev", Namespace: "fn"}, deps)
		assert.NotEqual(t, status.Live, state.Connection.Phase)
		assert.Contains(t, state.Connection.Reason, "GET /v2/apps")
		t.Log(state.Connection.Reason)
	})
}

// failures asks the stand-ins to fail, one way after the other.
func (s *standIns) failures(at rest.Config, deps rest.Deps) {
	for name, c := range map[string]struct {
		fault  entry
		phase  status.Phase
		reason string
	}{
		"401":      {entry{"status": 401}, status.AuthNeeded, "401 Unauthorized: injected fault"},
		"500":      {entry{"status": 500}, status.Connecting, "500 Internal Server Error: injected fault"},
		"429":      {entry{"status": 429}, status.Connecting, "429 Too Many Requests"},
		"cut":      {entry{"cut": true}, status.Connecting, "the connection was cut in the middle of the answer"},
		"slow":     {entry{"delayMs": 300, "count": 2}, status.Live, ""},
		"one list": {entry{"status": 500, "path": "/v2/triggers"}, status.Connecting, "GET /v2/triggers: 500"},
	} {
		s.t.Run(name, func(t *testing.T) {
			c.fault["framework"] = "fn"
			s.fault(c.fault)
			defer s.fault(nil)
			state := settled(t, frameworkstest.LoadText(t, adapters, ""), at, deps)
			assert.Equal(t, c.phase, state.Connection.Phase)
			assert.Contains(t, state.Connection.Reason, c.reason)
		})
	}
}

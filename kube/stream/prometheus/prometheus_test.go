package prometheus_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/stream/prometheus"
	"github.com/fn9s/fn9s/security/model"
)

// server speaks the API of Prometheus: it answers queries that hold a word, and notes all.
type server struct {
	*httptest.Server
	answers map[string]string // by a word of the query: the values of the one series
	asked   []url.Values
	tokens  []string
}

func serve(t *testing.T) *server {
	s := &server{answers: map[string]string{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked, s.tokens = append(s.asked, r.URL.Query()), append(s.tokens, r.Header.Get("Authorization"))
		if r.URL.Path != "/prom/api/v1/query_range" && r.URL.Path != "/prom/api/v1/query" {
			http.NotFound(w, r)
			return
		}
		for word, values := range s.answers {
			if !strings.Contains(r.URL.Query().Get("query"), word) {
				continue
			}
			if strings.HasPrefix(values, "!") {
				w.WriteHeader(http.StatusBadRequest)
				fmt.Fprintf(w, `{"status":"error","errorType":"bad_data","error":%q}`, values[1:])
				return
			}
			fmt.Fprintf(w, `{"status":"success","data":{"resultType":"matrix","result":[%s]}}`, values)
			return
		}
		fmt.Fprint(w, `{"status":"success","data":{"resultType":"matrix","result":[]}}`)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) client(t *testing.T) *prometheus.Client {
	base, err := url.Parse(s.URL + "/prom/")
	require.NoError(t, err)
	return &prometheus.Client{Base: base, Transport: s.Client().Transport}
}

var now = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

func function(framework, namespace, name string) *model.Function {
	return &model.Function{Key: model.FunctionKey{Framework: framework, Namespace: namespace, Name: name}}
}

func queries(t *testing.T, f *model.Function) plan.Queries {
	for _, a := range all.BuiltIn() {
		if m, ok := a.(frameworks.Measured); ok && a.Name() == f.Key.Framework {
			return m.Queries(f)
		}
	}
	t.Fatalf("framework %s says nothing of metrics", f.Key.Framework)
	return plan.Queries{}
}

func TestAFunctionIsAskedAbout(t *testing.T) {
	s := serve(t)
	s.answers["code!~"] = `{"metric":{},"values":[[1795165140,"0.5"],[1795165200,"NaN"]]}`
	s.answers["_total{function_name=\"figlet.fns\"}"] = `{"metric":{},"values":[[1795165140,"3"],[1795165200.5,"4.25"]]}`
	s.answers["gateway_functions_seconds_bucket"] = "!unknown metric"
	c := s.client(t)
	c.Token = func(context.Context) (string, error) { return "t0ken", nil }
	calls, err := c.Ask(t.Context(), queries(t, function("openfaas", "fns", "figlet")), now.Add(-time.Hour), now)
	require.NoError(t, err)
	assert.Equal(t, []prometheus.Point{{Time: time.Unix(1795165140, 0).UTC(), Value: 3}, {Time: time.UnixMilli(1795165200500).UTC(), Value: 4.25}}, calls.Invocations)
	assert.Len(t, calls.Errors, 1, "what is no number is left out")
	assert.Nil(t, calls.Latency)
	assert.Equal(t, []string{"latency: prometheus says: unknown metric"}, calls.Problems)
	assert.Equal(t, []string{"OpenFaaS counts no cold starts"}, calls.Missing)
	assert.Equal(t, "Bearer t0ken", s.tokens[0])
	assert.Equal(t, "60", s.asked[0].Get("step"))
	assert.Equal(t, "1795165200.000", s.asked[0].Get("end"))
}

func TestEveryFrameworkNamesItsFunction(t *testing.T) {
	for _, a := range all.BuiltIn() {
		m, ok := a.(frameworks.Measured)
		if !ok {
			continue
		}
		f := function(a.Name(), "fns", "figlet")
		if a.Name() == "openwhisk" {
			f.Title = "guest/figlet"
		}
		q := m.Queries(f)
		q.Values["window"] = "5m"
		for _, query := range []string{q.Invocations, q.Errors, q.Latency, q.ColdStarts} {
			if query == "" {
				assert.NotEmpty(t, q.Missing, a.Name())
				continue
			}
			filled, err := prometheus.Fill(query, q.Values)
			require.NoError(t, err)
			assert.Contains(t, filled, "figlet", a.Name())
			assert.NotRegexp(t, `\{[a-z:]*\}`, filled)
			assert.Equal(t, strings.Count(filled, "("), strings.Count(filled, ")"), filled)
			assert.Zero(t, strings.Count(filled, `"`)%2, filled)
		}
	}
}

func TestNoNameBreaksOutOfItsQuotes(t *testing.T) {
	for _, name := range []string{`x"} or vector(1) #`, `x\`, "x`", `x'`, "x\n", "x{y}", "é"} {
		filled, err := prometheus.Fill(`a{n="{name}",m=~'{name:re}-.*'}`, map[string]string{"name": name})
		require.NoError(t, err)
		assert.Regexp(t, `^a\{n="([-_./a-zA-Z0-9]|\\x[0-9a-f]{2})*",m=~'([-_./a-zA-Z0-9]|\\x[0-9a-f]{2})*-\.\*'\}$`, filled)
	}
	_, err := prometheus.Fill(`a{n="{other}"}`, map[string]string{"name": "x"})
	assert.ErrorContains(t, err, "{other}")
}

func TestWhatIsNoAnswerIsAnError(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"a page":        {200, "<html>", "no answer of Prometheus"},
		"a login":       {302, "", "302"},
		"refused":       {403, "", "403"},
		"several":       {200, `{"status":"success","data":{"result":[{"values":[]},{"values":[]}]}}`, "2 series"},
		"endless":       {200, strings.Repeat(" ", 5<<20), "more than 4 MiB"},
		"no pair":       {200, `{"status":"success","data":{"result":[{"values":[[1]]}]}}`, "no pair"},
		"no number":     {200, `{"status":"success","data":{"result":[{"values":[[1,"x"]]}]}}`, "no number"},
		"far from time": {200, `{"status":"success","data":{"result":[{"values":[[1e300,"1"]]}]}}`, "no pair"},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "https://evil.example.com/")
				w.WriteHeader(c.status)
				fmt.Fprint(w, c.body)
			}))
			defer s.Close()
			base, err := url.Parse(s.URL)
			require.NoError(t, err)
			client := &prometheus.Client{Base: base, Transport: s.Client().Transport}
			_, err = client.Range(t.Context(), "up", now.Add(-time.Hour), now, time.Minute)
			assert.ErrorContains(t, err, c.want)
		})
	}
}

func TestWithoutATokenNothingIsSent(t *testing.T) {
	s := serve(t)
	c := s.client(t)
	c.Token = func(context.Context) (string, error) { return "", errors.New("denied") }
	_, _, err := c.Instant(t.Context(), "up", now)
	assert.ErrorContains(t, err, "denied")
	assert.Empty(t, s.asked)
}

func TestInstant(t *testing.T) {
	s := serve(t)
	s.answers["up"] = `{"metric":{},"value":[1795165200,"7"]}`
	p, known, err := s.client(t).Instant(t.Context(), "up", now)
	require.NoError(t, err)
	assert.True(t, known)
	assert.Equal(t, prometheus.Point{Time: now, Value: 7}, p)
	_, known, err = s.client(t).Instant(t.Context(), "nothing", now)
	require.NoError(t, err)
	assert.False(t, known)
}

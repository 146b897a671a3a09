package prometheus_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/kubetest"
	"github.com/fn9s/fn9s/kube/stream/prometheus"
	"github.com/fn9s/fn9s/security/model"
)

// TestARealPrometheusAnswersTheQueriesOfEveryFramework holds that each framework's queries say what its metrics count: the
// devcluster's Prometheus scrapes counters with the names and labels that each framework gives them.
func TestARealPrometheusAnswersTheQueriesOfEveryFramework(t *testing.T) {
	t.Parallel()
	var info struct{ Prometheus string }
	kubetest.Need(t).Info(t, &info)
	require.NotEmpty(t, info.Prometheus)
	base, err := url.Parse(info.Prometheus)
	require.NoError(t, err)
	c := &prometheus.Client{Base: base, Transport: http.DefaultTransport}
	for _, tc := range []struct {
		framework, namespace, name, title string
		rate, errors, cold, latency       float64 // calls a second, errors and cold starts of them, seconds
	}{
		{framework: "openfaas", namespace: "payments", name: "charge-card", rate: 14, errors: 0.006, latency: 0.2},
		{framework: "knative", namespace: "payments", name: "fraud-score", rate: 9, errors: 0.002, latency: 0.5},
		{framework: "fission", namespace: "analytics", name: "geo-enrich", rate: 30, errors: 0.004, cold: 0.002},
		{framework: "nuclio", namespace: "analytics", name: "sessionize", rate: 55, errors: 0.001, latency: 0.02},
		{framework: "kubeless", namespace: "checkout", name: "quote-shipping", rate: 7, errors: 0.003, latency: 0.25},
		{framework: "kyma", namespace: "checkout", name: "take-order", rate: 5, errors: 0.008, latency: 0.3},
		{framework: "openwhisk", namespace: "openwhisk", title: "guest/shop/checkout", rate: 3, errors: 0.02, cold: 0.015, latency: 1},
	} {
		t.Run(tc.framework, func(t *testing.T) {
			f := function(tc.framework, tc.namespace, tc.name)
			f.Title = tc.title
			if tc.framework == "kyma" {
				f.Workloads = []model.WorkloadRef{{Ref: model.Ref{Kind: "Deployment", Namespace: tc.namespace, Name: tc.name + "-k7hq2"}, Role: model.Run}}
			}
			q := queries(t, f)
			var calls *prometheus.Calls
			last := func(points []prometheus.Point) float64 { return points[len(points)-1].Value }
			require.Eventually(t, func() bool {
				var err error
				calls, err = c.Ask(t.Context(), q, time.Now().Add(-10*time.Minute), time.Now())
				require.NoError(t, err)
				return len(calls.Invocations) > 0 && last(calls.Invocations) > 0
			}, 30*time.Second, 500*time.Millisecond, "it has scraped twice")
			assert.Empty(t, calls.Problems)
			rate := last(calls.Invocations)
			assert.InDelta(t, tc.rate, rate, tc.rate*0.6, "the traffic swells and ebbs by a half")
			require.NotEmpty(t, calls.Errors)
			assert.InDelta(t, tc.errors, last(calls.Errors)/rate, tc.errors+0.2/rate)
			if tc.latency > 0 {
				require.NotEmpty(t, calls.Latency)
				assert.InDelta(t, tc.latency, last(calls.Latency), tc.latency*0.6, "mean: %v", calls.Mean)
			} else {
				assert.Empty(t, calls.Latency)
			}
			if tc.cold > 0 {
				require.NotEmpty(t, calls.ColdStarts)
				assert.InDelta(t, tc.cold*rate*60, last(calls.ColdStarts), tc.cold*rate*60+12)
			} else {
				assert.Empty(t, calls.ColdStarts)
			}
			assert.Equal(t, 4-len(calls.Missing), series(calls), "every series is there, or it is said why not")
		})
	}
}

func series(c *prometheus.Calls) int {
	n := 0
	for _, s := range [][]prometheus.Point{c.Invocations, c.Errors, c.Latency, c.ColdStarts} {
		if len(s) > 0 {
			n++
		}
	}
	return n
}

package network_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/check"
)

// openFaaS is a gateway and a function charge in namespace fns.
const openFaaS = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: gateway, namespace: openfaas, labels: {app: openfaas, component: gateway, release: openfaas}}
spec:
  template:
    metadata: {labels: {app: gateway}}
    spec:
      containers:
      - {name: gateway, image: ghcr.io/openfaas/gateway:0.27.9, ports: [{containerPort: 8080}], env: [{name: function_namespace, value: fns}]}
      - {name: faas-netes, image: ghcr.io/openfaas/faas-netes:0.18.9, ports: [{containerPort: 8081}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: charge, namespace: fns, labels: {faas_function: charge}}
spec:
  selector: {matchLabels: {faas_function: charge}}
  template:
    metadata: {labels: {faas_function: charge}}
    spec: {containers: [{name: charge, image: example.com/charge, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: charge, namespace: fns}
spec: {selector: {faas_function: charge}, ports: [{port: 8080}]}
`

func forCharge(spec string) string {
	return strings.Replace(policy(spec), "app: fn", "faas_function: charge", 1)
}

func TestTheGatewayCanBeBypassed(t *testing.T) {
	t.Parallel()
	onlyGateway := forCharge("ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: openfaas}}, podSelector: {matchLabels: {app: gateway}}}], ports: [{port: 8080}]}]")
	neighbour := strings.NewReplacer("name: fn,", "name: other,", "app: fn", "app: other", "labels: {fn9s.io/function: \"true\"}", "labels: {}").Replace(function)
	watchdog := strings.Replace(openFaaS, "image: example.com/charge,", "image: example.com/charge, env: [{name: jwt_auth, value: \"true\"}],", 1)
	for _, c := range []struct {
		name      string
		documents []string
		verdict   string
		text      string
	}{
		{"no policy", []string{openFaaS}, "fail", "any pod of the cluster can call port 8080"},
		{"only the gateway", []string{openFaaS, onlyGateway}, "pass", ""},
		{"the whole namespace of the gateway", []string{openFaaS, forCharge("ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: openfaas}}}]}]")}, "pass", ""},
		{"its own namespace too", []string{openFaaS, onlyGateway, strings.Replace(forCharge("ingress: [{from: [{podSelector: {}}]}]"), "name: np", "name: more", 1)}, "fail", "any pod of namespace fns"},
		{"one neighbour", []string{openFaaS, neighbour, forCharge("ingress: [{from: [{podSelector: {matchLabels: {app: other}}}]}]")}, "fail", "Deployment.apps fns/other"},
		{"a neighbour on another port", []string{openFaaS, neighbour, forCharge("ingress: [{from: [{podSelector: {matchLabels: {app: other}}}], ports: [{port: 9000}]}]")}, "pass", ""},
		{"the watchdog asks for a token", []string{watchdog}, "na", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := offlinetest.Text(t, c.documents...).Judge("fns", "charge")
			require.Equal(t, c.verdict, offlinetest.Verdict(t, p, "NET-08"), "%+v", offlinetest.Of(p, "NET-08"))
			if c.text != "" {
				assert.Contains(t, offlinetest.Of(p, "NET-08")[0].Message, c.text)
				assert.Equal(t, check.Medium, offlinetest.Of(p, "NET-08")[0].Severity)
			}
		})
	}
	p := offlinetest.Text(t, function).Judge("fns", "fn")
	assert.Equal(t, "na", offlinetest.Verdict(t, p, "NET-08"), "plain functions have no gateway")
}

func TestPlatformInternals(t *testing.T) {
	t.Parallel()
	redis := `
apiVersion: apps/v1
kind: Deployment
metadata: {name: redis, namespace: openfaas}
spec:
  template:
    metadata: {labels: {app: redis}}
    spec: {containers: [{name: redis, image: docker.io/library/redis:7, ports: [{containerPort: 6379}]}]}
`
	closed := `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: openfaas}
spec: {podSelector: {}, policyTypes: [Ingress]}
`
	prometheus := strings.NewReplacer("name: redis", "name: prometheus", "library/redis:7", "prom/prometheus:v3", "app: redis", "app: prometheus", "6379", "9090").Replace(redis)
	locked := strings.Replace(redis, "image:", "args: [--requirepass, x], image:", 1)
	for _, c := range []struct {
		name      string
		documents []string
		texts     []string
	}{
		{"provider and store", []string{openFaaS, redis}, []string{"Redis on port 6379", "provider behind the gateway"}},
		{"metrics", []string{openFaaS, prometheus}, []string{"provider behind the gateway", "Prometheus, which knows every function and its calls, on port 9090"}},
		{"metrics with a login", []string{openFaaS, strings.Replace(prometheus, "image:", "args: [--web.config.file=/etc/web.yml], image:", 1)}, []string{"port 8081"}},
		{"store with a password", []string{openFaaS, locked}, []string{"port 8081"}},
		{"nobody gets there", []string{openFaaS, redis, closed}, nil},
		{"functions may not leave", []string{openFaaS, redis, denyAll}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := offlinetest.Text(t, c.documents...)
			s, ok := check.Platform(w.Find("fns", "charge"))
			require.True(t, ok)
			found := offlinetest.Of(w.Scope(s), "NET-15")
			require.Len(t, found, len(c.texts), "%+v", found)
			for i, text := range c.texts {
				assert.Contains(t, found[i].Message, text)
				assert.Contains(t, found[i].Message, "function fns/charge")
				assert.Equal(t, strings.Contains(text, "Redis"), found[i].Severity == check.High)
			}
		})
	}
}

package client

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReadOnlyPassesQuestionsAndNothingElse(t *testing.T) {
	const (
		pods   = "/api/v1/namespaces/payments/pods"
		deploy = "/apis/apps/v1/namespaces/payments/deployments/a"
	)
	cases := []struct {
		what, method, path string
		pass               bool
	}{
		{"list", "GET", pods, true},
		{"watch", "GET", pods + "?watch=true", true},
		{"logs", "GET", pods + "/a/log?follow=true", true},
		{"discovery", "GET", "/apis", true},
		{"readiness", "GET", "/readyz", true},
		{"may I?", "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", true},
		{"my rules", "POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", true},
		{"may he, here?", "POST", "/apis/authorization.k8s.io/v1/namespaces/payments/localsubjectaccessreviews", true},
		{"who am I?", "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", true},
		{"behind a prefix", "POST", "/k8s/clusters/c-1/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", true},
		{"dry run of a patch", "PATCH", deploy + "?dryRun=All&fieldManager=fn9s", true},
		{"dry run of a create", "POST", pods + "?dryRun=All", true},

		{"create", "POST", pods, false},
		{"patch", "PATCH", deploy, false},
		{"update", "PUT", deploy, false},
		{"delete", "DELETE", deploy, false},
		{"delete many", "DELETE", pods, false},
		{"a dry run that is none", "PATCH", deploy + "?dryRun=", false},
		{"a dry run said twice", "PATCH", deploy + "?dryRun=All&dryRun=", false},
		{"eviction", "POST", pods + "/a/eviction", false},
		{"a custom resource named like a review", "POST", "/apis/evil.example.com/v1/selfsubjectaccessreviews", false},
		{"a review's name as a name", "POST", "/api/v1/namespaces/payments/selfsubjectaccessreviews/x", false},
		{"exec", "POST", pods + "/a/exec?command=sh", false},
		{"exec by GET", "GET", pods + "/a/exec?command=sh", false},
		{"exec as a dry run", "POST", pods + "/a/exec?dryRun=All", false},
		{"attach", "GET", pods + "/a/attach", false},
		{"port-forward", "GET", pods + "/a/portforward", false},
		{"proxy of a pod", "GET", pods + "/a/proxy/metrics", false},
		{"proxy of a service", "GET", "/api/v1/namespaces/payments/services/a:80/proxy/", false},
		{"proxy of a node", "GET", "/api/v1/nodes/n1/proxy/pods", false},
		{"token", "POST", "/api/v1/namespaces/payments/serviceaccounts/default/token", false},
		{"token as a dry run", "POST", "/api/v1/namespaces/payments/serviceaccounts/default/token?dryRun=All", false},
	}
	for _, tc := range cases {
		t.Run(tc.what, func(t *testing.T) {
			u, err := url.Parse("https://cluster" + tc.path)
			require.NoError(t, err)
			r := &http.Request{Method: tc.method, URL: u, Header: http.Header{}}
			var open Gate
			require.NoError(t, open.Check(r), "without read-only everything passes")
			var g Gate
			g.SetReadOnly(true)
			err = g.Check(r)
			assert.Equal(t, tc.pass, err == nil, "%v", err)
			assert.Equal(t, !tc.pass, Classify(err) == KindReadOnly)
		})
	}
}

func TestOnlyNamedProxiesPass(t *testing.T) {
	var g Gate
	g.SetReadOnly(true)
	g.AllowProxy("/api/v1/namespaces/fn/services/fn-fn:api/proxy")
	check := func(method, path, upgrade string) error {
		r := &http.Request{Method: method, URL: &url.URL{Path: path}, Header: http.Header{}}
		if upgrade != "" {
			r.Header.Set("Upgrade", upgrade)
		}
		return g.Check(r)
	}
	base := "/api/v1/namespaces/fn/services/fn-fn:api/proxy/"
	assert.NoError(t, check("GET", base+"v2/apps", ""))
	assert.Error(t, check("POST", base+"v2/apps", ""))
	assert.Error(t, check("GET", base+"v2/apps", "websocket"))
	assert.Error(t, check("GET", strings.Replace(base, "fn-fn", "other", 1)+"v2/apps", ""))
	assert.Error(t, check("GET", base+"../../../secrets", ""))
}

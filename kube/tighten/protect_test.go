package tighten_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/check"
)

const functionIngress = `
apiVersion: openfaas.com/v1
kind: FunctionIngress
metadata: {name: coupons, namespace: openfaas-ce}
spec: {domain: coupons.example.com, function: apply-coupon, ingressType: nginx}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: coupons
  namespace: openfaas-ce
  annotations: {nginx.ingress.kubernetes.io/rewrite-target: /function/apply-coupon/$1}
  ownerReferences: [{apiVersion: openfaas.com/v1, kind: FunctionIngress, name: coupons, controller: true}]
spec:
  ingressClassName: nginx
  rules: [{host: coupons.example.com, http: {paths: [{path: /(.*), pathType: ImplementationSpecific, backend: {service: {name: gateway, port: {number: 8080}}}}]}}]
`

// Routes that a framework makes are protected in the object that it makes them of.
func TestFrameworksProtectTheirRoutes(t *testing.T) {
	var report strings.Builder
	for _, x := range []struct {
		id, namespace, more string // namespace of the Secrets, and objects besides the samples
		intent              check.Intent
		given, kind         string // kind that is changed
	}{
		{"kubeless/analytics/export-prices", "analytics", "", check.FixRouteTLS, "tls-secret=cert", "HTTPTrigger"},
		{"kubeless/analytics/export-prices", "analytics", "", check.FixRouteAuth, "auth-secret=users", "HTTPTrigger"},
		{"fission/media/exif-strip", "fission", "", check.FixRouteAuth, "auth-secret=users", "HTTPTrigger"},
		{"nuclio/media/watermark", "media", "", check.FixRouteTLS, "tls-secret=cert", "NuclioFunction"},
		{"nuclio/media/watermark", "media", "", check.FixRouteAuth, "auth-secret=users", "NuclioFunction"},
		{"openfaas/checkout/apply-coupon", "openfaas-ce", functionIngress, check.FixRouteTLS, "cert-issuer=ClusterIssuer/letsencrypt", "FunctionIngress"},
		{"openfaas/checkout/apply-coupon", "openfaas-ce", functionIngress, check.FixRouteAuth, "auth-secret=users", "FunctionIngress"},
		{"kyma/media/sync-subtitles", "media", "", check.FixRouteAuth, token, "APIRule"},
	} {
		framework, _, _ := strings.Cut(x.id, "/")
		c := seed(t, framework)
		secrets := fmt.Sprintf("{apiVersion: v1, kind: Secret, type: kubernetes.io/tls, metadata: {name: cert, namespace: %s}}\n---\n{apiVersion: v1, kind: Secret, metadata: {name: users, namespace: %[1]s}}\n", x.namespace)
		for _, o := range offlinetest.Objects(t, secrets, x.more) {
			c.put(o)
		}
		w := c.world()
		f := find(t, w.World.Functions(""), x.id)
		a := c.translator().With(given(t, x.given)).Answer(w.Reader, f, x.intent, postureOf(w, f).Findings)
		fmt.Fprintf(&report, "%s\n", x.id)
		describe(&report, a)
		require.NotEmpty(t, a.Edits, "%s %s: %s", x.id, x.intent, a.None)
		assert.Equal(t, x.kind, a.Edits[0].Object.Kind, x.id)
	}
	golden(t, "protect.txt", report.String())
}

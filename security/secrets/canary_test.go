package secrets_test

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/kube/samples"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
)

const canary = "canary7Zq9Xw2Lm4Tb"

// planted holds the canary wherever a credential may stand.
func planted() []string {
	in64 := base64.StdEncoding.EncodeToString([]byte("PASSWORD = '" + canary + "'\n"))
	raw64 := base64.StdEncoding.EncodeToString([]byte(canary))
	return []string{
		`apiVersion: apps/v1
kind: Deployment
metadata:
  name: cart
  namespace: shop
  labels: {fn9s.io/function: "true", note: ` + canary + `}
  annotations:
    api-token: ` + canary + `
    kubectl.kubernetes.io/last-applied-configuration: '{"spec":{"env":[{"name":"OLD_TOKEN","value":"` + canary + `"}]}}'
spec:
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}, annotations: {password: ` + canary + `}}
    spec:
      imagePullSecrets: [{name: pull}]
      initContainers: [{name: prepare, image: x, env: [{name: API_KEY, value: ` + canary + `}]}]
      containers:
      - name: app
        image: x
        command: [sh, -c, "export TOKEN=` + canary + `; ./run"]
        args: [--password=` + canary + `, --token, ` + canary + `]
        env:
        - {name: DB_PASSWORD, value: ` + canary + `}
        - {name: DB_URL, value: "postgres://u:` + canary + `@db/x"}
        - {name: AUTH, value: '{"auths":{"r":{"password":"` + canary + `"}}}'}
        envFrom: [{secretRef: {name: db}}, {configMapRef: {name: settings}}]`,
		`apiVersion: v1
kind: Secret
metadata:
  name: db
  namespace: shop
  creationTimestamp: "2020-01-01T00:00:00Z"
  annotations: {kubectl.kubernetes.io/last-applied-configuration: '{"data":{"a":"` + raw64 + `"},"stringData":{"b":"` + canary + `"}}'}
data: {a: ` + raw64 + `}
stringData: {b: ` + canary + `, tls.crt: "-----BEGIN CERTIFICATE-----\n` + raw64 + `\n-----END CERTIFICATE-----"}`,
		"apiVersion: v1\nkind: Secret\nmetadata: {name: pull, namespace: shop}\ntype: Opaque\nstringData: {x: " + canary + "}",
		`apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data:
  API_KEY: ` + canary + `
  app.py: "x = 1\nPASSWORD = '` + canary + `'\n"
  app.properties: "a=b\npassword=` + canary + `\n"`,
		`apiVersion: kubeless.io/v1beta1
kind: Function
metadata: {name: prices, namespace: shop}
spec: {handler: a.b, runtime: python3.7, function-content-type: base64, function: ` + in64 + `, deps: "--index-url https://u:` + canary + `@pypi.example.com"}`,
		`apiVersion: nuclio.io/v1beta1
kind: NuclioFunction
metadata: {name: resize, namespace: shop}
spec: {build: {functionSourceCode: ` + in64 + `}, triggers: {q: {kind: rabbit-mq, password: ` + canary + `, url: "amqp://u:` + canary + `@q"}}}`,
		`apiVersion: openfaas.com/v1
kind: Function
metadata: {name: mail, namespace: shop}
spec: {name: mail, image: x, environment: {SMTP_PASSWORD: ` + canary + `}}`,
	}
}

func TestNoValueLeaves(t *testing.T) {
	w := offlinetest.Text(t, planted()...)
	said, seen := strings.Builder{}, map[string]bool{}
	note := func(p *security.Posture) {
		fmt.Fprintf(&said, "%+v", *p)
		for i := range p.Findings {
			if p.Findings[i].Status == check.Fail {
				seen[p.Findings[i].Control.ID] = true
			}
		}
	}
	for _, f := range w.World.Functions("") {
		note(security.Function.Get(w.Reader, f.Key))
		for _, ref := range append([]model.Ref{f.Object}, []model.Ref{
			{Kind: "ConfigMap", Namespace: "shop", Name: "settings"}, {Kind: "Secret", Namespace: "shop", Name: "db"},
		}...) {
			if o := w.World.Get(ref); o != nil {
				for _, facts := range o.Head().Facts {
					if strings.HasPrefix(facts.Framework, "posture/secret") {
						fmt.Fprintf(&said, "%+v", facts.Value)
					}
				}
			}
		}
	}
	note(w.Scope(check.Subject{Scope: check.ScopeNamespace, Namespace: "shop"}))
	for _, id := range []string{"SEC-01", "SEC-02", "SEC-03", "SEC-04"} {
		assert.True(t, seen[id], "%s saw nothing", id)
	}
	text := said.String()
	for _, value := range []string{canary, base64.StdEncoding.EncodeToString([]byte(canary))} {
		if i := strings.Index(text, value); i >= 0 {
			t.Errorf("a value got out: …%s", strings.ReplaceAll(text[max(0, i-120):i], canary, "***"))
		}
	}
}

// The order of documents is no property of a cluster.
func TestTheOrderOfDocumentsChangesNothing(t *testing.T) {
	documents := planted()
	first := offlinetest.Text(t, documents...).Judge("shop", "cart")
	r := rand.New(rand.NewPCG(1, 2))
	for range 5 {
		r.Shuffle(len(documents), func(i, k int) { documents[i], documents[k] = documents[k], documents[i] })
		again := offlinetest.Text(t, documents...).Judge("shop", "cart")
		require.Len(t, again.Findings, len(first.Findings))
		for i := range first.Findings {
			assert.True(t, first.Findings[i].Equal(again.Findings[i]), "%s: %s", first.Findings[i].Control.ID, again.Findings[i].Message)
		}
	}
}

// Each weakness that the seed's files name is found.
func TestWeaknessesOfTheSeed(t *testing.T) {
	w := seed(t)
	for _, c := range []struct{ namespace, name, control string }{
		{"payments", "refund-payment", "SEC-01"}, {"payments", "refund-payment", "SEC-04"}, {"payments", "notify-payout", "SEC-01"},
		{"payments", "mask-report", "SEC-01"}, {"analytics", "export-prices", "SEC-03"}, {"analytics", "export-prices", "SEC-01"},
		{"analytics", "sessionize", "SEC-01"}, {"analytics", "sessionize", "SEC-02"}, {"media", "watermark", "SEC-01"},
		{"media", "subtitle-sync", "SEC-01"}, {"media", "subtitle-sync", "SEC-10"}, {"media", "sync-subtitles", "SEC-01"},
		{"checkout", "apply-coupon", "SEC-01"}, {"checkout", "cart-pricing", "SEC-01"}, {"checkout", "loyalty-points", "SEC-01"},
	} {
		p := w.Judge(c.namespace, c.name)
		assert.Equal(t, "fail", offlinetest.Verdict(t, p, c.control), "%s of %s/%s", c.control, c.namespace, c.name)
	}
}

func seed(tb testing.TB) *offlinetest.World {
	tb.Helper()
	var documents []string
	for _, f := range samples.Seed() {
		documents = append(documents, string(f.Data))
	}
	return offlinetest.Text(tb, documents...)
}

// BenchmarkFunctionOfSeed judges the functions of the seed by the controls of this family alone, with what many share
// computed before.
func BenchmarkFunctionOfSeed(b *testing.B) {
	w := seed(b)
	functions := w.World.Functions("")
	var controls []*check.Control
	for _, c := range security.Scoped(check.ScopeFunction) {
		if strings.HasPrefix(c.ID, "SEC-") {
			controls = append(controls, c)
		}
	}
	for b.Loop() {
		for _, f := range functions {
			e := &check.Eval{Reader: w.Reader, F: f, Subject: check.Subject{Scope: check.ScopeFunction, Namespace: f.Key.Namespace, Function: f.Key}}
			for _, c := range controls {
				e.Judge(c)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(functions)), "ns/function")
}

package openfaas_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/kube/frameworks/frameworkstest"
	"github.com/fn9s/fn9s/security/model"
)

func TestSeed(t *testing.T) {
	c := frameworkstest.Load(t, adapters, "../../samples/seed/openfaas")
	assert.Equal(t, []string{
		"checkout/apply-coupon openfaas ready 2/2",
		"checkout/cart-total openfaas ready 1/1",
		"checkout/send-receipt openfaas failed 0/1",
		"payments/charge-card openfaas ready 2/2",
		"payments/close-batch openfaas failed 0/1",
		"payments/mail-invoice openfaas no-workload –/–",
		"payments/notify-payout openfaas orphaned 1/1",
		"payments/refund-payment openfaas ready 1/1",
		"payments/score-dispute openfaas idle 0/0",
	}, c.Rows())

	f := get(t, c, "payments", "charge-card")
	assert.Equal(t, "charge-card", f.ServiceAccount)
	assert.Equal(t, "https://git.example.com/payments/charge-card@3f1c2ab9d5e07c41", f.Source.Detail)
	assert.Equal(t, int32(2), *f.Scaling.Min)
	assert.Equal(t, int32(10), *f.Scaling.Max)
	assert.Equal(t, "rps 50", f.Scaling.Note)
	assert.Contains(t, urls(f), "https://pay.example.com/")
	for _, r := range f.References {
		assert.False(t, r.Missing, "%+v", r)
	}

	f = get(t, c, "payments", "close-batch")
	assert.Contains(t, f.Notes, "Profile gvisor does not exist: the function runs without it")
	var crons []string
	for _, tr := range f.Triggers {
		if tr.Type == model.Cron {
			crons = append(crons, tr.Detail)
		}
	}
	assert.Equal(t, []string{"0 2 * * *", "30 14 * * 1-5"}, crons)
	assert.Equal(t, "to zero 15m", get(t, c, "payments", "score-dispute").Scaling.Note)
	assert.Contains(t, get(t, c, "payments", "mail-invoice").Reason, `secret "smtp-relay" not found`)

	f = get(t, c, "checkout", "apply-coupon")
	assert.Equal(t, model.Platform{Namespace: "openfaas-ce", Release: "openfaas-ce", Version: "0.18.9", Shape: "ce"}, f.Platform)
	assert.Contains(t, urls(f), "http://NODE:31112/function/apply-coupon")
	assert.Contains(t, urls(f), "http://coupons.example.com/")
	assert.NotContains(t, urls(get(t, c, "checkout", "cart-total")), "http://coupons.example.com/")
}

// labelled is a function of the Community Edition; the labels are those of the Deployment and of its template.
func labelled(namespace, own, template string) string {
	return fmt.Sprintf(`
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: hello, namespace: %s, labels: {%s}}
spec:
  replicas: 1
  selector: {matchLabels: {app: hello}}
  template:
    metadata: {labels: {%s}}
    spec:
      serviceAccountName: hello
      containers: [{name: hello, image: "example/hello:1", env: [{name: fprocess, value: cat}]}]
status: {readyReplicas: 1, updatedReplicas: 1}
`, namespace, own, template)
}

func TestLabelOnlyFunctions(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		rows       []string
		notes      []string
	}{
		{"both labels", labelled("fns", "faas_function: hello", "faas_function: hello"),
			[]string{"fns/hello openfaas ready 1/1"}, nil},
		{"only the template's label", labelled("fns", "", "faas_function: hello"),
			[]string{"fns/hello openfaas ready 1/1"},
			[]string{"only the pod template has the label faas_function: the gateway does not list the function"}},
		{"pods that answer for another function", labelled("fns", "faas_function: hello", "faas_function: cart"),
			[]string{"fns/hello openfaas ready 1/1"},
			[]string{"the pods carry faas_function=cart: they answer calls of that function"}},
		{"outside of the gateway's namespace", labelled("shop", "faas_function: hello", "faas_function: hello"),
			[]string{"shop/hello openfaas ready 1/1"},
			[]string{"no OpenFaaS gateway that can be seen serves namespace shop"}},
		{"a stranger", labelled("fns", "app: hello", "app: hello"), nil, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := load(t, "community", tc.text)
			assert.Equal(t, tc.rows, c.Rows())
			for _, f := range c.Functions() {
				assert.Equal(t, "Deployment", f.Key.Kind)
				assert.Equal(t, "hello", f.ServiceAccount)
				for _, n := range tc.notes {
					assert.Contains(t, f.Notes, n)
				}
			}
		})
	}
}

func TestAFunctionAndADeploymentOfTheSameNameAreTwo(t *testing.T) {
	c := load(t, "operator", function("hello", spec)+labelled("fns", "faas_function: hello", "faas_function: hello"))
	assert.Equal(t, []string{"fns/hello openfaas ready 1/1", "fns/hello openfaas no-workload –/–"}, c.Rows())
	for _, f := range c.Functions() {
		if f.State == model.NoWorkload {
			assert.Empty(t, f.Claims, "it must not take the other's Deployment")
		}
	}
}

func TestHostileTextsAreBounded(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	var secrets []string
	for i := range 5000 {
		secrets = append(secrets, fmt.Sprint("s", i))
	}
	c := load(t, "operator", function("hello", "spec:\n  name: \"a\\x1b[2J\"\n  image: "+long+
		"\n  secrets: ["+strings.Join(secrets, ", ")+"]\n  labels: {com.openfaas.scale.min: '-9', com.openfaas.scale.max: '99999999999'}\n"+
		"  annotations: {topic: '"+strings.Repeat("t,", 5000)+"'}\n"))
	f := get(t, c, "fns", "hello")
	assert.Less(t, len(f.Image), 5000)
	assert.LessOrEqual(t, len(f.References), 256)
	assert.LessOrEqual(t, len(f.Triggers), 300)
	assert.Less(t, len(f.Reason), 5000)
	assert.Equal(t, int32(0), *f.Scaling.Min)
	assert.Equal(t, int32(1<<31-1), *f.Scaling.Max)
}

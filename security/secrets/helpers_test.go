package secrets_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/snapshot"
)

// function is the Deployment of a plain function shop/cart: container fields and pod fields, indented by two less than
// where they belong.
func function(container, pod string) string { return named("cart", container, pod) }

func named(name, container, pod string) string {
	return `apiVersion: apps/v1
kind: Deployment
metadata: {name: ` + name + `, namespace: shop, labels: {fn9s.io/function: "true"}}
spec:
  selector: {matchLabels: {app: ` + name + `}}
  template:
    metadata: {labels: {app: ` + name + `}}
    spec:
      automountServiceAccountToken: false
` + indent(pod, 6) + `
      containers:
      - name: app
        image: registry.example.com/shop/cart:1
` + indent(container, 8)
}

func indent(text string, by int) string {
	var out []string
	for _, line := range strings.Split(strings.Trim(text, "\n"), "\n") {
		out = append(out, strings.Repeat(" ", by)+line)
	}
	return strings.Join(out, "\n")
}

// secret is a Secret shop/NAME with more fields of its own.
func secret(name, more string) string {
	return "apiVersion: v1\nkind: Secret\nmetadata: {name: " + name + ", namespace: shop}\n" + more
}

// aCase is one verdict of a control on the function shop/cart.
type aCase struct {
	name      string
	control   string
	documents []string
	want      string // verdict
	severity  check.Severity
	says      string // part of the first message
	path      string // of the first finding
	cause     string // of the first finding
	options   func(*snapshot.Options)
}

func judge(t *testing.T, cases []aCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.control+" "+c.name, func(t *testing.T) {
			o := offlinetest.Options()
			if c.options != nil {
				c.options(o)
			}
			p := offlinetest.With(t, o, c.documents...).Judge("shop", "cart")
			found := offlinetest.Of(p, c.control)
			assert.Equal(t, c.want, offlinetest.Verdict(t, p, c.control), "%v", found)
			if c.want != "fail" {
				return
			}
			if assert.NotEmpty(t, found) {
				assert.Equal(t, c.severity, found[0].Base)
				assert.Contains(t, found[0].Message, c.says)
				if c.cause != "" {
					assert.Equal(t, c.cause, found[0].Cause())
				}
				if c.path != "" {
					assert.Equal(t, c.path, found[0].Path)
				}
			}
		})
	}
}

// onCluster judges as on a cluster on which everything can be read.
func onCluster(o *snapshot.Options) { o.Manifests = false }

func partial(o *snapshot.Options) { o.Partial = true }

func replace(text string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(text) }

package tighten_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/tighten"
	"github.com/fn9s/fn9s/security/check"
)

// long are functions whose calls may run for ever, or nearly so.
const long = `
apiVersion: kubeless.io/v1beta1
kind: Function
metadata: {name: slow, namespace: shop}
spec: {handler: main.handler, runtime: python3.7, function: "def handler(e, c): pass", timeout: "7200", deployment: {}}
---
apiVersion: fission.io/v1
kind: Function
metadata: {name: slow, namespace: shop}
spec:
  environment: {name: python, namespace: shop}
  functionTimeout: 7200
  package: {packageref: {name: slow, namespace: shop}}
  InvokeStrategy: {StrategyType: execution, ExecutionStrategy: {ExecutorType: poolmgr}}
---
apiVersion: nuclio.io/v1beta1
kind: NuclioFunction
metadata: {name: slow, namespace: shop}
spec: {handler: "main:handler", runtime: "python:3.9", eventTimeout: 2h}
---
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: slow, namespace: shop}
spec: {template: {spec: {timeoutSeconds: 7200, containers: [{image: "registry.example.com/slow:1"}]}}}
`

func TestCallsEndWhenTheOperatorSaysHowLongTheyMayTake(t *testing.T) {
	for name, want := range map[string]any{
		"kubeless/shop/slow": map[string]any{"spec.timeout": "90"},
		"fission/shop/slow":  map[string]any{"spec.functionTimeout": int64(90)},
		"nuclio/shop/slow":   map[string]any{"spec.eventTimeout": "1m30s"},
		"knative/shop/slow":  map[string]any{"spec.template.spec.timeoutSeconds": int64(90)},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t, long)
			w := c.world()
			f := find(t, w.World.Functions("shop"), name)
			before := postureOf(w, f)
			require.NotZero(t, failures(before)["RES-07"], "%v", failures(before))
			a := c.translator().Answer(w.Reader, f, check.FixTimeout, before.Findings)
			assert.Empty(t, a.Edits)
			require.Len(t, a.Wants, 1)
			assert.Equal(t, tighten.Timeout, a.Wants[0].Key)

			a = c.translator().With(given(t, "timeout=90s")).Answer(w.Reader, f, check.FixTimeout, before.Findings)
			require.Len(t, a.Edits, 1, a.None)
			got := map[string]any{}
			for _, x := range a.Edits[0].Fields {
				if x.Path != "status.state" && x.Path[:4] == "spec" {
					got[x.Path] = x.Value
				}
			}
			assert.Equal(t, want, got)
			assert.Equal(t, "calls that take longer than 1m30s are ended", a.Edits[0].Asks)
			c.apply(f, a)
			w = c.world()
			assert.Zero(t, failures(postureOf(w, find(t, w.World.Functions("shop"), name)))["RES-07"])
		})
	}
}

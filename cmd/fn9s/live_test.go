package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/kubetest"
	"github.com/fn9s/fn9s/security/model"
)

// usages are what `fn9s top` says of payments, once the metrics server has measured something.
func usages(t *testing.T, c *kubetest.Cluster, args ...string) usageList {
	t.Helper()
	var l usageList
	require.Eventually(t, func() bool {
		r := runHere(t, append([]string{"top", "-n", "payments", "--kubeconfig", c.Admin, "-o", "json"}, args...)...)
		require.Equal(t, exitDone, r.code, r.err)
		validate(t, "UsageList", []byte(r.out))
		l = usageList{}
		require.NoError(t, json.Unmarshal([]byte(r.out), &l))
		for _, f := range l.Functions {
			if f.Measured > 0 {
				return true
			}
		}
		return false
	}, 90*time.Second, time.Second, "nothing is measured")
	return l
}

func TestTopSaysWhatFunctionsUse(t *testing.T) {
	t.Parallel()
	c := kubetest.Need(t)
	l := usages(t, c, "--sort-by", "memory")
	before := int64(1 << 62)
	measured := 0
	for _, f := range l.Functions {
		assert.Equal(t, "payments", f.Namespace)
		if f.Measured == 0 {
			assert.Empty(t, f.CPU, "%s: what was not measured is absent", f.ID)
			before = -1
			continue
		}
		require.GreaterOrEqual(t, before, int64(0), "%s: what was not measured comes last", f.ID)
		measured++
		q, err := resource.ParseQuantity(f.Memory)
		require.NoError(t, err)
		assert.LessOrEqual(t, q.Value(), before, "%s: what uses most comes first", f.ID)
		before = q.Value()
		sum := resource.Quantity{}
		for _, p := range f.Pods {
			if p.Memory != "" {
				sum.Add(resource.MustParse(p.Memory))
			}
		}
		assert.Equal(t, q.Value(), sum.Value(), "%s: a function uses what its pods use", f.ID)
		_, err = resource.ParseQuantity(f.CPU)
		assert.NoError(t, err)
	}
	require.Positive(t, measured)

	r := runHere(t, "top", "-n", "payments", "--kubeconfig", c.Admin, "--pods")
	require.Equal(t, exitDone, r.code, r.err)
	assert.Regexp(t, `(?m)^NAMESPACE +NAME +FRAMEWORK +POD +CPU +MEM$`, r.out)
	assert.Regexp(t, `(?m)^payments +\S+ +\S+ +\S+ +\d+m? +\d+(Ki|Mi|Gi)$`, r.out)

	r = runHere(t, "top", "-n", "payments", "--kubeconfig", c.Admin, "--filter", "mem>100Gi")
	assert.Equal(t, exitDone, r.code, r.err)
	assert.Empty(t, r.out)
	assert.Equal(t, exitUsage, runHere(t, "top", "--kubeconfig", c.Admin, "--sort-by", "age").code)
}

func TestAnAnswerIsPrintedAsADocument(t *testing.T) {
	t.Parallel()
	c := kubetest.Need(t)
	r := runHere(t, "invoke", "verify-iban", "-n", "payments", "--kubeconfig", c.Admin, "--path", "/version", "--via", "port-forward", "-o", "json")
	require.Equal(t, exitDone, r.code, r.err)
	validate(t, "Answer", []byte(r.out))
	var d answerDocument
	require.NoError(t, json.Unmarshal([]byte(r.out), &d))
	assert.Equal(t, 200, d.Status)
	assert.Equal(t, "GET", d.Method)
	assert.Positive(t, d.Seconds["total"])
	assert.EqualValues(t, len(d.Body), d.Size)
	r = runHere(t, "invoke", "verify-iban", "-n", "payments", "--kubeconfig", c.Admin, "--path", "/nowhere", "--via", "port-forward", "-o", "json", "-d", "{}")
	assert.Equal(t, exitFindings, r.code, "a status from 400 on: %s", r.err)
	validate(t, "Answer", []byte(r.out))
}

func TestNamesOfFunctionsAreCompletedLive(t *testing.T) {
	t.Parallel()
	c := kubetest.Need(t)
	// What is read within the time of a shell is offered: on a machine that is busy that may take a second key.
	completed := func(want string, args ...string) string {
		var out string
		require.Eventually(t, func() bool {
			r := runHere(t, append([]string{"__complete"}, args...)...)
			require.Equal(t, exitDone, r.code, r.err)
			out = r.out
			return strings.Contains(out, want)
		}, 60*time.Second, 100*time.Millisecond, "%v: %s", args, want)
		return out
	}
	for _, command := range []string{"get", "logs", "invoke", "shell", "port-forward", "scale", "tighten", "restart", "pause", "resume", "run", "delete", "rollback", "traffic", "events"} {
		out := completed("charge-card\topenfaas in payments, ", command, "-n", "payments", "--kubeconfig", c.Admin, "charge")
		assert.NotContains(t, out, "fraud-score", command)
	}
	completed("openfaas/charge-card\t", "get", "-n", "payments", "--kubeconfig", c.Admin, "openfaas/ch")
	out := completed("verify-iban\t", "logs", "-n", "payments", "--kubeconfig", c.Admin, "charge-card", "")
	assert.NotContains(t, out, "charge-card", "it is named already")
	assert.Equal(t, ":4\n", runHere(t, "__complete", "get", "-n", "payments", "--kubeconfig", c.Admin, "charge-card", "").out, "get takes one")
	out = completed("\n:4\n", "rotate", "-n", "payments", "--kubeconfig", c.Admin, "")
	assert.Contains(t, out, "payment-gateway\n")
	assert.Equal(t, ":4\n", runHere(t, "__complete", "get", "--server", "http://127.0.0.1:1", "").out, "nobody answers")
}

func TestNamesThatAShellCannotTellApartAreWrittenWhole(t *testing.T) {
	t.Parallel()
	row := func(framework, name string) *board.Row {
		key := model.FunctionKey{Framework: framework, Namespace: "shop", Name: name}
		return &board.Row{ID: model.FunctionID{FunctionKey: key}, Function: &model.Function{Key: key, State: model.Ready}}
	}
	rows := []*board.Row{row("kyma", "pay"), row("plain", "pay"), row("plain", "refund"), row("plain", "bad\tname"), row("plain", "\x1b[2J")}
	assert.Equal(t, []string{"kyma/pay\tkyma in shop, ready", "plain/pay\tplain in shop, ready", "refund\tplain in shop, ready"}, functionNames(rows, nil, ""))
	assert.Equal(t, []string{"plain/pay\tplain in shop, ready", "plain/refund\tplain in shop, ready"}, functionNames(rows, nil, "plain/"))
	assert.Equal(t, []string{"kyma/pay\tkyma in shop, ready"}, functionNames(rows, []string{"plain/pay", "refund"}, ""))
}

package change

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/kubetest"
)

func TestGuardrails(t *testing.T) {
	b := newBench(t)
	b.apply("tests", web)
	r := b.tighten()
	for name, c := range map[string]struct {
		rules   []Guardrail
		blocked string
		word    string
	}{
		"denied":                    {[]Guardrail{{Namespace: "change-*", Action: "tighten", Deny: true, Reason: "freeze"}}, "a guardrail forbids it: freeze", ""},
		"the first one counts":      {[]Guardrail{{Action: "tight*"}, {Deny: true}}, "", ""},
		"another context":           {[]Guardrail{{Context: "no-such", Deny: true}}, "", ""},
		"too many":                  {[]Guardrail{{Most: 1, Reason: "one by one"}}, "allows 1 objects in one change: one by one", ""},
		"a word":                    {[]Guardrail{{Confirm: "prod"}}, "", "prod"},
		"a pattern nobody can read": {[]Guardrail{{Namespace: "[", Deny: true}}, "forbids", ""},
	} {
		e := b.engine(kubetest.Kubeconfig{Path: b.cluster.Admin}, Options{Guardrails: c.rules})
		p, err := e.Plan(t.Context(), r)
		require.NoError(t, err, name)
		blocked := strings.Join(p.Blocked(), "; ")
		if c.blocked == "" {
			assert.Empty(t, blocked, name)
		} else {
			assert.Contains(t, blocked, c.blocked, name)
		}
		all := p.Confirmations()
		word := ""
		for _, one := range all {
			word += one.Word
		}
		assert.Equal(t, c.word, word, name)
	}
}

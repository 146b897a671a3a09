package security_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

var acceptedOn = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

func acceptance() *snapshot.Exception {
	return &snapshot.Exception{Control: "POD-11", Functions: []string{"fns/a", `fns/b\*`}, Reason: "it's: known # really", Owner: "jane",
		Until: time.Date(2026, 12, 2, 0, 0, 0, 0, time.UTC)}
}

func TestAnAcceptedRiskIsAddedToWhatIsThere(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"empty":         "",
		"comments only": "# ours\n",
		"entries":       "# ours\n- {control: POD-01, functions: ['*/*'], reason: x, until: 2026-10-01} # why\n# last\n",
		"indented":      "  - control: POD-01\n    functions: ['*/*']\n    reason: x\n    until: 2026-10-01",
		"a wrong one":   "- {control: NO-1, functions: ['*/*'], reason: x, until: 2026-10-01}\n",
		"begun":         "---\n- {control: POD-01, functions: ['*/*'], reason: x, until: 2026-10-01}\n",
	} {
		before, wrong := security.ParseExceptions("f", []byte(text), acceptedOn)
		out, err := security.AddException("f", []byte(text), acceptance(), acceptedOn)
		require.NoError(t, err, name)
		assert.True(t, strings.HasPrefix(string(out), text), "%s: what is there stays\n%s", name, out)
		after, problems := security.ParseExceptions("f", out, acceptedOn)
		assert.Len(t, problems, len(wrong), name)
		require.Len(t, after, len(before)+1, name)
		got, want := after[len(before)], acceptance()
		want.From = got.From
		assert.Equal(t, *want, got, name)
	}
}

func TestAFileThatCannotBeContinuedIsRefused(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"brackets":    "[{control: POD-01, functions: ['*/*'], reason: x, until: 2026-10-01}]\n",
		"no list":     "control: POD-01\n",
		"no YAML":     "- [\n",
		"ended":       "- {control: POD-01, functions: ['*/*'], reason: x, until: 2026-10-01}\n...\n",
		"more follow": "- {control: POD-01, functions: ['*/*'], reason: x, until: 2026-10-01}\n---\n- {control: POD-01}\n",
	} {
		_, err := security.AddException("f", []byte(text), acceptance(), acceptedOn)
		assert.Error(t, err, name)
	}
	far, silent := acceptance(), acceptance()
	far.Until = acceptedOn.AddDate(1, 0, 0)
	silent.Reason = " "
	for _, e := range []*snapshot.Exception{far, silent, {Control: "NO-1", Reason: "x", Functions: []string{"a/b"}, Until: acceptance().Until}} {
		_, err := security.AddException("f", nil, e, acceptedOn)
		assert.Error(t, err)
	}
}

func TestAGlobOfOneFunctionNamesNoOther(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `a/x\*y\[1]`, security.ExceptionGlob(model.FunctionKey{Namespace: "a", Name: "x*y[1]"}))
	_, err := security.ExceptionEnd("2026-08-01", acceptedOn)
	require.ErrorContains(t, err, "in the past")
	end, err := security.ExceptionEnd(" 2026-09-01 ", acceptedOn)
	require.NoError(t, err)
	assert.Equal(t, 2, end.Day())
}

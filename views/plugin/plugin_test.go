package plugin

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var values = Values{"NAME": "charge-card", "NAMESPACE": "payments", "CONTEXT": "prod-eu", "COL-STATUS": "Running; touch /tmp/owned",
	"FILTER": "--kubeconfig=/etc/passwd", "GROUPS": "", "COL-BAD": "a\x1b[2J", "COL-ON": "true"}

func TestValuesAreWholeArguments(t *testing.T) {
	t.Parallel()
	p := Plugin{Name: "logs", Command: "kubectl", Args: []string{"logs", "-n", "$NAMESPACE", "deploy/$NAME", "--context=$CONTEXT", "$COL-STATUS", "a$", "$!COL-ON"},
		Pipes: []string{"grep $name"}}
	got, err := p.Process(values)
	require.NoError(t, err)
	assert.Equal(t, [][]string{{"kubectl", "logs", "-n", "payments", "deploy/charge-card", "--context=prod-eu", "Running; touch /tmp/owned", "a$", "false"},
		{"grep", "charge-card"}}, got.Steps)
	assert.Equal(t, "kubectl logs -n payments deploy/charge-card --context=prod-eu 'Running; touch /tmp/owned' 'a$' false | grep charge-card", got.String())
}

func TestWhatCannotBeAnArgumentIsRefused(t *testing.T) {
	t.Parallel()
	for arg, want := range map[string]string{
		"$NODE":    "plugin x: nothing here is called $NODE",
		"$GROUPS":  "plugin x: $GROUPS has no value here",
		"$FILTER":  "plugin x: $FILTER begins with -: the program would take it for an option",
		"$COL-BAD": "plugin x: $COL-BAD holds control characters",
	} {
		p := Plugin{Name: "x", Command: "echo", Args: []string{arg}}
		_, err := p.Process(values)
		assert.EqualError(t, err, want)
	}
}

func TestWhatWasAskedForIsAnArgument(t *testing.T) {
	t.Parallel()
	p := Plugin{Name: "x", Command: "kubectl", Args: []string{"patch", "-p", `{"size": "$INPUT_SIZE"}`, "--note=$INPUT_NOTE", "$INPUT_DRY-RUN", "$!INPUT_DRY-RUN"}}
	got, err := p.Process(Values{"INPUT_SIZE": "10Gi; rm -r /", "INPUT_NOTE": "", "INPUT_DRY-RUN": "true"})
	require.NoError(t, err)
	assert.Equal(t, []string{"kubectl", "patch", "-p", `{"size": "10Gi; rm -r /"}`, "--note=", "true", "false"}, got.Steps[0])

	p.Args = []string{"$INPUT_SIZE"}
	_, err = p.Process(Values{"INPUT_SIZE": "--kubeconfig=/etc/passwd"})
	require.EqualError(t, err, "plugin x: $INPUT_SIZE begins with -: the program would take it for an option")

	p = Plugin{Name: "x", Command: "sh", Args: []string{"-c", `echo "<$INPUT_SIZE> <$INPUT_NOTE>"`}}
	got, err = p.Process(Values{"INPUT_SIZE": "$(touch /tmp/owned)`id`", "INPUT_NOTE": ""})
	require.NoError(t, err)
	out, err := got.Output(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "<$(touch /tmp/owned)`id`> <>", out)
}

func TestInputsAreChecked(t *testing.T) {
	t.Parallel()
	number := Input{Name: "n", Type: NumberInput}
	choice := Input{Name: "c", Type: ChoiceInput, Options: []string{"a", "b"}}
	for _, c := range []struct {
		in    Input
		value string
		want  string
	}{
		{Input{Name: "t", Type: TextInput}, "", ""},
		{Input{Name: "t", Type: TextInput, Required: true}, "", "a value is needed"},
		{Input{Name: "t", Type: TextInput}, "a\x1b[2J", "holds control characters"},
		{number, "", ""}, {number, "-1.5", ""}, {number, "7", ""}, {number, ".5", ""},
		{number, "NaN", "this is no number"}, {number, "0x1f", "this is no number"}, {number, "1;2", "this is no number"}, {number, ".", "this is no number"},
		{choice, "a", ""}, {choice, "c", "choose one of a, b"},
		{Input{Name: "y", Type: YesInput}, "yes", "choose one of true, false"}, {Input{Name: "y", Type: YesInput}, "false", ""},
	} {
		assert.Equal(t, c.want, c.in.Wrong(c.value), "%+v %q", c.in, c.value)
	}
}

func TestAScriptHasTheValuesAsVariablesAndNeverAsCommands(t *testing.T) {
	t.Parallel()
	p := Plugin{Name: "x", Command: "sh", Args: []string{"-c", `other=mine; echo "$NAME in $NAMESPACE is $COL-STATUS, $other, $NAME-1"`}}
	got, err := p.Process(values)
	require.NoError(t, err)
	out, err := got.Output(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "charge-card in payments is Running; touch /tmp/owned, mine, charge-card-1", out)
}

func TestProgramsArePiped(t *testing.T) {
	t.Parallel()
	p := Plugin{Name: "x", Command: "printf", Args: []string{"b\na\n"}, Pipes: []string{"sort", "tr a-z A-Z"}}
	process, err := p.Process(nil)
	require.NoError(t, err)
	var out bytes.Buffer
	f := &Foreground{Process: process, Context: t.Context()}
	f.SetStdin(strings.NewReader(""))
	f.SetStdout(&out)
	f.SetStderr(io.Discard)
	require.NoError(t, f.Run())
	assert.Equal(t, "A\nB\n", out.String())
}

func TestWhatFailsIsSaid(t *testing.T) {
	t.Parallel()
	_, err := (&Process{Steps: [][]string{{"sh", "-c", "echo no such thing >&2; exit 3"}}}).Output(t.Context())
	require.ErrorContains(t, err, "sh: exit status 3: no such thing")
	_, err = (&Process{Steps: [][]string{{"no-such-program-anywhere"}}}).Output(t.Context())
	require.ErrorContains(t, err, "run no-such-program-anywhere")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = (&Process{Steps: [][]string{{"cat", "/dev/zero"}}}).Output(ctx)
	require.Error(t, err)
}

func TestOnlyTheEndOfALongOutputIsKept(t *testing.T) {
	t.Parallel()
	out, err := (&Process{Steps: [][]string{{"sh", "-c", "yes | head -c 1000000; echo end"}}}).Output(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "end", out)
}

func TestScopes(t *testing.T) {
	t.Parallel()
	p := Plugin{Scopes: []string{"po", "Deployments"}}
	assert.True(t, p.In([]string{"pods", "po"}))
	assert.True(t, p.In([]string{"deployments"}))
	assert.False(t, p.In([]string{"services"}))
	assert.True(t, (&Plugin{Scopes: []string{"all"}}).In(nil))
}

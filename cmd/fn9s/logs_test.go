package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/fn9s/fn9s/kube/kubetest"
	"github.com/fn9s/fn9s/kube/stream/logs"
)

// scripted is a feed that gives one batch.
type scripted struct{ batches []logs.Batch }

func (s *scripted) Next(context.Context) (logs.Batch, error) {
	if len(s.batches) == 0 {
		return logs.Batch{}, logs.ErrEnd
	}
	b := s.batches[0]
	s.batches = s.batches[1:]
	return b, nil
}

func (s *scripted) Older(context.Context, int) (logs.Batch, bool, error) {
	return logs.Batch{}, false, nil
}
func (s *scripted) Close() {}

// printed prints lines of one container with these flags.
func printedWith(t *testing.T, args []string, texts ...string) (out, errOut string, code int) {
	t.Helper()
	var o, e bytes.Buffer
	l := &logsCommand{chooser: chooser{app: &app{IOStreams: genericiooptions.IOStreams{Out: &o, ErrOut: &e}}}}
	c := newLogs(l.app)
	require.NoError(t, c.ParseFlags(args))
	get := func(name string) string { return c.Flag(name).Value.String() }
	all := func(name string) []string {
		v, err := c.Flags().GetStringArray(name)
		require.NoError(t, err)
		return v
	}
	l.output, l.color, l.timestamps, l.onlyLines = get("output"), get("color"), get("timestamps"), get("only-log-lines") == "true"
	l.include, l.exclude, l.highlight = all("include"), all("exclude"), all("highlight")
	l.template, l.templateFile = get("template"), get("template-file")
	p, err := l.printer()
	require.NoError(t, err)
	b := logs.Batch{Sources: []logs.Source{{Namespace: "payments", Pod: "charge-1", Container: "main"}}, Notices: []logs.Notice{
		{Kind: logs.Joined}, {Kind: logs.Lost, Text: "rotated"}, {Kind: logs.Left, Text: "exit code 1"}}}
	for n, text := range texts {
		b.Lines = append(b.Lines, logs.Line{Time: time.Date(2026, 11, 22, 10, 0, n, 0, time.UTC), Text: []byte(text)})
	}
	err = p.print(t.Context(), &scripted{[]logs.Batch{b}})
	return o.String(), e.String(), codeOf(t.Context(), err)
}

func TestLinesOfLogsArePrintedAsAsked(t *testing.T) {
	t.Parallel()
	out, errOut, code := printedWith(t, nil, "hello", "\x1b[31mred\x1b[0m \x1b[2J\x1b]0;owned\a")
	assert.Equal(t, "charge-1 main hello\ncharge-1 main red \n", out)
	assert.Equal(t, "+ payments/charge-1 › main\npayments/charge-1 › main: lost: rotated\n- payments/charge-1 › main (exit code 1)\n", errOut)
	assert.Equal(t, exitDone, code)

	out, errOut, _ = printedWith(t, []string{"--only-log-lines", "-i", "a", "-i", "b", "-e", "ab"}, "a", "b", "ab", "c")
	assert.Equal(t, "charge-1 main a\ncharge-1 main b\n", out)
	assert.Equal(t, "payments/charge-1 › main: lost: rotated\n", errOut)

	out, _, _ = printedWith(t, []string{"-o", "raw"}, "\x1b[2Jexact\xff\r")
	assert.Equal(t, "\x1b[2Jexact\xff\r\n", out, "on a pipe, raw is what the container wrote")

	out, _, _ = printedWith(t, []string{"--color", "always", "-H", "lo", "-o", "raw"}, "hello")
	assert.Equal(t, "hello\n", out, "a pipe of raw lines gets nothing that the container did not write")
	out, _, _ = printedWith(t, []string{"--color", "always", "-H", "lo"}, "hello")
	assert.Contains(t, out, "hel\x1b[7mlo\x1b[27m\n")
	out, _, _ = printedWith(t, []string{"--color", "always"}, "\x1b[31mred \x1b[2Jalert")
	assert.Contains(t, out, "\x1b[31mred alert\x1b[0m\n", "colours stay and end with the line")

	out, _, _ = printedWith(t, []string{"-t=short", "-o", "raw"}, "hello")
	assert.Equal(t, time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC).Local().Format("01-02 15:04:05")+" hello\n", out)
}

func TestLinesOfLogsAreJSON(t *testing.T) {
	t.Parallel()
	out, _, _ := printedWith(t, []string{"-o", "json"}, "quote \" \x1b[2J\u202e")
	var line map[string]string
	require.NoError(t, json.Unmarshal([]byte(out), &line))
	assert.Equal(t, map[string]string{"timestamp": "2026-11-22T10:00:00Z", "namespace": "payments", "podName": "charge-1",
		"containerName": "main", "message": "quote \" \x1b[2J\u202e"}, line)
	assert.NotContains(t, out, "\x1b")
	assert.NotContains(t, out, "\u202e", "what a terminal would obey is escaped")

	out, _, _ = printedWith(t, []string{"-o", "extjson"}, `{"level": "info", "n": 1}`, `{"broken`)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	require.Len(t, lines, 2)
	assert.Contains(t, lines[0], `"message":{"level":"info","n":1}`)
	assert.Contains(t, lines[1], `"message":"{\"broken"`)
}

func TestAReaderThatGoesAwayEndsLogsQuietly(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	require.NoError(t, err)
	require.NoError(t, r.Close())
	defer func() { _ = w.Close() }()
	p := &linePrinter{out: bufio.NewWriter(w), errOut: &bytes.Buffer{}, sources: map[int]*printed{}, exact: true, format: "raw"}
	feed := &scripted{[]logs.Batch{{Sources: []logs.Source{{}}, Lines: []logs.Line{{Text: []byte("lost")}}}}}
	assert.NoError(t, p.print(t.Context(), feed))
}

func TestWrongUsageOfLogsIsRefused(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{}, {"x", "-o", "yaml"}, {"x", "--color", "pink"}, {"x", "--timestamps=long"}, {"x", "--since", "-1h"}, {"x", "-i", "("},
		{"x", "--since-time", "yesterday"}, {"x", "--max-log-requests", "0"},
	} {
		r := runHere(t, append([]string{"logs", "--kubeconfig", "/nowhere"}, args...)...)
		assert.Equal(t, exitUsage, r.code, "%v: %s", args, r.err)
	}
}

func TestLogsOfTheSeed(t *testing.T) {
	c := kubetest.Need(t)
	config := seedConfig(t, c)
	r := runHere(t, "logs", "charge-card", "-n", "payments", "--no-follow", "--tail", "3", "-o", "json", "--kubeconfig", c.Admin, "--config", config)
	require.Equal(t, exitDone, r.code, r.err)
	pods := map[string]int{}
	last := ""
	for line := range strings.Lines(r.out) {
		var l struct{ Timestamp, PodName, Function, Framework, Message string }
		require.NoError(t, json.Unmarshal([]byte(line), &l), line)
		assert.Equal(t, "openfaas/charge-card", l.Framework+"/"+l.Function)
		assert.NotEmpty(t, l.Message)
		assert.LessOrEqual(t, last, l.Timestamp, "lines are merged by time")
		last = l.Timestamp
		pods[l.PodName]++
	}
	require.Len(t, pods, 2)
	for _, n := range pods {
		assert.Equal(t, 3, n)
	}

	r = runHere(t, "logs", "openwhisk/guest/report", "-n", "openwhisk", "--no-follow", "--since", "0", "--tail", "1", "-o", "raw", "--kubeconfig", c.Admin, "--config", config)
	require.Equal(t, exitDone, r.code, r.err)
	assert.Equal(t, "2 accounts have no address\n", r.out, "an action without pods is read from its activations")

	r = runHere(t, "logs", "geo-enrich", "-n", "analytics", "--builds", "-c", "^build$", "--no-follow", "--since", "0", "-o", "raw", "--kubeconfig", c.Admin, "--config", config)
	require.Equal(t, exitDone, r.code, r.err)
	assert.Equal(t, "fetching dependencies\ngo: go.mod file not found in current directory\n", r.out, "a Package keeps what its builder wrote")
	r = runHere(t, "logs", "caption-audio", "-n", "media", "--no-follow", "--since", "0", "--kubeconfig", c.Admin, "--config", config)
	require.Equal(t, exitDone, r.code, r.err)
	assert.Contains(t, r.out, "caption-audio build INFO Building processor image\n", "what is being built and has no pods yet shows its build")

	r = runHere(t, "logs", "ledger-export", "-n", "payments", "--no-follow", "--kubeconfig", c.Admin, "--config", config)
	assert.Equal(t, exitDone, r.code, r.err)
	assert.Contains(t, r.err, "scaled to zero")
	r = runHere(t, "logs", "absent", "-n", "payments", "--kubeconfig", c.Admin, "--config", config)
	assert.Equal(t, exitFindings, r.code, r.err)
}

func TestLinesOfLogsArePrintedByATemplate(t *testing.T) {
	t.Parallel()
	const text = `{{.Namespace}}/{{.PodName}} {{with $m := .Message | tryParseJSON}}{{levelColor $m.level}}: {{$m.msg}}{{else}}{{.Message}}{{end}}{{"\n"}}`
	out, _, code := printedWith(t, []string{"--template", text}, `{"level": "warn", "msg": "a\u001b[2Jb"}`, "plain\x1b[2J")
	assert.Equal(t, "payments/charge-1 warn: ab\npayments/charge-1 plain\n", out)
	assert.Equal(t, exitDone, code)

	file := filepath.Join(t.TempDir(), "line.tpl")
	require.NoError(t, os.WriteFile(file, []byte("{{color .PodColor .PodName}} {{.Message}}\n"), 0o600))
	out, _, _ = printedWith(t, []string{"-T", file, "--color", "always", "-H", "lo"}, "hello")
	assert.Regexp(t, "^\x1b\\[[0-9]+m\x1b\\[1mcharge-1\x1b\\[0m hel?l\x1b\\[7mlo\x1b\\[27m\x1b\\[0m\n$", out)

	out, errOut, _ := printedWith(t, []string{"--template", `{{(parseJSON .Message).msg}};`, "--only-log-lines"}, `{"msg": "a"}`, "b", `{"msg": "c"}`)
	assert.Equal(t, "a;c;", out, "nothing is added")
	assert.Contains(t, errOut, "payments/charge-1 › main: the template fails on a line: --template:1:3: at <parseJSON>: it is no JSON object\n")
}

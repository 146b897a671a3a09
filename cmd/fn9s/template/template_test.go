package template

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var line = &Line{Message: `{"level":"error","msg":"no <card>","n":1600000000123,"lv":50,"ts":1600000000.5,"a":[1,{"b":"x"}],"on":true}`,
	Namespace: "payments", Pod: "charge-1", Container: "main", Context: "prod-eu", Framework: "openfaas", Function: "charge",
	Time: time.Date(2026, 11, 22, 10, 0, 0, 5, time.UTC), PodColor: "\x1b[36m\x1b[1m", ContainerColor: "\x1b[36m"}

func TestTemplates(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                           "",
		"a\tb\n":                     "a\tb\n",
		`{{.PodName}}{{"\t\n"}}`:     "charge-1\t\n",
		"{{/* why */}}x {{- 1 -}} y": "x1y",
		`{{printf "%s (%s/%s/%s)\n" .Message .Namespace .PodName .ContainerName}}`: line.Message + " (payments/charge-1/main)\n",
		`{{.Context}} {{.Framework}}/{{.Function}} {{toRFC3339Nano .Time}}`:        "prod-eu openfaas/charge 2026-11-22T10:00:00.000000005Z",
		`{{json .}}`:                           `{"message":"{\"level\":\"error\",\"msg\":\"no \u003ccard\u003e\",\"n\":1600000000123,\"lv\":50,\"ts\":1600000000.5,\"a\":[1,{\"b\":\"x\"}],\"on\":true}","namespace":"payments","podName":"charge-1","containerName":"main"}`,
		`{{json .PodName}} {{.Message | len}}`: `"charge-1" 107`,
		`{"m": {{extjson .Message}}, "p": {{extjson .PodName}}}`:                                                    `{"m": ` + line.Message + `, "p": "charge-1"}`,
		`{{with $m := .Message | tryParseJSON}}{{$m.level}} {{.msg}} {{.n}} {{$m.a}}{{else}}{{.Message}}{{end}}`:    "error no <card> 1600000000123 [1 map[b:x]]",
		`{{with .PodName | tryParseJSON}}{{.msg}}{{else}}{{.PodName}}{{end}}`:                                       "charge-1",
		`{{(parseJSON .Message).level}}`:                                                                            "error",
		`{{$m := parseJSON .Message}}{{$m.nothing}} {{$m.nothing.below}} {{index $m.a 1 "b"}} {{index $m "level"}}`: "<no value> <no value> x error",
		`{{extractJSONParts .Message "level" "n"}}`:                                                                 "error, 1600000000123",
		`{{tryExtractJSONParts .PodName "level"}}`:                                                                  "charge-1",
		"{{`{\"a\":{\"b\":1}}` | prettyJSON}}":                                                                      "{\n  \"a\": {\n    \"b\": 1\n  }\n}",
		`{{prettyJSON .PodName}}`:                                                                                   "charge-1",
		`{{$m := parseJSON .Message}}{{toRFC3339Nano (toUTC $m.ts)}} {{toTimestamp $m.ts "15:04" "UTC"}} {{toTimestamp "2026-11-22T10:00:00+01:00" "15:04"}}`: "2020-09-13T12:26:40.5Z 12:26 09:00",
		`{{if eq .Namespace "shop" "payments"}}yes{{else}}no{{end}}`:                                                                                          "yes",
		`{{if and (gt 2 1) (le 1.5 1.5) (ne 1 2) (not false)}}yes{{end}}`:                                                                                     "yes",
		`{{if lt "b" "a"}}1{{else if ge (len .PodName) 8}}2{{else}}3{{end}}`:                                                                                  "2",
		`{{$m := parseJSON .Message}}{{if eq $m.lv 50}}fifty{{end}}{{if $m.on}} on{{end}} {{printf "%05d|%.1f|%s|%5v" $m.lv $m.ts $m.lv $m.lv}}`:              "fifty on 00050|1600000000.5|50|   50",
		`{{or "" .PodName}} {{and "a" ""}}|{{print "a" 1 2}}|{{println "b"}}`:                                                                                 "charge-1 |a1 2|b\n",
		`{{$x := "a"}}{{if true}}{{$x = "b"}}{{$y := "c"}}{{$y}}{{end}}{{$x}}`:                                                                                "cb",
		`{{with "x"}}{{.}} {{$.PodName}}{{end}}`:                                                                                                              "x charge-1",
		`{{color .PodColor .PodName}} {{colorRed "a"}} {{colorBlue "%s-%d" "a" 1}} {{levelColor "WARN"}} {{levelColor "odd"}} {{bunyanLevelColor 50}}`:        "charge-1 a a-1 WARN odd 50",
		`{{.}}{{.PodColor}}`: line.Message,
	} {
		tmpl, err := Parse("--template", text, false)
		require.NoError(t, err, text)
		out, err := tmpl.Append([]byte("|"), line)
		require.NoError(t, err, text)
		assert.Equal(t, "|"+want, string(out), text)
	}
}

func TestColoursAreDrawnWhereThereAreAny(t *testing.T) {
	t.Parallel()
	tmpl, err := Parse("t", `{{color .PodColor .PodName}} {{"a" | colorRed}} {{levelColor "info"}} {{bunyanLevelColor 30}} {{printf "%s!" (colorGreen "b")}}`, true)
	require.NoError(t, err)
	out, err := tmpl.Append(nil, line)
	require.NoError(t, err)
	assert.Equal(t, "\x1b[36m\x1b[1mcharge-1\x1b[0m \x1b[31ma\x1b[0m \x1b[34minfo\x1b[0m \x1b[34m30\x1b[0m \x1b[32mb\x1b[0m!\x1b[0m", string(out))
}

func TestWhatATerminalWouldObeyIsTakenOut(t *testing.T) {
	t.Parallel()
	hostile := &Line{Message: `{"m":"a\u001b]0;owned\u0007b\nc\u001b[2J\u001b[31mred"}`, Pod: "p\x1b[2J"}
	for colored, want := range map[bool]string{false: "pab\ncred", true: "pab\nc\x1b[31mred\x1b[0m"} {
		tmpl, err := Parse("t", `{{.PodName}}{{(parseJSON .Message).m}}`, colored)
		require.NoError(t, err)
		out, err := tmpl.Append(nil, hostile)
		require.NoError(t, err)
		assert.Equal(t, want, string(out))
	}
}

func TestWhatIsNotKnownIsRefusedWithItsPlace(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"{{.Message":                      "--template:1: unclosed action",
		"a\n{{nothing .Message}}":         `--template:2: function "nothing" not defined`,
		"a\nbc {{.NodeName}}":             "--template:2:5: at <.NodeName>: there is no field .NodeName; there are .ContainerColor, .ContainerName, .Context,",
		"{{.Message.text}}":               "at <.Message.text>: .Message has no fields",
		"{{with 1}}{{$.Nothing}}{{end}}":  "at <$.Nothing>: there is no field .Nothing",
		"{{if .Labels}}{{end}}":           "there is no field .Labels",
		"{{with 1}}{{else}}{{.x}}{{end}}": "there is no field .x",
		"{{printf}}":                      "--template:1:2: at <printf>: printf needs 1 values and has 0",
		"{{.Message | not 1}}":            "not takes 1 values and has 2",
		"{{json json}}":                   "json needs 1 values and has 0",
		"{{1 | .Message}}":                "only a function takes values",
		"{{call .Message}}":               `function "call" not defined`,
		"{{html .Message}}":               `function "html" not defined`,
		"{{range .Message}}{{end}}":       "range is not supported",
		`{{define "x"}}{{end}}`:           "define and block are not supported",
		`{{template "x"}}`:                "template is not supported",
		"{{1i}}":                          "this number is not supported",
		"{{$x}}":                          "undefined variable \"$x\"",
		"{{" + strings.Repeat("(", 100) + "1" + strings.Repeat(")", 100) + "}}": "nested more than 64 times",
		strings.Repeat("{{if 1}}", 100) + strings.Repeat("{{end}}", 100):        "nested more than 64 times",
		"{{print" + strings.Repeat(" 1", 100) + "}}":                            "print takes at most 64 values",
		strings.Repeat("x", maxText+1):                                          "longer than 65536 bytes",
	} {
		_, err := Parse("--template", text, false)
		require.ErrorContains(t, err, want, text)
	}
}

func TestWhatFailsOnALineIsToldWithItsPlace(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a {{parseJSON .PodName}}":                      "t:1:4: at <parseJSON>: it is no JSON object",
		"{{with .PodName}}{{.x}}{{end}}":                "t:1:19: at <.x>: the value has no field .x",
		"{{with $}}{{.x}}{{end}}":                       "there is no field .x",
		`{{toUTC "tomorrow"}}`:                          "the text is no time",
		`{{toTimestamp .Time "15" "Nowhere/Atlantis"}}`: `there is no time zone "Nowhere/Atlantis"`,
		`{{index (parseJSON .Message).a 7}}`:            `there is no element "7"`,
		`{{lt 1 "a"}}`:                                  "cannot be compared",
		`{{color .PodName "x"}}`:                        "the first value is no colour",
		`{{printf "%1000000d" 1}}`:                      "a width has at most three digits",
		`{{printf "%*d" 5 1}}`:                          "a width has at most three digits",
		`{{$a := printf "%0999d" 1}}` + strings.Repeat(`{{$a = print $a $a}}`, 30):                                                         "makes more than",
		`{{$a := printf "%0999d" 1}}` + strings.Repeat(`{{$a = print $a $a}}`, 10) + `{{$a}}{{$a}}`:                                        "makes more than",
		`{{$a := printf "%0999d" 1}}` + strings.Repeat(`{{$a = print $a $a}}`, 10) + `{{printf "` + strings.Repeat("%[1]s", 20) + `" $a}}`: "makes more than",
	} {
		tmpl, err := Parse("t", text, false)
		require.NoError(t, err, text)
		out, err := tmpl.Append([]byte("kept"), line)
		require.ErrorContains(t, err, want, text)
		assert.Equal(t, "kept", string(out), "nothing of the line is printed")
	}
}

func FuzzTemplates(f *testing.F) {
	for _, s := range []string{"{{.Message}}", `{{with $m := .Message | tryParseJSON}}{{$m.level}}{{else}}{{printf "%s" .PodName}}{{end}}`, "{{if eq 1 2.5}}{{end}}",
		"{{(parseJSON .Message).a.b}}", `{{index (parseJSON .Message).a 1}}`, "{{- `x` -}}", `{{printf "%[1]d %x" 1 "a"}}`, "{{and 1 nil}}", `{{toTimestamp 1e9 "15" "UTC"}}`} {
		f.Add(s, line.Message)
	}
	f.Fuzz(func(t *testing.T, text, message string) {
		tmpl, err := Parse("t", text, true)
		if err != nil {
			return
		}
		l := *line
		l.Message = message
		out, err := tmpl.Append(nil, &l)
		if err == nil && len(out) > maxValue {
			t.Fatalf("%d bytes", len(out))
		}
	})
}

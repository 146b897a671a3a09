package yaml

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/themes"
)

func TestKeysAndValuesAreTold(t *testing.T) {
	source := `apiVersion: v1
metadata:
  annotations:
    "odd: key": 'quoted'
  name: a
spec:
- image: registry.example.com/a:1
  ports: [80]
  "on": true # why
  run: |-
    echo hi
  weight: -1.5
  empty: null
  time: 2026-09-01T00:00:00Z
`
	assert.Equal(t, []string{
		"key apiVersion", "string v1", "key metadata", "key annotations", `key "odd: key"`, "string 'quoted'",
		"key name", "string a", "key spec", "key image", "string registry.example.com/a:1", "key ports", "number 80",
		`key "on"`, "string true # why", "key run", "string echo hi", "key weight", "number -1.5", "key empty",
		"keyword null", "key time", "string 2026-09-01T00:00:00Z",
	}, told(source))
}

func TestWhatIsInBracketsIsTold(t *testing.T) {
	for source, want := range map[string][]string{
		"{a: 1, b: [x]}": {"key a", "number 1", "key b", "string x"},
		"x: {runAsNonRoot: true, \"q\":2, 'r' : null}":  {"key x", "key runAsNonRoot", "keyword true", `key "q"`, "number 2", "key 'r'", "keyword null"},
		`- args: ["-v", "a: b", two words, 1e3, 10Mi]`:  {"key args", `string "-v"`, `string "a: b"`, "string two words", "number 1e3", "string 10Mi"},
		"a: {url: http://x:80/y, t: 10:30} # why\nb: 2": {"key a", "key url", "string http://x:80/y", "key t", "string 10:30", "comment # why", "key b", "number 2"},
		"a: {}\nb: []\nc: [[1], {d: {e: f}}]":           {"key a", "key b", "key c", "number 1", "key d", "key e", "string f"},
		"run: |\n  if [ -f {x ]; then\nnext: 1":         {"key run", "string if [ -f {x ]; then", "key next", "number 1"},
		"run: |\n  [ -f {x ] && y\nnext: 1":             {"key run", "string -f", "string x", "string && y", "key next", "number 1"},
		"a: [1,\n  2]\nb: 3":                            {"key a", "number 1", "string 2]", "key b", "number 3"},
	} {
		assert.Equal(t, want, told(source), source)
	}
}

// told are the parts of a text, each with what it is.
func told(source string) []string {
	names := map[themes.Role]string{
		themes.SyntaxKey: "key", themes.SyntaxString: "string", themes.SyntaxNumber: "number",
		themes.SyntaxKeyword: "keyword", themes.SyntaxComment: "comment",
	}
	var got []string
	lines := strings.Split(source, "\n")
	for i, spans := range highlight(source) {
		for _, s := range spans {
			if name := names[s.Role]; name != "" {
				got = append(got, name+" "+strings.TrimSpace(lines[i][s.Start:s.End]))
			}
		}
	}
	return got
}

func TestALongLineColoursNothingBelow(t *testing.T) {
	for _, part := range []string{"[", "{a: ", "['", `{"`, "[a,", "{a:", "]", "[ #"} {
		got := told("x: " + strings.Repeat(part, 100_000/len(part)) + "\nnext: 1")
		assert.Equal(t, []string{"key next", "number 1"}, got[len(got)-2:], part)
	}
}

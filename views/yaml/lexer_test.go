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
	assert.Equal(t, []string{
		"key apiVersion", "string v1", "key metadata", "key annotations", `key "odd: key"`, "string 'quoted'",
		"key name", "string a", "key spec", "key image", "string registry.example.com/a:1", "key ports", "string 80]",
		`key "on"`, "string true # why", "key run", "string echo hi", "key weight", "number -1.5", "key empty",
		"keyword null", "key time", "string 2026-09-01T00:00:00Z",
	}, got)
}

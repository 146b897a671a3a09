package yaml

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

const located = `apiVersion: apps/v1
kind: Deployment
metadata:
  annotations:
    a.example.com/b: "1"
    with[bracket]: x
  labels:
    app.kubernetes.io/name: resize
spec:
  environment:
    DATABASE.URL: postgres
    DATABASE: none
  template:
    spec:
      containers:
      - name: main
        image: a:1
        securityContext: {runAsNonRoot: true}
      - args: ["-v", "2"]
        name: side
        command:
        - sh
        - |
          spec:
            template: no
`

func TestFieldsAreFound(t *testing.T) {
	t.Parallel()
	lines := strings.Split(located, "\n")
	for path, want := range map[string]struct {
		line  string
		whole bool
	}{
		"":                                       {"apiVersion: apps/v1", true},
		"spec":                                   {"spec:", true},
		"spec.template.spec.containers[0]":       {"- name: main", true},
		"spec.template.spec.containers[1]":       {`- args: ["-v", "2"]`, true},
		"spec.template.spec.containers[1].name":  {"name: side", true},
		"spec.template.spec.containers[0].image": {"image: a:1", true},
		"spec.template.spec.containers[0].securityContext.runAsNonRoot": {"securityContext: {runAsNonRoot: true}", true},
		"spec.template.spec.containers[1].command[1]":                   {"- |", true},
		"metadata.annotations['a.example.com/b']":                       {`a.example.com/b: "1"`, true},
		"metadata.annotations[a.example.com/b]":                         {`a.example.com/b: "1"`, true},
		"metadata.annotations['with[bracket]']":                         {"with[bracket]: x", true},
		"metadata.labels.app.kubernetes.io/name":                        {"app.kubernetes.io/name: resize", true},
		"spec.environment.DATABASE.URL":                                 {"DATABASE.URL: postgres", true},
		"spec.environment.DATABASE":                                     {"DATABASE: none", true},
		"spec.template.spec.containers[0].resources.limits.cpu":         {"- name: main", false},
		"spec.template.spec.containers[7].image":                        {"containers:", false},
		"spec.template.spec.containers.image":                           {"containers:", false},
		"spec.template.spec.hostIPC":                                    {"spec:", false},
		"status.phase":                                                  {"apiVersion: apps/v1", false},
		"spec.[":                                                        {"spec:", false},
	} {
		line, whole := locate(located, path)
		assert.Equal(t, want.line, strings.TrimSpace(lines[line]), path)
		assert.Equal(t, want.whole, whole, path)
	}
}

func TestATextThatIsNoYAMLHasNoFields(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "\t", "a: b: c", "a: [", "# nothing"} {
		line, whole := locate(text, "spec")
		assert.Negative(t, line, text)
		assert.False(t, whole, text)
	}
}

func FuzzLocate(f *testing.F) {
	f.Add(located, "spec.template.spec.containers[0].image")
	f.Add("a: &a [*a]", "a[0][0][0]")
	f.Add("a:\n- - b: 1", "a[0][0].b")
	f.Add("? [a]\n: b", "[a]")
	f.Fuzz(func(t *testing.T, text, path string) {
		line, whole := locate(text, path)
		if line >= strings.Count(text, "\n")+1 || whole && line < 0 {
			t.Fatalf("line %d of %q", line, text)
		}
	})
}

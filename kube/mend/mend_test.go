package mend

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/samples"
)

func set(path string, value any) plan.Field { return plan.Field{Path: path, Value: value} }

func gone(path string) plan.Field { return plan.Field{Path: path, Remove: true} }

func TestWhatIsNotChangedStays(t *testing.T) {
	for name, c := range map[string]struct {
		before string
		fields []plan.Field
		after  string
	}{
		"a field is added at the end of its map": {
			"# head\nspec:\n  a: 1 # one\n\n  # two\n  b:   \"2\"\n\n# foot\nstatus: {}\n", []plan.Field{set("spec.c", true)},
			"# head\nspec:\n  a: 1 # one\n\n  # two\n  b:   \"2\"\n  c: true\n\n# foot\nstatus: {}\n",
		},
		"a value is replaced and its comment stays": {
			"spec:\n  a: 1  # one\n  b: 2\n", []plan.Field{set("spec.a", 5)}, "spec:\n  a: 5  # one\n  b: 2\n",
		},
		"parents are made": {
			"kind: X\n", []plan.Field{set("spec.template.spec.hostPID", false)}, "kind: X\nspec:\n  template:\n    spec:\n      hostPID: false\n",
		},
		"elements by name": {
			"c:\n- name: a\n  v: 1\n  # for b\n- name: b\n  v: 2\nz: 1\n", []plan.Field{set("c[name=b].w", "x"), set("c[name=n].v", 3)},
			"c:\n- name: a\n  v: 1\n  # for b\n- name: b\n  v: 2\n  w: x\n- name: \"n\"\n  v: 3\nz: 1\n",
		},
		"deeper lists": {
			"c:\n  - name: a\n    v:\n      - 1\n  - name: b\n", []plan.Field{set("c[name=a].v[1]", 2), gone("c[name=b]")},
			"c:\n  - name: a\n    v:\n      - 1\n      - 2\n",
		},
		"brackets": {
			"spec:\n  r: {limits: {memory: 1Gi}, 'x': \"}\"} # why\n  e: {}\n", []plan.Field{set("spec.r.limits.cpu", "1"), set("spec.e.a", 1)},
			"spec:\n  r: {limits: {memory: 1Gi, cpu: \"1\"}, 'x': \"}\"} # why\n  e:\n    a: 1\n",
		},
		"the first entry of an element goes": {
			"l:\n- a: 1\n  b: 2\n- a: 3\n  b: 4\n", []plan.Field{gone("l[a=3].a")}, "l:\n- a: 1\n  b: 2\n- b: 4\n",
		},
		"an entry with all below it goes": {
			"a:\n  b:\n    c: |\n      text\n\n      more\n  d: 1\ne: 2\n", []plan.Field{gone("a.b")}, "a:\n  d: 1\ne: 2\n",
		},
		"the last entry leaves an empty map": {"a:\n  b: 1\nc: 2\n", []plan.Field{gone("a.b")}, "a: {}\nc: 2\n"},
		"keys with dots and letters that take two bytes": {
			"metadata:\n  labels: {ä: ö, b: c}\n  x: ü # é\n", []plan.Field{set(`metadata.labels["a.b/c"]`, "d"), set("metadata.x", "y")},
			"metadata:\n  labels: {ä: ö, b: c, a.b/c: d}\n  x: \"y\"  # é\n",
		},
		"what is not there is not removed": {"a: 1\n", []plan.Field{gone("b.c")}, "a: 1\n"},
		"null has no entries":              {"a:\nb: 1\n", []plan.Field{set("a.c", 1)}, "a:\n  c: 1\nb: 1\n"},
	} {
		got, err := Document(c.before, c.fields)
		if assert.NoError(t, err, name) {
			assert.Equal(t, c.after, got, name)
		}
	}
}

func TestWhatCannotBeChangedInPlaceIsAnError(t *testing.T) {
	for name, text := range map[string]string{
		"an anchor":          "a: &x {b: 1}\nc: *x\n",
		"an alias":           "d: &x {b: 1}\na: *x\n",
		"no map":             "- 1\n",
		"another kind":       "a: text\n",
		"several keys a row": "a:\n- - 1\n",
	} {
		_, err := Document(text, []plan.Field{set("a.c", 1)})
		assert.Error(t, err, name)
	}
}

// Every object of the samples takes a label, a field and a change of a container, and keeps every comment.
func TestSamplesAreChangedInPlace(t *testing.T) {
	changed := 0
	for _, file := range samples.Seed() {
		for _, text := range strings.SplitAfter(strings.ReplaceAll(string(file.Data), "\n---\n", "\n\x00"), "\x00") {
			text = strings.TrimSuffix(text, "\x00")
			var o map[string]any
			if yaml.Unmarshal([]byte(text), &o) != nil || o["metadata"] == nil || strings.Contains(text, ": &") {
				continue
			}
			fields := []plan.Field{
				set(`metadata.labels["fn9s.io/test"]`, "yes"), set("spec.template.spec.securityContext.runAsNonRoot", true), gone("metadata.annotations"),
			}
			if _, ok := o["spec"].(map[string]any); !ok {
				fields = []plan.Field{fields[0], fields[2]}
			}
			if l, ok := o["metadata"].(map[string]any)["labels"]; ok && l == nil {
				continue
			}
			got, err := Document(text, fields)
			require.NoError(t, err, "%s\n%s", file.Path, text)
			for line := range strings.Lines(text) {
				if s := strings.TrimSpace(line); strings.HasPrefix(s, "# ") {
					assert.Contains(t, got, s, file.Path)
				}
			}
			changed++
		}
	}
	assert.Greater(t, changed, 300)
}

func FuzzDocument(f *testing.F) {
	f.Add("a:\n  b: 1 # c\nl:\n- name: x\n", "a.b", "v", false)
	f.Add("a: {b: [1, 2]}\n", "a.b[1]", "v", true)
	f.Fuzz(func(t *testing.T, text, path, value string, remove bool) {
		field := plan.Field{Path: path, Value: strings.ToValidUTF8(value, ""), Remove: remove}
		got, err := Document(text, []plan.Field{field})
		if err != nil {
			return
		}
		want, err := read(text)
		require.NoError(t, err)
		require.NoError(t, plan.Apply(want, []plan.Field{field}))
		have, err := read(got)
		require.NoError(t, err)
		assert.Equal(t, tidy(want), tidy(have))
	})
}

package generic_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/fn9s/fn9s/kube/frameworks/generic"
)

// configuration reads the value of a key of a YAML document.
func configuration(t testing.TB, data []byte, key string) *yaml.Node {
	t.Helper()
	var doc yaml.Node
	require.NoError(t, yaml.Unmarshal(data, &doc))
	require.NotEmpty(t, doc.Content)
	root := doc.Content[0]
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value == key {
			return root.Content[i+1]
		}
	}
	require.Fail(t, "no key "+key)
	return nil
}

// worked parses the worked examples.
func worked(t testing.TB) []generic.Entry {
	t.Helper()
	data, err := os.ReadFile("testdata/worked.yaml")
	require.NoError(t, err)
	entries, problems := generic.Parse("worked.yaml", configuration(t, data, "frameworks"))
	require.Empty(t, problems)
	return entries
}

func parseText(t testing.TB, text string) ([]generic.Entry, []generic.Problem) {
	t.Helper()
	var doc yaml.Node
	require.NoError(t, yaml.Unmarshal([]byte(text), &doc))
	return generic.Parse("f.yaml", &doc)
}

func TestTheWorkedExamplesParse(t *testing.T) {
	var names []string
	for _, e := range worked(t) {
		names = append(names, e.Name)
	}
	assert.Equal(t, []string{"openfunction", "spin", "keda-http", "keda-job", "keda", "dapr", "cron"}, names)
}

const minimal = `
name: jobs
function: {group: example.com, kind: Task, versions: [v1]}
workloads: [{by: owner, group: apps, kind: Deployment}]
`

func TestABadEntryIsOffAndTheRestWorks(t *testing.T) {
	entries, problems := parseText(t, `
- name: one
  function: {group: example.com, kind: One, versions: [v1]}
  workloads: [{by: owner, group: apps, kind: Deployment}]
- name: two
  function: {group: example.com, kind: Two, versions: [v1]}
  workloads: [{by: owner, group: apps, kind: Deployment}]
  imag: .spec.image
- name: three
  function: {group: example.com, kind: Three, versions: [v1]}
  workloads: [{by: owner, group: apps, kind: Deployment}]
`)
	require.Len(t, entries, 2)
	assert.Equal(t, "three", entries[1].Name)
	require.Len(t, problems, 1)
	assert.Equal(t, "two", problems[0].Entry)
	assert.Equal(t, "f.yaml", problems[0].File)
	assert.Equal(t, 8, problems[0].Line)
	assert.Equal(t, 3, problems[0].Column)
	assert.Contains(t, problems[0].Error(), `f.yaml:8:3: framework "two": a framework has no key "imag"; it has: container`)
}

func TestProblems(t *testing.T) {
	for name, c := range map[string]struct{ add, want string }{
		"unknown key in a list":     {"triggers: [{type: {value: http}, detai: .a}]", `a trigger has no key "detai"`},
		"key twice":                 {"image: .a\nimage: .b", `key "image" is there twice`},
		"boolean as a key":          {"state: [{state: ready, when: [{true: .a}]}]", `keys of a condition of state.when must be texts, not "true"`},
		"number as a key":           {"1: x", `keys of a framework must be texts, not "1"`},
		"merge key":                 {"<<: {image: .a}", "keys of a framework must be texts"},
		"alias":                     {"image: &a .a\nruntime: *a", "must be a path, a map or a list of these, not an alias"},
		"unknown state":             {"state: [{state: fine, when: [{path: .a, exists: true}]}]", `state cannot be "fine"; it is one of: ready`},
		"unknown operator":          {"state: [{state: idle, when: [{path: .a, like: x}]}]", `needs one of: equals notEquals`},
		"two operators":             {"state: [{state: idle, when: [{path: .a, equals: x, in: [y]}]}]", "equals and in exclude each other"},
		"always true":               {"state: [{state: idle, when: []}]", "state.when is empty"},
		"no path":                   {"image: spec.image", `"spec.image" is no path`},
		"recursion":                 {"image: ..image", "recursion (..) is not supported"},
		"script":                    {"image: '.a[(@.length-1)]'", "is not supported: use [0]"},
		"slice":                     {"image: '.a[0:2]'", "is not supported: use [0]"},
		"union":                     {"image: \".a['b','c']\"", "unions are not supported"},
		"two values":                {"image: {value: a, path: .b}", "must have one of the keys value path from label annotation"},
		"null":                      {"image:", "a framework.image has no value"},
		"unknown place":             {"image: {path: .a, at: scaler}", "there is no join \"scaler\""},
		"unknown intent":            {"fixes: {make-safe: {path: .a}}", `there is no intent "make-safe"`},
		"unknown effect":            {"fixes: {limits: {path: .a, effect: magic}}", `effect cannot be "magic"`},
		"wildcard in a fix":         {"fixes: {limits: {path: '.a[*].b'}}", "a fix writes one field"},
		"none and a path":           {"fixes: {limits: {none: why, path: .a}}", "none stands alone"},
		"min-max without max":       {"fixes: {min-max: {min: .a}}", `min-max needs the key "max"`},
		"bad expression":            {"runtime: {from: .a, match: '('}", "missing closing )"},
		"group that is not there":   {"runtime: {from: .a, match: '(b)', group: 2}", "there is no group 2"},
		"source that is not there":  {"runtime: {format: '{1}', from: [.a]}", `"{1}" is none of the 1 sources`},
		"several without format":    {"runtime: {from: [.a, .b]}", "several sources need a format"},
		"unknown trigger type":      {"triggers: [{type: {value: smoke}}]", `trigger.type cannot be "smoke"`},
		"bad translation":           {"triggers: [{type: .a, map: {x: smoke}}]", `"x" is translated to "smoke"`},
		"reference by nothing":      {"references: [{kind: Secret, name: .a, how: magic}]", `how cannot be "magic"`},
		"through without namespace": {"endpoints: [{service: {name: .a}, through: {value: proxy}}]", "a Service as namespace/name"},
		"unknown exposure":          {"endpoints: [{service: {name: .a}, exposure: {value: everywhere}}]", `cannot be "everywhere"`},
		"join of a Secret":          {"joins: [{name: s, kind: Secret, by: name}]", "Secrets are never read"},
		"join without path":         {"joins: [{name: s, group: a.b, kind: S, by: backref}]", `needs the key "path"`},
		"join named function":       {"joins: [{name: function, group: a.b, kind: S, by: name}]", "is taken"},
		"placeholder":               {"deploy: {template: {apiVersion: v1, kind: X, spec: '${nam}'}}", `"${nam}" is none of`},
		"placeholder in a key":      {"deploy: {template: {apiVersion: v1, kind: X, '${name}': a}}", "stands in a key"},
		"template without kind":     {"deploy: {template: {apiVersion: v1}}", "deploy.template has no kind"},
		"tag":                       {"deploy: {template: {apiVersion: v1, kind: !!binary aGk=}}", "explicit tags"},
		"podSpec of a join":         {"podSpec: {at: workload, path: .a}", "podSpec.at can only be function"},
		"metrics":                   {"metrics: {speed: x}", `metrics has no key "speed"`},
		"port of no service":        {"invoke: {port: {value: http}}", "invoke.port needs the key service"},
		"header":                    {"invoke: {headers: {'a b': .c}}", "no header's name"},
		"empty fix list":            {"restart: []", "restart is an empty list"},
		"where elsewhere":           {"state: []\ndelete: {with: [pods]}", `delete.with "pods" is not valid`},
	} {
		t.Run(name, func(t *testing.T) {
			entries, problems := parseText(t, minimal+c.add)
			assert.Empty(t, entries)
			require.NotEmpty(t, problems)
			var all []string
			for _, p := range problems {
				assert.Positive(t, p.Line)
				assert.Positive(t, p.Column)
				all = append(all, p.Error())
			}
			assert.Contains(t, strings.Join(all, "\n"), c.want)
		})
	}
}

func TestProblemsOfTheFunction(t *testing.T) {
	for name, c := range map[string]struct{ entry, want string }{
		"built-in name":   {"name: knative\nfunction: {kind: A, group: b.c, versions: [v1]}", "belongs to a built-in framework"},
		"long name":       {"name: abcdefghijklmnopqrstuvwxyz\nfunction: {kind: A, group: b.c, versions: [v1]}", "at most 20"},
		"no name":         {"function: {kind: A, group: b.c, versions: [v1]}", `needs the key "name"`},
		"no version":      {"name: a\nfunction: {kind: A, group: b.c}", `needs the key "versions"`},
		"bad version":     {"name: a\nfunction: {kind: A, group: b.c, versions: [latest]}", "a version such as v1beta1"},
		"bad kind":        {"name: a\nfunction: {kind: pods, versions: [v1]}", "a kind such as Deployment"},
		"bad selector":    {"name: a\nfunction: {kind: A, group: b.c, versions: [v1], labels: 'a in'}", "function.labels:"},
		"bad fields":      {"name: a\nfunction: {kind: A, group: b.c, versions: [v1], fields: 'a'}", "function.fields:"},
		"bad glob":        {"name: a\nfunction: {kind: A, group: b.c, versions: [v1], namespaces: ['[']}", "is no pattern"},
		"where elsewhere": {"name: a\nfunction: {kind: A, group: b.c, versions: [v1], where: [{path: .a, exists: true, at: workload}]}", "no at"},
		"no workload":     {"name: a\nfunction: {kind: A, group: b.c, versions: [v1]}", "nothing says what runs the function"},
		"self, no pods":   {"name: a\nfunction: {kind: A, group: b.c, versions: [v1]}\nworkloads: [{by: self}]", "A.b.c is none"},
		"not a map":       {"- just a text", "a framework must be a map, not a text"},
	} {
		t.Run(name, func(t *testing.T) {
			entries, problems := parseText(t, c.entry)
			assert.Empty(t, entries)
			require.NotEmpty(t, problems)
			var all []string
			for _, p := range problems {
				all = append(all, p.Error())
			}
			assert.Contains(t, strings.Join(all, "\n"), c.want)
		})
	}
}

func TestNamesAndLimitsOverSeveralFiles(t *testing.T) {
	one, problems := parseText(t, minimal)
	require.Empty(t, problems)
	again, problems := parseText(t, minimal)
	require.Empty(t, problems)
	kept, problems := generic.Unique(append(one, again...))
	assert.Len(t, kept, 1)
	require.Len(t, problems, 1)
	assert.Contains(t, problems[0].Error(), `framework "jobs": the name is taken by f.yaml:2`)

	many := strings.Builder{}
	for i := range generic.MaxEntries + 1 {
		many.WriteString(strings.ReplaceAll(`
- name: jobsN
  function: {group: example.com, kind: Task, versions: [v1]}
  workloads: [{by: owner, group: apps, kind: Deployment}]`, "N", strings.Repeat("x", i%10)+strings.Repeat("y", i/10)))
	}
	kept, problems = parseText(t, many.String())
	assert.Len(t, kept, generic.MaxEntries)
	require.NotEmpty(t, problems)
	assert.Contains(t, problems[0].Message, "more than 32 frameworks")
}

func TestNothingIsNoProblem(t *testing.T) {
	entries, problems := generic.Parse("f.yaml", nil)
	assert.Empty(t, entries)
	assert.Empty(t, problems)
	entries, problems = parseText(t, "null")
	assert.Empty(t, entries)
	assert.Empty(t, problems)
}

func FuzzParse(f *testing.F) {
	data, err := os.ReadFile("testdata/worked.yaml")
	require.NoError(f, err)
	f.Add(string(data))
	f.Add(minimal)
	f.Add("- {name: a, function: {kind: [], versions: {a: b}}, deploy: {template: [[]]}}")
	f.Fuzz(func(t *testing.T, text string) {
		var doc yaml.Node
		if yaml.Unmarshal([]byte(text), &doc) != nil {
			return
		}
		entries, problems := generic.Parse("f.yaml", &doc)
		for _, p := range problems {
			require.NotEmpty(t, p.Message)
		}
		generic.New(entries)
	})
}

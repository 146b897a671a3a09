package manifest_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/manifest"
)

func read(t testing.TB, src string) []manifest.Document {
	t.Helper()
	docs, problems := manifest.Read("f.yaml", []byte(src))
	require.Empty(t, problems)
	return docs
}

func refs(docs []manifest.Document) []string {
	var all []string
	for i := range docs {
		all = append(all, docs[i].Ref().String())
	}
	return all
}

func TestDocumentsAreToldApart(t *testing.T) {
	t.Parallel()
	pod := func(name string) string {
		return "apiVersion: v1\nkind: Pod\nmetadata: {name: " + name + ", namespace: x}\n"
	}
	two := []string{"Pod x/a", "Pod x/b"}
	for name, src := range map[string]string{
		"separated":        pod("a") + "---\n" + pod("b"),
		"with a comment":   "# c\n---\n" + pod("a") + "--- # d\n" + pod("b"),
		"empty in between": "---\n---\n# nothing\n---\n" + pod("a") + "---\n\n---\nnull\n---\n" + pod("b"),
		"ended":            pod("a") + "...\n---\n" + pod("b") + "...\n",
		"ended only":       pod("a") + "...\n" + pod("b"),
		"directive":        "%YAML 1.1\n---\n" + pod("a") + "---\n" + pod("b"),
		"windows":          strings.ReplaceAll(pod("a")+"---\n"+pod("b"), "\n", "\r\n"),
		"byte order mark":  "\xef\xbb\xbf" + pod("a") + "---\n" + pod("b"),
		"list":             "apiVersion: v1\nkind: List\nitems:\n- " + strings.ReplaceAll(strings.TrimSpace(pod("a")), "\n", "\n  ") + "\n- " + strings.ReplaceAll(strings.TrimSpace(pod("b")), "\n", "\n  ") + "\n",
		"typed list":       `{"apiVersion": "v1", "kind": "PodList", "items": [{"metadata": {"name": "a", "namespace": "x"}}, {"metadata": {"name": "b", "namespace": "x"}}]}`,
		"list of lists":    `{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"PodList","items":[{"metadata":{"name":"a","namespace":"x"}}]},{"apiVersion":"v1","kind":"Pod","metadata":{"name":"b","namespace":"x"}}]}`,
		"JSON":             "{\n\t\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"a\", \"namespace\": \"x\"}}\n{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"b\", \"namespace\": \"x\"}}",
	} {
		docs, problems := manifest.Read("f", []byte(src))
		assert.Empty(t, problems, name)
		assert.Equal(t, two, refs(docs), name)
	}
	wide := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(pod("a"))) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	docs, problems := manifest.Read("f", wide)
	assert.Empty(t, problems)
	assert.Equal(t, two[:1], refs(docs))
	empty, problems := manifest.Read("f", []byte("apiVersion: v1\nkind: List\nitems: []\n---\n# c\n"))
	assert.Empty(t, problems)
	assert.Empty(t, empty)
}

func TestNamespacesAreAsKubectlGivesThem(t *testing.T) {
	t.Parallel()
	docs := read(t, `
apiVersion: v1
kind: Pod
metadata: {name: a}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: b, namespace: x}}
---
{apiVersion: example.com/v1, kind: Zone, metadata: {name: c}}
---
{apiVersion: example.com/v1, kind: Thing, metadata: {name: d}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: zones.example.com}
spec: {group: example.com, scope: Cluster, names: {kind: Zone}}
---
apiVersion: batch/v1
kind: Job
metadata: {generateName: e-}
---
apiVersion: v1
kind: Pod
metadata: {namespace: null, name: f}
`)
	assert.Equal(t, []string{
		"Pod default/a", "ClusterRole.rbac.authorization.k8s.io b", "Zone.example.com c", "Thing.example.com default/d",
		"CustomResourceDefinition.apiextensions.k8s.io zones.example.com", "Job.batch default/e-", "Pod default/f",
	}, refs(docs))
	assert.Contains(t, string(docs[0].JSON), `"namespace":"default"`, "the object says it too")
	assert.NotContains(t, string(docs[1].JSON), `"namespace"`)
	o, err := docs[0].Typed()
	require.NoError(t, err)
	require.NotNil(t, o)
}

func TestWhatCannotBeReadIsNamedAndTheRestGoesOn(t *testing.T) {
	t.Parallel()
	good := "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: x}\n"
	for src, want := range map[string]string{
		"a: b\n c: d\n":               "f: document 2, line 6: mapping values are not allowed in this context",
		"a: [b\n":                     "f: document 2, line 5: did not find expected ',' or ']'",
		"a: b\n":                      "f: document 2, line 5: no Kubernetes object: apiVersion or kind is missing",
		"- a\n":                       "f: document 2, line 5: no Kubernetes object: apiVersion or kind is missing",
		"text\n":                      "f: document 2, line 5: no Kubernetes object: apiVersion or kind is missing",
		"kind: [Pod]\n":               "f: document 2, line 5: no Kubernetes object: apiVersion or kind is missing",
		"x: \x00\n":                   "f: document 2, line 5: control characters are not allowed",
		"x: \xff\xff\n":               "f: document 2, line 5: ",
		"a: *nothing\n":               "f: document 2, line 5: unknown anchor 'nothing' referenced",
		"a: &a [*a]\n":                "f: document 2, line 5: ",
		"kind: Pod\napiVersion: v1\n": "f: document 2, line 5: metadata is missing",
		"kind: Pod\napiVersion: v1\nmetadata: 1\n":                                          "f: document 2, line 5: metadata is missing",
		"kind: Pod\napiVersion: v1\nmetadata: {}\n":                                         "f: document 2, line 5: metadata.name is missing",
		"kind: Pod\napiVersion: v1\nmetadata: {name: 1}\n":                                  "f: document 2, line 5: metadata.name is no text",
		"kind: Pod\napiVersion: v1\nmetadata: {name: a/b}\n":                                `f: document 2, line 5: "a/b" is no name of an object`,
		"kind: Pod\napiVersion: v1\nmetadata: {name: \"\\u001b[31m\"}\n":                    `f: document 2, line 5: "\x1b[31m" is no name of an object`,
		"kind: Pod\napiVersion: a/b/c\nmetadata: {name: a}\n":                               `f: document 2, line 5: apiVersion "a/b/c" is none`,
		"kind: List\napiVersion: v1\nitems:\n- {kind: Pod, apiVersion: v1}\n":               "f: document 2, line 5: item 0: metadata is missing",
		"a: " + strings.Repeat("[", 500) + strings.Repeat("]", 500) + "\n":                  "f: document 2, line 5: nested deeper than 200",
		"x: &x " + strings.Repeat("y", 1e6) + "\nz: [" + strings.Repeat("*x,", 1e5) + "]\n": "f: document 2, line 5: aliases make the document larger than an object may be",
	} {
		docs, problems := manifest.Read("f", []byte(good+"---\n"+src+"---\n"+strings.ReplaceAll(good, "a,", "b,")))
		assert.Equal(t, []string{"Pod x/a", "Pod x/b"}, refs(docs), "%.60q", src)
		if assert.Len(t, problems, 1, "%.60q", src) {
			assert.True(t, strings.HasPrefix(problems[0].Error(), want), "%.60q: %v", src, problems[0])
		}
	}
}

func TestFilesAndFolders(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, src string) {
		file := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(src), 0o600))
	}
	pod := func(name string) string { return "apiVersion: v1\nkind: Pod\nmetadata:\n  name: " + name + "\n" }
	write("a.yaml", pod("a"))
	write("sub/b.yml", pod("b"))
	write("sub/c.json", `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "c"}}`)
	write("sub/notes.txt", "no: object")
	write(".hidden/d.yaml", "no: object")
	write("k/kustomization.yaml", "namePrefix: built-\nresources: [e.yaml, base]\nimages: [{name: x, newName: https://y}]\n")
	write("k/e.yaml", pod("e"))
	write("k/base/kustomization.yaml", "resources: [f.yaml]\n")
	write("k/base/f.yaml", pod("f"))
	require.NoError(t, os.Symlink("a.yaml", filepath.Join(dir, "z.yaml")))
	docs, problems := manifest.Paths([]string{dir, "-", filepath.Join(dir, "missing.yaml")}, strings.NewReader(pod("in")))
	require.Len(t, problems, 1)
	assert.Equal(t, filepath.Join(dir, "missing.yaml")+": no such file or directory", problems[0].Error())
	assert.Equal(t, []string{
		"Pod default/a", "Pod default/built-e", "Pod default/built-f", "Pod default/b", "Pod default/c", "Pod default/a", "Pod default/in",
	}, refs(docs))
	assert.Equal(t, filepath.Join(dir, "k", "kustomization.yaml"), docs[1].File)
	assert.True(t, docs[1].Generated())
	assert.Equal(t, manifest.StdinName, docs[6].File)
}

func TestKustomizeReadsNothingFromTheNetwork(t *testing.T) {
	t.Parallel()
	for name, files := range map[string]map[string]string{
		"git":       {"kustomization.yaml": "resources: [github.com/example/x]\n"},
		"scheme":    {"kustomization.yaml": "resources: ['https://example.com/x.yaml']\n"},
		"scp":       {"kustomization.yaml": "resources: ['me@example.com:x/y']\n"},
		"generator": {"kustomization.yaml": "configMapGenerator: [{name: x, files: ['a=https://example.com/x']}]\n"},
		"helm":      {"kustomization.yaml": "helmCharts: [{name: x, repo: 'https://example.com'}]\n"},
		"base":      {"kustomization.yaml": "resources: [b]\n", "b/kustomization.yaml": "components: ['https://example.com/x?ref=1']\n"},
		"in a file": {"kustomization.yaml": "generators: [g.yaml]\n", "g.yaml": "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: x}\nfiles: ['https://example.com/x']\n"},
		"inline":    {"kustomization.yaml": "generators:\n- |\n  apiVersion: builtin\n  kind: ConfigMapGenerator\n  metadata: {name: x}\n  files: ['https://example.com/x']\n"},
	} {
		dir := t.TempDir()
		for file, src := range files {
			require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, file)), 0o755))
			require.NoError(t, os.WriteFile(filepath.Join(dir, file), []byte(src), 0o600))
		}
		_, problems := manifest.Paths([]string{dir}, nil)
		if assert.Len(t, problems, 1, name) {
			assert.ErrorContains(t, problems[0], "nothing is read from the network", name)
		}
	}
}

func TestPositions(t *testing.T) {
	t.Parallel()
	src := `# first
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: a
  labels: {app: x, "b/c.d": y}
spec:
  template:
    spec:
      containers:
        - name: one
          image: x
          env:
          - {name: A, value: "1"}
          - name: ü
            value: {a: ö, b: c}
        - image: y
`
	slow := strings.Replace(src, "image: x\n", "image: &x x\n", 1)
	list := "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: p}\n- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: q\n    namespace: z\n"
	for _, text := range []string{src, slow} {
		docs := read(t, text)
		require.Len(t, docs, 1)
		for path, want := range map[string][2]int{
			"":                                       {3, 1},
			"kind":                                   {4, 1},
			"metadata.labels[b/c.d]":                 {7, 20},
			"metadata.labels.b/c.d":                  {7, 20},
			"metadata.labels['b/c.d']":               {7, 20},
			"spec.template.spec.containers[0].image": {13, 11},
			"spec.template.spec.containers[0].env[0].value":     {15, 23},
			"spec.template.spec.containers[0].env[1].value.b":   {17, 27},
			"spec.template.spec.containers[1].image":            {18, 11},
			"spec.template.spec.containers[1]":                  {18, 11},
			"spec.template.spec.containers[1].resources.limits": {18, 11},
			"spec.template.spec.containers[7].image":            {11, 7},
			"spec.template.spec.hostNetwork":                    {10, 5},
			"status":                                            {3, 1},
			"[":                                                 {3, 1},
			"spec.template[":                                    {9, 3},
		} {
			line, column := docs[0].Position(path)
			assert.Equal(t, want, [2]int{line, column}, "%s", path)
		}
	}
	docs := read(t, list)
	line, column := docs[1].Position("metadata.namespace")
	assert.Equal(t, [2]int{11, 5}, [2]int{line, column})
	line, column = docs[0].Position("metadata.name")
	assert.Equal(t, [2]int{6, 14}, [2]int{line, column})
}

// Ten thousand documents that are broken, cut off or hostile: each is an object or a problem, soon and without a panic.
func TestHostileDocuments(t *testing.T) {
	t.Parallel()
	seeds := hostile()
	r := rand.New(rand.NewPCG(3, 4))
	start := time.Now()
	for i := range 10_000 {
		src := seeds[i%len(seeds)]
		if i >= len(seeds) {
			src = spoil(r, src)
		}
		docs, problems := manifest.Read("f", []byte(src))
		for j := range docs {
			_, _ = docs[j].Typed()
			line, column := docs[j].Position("spec.template.spec.containers[0].image")
			assert.Positive(t, line)
			assert.Positive(t, column)
		}
		for _, p := range problems {
			assert.NotEmpty(t, p.Error())
		}
		if len(docs) == 0 && len(problems) == 0 && len(bytes.TrimSpace([]byte(src))) > 0 {
			assert.Condition(t, func() bool { return emptyish(src) }, "%d is passed over: %.200q", i, src)
		}
	}
	assert.Less(t, time.Since(start), 2*time.Minute)
}

// emptyish reports whether a text may be one that holds nothing.
func emptyish(src string) bool {
	if src == "\xff\xfe" {
		return true
	}
	for line := range strings.SplitSeq(src, "\n") {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "---") && line != "..." && line != "~" &&
			!strings.EqualFold(line, "null") && !strings.Contains(src, "List") {
			return false
		}
	}
	return true
}

func hostile() []string {
	pod := "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  namespace: b\nspec:\n  containers:\n  - name: c\n    image: d:1\n    command: [\"x\", 'y', z]\n    args:\n    - |\n      text\n       more\n"
	laughs := "a: &a [lol,lol,lol,lol,lol,lol,lol,lol,lol]\n"
	for c := 'b'; c <= 'z'; c++ {
		laughs += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat("*"+string(c-1)+",", 9), ","))
	}
	deep := strings.Repeat("{\"a\":", 9000) + "1" + strings.Repeat("}", 9000)
	indented := ""
	for i := range 2000 {
		indented += strings.Repeat(" ", i) + "a:\n"
	}
	return []string{
		pod, laughs, deep, indented, strings.Repeat("[", 20000), strings.Repeat("- ", 20000), strings.Repeat("? ", 20000), strings.Repeat("{", 20000),
		strings.Repeat("a: ", 1000), "a: &a {<<: *a}\n", "&a a: *a\n", "<<: [*x]\n", "a: !!binary 4\n", "a: !!int x\n", "!!set {a}\n", "? [a]\n: b\n", "{[a]: b}\n",
		"apiVersion: v1\nkind: List\nitems: " + strings.Repeat("[{apiVersion: v1, kind: List, items: ", 20) + "[]" + strings.Repeat("}]", 20) + "\n",
		"apiVersion: v1\nkind: List\nitems: [1, null, [], {}, a]\n", "apiVersion: v1\nkind: PodList\nitems: {}\n", `{"apiVersion":"v1","kind":"PodList","items":[null,1,[],{}]}`,
		`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"containers":` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `}}`,
		`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"\ud800"}}`, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}}garbage`, "\xff\xfea", "\x00\x01", "%YAML 9.9\n---\na: b\n", "%TAG ! x\n",
		"apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {a: '***'}\n", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: 7\n",
		"a: \"\\x41\\U0001F600\\N\"\n", "a: 'x\n\n  y'\n", "a: >-\n  b\n\n   c\n", "a: |9\n         b\n", "\ta: b\n", "a:\n\tb: c\n", "kind: Pod\nkind: Pod\n", strings.Repeat("x", 1<<20) + ": y\n",
	}
}

func spoil(r *rand.Rand, src string) string {
	if len(src) > 3000 {
		from := r.IntN(len(src) - 2000)
		src = src[from : from+r.IntN(2000)]
	}
	b := []byte(src)
	for range 1 + r.IntN(6) {
		if len(b) == 0 {
			break
		}
		at := r.IntN(len(b))
		switch r.IntN(5) {
		case 0:
			b = b[:at]
		case 1:
			b[at] = byte(r.IntN(256))
		case 2:
			b = append(b[:at], b[min(len(b), at+1+r.IntN(4)):]...)
		case 3:
			b = append(b[:at:at], append([]byte(`{}[]&*!|>'"%@:-#?,`[r.IntN(18):]), b[at:]...)...)
		default:
			n := min(len(b)-at, 1+r.IntN(40))
			b = append(b, b[at:at+n]...)
		}
	}
	return string(b)
}

func BenchmarkPosition(b *testing.B) {
	src := hostile()[0]
	var all strings.Builder
	for range 2000 {
		all.WriteString(src + "---\n")
	}
	docs := read(b, all.String())
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		docs[i%len(docs)].Position("spec.containers[0].image")
	}
}

func TestANamespaceThatTheFileDoesNotNameIsAssumed(t *testing.T) {
	docs, problems := manifest.Read("a.yaml", []byte("{apiVersion: v1, kind: Secret, metadata: {name: a}}\n---\n{apiVersion: v1, kind: Secret, metadata: {name: b, namespace: default}}"))
	require.Empty(t, problems)
	for i, want := range []any{nil, "default"} {
		assert.Equal(t, "default", docs[i].Ref().Namespace)
		o, err := docs[i].Object()
		require.NoError(t, err)
		assert.Equal(t, want, o["metadata"].(map[string]any)["namespace"])
	}
}

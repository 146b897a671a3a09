package formats_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/formats"
)

// What a file names outside of its folder is never read.
func TestNothingOutsideOfTheFolderIsRead(t *testing.T) {
	const stolen = "root:x:0:0:stolen"
	outside := []string{"../../etc/passwd", "/etc/passwd", "../sibling", "a/../../sibling", "~/x", `..\\..\\sibling`, "C:/x", "link", "linked/passwd"}
	for _, name := range outside {
		files := map[string]string{
			"stack":      "provider: {name: openfaas}\nfunctions:\n  f: {image: i, environment_file: ['" + name + "']}\n",
			"serverless": "service: s\nprovider: {name: kubeless, runtime: python3.8}\nfunctions:\n  f: {handler: a.b, environment: {X: \"${file(" + name + ")}\"}}\n",
			"artifact":   "service: s\nprovider: {name: kubeless, runtime: python3.8}\npackage: {artifact: '" + name + "'}\nfunctions: {f: {handler: a.b}}\n",
			"function":   "apiVersion: nuclio.io/v1\nmetadata: {name: f}\nspec: {runtime: shell, handler: 'main.sh:main', build: {path: '" + name + "'}}\n",
			"wsk":        "packages:\n  p:\n    actions:\n      a: {function: '" + name + "', runtime: 'python:3'}\n",
			"kyma":       "name: f\nruntime: python312\nsource: {sourceType: inline, sourcePath: '" + name + "'}\n",
			"kymafile":   "name: f\nruntime: python312\nsource: {sourceType: inline, sourceHandlerName: '" + name + "'}\n",
			"fission": "apiVersion: fission.io/v1\nkind: ArchiveUploadSpec\nname: a\ninclude: ['" + name + "']\n---\napiVersion: fission.io/v1\nkind: Package\n" +
				"metadata: {name: p}\nspec: {deployment: {type: url, url: 'archive://a'}}\n",
			"fissionroot": "apiVersion: fission.io/v1\nkind: ArchiveUploadSpec\nname: a\nrootdir: '" + name + "'\ninclude: ['*']\n---\napiVersion: fission.io/v1\nkind: Package\n" +
				"metadata: {name: p}\nspec: {deployment: {type: url, url: 'archive://a'}}\n",
		}
		for format, content := range files {
			t.Run(format+" "+name, func(t *testing.T) {
				fsys := fstest.MapFS{
					"home/app/main.yaml":    {Data: []byte(content), Mode: 0o644},
					"home/app/link":         {Data: []byte("../../etc/passwd"), Mode: fs.ModeSymlink | 0o777},
					"home/app/linked":       {Data: []byte("../../etc"), Mode: fs.ModeSymlink | 0o777},
					"home/sibling":          {Data: []byte(stolen), Mode: 0o644},
					"home/passwd":           {Data: []byte(stolen), Mode: 0o644},
					"etc/passwd":            {Data: []byte(stolen), Mode: 0o644},
					"home/app/unrelated.py": {Data: []byte("x"), Mode: 0o644},
				}
				i, err := formats.Read(fsys, "home/app/main.yaml", formats.None)
				require.NoError(t, err)
				assert.NotEmpty(t, i.Problems, "a path outside is a problem")
				assert.NotContains(t, everything(i), stolen)
			})
		}
	}
}

// everything is all that was read, as text.
func everything(i *formats.Import) string {
	var b strings.Builder
	for _, q := range i.Requests {
		if q.Source.Code != nil {
			for name, data := range q.Source.Code.Files {
				b.WriteString(name + "\n" + string(data) + "\n")
			}
		}
		for _, v := range q.Env {
			b.WriteString(v.Name + "=" + v.Value + "\n")
		}
	}
	for _, o := range i.Objects {
		b.WriteString(o.Ref.String())
		if spec, ok := o.Value["spec"].(map[string]any); ok {
			for _, part := range spec {
				if m, ok := part.(map[string]any); ok {
					for _, v := range m {
						if s, ok := v.(string); ok {
							b.WriteString(s + "\n")
						}
					}
				}
			}
		}
	}
	for _, n := range append(i.Notes, i.Problems...) {
		b.WriteString(n.String() + "\n")
	}
	return b.String()
}

// On a disk the same holds for links.
func TestLinksOnADiskAreNotFollowed(t *testing.T) {
	dir := t.TempDir()
	app := filepath.Join(dir, "app")
	require.NoError(t, os.MkdirAll(filepath.Join(app, "src"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "secret.py"), []byte("stolen = 1"), 0o644))
	require.NoError(t, os.Symlink(filepath.Join(dir, "secret.py"), filepath.Join(app, "quote.py")))
	require.NoError(t, os.Symlink(dir, filepath.Join(app, "src", "up")))
	require.NoError(t, os.WriteFile(filepath.Join(app, "fine.py"), []byte("x"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(app, "serverless.yml"),
		[]byte("service: s\nprovider: {name: kubeless, runtime: python3.8}\nfunctions: {f: {handler: quote.run}}\n"), 0o644))
	i, err := formats.Read(os.DirFS(dir), "app", formats.None)
	require.NoError(t, err)
	require.Len(t, i.Requests, 1)
	assert.Equal(t, map[string][]byte{"fine.py": []byte("x")}, i.Requests[0].Source.Code.Files)
	assert.Len(t, i.Notes, 2, "both links are named")
}

func TestHostileFilesAreRefused(t *testing.T) {
	deep := strings.Repeat("[", 5000) + strings.Repeat("]", 5000)
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n" +
		"d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n"
	const head = "provider: {name: openfaas}\nfunctions: {}\n"
	for _, c := range []struct{ what, name, content, want string }{
		{"aliases that multiply", "stack.yml", head + bomb, "aliases make the document too large"},
		{"an alias of itself", "stack.yml", head + "a: &a [*a]\n", "nested deeper"},
		{"nesting", "stack.yml", head + "x: " + deep, "stack.yml"},
		{"a key twice", "stack.yml", "provider: {name: openfaas}\nfunctions:\n  f: {image: a}\n  f: {image: b}\n", "stack.yml:4: functions.f: stands there twice"},
		{"no YAML", "stack.yml", "functions: [\n", "cannot be read as YAML"},
		{"a key that is a list", "stack.yml", head + "? [a]\n: b\n", "a key is no text"},
		{"a value in an error", "stack.yml", head + "x: ${LEAK}\n", "cannot be read as YAML"},
		{"a substitution without end", "stack.yml", head + "\nx: ${A:-${B:-\n", "stack.yml:4: a substitution cannot be read"},
		{"a text that grows", "stack.yml", head + "x: ${LONG//a/" + strings.Repeat("b", 200_000) + "}\n", "becomes too large"},
		{"many documents", "stack.yml", head + strings.Repeat("---\na: b\n", 2000), "has more than 1000 documents"},
		{"an empty file", "stack.yml", "", "is in no format that is known"},
		{"binary", "stack.yml", "\x00\x01\x02", ""},
	} {
		t.Run(c.what, func(t *testing.T) {
			env := environment(map[string]string{"LEAK": "*hunter2", "LONG": strings.Repeat("a", 100)})
			i, err := formats.Read(folderOf(map[string]string{c.name: c.content}), c.name, env)
			require.Error(t, err, "%+v", i)
			assert.Contains(t, err.Error(), c.want)
			assert.NotContains(t, err.Error(), "hunter2", "no value of a variable")
		})
	}
}

func TestVariablesThatLeadToThemselves(t *testing.T) {
	var chain strings.Builder
	for i := range 500 {
		chain.WriteString("  c" + strings.Repeat("x", i) + ": ${self:custom.c" + strings.Repeat("x", i+1) + "}\n")
	}
	for name, custom := range map[string]string{
		"itself":      "  a: ${self:custom.a}\n",
		"two":         "  a: ${self:custom.b}\n  b: ${self:custom.a}\n",
		"around":      "  a: {b: \"${self:custom}\"}\n",
		"all of it":   "  a: ${self:}\n",
		"long chain":  chain.String(),
		"multiplying": "  l: [a, a, a, a, a, a, a, a, a, a]\n  a: {x: \"${self:custom.b}\", y: \"${self:custom.b}\"}\n  b: {x: \"${self:custom.l}\", y: \"${self:custom.l}\"}\n  z: ${self:custom.a.q}${nonsense:x}\n",
	} {
		t.Run(name, func(t *testing.T) {
			content := "service: s\nprovider: {name: kubeless, runtime: python3.8}\ncustom:\n" + custom + "functions: {f: {handler: a.b}}\n"
			i, err := formats.Read(folderOf(map[string]string{"serverless.yml": content, "a.py": ""}), "serverless.yml", formats.None)
			if err == nil {
				assert.NotEmpty(t, i.Problems)
			}
		})
	}
}

func TestFilesOfOtherKindsAreRefused(t *testing.T) {
	for _, c := range []struct{ name, content string }{
		{"notes.yaml", "hello: world\n"}, {"x.yaml", "- a\n- b\n"}, {"x.txt", "words"},
	} {
		_, err := formats.Read(folderOf(map[string]string{c.name: c.content}), c.name, formats.None)
		assert.ErrorContains(t, err, "in no format that is known", c.name)
	}
	for _, name := range []string{"../x", "/etc/passwd", "missing.yml"} {
		_, err := formats.Read(fstest.MapFS{}, name, formats.None)
		assert.Error(t, err, name)
	}
	i, err := formats.Read(folderOf(map[string]string{"serverless.yml": "service: s\nprovider: {name: aws}\nfunctions: {f: {handler: a.b}}\n"}), "serverless.yml", formats.None)
	require.NoError(t, err)
	assert.Empty(t, i.Requests)
	assert.Len(t, i.Problems, 1)
}

func TestPasswordsInAddressesAreRefused(t *testing.T) {
	i, err := formats.Read(folderOf(map[string]string{"config.yaml": "name: f\nruntime: nodejs22\nsource: {sourceType: git, url: 'https://ann:hunter2@git.example.com/r.git', reference: main, baseDir: /}\n"}), "config.yaml", formats.None)
	require.NoError(t, err)
	require.Len(t, i.Problems, 1)
	assert.NotContains(t, i.Problems[0].String(), "hunter2")
	assert.Equal(t, "https://git.example.com/r.git", i.Requests[0].Source.Git.URL)
}

// A kustomization sees the files it was given, and neither the network nor what links lead to.
func TestKustomizationsStayInTheirFiles(t *testing.T) {
	for name, resource := range map[string]string{
		"network": "https://github.com/example/stolen", "link": "link.yaml", "outside": "../../../etc/stolen.yaml",
	} {
		t.Run(name, func(t *testing.T) {
			fsys := fstest.MapFS{
				"app/kustomization.yaml": {Data: []byte("resources: ['" + resource + "']\n"), Mode: 0o644},
				"app/link.yaml":          {Data: []byte("../other/a.yaml"), Mode: fs.ModeSymlink | 0o777},
				"other/a.yaml":           {Data: []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: stolen}\n"), Mode: 0o644},
			}
			i, err := formats.Read(fsys, "app", formats.None)
			require.NoError(t, err)
			assert.Empty(t, i.Objects)
			assert.NotEmpty(t, i.Problems)
		})
	}
}

package formats_test

import (
	"strings"
	"testing"

	"github.com/fn9s/fn9s/kube/formats"
)

// fuzz reads anything as the one format: it must end, and tell no value of a variable.
func fuzz(f *testing.F, name string, seeds ...string) {
	for _, s := range seeds {
		f.Add(s)
	}
	const value = "a-value-nobody-may-see"
	f.Fuzz(func(t *testing.T, content string) {
		if strings.Contains(content, value) {
			return
		}
		files := map[string]string{name: content, "a.py": "x", "env.yml": "environment: {A: b}"}
		i, err := formats.Read(folderOf(files), name, func(string) (string, bool) { return value, true })
		if err != nil {
			if strings.Contains(err.Error(), value) {
				t.Fatalf("the error tells a value: %v", err)
			}
			return
		}
		for _, p := range append(i.Problems, i.Notes...) {
			if strings.Contains(p.Text, value) {
				t.Fatalf("a note tells a value: %v", p)
			}
		}
		if len(i.At) != len(i.Requests) {
			t.Fatalf("%d requests in %d places", len(i.Requests), len(i.At))
		}
	})
}

func FuzzStack(f *testing.F) {
	fuzz(f, "stack.yml", stack, "provider: {name: openfaas}\nfunctions: {a: {image: \"${A:-${B}}\", environment_file: [env.yml]}}", "a: &a [*a]")
}

func FuzzFuncYAML(f *testing.F) {
	fuzz(f, "func.yaml", "specVersion: 1\nname: a\nrun: {envs: [{name: A, value: \"{{ env:X }}\"}]}", "schema_version: 20180708\nname: a\nversion: 1\ntriggers: [{type: http}]")
}

func FuzzNuclio(f *testing.F) {
	fuzz(f, "function.yaml", "apiVersion: nuclio.io/v1\nmetadata: {name: a}\nspec: {runtime: python, handler: 'a:b', env: [{name: A, value: b}]}")
}

func FuzzFission(f *testing.F) {
	fuzz(f, "specs.yaml", "apiVersion: fission.io/v1\nkind: ArchiveUploadSpec\nname: a\ninclude: ['*']\n---\napiVersion: fission.io/v1\nkind: Package\nmetadata: {name: p}\nspec: {source: {url: 'archive://a'}}\n")
}

func FuzzServerless(f *testing.F) {
	fuzz(f, "serverless.yml", serverlessYAML, "service: a\nprovider: {name: kubeless}\ncustom: {a: '${self:custom.b}', b: '${file(env.yml):environment}'}\nfunctions: {f: {handler: a.b}}")
}

func FuzzWhisk(f *testing.F) {
	fuzz(f, "manifest.yaml", "packages:\n  p:\n    actions:\n      a: {function: a.py, inputs: {x: $X, y: 'a${Y}b'}}\n    sequences: {s: {actions: 'a, b'}}\n    rules: {r: {trigger: t, action: a}}\n")
}

func FuzzKyma(f *testing.F) {
	fuzz(f, "config.yaml", "name: a\nruntime: python312\nsource: {sourceType: inline}\napiRules: [{name: a, rules: [{path: /, accessStrategies: [{handler: jwt}]}]}]\nsubscriptions: [{types: [a]}]\n")
}

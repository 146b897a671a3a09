// Package offlinetest judges manifests in tests, through the real adapters, store and engine.
//
// Its one rule: it adds nothing of its own. What a test sees here `fn9s scan -f` would say.
package offlinetest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/kube/offline"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Now is the clock of tests.
var Now = time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)

// Options are the defaults of the configuration, on manifests.
func Options() *snapshot.Options {
	return &snapshot.Options{
		Now: Now, Manifests: true, Target: func(string) string { return "restricted" }, RotationAge: 90 * 24 * time.Hour,
	}
}

// World is a set of manifests and a reader of it.
type World struct {
	*offline.World
	*snapshot.Reader
	t testing.TB
}

// Text loads documents from strings, joined. A workload with the label `fn9s.io/function: "true"` is a
// function of framework plain. Records of connectors are documents too, with `:` in their names where the API has `/`.
func Text(t testing.TB, documents ...string) *World {
	t.Helper()
	return With(t, Options(), documents...)
}

// With is Text with other options.
func With(t testing.TB, o *snapshot.Options, documents ...string) *World {
	t.Helper()
	return load(t, o, all.BuiltIn(), read(t, documents))
}

// TextFor is Text with other adapters.
func TextFor(t testing.TB, adapters []frameworks.Framework, documents ...string) *World {
	t.Helper()
	return load(t, Options(), adapters, read(t, documents))
}

func read(t testing.TB, documents []string) []manifest.Document {
	t.Helper()
	docs, problems := manifest.Read("test.yaml", []byte(strings.Join(documents, "\n---\n")))
	require.Empty(t, problems)
	for i := range docs {
		if g := docs[i].GVK.Group; g == frameworks.FnGroup || g == frameworks.WhiskGroup {
			docs[i].JSON = record(t, docs[i].JSON)
		}
	}
	return docs
}

// record gives a connector's record its name, which no object in a file may have: `c:guest:hello` for `c/guest/hello`.
func record(t testing.TB, text []byte) []byte {
	t.Helper()
	var o map[string]any
	require.NoError(t, json.Unmarshal(text, &o))
	metadata, ok := o["metadata"].(map[string]any)
	require.True(t, ok)
	metadata["name"] = strings.ReplaceAll(metadata["name"].(string), ":", "/")
	out, err := json.Marshal(o)
	require.NoError(t, err)
	return out
}

// Files loads files and folders (their *.yaml files, recursively).
func Files(t testing.TB, paths ...string) *World {
	t.Helper()
	return FilesFor(t, all.BuiltIn(), paths...)
}

// FilesFor is Files with other adapters.
func FilesFor(t testing.TB, adapters []frameworks.Framework, paths ...string) *World {
	t.Helper()
	var docs []manifest.Document
	for _, path := range paths {
		err := filepath.WalkDir(path, func(name string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(name, ".yaml") {
				return err
			}
			data, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			found, problems := manifest.Read(name, data)
			require.Empty(t, problems)
			docs = append(docs, found...)
			return nil
		})
		require.NoError(t, err)
	}
	return load(t, Options(), adapters, docs)
}

func load(t testing.TB, o *snapshot.Options, adapters []frameworks.Framework, docs []manifest.Document) *World {
	t.Helper()
	w, problems := offline.Load(adapters, security.Kinds(), docs)
	require.Empty(t, problems)
	return &World{World: w, Reader: snapshot.Once(w, o), t: t}
}

// Find returns the function of that namespace and shown name.
func (w *World) Find(namespace, name string) *model.Function {
	w.t.Helper()
	for _, f := range w.World.Functions(namespace) {
		if f.Name() == name {
			return f
		}
	}
	require.Fail(w.t, "no function "+namespace+"/"+name)
	return nil
}

// Judge returns the posture of a function.
func (w *World) Judge(namespace, name string) *security.Posture {
	w.t.Helper()
	return security.Function.Get(w.Reader, w.Find(namespace, name).Key)
}

// Scope returns the posture of a namespace, a platform or the cluster.
func (w *World) Scope(s check.Subject) *security.Posture { return security.Scope.Get(w.Reader, s) }

// Of returns the findings of one control.
func Of(p *security.Posture, id string) []check.Finding {
	var found []check.Finding
	for i := range p.Findings {
		if p.Findings[i].Control.ID == id {
			found = append(found, p.Findings[i])
		}
	}
	return found
}

// Verdict returns what a control said of a subject, in the word of the report.
func Verdict(t testing.TB, p *security.Posture, id string) string {
	t.Helper()
	c, ok := security.Control(id)
	require.True(t, ok, "there is no control %s", id)
	i := slices.Index(security.Scoped(p.Subject.Scope), c)
	require.GreaterOrEqual(t, i, 0, "control %s is of another scope", id)
	return p.Verdicts[i].String()
}

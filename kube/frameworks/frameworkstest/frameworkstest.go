// Package frameworkstest runs adapters over manifests, through the real store, for their tests.
//
// Its one rule: it adds nothing of its own. What a test sees here the console would see.
package frameworkstest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/kube/store"
	"github.com/fn9s/fn9s/security/model"
)

// Cluster is a store with the functions that the adapters found in it.
type Cluster struct {
	Store     *store.Store
	functions map[model.FunctionKey]*model.Function
}

// Load reads files and folders (their *.yaml files).
func Load(t testing.TB, adapters []frameworks.Framework, paths ...string) *Cluster {
	t.Helper()
	c := empty(adapters)
	for _, path := range paths {
		info, err := os.Stat(path)
		require.NoError(t, err)
		files := []string{path}
		if info.IsDir() {
			files, err = filepath.Glob(filepath.Join(path, "*.yaml"))
			require.NoError(t, err)
			require.NotEmpty(t, files, "no *.yaml in %s", path)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			c.add(t, file, data)
		}
	}
	c.Settle()
	return c
}

// LoadText reads documents from a string.
func LoadText(t testing.TB, adapters []frameworks.Framework, text string) *Cluster {
	t.Helper()
	c := empty(adapters)
	c.add(t, "text", []byte(text))
	c.Settle()
	return c
}

func empty(adapters []frameworks.Framework) *Cluster {
	c := &Cluster{Store: store.New(adapters), functions: map[model.FunctionKey]*model.Function{}}
	c.Store.LoadDocuments(nil)
	return c
}

func (c *Cluster) add(t testing.TB, name string, data []byte) {
	t.Helper()
	docs, problems := manifest.Read(name, data)
	require.Empty(t, problems)
	require.Empty(t, c.Store.LoadDocuments(docs))
}

// Settle builds every function that is dirty, until none is.
func (c *Cluster) Settle() {
	for {
		keys := c.Store.TakeDirty()
		if len(keys) == 0 {
			return
		}
		for _, k := range keys {
			if f := c.Store.Build(k); f != nil {
				c.functions[k] = f
			} else {
				delete(c.functions, k)
			}
		}
	}
}

// Set says whether a kind can be seen in a namespace (empty: anywhere), and settles.
func (c *Cluster) Set(kind schema.GroupKind, namespace string, a frameworks.Availability) {
	c.Store.SetAvailability(kind, namespace, a)
	c.Settle()
}

// Functions lists the functions in the order of their keys.
func (c *Cluster) Functions() []*model.Function {
	keys := make([]model.FunctionKey, 0, len(c.functions))
	for k := range c.functions {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, model.FunctionKey.Compare)
	all := make([]*model.Function, 0, len(keys))
	for _, k := range keys {
		all = append(all, c.functions[k])
	}
	return all
}

// Function returns the one function of that namespace and shown name; nil when there is none.
func (c *Cluster) Function(namespace, name string) *model.Function {
	for _, f := range c.Functions() {
		if f.Key.Namespace == namespace && f.Name() == name {
			return f
		}
	}
	return nil
}

// Rows prints `namespace/name framework state ready/desired`, a line each, for comparison with a whole list.
func (c *Cluster) Rows() []string {
	var rows []string
	for _, f := range c.Functions() {
		rows = append(rows, fmt.Sprintf("%s/%s %s %s %s/%s",
			f.Key.Namespace, f.Name(), f.Key.Framework, f.State, number(f.Ready), number(f.Desired)))
	}
	return rows
}

func number(n *int32) string {
	if n == nil {
		return "–"
	}
	return fmt.Sprint(*n)
}

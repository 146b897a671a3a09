package frameworkstest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// surroundings are what is in a cluster.
type surroundings struct{ c *Cluster }

func (s surroundings) Get(ref model.Ref) model.Object { return s.c.Store.Object(ref) }

func (s surroundings) Functions(namespace string) []*model.Function {
	var all []*model.Function
	for _, f := range s.c.Functions() {
		if f.Key.Namespace == namespace {
			all = append(all, f)
		}
	}
	return all
}

// Around is the cluster as a draft sees it. Served may be nil.
func (c *Cluster) Around(served func(group, kind string) []string) plan.Surroundings {
	return plan.Surroundings{Objects: surroundings{c}, Served: served}
}

// Documents reads the objects of a file of YAML, as JSON has them.
func Documents(t testing.TB, file string) []map[string]any {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	var all []map[string]any
	for d := yaml.NewDecoder(bytes.NewReader(data)); ; {
		var o any
		err := d.Decode(&o)
		if errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err, file)
		if o != nil {
			all = append(all, asJSON(t, o))
		}
	}
}

func asJSON(t testing.TB, v any) map[string]any {
	t.Helper()
	raw, err := json.Marshal(v)
	require.NoError(t, err)
	var o map[string]any
	require.NoError(t, json.Unmarshal(raw, &o))
	return o
}

// Drafted asserts that a draft makes exactly the objects of a file, in that order.
func Drafted(t testing.TB, file string, d plan.Draft) {
	t.Helper()
	require.Empty(t, d.Problems)
	want := Documents(t, file)
	got := make([]map[string]any, 0, len(d.Edits))
	declared := false
	for i := range d.Edits {
		e := &d.Edits[i]
		assert.Equal(t, plan.Create, e.Verb)
		assert.NotEmpty(t, e.Why)
		declared = declared || e.Object == d.Declares
		o := asJSON(t, e.New)
		assert.Equal(t, e.APIVersion, o["apiVersion"])
		got = append(got, o)
	}
	assert.True(t, declared, "%s is not among what is made", d.Declares)
	require.Len(t, got, len(want))
	for i := range want {
		assert.Equal(t, want[i], got[i])
	}
}

// Problems are the problems of a draft, `field: text`; one with problems makes nothing.
func Problems(t testing.TB, d plan.Draft) []string {
	t.Helper()
	var all []string
	for _, p := range d.Problems {
		all = append(all, p.Field+": "+p.Text)
	}
	if len(all) > 0 {
		assert.Empty(t, d.Edits)
	}
	return all
}

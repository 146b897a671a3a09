package tighten_test

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/samples"
	"github.com/fn9s/fn9s/kube/tighten"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/model"
)

// cluster is a set of objects that changes are made to, in memory.
type cluster struct {
	t        testing.TB
	adapters []frameworks.Framework
	objects  map[model.Ref]map[string]any
	order    []model.Ref
}

func newCluster(t testing.TB, texts ...string) *cluster {
	config, err := samples.Config("frameworks.yaml")
	require.NoError(t, err)
	c := &cluster{t: t, adapters: offlinetest.Configured(t, "frameworks.yaml", config), objects: map[model.Ref]map[string]any{}}
	for _, o := range offlinetest.Objects(t, texts...) {
		c.put(o)
	}
	return c
}

// seed are the samples of one framework, and what is common to all.
func seed(t testing.TB, framework string) *cluster {
	if folder, ok := map[string]string{"keda-job": "generic", "openfunction": "generic", "spin": "generic"}[framework]; ok {
		framework = folder
	}
	var texts []string
	for _, f := range samples.Seed() {
		if f.Framework == "common" || f.Framework == framework {
			texts = append(texts, string(f.Data))
		}
	}
	return newCluster(t, texts...)
}

func (c *cluster) put(o map[string]any) {
	ref := offlinetest.RefOf(o)
	if _, ok := c.objects[ref]; !ok {
		c.order = append(c.order, ref)
	}
	c.objects[ref] = o
}

// apply carries out an answer, and has the framework's controller act.
func (c *cluster) apply(f *model.Function, a plan.Answer) {
	c.t.Helper()
	for i := range a.Edits {
		e := &a.Edits[i]
		for _, n := range e.Needs {
			e.New = merge(nil, e.New) // the value that the plan leaves open
			value, ok := at(c.t, c.objects[n.From.Object], n.From.Path).(string)
			require.True(c.t, ok, "there is no text at %s of %s", n.From.Path, n.From.Object)
			field := []plan.Field{{Path: n.Path, Value: base64.StdEncoding.EncodeToString([]byte(value))}}
			if e.Verb == plan.Create {
				require.NoError(c.t, plan.Apply(e.New, field))
			} else {
				require.NoError(c.t, plan.Apply(c.objects[e.Object], field))
			}
		}
		switch e.Verb {
		case plan.Patch:
			o := c.objects[e.Object]
			if o == nil && e.Object.Kind == "ServiceAccount" && e.Object.Name == "default" {
				o = map[string]any{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": map[string]any{"namespace": e.Object.Namespace, "name": "default"}}
				c.put(o)
			}
			require.NotNil(c.t, o, "there is no %s to patch", e.Object)
			require.NoError(c.t, plan.Apply(o, plain(c.t, e.Fields)), "%s", e.Object)
		case plan.Create:
			require.Nil(c.t, c.objects[e.Object], "%s is there", e.Object)
			require.Equal(c.t, e.Object, offlinetest.RefOf(e.New))
			c.put(e.New)
		case plan.Delete:
			require.NotNil(c.t, c.objects[e.Object], "there is no %s to delete", e.Object)
			delete(c.objects, e.Object)
		}
	}
	c.reconcile(f)
}

// at returns what is at a path.
func at(t testing.TB, o any, path string) any {
	steps, err := plan.ParsePath(path)
	require.NoError(t, err)
	for _, s := range steps {
		if s.Of == plan.Place {
			o = offlinetest.Dig(o, s.Index)
		} else {
			require.Equal(t, plan.Member, s.Of)
			o = offlinetest.Dig(o, s.Key)
		}
	}
	return o
}

// plain copies fields, with the numbers and lists that JSON has.
func plain(t testing.TB, fields []plan.Field) []plan.Field {
	out := slices.Clone(fields)
	for i := range out {
		raw, err := json.Marshal(out[i].Value)
		require.NoError(t, err)
		out[i].Value = nil
		require.NoError(t, json.Unmarshal(raw, &out[i].Value))
	}
	return out
}

// world judges what there is now.
func (c *cluster) world() *offlinetest.World {
	c.t.Helper()
	var all []string
	for _, ref := range c.order {
		if o := c.objects[ref]; o != nil {
			raw, err := json.Marshal(o)
			require.NoError(c.t, err)
			all = append(all, string(raw))
		}
	}
	return offlinetest.TextFor(c.t, c.adapters, all...)
}

func (c *cluster) translator() *tighten.Translator {
	var sources []tighten.Source
	for _, a := range c.adapters {
		if s, ok := a.(tighten.Source); ok {
			sources = append(sources, s)
		}
	}
	require.Len(c.t, sources, len(c.adapters), "every adapter answers wishes")
	return tighten.New(sources...)
}

func postureOf(w *offlinetest.World, f *model.Function) *security.Posture {
	return security.Function.Get(w.Reader, f.Key)
}

func object(o any, path ...any) map[string]any {
	m, _ := offlinetest.Dig(o, path...).(map[string]any)
	return m
}

func list(o any, path ...any) []any {
	l, _ := offlinetest.Dig(o, path...).([]any)
	return l
}

package rotate_test

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/rotate"
	"github.com/fn9s/fn9s/kube/samples"
	"github.com/fn9s/fn9s/security/model"
)

var at = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

// world is a set of objects that rotations are planned in.
type world struct {
	t        testing.TB
	adapters []frameworks.Framework
	objects  map[model.Ref]map[string]any
	*offlinetest.World
}

func newWorld(t testing.TB, change func(o map[string]any), texts ...string) *world {
	t.Helper()
	config, err := samples.Config("frameworks.yaml")
	require.NoError(t, err)
	w := &world{t: t, adapters: offlinetest.Configured(t, "frameworks.yaml", config), objects: map[model.Ref]map[string]any{}}
	var all []string
	for _, o := range offlinetest.Objects(t, texts...) {
		if change != nil {
			change(o)
		}
		raw, err := json.Marshal(o)
		require.NoError(t, err)
		w.objects[offlinetest.RefOf(o)] = o
		all = append(all, string(raw))
	}
	w.World = offlinetest.TextFor(t, w.adapters, all...)
	return w
}

func (w *world) Secret(_ context.Context, ref model.Ref) (*rotate.Stored, error) {
	o := w.objects[ref]
	if o == nil {
		return nil, nil
	}
	raw, err := json.Marshal(o)
	require.NoError(w.t, err)
	var s corev1.Secret
	require.NoError(w.t, json.Unmarshal(raw, &s))
	if s.Data == nil {
		s.Data = map[string][]byte{}
	}
	for k, v := range s.StringData {
		s.Data[k] = []byte(v)
	}
	return rotate.StoredOf(&s), nil
}

func (w *world) Object(_ context.Context, ref model.Ref) (map[string]any, error) {
	return w.objects[ref], nil
}

func (w *world) planner() *rotate.Planner {
	return &rotate.Planner{
		Reader: w.Reader, Cluster: w, Context: "test",
		Restart: func(f *model.Function) plan.Answer { return frameworks.Restart(w.adapters, f, at) },
		Point: func(f *model.Function, objects plan.Objects, e plan.Edit, direct []plan.Edit) []plan.Edit {
			return frameworks.Point(w.adapters, f, objects, e, direct)
		},
	}
}

func (w *world) rotate(namespace, name string, o rotate.Options) (*rotate.Rotation, error) {
	o.At = at
	return w.planner().Secret(w.t.Context(), model.Ref{Kind: "Secret", Namespace: namespace, Name: name}, o)
}

// edited carries the edits out in memory, without what is filled in later.
func (w *world) edited(r *rotate.Rotation) {
	w.t.Helper()
	for i := range r.Wishes {
		e := &r.Wishes[i].Edit
		if e.Verb == plan.Create {
			w.objects[e.Object] = e.New
			continue
		}
		require.Equal(w.t, plan.Patch, e.Verb)
		require.NotNil(w.t, w.objects[e.Object], "there is no %s", e.Object)
		require.NoError(w.t, plan.Apply(w.objects[e.Object], e.Fields))
	}
}

// seed are the samples of a framework and what is common to all.
func seed(framework string) []string {
	var texts []string
	for _, f := range samples.Seed() {
		if f.Framework == "common" || f.Framework == framework {
			texts = append(texts, string(bytes.Clone(f.Data)))
		}
	}
	return texts
}

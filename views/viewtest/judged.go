package viewtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/kube/samples"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/kube/store"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/views/screen"
)

// Seed is a world of the sample functions, judged by the engine. Coverage may hide kinds, as from an operator with few
// rights; nil: everything can be seen.
func Seed(t testing.TB, coverage func(kind schema.GroupKind, namespace string) snapshot.Coverage) *World {
	t.Helper()
	if coverage != nil {
		return seed(t, coverage)
	}
	s, err := seen()
	require.NoError(t, err)
	return s.world()
}

// Own is Seed for a test that changes what was judged.
func Own(t testing.TB) *World {
	t.Helper()
	return seed(t, nil)
}

// Connected is Seed with a connector of OpenWhisk, and an action that it tells of and that keeps a password.
func Connected(t testing.TB) *World {
	t.Helper()
	var docs []manifest.Document
	for _, text := range []string{
		`{"kind": "Connector", "metadata": {"name": "main"}, "name": "main", "phase": "live", "reached": true, "tenant": "guest"}`,
		`{"kind": "Action", "metadata": {"name": "main/guest/shop/pay"}, "namespace": "guest/shop", "name": "pay", "version": "0.0.3", "exec": {"kind": "nodejs:20"},
		"annotations": [{"key": "provide-api-key", "value": false}], "parameters": [{"key": "currency"}, {"key": "db_password", "credential": "a password"}]}`,
	} {
		text = strings.Replace(text, "{", `{"apiVersion": "openwhisk.apache.org/v1",`, 1)
		text = strings.Replace(text, `"metadata": {`, `"metadata": {"namespace": "openwhisk", `, 1)
		d, _ := manifest.Object([]byte(text)) // which takes exception at the slashes of its name
		docs = append(docs, d)
	}
	return seed(t, nil, docs...)
}

// seen is the seed where everything can be seen. It is judged once, for all tests: none of them changes it.
var seen = sync.OnceValues(func() (*sample, error) { return judge(context.Background(), nil, nil) })

func seed(t testing.TB, coverage func(kind schema.GroupKind, namespace string) snapshot.Coverage, more ...manifest.Document) *World {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s, err := judge(ctx, coverage, more)
	t.Cleanup(func() {
		cancel()
		if s != nil {
			<-s.done
		}
	})
	require.NoError(t, err)
	return s.world()
}

// sample is a cluster and the engine that judges it.
type sample struct {
	cluster *judged
	engine  *board.Engine
	done    chan struct{} // of the engine
}

// judge judges the seed, and keeps the engine for questions until the context ends.
func judge(ctx context.Context, coverage func(kind schema.GroupKind, namespace string) snapshot.Coverage, more []manifest.Document) (*sample, error) {
	c := &judged{objects{store.New(all.BuiltIn(), security.Kinds()...), coverage}}
	for _, f := range samples.Seed() {
		docs, problems := manifest.Read(f.Path, f.Data)
		if len(problems) > 0 {
			return nil, fmt.Errorf("read %s: %w", f.Path, errors.Join(problems...))
		}
		more = append(more, docs...)
	}
	if problems := c.LoadDocuments(more); len(problems) > 0 {
		return nil, fmt.Errorf("load the seed: %w", errors.Join(problems...))
	}
	changed := make(chan struct{}, 1)
	s := &sample{cluster: c, done: make(chan struct{})}
	s.engine = board.NewEngine(func(uint64) {
		select {
		case changed <- struct{}{}:
		default:
		}
	}, func(string, string) *snapshot.Options {
		return &snapshot.Options{Now: Now, Target: func(string) string { return "restricted" }, RotationAge: 90 * 24 * time.Hour}
	})
	go func() { s.engine.Run(ctx); close(s.done) }()
	s.engine.SetSources([]board.Source{c})
	late := time.After(time.Minute)
	for !whole(s.engine.Board()) {
		select {
		case <-changed:
		case <-late:
			return s, errors.New("the seed is not judged after a minute")
		}
	}
	return s, nil
}

// whole reports whether every function has its posture.
func whole(b *board.Board) bool {
	if len(b.Rows()) == 0 || b.Clusters[0].Functions != len(b.Rows()) || b.Clusters[0].Unjudged > 0 {
		return false
	}
	for _, r := range b.Rows() {
		if r.Posture == nil && !r.Function.Opaque {
			return false
		}
	}
	return true
}

// world is a world of its own, with what was judged.
func (s *sample) world() *World {
	w := NewWorld(nil)
	w.facts = s.engine
	b := board.New(1, s.engine.Board().Clusters, s.engine.Board().Rows())
	w.current.Store(b)
	for _, r := range b.Rows() {
		for _, l := range r.Function.Workloads {
			w.Records[screen.Target{Context: Context, Ref: l.Ref}] = s.cluster.Object(l.Ref)
		}
	}
	return w
}

// judged is a cluster whose objects are the seed's.
type judged struct{ objects }

type objects struct {
	*store.Store
	coverage func(kind schema.GroupKind, namespace string) snapshot.Coverage
}

func (o objects) Coverage(kind schema.GroupKind, namespace string) snapshot.Coverage {
	if o.coverage == nil {
		return snapshot.Seen
	}
	return o.coverage(kind, namespace)
}

func (j *judged) Status() status.Cluster {
	c := Cluster()
	c.Version, c.Complete, c.Progress = "v1.36.3", true, nil
	return c
}
func (j *judged) Changed() <-chan struct{}   { return nil }
func (j *judged) Functions() board.Functions { return j.Store }
func (j *judged) Dirty() <-chan struct{}     { return j.Store.Changed() }
func (j *judged) InScope(string) bool        { return true }
func (j *judged) Objects() board.Objects     { return j.objects }

// Find returns the row of a function of the world.
func (w *World) Find(t testing.TB, namespace, name string) *board.Row {
	t.Helper()
	for _, r := range w.Board().Rows() {
		if r.ID.Namespace == namespace && r.Function.Name() == name {
			return r
		}
	}
	require.Fail(t, "no such function", "%s/%s", namespace, name)
	return nil
}

package local

import (
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/cluster"
	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/kube/offline"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// noServer stands where a server's version would: the settings of manifests rest on none.
const noServer = "manifests"

// source is what was read once. But for the scope it never changes.
type source struct {
	world     *offline.World
	functions map[model.FunctionKey]*model.Function
	docs      map[model.Ref]*manifest.Document
	kinds     []kind
	status    status.Cluster
	changed   chan struct{}

	mu    sync.Mutex
	scope []string
	dirty []model.FunctionKey // until they are taken
}

func newSource(o *Options, w *offline.World, docs []manifest.Document, scope []string) *source {
	s := &source{
		world: w, functions: map[model.FunctionKey]*model.Function{}, docs: make(map[model.Ref]*manifest.Document, len(docs)),
		changed: make(chan struct{}, 1), scope: scope,
		status: status.Cluster{
			Context: o.Name, Server: o.Source, Version: noServer, ReadOnly: true, NamespacesListed: true, Complete: true,
			Connection: status.Connection{Phase: o.Phase, Since: o.Now()},
		},
	}
	for _, f := range w.Functions("") {
		s.functions[f.Key] = f
		s.dirty = append(s.dirty, f.Key)
	}
	names := map[string]bool{}
	for i := range docs {
		d := &docs[i]
		if _, _, ok := d.Text(); ok {
			d.JSON = nil // it is read from the text again
		}
		ref := d.Ref()
		s.docs[ref] = d
		if ref.Kind == "Namespace" && ref.Group == "" {
			names[ref.Name] = true
		}
		names[ref.Namespace] = true
	}
	delete(names, "")
	for name := range names {
		s.status.Namespaces = append(s.status.Namespaces, status.Namespace{Name: name, Watched: true, Source: "in the files"})
	}
	slices.SortFunc(s.status.Namespaces, func(a, b status.Namespace) int { return compare(a.Name, b.Name) })
	s.kinds = kindsOf(docs)
	return s
}

// Status says that all is there.
func (s *source) Status() status.Cluster {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.status
	c.Scope = s.scope
	return c
}

func (s *source) setScope(scope []string) {
	s.mu.Lock()
	s.scope = scope
	s.mu.Unlock()
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// Changed gets a value when the scope changed.
func (s *source) Changed() <-chan struct{} { return s.changed }

// Functions gives the functions.
func (s *source) Functions() board.Functions { return built{s} }

// Dirty never gets a value: files do not change by themselves.
func (s *source) Dirty() <-chan struct{} { return nil }

// InScope reports whether the namespace is shown.
func (s *source) InScope(namespace string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return cluster.InScope(s.scope, namespace)
}

// Objects are what posture is computed from.
func (s *source) Objects() board.Objects { return closed{s.world} }

// built are functions that were put together already, workloads and all.
type built struct{ *source }

// TakeDirty returns all functions, once.
func (b built) TakeDirty() []model.FunctionKey {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.dirty
	b.dirty = nil
	return all
}

// Build returns the function.
func (b built) Build(key model.FunctionKey) *model.Function { return b.functions[key] }

// Object is the record of an object.
func (b built) Object(ref model.Ref) model.Object { return b.world.Object(ref) }

// Rank orders frameworks.
func (b built) Rank(framework string) int { return b.world.Rank(framework) }

// closed are the objects of a closed world.
type closed struct{ *offline.World }

// Coverage says that a kind is all there.
func (c closed) Coverage(kind schema.GroupKind, namespace string) snapshot.Coverage {
	return c.World.Coverage(kind, namespace)
}

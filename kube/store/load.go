package store

import (
	"runtime"
	"sync"
	"sync/atomic"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/security/model"
)

// LoadDocuments puts the objects of manifests in. Manifests are a closed world: every kind counts as Available. The JSON
// of a document is dropped as soon as it was read, which halves the memory that many need.
func (s *Store) LoadDocuments(docs []manifest.Document) (problems []error) {
	found := make([]loaded, len(docs))
	failures := make([]error, len(docs))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(docs)/64+1) {
		workers.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(docs) {
					return
				}
				o, err := s.record(&docs[i])
				docs[i].JSON = nil
				if err != nil {
					failures[i] = &manifest.Error{File: docs[i].File, Index: docs[i].Index, Line: docs[i].Line, Err: err}
					continue
				}
				facts, keys := s.describe(o)
				found[i] = loaded{o, facts, keys}
			}
		})
	}
	workers.Wait()
	s.mu.Lock()
	for i := range found {
		if found[i].object != nil {
			s.upsert(found[i].object, found[i].facts, found[i].keys)
		}
	}
	s.mu.Unlock()
	for _, err := range failures {
		if err != nil {
			problems = append(problems, err)
		}
	}
	for _, k := range s.kinds() {
		s.SetAvailability(k, "", frameworks.Available)
	}
	return problems
}

// loaded is an object of a document and what Upsert needs to know of it.
type loaded struct {
	object model.Object
	facts  []fact
	keys   []model.FunctionKey
}

func (s *Store) record(d *manifest.Document) (model.Object, error) {
	typed, err := d.Typed()
	switch {
	case err != nil:
		return nil, err
	case typed != nil:
		return s.decoder.Typed(typed, d.GVK)
	default:
		return s.decoder.JSON(d.JSON, d.GVK)
	}
}

// kinds lists all kinds that the store and the adapters know.
func (s *Store) kinds() []schema.GroupKind {
	all := []schema.GroupKind{
		frameworks.Deployment, frameworks.StatefulSet, frameworks.DaemonSet, frameworks.Job, frameworks.CronJob,
		frameworks.Pod, frameworks.Service, frameworks.Secret, frameworks.ConfigMap, frameworks.Namespace,
		frameworks.Ingress, frameworks.HTTPRoute, frameworks.Gateway, frameworks.Autoscaler,
	}
	for _, a := range s.adapters {
		for _, r := range a.Resources() {
			all = append(all, r.GroupKind())
		}
	}
	return all
}

// BuildAll is Build for many functions, on all processors. Nothing changes the store meanwhile.
func (s *Store) BuildAll(keys []model.FunctionKey) []*model.Function {
	s.mu.Lock()
	defer s.mu.Unlock()
	built := make([]*model.Function, len(keys))
	asked := make([][]fact, len(keys))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(keys)/64+1) {
		workers.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(keys) {
					return
				}
				if a := s.byName[keys[i].Framework]; a != nil {
					v := &view{s: s, asked: make([]fact, 0, 8)}
					built[i] = build(a, keys[i], v)
					asked[i] = v.asked
				}
			}
		})
	}
	workers.Wait()
	for i, key := range keys {
		s.remember(key, asked[i], built[i] != nil)
	}
	return built
}

// Rest forgets which functions asked for what: nothing will change any more. It gives back a good part of the memory.
func (s *Store) Rest() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked, s.askers = map[model.FunctionKey]*asker{}, map[fact]few[*asker]{}
}

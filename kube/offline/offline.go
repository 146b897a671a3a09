// Package offline makes a snapshot of manifests: the same records, adapters and claims as on a cluster.
//
// Its one rule: what the engine sees of a manifest is what it would see of the object in a cluster. Nothing is judged
// here.
package offline

import (
	"cmp"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/claims"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/kube/store"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// World is what a set of manifests holds. It implements snapshot.Source and is safe for concurrent use.
type World struct {
	*store.Store
	// Partial says that the manifests are a part of a cluster: what is not there may be elsewhere. It is for those who
	// make Options of a world.
	Partial bool

	part       bool // of a cluster: the store knows what was read
	functions  map[model.FunctionKey]*model.Function
	namespaces map[string][]*model.Function     // by namespace; all under ""
	documents  map[model.Ref]*manifest.Document // without their JSON
}

// Load makes the world of these documents. Problems are documents that are no objects of their kind; the others are
// there all the same. Of two documents for one object the last counts, as with kubectl apply.
//
// The documents are not kept: who drops them gives back the memory of their JSON.
func Load(adapters []frameworks.Framework, kinds []snapshot.Kind, docs []manifest.Document) (w *World, problems []error) {
	return load(adapters, kinds, docs, nil)
}

// LoadPart makes the world of documents that were read of a cluster. Unseen says of each kind whether all of its objects
// are among them: what it sets is what Coverage tells, and how functions are built.
func LoadPart(adapters []frameworks.Framework, kinds []snapshot.Kind, docs []manifest.Document, unseen func(*store.Store)) (w *World, problems []error) {
	return load(adapters, kinds, docs, unseen)
}

func load(adapters []frameworks.Framework, kinds []snapshot.Kind, docs []manifest.Document, unseen func(*store.Store)) (w *World, problems []error) {
	w = &World{
		Store:     store.New(adapters, kinds...),
		functions: map[model.FunctionKey]*model.Function{}, namespaces: map[string][]*model.Function{},
		documents: make(map[model.Ref]*manifest.Document, len(docs)), part: unseen != nil,
	}
	all, err := complete(docs)
	if err != nil {
		all, problems = slices.Clone(docs), append(problems, err)
	}
	problems = append(problems, w.LoadDocuments(all)...)
	places := slices.Clone(all)
	for i := range places {
		w.documents[places[i].Ref()] = &places[i]
	}
	if unseen != nil {
		unseen(w.Store)
	}
	w.settle()
	w.Rest()
	return w, problems
}

// settle builds all functions and decides whose the workloads are.
func (w *World) settle() {
	ledger := claims.NewLedger()
	for keys := w.TakeDirty(); len(keys) > 0; keys = w.TakeDirty() {
		for i, f := range w.BuildAll(keys) {
			if f != nil {
				ledger.Put(claims.Candidate{Function: f, Rank: w.Rank(f.Key.Framework)})
			} else {
				ledger.Delete(keys[i])
			}
		}
	}
	for _, c := range ledger.Settle() {
		if c.Row != nil {
			w.functions[c.Key] = c.Row
			w.namespaces[c.Key.Namespace] = append(w.namespaces[c.Key.Namespace], c.Row)
			w.namespaces[""] = append(w.namespaces[""], c.Row)
		}
	}
	for _, all := range w.namespaces {
		slices.SortFunc(all, func(a, b *model.Function) int { return a.Key.Compare(b.Key) })
	}
}

// Get returns the object, or nil.
func (w *World) Get(ref model.Ref) model.Object { return w.Object(ref) }

// Function returns the function, or nil.
func (w *World) Function(key model.FunctionKey) *model.Function { return w.functions[key] }

// Functions returns the functions of a namespace, or all, in the order of their keys.
func (w *World) Functions(namespace string) []*model.Function { return w.namespaces[namespace] }

// Coverage says that a kind is all there: manifests are a closed world. What was read of a cluster need not be.
func (w *World) Coverage(kind schema.GroupKind, namespace string) snapshot.Coverage {
	if w.part {
		if c := w.Store.Coverage(kind, namespace); c != snapshot.Loading {
			return c
		}
	}
	return snapshot.Seen
}

// Position returns where a field of an object stands, from 1, or the nearest field around it. file is empty for objects
// that no document holds: those that every cluster has by itself.
func (w *World) Position(ref model.Ref, path string) (file string, line, column int) {
	d := w.documents[ref]
	if d == nil || d.File == "" {
		return "", 0, 0
	}
	line, column = d.Position(path)
	return d.File, line, column
}

// Malformed lists the objects that could be read in part only.
func (w *World) Malformed() (problems []error) {
	for ref, d := range w.documents {
		if o := w.Object(ref); o != nil && o.Head().Problem != "" {
			problems = append(problems, &manifest.Error{File: d.File, Index: d.Index, Line: d.Line, Err: fmt.Errorf("%s: %s", ref, o.Head().Problem)})
		}
	}
	slices.SortFunc(problems, func(a, b error) int { return cmp.Compare(a.Error(), b.Error()) })
	return problems
}

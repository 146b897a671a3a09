package store

import (
	"slices"

	"github.com/fn9s/fn9s/security/model"
)

// Snapshot joins the objects of a store with the functions that its rows are. It implements snapshot.Source.
type Snapshot struct {
	*Store
	functions map[model.FunctionKey]*model.Function
	residents map[string][]*model.Function // by namespace; all under ""
}

// NewSnapshot returns the snapshot of these functions.
func NewSnapshot(s *Store, functions []*model.Function) *Snapshot {
	n := &Snapshot{Store: s, functions: make(map[model.FunctionKey]*model.Function, len(functions)), residents: map[string][]*model.Function{}}
	for _, f := range functions {
		n.functions[f.Key] = f
		n.residents[f.Key.Namespace] = append(n.residents[f.Key.Namespace], f)
		n.residents[""] = append(n.residents[""], f)
	}
	for _, all := range n.residents {
		slices.SortFunc(all, func(a, b *model.Function) int { return a.Key.Compare(b.Key) })
	}
	return n
}

// Get returns the object, or nil.
func (n *Snapshot) Get(ref model.Ref) model.Object { return n.Object(ref) }

// Function returns the function, or nil.
func (n *Snapshot) Function(key model.FunctionKey) *model.Function { return n.functions[key] }

// Functions returns the functions of a namespace, or all, in the order of their keys.
func (n *Snapshot) Functions(namespace string) []*model.Function { return n.residents[namespace] }

// Package generic makes functions of any objects that the operator describes in the configuration: which objects
// are functions, and where in them the fields are.
//
// Its one rule: the configuration is checked strictly and whole when it is read, so that nothing can fail later; what
// an object does not have is absent, never an error.
package generic

import (
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// adapter is the framework of one entry.
type adapter struct {
	entry  *Entry
	before []*Entry // earlier entries for the same kind: the first that matches has the object
	known  map[schema.GroupKind]bool
}

var (
	_ frameworks.Framework    = (*adapter)(nil)
	_ frameworks.LabelIndexer = (*adapter)(nil)
)

// New returns one framework for each entry, in their order.
func New(entries []Entry) []frameworks.Framework {
	all := make([]frameworks.Framework, 0, len(entries))
	for i := range entries {
		all = append(all, newAdapter(entries, i))
	}
	return all
}

func newAdapter(entries []Entry, i int) *adapter {
	a := &adapter{entry: &entries[i], known: map[schema.GroupKind]bool{}}
	for j := range i {
		if entries[j].function.GroupKind == a.entry.function.GroupKind {
			a.before = append(a.before, &entries[j])
		}
	}
	for _, r := range a.entry.resources() {
		a.known[r.GroupKind()] = true
	}
	return a
}

// Name returns the entry's name.
func (a *adapter) Name() string { return a.entry.Name }

// Configured says that the operator's configuration made the framework.
func (a *adapter) Configured() bool { return true }

// Resources lists the kinds that the entry names.
func (a *adapter) Resources() []frameworks.Resource { return a.entry.resources() }

// IndexedLabels lists the label keys that the entry looks objects up by.
func (a *adapter) IndexedLabels() []string { return a.entry.labelKeys() }

func (a *adapter) factsOf(h *model.Header) *facts {
	f, _ := h.FactsOf(a.entry.Name).(*facts)
	return f
}

// Keys names the function that the object declares, and for workloads those whose object may be gone.
func (a *adapter) Keys(o model.Object) []model.FunctionKey {
	h := o.Head()
	e := a.entry
	if h.GroupKind() == e.function.GroupKind {
		f := a.factsOf(h)
		if !f.is() {
			return nil
		}
		return append(a.orphanKeysOfFunction(h, f), a.key(h.Ref))
	}
	return a.orphanKeysOfWorkload(h)
}

func (a *adapter) key(ref model.Ref) model.FunctionKey {
	return model.FunctionKey{
		Framework: a.entry.Name, Group: ref.Group, Kind: ref.Kind, Namespace: ref.Namespace, Name: ref.Name,
	}
}

// Build describes the function of the key.
func (a *adapter) Build(key model.FunctionKey, x frameworks.Index) (*model.Function, bool) {
	return a.build(key, x, nil)
}

func (a *adapter) build(key model.FunctionKey, x frameworks.Index, t *trace) (*model.Function, bool) {
	ref := model.Ref{Group: key.Group, Kind: key.Kind, Namespace: key.Namespace, Name: key.Name}
	if ref.GroupKind() != a.entry.function.GroupKind {
		return a.buildOrphan(key, x)
	}
	o := x.Get(ref)
	if o == nil {
		return a.buildOrphan(key, x)
	}
	f := a.factsOf(o.Head())
	if !f.is() {
		return nil, false
	}
	b := &builder{a: a, e: a.entry, x: x, head: o.Head(), object: o, facts: f, trace: t}
	b.f = &model.Function{
		Key: key, Object: ref, APIVersion: b.head.APIVersion(), Labels: b.head.Labels, Created: b.head.Created,
		Changed: b.head.Changed,
	}
	b.scope.in = make([][]*reading, len(b.e.kept))
	b.scope.in[atFunction] = []*reading{f.in[atFunction]}
	b.findJoins()
	b.findWorkloads()
	b.cells()
	b.judge()
	b.rules()
	return b.f, true
}

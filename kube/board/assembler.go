package board

import (
	"reflect"
	"slices"
	"time"

	"github.com/fn9s/fn9s/security/model"
)

// Functions is what the board asks of a store.
type Functions interface {
	TakeDirty() []model.FunctionKey
	Build(key model.FunctionKey) *model.Function
	// Owns reports whether one object owns the other, through any number of owners.
	Owns(owner, owned model.Ref) bool
}

// assembler keeps the functions of one cluster, and settles which function gets a workload that several claim.
type assembler struct {
	context   string
	functions Functions
	pending   []model.FunctionKey
	built     map[model.FunctionKey]*model.Function
	claims    map[model.Ref][]model.FunctionKey
	shown     map[model.FunctionKey]*Row
	inScope   func(namespace string) bool
}

func newAssembler(context string, f Functions) *assembler {
	return &assembler{
		context: context, functions: f,
		built: map[model.FunctionKey]*model.Function{}, claims: map[model.Ref][]model.FunctionKey{},
		shown: map[model.FunctionKey]*Row{}, inScope: func(string) bool { return true },
	}
}

// changes is the last word of a round on each row; nil means that it is gone.
type changes map[model.FunctionID]*Row

// advance builds what is dirty, for at most the budget, and says whether anything is left.
func (a *assembler) advance(budget time.Duration, out changes) (more bool) {
	dirty := a.functions.TakeDirty()
	if len(a.pending) > 0 {
		dirty = union(a.pending, dirty)
	}
	a.pending = nil
	touched := map[model.FunctionKey]bool{}
	start := time.Now()
	for i, key := range dirty {
		if i%64 == 63 && time.Since(start) > budget {
			a.pending = dirty[i:]
			break
		}
		a.build(key, touched)
	}
	a.settle(touched, out)
	return len(a.pending) > 0
}

// union joins two sorted lists.
func union(x, y []model.FunctionKey) []model.FunctionKey {
	all := append(slices.Clone(x), y...)
	slices.SortFunc(all, model.FunctionKey.Compare)
	return slices.Compact(all)
}

func (a *assembler) build(key model.FunctionKey, touched map[model.FunctionKey]bool) {
	was := a.built[key]
	now := a.functions.Build(key)
	if was == nil && now == nil || was != nil && now != nil && reflect.DeepEqual(was, now) {
		return
	}
	touched[key] = true
	if was != nil {
		for _, ref := range was.Claims {
			a.unclaim(ref, key, touched)
		}
	}
	if now == nil {
		delete(a.built, key)
		return
	}
	a.built[key] = now
	for _, ref := range now.Claims {
		if !slices.Contains(a.claims[ref], key) {
			a.claims[ref] = append(a.claims[ref], key)
		}
	}
}

// unclaim takes a claim back. Those who claim the same have to be settled anew.
func (a *assembler) unclaim(ref model.Ref, key model.FunctionKey, touched map[model.FunctionKey]bool) {
	left := slices.DeleteFunc(a.claims[ref], func(k model.FunctionKey) bool { return k == key })
	for _, k := range left {
		touched[k] = true
	}
	if len(left) == 0 {
		delete(a.claims, ref)
	} else {
		a.claims[ref] = left
	}
}

// settle shows or hides the touched functions and all that share a claim with them.
func (a *assembler) settle(touched map[model.FunctionKey]bool, out changes) {
	done := map[model.FunctionKey]bool{}
	for key := range touched {
		if done[key] {
			continue
		}
		group := a.group(key)
		for _, k := range group {
			done[k] = true
		}
		a.showGroup(group, out)
	}
}

// group returns the functions that share claims with the one, directly or through others, itself included.
func (a *assembler) group(key model.FunctionKey) []model.FunctionKey {
	group := []model.FunctionKey{key}
	for i := 0; i < len(group); i++ {
		f := a.built[group[i]]
		if f == nil {
			continue
		}
		for _, ref := range f.Claims {
			for _, k := range a.claims[ref] {
				if !slices.Contains(group, k) {
					group = append(group, k)
				}
			}
		}
	}
	return group
}

// rescope shows and hides what a new scope asks for.
func (a *assembler) rescope(inScope func(string) bool, out changes) {
	a.inScope = inScope
	touched := make(map[model.FunctionKey]bool, len(a.built))
	for key := range a.built {
		touched[key] = true
	}
	a.settle(touched, out)
}

// drop takes all rows away.
func (a *assembler) drop(out changes) {
	for _, r := range a.shown {
		out[r.ID] = nil
	}
	clear(a.shown)
}

// show makes the row of a key that function, or none.
func (a *assembler) show(key model.FunctionKey, f *model.Function, out changes) {
	was := a.shown[key]
	if f != nil && !a.inScope(key.Namespace) {
		f = nil
	}
	switch {
	case f == nil && was == nil:
	case f == nil:
		delete(a.shown, key)
		out[was.ID] = nil
	case was != nil && (was.Function == f || reflect.DeepEqual(was.Function, f)):
	default:
		r := &Row{ID: model.FunctionID{Context: a.context, FunctionKey: key}, Function: f}
		a.shown[key] = r
		out[r.ID] = r
	}
}

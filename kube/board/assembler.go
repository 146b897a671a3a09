package board

import (
	"reflect"
	"slices"
	"time"

	"github.com/fn9s/fn9s/kube/claims"
	"github.com/fn9s/fn9s/kube/readiness"
	"github.com/fn9s/fn9s/security/model"
)

// Functions is what the board asks of a store.
type Functions interface {
	TakeDirty() []model.FunctionKey
	Build(key model.FunctionKey) *model.Function
	// Object is the record of an object, nil where there is none.
	Object(ref model.Ref) model.Object
	// Rank orders frameworks where several claim one workload; the smaller wins.
	Rank(framework string) int
}

// assembler keeps the functions of one cluster, and settles which function gets a workload that several claim.
type assembler struct {
	context   string
	functions Functions
	pending   []model.FunctionKey
	built     map[model.FunctionKey]*model.Function
	ledger    *claims.Ledger
	shown     map[model.FunctionKey]*Row
	postures  map[model.FunctionKey]*Posture
	trends    trends
	whys      map[model.FunctionKey]string // of those that are not ready
	moved     []model.FunctionKey          // whose why is another one since the last round
	usage     usage
	judge     *judge // nil: posture is not judged
	inScope   func(namespace string) bool
}

func newAssembler(context string, f Functions) *assembler {
	return &assembler{
		context: context, functions: f, ledger: claims.NewLedger(),
		built: map[model.FunctionKey]*model.Function{}, shown: map[model.FunctionKey]*Row{},
		postures: map[model.FunctionKey]*Posture{}, whys: map[model.FunctionKey]string{}, trends: newTrends(), usage: newUsage(), inScope: func(string) bool { return true },
	}
}

// changes is the last word of a round on each row; nil means that it is gone.
type changes map[model.FunctionID]*Row

// advance builds what is dirty, for at most the budget, and says whether anything is left. While a cluster loads,
// only functions without a row are built: what else arrives of them would have each of them built several times.
func (a *assembler) advance(budget time.Duration, loading bool, out changes) (more bool) {
	dirty := a.functions.TakeDirty()
	if len(a.pending) > 0 {
		dirty = union(a.pending, dirty)
	}
	a.pending = nil
	start := time.Now()
	for i, key := range dirty {
		if i%64 == 63 && time.Since(start) > budget {
			a.pending = append(a.pending, dirty[i:]...)
			break
		}
		if loading && a.built[key] != nil {
			a.pending = append(a.pending, key)
			continue
		}
		a.build(key)
	}
	settled := a.ledger.Settle()
	for _, c := range settled {
		a.show(c.Key, c.Row, out)
	}
	for _, key := range a.moved {
		a.show(key, a.ledger.Row(key), out)
	}
	a.moved = a.moved[:0]
	if a.judge != nil && len(settled) > 0 {
		functions := make(map[model.FunctionKey]*model.Function, len(settled))
		for _, c := range settled {
			functions[c.Key] = c.Row
		}
		a.judge.update(functions, false)
	}
	return len(a.pending) > 0
}

// judged shows the postures that were computed since the round before.
func (a *assembler) judged(out changes) {
	for key, p := range a.judge.take() {
		a.trends.follow(key, a.postures[key], p)
		if p == nil {
			delete(a.postures, key)
		} else {
			a.postures[key] = p
		}
		a.show(key, a.ledger.Row(key), out)
	}
}

// union joins two sorted lists.
func union(x, y []model.FunctionKey) []model.FunctionKey {
	all := append(slices.Clone(x), y...)
	slices.SortFunc(all, model.FunctionKey.Compare)
	return slices.Compact(all)
}

func (a *assembler) build(key model.FunctionKey) {
	was := a.built[key]
	now := a.functions.Build(key)
	a.explain(key, now)
	switch {
	case now == nil && was == nil:
	case now == nil:
		delete(a.built, key)
		a.ledger.Delete(key)
	case was != nil && reflect.DeepEqual(was, now):
	default:
		a.built[key] = now
		a.ledger.Put(claims.Candidate{Function: now, Rank: a.functions.Rank(key.Framework)})
	}
}

// explain notes why a function is not ready. A change of its pods has it built again, so this costs nothing for the others.
func (a *assembler) explain(key model.FunctionKey, f *model.Function) {
	why := ""
	if f != nil {
		why = readiness.Cause(f, a.functions.Object)
	}
	if why == a.whys[key] {
		return
	}
	a.moved = append(a.moved, key)
	if why == "" {
		delete(a.whys, key)
		return
	}
	a.whys[key] = why
}

// rows are all functions that are rows, in scope or not.
func (a *assembler) rows() map[model.FunctionKey]*model.Function {
	rows := make(map[model.FunctionKey]*model.Function, len(a.built))
	for key := range a.built {
		if f := a.ledger.Row(key); f != nil {
			rows[key] = f
		}
	}
	return rows
}

// rescope shows and hides what a new scope asks for.
func (a *assembler) rescope(inScope func(string) bool, out changes) {
	a.inScope = inScope
	for key := range a.built {
		a.show(key, a.ledger.Row(key), out)
	}
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
	case was != nil && was.Posture == a.postures[key] && was.Usage == a.usage.now[key] && was.Why == a.whys[key] && (was.Function == f || reflect.DeepEqual(was.Function, f)):
	default:
		r := &Row{ID: model.FunctionID{Context: a.context, FunctionKey: key}, Function: f, Posture: a.postures[key], Trend: a.trends.now[key], Usage: a.usage.now[key], Why: a.whys[key]}
		a.shown[key] = r
		out[r.ID] = r
	}
}

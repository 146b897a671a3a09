package board

import (
	"slices"
	"time"

	"github.com/fn9s/fn9s/kube/claims"
	"github.com/fn9s/fn9s/kube/readiness"
	"github.com/fn9s/fn9s/kube/stream/metrics"
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
	entries   map[model.FunctionKey]*entry
	ledger    *claims.Ledger
	moved     []model.FunctionKey // whose why is another one since the last round
	judge     *judge              // nil: posture is not judged
	inScope   func(namespace string) bool
}

// entry is what is known of one function. One lookup finds all of it: keys are large.
type entry struct {
	built   *model.Function // as its adapter sees it; nil: there is none
	shown   *Row            // nil: it is no row, or out of scope
	posture *Posture
	trend   trend
	usage   *metrics.Usage // nil: not measured
	why     string         // why it is not ready; empty: it is, or nobody knows
}

func newAssembler(context string, f Functions) *assembler {
	return &assembler{
		context: context, functions: f, ledger: claims.NewLedger(),
		entries: map[model.FunctionKey]*entry{}, inScope: func(string) bool { return true },
	}
}

// at returns the entry of a key, a new one where there was none.
func (a *assembler) at(key model.FunctionKey) *entry {
	e := a.entries[key]
	if e == nil {
		e = &entry{}
		a.entries[key] = e
	}
	return e
}

// tidy forgets an entry that says nothing any more.
func (a *assembler) tidy(key model.FunctionKey, e *entry) {
	if e.built == nil && e.shown == nil && e.posture == nil && e.usage == nil {
		delete(a.entries, key)
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
		if loading {
			if e := a.entries[key]; e != nil && e.built != nil {
				a.pending = append(a.pending, key)
				continue
			}
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
		e := a.at(key)
		e.trend.follow(e.posture, p)
		e.posture = p
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
	now := a.functions.Build(key)
	e := a.entries[key]
	if e == nil {
		if now == nil {
			return
		}
		e = a.at(key)
	}
	a.explain(key, e, now)
	was := e.built
	switch {
	case now == nil && was == nil:
	case now == nil:
		e.built = nil
		a.ledger.Delete(key)
		a.tidy(key, e)
	case was != nil && was.Equal(now):
	default:
		e.built = now
		a.ledger.Put(claims.Candidate{Function: now, Rank: a.functions.Rank(key.Framework)})
	}
}

// explain notes why a function is not ready. A change of its pods has it built again, so this costs nothing for the others.
func (a *assembler) explain(key model.FunctionKey, e *entry, f *model.Function) {
	why := ""
	if f != nil {
		why = readiness.Cause(f, a.functions.Object)
	}
	if why != e.why {
		e.why = why
		a.moved = append(a.moved, key)
	}
}

// rows are all functions that are rows, in scope or not.
func (a *assembler) rows() map[model.FunctionKey]*model.Function {
	rows := make(map[model.FunctionKey]*model.Function, len(a.entries))
	for key := range a.entries {
		if f := a.ledger.Row(key); f != nil {
			rows[key] = f
		}
	}
	return rows
}

// rescope shows and hides what a new scope asks for.
func (a *assembler) rescope(inScope func(string) bool, out changes) {
	a.inScope = inScope
	for key := range a.entries {
		a.show(key, a.ledger.Row(key), out)
	}
}

// drop takes all rows away.
func (a *assembler) drop(out changes) {
	for _, e := range a.entries {
		if e.shown != nil {
			out[e.shown.ID] = nil
			e.shown = nil
		}
	}
}

// show makes the row of a key that function, or none.
func (a *assembler) show(key model.FunctionKey, f *model.Function, out changes) {
	if f != nil && !a.inScope(key.Namespace) {
		f = nil
	}
	e := a.entries[key]
	if e == nil {
		if f == nil {
			return
		}
		e = a.at(key)
	}
	was := e.shown
	switch {
	case f == nil && was == nil:
		a.tidy(key, e)
	case f == nil:
		out[was.ID] = nil
		e.shown = nil
		a.tidy(key, e)
	case was != nil && was.Posture == e.posture && was.Usage == e.usage && was.Why == e.why && (was.Function == f || was.Function.Equal(f)):
	default:
		r := &Row{ID: model.FunctionID{Context: a.context, FunctionKey: key}, Function: f, Posture: e.posture, Trend: e.trend.now, Usage: e.usage, Why: e.why}
		e.shown = r
		out[r.ID] = r
	}
}

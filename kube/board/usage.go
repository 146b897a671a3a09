package board

import (
	"maps"

	"github.com/fn9s/fn9s/kube/stream/metrics"
	"github.com/fn9s/fn9s/security/model"
)

// usageBatch is how many rows get another usage in one round: a list of the whole cluster changes all of them, and a
// screen that takes ten thousand rows at once would keep a key waiting.
const usageBatch = 500

// usage is what the functions of one cluster use, and which rows do not show it yet.
type usage struct {
	now     map[model.FunctionKey]*metrics.Usage
	pending map[model.FunctionKey]bool
}

func newUsage() usage {
	return usage{now: map[model.FunctionKey]*metrics.Usage{}, pending: map[model.FunctionKey]bool{}}
}

// Measured takes what functions of a context use; nil: that is not known any more. It does not wait.
func (e *Engine) Measured(context string, usage map[model.FunctionKey]*metrics.Usage) {
	e.mu.Lock()
	if e.measures[context] == nil {
		e.measures[context] = map[model.FunctionKey]*metrics.Usage{}
	}
	maps.Copy(e.measures[context], usage)
	e.mu.Unlock()
	e.poke()
}

// measured shows what was measured, some rows at a time.
func (e *Engine) measured(f *feedState, out changes) {
	e.mu.Lock()
	fresh := e.measures[f.context]
	delete(e.measures, f.context)
	e.mu.Unlock()
	a := f.assembler
	for key, u := range fresh {
		a.usage.pending[key] = true
		if u == nil {
			delete(a.usage.now, key)
		} else {
			a.usage.now[key] = u
		}
	}
	n := 0
	for key := range a.usage.pending {
		if n++; n > usageBatch {
			e.poke()
			break
		}
		delete(a.usage.pending, key)
		a.show(key, a.ledger.Row(key), out)
	}
}

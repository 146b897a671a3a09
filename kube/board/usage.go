package board

import (
	"maps"

	"github.com/fn9s/fn9s/kube/stream/metrics"
	"github.com/fn9s/fn9s/security/model"
)

// usageBatch is how many rows get another usage in one round: a list of the whole cluster changes all of them, and a
// screen that takes ten thousand rows at once would keep a key waiting.
const usageBatch = 500

// Measured takes what functions of a context use; nil: that is not known any more. It does not wait.
func (e *Engine) Measured(context string, usage map[model.FunctionKey]*metrics.Usage) {
	e.mu.Lock()
	if e.measures[context] == nil {
		e.measures[context] = usage
	} else {
		maps.Copy(e.measures[context], usage)
	}
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
		at := a.at(key)
		at.usage = u
		if !at.measured {
			at.measured = true
			a.measured = append(a.measured, key)
		}
	}
	batch := a.measured[:min(len(a.measured), usageBatch)]
	for _, key := range batch {
		a.at(key).measured = false
		a.show(key, a.ledger.Row(key), out)
	}
	if a.measured = a.measured[len(batch):]; len(a.measured) > 0 {
		e.poke()
	} else {
		a.measured = nil
	}
}

package board

import (
	"github.com/fn9s/fn9s/kube/stream/metrics"
)

// usageBatch is how many rows get another usage in one round: a list of the whole cluster changes all of them, and a
// screen that takes ten thousand rows at once would keep a key waiting.
const usageBatch = 500

// Measured takes what functions of a context use. It does not wait.
func (e *Engine) Measured(context string, usage []metrics.Change) {
	e.mu.Lock()
	if len(e.measures[context]) == 0 {
		e.measures[context] = usage
	} else {
		e.measures[context] = append(e.measures[context], usage...)
	}
	e.mu.Unlock()
	e.poke()
}

// measured shows what was measured, some rows at a time.
func (e *Engine) measured(f *feedState, out changes) {
	e.mu.Lock()
	all := e.measures[f.context]
	batch, rest := all[:min(len(all), usageBatch)], all[min(len(all), usageBatch):]
	if e.measures[f.context] = rest; len(rest) == 0 {
		delete(e.measures, f.context)
	}
	e.mu.Unlock()
	a := f.assembler
	for _, c := range batch {
		a.at(c.Function).usage = c.Usage
		a.show(c.Function, a.ledger.Row(c.Function), out)
	}
	if len(rest) > 0 {
		e.poke()
	}
}

//go:build race

package table

// raceEnabled skips the budgets: the race detector slows everything down by an order of magnitude.
const raceEnabled = true

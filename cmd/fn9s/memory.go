package main

import (
	"context"
	"runtime/debug"
	"time"

	"github.com/fn9s/fn9s/kube/fleet"
)

// leanPercent is the garbage that the console keeps beside its live data once everything is read, in percent of them.
// It allocates little from then on, so collecting earlier costs next to nothing.
const leanPercent = 30

// trimMemory gives back what reading the first lists needed: decoding them takes several times what is kept.
func trimMemory(ctx context.Context, f *fleet.Fleet) {
	const patience = 2 * time.Minute
	deadline := time.After(patience)
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for waiting := true; waiting && !f.Board().Settled(); {
		select {
		case <-ctx.Done():
			return
		case <-deadline:
			waiting = false
		case <-ticker.C:
		}
	}
	debug.SetGCPercent(leanPercent)
	debug.FreeOSMemory()
}

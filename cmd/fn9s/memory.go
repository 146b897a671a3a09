package main

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/fleet"
	"github.com/fn9s/fn9s/security/detect"
)

// The collector looks at everything that is kept, however little changed: with ten thousand functions one collection
// costs as much as a hundred changes. So some garbage may lie about, and what was left by the first lists, or by a busy
// time, is given back once it is quiet.
const (
	glance = 5 * time.Second
	// quietBytes are allocated at most between two glances of a quiet time.
	quietBytes = 2 << 20
	// worthBytes are what a collection must promise to be worth its while.
	worthBytes = 40 << 20
	// startPercent is how much garbage may lie about, in percent of what is kept, until everything is judged.
	startPercent = 15
	// steadyBytes of garbage may lie about from then on, where many functions change all the time. What comes to what is
	// kept later, lines of logs above all, takes its room from that, down to the least percentage.
	steadyBytes               = 104 << 20
	leastPercent, mostPercent = startPercent, 100
)

// trimMemory gives memory back until the context ends.
func trimMemory(ctx context.Context, f *fleet.Fleet) {
	const patience = 2 * time.Minute
	deadline := time.After(patience)
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	// Much of what the lists and the first judgement leave behind is garbage: little of it may pile up, or what is kept
	// ends up scattered over far more pages than it needs.
	normal := debug.SetGCPercent(startPercent)
	defer debug.SetGCPercent(normal)
	for waiting := true; waiting && !judged(f.Board()); {
		select {
		case <-ctx.Done():
			return
		case <-deadline:
			waiting = false
		case <-ticker.C:
		}
	}
	percent := startPercent
	detect.Release()
	debug.FreeOSMemory()
	kept, allocated := heap()
	goal := surviving() + steadyBytes
	percent = steady(percent, goal)
	ticker.Reset(glance)
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		size, total := heap()
		if size > kept+worthBytes && total < allocated+quietBytes {
			detect.Release()
			debug.FreeOSMemory()
			kept, total = heap()
		}
		allocated = total
		percent = steady(percent, goal)
	}
}

// steady sets how much garbage may lie about for the heap to grow to the goal, and returns it: in percent of what the last
// collection left.
func steady(before int, goal uint64) int {
	kept := max(surviving(), 1)
	percent := leastPercent
	if goal > kept {
		percent = int(min(max((goal-kept)*100/kept, leastPercent), mostPercent))
	}
	if percent != before {
		debug.SetGCPercent(percent)
	}
	return percent
}

// surviving is what the last collection left, in bytes.
func surviving() uint64 {
	samples := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64()
}

// judged reports whether everything is read, and the posture of every function known.
func judged(b *board.Board) bool {
	if !b.Settled() {
		return false
	}
	for i := range b.Clusters {
		if c := &b.Clusters[i]; c.Unjudged > 0 || c.Functions == 0 && c.Version != "" && len(b.Rows()) > 0 {
			return false
		}
	}
	return true
}

// heap returns the bytes of all objects, garbage included, and of all that were ever allocated.
func heap() (size, allocated uint64) {
	samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64(), samples[1].Value.Uint64()
}

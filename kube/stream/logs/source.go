package logs

import (
	"fmt"
	"time"

	"github.com/fn9s/fn9s/security/model"
)

// block is what one reading of a source gave.
type block struct {
	lines []Line
	room  *chunk // that the lines lie in; nil: nobody else's
	came  time.Time
	bytes int
}

// source is a container in a feed, and what of its lines waits for the feed's reader. Its queue is guarded by the feed.
type source struct {
	Source
	uid string // of the pod
	// keep says which lines are the function's, where the container serves others too; nil: all of them.
	keep func(text []byte) bool

	queue  []block
	queued int // bytes
	taken  int // lines of the first block that are delivered already
	room   chan struct{}
	pushed time.Time // the last time
	begun  time.Time
	ended  bool
	broken bool // a notice said so

	// What Older has to know.
	first print // of the first line that was delivered
	given int   // how many lines were delivered, the older ones included
}

// lineCost is what a line takes besides its text.
const lineCost = 64

func (b *block) measure() {
	for i := range b.lines {
		b.bytes += len(b.lines[i].Text) + lineCost
	}
}

// condition is how a container is, as far as the cluster has told.
type condition struct {
	gone     bool // the pod is not there any more, or another one has its name
	started  bool // there is a log
	running  bool
	over     bool // it will never run again
	restarts int32
	how      string // how it ended, or what it waits for
}

// conditionOf finds the container in its pod.
func conditionOf(p *model.Pod, uid, container string) condition {
	if p == nil || uid != "" && string(p.UID) != uid {
		return condition{gone: true, how: "the pod is gone"}
	}
	c := find(p, container)
	if c == nil {
		return condition{gone: true, how: "the pod has no such container any more"}
	}
	ended := p.Phase == "Succeeded" || p.Phase == "Failed"
	switch c.State {
	case "running":
		return condition{started: true, running: true, restarts: c.Restarts}
	case "terminated":
		over := ended || c.Init && c.ExitCode == 0
		return condition{started: true, over: over, restarts: c.Restarts, how: ending(c)}
	case "waiting":
		return condition{started: c.Restarts > 0, over: ended, restarts: c.Restarts, how: c.Reason}
	}
	// Nothing was reported of the container: the pod's own word counts.
	return condition{started: p.Phase == "Running" || ended, running: p.Phase == "Running", over: ended, how: p.Phase}
}

func find(p *model.Pod, container string) *model.Container {
	for _, list := range [][]model.Container{p.Containers, p.Ephemeral} {
		for i := range list {
			if list[i].Name == container {
				return &list[i]
			}
		}
	}
	return nil
}

func ending(c *model.Container) string {
	switch {
	case c.Reason != "" && c.ExitCode != 0:
		return fmt.Sprintf("%s, exit code %d", c.Reason, c.ExitCode)
	case c.Reason != "":
		return c.Reason
	}
	return fmt.Sprintf("exit code %d", c.ExitCode)
}

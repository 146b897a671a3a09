package plan

import (
	"time"

	"github.com/fn9s/fn9s/security/model"
)

// LogTarget says where the output of a function is, besides the logs of its own pods.
type LogTarget struct {
	// Keep tells its lines from others in the logs of pods that serve other functions too; nil: all lines are kept.
	Keep func(text []byte) bool
	// Hide tells lines of its own pods that only their framework wants; nil: none.
	Hide func(text []byte) bool
	// Activations: a connector keeps what its runs wrote, also when there are no pods any more.
	Activations bool
	// Kept is where an object keeps what built it; nil: none does.
	Kept *KeptLog
	// Note is what an operator should know of these logs; empty: nothing.
	Note string
}

// KeptLog is a log that an object keeps as text.
type KeptLog struct {
	Ref  model.Ref
	Name string // what stands for a container
	// Lines reads them out of the object.
	Lines func(object map[string]any) []KeptLine
}

// KeptLine is one line of it, without its end of line.
type KeptLine struct {
	Time time.Time
	Text string
}

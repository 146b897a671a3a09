package plan

// LogTarget says where the output of a function is, besides the logs of its own pods.
type LogTarget struct {
	// Keep tells its lines from others in the logs of pods that serve other functions too; nil: all lines are kept.
	Keep func(text []byte) bool
	// Hide tells lines of its own pods that only their framework wants; nil: none.
	Hide func(text []byte) bool
	// Activations: a connector keeps what its runs wrote, also when there are no pods any more.
	Activations bool
	// Note is what an operator should know of these logs; empty: nothing.
	Note string
}

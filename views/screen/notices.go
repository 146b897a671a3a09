package screen

import (
	"time"

	"github.com/fn9s/fn9s/kube/status"
)

// maxNotices bounds what is kept of the console's own errors and warnings.
const maxNotices = 500

// Notices keeps what the console itself had to say, so that nothing flashes away unseen. It belongs to the goroutine
// of the event loop.
type Notices struct {
	entries []status.Entry // newest last
	version uint64
}

// Add keeps an entry. An entry that is like the newest is counted, not repeated.
func (n *Notices) Add(now time.Time, severity status.Severity, source, message string) {
	n.version++
	if last := len(n.entries) - 1; last >= 0 {
		e := &n.entries[last]
		if e.Severity == severity && e.Source == source && e.Message == message {
			e.Count++
			e.Last = now
			return
		}
	}
	if len(n.entries) == maxNotices {
		n.entries = append(n.entries[:0], n.entries[1:]...)
	}
	n.entries = append(n.entries, status.Entry{First: now, Last: now, Count: 1, Severity: severity, Source: source, Message: message})
}

// Entries returns the entries, newest first.
func (n *Notices) Entries() []status.Entry {
	out := make([]status.Entry, len(n.entries))
	for i, e := range n.entries {
		out[len(out)-1-i] = e
	}
	return out
}

// Version grows with every entry.
func (n *Notices) Version() uint64 { return n.version }

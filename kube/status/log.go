package status

import (
	"slices"
	"sync"
	"time"
)

// maxEntries bounds the errors that are remembered; the oldest go first.
const maxEntries = 500

// Log keeps errors and warnings, equal ones once with a count. It is safe for concurrent use.
type Log struct {
	mu      sync.Mutex
	entries []Entry // oldest first, by Last
	version uint64
	now     func() time.Time
}

// NewLog returns an empty log with that clock.
func NewLog(now func() time.Time) *Log { return &Log{now: now} }

// Add notes a message.
func (l *Log) Add(severity Severity, context, source, message string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.version++
	now := l.now()
	for i := range l.entries {
		e := &l.entries[i]
		if e.Severity == severity && e.Context == context && e.Source == source && e.Message == message {
			again := *e
			again.Last, again.Count = now, e.Count+1
			l.entries = append(slices.Delete(l.entries, i, i+1), again)
			return
		}
	}
	if len(l.entries) >= maxEntries {
		l.entries = slices.Delete(l.entries, 0, 1)
	}
	l.entries = append(l.entries, Entry{
		First: now, Last: now, Count: 1, Severity: severity, Context: context, Source: source, Message: message,
	})
}

// Entries returns all of them, newest first.
func (l *Log) Entries() []Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := slices.Clone(l.entries)
	slices.Reverse(all)
	return all
}

// Version changes with every Add.
func (l *Log) Version() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.version
}

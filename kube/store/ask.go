package store

import "github.com/fn9s/fn9s/kube/frameworks"

// Ask lets the function read the store as adapters do. What it asks is not remembered, and the index must not be
// kept: the store is locked while the function runs.
func (s *Store) Ask(read func(frameworks.Index)) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	read(&view{s: s})
}

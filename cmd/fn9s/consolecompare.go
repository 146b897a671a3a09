package main

import (
	"fmt"

	"github.com/fn9s/fn9s/kube/compare"
	"github.com/fn9s/fn9s/kube/lifecycle"
)

// comparisons holds the objects of open clusters against what they were.
func comparisons(s *session, live *running) *compare.Reader {
	return &compare.Reader{Adapters: s.adapters, Function: live.function, Source: func(context string) (lifecycle.Source, error) {
		c, ok := s.fleet.Cluster(context)
		if !ok {
			return nil, fmt.Errorf("context %q is not open", context)
		}
		apis := c.APIs()
		if apis == nil {
			return nil, fmt.Errorf("%s has not told its APIs yet", context)
		}
		return lifecycle.Live{Client: c.Client(), APIs: apis}, nil
	}}
}

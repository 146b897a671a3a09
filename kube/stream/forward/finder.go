package forward

import (
	"fmt"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/inspect"
	"github.com/fn9s/fn9s/kube/stream/instance"
	"github.com/fn9s/fn9s/security/model"
)

// Functions finds functions by their ids, nil when there is none any more.
type Functions func(id model.FunctionID) *model.Function

// Store finds pods in the records of open clusters.
type Store struct {
	Clusters  inspect.Clusters
	Functions Functions
}

// Find returns the best pod of the target.
func (s Store) Find(t Target) (*client.Client, *model.Pod, error) {
	c, ok := s.Clusters.Cluster(t.Context)
	if !ok {
		return nil, nil, fmt.Errorf("context %q is not open any more", t.Context)
	}
	if !t.Pod.IsZero() {
		p, _ := c.Object(t.Pod).(*model.Pod)
		if !instance.Usable(p) {
			return nil, nil, fmt.Errorf("pod %s/%s does not run", t.Pod.Namespace, t.Pod.Name)
		}
		return c.Client(), p, nil
	}
	f := s.Functions(t.Function)
	if f == nil {
		return nil, nil, fmt.Errorf("there is no function %s any more", t.Title)
	}
	p, err := instance.Best(c, f)
	if err != nil {
		return nil, nil, err
	}
	return c.Client(), p, nil
}

// Runs reports whether that pod of the target still runs.
func (s Store) Runs(t Target, pod model.Ref) bool {
	c, ok := s.Clusters.Cluster(t.Context)
	if !ok {
		return false
	}
	p, _ := c.Object(pod).(*model.Pod)
	return instance.Usable(p)
}

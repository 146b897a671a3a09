package plan

import (
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
)

// Act is what is done with a function that exists.
type Act string

// The acts. They are the actions of plans and journal too.
const (
	Scaling     Act = "scale"
	Pausing     Act = "pause"
	Resuming    Act = "resume"
	RollingBack Act = "rollback"
	Splitting   Act = "traffic"
	Running     Act = "run" // of what runs by a schedule: at once
	Deleting    Act = "delete"
)

// Task is an act with its particulars.
type Task struct {
	Act      Act
	Scale    Scale
	Revision string   // of a rollback; empty: the one before
	Shares   []Share  // of traffic
	Canary   *Canary  // of traffic: the framework itself is to shift it step by step
	Deletion Deletion // of a delete
}

// Scale is how many replicas are wanted. What is nil stays as it is.
type Scale struct{ Replicas, Min, Max *int }

// Share is the part of the requests that a revision is to get.
type Share struct {
	Revision string // Latest: whatever is the newest one
	Percent  int
}

// Latest is the revision that is the newest one at any time.
const Latest = "latest"

// Canary is traffic that shifts by steps.
type Canary struct {
	Step     int // percent
	Interval time.Duration
}

// Deletion says how far a delete goes.
type Deletion struct {
	Secrets bool // Secrets that nothing else uses go too
	Release bool // finalizers are taken away where they are in the way
}

// Revision is an earlier or present state of a function.
type Revision struct {
	Name    string
	Made    time.Time
	What    string // in one line: image, cause
	Percent int    // of the traffic; -1 where the framework has no shares
	Current bool
}

// Live are the objects of the cluster as they are now, whole. They must not be changed. What is not there is nil.
type Live interface {
	Object(ref model.Ref) map[string]any
	// List returns the objects of a kind in a namespace, in the order of their names, none where the kind is not served.
	// A label selector may be empty.
	List(kind schema.GroupKind, namespace, selector string) []map[string]any
	// Functions lists the functions of a namespace.
	Functions(namespace string) []*model.Function
}

// Lookup returns what is at a path of an object; false: there is nothing, or no such path.
func Lookup(object map[string]any, path string) (any, bool) {
	steps, err := ParsePath(path)
	if err != nil {
		return nil, false
	}
	var at any = object
	for i := range steps {
		s := &steps[i]
		if s.Of == Member {
			m, _ := at.(map[string]any)
			at = m[s.Key]
		} else {
			list, _ := at.([]any)
			j := s.find(list)
			if j < 0 || j >= len(list) {
				return nil, false
			}
			at = list[j]
		}
		if at == nil {
			return nil, false
		}
	}
	return at, true
}

// Text returns the text at a path; empty where there is none.
func Text(object map[string]any, path string) string {
	v, _ := Lookup(object, path)
	s, _ := v.(string)
	return s
}

// Whole returns the whole number at a path, and whether there is one.
func Whole(object map[string]any, path string) (int, bool) {
	v, _ := Lookup(object, path)
	switch n := v.(type) {
	case int64:
		return int(n), true
	case int:
		return n, true
	case float64:
		return int(n), n == float64(int(n))
	}
	return 0, false
}

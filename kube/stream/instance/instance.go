// Package instance finds the pods in which a function runs, and says which of them to talk to first.
//
// Its one rule: it answers from the records of the store. Where the store has none, there is no pod.
package instance

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/fn9s/fn9s/kube/inspect"
	"github.com/fn9s/fn9s/security/model"
)

// NoneError says that nothing runs that could be talked to.
type NoneError struct {
	What  string
	State model.State
	Why   string
}

func (e *NoneError) Error() string {
	s := "no pod of " + e.What + " runs"
	switch {
	case e.State == model.Idle:
		s += ": it is scaled to zero, and the next invocation starts one"
	case e.Why != "":
		s += ": " + e.Why
	}
	return s
}

// Pods returns the pods of a function, those first that are ready, and of these the newest.
func Pods(c inspect.Cluster, f *model.Function) []*model.Pod {
	var all []*model.Pod
	for _, ref := range f.Pods {
		if p, ok := c.Object(ref).(*model.Pod); ok && p != nil {
			all = append(all, p)
		}
	}
	slices.SortStableFunc(all, func(a, b *model.Pod) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), b.Created.Compare(a.Created), cmp.Compare(a.Name, b.Name))
	})
	return all
}

func rank(p *model.Pod) int {
	switch {
	case Usable(p) && p.Ready:
		return 0
	case Usable(p):
		return 1
	}
	return 2
}

// Usable reports whether a pod runs, so that it can be talked to.
func Usable(p *model.Pod) bool {
	return p != nil && p.Phase == "Running" && p.Deleting.IsZero()
}

// Best returns the pod to talk to.
func Best(c inspect.Cluster, f *model.Function) (*model.Pod, error) {
	pods := Pods(c, f)
	if len(pods) > 0 && Usable(pods[0]) {
		return pods[0], nil
	}
	e := &NoneError{What: f.Name(), State: f.State, Why: f.Reason}
	if len(pods) > 0 && e.Why == "" {
		e.Why = fmt.Sprintf("pod %s is %s", pods[0].Name, cmp.Or(pods[0].Reason, pods[0].Phase))
	}
	return nil, e
}

// Containers lists the containers of a pod that run commands: the function's own first, init containers not at all unless
// they are running.
func Containers(f *model.Function, p *model.Pod) []string {
	own := Own(f)
	var all []string
	for _, c := range p.Containers {
		if !c.Init || c.State == "running" {
			all = append(all, c.Name)
		}
	}
	for _, c := range p.Ephemeral {
		if c.State == "running" {
			all = append(all, c.Name)
		}
	}
	slices.SortStableFunc(all, func(a, b string) int { return cmp.Compare(not(a == own), not(b == own)) })
	return all
}

func not(b bool) int {
	if b {
		return 0
	}
	return 1
}

// Own is the name of the function's own container; empty: not known.
func Own(f *model.Function) string {
	if f == nil {
		return ""
	}
	for i := range f.Templates {
		if t := &f.Templates[i]; t.Container != "" && (t.Role == model.Run || t.Role == "") {
			return t.Container
		}
	}
	return ""
}

// Port is one port that a container says it listens on.
type Port struct {
	Number    int
	Name      string
	Container string
}

// String is for people: `8080 (http, user-container)`.
func (p Port) String() string {
	s := strconv.Itoa(p.Number)
	if p.Name != "" {
		s += " " + p.Name
	}
	return s
}

// Ports lists the ports that the containers of a function say they listen on, those of its own container first.
func Ports(f *model.Function) []Port {
	var all []Port
	own := Own(f)
	for i := range f.Templates {
		t := &f.Templates[i]
		if t.Spec == nil || t.Role == model.Build {
			continue
		}
		for j := range t.Spec.Containers {
			c := &t.Spec.Containers[j]
			for _, p := range c.Ports {
				port := Port{Number: int(p.ContainerPort), Name: p.Name, Container: c.Name}
				if p.Protocol != "UDP" && p.Protocol != "SCTP" && !slices.ContainsFunc(all, func(o Port) bool { return o.Number == port.Number }) {
					all = append(all, port)
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Port) int { return cmp.Compare(not(a.Container == own), not(b.Container == own)) })
	return all
}

// NumberOf finds the number of a port that a container of the function gave a name.
func NumberOf(f *model.Function, name string) (int, bool) {
	for _, p := range Ports(f) {
		if p.Name == name {
			return p.Number, true
		}
	}
	return 0, false
}

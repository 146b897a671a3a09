package logs

import (
	"strings"
	"sync"

	feeds "github.com/fn9s/fn9s/kube/stream/logs"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/ui/logpane"
)

// identity tells a source from the others, also when another feed tells it again.
type identity struct {
	function                           model.FunctionID
	namespace, pod, container, another string
}

func identify(s *feeds.Source) identity {
	id := identity{s.Function, s.Namespace, s.Pod, s.Container, ""}
	if s.Previous {
		id.another = "previous"
	}
	return id
}

// sources numbers the sources of all feeds of a screen. Pumps and the loop ask it.
type sources struct {
	mu  sync.Mutex
	all []feeds.Source
	ids map[identity]int
}

// number is the number of a source, which is the same in all feeds.
func (s *sources) number(from feeds.Source) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := identify(&from)
	id, ok := s.ids[key]
	if !ok {
		id = len(s.all)
		if s.ids == nil {
			s.ids = map[identity]int{}
		}
		from.ID = id
		s.ids[key], s.all = id, append(s.all, from)
	}
	return id
}

// list are the sources so far.
func (s *sources) list() []feeds.Source {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all[:len(s.all):len(s.all)]
}

// name is what a source is called in a sentence.
func name(s *feeds.Source) string {
	n := s.Pod
	if n == "" {
		n = s.Function.Name
	}
	if s.Container != "" {
		n += "/" + s.Container
	}
	return n
}

// present is how the pane is to draw the sources: with as few letters as tell them apart, one colour for each pod.
func present(all []feeds.Source) []logpane.Source {
	functions, pods, containers := map[model.FunctionID]bool{}, map[string]int{}, map[string]bool{}
	ends := map[string]string{} // the end of a name of a pod → that pod
	for i := range all {
		s := &all[i]
		functions[s.Function], containers[s.Container] = true, true
		pod := s.Namespace + "/" + s.Pod
		if _, ok := pods[pod]; !ok {
			pods[pod] = len(pods)
		}
		if other, ok := ends[short(s)]; ok && other != pod {
			ends[short(s)] = "several"
		} else {
			ends[short(s)] = pod
		}
	}
	out := make([]logpane.Source, len(all))
	for i := range all {
		s := &all[i]
		var parts []string
		if len(functions) > 1 {
			parts = append(parts, s.Function.Name)
		}
		if len(pods) > len(functions) {
			end := short(s)
			if ends[end] == "several" {
				end = s.Pod
			}
			parts = append(parts, end)
		}
		if len(containers) > 1 {
			parts = append(parts, s.Container)
		}
		out[i] = logpane.Source{Label: strings.Join(parts, "/"), Color: pods[s.Namespace+"/"+s.Pod], About: about(s)}
	}
	return out
}

// short is the end of the name of a pod, which tells it from those of the same workload.
func short(s *feeds.Source) string {
	if s.Activation && len(s.Pod) > 8 {
		return s.Pod[:8]
	}
	if at := strings.LastIndexByte(s.Pod, '-'); s.Kept == "" && at >= 0 && at < len(s.Pod)-1 {
		return s.Pod[at+1:]
	}
	return s.Pod
}

func about(s *feeds.Source) []logpane.Pair {
	var all []logpane.Pair
	add := func(name, value string) {
		if value != "" {
			all = append(all, logpane.Pair{Name: name, Value: value})
		}
	}
	if s.Function.Name != "" {
		add("function", s.Function.Name+" in "+s.Function.Namespace+", "+s.Function.Framework)
	}
	pod := s.Namespace + "/" + s.Pod
	switch {
	case s.Kept != "":
		add("kept by", s.Kept+" "+pod)
	case s.Activation:
		add("activation", s.Pod)
	case s.Application:
		add("application", s.Pod)
	case s.Pod != "":
		add("pod", pod)
	}
	container := s.Container
	if s.Previous {
		container += ", the one before"
	}
	if s.Shared {
		container += ", which serves other functions too"
	}
	if s.Role == model.Build {
		container += ", which builds it"
	}
	add("container", strings.TrimPrefix(container, ", "))
	return all
}

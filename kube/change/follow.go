package change

import "slices"

// following says which steps may begin: those of one function, or in the namespace of an object that is for none, follow
// each other in the order of the plan. Steps are indexes.
type following struct {
	waits []int   // how many steps each one still waits for
	then  [][]int // what waits for each
	ready []int   // what may begin, the next one last
}

// follow puts steps in order.
func follow(steps []*Step) *following {
	f := &following{waits: make([]int, len(steps)), then: make([][]int, len(steps))}
	last := map[string]int{}
	for i, s := range steps {
		for _, key := range lanes(s) {
			before, ok := last[key]
			last[key] = i
			if !ok {
				continue
			}
			if n := len(f.then[before]); n > 0 && f.then[before][n-1] == i {
				continue // by another function that both are for
			}
			f.then[before] = append(f.then[before], i)
			f.waits[i]++
		}
	}
	for i := range slices.Backward(steps) {
		if f.waits[i] == 0 {
			f.ready = append(f.ready, i)
		}
	}
	return f
}

// lanes are where a step follows the one before it.
func lanes(s *Step) []string {
	if len(s.Functions) == 0 {
		return []string{"namespace " + s.Ref.Namespace}
	}
	keys := make([]string, len(s.Functions))
	for i, id := range s.Functions {
		keys[i] = id.String()
	}
	return keys
}

// take removes the step that is to begin next.
func (f *following) take() int {
	i := f.ready[len(f.ready)-1]
	f.ready = f.ready[:len(f.ready)-1]
	return i
}

// went lets begin what waited for a step that succeeded, before all else: a function that was begun is finished first.
func (f *following) went(i int) {
	for _, next := range slices.Backward(f.then[i]) {
		if f.waits[next]--; f.waits[next] == 0 {
			f.ready = append(f.ready, next)
		}
	}
}

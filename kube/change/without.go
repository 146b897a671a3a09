package change

import "slices"

// Together lists for each step, by number, the numbers of all that make sense only with it. A new account that nobody uses,
// or the use of one that has none of its rights, would be half a fix.
func Together(steps []*Step) map[int][]int {
	all := make(map[int][]int, len(steps))
	for _, group := range joined(steps, func(s *Step) []string { return s.Units }) {
		numbers := make([]int, len(group))
		for k, i := range group {
			numbers[k] = steps[i].Number
		}
		for _, n := range numbers {
			all[n] = numbers
		}
	}
	return all
}

// joined puts steps that share a key into one group, with those that share one with them. Groups and the steps in them
// are in the order of the plan, as indexes.
func joined(steps []*Step, keys func(*Step) []string) [][]int {
	parent := make([]int, len(steps))
	var find func(int) int
	find = func(i int) int {
		if parent[i] != i {
			parent[i] = find(parent[i])
		}
		return parent[i]
	}
	first := map[string]int{}
	for i, s := range steps {
		parent[i] = i
		for _, key := range keys(s) {
			if j, ok := first[key]; ok {
				parent[find(i)] = find(j)
			} else {
				first[key] = i
			}
		}
	}
	at := map[int]int{}
	var all [][]int
	for i := range steps {
		root := find(i)
		if _, ok := at[root]; !ok {
			at[root] = len(all)
			all = append(all, nil)
		}
		all[at[root]] = append(all[at[root]], i)
	}
	return all
}

// Without returns the plan without some steps, and asks the guardrails again. An undo stays whole: half of one could not
// be told from a whole one later. What belongs to a step is left out only where the numbers say so, see Together.
func (e *Engine) Without(p *Plan, numbers []int) *Plan {
	if p.Undoes != "" || len(numbers) == 0 {
		return p
	}
	q := *p
	q.Guarded = Guarded{}
	q.Steps = slices.DeleteFunc(slices.Clone(p.Steps), func(s *Step) bool { return slices.Contains(numbers, s.Number) })
	e.guard(&q)
	return &q
}

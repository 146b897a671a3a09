package change

import "slices"

// Together lists for each step, by number, the numbers of all that make sense only with it. A new account that nobody uses,
// or the use of one that has none of its rights, would be half a fix.
func Together(steps []*Step) map[int][]int {
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
		for _, unit := range s.Units {
			if j, ok := first[unit]; ok {
				parent[find(i)] = find(j)
			} else {
				first[unit] = i
			}
		}
	}
	groups := map[int][]int{}
	for i, s := range steps {
		groups[find(i)] = append(groups[find(i)], s.Number)
	}
	all := make(map[int][]int, len(steps))
	for i, s := range steps {
		all[s.Number] = groups[find(i)]
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

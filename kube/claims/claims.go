// Package claims settles which function a workload belongs to when several say that it is theirs.
//
// Its one rule: one workload, one function. Who loses gives no row; what it knows is added to the winner.
package claims

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// The ranks of functions: the smaller one wins. The entries of the configuration lie between, in their order.
const (
	BuiltIn = 0
	Plain   = 1 << 20
)

// Rank is the rank of a framework's functions. Entries are the names of the configuration's frameworks in their
// order.
func Rank(framework string, entries []string) int {
	if framework == "plain" {
		return Plain
	}
	return slices.Index(entries, framework) + 1 // 0, BuiltIn, for those that need no configuration
}

// Candidate is a function that may become a row.
type Candidate struct {
	Function *model.Function
	Rank     int
}

// Outcome is a function that is a row.
type Outcome struct {
	// Function is the candidate's own when nothing was added to it or taken from it.
	Function *model.Function
	// Merged are the functions that are no rows because of this one, in the order of their keys.
	Merged []model.FunctionKey
}

// Settle decides among functions that claim the same workloads or own each other's objects. The winner is, in this
// order: whose object owns the other's object, the smaller rank, the older object, the smaller key. Give it one
// connected group: Ledger finds those. The outcomes are in the order of their keys.
func Settle(group []Candidate) []Outcome {
	if len(group) == 1 {
		return []Outcome{{Function: group[0].Function}}
	}
	s := newSettlement(group)
	s.findRoots()
	s.award()
	return s.outcomes()
}

type settlement struct {
	all    []Candidate // best first
	root   []int       // by candidate: the one whose object owns it, in the end; itself when none does
	winner []int       // by candidate: the row that it belongs to
	holder map[model.Ref]int
	lost   [][]model.Ref // by candidate: claims that somebody else holds, of rows that keep others
}

func newSettlement(group []Candidate) *settlement {
	s := &settlement{all: slices.Clone(group), holder: map[model.Ref]int{}}
	slices.SortFunc(s.all, better)
	s.root, s.winner = make([]int, len(s.all)), make([]int, len(s.all))
	s.lost = make([][]model.Ref, len(s.all))
	return s
}

// better orders candidates whose objects do not own each other.
func better(a, b Candidate) int {
	if r := cmp.Compare(a.Rank, b.Rank); r != 0 {
		return r
	}
	unknownA, unknownB := a.Function.Created.IsZero(), b.Function.Created.IsZero()
	switch {
	case unknownA && !unknownB:
		return 1
	case unknownB && !unknownA:
		return -1
	}
	return cmp.Or(a.Function.Created.Compare(b.Function.Created), a.Function.Key.Compare(b.Function.Key))
}

// findRoots follows owners up to the candidate that nobody owns. Owners in a circle, which only a forged object
// can have, leave the best of the circle.
func (s *settlement) findRoots() {
	byObject := make(map[model.Ref]int, len(s.all))
	for i, c := range s.all {
		if _, taken := byObject[c.Function.Object]; !taken && !c.Function.Object.IsZero() {
			byObject[c.Function.Object] = i
		}
	}
	parent := make([]int, len(s.all))
	for i, c := range s.all {
		parent[i] = i
		for _, o := range c.Function.Owners {
			if p, ok := byObject[o]; ok && o != c.Function.Object {
				parent[i] = p
				break
			}
		}
	}
	for i := range s.all {
		at := i
		for seen := map[int]bool{}; parent[at] != at; at = parent[at] {
			if seen[at] {
				at = breakCircle(parent, at)
				break
			}
			seen[at] = true
		}
		s.root[i] = at
	}
}

// breakCircle makes the best of the circle that holds at its own parent, and returns it.
func breakCircle(parent []int, at int) int {
	best := at
	for i := parent[at]; i != at; i = parent[i] {
		best = min(best, i)
	}
	parent[best] = best
	return best
}

// award gives every claim to the best root that has it, itself or through what it owns.
func (s *settlement) award() {
	claims := make([][]model.Ref, len(s.all))
	for i, r := range s.root {
		claims[r] = append(claims[r], own(s.all[i].Function)...)
	}
	done := make([]bool, len(s.all))
	for _, i := range s.root { // in the order of the best that each has: an owner stands for what it owns
		if done[i] {
			continue
		}
		done[i] = true
		s.winner[i] = i
		f := s.all[i].Function
		if h, held := s.holder[f.Object]; held && !f.Object.IsZero() {
			s.winner[i] = h
			continue
		}
		free, first := 0, -1
		for _, ref := range f.Claims {
			if h, held := s.holder[ref]; !held {
				free++
			} else {
				s.lost[i] = append(s.lost[i], ref)
				if first < 0 {
					first = h
				}
			}
		}
		if free == 0 && first >= 0 {
			s.winner[i], s.lost[i] = first, nil
			continue
		}
		for _, ref := range append(claims[i], f.Object) {
			if _, held := s.holder[ref]; !held && !ref.IsZero() {
				s.holder[ref] = i
			}
		}
	}
	for i := range s.all {
		s.winner[i] = s.winner[s.root[i]]
	}
}

// own lists the claims of a function and its object. Workloads that serve several functions are nobody's own.
func own(f *model.Function) []model.Ref {
	all := make([]model.Ref, 0, len(f.Claims)+1)
	for _, ref := range f.Claims {
		if !slices.ContainsFunc(f.Workloads, func(w model.WorkloadRef) bool { return w.Shared && w.Ref == ref }) {
			all = append(all, ref)
		}
	}
	return append(all, f.Object)
}

func (s *settlement) outcomes() []Outcome {
	losers := make([][]int, len(s.all))
	for i, w := range s.winner {
		if w != i {
			losers[w] = append(losers[w], i)
		}
	}
	var out []Outcome
	for i := range s.all {
		if s.winner[i] != i {
			continue
		}
		o := Outcome{Function: s.all[i].Function}
		if len(losers[i])+len(s.lost[i]) > 0 {
			f := *o.Function
			o.Function = &f
			for _, ref := range s.lost[i] {
				give(&f, ref, s.all[s.winner[s.holder[ref]]].Function)
			}
			for _, l := range losers[i] {
				add(&f, s.all[l].Function)
				o.Merged = append(o.Merged, s.all[l].Function.Key)
			}
			slices.SortFunc(o.Merged, model.FunctionKey.Compare)
		}
		out = append(out, o)
	}
	slices.SortFunc(out, func(a, b Outcome) int { return a.Function.Key.Compare(b.Function.Key) })
	return out
}

// give takes a workload away from a function that keeps others.
func give(f *model.Function, ref model.Ref, to *model.Function) {
	f.Workloads = slices.DeleteFunc(slices.Clone(f.Workloads), func(w model.WorkloadRef) bool { return w.Ref == ref })
	f.Templates = slices.DeleteFunc(slices.Clone(f.Templates), func(t model.Template) bool { return t.Origin.Ref == ref })
	f.Claims = slices.DeleteFunc(slices.Clone(f.Claims), func(r model.Ref) bool { return r == ref })
	f.Notes = append(slices.Clip(f.Notes), fmt.Sprintf("%s belongs to %s %s", ref, to.Key.Framework, to.Name()))
}

// add puts what the loser knows into the winner's copy. Every fact keeps the origin that it has.
func add(f, loser *model.Function) {
	for _, t := range loser.Triggers {
		if len(f.Triggers) < frameworks.MaxList && !slices.ContainsFunc(f.Triggers, func(h model.Trigger) bool {
			return h.Type == t.Type && h.Name == t.Name && h.Detail == t.Detail
		}) {
			f.Triggers = append(slices.Clip(f.Triggers), t)
		}
	}
	for _, u := range loser.URLs {
		if len(f.URLs) < frameworks.MaxList && !slices.ContainsFunc(f.URLs, func(h model.URL) bool { return h.URL == u.URL }) {
			f.URLs = append(slices.Clip(f.URLs), u)
		}
	}
	if len(f.References) < frameworks.MaxList {
		f.References = frameworks.Additional(slices.Clip(f.References), loser.References)
	}
	if f.Scaling.Min == nil && f.Scaling.Max == nil && (loser.Scaling.Min != nil || loser.Scaling.Max != nil) {
		f.Scaling = loser.Scaling
		if f.Scaling.By.IsZero() {
			f.Scaling.By = loser.Object
		}
	}
	for _, ref := range loser.Claims {
		if len(f.Claims) < frameworks.MaxList && !slices.Contains(f.Claims, ref) {
			f.Claims = append(slices.Clip(f.Claims), ref)
		}
	}
	note := "also " + loser.Key.Framework
	if !loser.Object.IsZero() {
		note += ": " + loser.Object.String()
	}
	if loser.State == model.Failed || loser.State == model.Paused {
		note += " is " + string(loser.State)
		if loser.Reason != "" {
			note += ": " + loser.Reason
		}
	}
	if len(f.Notes) < frameworks.MaxList {
		f.Notes = append(slices.Clip(f.Notes), frameworks.Text(note))
	}
}

package reach

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fn9s/fn9s/security/model"
)

// answer is what is known of whether something matches.
type answer uint8

const (
	no answer = iota
	maybe
	yes
)

func both(a, b answer) answer { return min(a, b) }

// selector is a label selector. Without requirements it selects everything.
type selector struct {
	all []requirement
	// broken selectors are those that the API refuses: they select nothing.
	broken bool
}

type requirement struct {
	key      string
	operator metav1.LabelSelectorOperator
	values   []string
}

// newSelector makes a selector of its API form; an absent one selects everything.
func newSelector(s *metav1.LabelSelector) *selector {
	out := &selector{}
	if s == nil {
		return out
	}
	for key, value := range s.MatchLabels {
		out.all = append(out.all, requirement{key, metav1.LabelSelectorOpIn, []string{value}})
	}
	slices.SortFunc(out.all, func(a, b requirement) int { return compareText(a.key, b.key) })
	for _, e := range s.MatchExpressions {
		out.broken = out.broken || !validExpression(e)
		out.all = append(out.all, requirement{e.Key, e.Operator, e.Values})
	}
	return out
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func validExpression(e metav1.LabelSelectorRequirement) bool {
	switch e.Operator {
	case metav1.LabelSelectorOpIn, metav1.LabelSelectorOpNotIn:
		return len(e.Values) > 0
	case metav1.LabelSelectorOpExists, metav1.LabelSelectorOpDoesNotExist:
		return len(e.Values) == 0
	}
	return false
}

// everything reports whether nothing is left out.
func (s *selector) everything() bool { return len(s.all) == 0 && !s.broken }

func (s *selector) matches(l model.Labels) bool {
	if s.broken {
		return false
	}
	for i := range s.all {
		if !s.all[i].holds(l) {
			return false
		}
	}
	return true
}

func (r *requirement) holds(l model.Labels) bool {
	value, has := l.Lookup(r.key)
	switch r.operator {
	case metav1.LabelSelectorOpIn:
		return has && slices.Contains(r.values, value)
	case metav1.LabelSelectorOpNotIn:
		return !has || !slices.Contains(r.values, value)
	case metav1.LabelSelectorOpExists:
		return has
	default:
		return !has
	}
}

// of says whether the selector matches a namespace, of which perhaps nothing but the name is known.
func (s *selector) of(n *namespace) answer {
	if n.known || s.broken {
		if s.matches(n.labels) {
			return yes
		}
		return no
	}
	out := yes
	for i := range s.all {
		switch {
		case s.all[i].key != nameLabel:
			out = maybe
		case !s.all[i].holds(n.labels):
			return no
		}
	}
	return out
}

// pair returns the value that a label must have for the selector to match, where there is one such label, preferring
// the one that rate likes best.
func (s *selector) pair(rate func(model.Label) int) (best model.Label, ok bool) {
	for i := range s.all {
		q := &s.all[i]
		if q.operator != metav1.LabelSelectorOpIn || len(q.values) != 1 {
			continue
		}
		if l := (model.Label{Key: q.key, Value: q.values[0]}); !ok || rate(l) < rate(best) {
			best, ok = l, true
		}
	}
	return best, ok
}

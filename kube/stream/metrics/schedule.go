package metrics

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/fn9s/fn9s/security/model"
)

const (
	// often is the distance of two lists of a namespace, seldom that of two of the whole cluster, and of anything while
	// the terminal is not looked at.
	often, seldom = 15 * time.Second, time.Minute
	// gap is the least distance of two requests: two a second.
	gap = 500 * time.Millisecond
	// few is how many namespaces are listed one by one although the whole cluster could be: their values are newer, and
	// what the other namespaces hold stays where it is.
	few = 6
	// manyFunctions is from how many on only one point a minute is kept.
	manyFunctions = 1000
	// patience is how long after it was due an answer makes the last one stale, and forget when that is shown no more.
	patience, forget = 30 * time.Second, 10 * time.Minute
)

// target is one list: of a namespace, of some pods of one, or of the whole cluster.
type target struct{ namespace, selector string }

// standing is how a list stands.
type standing struct {
	asked, answered time.Time
	err             error
	denied          bool
	failures        int
}

// view is what can be measured. It is read without the lock: the cluster may have locks of its own.
type view struct {
	functions []*model.Function
	scope     []string
}

func (m *Meter) view() view { return view{m.cluster.Functions(), m.cluster.Namespaces()} }

// targets are the lists that are needed, and how often each. The caller holds the lock.
func (m *Meter) targets(v view) (all []target, every time.Duration) {
	every = often
	table := slices.ContainsFunc(m.looks, func(l Look) bool { return l.Function == model.FunctionKey{} })
	if table {
		names := v.names()
		if m.whole && (len(names) > few || len(names) == 0 || m.once) && !literal(v.scope) {
			all = append(all, target{})
		} else {
			for _, n := range names {
				all = append(all, target{namespace: n})
			}
		}
	}
	for _, l := range m.looks {
		if t, ok := m.nearest(v, l); ok && !slices.ContainsFunc(all, func(o target) bool { return o == t || o == (target{namespace: t.namespace}) }) {
			all = append(all, t)
		}
	}
	return all, max(every, time.Duration(len(all))*gap)
}

// literal reports whether a scope names its namespaces.
func literal(scope []string) bool {
	return len(scope) > 0 && !slices.ContainsFunc(scope, func(n string) bool { return strings.Contains(n, "*") })
}

// names are the namespaces of the functions in scope that have pods.
func (v view) names() []string {
	seen := map[string]bool{}
	for _, f := range v.functions {
		for _, p := range f.Pods {
			seen[p.Namespace] = true
		}
	}
	names := make([]string, 0, len(seen))
	for n := range seen {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// nearest is the list for one function: its pods by their labels, else its namespace.
func (m *Meter) nearest(v view, l Look) (target, bool) {
	if l.Function == (model.FunctionKey{}) {
		return target{}, false
	}
	for _, f := range v.functions {
		if f.Key == l.Function && len(f.Pods) > 0 {
			return target{f.Pods[0].Namespace, m.cluster.Selector(f)}, true
		}
	}
	return target{}, false
}

// period is the distance of two requests of a list.
func (m *Meter) period(t target, every time.Duration) time.Duration {
	if t == (target{}) || m.away {
		every = max(every, seldom)
	}
	if s := m.target[t]; s != nil && s.failures > 1 {
		every = max(every, seldom) // whatever is wrong, it is no use to hurry
	}
	return every
}

// next is the list that is due first, and in which time.
func (m *Meter) next() (t target, wait time.Duration, wanted bool) {
	m.mu.Lock()
	looked := len(m.looks) > 0
	m.mu.Unlock()
	if !looked {
		return target{}, 0, false
	}
	v := m.view()
	m.known.Store(int64(len(v.functions)))
	m.mu.Lock()
	defer m.mu.Unlock()
	all, every := m.targets(v)
	now := m.o.Now()
	if m.again {
		m.again = false
		clear(m.target)
	}
	for known := range m.target {
		if !slices.Contains(all, known) && now.Sub(m.target[known].asked) > seldom {
			delete(m.target, known)
		}
	}
	if len(all) == 0 {
		return target{}, seldom, true // no function has a pod: there is nothing to measure
	}
	due := func(t target) time.Duration {
		s := m.target[t]
		if s == nil {
			return 0
		}
		return s.asked.Add(m.period(t, every)).Sub(now)
	}
	t = slices.MinFunc(all, func(a, b target) int { return cmp.Compare(due(a), due(b)) })
	wait = max(due(t), m.asked.Add(gap).Sub(now), 0)
	state := *m.state.Load()
	state.Retry = now.Add(wait)
	m.state.Store(&state)
	return t, wait, true
}

// Selector writes labels as a selector; empty when there are none, or more than a request should carry.
func Selector(l model.Labels) string {
	const most = 16
	if len(l) == 0 || len(l) > most {
		return ""
	}
	parts := make([]string, len(l))
	for i := range l {
		parts[i] = l[i].Key + "=" + l[i].Value
	}
	return strings.Join(parts, ",")
}

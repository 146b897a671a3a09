package metrics

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/security/model"
)

// limit is how long a list may take: ten thousand pods came within two seconds.
const limit = 30 * time.Second

// path is where a list is asked for.
func (t target) path() string {
	if t.namespace == "" {
		return "/apis/metrics.k8s.io/v1beta1/pods"
	}
	return "/apis/metrics.k8s.io/v1beta1/namespaces/" + url.PathEscape(t.namespace) + "/pods"
}

// measure asks for one list and takes what it says.
func (m *Meter) measure(ctx context.Context, t target) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	functions := m.cluster.Functions()
	owners := ownersOf(functions, t.namespace)
	m.mu.Lock()
	m.asked = m.o.Now()
	started := m.asked
	s := m.target[t]
	if s == nil {
		s = &standing{}
		m.target[t] = s
	}
	s.asked = started
	m.mu.Unlock()
	found := make(map[podName]Point, len(owners))
	err := m.list(ctx, t, func(sample Sample) {
		name := podName{sample.Namespace, sample.Pod}
		if kept, ok := owners[name]; ok && sample.fresh(started) {
			found[kept] = sample.Point
		}
	})
	if ctx.Err() == context.Canceled {
		return
	}
	m.take(t, s, functions, found, err)
}

func (m *Meter) list(ctx context.Context, t target, each func(Sample)) error {
	params := url.Values{}
	if t.selector != "" {
		params.Set("labelSelector", t.selector)
	}
	body, contentType, err := m.cluster.Open(ctx, t.path(), params, accept)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	return Decode(body, contentType, each)
}

// ownersOf are the pods that are kept of a list, with the names that the store has of them: those of the answer hold on
// to the whole of it.
func ownersOf(functions []*model.Function, namespace string) map[podName]podName {
	all := make(map[podName]podName, len(functions))
	for _, f := range functions {
		for _, p := range f.Pods {
			if n := (podName{p.Namespace, p.Name}); namespace == "" || p.Namespace == namespace {
				all[n] = n
			}
		}
	}
	return all
}

// take brings in an answer, and tells what changed.
func (m *Meter) take(t target, s *standing, functions []*model.Function, found map[podName]Point, err error) {
	now, v := m.o.Now(), m.view()
	if err == nil {
		m.keep(t, functions, found, now)
	}
	m.mu.Lock()
	s.err, s.denied = err, client.Classify(err) == client.KindForbidden
	if err == nil {
		s.answered, s.failures = now, 0
	} else {
		s.failures++
		if s.denied && t == (target{}) {
			m.whole = false // namespace by namespace, then
		}
	}
	note := m.judge(v, now)
	m.mu.Unlock()
	if note != "" && m.o.Note != nil {
		m.o.Note(note)
	}
	m.publish(functions, now)
}

// breathe lets a reader in, every few functions.
func (m *Meter) breathe(i int) {
	const few = 128
	if i%few == few-1 {
		m.data.Unlock()
		m.data.Lock()
	}
}

// keep remembers the samples of one list. What was in it before and is not now is measured no more.
func (m *Meter) keep(t target, functions []*model.Function, found map[podName]Point, now time.Time) {
	m.mu.Lock()
	looks := slices.Clone(m.looks)
	m.mu.Unlock()
	m.data.Lock()
	defer m.data.Unlock()
	if t == (target{}) {
		m.latest = found // all there is
	} else {
		if t.selector == "" {
			maps.DeleteFunc(m.latest, func(p podName, _ Point) bool { return p.namespace == t.namespace })
		}
		maps.Copy(m.latest, found)
	}
	many := len(functions) > manyFunctions
	for i, f := range functions {
		m.breathe(i)
		near := slices.Contains(looks, Look{Function: f.Key})
		step := fine
		if many && !near {
			step = coarse
		}
		if total, measured := m.total(f, found); measured > 0 {
			addTo(m.functions, f.Key, total, step)
		}
		if many && !near {
			continue
		}
		for _, ref := range f.Pods {
			name := podName{ref.Namespace, ref.Name}
			if p, ok := found[name]; ok {
				addTo(m.pods, name, p, step)
			}
		}
	}
	m.forget(functions, now)
}

func addTo[K comparable](all map[K]*series, key K, p Point, step time.Duration) {
	s := all[key]
	if s == nil {
		s = &series{}
		all[key] = s
	}
	s.add(p, step)
}

// total adds the pods of a function that a list held; at is the newest of their samples.
func (m *Meter) total(f *model.Function, found map[podName]Point) (sum Point, measured int) {
	for _, ref := range f.Pods {
		p, ok := found[podName{ref.Namespace, ref.Name}]
		if !ok {
			continue
		}
		measured++
		sum.Pods++
		sum.Amount = sum.plus(p.Amount)
		if p.Time.After(sum.Time) {
			sum.Time = p.Time
		}
	}
	return sum, measured
}

// forget drops what is too old, or gone: a function by its key, a pod by its last point.
func (m *Meter) forget(functions []*model.Function, now time.Time) {
	old := clamp(now.Add(-keep).Unix())
	gone := func(s *series) bool { return len(s.marks) == 0 || s.at(len(s.marks)-1).at < old }
	maps.DeleteFunc(m.pods, func(_ podName, s *series) bool { return gone(s) })
	maps.DeleteFunc(m.functions, func(_ model.FunctionKey, s *series) bool { return gone(s) })
	if len(m.pods) > maxPods {
		keep := ownersOf(functions, "")
		maps.DeleteFunc(m.pods, func(p podName, _ *series) bool { _, ok := keep[p]; return !ok })
	}
}

// maxPods is how many pods have a history before those that are gone lose theirs.
const maxPods = 4000

// judge makes the state of what the lists said, and returns what is to be noted of it. The caller holds the lock.
func (m *Meter) judge(v view, now time.Time) (note string) {
	all, every := m.targets(v)
	state := State{Phase: Waiting, Retry: m.state.Load().Retry}
	var bad error
	answered, late := 0, false
	for _, t := range all {
		s := m.target[t]
		switch {
		case s == nil:
			continue
		case s.denied:
			state.Denied = append(state.Denied, t.namespace)
		case s.err != nil:
			bad = s.err
		}
		if !s.answered.IsZero() {
			answered++
			late = late || now.Sub(s.answered) > m.period(t, every)+patience
			if s.answered.After(state.At) {
				state.At = s.answered
			}
		}
	}
	switch {
	case len(all) > 0 && len(state.Denied) == len(all):
		state.Phase, state.Reason = Denied, denial(state.Denied)
	case bad != nil && answered == 0:
		state.Phase, state.Reason = Absent, reasonOf(bad)
	case bad != nil, late:
		state.Phase = Stale
		if bad != nil {
			state.Reason = reasonOf(bad)
		}
	case answered > 0:
		state.Phase = Live
	}
	m.state.Store(&state)
	switch told := string(state.Phase) + ": " + state.Reason; {
	case state.Phase == Live:
		m.noted = ""
	case state.Phase != Waiting && told != m.noted:
		m.noted, note = told, told
	}
	return note
}

func denial(namespaces []string) string {
	where := "cluster-wide"
	if names := slices.DeleteFunc(slices.Clone(namespaces), func(n string) bool { return n == "" }); len(names) > 0 {
		slices.Sort(names)
		if more := len(names) - 3; more > 0 {
			names = append(names[:3], fmt.Sprintf("%d more", more))
		}
		where = "in " + strings.Join(names, ", ")
	}
	return "no list on pods.metrics.k8s.io " + where
}

// reasonOf says in one line why there is nothing.
func reasonOf(err error) string {
	reason := client.Reason(err)
	switch client.Classify(err) {
	case client.KindNotFound:
		return "metrics-server is not installed: the cluster does not serve metrics.k8s.io"
	case client.KindServer:
		if strings.Contains(reason, "unable to handle the request") || strings.Contains(reason, "service unavailable") {
			return "metrics-server does not answer: " + reason
		}
	case client.KindUnreachable:
		return "no connection: " + reason
	}
	return reason
}

// publish tells which usages changed.
func (m *Meter) publish(functions []*model.Function, now time.Time) {
	changed := make(map[model.FunctionKey]*Usage, m.changed)
	phase := m.state.Load().Phase
	stale := phase != Live && phase != Waiting
	shared := sharedPods(functions)
	m.data.Lock()
	m.round++
	for i, f := range functions {
		m.breathe(i)
		u, known := m.usageOf(f, shared, stale, now), m.usage[f.Key]
		if u == nil {
			continue
		}
		if known == nil {
			known = &told{}
			m.usage[f.Key] = known
		}
		known.round = m.round
		if known.Usage == nil || !u.alike(known.Usage) {
			known.Usage = u
			changed[f.Key] = u
		}
	}
	for key, known := range m.usage {
		if known.round != m.round {
			delete(m.usage, key)
			changed[key] = nil
		}
	}
	m.changed = len(changed)
	m.data.Unlock()
	if len(changed) > 0 && m.o.Publish != nil {
		m.o.Publish(changed)
	}
}

// sharedPods are the pods that serve several functions: what they use is nobody's alone.
func sharedPods(functions []*model.Function) map[podName]bool {
	seen := make(map[podName]bool, len(functions))
	for _, f := range functions {
		for _, p := range f.Pods {
			n := podName{p.Namespace, p.Name}
			_, again := seen[n]
			seen[n] = again
		}
	}
	return seen
}

// usageOf adds what is known of the pods of a function.
func (m *Meter) usageOf(f *model.Function, shared map[podName]bool, stale bool, now time.Time) *Usage {
	u := Usage{Stale: stale}
	for _, ref := range f.Pods {
		name := podName{ref.Namespace, ref.Name}
		if shared[name] {
			continue
		}
		u.Of++
		if l, ok := m.latest[name]; ok && now.Sub(l.Time) < forget {
			u.Pods++
			u.Amount = u.plus(l.Amount)
		}
	}
	if u.Pods == 0 {
		return nil
	}
	if request, limit, known := Claims(f); known {
		u.Request, u.Limit = request.Times(u.Pods), limit.Times(u.Pods)
	}
	if s := m.functions[f.Key]; s != nil {
		u.CPUSpark = s.spark(now, func(m mark) uint32 { return m.cpu })
		u.MemorySpark = s.spark(now, func(m mark) uint32 { return m.memory })
	}
	return &u
}

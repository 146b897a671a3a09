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
	m.want(functions)
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
	err := m.list(ctx, t, func(sample Sample) {
		if sample.fresh(started) {
			m.sample(sample)
		}
	})
	if ctx.Err() == context.Canceled {
		return
	}
	m.take(t, s, functions, err)
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

// want begins a round: the pods of these functions are wanted, by the names that the store has of them, because those of
// an answer hold on to the whole of it.
func (m *Meter) want(functions []*model.Function) {
	m.data.Lock()
	defer m.data.Unlock()
	m.round++
	for i, f := range functions {
		m.breathe(i)
		for _, p := range f.Pods {
			name := podName{p.Namespace, p.Name}
			l := m.latest[name]
			if l == nil {
				l = &sampled{}
				m.latest[name] = l
			}
			l.shared = l.wanted == m.round
			l.wanted = m.round
		}
	}
	maps.DeleteFunc(m.latest, func(_ podName, l *sampled) bool { return l.wanted != m.round })
}

// sample takes what a list says of a pod.
func (m *Meter) sample(s Sample) {
	m.data.Lock()
	defer m.data.Unlock()
	if l := m.latest[podName{s.Namespace, s.Pod}]; l != nil {
		l.Point, l.listed = s.Point, m.round
	}
}

// take brings in an answer, and tells what changed.
func (m *Meter) take(t target, s *standing, functions []*model.Function, err error) {
	now, v := m.o.Now(), m.view()
	if err == nil {
		m.keep(t, functions, now)
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
func (m *Meter) keep(t target, functions []*model.Function, now time.Time) {
	m.mu.Lock()
	looks := slices.Clone(m.looks)
	m.mu.Unlock()
	m.data.Lock()
	defer m.data.Unlock()
	for name, l := range m.latest {
		if l.listed != m.round && t.selector == "" && (t.namespace == "" || t.namespace == name.namespace) {
			l.Point = Point{}
		}
	}
	many := len(functions) > manyFunctions
	for i, f := range functions {
		m.breathe(i)
		near := slices.Contains(looks, Look{Function: f.Key})
		step := fine
		if many && !near {
			step = coarse
		}
		if total := m.total(f); total.Pods > 0 {
			m.record(f.Key).add(total, step)
		}
		if many && !near {
			continue
		}
		for _, ref := range f.Pods {
			name := podName{ref.Namespace, ref.Name}
			if l := m.latest[name]; l != nil && l.listed == m.round {
				s := m.pods[name]
				if s == nil {
					s = &series{}
					m.pods[name] = s
				}
				s.add(l.Point, step)
			}
		}
	}
	m.forget(now)
}

// record returns what is known of a function, which is nothing where it was not measured yet.
func (m *Meter) record(key model.FunctionKey) *record {
	r := m.functions[key]
	if r == nil {
		r = &record{}
		m.functions[key] = r
	}
	return r
}

// total adds the pods of a function that the list of this round held; its time is that of the newest sample.
func (m *Meter) total(f *model.Function) (sum Point) {
	for _, ref := range f.Pods {
		l := m.latest[podName{ref.Namespace, ref.Name}]
		if l == nil || l.listed != m.round {
			continue
		}
		sum.Pods++
		sum.Amount = sum.plus(l.Amount)
		if l.Time.After(sum.Time) {
			sum.Time = l.Time
		}
	}
	return sum
}

// forget drops what is too old, or gone: a function by its key, a pod by its last point.
func (m *Meter) forget(now time.Time) {
	old := clamp(now.Add(-keep).Unix())
	gone := func(s *series) bool { return len(s.marks) == 0 || s.at(len(s.marks)-1).at < old }
	maps.DeleteFunc(m.pods, func(_ podName, s *series) bool { return gone(s) })
	maps.DeleteFunc(m.functions, func(_ model.FunctionKey, r *record) bool { return r.usage == nil && gone(&r.series) })
	if len(m.pods) > maxPods {
		maps.DeleteFunc(m.pods, func(p podName, _ *series) bool { return m.latest[p] == nil })
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
	changed := make([]Change, 0, m.changed)
	var room []Usage // for several: there are ten thousand new ones every minute
	phase := m.state.Load().Phase
	stale := phase != Live && phase != Waiting
	m.data.Lock()
	for i, f := range functions {
		m.breathe(i)
		known := m.functions[f.Key]
		u, measured := m.usageOf(f, known, stale, now)
		if !measured {
			continue
		}
		if known == nil {
			known = m.record(f.Key)
		}
		known.round = m.round
		if known.usage != nil && u.alike(known.usage) {
			continue
		}
		if len(room) == cap(room) {
			room = make([]Usage, 0, 64)
		}
		room = append(room, u)
		known.usage = &room[len(room)-1]
		changed = append(changed, Change{f.Key, known.usage})
	}
	for key, known := range m.functions {
		if known.round != m.round && known.usage != nil {
			known.usage = nil
			changed = append(changed, Change{Function: key})
		}
	}
	m.changed = len(changed)
	m.data.Unlock()
	if len(changed) > 0 && m.o.Publish != nil {
		m.o.Publish(changed)
	}
}

// usageOf adds what is known of the pods of a function.
func (m *Meter) usageOf(f *model.Function, known *record, stale bool, now time.Time) (u Usage, measured bool) {
	u.Stale = stale
	for _, ref := range f.Pods {
		l := m.latest[podName{ref.Namespace, ref.Name}]
		if l != nil && l.shared {
			continue
		}
		u.Of++
		if l != nil && now.Sub(l.Time) < forget {
			u.Pods++
			u.Amount = u.plus(l.Amount)
		}
	}
	if u.Pods == 0 {
		return u, false
	}
	if request, limit, known := Claims(f); known {
		u.Request, u.Limit = request.Times(u.Pods), limit.Times(u.Pods)
	}
	if known != nil {
		u.CPUSpark = known.spark(now, func(m mark) uint32 { return m.cpu })
		u.MemorySpark = known.spark(now, func(m mark) uint32 { return m.memory })
	}
	return u, true
}

package metrics

import (
	"context"
	"io"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fn9s/fn9s/security/model"
)

// Look is what somebody looks at: all functions in scope, or one.
type Look struct {
	// Function is the one that is looked at closely; zero: the table of all in scope.
	Function model.FunctionKey
}

// Phase is how the measuring goes.
type Phase string

// The phases. Absent: the cluster does not serve the API, or what serves it does not answer. Denied: the operator may not
// list it anywhere in scope. Stale: the newest answer is older than it should be.
const (
	Off     Phase = "off" // nobody looked yet
	Waiting Phase = "waiting"
	Live    Phase = "live"
	Absent  Phase = "unavailable"
	Denied  Phase = "denied"
	Stale   Phase = "stale"
)

// State is how the measuring of one cluster goes. It is immutable.
type State struct {
	Phase  Phase
	Reason string    // why, in one line; empty while live
	At     time.Time // of the newest answer; zero: there was none
	Retry  time.Time // when it is asked again; zero while nobody looks
	Denied []string  // namespaces in which the operator may not list, where there are others
}

// Cluster is what a meter asks of a cluster.
type Cluster interface {
	// Open sends a GET and hands over the answer as it comes, with its content type.
	Open(ctx context.Context, path string, params url.Values, accept string) (io.ReadCloser, string, error)
	// Functions are those of which the usage is wanted.
	Functions() []*model.Function
	// Namespaces is the scope; none: all.
	Namespaces() []string
	// Selector selects the pods of one function by their labels; empty: they cannot be told so.
	Selector(f *model.Function) string
}

// Options say what becomes of what was measured.
type Options struct {
	// Publish gets every usage that changed. It must not block, and may keep the list.
	Publish func([]Change)
	// Note gets what went wrong, once until it is well again. It must not block.
	Note func(message string)
	Now  func() time.Time
}

// Change is another usage of a function; nil: there is none any more.
type Change struct {
	Function model.FunctionKey
	Usage    *Usage
}

// Meter measures one cluster, while somebody looks. It is safe for concurrent use.
type Meter struct {
	cluster Cluster
	o       Options
	wake    chan struct{}

	state atomic.Pointer[State]
	known atomic.Int64 // functions when the lists were last chosen

	mu     sync.Mutex
	looks  []Look
	away   bool // the terminal lost the focus
	again  bool // ask now
	noted  string
	asked  time.Time // of the last request
	target map[target]*standing
	once   bool // everything is read once, and soon
	whole  bool // the whole cluster may be listed, as far as is known

	// data guards what was measured. It is never held for long: a reader may be drawing.
	data      sync.Mutex
	round     int // of measuring
	changed   int // how many usages were others in the last one
	functions map[model.FunctionKey]*record
	pods      map[podName]*series
	latest    map[podName]*sampled
}

type podName struct{ namespace, name string }

// record is what is known of a function: its history, the usage that was told last, and in which round that was found to
// be true.
type record struct {
	series
	usage *Usage
	round int
}

// sampled is the newest sample of a pod, zero when there is none. The collector would have much to do if ten thousand of
// them were made anew every minute.
type sampled struct {
	Point
	wanted, listed int  // the newest round in which a function had the pod, and in which a list held it
	shared         bool // by several functions, in that round: what it uses is nobody's alone
}

// New makes a meter. Run brings it to life.
func New(c Cluster, o Options) *Meter {
	if o.Now == nil {
		o.Now = time.Now
	}
	m := &Meter{
		cluster: c, o: o, wake: make(chan struct{}, 1), whole: true,
		target: map[target]*standing{}, functions: map[model.FunctionKey]*record{},
		pods: map[podName]*series{}, latest: map[podName]*sampled{},
	}
	m.state.Store(&State{Phase: Off})
	return m
}

func (m *Meter) poke() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// SetLooks says what is looked at; nothing stops the measuring. Away slows it down: the terminal is not looked at.
func (m *Meter) SetLooks(looks []Look, away bool) {
	m.mu.Lock()
	m.looks, m.away = slices.Clone(looks), away
	state := *m.state.Load()
	if len(looks) == 0 {
		state.Retry = time.Time{}
	} else if state.Phase == Off {
		state.Phase = Waiting
	}
	m.state.Store(&state)
	m.mu.Unlock()
	m.poke()
}

// Retry asks again now, and tries again what was denied.
func (m *Meter) Retry() {
	m.mu.Lock()
	m.again, m.whole = true, true
	m.mu.Unlock()
	m.poke()
}

// Stir says how many functions there are now: others are to be measured, perhaps. It never blocks.
func (m *Meter) Stir(functions int) {
	if m.known.Load() != int64(functions) {
		m.poke()
	}
}

// State says how the measuring goes.
func (m *Meter) State() State { return *m.state.Load() }

// Usage is what a function was last seen to use; nil: it was not measured.
func (m *Meter) Usage(key model.FunctionKey) *Usage {
	m.data.Lock()
	defer m.data.Unlock()
	if known := m.functions[key]; known != nil {
		return known.usage
	}
	return nil
}

// History is what a function used, as far back as it was looked at, from the oldest.
func (m *Meter) History(key model.FunctionKey) []Point {
	m.data.Lock()
	defer m.data.Unlock()
	if s := m.functions[key]; s != nil {
		return s.since(m.o.Now().Add(-keep))
	}
	return nil
}

// Pod is what a pod used last, and before that. There is nothing of a pod that was not measured.
func (m *Meter) Pod(namespace, name string) (now Point, before []Point, measured bool) {
	m.data.Lock()
	defer m.data.Unlock()
	p := podName{namespace, name}
	if s := m.pods[p]; s != nil {
		before = s.since(m.o.Now().Add(-keep))
	}
	if l := m.latest[p]; l != nil {
		now = l.Point
	}
	return now, before, !now.Time.IsZero()
}

// Read measures everything in scope once, and returns how it went. It is for a meter that does not run.
func (m *Meter) Read(ctx context.Context) State {
	m.mu.Lock()
	m.once = true
	m.mu.Unlock()
	m.SetLooks([]Look{{}}, false)
	defer m.SetLooks(nil, false)
	for ctx.Err() == nil {
		t, wait, _ := m.next()
		m.mu.Lock()
		_, asked := m.target[t]
		m.mu.Unlock()
		if asked || wait >= seldom {
			break // all were, or there is nothing to measure
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-timer.C:
			m.measure(ctx, t)
		}
		timer.Stop()
	}
	return m.State()
}

// Run measures until the context ends.
func (m *Meter) Run(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		next, wait, wanted := m.next()
		if wanted && wait <= 0 {
			m.measure(ctx, next)
			if ctx.Err() != nil {
				return
			}
			continue
		}
		timer.Stop()
		if wanted {
			timer.Reset(wait)
		}
		select {
		case <-ctx.Done():
			return
		case <-m.wake:
		case <-timer.C:
		}
	}
}

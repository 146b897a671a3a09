package local

import (
	"context"
	"hash/fnv"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/fn9s/fn9s/kube/stream/metrics"
	"github.com/fn9s/fn9s/kube/stream/prometheus"
	"github.com/fn9s/fn9s/security/model"
)

// Record is what was recorded of a function for a minute: CPU and memory in percent of what its pods usually use.
type Record func(name string, minute int64) (cpu, memory int64)

// The annotations by which the pods of samples say what they usually use.
const (
	usualCPU    = "seed.fn9s.io/usage-cpu"
	usualMemory = "seed.fn9s.io/usage-memory"
)

// Recorded is the usage of functions as it was recorded once, instead of being measured.
type Recorded struct {
	files  *Files
	record Record
	now    func() time.Time
}

// Recorded returns what was recorded of the functions, and shows it on the board.
func (f *Files) Recorded(record Record) *Recorded {
	r := &Recorded{files: f, record: record, now: f.o.Now}
	r.tell()
	return r
}

// tell puts the usage of this minute into the rows.
func (r *Recorded) tell() {
	var all []metrics.Change
	now := r.now()
	for key, f := range r.files.source().functions {
		if u := r.usage(f, now); u != nil {
			all = append(all, metrics.Change{Function: key, Usage: u})
		}
	}
	r.files.engine.Measured(r.files.o.Name, all)
}

// usual is what one pod of a function uses, and how many there are.
func usual(f *model.Function) (one metrics.Amount, pods int) {
	if f.Ready != nil {
		pods = int(*f.Ready)
	}
	for i := range f.Templates {
		t := &f.Templates[i]
		if t.Role != model.Run {
			continue
		}
		cpu, err1 := resource.ParseQuantity(t.Annotations.Get(usualCPU))
		memory, err2 := resource.ParseQuantity(t.Annotations.Get(usualMemory))
		if err1 == nil && err2 == nil {
			return metrics.Amount{CPU: cpu.ScaledValue(resource.Micro), Memory: memory.Value()}, pods
		}
	}
	return metrics.Amount{}, 0
}

// at is what a function used at a moment; zero where nothing is recorded.
func (r *Recorded) at(f *model.Function, t time.Time) metrics.Point {
	one, pods := usual(f)
	cpu, memory := r.record(f.Name(), t.Unix()/60)
	n := int64(pods)
	return metrics.Point{Time: t, Pods: pods, Amount: metrics.Amount{CPU: one.CPU * n * cpu / 100, Memory: one.Memory * n * memory / 100}}
}

func (r *Recorded) usage(f *model.Function, now time.Time) *metrics.Usage {
	p := r.at(f, now)
	if p.Pods == 0 || p.Amount == (metrics.Amount{}) {
		return nil
	}
	u := &metrics.Usage{Amount: p.Amount, Pods: p.Pods, Of: p.Pods}
	if request, limit, known := metrics.Claims(f); known {
		u.Request, u.Limit = request.Times(p.Pods), limit.Times(p.Pods)
	}
	before := r.history(f, now)
	u.CPUSpark = metrics.SparkOf(before, now, func(a metrics.Amount) int64 { return a.CPU })
	u.MemorySpark = metrics.SparkOf(before, now, func(a metrics.Amount) int64 { return a.Memory })
	return u
}

// history is the hour before now, a point a minute.
func (r *Recorded) history(f *model.Function, now time.Time) []metrics.Point {
	var all []metrics.Point
	for i := 59; i >= 0; i-- {
		if p := r.at(f, now.Add(-time.Duration(i)*time.Minute)); p.Pods > 0 && p.Amount != (metrics.Amount{}) {
			all = append(all, p)
		}
	}
	return all
}

// Look shows the usage of this minute: what is recorded costs nothing to look at.
func (r *Recorded) Look(model.FunctionID) (stop func()) {
	r.tell()
	return func() {}
}

// Away is of no matter.
func (r *Recorded) Away(bool) {}

// Measuring says that all is there.
func (r *Recorded) Measuring(string) metrics.State {
	return metrics.State{Phase: metrics.Live, At: r.now()}
}

// History is the last hour of a function.
func (r *Recorded) History(id model.FunctionID) []metrics.Point {
	if f := r.files.source().functions[id.FunctionKey]; f != nil {
		return r.history(f, r.now())
	}
	return nil
}

// Pod is the share of a pod in what its function used.
func (r *Recorded) Pod(_, namespace, name string) (now metrics.Point, before []metrics.Point, measured bool) {
	for _, f := range r.files.source().functions {
		for _, p := range f.Pods {
			if p.Namespace != namespace || p.Name != name {
				continue
			}
			if before = r.history(f, r.now()); len(before) == 0 {
				return metrics.Point{}, nil, false
			}
			for i := range before {
				before[i].Amount = metrics.Amount{CPU: before[i].CPU / int64(before[i].Pods), Memory: before[i].Memory / int64(before[i].Pods)}
				before[i].Pods = 1
			}
			return before[len(before)-1], before, true
		}
	}
	return metrics.Point{}, nil, false
}

// Configured says that calls were recorded, too.
func (r *Recorded) Configured(string) bool { return true }

// Calls are how a function was called: as often as it was busy.
func (r *Recorded) Calls(_ context.Context, id model.FunctionID, _, to time.Time) (*prometheus.Calls, error) {
	c := &prometheus.Calls{At: to}
	f := r.files.source().functions[id.FunctionKey]
	if f == nil {
		return c, nil
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(f.Name()))
	slow := 0.02 + float64(h.Sum32()%180)/1000
	for _, p := range r.history(f, to) {
		rate := float64(p.CPU) / 3000
		busy, _ := r.record(f.Name(), p.Time.Unix()/60)
		c.Invocations = append(c.Invocations, prometheus.Point{Time: p.Time, Value: rate})
		c.Errors = append(c.Errors, prometheus.Point{Time: p.Time, Value: rate * float64(max(0, busy-110)) / 1500})
		c.Latency = append(c.Latency, prometheus.Point{Time: p.Time, Value: slow * float64(40+busy) / 100})
		c.ColdStarts = append(c.ColdStarts, prometheus.Point{Time: p.Time, Value: float64(max(0, busy-150)) / 60})
	}
	return c, nil
}

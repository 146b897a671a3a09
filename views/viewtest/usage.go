package viewtest

import (
	"context"
	"errors"
	"time"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/samples"
	"github.com/fn9s/fn9s/kube/stream/metrics"
	"github.com/fn9s/fn9s/kube/stream/prometheus"
	"github.com/fn9s/fn9s/security/model"
)

// Gauge is what functions of a World were recorded to use: it is the Metrics and Calls of its screens.
type Gauge struct {
	State  metrics.State
	Looked []model.FunctionID
	IsAway bool
	// Minutes is how long ago the recording began.
	Minutes int
	Asked   bool // there is a Prometheus
	Err     error
	Missing []string
}

// Measure gives rows a usage, and the world a gauge. Every tenth function was not measured.
func (w *World) Measure() *Gauge {
	g := &Gauge{State: metrics.State{Phase: metrics.Live, At: Now}, Minutes: 60}
	w.gauge = g
	rows := w.Board().Rows()
	measured := make([]*board.Row, len(rows))
	for i, r := range rows {
		row := *r
		if n := int64(i); i%10 != 8 && (r.Function.State == model.Ready || len(r.Function.Pods) > 0) {
			u := metrics.Usage{Amount: metrics.Amount{CPU: (n*37%400 + 1) * 1000, Memory: (n*53%900 + 8) << 20}, Pods: 2, Of: 2}
			u.Request, u.Limit = metrics.Amount{CPU: 200_000, Memory: 256 << 20}, metrics.Amount{CPU: 400_000, Memory: 512 << 20}
			u.CPUSpark = metrics.SparkOf(g.History(r.ID), Now, func(a metrics.Amount) int64 { return a.CPU })
			u.MemorySpark = metrics.SparkOf(g.History(r.ID), Now, func(a metrics.Amount) int64 { return a.Memory })
			row.Usage = &u
		}
		measured[i] = &row
	}
	w.Set(measured, Cluster())
	return g
}

// Look notes the call.
func (g *Gauge) Look(id model.FunctionID) (stop func()) {
	g.Looked = append(g.Looked, id)
	return func() { g.Looked = g.Looked[:len(g.Looked)-1] }
}

// Away notes the call.
func (g *Gauge) Away(away bool) { g.IsAway = away }

// Measuring is what the test said.
func (g *Gauge) Measuring(string) metrics.State { return g.State }

// History is a point a minute.
func (g *Gauge) History(id model.FunctionID) []metrics.Point {
	var all []metrics.Point
	for i := g.Minutes - 1; i >= 0; i-- {
		at := Now.Add(-time.Duration(i) * time.Minute)
		cpu, memory := samples.Busy(id.Name, at.Unix()/60)
		all = append(all, metrics.Point{Time: at, Pods: 2, Amount: metrics.Amount{CPU: cpu * 1200, Memory: memory << 21}})
	}
	return all
}

// Pod has half of what its function has; pods whose name ends with p were not measured.
func (g *Gauge) Pod(_, _, name string) (now metrics.Point, before []metrics.Point, measured bool) {
	if name[len(name)-1] == 'p' || g.State.Phase != metrics.Live && g.State.Phase != metrics.Stale {
		return metrics.Point{}, nil, false
	}
	for _, p := range g.History(model.FunctionID{FunctionKey: model.FunctionKey{Name: name}}) {
		before = append(before, metrics.Point{Time: p.Time, Pods: 1, Amount: metrics.Amount{CPU: p.CPU / 2, Memory: p.Memory / 2}})
	}
	return before[len(before)-1], before, true
}

// Configured reports whether the test gave it a Prometheus.
func (g *Gauge) Configured(string) bool { return g.Asked }

// ErrPrometheus is what a broken one says.
var ErrPrometheus = errors.New("prometheus answers 503 Service Unavailable")

// Calls are made of the same recording.
func (g *Gauge) Calls(_ context.Context, id model.FunctionID, _, to time.Time) (*prometheus.Calls, error) {
	if g.Err != nil {
		return nil, g.Err
	}
	c := &prometheus.Calls{At: to, Missing: g.Missing}
	for _, p := range g.History(id) {
		rate := float64(p.CPU) / 10_000
		c.Invocations = append(c.Invocations, prometheus.Point{Time: p.Time, Value: rate})
		c.Errors = append(c.Errors, prometheus.Point{Time: p.Time, Value: max(0, rate-12)})
		c.Latency = append(c.Latency, prometheus.Point{Time: p.Time, Value: 0.02 + rate/100})
	}
	return c, nil
}

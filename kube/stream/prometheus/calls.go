// Package prometheus asks a Prometheus how functions are called: how often, with how many errors, how fast, and how many
// calls had to wait for a start.
//
// Its one rule: nothing that comes from a cluster becomes part of a query but as an escaped value, and no answer is larger
// than its bound.
package prometheus

import (
	"context"
	"fmt"
	"time"

	"github.com/fn9s/fn9s/kube/plan"
)

const (
	// step is how far apart points are, and window the time that a rate is taken over: five scrapes of the usual distance.
	step   = time.Minute
	window = "5m"
)

// Point is a value at a moment.
type Point struct {
	Time  time.Time
	Value float64
}

// Calls is what a Prometheus tells of one function. Series that the framework has no metric for are absent, and named in
// Missing.
type Calls struct {
	Invocations []Point // a second
	Errors      []Point // a second
	Latency     []Point // seconds: 95 of 100 calls took no longer, or with Mean the mean
	Mean        bool
	ColdStarts  []Point // a minute
	// Missing says why a series is not there; Problems what could not be asked.
	Missing  []string
	Problems []string
	At       time.Time
}

// Ask reads the series of a function between two moments. What cannot be read is told in Problems; it is an error only
// where nothing could.
func (c *Client) Ask(ctx context.Context, q plan.Queries, from, to time.Time) (*Calls, error) {
	calls := &Calls{At: to, Mean: q.Mean}
	values := map[string]string{"window": window}
	for k, v := range q.Values {
		values[k] = v
	}
	if q.Missing != "" {
		calls.Missing = []string{q.Missing}
	}
	asked, failed := 0, 0
	var last error
	for _, one := range []struct {
		name, query string
		into        *[]Point
		times       float64
	}{
		{"invocations", q.Invocations, &calls.Invocations, 1}, {"errors", q.Errors, &calls.Errors, 1},
		{"latency", q.Latency, &calls.Latency, 1}, {"cold starts", q.ColdStarts, &calls.ColdStarts, 60},
	} {
		if one.query == "" {
			continue
		}
		asked++
		points, err := c.series(ctx, one.query, values, from, to)
		if err != nil {
			failed, last = failed+1, err
			calls.Problems = append(calls.Problems, fmt.Sprintf("%s: %v", one.name, err))
			continue
		}
		for i := range points {
			points[i].Value *= one.times
		}
		*one.into = points
	}
	if failed > 0 && failed == asked {
		return nil, last
	}
	return calls, nil
}

func (c *Client) series(ctx context.Context, query string, values map[string]string, from, to time.Time) ([]Point, error) {
	filled, err := Fill(query, values)
	if err != nil {
		return nil, err
	}
	return c.Range(ctx, filled, from, to, step)
}

package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// report prints a line for each figure and remembers what was over its budget.
type report struct {
	out  io.Writer
	over []string
	all  int
}

const layout = "%-46s %14s %14s  %s\n"

func (r *report) line(name, measured, budget string, ok bool) {
	if r.all == 0 {
		fmt.Fprintf(r.out, layout, "FIGURE", "MEASURED", "BUDGET", "")
	}
	r.all++
	word := "ok"
	if !ok {
		word = "OVER"
		r.over = append(r.over, name)
	}
	fmt.Fprintf(r.out, layout, name, measured, "≤ "+budget, word)
}

// duration reports a time.
func (r *report) duration(name string, measured, budget time.Duration) {
	r.line(name, short(measured), short(budget), measured <= budget)
}

// number reports anything else.
func (r *report) number(name, format string, measured, budget float64) {
	r.line(name, fmt.Sprintf(format, measured), fmt.Sprintf(format, budget), measured <= budget)
}

// note explains the figures around it.
func (r *report) note(format string, args ...any) {
	fmt.Fprintf(r.out, "  "+format+"\n", args...)
}

// failed is a group that could not be measured: that is no pass.
func (r *report) failed(name string, err error) {
	r.over = append(r.over, name+" (not measured)")
	fmt.Fprintf(r.out, "%s could not be measured: %v\n", name, err)
}

func (r *report) verdict() error {
	if len(r.over) > 0 {
		return fmt.Errorf("%d over budget: %s", len(r.over), strings.Join(r.over, ", "))
	}
	fmt.Fprintf(r.out, "all %d figures are within their budgets\n", r.all)
	return nil
}

// short writes a duration with three digits or so.
func short(d time.Duration) string {
	switch {
	case d >= time.Minute:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(100 * time.Nanosecond).String()
}

// percentile returns the value that p of 100 do not exceed; 50 is the median.
func percentile[T time.Duration | float64](values []T, p int) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[max(0, (len(sorted)*p+99)/100-1)]
}

func list[T any](values []T, format func(T) string) string {
	var parts []string
	for _, v := range values {
		parts = append(parts, format(v))
	}
	return strings.Join(parts, ", ")
}

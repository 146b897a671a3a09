package main

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// metric is one of the values that a line of a benchmark ends with.
var metric = regexp.MustCompile(`([0-9.]+) (ns/op|ns/literal|µs-judge/function|µs-blast/function|functions|connections)`)

// whole is the package whose benchmarks run the posture engine on functions in manifests.
const whole = "./kube/offline"

// engine runs a benchmark of a package, and returns every value that it printed, by unit.
func (b *bench) engine(ctx context.Context, pkg, name string, args ...string) (map[string][]float64, error) {
	c := exec.CommandContext(ctx, "go", append([]string{"test", "-run", "^$", "-bench", name}, append(args, pkg)...)...)
	c.Dir = b.repository
	out, err := c.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("go test -bench %s: %w: %s", name, err, strings.TrimSpace(string(out)))
	}
	values := map[string][]float64{}
	for _, m := range metric.FindAllStringSubmatch(string(out), -1) {
		if v, err := strconv.ParseFloat(m[1], 64); err == nil {
			values[m[2]] = append(values[m[2]], v)
		}
	}
	if len(values["ns/op"]) == 0 {
		return nil, fmt.Errorf("go test -bench %s printed no result", name)
	}
	return values, nil
}

// measureJudge evaluates ten thousand functions.
func measureJudge(ctx context.Context, b *bench) error {
	judged, err := b.engine(ctx, whole, "^BenchmarkJudge$/^10000$", "-benchtime", "2x", "-count", "5")
	if err != nil {
		return err
	}
	b.report.number("evaluation of a function, 10,000 of them", "%.0f µs", percentile(judged["µs-judge/function"], 50), 100)
	return nil
}

// measureBindings changes a binding of one account, then one of all accounts.
func measureBindings(ctx context.Context, b *bench) error {
	for _, f := range []struct {
		bench, name string
		budget      time.Duration
	}{
		{"OneAccount", "a RoleBinding of one account changes, 10,000", 20 * time.Millisecond},
		{"AllAccounts", "a ClusterRoleBinding of all accounts changes, 10,000", 2 * time.Second},
	} {
		got, err := b.engine(ctx, whole, "^BenchmarkChange$/^"+f.bench+"$", "-benchtime", "5x", "-count", "3")
		if err != nil {
			return err
		}
		b.report.duration(f.name, time.Duration(percentile(got["ns/op"], 50)), f.budget)
		b.report.note("%.0f functions were judged again", got["functions"][0])
	}
	return nil
}

// measureGrowth compares what a function costs among few and among many. Both sizes judge as many functions in all, in
// turns, so that what else the machine does meets both.
func measureGrowth(ctx context.Context, b *bench) error {
	few, many := 1000, 50_000
	each := map[int][]float64{}
	for range rounds {
		for _, n := range []int{few, many} {
			got, err := b.engine(ctx, whole, fmt.Sprintf("^BenchmarkJudge$/^%d$", n), "-benchtime", fmt.Sprintf("%dx", 2*many/n))
			if err != nil {
				return err
			}
			each[n] = append(each[n], got["µs-judge/function"][0]+got["µs-blast/function"][0])
		}
	}
	// The best of each: what disturbs a run only makes it longer.
	least, most := percentile(each[few], 0), percentile(each[many], 0)
	b.report.number("a function among 50,000, as part of among 1,000", "%.0f %%", 100*most/least, 120)
	b.report.note("judged, with its blast radius: %.0f µs among 1,000, %.0f µs among 50,000", least, most)
	return nil
}

// measureDetect looks at every string of the seed, none of which was seen before.
func measureDetect(ctx context.Context, b *bench) error {
	got, err := b.engine(ctx, "./security/detect", "^BenchmarkLiteralOfSeedFresh$", "-benchtime", "20x", "-count", "3")
	if err != nil {
		return err
	}
	b.report.number("detection, a literal of the seed", "%.1f µs", percentile(got["ns/literal"], 50)/1000, 20)
	return nil
}

// measureReach lists who reaches whom among a thousand workloads with two hundred policies.
func measureReach(ctx context.Context, b *bench) error {
	got, err := b.engine(ctx, "./security/reach", "^BenchmarkConnections$", "-benchtime", "3x", "-count", "3")
	if err != nil {
		return err
	}
	b.report.duration("connections of 1,000 workloads with 200 policies", time.Duration(percentile(got["ns/op"], 50)), 2*time.Second)
	b.report.note("%.0f connections", got["connections"][0])
	return nil
}

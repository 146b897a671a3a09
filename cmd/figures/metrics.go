package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/fn9s/fn9s/cmd/terminal"
)

// metricsPath is the list of what all pods use.
const metricsPath = "/apis/metrics.k8s.io/v1beta1/pods"

// measureMetrics measures what it costs to show what functions use: the list of all pods, keys while it comes, the
// processor while it is repeated, and that the order by usage is one.
func measureMetrics(ctx context.Context, b *bench) error {
	took, err := b.raw(ctx, metricsPath)
	if err != nil {
		return err
	}
	b.report.note("kubectl get --raw %s took %s", metricsPath, short(took))
	config, err := clientcmd.BuildConfigFromFlags("", b.kubeconfig)
	if err != nil {
		return fmt.Errorf("read the kubeconfig: %w", err)
	}
	r, err := record(ctx, config)
	if err != nil {
		return err
	}
	defer r.close()
	t, err := b.whole("--server", r.url)
	if err != nil {
		return err
	}
	defer t.Close()
	began := time.Now()
	if err := b.press(t, "key press to paint while usage comes in, p95 of 500 keys"); err != nil {
		return err
	}
	measured := func(s *terminal.Screen) bool { return len(usages(s)) > 10 }
	if _, err := t.WaitFor("CPU of the functions", limit, measured); err != nil {
		return err
	}
	b.report.duration("usage of all functions on the screen, after the complete list and 500 keys", time.Since(began), 60*time.Second)
	if err := b.sortedByUsage(t); err != nil {
		return err
	}
	if err := pause(ctx, calm); err != nil {
		return err
	}
	before, err := cpuTime(t.Pid())
	if err != nil {
		return err
	}
	asked, from := r.count(metricsPrefix), time.Now()
	if err := pause(ctx, 2*b.period); err != nil {
		return err
	}
	after, err := cpuTime(t.Pid())
	if err != nil {
		return err
	}
	b.report.number("CPU while usage is measured, of a core", "%.2f %%", percent(after-before, time.Since(from)), 2)
	b.report.number("requests for metrics a second, steady", "%.3f", float64(r.count(metricsPrefix)-asked)/time.Since(from).Seconds(), 2)
	return nil
}

const metricsPrefix = "/apis/metrics.k8s.io/"

// sortedByUsage sorts by CPU and compares the screen with it.
func (b *bench) sortedByUsage(t *terminal.Terminal) error {
	if err := t.Send("o"); err != nil {
		return err
	}
	if err := t.Type("cpu"); err != nil {
		return err
	}
	if err := t.Send("enter"); err != nil {
		return err
	}
	_, err := t.WaitFor("the order of CPU", limit, func(s *terminal.Screen) bool {
		all := usages(s)
		return strings.Contains(s.Line(1), "CPU↓") && len(all) > 10 && slices.IsSortedFunc(all, func(a, b int) int { return b - a })
	})
	if err != nil {
		return fmt.Errorf("sort by CPU: %w", err)
	}
	b.report.note("sorted by CPU: every row on the screen uses no more than the one above it")
	return nil
}

// usages are the cells of the column CPU, from the top: what ends where its title ends.
func usages(s *terminal.Screen) []int {
	title := []rune(s.Line(1))
	end := strings.Index(string(title), " CPU") // sorted: CPU↓
	if end < 0 {
		return nil
	}
	end = len([]rune(string(title)[:end])) + len(" CPU")
	var all []int
	for y := range s.Rows {
		if y < 2 {
			continue
		}
		line := []rune(s.Line(y))
		words := strings.Fields(string(line[:min(end, len(line))]))
		if len(words) == 0 {
			continue
		}
		digits, ok := strings.CutSuffix(words[len(words)-1], "m")
		if n, err := strconv.Atoi(digits); ok && err == nil {
			all = append(all, n)
		}
	}
	return all
}

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/fn9s/fn9s/cmd/terminal"
)

var result = regexp.MustCompile(`(?m)^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+([0-9.]+) ns/op`)

// measureTable runs the table's own benchmarks of a frame at 50,000 rows.
func measureTable(ctx context.Context, b *bench) error {
	c := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "^Benchmark(Frame|Page)50k$", "-count", "3", "./ui/table")
	c.Dir = b.repository
	out, err := c.CombinedOutput()
	if err != nil {
		return fmt.Errorf("go test -bench: %w: %s", err, strings.TrimSpace(string(out)))
	}
	times := map[string][]time.Duration{}
	for _, m := range result.FindAllStringSubmatch(string(out), -1) {
		ns, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			return fmt.Errorf("benchmark %s: %w", m[1], err)
		}
		times[m[1]] = append(times[m[1]], time.Duration(ns))
	}
	if len(times) == 0 {
		return errors.New("the benchmarks printed no result")
	}
	for _, f := range []struct{ name, about string }{
		{"Frame50k", "a line further"}, {"Page50k", "a page further"},
	} {
		if len(times[f.name]) == 0 {
			return fmt.Errorf("benchmark %s printed no result", f.name)
		}
		b.report.duration("table of 50,000 rows, frame "+f.about, percentile(times[f.name], 50), time.Millisecond)
	}
	return nil
}

// measureDemo measures `make demo` when its components have been built before: with the cluster running, and with
// the cluster stopped.
func measureDemo(ctx context.Context, b *bench) error {
	name := b.name + "-demo"
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		_, _ = command(ctx, b.devcluster, "down", "--name", name)
	}()
	first, err := b.demo(name)
	if err != nil {
		return err
	}
	running, err := b.demo(name)
	if err != nil {
		return err
	}
	if _, err := command(ctx, b.devcluster, "down", "--keep-data", "--name", name); err != nil {
		return err
	}
	stopped, err := b.demo(name)
	if err != nil {
		return err
	}
	b.report.duration("make demo again, cluster running", running, 15*time.Second)
	b.report.duration("make demo again, cluster stopped", stopped, 15*time.Second)
	b.report.note("a new cluster from built components: %s", short(first))
	return nil
}

// demo runs `make demo` until its console is live, and quits it.
func (b *bench) demo(cluster string) (time.Duration, error) {
	t, err := terminal.Start(terminal.Options{
		Args: []string{"make", "-C", b.repository, "demo", "CLUSTER=" + cluster}, Cols: cols, Rows: rows,
		Env: os.Environ(),
	})
	if err != nil {
		return 0, err
	}
	defer t.Close()
	s, err := t.WaitFor("live console with 30 functions", 10*time.Minute, func(s *terminal.Screen) bool {
		return s.Alt && live(s) && count(s) >= 30
	})
	if err != nil {
		return 0, err
	}
	if err := t.Send("q"); err != nil {
		return 0, err
	}
	if _, err := t.Wait(limit); err != nil {
		return 0, err
	}
	return s.At.Sub(t.Started()), nil
}

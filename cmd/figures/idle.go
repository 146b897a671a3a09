package main

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/fn9s/fn9s/cmd/terminal"
)

// calm is how long a console is left alone after its list is complete: it goes on to read what its table does not show.
const calm = 10 * time.Second

// judged reports whether the header names no functions that wait for their posture.
func judged(s *terminal.Screen) bool { return !strings.Contains(s.Line(0), " to judge") }

// measureIdle measures what a console costs that nothing happens to.
func measureIdle(ctx context.Context, b *bench) error {
	t, err := b.whole()
	if err != nil {
		return err
	}
	defer t.Close()
	listed := time.Now()
	if _, err := t.WaitFor("posture of all functions", limit, judged); err != nil {
		return err
	}
	b.report.duration("posture of all, after the complete list", time.Since(listed), 5*time.Second)
	if err := pause(ctx, calm); err != nil {
		return err
	}
	before, err := cpuTime(t.Pid())
	if err != nil {
		return err
	}
	began := time.Now()
	if err := pause(ctx, b.period-time.Since(listed)); err != nil {
		return err
	}
	rss, err := memory(t.Pid(), "VmRSS")
	if err != nil {
		return err
	}
	if err := pause(ctx, calm); err != nil {
		return err
	}
	after, err := cpuTime(t.Pid())
	if err != nil {
		return err
	}
	peak, err := memory(t.Pid(), "VmHWM")
	if err != nil {
		return err
	}
	b.report.number("CPU without change, of a core", "%.2f %%", percent(after-before, time.Since(began)), 1)
	b.report.number("memory "+short(b.period)+" after the complete list", "%.0f MiB", rss, 350)
	b.report.number("memory at its peak, start included", "%.0f MiB", peak, 400)
	return nil
}

func percent(used, of time.Duration) float64 { return 100 * used.Seconds() / of.Seconds() }

const rate = 100

// measureChurn measures what a console costs while functions change.
func measureChurn(ctx context.Context, b *bench) error {
	t, err := b.whole()
	if err != nil {
		return err
	}
	defer t.Close()
	if err := pause(ctx, calm); err != nil {
		return err
	}
	stop, err := b.churn(ctx)
	if err != nil {
		return err
	}
	used, watched, err := watch(ctx, t, b.period)
	said := stop()
	if err != nil {
		return err
	}
	peak, err := memory(t.Pid(), "VmHWM")
	if err != nil {
		return err
	}
	b.report.number(fmt.Sprintf("CPU at %d updates/s, of a core", rate), "%.2f %%", percent(used, watched), 5)
	b.report.number("memory at its peak, with updates", "%.0f MiB", peak, 400)
	b.report.note("%s", said)
	return b.settle(ctx)
}

// watch measures the CPU time of a console under updates, once they are under way.
func watch(ctx context.Context, t *terminal.Terminal, period time.Duration) (used, watched time.Duration, err error) {
	if err := pause(ctx, 5*time.Second); err != nil {
		return 0, 0, err
	}
	before, err := cpuTime(t.Pid())
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	if err := pause(ctx, period); err != nil {
		return 0, 0, err
	}
	after, err := cpuTime(t.Pid())
	return after - before, time.Since(began), err
}

// churn changes functions until it is stopped, which returns what it says of itself.
func (b *bench) churn(ctx context.Context) (stop func() string, err error) {
	var out strings.Builder
	c := exec.CommandContext(ctx, b.devcluster, "churn", "--rate", strconv.Itoa(rate), "--name", b.name)
	c.Stdout, c.Stderr = &out, &out
	if err := c.Start(); err != nil {
		return nil, fmt.Errorf("devcluster churn: %w", err)
	}
	return func() string {
		_ = c.Process.Signal(interrupt)
		_ = c.Wait()
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		return lines[len(lines)-1]
	}, nil
}

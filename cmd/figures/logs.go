package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/fn9s/fn9s/cmd/terminal"
)

// What is written for the logs group, and how long.
const (
	logPods, logRate = 20, 100_000
	logDelay         = 8 * time.Second // for those who read to be there before the first line
)

// streams are the logs of one function's pods, served beside the cluster.
type streams struct {
	Namespace, Function string
	Pods                []string
	Start               time.Time
	Lines               int // of each pod

	process *exec.Cmd
}

// logPeriod is how long lines are written.
func (b *bench) logPeriod() time.Duration { return b.period / 2 }

// stream begins to serve the logs.
func (b *bench) stream(ctx context.Context) (*streams, error) {
	c := exec.CommandContext(ctx, b.devcluster, "stream-logs", "--name", b.name, "--pods", strconv.Itoa(logPods),
		"--rate", strconv.Itoa(logRate), "--for", b.logPeriod().String(), "--delay", logDelay.String())
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("serve log streams: %w", err)
	}
	if err := c.Start(); err != nil {
		return nil, fmt.Errorf("serve log streams: %w", err)
	}
	s := &streams{process: c}
	if err := json.NewDecoder(out).Decode(s); err != nil {
		s.stop()
		return nil, fmt.Errorf("serve log streams: %w", err)
	}
	return s, nil
}

func (s *streams) stop() {
	_ = s.process.Process.Signal(interrupt) // it may have ended
	_ = s.process.Wait()
}

func (s *streams) total() int { return s.Lines * len(s.Pods) }

// tally counts numbered lines of pods.
type tally struct {
	mu         sync.Mutex
	next       map[string]int
	lines      int
	duplicated int
	disordered int
	done       chan struct{}
	want       int
}

func newTally(want int) *tally {
	return &tally{next: map[string]int{}, done: make(chan struct{}), want: want}
}

// read counts lines `pod=NAME seq=N …` until the end.
func (t *tally) read(from io.Reader) {
	r := bufio.NewReaderSize(from, 1<<20)
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return
		}
		pod, rest, _ := bytes.Cut(bytes.TrimPrefix(line, []byte("pod=")), []byte(" seq="))
		digits, _, _ := bytes.Cut(rest, []byte(" "))
		n, err := strconv.Atoi(string(digits))
		if err == nil {
			t.add(pod, n)
		}
	}
}

func (t *tally) add(pod []byte, n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch next := t.next[string(pod)]; {
	case n < next:
		t.duplicated++
		return
	case n > next:
		t.disordered += n - next
	}
	t.next[string(pod)] = n + 1
	if t.lines++; t.lines == t.want {
		close(t.done)
	}
}

// followed is what following the streams cost.
type followed struct {
	cpu   time.Duration
	rss   float64 // MiB over what was used before the first line, of the first process
	after time.Duration
}

// follow has programs follow the streams, until all lines came or it took far too long.
func (s *streams) follow(ctx context.Context, t *tally, programs []*exec.Cmd) (*followed, error) {
	var readers sync.WaitGroup
	for _, c := range programs {
		out, err := c.StdoutPipe()
		if err == nil {
			err = c.Start()
		}
		if err != nil {
			return nil, fmt.Errorf("follow logs: %w", err)
		}
		readers.Go(func() { t.read(out) })
	}
	pid := programs[0].Process.Pid
	if err := pause(ctx, time.Until(s.Start)-200*time.Millisecond); err != nil {
		return nil, err
	}
	before, err := memory(pid, "VmRSS")
	if err != nil {
		return nil, err
	}
	last := time.NewTimer(time.Duration(s.Lines)*time.Second*logPods/logRate + 90*time.Second)
	defer last.Stop()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-t.done:
	case <-last.C:
	}
	f := &followed{after: time.Since(s.Start)}
	if peak, err := memory(pid, "VmHWM"); err == nil { // a kubectl ends where its log does
		f.rss = peak - before
	}
	for _, c := range programs {
		_ = c.Process.Signal(interrupt) // those that read to the end are gone
	}
	readers.Wait()
	for _, c := range programs {
		_ = c.Wait() // interrupted
		f.cpu += c.ProcessState.UserTime() + c.ProcessState.SystemTime()
	}
	return f, nil
}

// measureLogs measures what following 20 busy pods costs, beside as many kubectls.
func measureLogs(ctx context.Context, b *bench) error {
	ours, err := b.logsOf(ctx, b.asOne(ctx), true)
	if err != nil {
		return err
	}
	theirs, err := b.logsOf(ctx, b.oneByOne(ctx), false)
	if err != nil {
		return err
	}
	b.report.number("memory over idle while following", "%.0f MiB", ours.rss, 100)
	b.report.duration("CPU time of fn9s logs, at most that of kubectl", ours.cpu, theirs.cpu)
	if err := b.consoleLogs(ctx); err != nil {
		return err
	}
	return b.settle(ctx)
}

// asOne is one fn9s for all pods.
func (b *bench) asOne(ctx context.Context) func(*streams) []*exec.Cmd {
	return func(s *streams) []*exec.Cmd {
		return []*exec.Cmd{exec.CommandContext(ctx, b.fn9s, "logs", s.Function, "-n", s.Namespace, "-o", "raw", "--kubeconfig", b.kubeconfig)}
	}
}

// oneByOne is a kubectl for every pod.
func (b *bench) oneByOne(ctx context.Context) func(*streams) []*exec.Cmd {
	return func(s *streams) (all []*exec.Cmd) {
		for _, pod := range s.Pods {
			all = append(all, exec.CommandContext(ctx, b.kubectl, "logs", "-f", pod, "-n", s.Namespace, "--kubeconfig", b.kubeconfig))
		}
		return all
	}
}

func (b *bench) logsOf(ctx context.Context, programs func(*streams) []*exec.Cmd, judge bool) (*followed, error) {
	s, err := b.stream(ctx)
	if err != nil {
		return nil, err
	}
	defer s.stop()
	t := newTally(s.total())
	list := programs(s)
	for _, c := range list {
		c.Env = append(os.Environ(), "HOME="+b.home, "XDG_CONFIG_HOME="+b.home, "XDG_STATE_HOME="+b.home)
	}
	f, err := s.follow(ctx, t, list)
	if err != nil {
		return nil, err
	}
	if judge {
		b.report.number("log lines lost", "%.0f", float64(s.total()-t.lines), 0)
		b.report.number("log lines repeated", "%.0f", float64(t.duplicated), 0)
		b.report.number("log lines out of their pod's order", "%.0f", float64(t.disordered), 0)
	}
	b.report.note("%s lines of %d pods in %s, read after %s with %s of CPU: %.0f lines a CPU second", strconv.Itoa(t.lines), len(s.Pods),
		short(b.logPeriod()), short(f.after), short(f.cpu), float64(t.lines)/f.cpu.Seconds())
	return f, nil
}

// consoleLogs measures the console while it shows the streams.
func (b *bench) consoleLogs(ctx context.Context) error {
	t, err := b.whole()
	if err != nil {
		return err
	}
	defer t.Close()
	if err := pause(ctx, calm); err != nil {
		return err
	}
	before, err := memory(t.Pid(), "VmRSS")
	if err != nil {
		return err
	}
	s, err := b.stream(ctx)
	if err != nil {
		return err
	}
	defer s.stop()
	if err := pause(ctx, 2*time.Second); err != nil { // the function is seen by then
		return err
	}
	if err := t.Type(":logs " + s.Function + "\r"); err != nil {
		return err
	}
	_, err = t.WaitFor("lines of the streams", limit, func(now *terminal.Screen) bool { return strings.Contains(now.String(), "seq=") })
	if err != nil {
		return err
	}
	var took []time.Duration
	for time.Since(s.Start) < b.logPeriod() {
		d, err := t.Paint("t", 10*time.Second, func(before, now *terminal.Screen) bool { return stamps(before) != stamps(now) })
		if err != nil {
			return err
		}
		took = append(took, d)
	}
	if len(took) == 0 {
		return errors.New("no key was pressed while lines came")
	}
	rss, err := memory(t.Pid(), "VmRSS")
	if err != nil {
		return err
	}
	b.report.number("console: memory over idle, with a full ring of 64 MiB", "%.0f MiB", rss-before, 164)
	b.report.duration("console: key press to paint at 100,000 lines/s, p95", percentile(took, 95), 30*time.Millisecond)
	return nil
}

// stamp is the time before a line, in the forms that the key t goes through.
var stamp = regexp.MustCompile(`^\W*(?:(\d\d:\d\d:\d\d )|(\d{4}-)|(\d+[smh] ))?.*seq=`)

// stamps is how the times of lines are shown. Not the keys of the help are measured: where one is esc, the program waits
// a while whether it is the beginning of a longer one.
func stamps(s *terminal.Screen) (form int) {
	for y := s.Rows - 1; y > 0; y-- {
		if m := stamp.FindStringSubmatch(s.Line(y)); m != nil {
			return slices.IndexFunc(m[1:], func(found string) bool { return found != "" })
		}
	}
	return len(stamp.SubexpNames())
}

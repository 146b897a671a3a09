package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// alive reports whether the process runs and is ours: a number alone may have been given to another process since.
func (c *Cluster) alive(p Process) bool {
	if p.PID <= 0 || syscall.Kill(p.PID, 0) != nil {
		return false
	}
	return strings.Contains(commandLine(p.PID), c.Dir+string(filepath.Separator))
}

// commandLine is empty for a process that has ended and was not collected yet.
func commandLine(pid int) string {
	if runtime.GOOS == "linux" {
		data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
		if err != nil {
			return ""
		}
		return strings.ReplaceAll(string(data), "\x00", " ")
	}
	out, err := exec.Command("ps", "-ww", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return ""
	}
	return string(out)
}

// start runs a part in the background; its output goes to logs/NAME.log.
func (c *Cluster) start(p part) (Process, error) {
	logFile := c.Path("logs", p.name+".log")
	rotate(logFile)
	output, err := os.OpenFile(logFile, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return Process{}, fmt.Errorf("open the log of %s: %w", p.name, err)
	}
	defer output.Close()
	command := exec.Command(p.program, p.args...)
	command.Dir = c.Dir
	command.Env = append(os.Environ(), p.env...)
	command.Stdout, command.Stderr = output, output
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // it outlives the terminal that started it
	if err := command.Start(); err != nil {
		return Process{}, fmt.Errorf("start %s: %w", p.name, err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = command.Wait() // collect it, should it end while this program runs
	}()
	process := Process{PID: command.Process.Pid, Config: p.config()}
	c.awaitCommandLine(process, ended)
	return process, nil
}

// awaitCommandLine returns when the process can be recognised: for a moment after its start the system shows no command line.
func (c *Cluster) awaitCommandLine(process Process, ended <-chan struct{}) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = waitFor(ctx, time.Millisecond, func() bool {
		select {
		case <-ended:
			return true
		default:
			return c.alive(process)
		}
	})
}

// stop ends a process: asks, and after the grace period kills.
func (c *Cluster) stop(ctx context.Context, p Process, grace time.Duration) error {
	if !c.alive(p) {
		return nil
	}
	if err := syscall.Kill(p.PID, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("stop process %d: %w", p.PID, err)
	}
	asked, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	if waitFor(asked, 20*time.Millisecond, func() bool { return !c.alive(p) }) == nil {
		return nil
	}
	return c.kill(ctx, p)
}

func (c *Cluster) kill(ctx context.Context, p Process) error {
	if !c.alive(p) {
		return nil
	}
	if err := syscall.Kill(p.PID, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("kill process %d: %w", p.PID, err)
	}
	return waitFor(ctx, 20*time.Millisecond, func() bool { return !c.alive(p) })
}

// waitFor returns as soon as the condition holds, or with the error of the context.
func waitFor(ctx context.Context, every time.Duration, condition func() bool) error {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for !condition() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
	return nil
}

// logLimit keeps the log of a cluster that runs for weeks from filling the disk across restarts.
const logLimit = 20 << 20

func rotate(name string) {
	if info, err := os.Stat(name); err == nil && info.Size() > logLimit {
		_ = os.Rename(name, name+".old")
	}
}

// logTail returns the last lines of a part's log, for an error message.
func (c *Cluster) logTail(name string) string {
	data, err := os.ReadFile(c.Path("logs", name+".log"))
	if err != nil {
		return ""
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	if len(lines) > 12 {
		lines = lines[len(lines)-12:]
	}
	for n, line := range lines {
		if len(line) > 300 {
			lines[n] = line[:300]
		}
	}
	return strings.Join(lines, "\n")
}

// Package applog writes what the functions of the test cluster print: files in the format of a container runtime, which KWOK serves as pod logs.
// Rule: it never stops and never grows without bound.
package applog

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/fn9s/fn9s/cmd/devcluster/fakenodes"
)

const (
	history  = 200              // lines that are there from the start, so that a log is never empty
	interval = 2 * time.Second  // between the lines of one file
	maxBytes = 16 << 20         // a file that is longer begins anew
	spacing  = 15 * time.Second // between the lines of the history
)

// Run fills the folder's files until the context ends.
func Run(ctx context.Context, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the folder of logs: %w", err)
	}
	random := rand.New(rand.NewPCG(1, 2)) // the same story at each start
	begin := time.Now().Add(-history * spacing)
	for _, file := range fakenodes.LogFiles {
		if err := fill(filepath.Join(dir, file.Name), file.Format, begin, random); err != nil {
			return err
		}
	}
	if err := fill(filepath.Join(dir, fakenodes.Previous), "crash", begin, random); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "ready"), nil, 0o600); err != nil {
		return fmt.Errorf("report that the logs are there: %w", err)
	}
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-ticker.C:
			for _, file := range fakenodes.LogFiles {
				if err := appendLine(filepath.Join(dir, file.Name), line(file.Format, now, random)); err != nil {
					return err
				}
			}
		}
	}
}

func fill(name, format string, begin time.Time, random *rand.Rand) error {
	file, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("write log %s: %w", name, err)
	}
	out := bufio.NewWriter(file)
	for n := range history {
		fmt.Fprint(out, line(format, begin.Add(time.Duration(n)*spacing), random))
	}
	if err := out.Flush(); err != nil {
		file.Close()
		return fmt.Errorf("write log %s: %w", name, err)
	}
	return file.Close()
}

func appendLine(name, text string) error {
	mode := os.O_APPEND
	if info, err := os.Stat(name); err == nil && info.Size() > maxBytes {
		mode = os.O_TRUNC
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|mode, 0o600)
	if err != nil {
		return fmt.Errorf("write log %s: %w", name, err)
	}
	defer file.Close()
	if _, err := file.WriteString(text); err != nil {
		return fmt.Errorf("write log %s: %w", name, err)
	}
	return nil
}

package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Exceptions is the file of accepted risks. It is the operator's: fn9s adds to its end when it is told to, and changes
// nothing else in it.
type Exceptions struct {
	// File is the path; empty: none is configured.
	File string
	Now  func() time.Time
	// Changed is told what is accepted after a write.
	Changed func([]snapshot.Exception)

	mu sync.Mutex
}

var errNoExceptions = errors.New("no file of accepted risks is configured: name one with posture.exceptions in the configuration")

// Refusal says why nothing can be accepted; empty where it can be tried.
func (x *Exceptions) Refusal() string {
	if x.File == "" {
		return errNoExceptions.Error()
	}
	return ""
}

// Check says why the file cannot be written; nil when it can. It takes time.
func (x *Exceptions) Check() error {
	if x.File == "" {
		return errNoExceptions
	}
	file, err := x.target()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Clean(file), os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("the file of accepted risks cannot be written: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("the file of accepted risks cannot be written: %w", err)
	}
	probe, err := os.CreateTemp(filepath.Dir(file), ".fn9s-*")
	if err != nil {
		return fmt.Errorf("the folder of the file of accepted risks cannot be written: %w", err)
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// target is the file itself where the path is a link.
func (x *Exceptions) target() (string, error) {
	file, err := filepath.EvalSymlinks(x.File)
	if err != nil {
		return "", fmt.Errorf("find the file of accepted risks: %w", err)
	}
	return file, nil
}

// Accept adds risks to the file, all or none, and has them count. It takes time.
func (x *Exceptions) Accept(risks []snapshot.Exception) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.File == "" {
		return errNoExceptions
	}
	file, err := x.target()
	if err != nil {
		return err
	}
	info, err := os.Stat(file)
	if err != nil {
		return fmt.Errorf("read the file of accepted risks: %w", err)
	}
	data, err := os.ReadFile(filepath.Clean(file))
	if err != nil {
		return fmt.Errorf("read the file of accepted risks: %w", err)
	}
	now := x.Now()
	for i := range risks {
		if data, err = security.AddException(x.File, data, &risks[i], now); err != nil {
			return err
		}
	}
	if err := replace(file, data, info.Mode().Perm()); err != nil {
		return err
	}
	all, _ := security.ParseExceptions(x.File, data, now)
	x.Changed(all)
	return nil
}

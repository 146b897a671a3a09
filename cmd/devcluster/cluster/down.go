package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"
)

// Down stops all parts. Unless the data is kept, the cluster's folder goes too.
func (c *Cluster) Down(ctx context.Context, w io.Writer, keepData bool) error {
	if _, err := os.Stat(c.Dir); errors.Is(err, os.ErrNotExist) {
		fmt.Fprintf(w, "cluster %q does not exist\n", c.Name)
		return nil
	}
	lock, err := c.Lock(ctx, w)
	if err != nil {
		return err
	}
	defer lock.Release()
	state, err := c.Load()
	if err != nil && !errors.Is(err, ErrAbsent) {
		return err
	}
	if err != nil {
		state = &State{}
	}
	if !keepData {
		if err := c.remove(ctx, state); err != nil {
			return err
		}
		fmt.Fprintf(w, "cluster %q is gone\n", c.Name)
		return nil
	}
	if err := c.stopAll(ctx, state); err != nil {
		return err
	}
	state.Processes = map[string]Process{}
	if err := c.Save(state); err != nil {
		return err
	}
	fmt.Fprintf(w, "cluster %q is stopped; its data is kept\n", c.Name)
	return nil
}

func (c *Cluster) remove(ctx context.Context, state *State) error {
	if err := c.stopAll(ctx, state); err != nil {
		return err
	}
	if err := os.RemoveAll(c.Dir); err != nil {
		return fmt.Errorf("remove the folder of cluster %q: %w", c.Name, err)
	}
	return nil
}

// stopAll ends the clients first and etcd last, so that nothing reports a lost server while it ends.
func (c *Cluster) stopAll(ctx context.Context, state *State) error {
	var errs []error
	for _, wave := range slices.Backward(waves) {
		var wait sync.WaitGroup
		var mu sync.Mutex
		for _, name := range wave {
			wait.Go(func() {
				if err := c.stop(ctx, state.Processes[name], 1500*time.Millisecond); err != nil {
					mu.Lock()
					defer mu.Unlock()
					errs = append(errs, fmt.Errorf("stop %s: %w", name, err))
				}
			})
		}
		wait.Wait()
	}
	return errors.Join(errs...)
}

// StopAPIServer ends the API server alone, at once: what a crash looks like.
func (c *Cluster) StopAPIServer(ctx context.Context, w io.Writer) error {
	return c.withState(ctx, w, func(state *State) error {
		if err := c.kill(ctx, state.Processes[partAPIServer]); err != nil {
			return fmt.Errorf("stop the API server: %w", err)
		}
		fmt.Fprintf(w, "the API server of cluster %q is stopped\n", c.Name)
		return nil
	})
}

// StartAPIServer starts the API server alone and returns when it is ready.
func (c *Cluster) StartAPIServer(ctx context.Context, w io.Writer) error {
	return c.withState(ctx, w, func(state *State) error {
		p := c.parts(state, nil)[partAPIServer]
		if err := c.startPart(ctx, state, p); err != nil {
			return err
		}
		if err := c.await(ctx, state, p); err != nil {
			return err
		}
		fmt.Fprintf(w, "the API server of cluster %q is ready\n", c.Name)
		return nil
	})
}

// WithoutControllers does something while the controller manager is down, so that the API server is free for the one who creates many
// objects; the controllers take them up afterwards. (Held by a signal instead, it was seen to need minutes to find its watches again.)
func (c *Cluster) WithoutControllers(ctx context.Context, w io.Writer, do func() error) error {
	return c.withState(ctx, w, func(state *State) error {
		if err := c.kill(ctx, state.Processes[partControllerManager]); err != nil {
			return fmt.Errorf("stop the controller manager: %w", err)
		}
		failed := do()
		ctx := context.WithoutCancel(ctx) // also after an interruption the cluster is left whole
		p := c.parts(state, nil)[partControllerManager]
		if err := c.startPart(ctx, state, p); err != nil {
			return errors.Join(failed, err)
		}
		return errors.Join(failed, c.await(ctx, state, p))
	})
}

func (c *Cluster) withState(ctx context.Context, w io.Writer, change func(*State) error) error {
	if _, err := c.Load(); err != nil {
		return err
	}
	lock, err := c.Lock(ctx, w)
	if err != nil {
		return err
	}
	defer lock.Release()
	state, err := c.Load()
	if err != nil {
		return err
	}
	return change(state)
}

// Update changes cluster.json under the lock.
func (c *Cluster) Update(ctx context.Context, w io.Writer, change func(*State)) error {
	return c.withState(ctx, w, func(state *State) error {
		change(state)
		return c.Save(state)
	})
}

package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/fn9s/fn9s/cmd/devcluster/apiclient"
	"github.com/fn9s/fn9s/cmd/devcluster/build"
	"github.com/fn9s/fn9s/cmd/devcluster/fakenodes"
	"github.com/fn9s/fn9s/cmd/devcluster/filelock"
)

// startTimeout is how long one part may take until it works; a first start on a loaded machine takes a few seconds.
const startTimeout = 90 * time.Second

// waves are started one after the other, the parts of a wave together.
var waves = [][]string{
	{partEtcd}, {partAPIServer},
	{partControllerManager, partScheduler, partKwok, partMetricsServer, partStandIns, partLogs, partPrometheus},
}

// Lock keeps other commands from changing the cluster meanwhile.
func (c *Cluster) Lock(ctx context.Context, w io.Writer) (*filelock.Lock, error) {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of cluster %q: %w", c.Name, err)
	}
	// Beside the folder, not in it: down removes the folder while it holds the lock.
	return filelock.Acquire(ctx, c.Dir+".lock", func() {
		fmt.Fprintf(w, "another devcluster command works on cluster %q; waiting for it\n", c.Name)
	})
}

// Options of a start.
type Options struct {
	Data string // names the data of the stand-ins, which are restarted when it changes
	Exec *bool  // run the commands of exec on this machine; nil: as before
}

// Up starts what does not run, restarts what changed and returns when all parts work.
func (c *Cluster) Up(ctx context.Context, w io.Writer, options Options) (*State, error) {
	binaries, err := build.Ensure(ctx, w)
	if err != nil {
		return nil, err
	}
	lock, err := c.Lock(ctx, w)
	if err != nil {
		return nil, err
	}
	defer lock.Release()
	state, fresh, err := c.prepare(binaries)
	if err != nil {
		return nil, err
	}
	if options.Exec != nil {
		state.Exec = *options.Exec
	}
	kwokConfig, err := fakenodes.Config(fakenodes.Options{Logs: c.Path("applogs"), ForwardPort: state.Ports.Fn, Exec: state.Exec})
	if err != nil {
		return nil, err
	}
	salts := map[string]string{partKwok: string(kwokConfig), partStandIns: options.Data}
	if c.running(ctx, state, salts) {
		if err := c.writeConnectors(state); err != nil { // another version of this program may have started it
			return nil, err
		}
		fmt.Fprintf(w, "cluster %q is running at %s\n", c.Name, state.Server)
		return state, nil
	}
	if err := c.writeFiles(state, kwokConfig); err != nil {
		return nil, err
	}
	started := time.Now()
	if err := c.startAll(ctx, w, state, salts); err != nil {
		if fresh { // leave nothing behind of a cluster that never was
			err = errors.Join(err, c.remove(context.WithoutCancel(ctx), state))
		}
		return nil, err
	}
	if err := c.bootstrap(ctx, state); err != nil {
		return nil, err
	}
	fmt.Fprintf(w, "cluster %q is up at %s after %.1f s\n", c.Name, state.Server, time.Since(started).Seconds())
	return state, nil
}

// prepare loads the state or makes a new one, and moves a cluster that is entirely down away from ports that were taken meanwhile.
func (c *Cluster) prepare(binaries build.Binaries) (*State, bool, error) {
	state, err := c.Load()
	fresh := errors.Is(err, ErrAbsent)
	if err != nil && !fresh {
		return nil, false, err
	}
	if fresh {
		state = &State{Name: c.Name, Processes: map[string]Process{}}
	}
	state.Binaries, state.Kubectl = binaries, binaries.Kubectl
	down := true
	for _, process := range state.Processes {
		down = down && !c.alive(process)
	}
	if fresh || down && !state.Ports.free() {
		if state.Ports, err = choosePorts(c.Name); err != nil {
			return nil, false, err
		}
	}
	if state.Ports.Prometheus == 0 { // the cluster is older than this part
		state.Ports.Prometheus = state.Ports.OpenWhisk + 1
	}
	state.Server = "https://" + address(state.Ports.APIServer)
	return state, fresh, nil
}

func (c *Cluster) writeFiles(state *State, kwokConfig []byte) error {
	for _, dir := range []string{"logs", "applogs", "kwok"} {
		if err := os.MkdirAll(c.Path(dir), 0o700); err != nil {
			return fmt.Errorf("make the folders of cluster %q: %w", c.Name, err)
		}
	}
	if err := c.ensureKeys(); err != nil {
		return err
	}
	if err := c.writeKubeconfigs(state); err != nil {
		return err
	}
	if err := c.writeConnectors(state); err != nil {
		return err
	}
	if err := c.writeSchedulerConfig(); err != nil {
		return err
	}
	if err := writeFile(c.Path("kwok.yaml"), kwokConfig); err != nil {
		return err
	}
	if err := c.writePrometheusConfig(state); err != nil {
		return err
	}
	return c.Save(state)
}

func (c *Cluster) running(ctx context.Context, state *State, salts map[string]string) bool {
	for name, p := range c.parts(state, salts) {
		process := state.Processes[name]
		if process.Config != p.config() || !c.alive(process) {
			return false
		}
	}
	parts := c.parts(state, salts)
	for _, name := range []string{partEtcd, partAPIServer, partControllerManager, partStandIns} { // those that can hang or be held
		if parts[name].probe(ctx) != nil {
			return false
		}
	}
	return true
}

func (c *Cluster) startAll(ctx context.Context, w io.Writer, state *State, salts map[string]string) error {
	parts := c.parts(state, salts)
	for _, wave := range waves {
		for _, name := range wave {
			if err := c.startPart(ctx, state, parts[name]); err != nil {
				return err
			}
		}
		for _, name := range wave {
			began := time.Now()
			if err := c.await(ctx, state, parts[name]); err != nil {
				return err
			}
			if waited := time.Since(began); waited > 100*time.Millisecond {
				fmt.Fprintf(w, "  %s works (%.1f s)\n", name, waited.Seconds())
			}
		}
	}
	return nil
}

// startPart starts a part unless it already runs as it should.
func (c *Cluster) startPart(ctx context.Context, state *State, p part) error {
	process := state.Processes[p.name]
	if c.alive(process) {
		if process.Config == p.config() && p.probe(ctx) == nil {
			return nil
		}
		if err := c.stop(ctx, process, 2*time.Second); err != nil {
			return fmt.Errorf("restart %s: %w", p.name, err)
		}
	}
	process, err := c.start(p)
	if err != nil {
		return err
	}
	state.Processes[p.name] = process
	return c.Save(state) // at once: whoever comes next must know of this process
}

// await returns when the part works, or says why it does not.
func (c *Cluster) await(ctx context.Context, state *State, p part) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	var last error
	died := false
	err := waitFor(ctx, 50*time.Millisecond, func() bool {
		if last = p.probe(ctx); last == nil {
			return true
		}
		died = !c.alive(state.Processes[p.name])
		return died
	})
	if err == nil && !died {
		return nil
	}
	what := fmt.Sprintf("does not answer: %v", last)
	if died {
		what = "ended at once"
	}
	return fmt.Errorf("%s %s; the end of %s:\n%s", p.name, what, c.Path("logs", p.name+".log"), c.logTail(p.name))
}

// Client returns a client of the API server with all rights, for the tools of this program.
func (c *Cluster) Client(state *State) (*apiclient.Client, error) {
	return apiclient.New(state.Server, c.certPath("ca"), c.certPath("devcluster"), c.keyPath("devcluster"))
}

// bootstrap makes the metrics API known to the API server.
func (c *Cluster) bootstrap(ctx context.Context, state *State) error {
	client, err := c.Client(state)
	if err != nil {
		return err
	}
	defer client.Close()
	ca, err := os.ReadFile(c.certPath("ca"))
	if err != nil {
		return fmt.Errorf("register the metrics API: %w", err)
	}
	for path, object := range metricsObjects(state.Ports.MetricsServer, ca) {
		if _, err := client.Do(ctx, "PATCH", path+"?fieldManager=devcluster&force=true", apiclient.ApplyPatch, object); err != nil {
			return fmt.Errorf("register the metrics API: %w", err)
		}
	}
	return nil
}

package build

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/fn9s/fn9s/cmd/devcluster/filelock"
)

type step struct {
	title, out, pkg string
	expect          string // on two cores with an empty build cache
	tags            string
}

var steps = []step{
	{"etcd, kube-apiserver, kube-controller-manager, kube-scheduler, metrics-server, kubectl (one program)", "controlplane", "./controlplane", "about 7 min on 2 cores", ""},
	{"kwok (simulated nodes)", "kwok", "sigs.k8s.io/kwok/cmd/kwok", "about 1 min on 2 cores", ""},
	// Without discovery of services, whose clients of all clouds would take most of the time: its one target has an address.
	{"prometheus", "prometheus", "github.com/prometheus/prometheus/cmd/prometheus", "about 2 min on 2 cores", "remove_all_sd"},
}

// Ensure returns the binaries of the sources, and builds those that are not in the cache. Progress goes to w.
func Ensure(ctx context.Context, w io.Writer) (Binaries, error) {
	sources, err := Sources()
	if err != nil {
		return Binaries{}, err
	}
	versions, err := ReadVersions(sources)
	if err != nil {
		return Binaries{}, err
	}
	key, err := Key(sources)
	if err != nil {
		return Binaries{}, err
	}
	home, err := Home()
	if err != nil {
		return Binaries{}, err
	}
	cache := filepath.Join(home, "devcluster")
	binaries := inFolder(filepath.Join(cache, key), key, versions)
	if binaries.complete() {
		return binaries, nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return Binaries{}, fmt.Errorf("make the cache folder: %w", err)
	}
	lock, err := filelock.Acquire(ctx, filepath.Join(cache, "build.lock"), func() {
		fmt.Fprintln(w, "another devcluster is building these components; waiting for it")
	})
	if err != nil {
		return Binaries{}, err
	}
	defer lock.Release()
	if binaries.complete() {
		return binaries, nil
	}
	return binaries, compile(ctx, w, sources, filepath.Join(cache, key), versions)
}

func inFolder(dir, key string, versions Versions) Binaries {
	return Binaries{
		Key: key, Versions: versions,
		ControlPlane: filepath.Join(dir, "controlplane"), Kwok: filepath.Join(dir, "kwok"),
		Prometheus: filepath.Join(dir, "prometheus"), Kubectl: filepath.Join(dir, "kubectl"),
	}
}

func (b Binaries) complete() bool {
	for _, name := range []string{b.ControlPlane, b.Kwok, b.Prometheus, b.Kubectl} {
		if _, err := os.Stat(name); err != nil {
			return false
		}
	}
	return true
}

func compile(ctx context.Context, w io.Writer, sources, target string, versions Versions) error {
	temporary, err := os.MkdirTemp(filepath.Dir(target), ".building-")
	if err != nil {
		return fmt.Errorf("make a build folder: %w", err)
	}
	defer os.RemoveAll(temporary)
	fmt.Fprintf(w, "building the cluster's components once: Kubernetes %s, etcd %s, kwok %s, metrics-server %s, Prometheus %s\n",
		versions.Kubernetes, versions.Etcd, versions.Kwok, versions.MetricsServer, versions.Prometheus)
	fmt.Fprintf(w, "they are kept in %s\n", target)
	for n, s := range steps {
		fmt.Fprintf(w, "[%d/%d] %s: %s\n", n+1, len(steps), s.title, s.expect)
		if err := runGo(ctx, w, sources, filepath.Join(temporary, s.out), s, versions); err != nil {
			return fmt.Errorf("build %s: %w", s.out, err)
		}
	}
	if err := os.Symlink("controlplane", filepath.Join(temporary, "kubectl")); err != nil {
		return fmt.Errorf("link kubectl: %w", err)
	}
	if err := os.RemoveAll(target); err != nil {
		return fmt.Errorf("remove an incomplete build: %w", err)
	}
	if err := os.Chmod(temporary, 0o755); err != nil {
		return fmt.Errorf("open the build folder: %w", err)
	}
	if err := os.Rename(temporary, target); err != nil {
		return fmt.Errorf("put the build into the cache: %w", err)
	}
	return nil
}

func runGo(ctx context.Context, w io.Writer, sources, out string, s step, versions Versions) error {
	minor := strings.SplitN(strings.TrimPrefix(versions.Kubernetes, "v"), ".", 3)
	flags := "-s -w"
	// Clients read the version that the server tells; an unset one is "v0.0.0-master+$Format:%H$".
	for _, pkg := range []string{"k8s.io/component-base/version", "k8s.io/client-go/pkg/version"} {
		flags += fmt.Sprintf(" -X %[1]s.gitVersion=%[2]s -X %[1]s.gitMajor=%[3]s -X %[1]s.gitMinor=%[4]s", pkg, versions.Kubernetes, minor[0], minor[1])
	}
	command := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-v", "-ldflags", flags, "-tags", s.tags, "-o", out, s.pkg)
	command.Dir = sources
	command.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=readonly", "CGO_ENABLED=0")
	counter := &packageCounter{}
	command.Stdout, command.Stderr = counter, counter
	started := time.Now()
	done := make(chan error, 1)
	if err := command.Start(); err != nil {
		return fmt.Errorf("start the Go compiler: %w", err)
	}
	go func() { done <- command.Wait() }()
	ticker := time.NewTicker(5 * time.Second)
	defer ticker.Stop()
	for {
		select {
		case err := <-done:
			elapsed := time.Since(started).Round(time.Second)
			if err != nil {
				return fmt.Errorf("%w after %s\n%s", err, elapsed, counter.tail())
			}
			fmt.Fprintf(w, "      done in %s\n", elapsed)
			return nil
		case <-ticker.C:
			packages, last := counter.progress()
			fmt.Fprintf(w, "      %s elapsed, %d packages compiled, now %s\n", time.Since(started).Round(time.Second), packages, last)
		}
	}
}

// tailLimit bounds what is kept of the compiler's output for an error message.
const tailLimit = 4096

func lastBytes(data []byte) string {
	if len(data) > tailLimit {
		data = data[len(data)-tailLimit:]
	}
	return string(bytes.TrimSpace(data))
}

// Package build compiles the control plane, KWOK and Prometheus from the pinned sources in cmd/devcluster/components and caches the binaries.
// Rule: a cache folder is complete or absent; it is filled elsewhere and renamed into place.
package build

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"sort"
	"strings"
)

// Versions are the versions of the parts, as components/go.mod pins them.
type Versions struct {
	Kubernetes    string `json:"kubernetes"`
	Etcd          string `json:"etcd"`
	Kwok          string `json:"kwok"`
	MetricsServer string `json:"metricsServer"`
	Prometheus    string `json:"prometheus"`
}

// Binaries are the built programs.
type Binaries struct {
	Key          string   `json:"key"`
	ControlPlane string   `json:"controlPlane"` // etcd, kube-apiserver, kube-controller-manager, kube-scheduler, metrics-server, kubectl: first argument
	Kwok         string   `json:"kwok"`
	Prometheus   string   `json:"prometheus"`
	Kubectl      string   `json:"kubectl"` // a link to ControlPlane, which looks at its own name
	Versions     Versions `json:"versions"`
}

// Home returns the folder that holds binaries and clusters: $XDG_CACHE_HOME/fn9s, else ~/.cache/fn9s.
func Home() (string, error) {
	if dir := os.Getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "fn9s"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find the cache folder: %w", err)
	}
	return filepath.Join(home, ".cache", "fn9s"), nil
}

// Sources finds the folder cmd/devcluster/components: named by FN9S_DEVCLUSTER_SOURCES, above the working folder or above the program.
func Sources() (string, error) {
	if dir := os.Getenv("FN9S_DEVCLUSTER_SOURCES"); dir != "" {
		return dir, nil
	}
	var starts []string
	if wd, err := os.Getwd(); err == nil {
		starts = append(starts, wd)
	}
	if exe, err := os.Executable(); err == nil {
		starts = append(starts, filepath.Dir(exe))
	}
	for _, dir := range starts {
		for {
			for _, rel := range []string{"components", filepath.Join("cmd", "devcluster", "components")} {
				found := filepath.Join(dir, rel)
				if _, err := os.Stat(filepath.Join(found, "controlplane", "main.go")); err == nil {
					return found, nil
				}
			}
			parent := filepath.Dir(dir)
			if parent == dir {
				break
			}
			dir = parent
		}
	}
	return "", errors.New("the sources of the cluster's components were not found: run inside the repository, or set FN9S_DEVCLUSTER_SOURCES to cmd/devcluster/components")
}

// Key names the sources: equal keys give equal binaries.
func Key(sources string) (string, error) {
	var names []string
	err := filepath.WalkDir(sources, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && !strings.HasSuffix(name, "_test.go") {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		return "", fmt.Errorf("read the component sources: %w", err)
	}
	sort.Strings(names)
	sum := sha256.New()
	fmt.Fprintln(sum, runtime.GOOS, runtime.GOARCH, runtime.Version())
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return "", fmt.Errorf("read the component sources: %w", err)
		}
		rel, _ := filepath.Rel(sources, name)
		fmt.Fprintln(sum, filepath.ToSlash(rel), len(data))
		sum.Write(data)
	}
	versions, err := ReadVersions(sources)
	if err != nil {
		return "", err
	}
	return versions.Kubernetes + "-" + hex.EncodeToString(sum.Sum(nil))[:12], nil
}

var requirement = regexp.MustCompile(`(?m)^(?:require)?\s*(k8s\.io/kubernetes|go\.etcd\.io/etcd/server/v3|sigs\.k8s\.io/kwok|sigs\.k8s\.io/metrics-server|github\.com/prometheus/prometheus) (v\S+)`)

// ReadVersions reads the pinned versions from components/go.mod.
func ReadVersions(sources string) (Versions, error) {
	data, err := os.ReadFile(filepath.Join(sources, "go.mod"))
	if err != nil {
		return Versions{}, fmt.Errorf("read the pinned versions: %w", err)
	}
	pinned := map[string]string{}
	for _, match := range requirement.FindAllStringSubmatch(string(data), -1) {
		pinned[match[1]] = match[2]
	}
	versions := Versions{
		Kubernetes:    pinned["k8s.io/kubernetes"],
		Etcd:          pinned["go.etcd.io/etcd/server/v3"],
		Kwok:          pinned["sigs.k8s.io/kwok"],
		MetricsServer: pinned["sigs.k8s.io/metrics-server"],
		Prometheus:    pinned["github.com/prometheus/prometheus"],
	}
	if versions.Kubernetes == "" || versions.Etcd == "" || versions.Kwok == "" || versions.MetricsServer == "" || versions.Prometheus == "" {
		return Versions{}, fmt.Errorf("read the pinned versions: %s/go.mod does not name all five parts", sources)
	}
	return versions, nil
}

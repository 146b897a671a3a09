// Package cluster runs a control plane as plain processes on loopback, in a folder of its own.
// Rule: what runs is what cluster.json says; every command takes the folder's lock before it changes either.
package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"

	"github.com/fn9s/fn9s/cmd/devcluster/build"
)

// Process is one part of a running cluster.
type Process struct {
	PID    int    `json:"pid"`
	Config string `json:"config"` // hash of program and arguments: a part whose hash changed is restarted by up
}

// State is what cluster.json holds. Tests read it to find the cluster.
type State struct {
	Name        string             `json:"name"`
	Server      string             `json:"server"`
	Kubeconfigs map[string]string  `json:"kubeconfigs"` // operator (admin, two-namespaces, readonly) to path
	Connectors  string             `json:"connectors"`  // path of an fn9s configuration with connectors
	REST        map[string]string  `json:"rest"`        // framework (fn, openwhisk) to URL of its stand-in
	Faults      string             `json:"faults"`      // URL that makes the stand-ins fail
	Prometheus  string             `json:"prometheus"`  // URL
	Kubectl     string             `json:"kubectl"`
	Ports       Ports              `json:"ports"`
	Binaries    build.Binaries     `json:"binaries"`
	Processes   map[string]Process `json:"processes"`
	Load        Load               `json:"load"`
	Exec        bool               `json:"exec"`
	SeedHash    string             `json:"seedHash"`
	Seeded      []string           `json:"seeded"` // objects of the last seed, so that the next can remove what left the files
}

// Load is how many functions the command load has made, in how many namespaces.
type Load struct {
	Functions  int `json:"functions"`
	Namespaces int `json:"namespaces"`
}

// Cluster is a cluster's folder.
type Cluster struct {
	Name string
	Dir  string
}

var validName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$`)

// Open names the folder of a cluster; it need not exist yet.
func Open(name string) (*Cluster, error) {
	if !validName.MatchString(name) {
		return nil, fmt.Errorf("cluster name %q: use up to 32 of a-z, 0-9 and -", name)
	}
	home, err := build.Home()
	if err != nil {
		return nil, err
	}
	return &Cluster{Name: name, Dir: filepath.Join(home, "clusters", name)}, nil
}

// ErrAbsent says that a cluster was never started or was taken down.
var ErrAbsent = errors.New("cluster does not exist")

// Path joins names to the cluster's folder.
func (c *Cluster) Path(names ...string) string {
	return filepath.Join(append([]string{c.Dir}, names...)...)
}

// Load reads cluster.json.
func (c *Cluster) Load() (*State, error) {
	data, err := os.ReadFile(c.Path("cluster.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("cluster %q: %w; start it with: devcluster up --name %s", c.Name, ErrAbsent, c.Name)
	}
	if err != nil {
		return nil, fmt.Errorf("read the state of cluster %q: %w", c.Name, err)
	}
	state := &State{}
	if err := json.Unmarshal(data, state); err != nil {
		return nil, fmt.Errorf("read the state of cluster %q: %w", c.Name, err)
	}
	return state, nil
}

// Save writes cluster.json in one step.
func (c *Cluster) Save(state *State) error {
	data, err := json.MarshalIndent(state, "", "  ")
	if err != nil {
		return fmt.Errorf("write the state of cluster %q: %w", c.Name, err)
	}
	return writeFile(c.Path("cluster.json"), append(data, '\n'))
}

// Names lists the clusters of this user.
func Names() ([]string, error) {
	home, err := build.Home()
	if err != nil {
		return nil, err
	}
	found, err := filepath.Glob(filepath.Join(home, "clusters", "*", "cluster.json"))
	if err != nil {
		return nil, fmt.Errorf("list clusters: %w", err)
	}
	names := make([]string, 0, len(found))
	for _, name := range found {
		names = append(names, filepath.Base(filepath.Dir(name)))
	}
	sort.Strings(names)
	return names, nil
}

// writeFile replaces a file in one step, so that a reader never sees half of it.
func writeFile(name string, data []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(name), ".new-")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	defer os.Remove(temporary.Name())
	if _, err := temporary.Write(data); err != nil {
		temporary.Close()
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := temporary.Close(); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := os.Rename(temporary.Name(), name); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

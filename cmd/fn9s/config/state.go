package config

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/adrg/xdg"
	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/fn9s/fn9s/kube/cluster"
)

// The bounds of what is remembered; the oldest goes first.
const (
	maxContexts         = 200
	maxNamespacesOfEach = 50
)

// State is the folder in which fn9s remembers things between runs. Several programs may use it at once.
type State struct{ folder string }

// StateFolder is where the state is.
func StateFolder() string {
	if home := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, "fn9s")
	}
	return filepath.Join(xdg.StateHome, "fn9s")
}

// NewState returns the state in a folder, which is made when something is remembered.
func NewState(folder string) *State { return &State{folder} }

type used struct {
	Name string    `json:"name"`
	Last time.Time `json:"last"`
}

// history is what is in the file: namespaces by context, the newest first.
type history struct {
	Namespaces map[string][]used `json:"namespaces"`
}

func (s *State) file() string { return filepath.Join(s.folder, "namespaces.json") }

// read returns an empty history for a file that is not there or is broken: it is only a convenience.
func (s *State) read() history {
	h := history{Namespaces: map[string][]used{}}
	data, err := readFile(s.file())
	if err != nil || json.Unmarshal(data, &h) != nil || h.Namespaces == nil {
		return history{Namespaces: map[string][]used{}}
	}
	return h
}

// Namespaces lists the namespaces that were used in a context, the newest first.
func (s *State) Namespaces(context string) []cluster.Candidate {
	var all []cluster.Candidate
	for _, u := range s.read().Namespaces[context] {
		if namespaceName.pattern.MatchString(u.Name) {
			all = append(all, cluster.Candidate{Name: u.Name, Source: "history"})
		}
	}
	return all
}

// Use remembers that namespaces were used in a context.
func (s *State) Use(context string, names []string, now time.Time) error {
	if len(names) == 0 {
		return nil
	}
	if err := os.MkdirAll(s.folder, 0o700); err != nil {
		return fmt.Errorf("make state folder: %w", err)
	}
	unlock, err := lockedfile.MutexAt(s.file() + ".lock").Lock()
	if err != nil {
		return fmt.Errorf("lock state: %w", err)
	}
	defer unlock()
	h := s.read()
	for _, n := range names {
		h.add(context, n, now.UTC())
	}
	h.bound()
	data, err := json.Marshal(h)
	if err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	return replace(s.file(), data, 0o600)
}

func (h *history) add(context, name string, now time.Time) {
	kept := slices.DeleteFunc(h.Namespaces[context], func(u used) bool { return u.Name == name })
	kept = slices.Insert(kept, 0, used{name, now})
	h.Namespaces[context] = kept[:min(len(kept), maxNamespacesOfEach)]
}

// bound forgets the contexts that were not used for the longest time.
func (h *history) bound() {
	var contexts []string
	for c, all := range h.Namespaces {
		if len(all) == 0 {
			delete(h.Namespaces, c)
			continue
		}
		contexts = append(contexts, c)
	}
	slices.SortFunc(contexts, func(a, b string) int {
		return cmp.Or(h.Namespaces[b][0].Last.Compare(h.Namespaces[a][0].Last), cmp.Compare(a, b))
	})
	for _, c := range contexts[min(len(contexts), maxContexts):] {
		delete(h.Namespaces, c)
	}
}

// replace writes a file whole or not at all.
func replace(name string, data []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		if e := os.Remove(f.Name()); e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

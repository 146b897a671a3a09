package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/fn9s/fn9s/views/screen"
)

const (
	maxViews    = 200
	maxSessions = 200
)

var viewName = regexp.MustCompile(`^[A-Za-z0-9][-_.A-Za-z0-9]{0,59}$`)

// Views keeps saved views in a file of the state folder. It is safe for concurrent use.
type Views struct {
	file string

	mu    sync.Mutex
	names []string
}

// Views returns the saved views. The text says what is wrong with their file; then there are none.
func (s *State) Views() (*Views, string) {
	v := &Views{file: filepath.Join(s.folder, "views.json")}
	all, err := readViews(v.file)
	v.learn(all)
	if err != nil {
		return v, "saved views: " + err.Error()
	}
	return v, ""
}

func (v *Views) learn(all map[string]screen.View) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.names = v.names[:0:0]
	for name := range all {
		v.names = append(v.names, name)
	}
	slices.Sort(v.names)
}

// Names lists the views.
func (v *Views) Names() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.names)
}

// Load reads a view.
func (v *Views) Load(name string) (screen.View, error) {
	all, err := readViews(v.file)
	if err != nil {
		return screen.View{}, err
	}
	one, ok := all[name]
	if !ok {
		return screen.View{}, fmt.Errorf("there is no view %q", name)
	}
	return one, nil
}

// Save keeps a view under a name, in the place of one that has it.
func (v *Views) Save(name string, one screen.View) error {
	if !viewName.MatchString(name) {
		return fmt.Errorf("%q: the name of a view has letters, digits, dashes, dots and underscores", name)
	}
	var kept map[string]screen.View
	err := rewrite(v.file, func(all map[string]screen.View) error {
		if _, known := all[name]; !known && len(all) >= maxViews {
			return fmt.Errorf("%d views are kept: that is the most", maxViews)
		}
		all[name] = one
		kept = all
		return nil
	})
	if err == nil {
		v.learn(kept)
	}
	return err
}

func (s *State) sessions() string { return filepath.Join(s.folder, "sessions.json") }

// Session is what was looked at last in these contexts. A file that cannot be read is as none; the text says what is
// wrong with it.
func (s *State) Session(contexts []string) (v screen.View, ok bool, problem string) {
	all, err := readViews(s.sessions())
	if err != nil {
		return screen.View{}, false, "last session: " + err.Error()
	}
	v, ok = all[sessionKey(contexts)]
	return v, ok, ""
}

// Remember keeps what was looked at last.
func (s *State) Remember(v screen.View) error {
	return rewrite(s.sessions(), func(all map[string]screen.View) error {
		if len(all) >= maxSessions {
			clear(all) // it is only a convenience
		}
		all[sessionKey(v.Contexts)] = v
		return nil
	})
}

func sessionKey(contexts []string) string { return strings.Join(contexts, "\x00") }

// readViews reads a file of views; one that is not there has none.
func readViews(file string) (map[string]screen.View, error) {
	data, err := readFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]screen.View{}, nil
	}
	if err != nil {
		return nil, err
	}
	all := map[string]screen.View{}
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	return all, nil
}

// rewrite changes a file of views under a lock. What cannot be read is written anew.
func rewrite(file string, with func(map[string]screen.View) error) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return fmt.Errorf("make state folder: %w", err)
	}
	unlock, err := lockedfile.MutexAt(file + ".lock").Lock()
	if err != nil {
		return fmt.Errorf("lock state: %w", err)
	}
	defer unlock()
	all, err := readViews(file)
	if err != nil || all == nil {
		all = map[string]screen.View{}
	}
	if err := with(all); err != nil {
		return err
	}
	data, err := json.Marshal(all)
	if err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	return replace(file, data, 0o600)
}

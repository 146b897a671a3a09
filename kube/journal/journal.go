// Package journal is the record of what was changed: enough to take it back, in this session, in a later one, and after
// a crash.
//
// Its one rule: what is about to be written to a cluster is on the disk before, and no secret value ever is.
package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// Journal is one file. Several programs may write it at once.
type Journal struct {
	path string
	now  func() time.Time
	mu   sync.Mutex
}

// maxLine bounds one record.
const maxLine = 16 << 20

// In returns the journal of a folder, which is made when something is written.
func In(folder string, now func() time.Time) *Journal {
	return &Journal{path: filepath.Join(folder, "journal.jsonl"), now: now}
}

// Path is the file.
func (j *Journal) Path() string { return j.path }

// Begin writes that a change begins.
func (j *Journal) Begin(c *Change) error {
	return j.append(&record{Type: "change", ID: c.ID, Change: c})
}

// Intend writes what is about to be done to one object.
func (j *Journal) Intend(id string, s *Step) error {
	return j.append(&record{Type: "intent", ID: id, Step: s})
}

// Result writes how a step ended. With a step, that is what became of it; without, what was intended.
func (j *Journal) Result(id string, number int, s *Step, o Outcome, reason string) error {
	return j.append(&record{Type: "result", ID: id, Step: s, Number: number, Outcome: o, Reason: reason})
}

// End writes that a change is over.
func (j *Journal) End(id string, o Outcome, reason string) error {
	return j.append(&record{Type: "end", ID: id, Outcome: o, Reason: reason})
}

// append writes one line and waits until it is on the disk.
func (j *Journal) append(r *record) error {
	r.V, r.Time = version, j.now().UTC()
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	if len(line) > maxLine {
		return fmt.Errorf("write journal: the record of %s has %d bytes, more than are read again", r.ID, len(line))
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.write(append(line, '\n')); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	return nil
}

func (j *Journal) write(line []byte) (err error) {
	if err := os.MkdirAll(filepath.Dir(j.path), 0o700); err != nil {
		return err
	}
	unlock, err := lockedfile.MutexAt(j.path + ".lock").Lock()
	if err != nil {
		return err
	}
	defer unlock()
	f, err := os.OpenFile(j.path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := f.Chmod(0o600); err != nil {
		return err
	}
	torn, err := endsTorn(f)
	if err != nil {
		return err
	}
	if torn {
		line = append([]byte{'\n'}, line...)
	}
	if _, err := f.Write(line); err != nil {
		return err
	}
	return f.Sync()
}

// endsTorn reports whether the last line was not written to its end.
func endsTorn(f *os.File) (bool, error) {
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil || end == 0 {
		return false, err
	}
	last := make([]byte, 1)
	if _, err := f.ReadAt(last, end-1); err != nil {
		return false, err
	}
	return last[0] != '\n', nil
}

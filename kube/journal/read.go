package journal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// Book is the journal as it was read.
type Book struct {
	Entries []*Entry // in the order of their beginnings
	// Torn counts the lines that could not be read: a crash leaves one.
	Torn int
}

// Read reads the whole journal. One that is not there is empty.
func (j *Journal) Read() (*Book, error) {
	f, err := os.Open(j.path)
	if errors.Is(err, fs.ErrNotExist) {
		return &Book{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	defer func() { _ = f.Close() }()
	return readFrom(f)
}

func readFrom(in io.Reader) (*Book, error) {
	b := &Book{}
	byID := map[string]*Entry{}
	r := bufio.NewReaderSize(in, 64<<10)
	for {
		line, long, err := nextLine(r)
		if len(bytes.TrimSpace(line)) > 0 || long {
			var rec record
			if long || json.Unmarshal(line, &rec) != nil || rec.ID == "" || !b.take(byID, &rec) {
				b.Torn++
			}
		}
		if errors.Is(err, io.EOF) {
			return b, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read journal: %w", err)
		}
	}
}

// nextLine reads a line; of one that is too long nothing is kept.
func nextLine(r *bufio.Reader) (line []byte, long bool, err error) {
	for {
		part, err := r.ReadSlice('\n')
		if len(line)+len(part) > maxLine+1 {
			long, line = true, nil
		} else if !long {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, long, err
		}
	}
}

// take puts a record to its entry, and reports whether it made sense.
func (b *Book) take(byID map[string]*Entry, r *record) bool {
	e := byID[r.ID]
	if r.V > version {
		if e == nil {
			e = &Entry{Change: Change{ID: r.ID, Time: r.Time}}
			byID[r.ID] = e
			b.Entries = append(b.Entries, e)
		}
		e.Newer = true
		return true
	}
	if r.Type == "change" {
		if r.Change == nil || e != nil || r.Change.ID != r.ID {
			return false
		}
		e = &Entry{Change: *r.Change, Outcome: Begun}
		byID[r.ID] = e
		b.Entries = append(b.Entries, e)
		return true
	}
	if e == nil {
		return false
	}
	switch r.Type {
	case "intent":
		return e.intend(r)
	case "result":
		return e.result(r)
	case "end":
		e.Ended, e.Outcome = true, r.Outcome
		return true
	}
	return false
}

func (e *Entry) intend(r *record) bool {
	if r.Step == nil || e.step(r.Step.Number) != nil {
		return false
	}
	e.Steps = append(e.Steps, StepEntry{Step: *r.Step, Outcome: Begun, At: r.Time})
	return true
}

func (e *Entry) result(r *record) bool {
	s := e.step(r.Number)
	if s == nil && r.Step != nil && r.Step.Number == r.Number {
		e.Steps = append(e.Steps, StepEntry{Step: *r.Step})
		s = &e.Steps[len(e.Steps)-1]
	}
	if s == nil {
		return false
	}
	if r.Step != nil && r.Step.Number == r.Number {
		s.Step = *r.Step
	}
	s.Outcome, s.Reason, s.At = r.Outcome, r.Reason, r.Time
	return true
}

func (e *Entry) step(number int) *StepEntry {
	for i := range e.Steps {
		if e.Steps[i].Number == number {
			return &e.Steps[i]
		}
	}
	return nil
}

// Find returns the entry of an id, or of the beginning of one.
func (b *Book) Find(id string) (*Entry, error) {
	var found []*Entry
	for _, e := range b.Entries {
		if e.ID == id {
			return e, nil
		}
		if id != "" && strings.HasPrefix(e.ID, id) {
			found = append(found, e)
		}
	}
	switch len(found) {
	case 0:
		return nil, fmt.Errorf("the journal has no change %q", id)
	case 1:
		return found[0], nil
	}
	return nil, fmt.Errorf("%q begins the ids of %d changes: write more of it", id, len(found))
}

// Undone returns the change that took this one back and was not taken back itself; empty when there is none.
func (b *Book) Undone(id string) string {
	at := slices.IndexFunc(b.Entries, func(e *Entry) bool { return e.ID == id })
	if at < 0 {
		return ""
	}
	// From the newest to the oldest, so that it is known of an undo whether it still holds.
	lifted := map[string]string{}
	for i := len(b.Entries) - 1; i > at; i-- {
		e := b.Entries[i]
		if e.Undoes != "" && e.Ended && e.Outcome == Applied && lifted[e.ID] == "" && lifted[e.Undoes] == "" {
			lifted[e.Undoes] = e.ID
		}
	}
	return lifted[id]
}

// Newest returns the newest change of an operator on a cluster that is no undo, was not undone and did something; nil
// when there is none.
func (b *Book) Newest(c Cluster, operator string) *Entry {
	for _, e := range slices.Backward(b.Entries) {
		if e.Undoes == "" && !e.Newer && e.Operator == operator && e.Cluster.Same(c) && e.Did() && b.Undone(e.ID) == "" {
			return e
		}
	}
	return nil
}

// Did reports whether any object may be different because of the change.
func (e *Entry) Did() bool {
	return slices.ContainsFunc(e.Steps, func(s StepEntry) bool { return s.Outcome.May() })
}

// Remade reports whether an undo made the object of a step anew after it, as the object with this uid.
func (b *Book) Remade(s *StepEntry, uid string) bool {
	return uid != "" && slices.ContainsFunc(b.Entries, func(e *Entry) bool {
		return e.Undoes != "" && slices.ContainsFunc(e.Steps, func(o StepEntry) bool {
			return o.Verb == "create" && o.Outcome == Applied && o.Object.same(s.Object) && o.UID == uid && !o.At.Before(s.At)
		})
	})
}

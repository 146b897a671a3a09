// Package auditlog reads from audit logs of an API server what ServiceAccounts did with their rights.
//
// Its one rule: a log is hostile until parsed. Only requests that were let through count, only words that can stand in a
// role are kept, and what is kept is bounded.
package auditlog

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fn9s/fn9s/security/rbac"
)

// The bounds of a log.
const (
	maxLine  = 16 << 20 // with bodies of requests and responses
	maxUses  = 500_000  // different requests of all accounts together
	maxNames = 64       // of one kind of request; beyond, names stand for nothing
)

// Log is what a log tells. It must not be changed once it was read.
type Log struct {
	// From and To are the first and the last moment of its events.
	From, To time.Time
	// Events is how many events were read, of whomever; Broken how many lines were none.
	Events, Broken int

	accounts map[rbac.Account]*account
	uses     int
}

// account is what one ServiceAccount did.
type account struct {
	requests int
	uses     map[rbac.Attributes]map[string]bool // names by request without name
}

// Use is one kind of request that an account made.
type Use struct {
	// Request has no name.
	rbac.Attributes
	// Names are those that were asked for, sorted; "" is among them where none was named.
	Names []string
	// Many says that there were more names than are kept.
	Many bool
}

// ReadFile reads a log from a file, gzipped where its name ends in .gz; `~/` is the operator's home. It takes time.
func ReadFile(ctx context.Context, name string) (*Log, error) {
	path := name
	if rest, ok := strings.CutPrefix(name, "~/"); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return nil, fmt.Errorf("read audit log: %w", err)
		}
		path = filepath.Join(home, rest)
	}
	f, err := os.Open(filepath.Clean(path)) // the operator names the file
	if err != nil {
		return nil, fmt.Errorf("read audit log: %w", err)
	}
	defer func() { _ = f.Close() }()
	if !strings.HasSuffix(name, ".gz") {
		return Read(ctx, f)
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("read audit log %s: %w", name, err)
	}
	return Read(ctx, z)
}

// Read reads the lines of a log. Lines that are no events are counted; a log without any event is an error.
func Read(ctx context.Context, in io.Reader) (*Log, error) {
	l := &Log{accounts: map[rbac.Account]*account{}}
	lines := bufio.NewReaderSize(in, 1<<16)
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		line, err := nextLine(lines)
		if len(bytes.TrimSpace(line)) > 0 {
			if !l.line(line) {
				l.Broken++
			}
		}
		if l.uses > maxUses {
			return nil, fmt.Errorf("read audit log: it has more than %d different requests of accounts", maxUses)
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read audit log: %w", err)
		}
	}
	if l.Events == 0 {
		return nil, errors.New("read audit log: no line of it is an event of audit.k8s.io/v1 with its time: it must be the file that the API server writes with --audit-log-path, in JSON")
	}
	return l, nil
}

// tooLong stands for a line that is longer than it may be: it is no event.
var tooLong = []byte("-")

// nextLine returns the next line. What is beyond its bound is not kept.
func nextLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	long := false
	for {
		part, err := r.ReadSlice('\n')
		if long = long || len(line)+len(part) > maxLine; !long {
			line = append(line, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if long {
			return tooLong, err
		}
		return line, err
	}
}

// line takes over one line; false when it holds no event.
func (l *Log) line(line []byte) bool {
	var e struct {
		event
		Items []event `json:"items"`
	}
	if json.Unmarshal(line, &e) != nil {
		return false
	}
	if e.Kind == "EventList" && e.APIVersion == version {
		found := false
		for i := range e.Items {
			found = l.take(&e.Items[i]) || found
		}
		return found
	}
	return e.Kind == "Event" && e.APIVersion == version && l.take(&e.event)
}

// take counts an event, and keeps what it tells of an account.
func (l *Log) take(e *event) bool {
	at := e.at()
	if at.IsZero() {
		return false
	}
	l.Events++
	if l.From.IsZero() || at.Before(l.From) {
		l.From = at
	}
	if at.After(l.To) {
		l.To = at
	}
	if e.granted() {
		for _, d := range e.deeds() {
			l.keep(d)
		}
	}
	return true
}

func (l *Log) keep(d deed) {
	a := l.accounts[d.account]
	if a == nil {
		a = &account{uses: map[rbac.Attributes]map[string]bool{}}
		l.accounts[d.account] = a
		l.uses++
	}
	a.requests++
	name := d.Name
	d.Name = ""
	names := a.uses[d.Attributes]
	if names == nil {
		names = map[string]bool{}
		a.uses[d.Attributes] = names
	}
	if len(names) <= maxNames && !names[name] {
		names[name] = true
		l.uses++
	}
}

// Of returns what an account did, in a stable order, and in how many requests.
func (l *Log) Of(a rbac.Account) (uses []Use, requests int) {
	of := l.accounts[a]
	if of == nil {
		return nil, 0
	}
	for request, names := range of.uses {
		u := Use{Attributes: request, Many: len(names) > maxNames}
		for n := range names {
			u.Names = append(u.Names, n)
		}
		slices.Sort(u.Names)
		uses = append(uses, u)
	}
	slices.SortFunc(uses, func(a, b Use) int { return compare(&a.Attributes, &b.Attributes) })
	return uses, of.requests
}

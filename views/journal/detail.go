package journal

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/views/reading"
	"github.com/fn9s/fn9s/views/screen"
)

// Detail tells one change step by step.
type Detail struct {
	*reading.Text
	env *screen.Env
	mu  sync.Mutex
	// What was read last.
	entry  *journal.Entry
	undone string
}

// NewDetail makes the screen of a change.
func NewDetail(env *screen.Env, id string) *Detail {
	d := &Detail{env: env}
	d.Text = reading.New(env, "change "+id, func(context.Context) (string, error) {
		book, err := env.Changes.Book()
		if err != nil {
			return "", err
		}
		e, err := book.Find(id)
		if err != nil {
			return "", err
		}
		undone := book.Undone(e.ID)
		d.mu.Lock()
		d.entry, d.undone = e, undone
		d.mu.Unlock()
		return tell(e, undone), nil
	})
	return d
}

// Undo takes the change back.
func (d *Detail) Undo() (*screen.Order, string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.entry == nil {
		return nil, "it is not read yet"
	}
	return undo(d.env, d.entry, d.undone)
}

// tell writes a change for people.
func tell(e *journal.Entry, undone string) string {
	var b strings.Builder
	field := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-10s %s\n", name, value)
		}
	}
	r := row{Entry: e, undone: undone}
	field("Change", e.ID)
	field("What", e.Title)
	field("Action", e.Action)
	field("When", e.Time.Local().Format(time.DateTime))
	field("Operator", e.Operator)
	field("Cluster", strings.TrimSuffix(e.Cluster.Context+" ("+e.Cluster.Server+")", " ()"))
	field("Outcome", r.outcome())
	field("Undoes", e.Undoes)
	field("Undone by", undone)
	for i, f := range e.Functions {
		field(map[bool]string{true: "Functions"}[i == 0], f)
	}
	for i := range e.Steps {
		s := &e.Steps[i]
		fmt.Fprintf(&b, "\n[%d] %s %s: %s", s.Number, s.Verb, s.Object, s.Outcome)
		if s.Reason != "" {
			fmt.Fprintf(&b, ": %s", s.Reason)
		}
		b.WriteByte('\n')
		for _, t := range s.Touches {
			fmt.Fprintf(&b, "      %s\n        - %s\n        + %s\n", t.Path, value(t.Old), value(t.New))
		}
		if s.Backup != "" {
			fmt.Fprintf(&b, "      old secret values are in the Secret %s/%s\n", s.Object.Namespace, s.Backup)
		}
	}
	return b.String()
}

// value is one side of a path that was changed.
func value(v *journal.Value) string {
	switch {
	case v == nil:
		return "(nothing)"
	case v.Hash != "":
		return change.Hidden
	}
	var any any
	if json.Unmarshal(v.JSON, &any) != nil {
		return "(damaged)"
	}
	out, err := json.Marshal(any)
	if err != nil {
		return "(damaged)"
	}
	const most = 2000
	if len(out) > most {
		return strings.ToValidUTF8(string(out[:most]), "") + "…"
	}
	return string(out)
}

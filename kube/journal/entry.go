package journal

import (
	"encoding/json"
	"strings"
	"time"
)

// version of the records. A reader leaves alone what a newer fn9s wrote.
const version = 1

// Cluster tells one cluster from all others.
type Cluster struct {
	Context string `json:"context"`
	Server  string `json:"server"`
	CAHash  string `json:"caHash,omitempty"` // SHA-256 of the certificates that the server is trusted by
	UID     string `json:"uid,omitempty"`    // of the namespace kube-system; empty: it may not be read
}

// Same reports whether both are one cluster. Where both uids are known they decide: addresses change.
func (c Cluster) Same(other Cluster) bool {
	if c.UID != "" && other.UID != "" {
		return c.UID == other.UID
	}
	return c.Server == other.Server && c.CAHash == other.CAHash
}

// Object is one object of the cluster.
type Object struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace,omitempty"`
	Name       string `json:"name"`
}

// same reports whether it is the same object, whatever version of its kind it was written in.
func (o Object) same(other Object) bool {
	group := func(o Object) string {
		group, _, ok := strings.Cut(o.APIVersion, "/")
		if !ok {
			return ""
		}
		return group
	}
	return o.Kind == other.Kind && o.Namespace == other.Namespace && o.Name == other.Name && group(o) == group(other)
}

func (o Object) String() string {
	if o.Namespace == "" {
		return o.Kind + " " + o.Name
	}
	return o.Kind + " " + o.Namespace + "/" + o.Name
}

// Value is one value of a field. Of a secret one there is a hash with the key of the change, never the value.
type Value struct {
	JSON json.RawMessage `json:"value,omitempty"`
	Hash string          `json:"hash,omitempty"`
}

// Touch is one path that a step makes different.
type Touch struct {
	Path   string   `json:"path"`
	Old    *Value   `json:"old,omitempty"` // absent: there was nothing
	New    *Value   `json:"new,omitempty"` // absent: nothing is left
	Made   []string `json:"made,omitempty"`
	At     *int     `json:"at,omitempty"`
	Secret bool     `json:"secret,omitempty"`
}

// Step is what happens to one object.
type Step struct {
	Number    int      `json:"number"`
	Verb      string   `json:"verb"` // patch, create or delete
	Object    Object   `json:"object"`
	UID       string   `json:"uid,omitempty"`
	Touches   []Touch  `json:"touches"`
	Functions []string `json:"functions,omitempty"`
	Backup    string   `json:"backup,omitempty"` // name of the Secret in the object's namespace that keeps old secret values
	// Along says that another step of the change may do this one too: who owns an object takes it along.
	Along bool `json:"along,omitempty"`
}

// Outcome is how a step, or a change, ended.
type Outcome string

// The outcomes. Begun is of a step that has an intent and no result: it may have happened or not.
const (
	Begun    Outcome = "begun"
	Applied  Outcome = "applied"
	Failed   Outcome = "failed"
	Conflict Outcome = "conflict"
	Unknown  Outcome = "unknown" // the server could not be asked whether it did
	Skipped  Outcome = "skipped" // never tried
)

// May reports whether the step's object may be different because of it.
func (o Outcome) May() bool { return o == Begun || o == Applied || o == Unknown }

// Change is what one plan did, or began to do.
type Change struct {
	ID        string    `json:"id"`
	Time      time.Time `json:"time"`
	Action    string    `json:"action"` // tighten, restart, undo …
	Title     string    `json:"title"`
	Cluster   Cluster   `json:"cluster"`
	Operator  string    `json:"operator"` // as the server names him
	Functions []string  `json:"functions"`
	Undoes    string    `json:"undoes,omitempty"` // the change that this one takes back
	Key       []byte    `json:"key"`              // of the hashes of secret values
}

// Entry is a change with all that is known of its steps.
type Entry struct {
	Change
	Steps []StepEntry
	// Ended is false when fn9s ended before the change did.
	Ended   bool
	Outcome Outcome
	// Newer says that a newer fn9s wrote parts of it that this one does not understand.
	Newer bool
}

// StepEntry is a step and how it ended.
type StepEntry struct {
	Step
	Outcome Outcome
	Reason  string
	At      time.Time
}

// record is one line of the file.
type record struct {
	V       int       `json:"v"`
	Type    string    `json:"type"` // change, intent, result or end
	ID      string    `json:"id"`
	Time    time.Time `json:"time"`
	Change  *Change   `json:"change,omitempty"`
	Step    *Step     `json:"step,omitempty"`
	Number  int       `json:"number,omitempty"`
	Outcome Outcome   `json:"outcome,omitempty"`
	Reason  string    `json:"reason,omitempty"`
}

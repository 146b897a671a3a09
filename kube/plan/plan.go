// Package plan holds the words in which changes are asked for: edits of objects, and what an adapter answers to a wish.
// Its one rule: it only says what is to be different, never how it is read, sent or shown.
package plan

import (
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
)

// Verb is what happens to an object.
type Verb string

// The verbs.
const (
	Patch  Verb = "patch"  // fields of an object that exists
	Create Verb = "create" // an object that does not
	Delete Verb = "delete"
)

// Edit is what is to be different in one object. Edits of one object from several wishes become one step.
type Edit struct {
	Verb   Verb
	Object model.Ref
	// APIVersion of Object; empty for the version that the cluster prefers.
	APIVersion string
	// Fields are the changes of a Patch, in order. Of a Delete they are what the status of the object needs when an undo
	// makes it anew, to be taken notice of.
	Fields []Field
	// New is the whole object of a Create, with apiVersion and kind.
	New map[string]any
	// Needs are the secret values that New or Fields leave open; they are filled in when the plan is carried out.
	Needs []Need
	// Why is the reason in one line, in words of the operator.
	Why string
	// Asks is what the operator must agree to, because something that is used now ends with it; empty when nothing does.
	Asks string
	// Along says of a Delete that another one of the plan takes the object with it: that it is gone already is no conflict.
	Along bool
	// Release says of a Delete that the object's finalizers are taken away, which nobody else would do.
	Release bool
	// Part names what of the object a Patch writes, where the server takes that by itself: `ephemeralcontainers` of a pod.
	Part string
	// Lasting says why it cannot be undone; empty: it can.
	Lasting string
}

// Field is one change inside an object.
type Field struct {
	// Path names elements of lists by a key: `spec.template.spec.containers[name=web].securityContext.runAsNonRoot`,
	// `spec.volumes[name=tmp]`; keys with dots are quoted: `metadata.labels["app.kubernetes.io/name"]`. What is missing
	// on the way is made. An element that is not there is appended with the key of its selector. Lists without names
	// have places: `spec.containers[0].resources`. ParsePath has the whole grammar.
	Path string
	// Value is what is there afterwards: a JSON value (string, bool, int64, float64, nil, []any, map[string]any). For an
	// element of a list it is merged over the element's key.
	Value any
	// Remove takes the field away; Value is not looked at.
	Remove bool
	// Secret says that the old value is or looks secret: never shown, never in the journal.
	Secret bool
}

// Need is a value that nobody may read in a plan.
type Need struct {
	Path     string // in Data of the Secret: `data["password"]`
	Generate string // how it is made, as in `fn9s rotate --generate`: `hex:32`; empty when the operator must give it
	From     Literal
	JSON     bool // it is written as a JSON text
}

// Settings are values that a framework keeps in a function itself, and that its API tells and takes.
type Settings struct {
	Object     model.Ref
	APIVersion string
	Names      []string
	Below      string // what stands before a name in the object's data: `config/`
	JSON       bool   // the values are JSON
}

// Literal names a field whose present value becomes the secret one (plaintext that moves into a Secret).
type Literal struct {
	Object model.Ref
	Path   string
}

// Effect is how a change comes to the running function.
type Effect string

// The effects.
const (
	AtOnce   Effect = "at once"   // nothing restarts
	Rollout  Effect = "rollout"   // the framework, or the workload's controller, replaces the pods
	Restart  Effect = "restart"   // nothing happens until the workload is restarted: the plan adds it
	NextCall Effect = "next call" // pods that run go on; the next cold start takes it
)

// Answer is what an adapter makes of one wish for one function. Exactly one of Edits, Already and None is set.
type Answer struct {
	Intent check.Intent
	Edits  []Edit
	Effect Effect
	// Already says that nothing is left to do at the source.
	Already bool
	// None says why the framework has no field for it.
	None string
	// Next is the intent that comes closest when there is none, and empty when nothing does.
	Next check.Intent
	// Wants are values that only the operator knows, and with which there would be edits instead of None.
	Wants []Value
	// Lost is what the next deploy with the framework's own tools takes back, in one line; empty when nothing.
	Lost string
	// Left is what the Edits do not cure because the framework has no field for it, in one line; empty when nothing.
	Left string
	// Notes are what else is to be known, a line each.
	Notes []string
}

// Value is something that the operator can give for an answer. It is never secret.
type Value struct {
	Key  string
	What string // in one line
}

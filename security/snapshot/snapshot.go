// Package snapshot is what posture is computed from: the objects and functions of one cluster or of one set of
// manifests, and answers derived from them that are remembered together with what they were computed from.
//
// Its one rule: whatever an answer depends on is read through a Reader. What was read is remembered, absent objects
// included, so that a change has exactly those answers computed again that it can alter.
package snapshot

import (
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
)

// Coverage says whether the objects of a kind can be seen in a namespace.
type Coverage int

// The coverages. Only Seen makes "not found" mean "does not exist". Absent: the API is not served, or manifests
// without any object of a kind that a cluster need not serve. Loading counts as not readable, for now.
const (
	Loading Coverage = iota
	Seen
	Absent
	Denied
)

// Source holds the objects and functions. It answers for the state that it has now; who changes it tells the Reader
// with Changed. Objects and slices must not be changed by anybody. Slices are in the order of Ref and FunctionKey.
type Source interface {
	// Get returns the object, or nil.
	Get(ref model.Ref) model.Object
	// List returns the objects of a kind in a namespace; an empty namespace means everywhere.
	List(kind schema.GroupKind, namespace string) []model.Object
	// Coverage says whether List(kind, namespace) is all there is.
	Coverage(kind schema.GroupKind, namespace string) Coverage
	// Function returns a function, or nil.
	Function(key model.FunctionKey) *model.Function
	// Functions returns the functions of a namespace; an empty namespace means all.
	Functions(namespace string) []*model.Function
}

// Options are the operator's settings of posture. They do not change during the life of a Reader, but for Exceptions.
type Options struct {
	// Now is the clock for ages.
	Now time.Time
	// Manifests: a closed world of files instead of a cluster. Partial: the files are a part of a cluster, so that
	// what is not there may be elsewhere.
	Manifests, Partial bool
	// PSSVersion is the minor version of the Pod Security Standards where a namespace pins none; zero means the
	// newest known. ServerMinor is the minor version of the API server, zero when unknown.
	PSSVersion, ServerMinor int
	// Target is the Pod Security level that a namespace should meet: privileged, baseline or restricted.
	Target func(namespace string) string
	// AllowedRegistries are image name prefixes of whole path segments; empty allows every registry.
	AllowedRegistries []string
	// RotationAge is the age from which a secret counts as not rotated.
	RotationAge time.Duration
	// SensitiveNames are regular expressions of names that hold credentials, besides the built-in ones.
	SensitiveNames []string
	// KeepAll keeps verdicts that are no findings too: what passes, and what does not apply.
	KeepAll bool
	// Exceptions are the risks that the operator's file accepts, until Reader.Accept replaces them.
	Exceptions []Exception
	// ReadCertificates and CompareSecretValues allow controls that need them.
	ReadCertificates, CompareSecretValues bool
}

// Exception is a risk that somebody accepted, until a day.
type Exception struct {
	Control       string
	Functions     []string // globs of NAMESPACE/NAME
	Reason, Owner string
	Until         time.Time // the day after the last on which it counts
	From          string    // file and line, or `annotation`
}

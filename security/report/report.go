// Package report says what was found: the document of `fn9s scan`, and the other formats that it is written in.
//
// Its one rule: a report in, bytes out. It judges nothing, and whatever it prints was written by somebody else: every
// format escapes what it is given.
package report

import (
	"github.com/fn9s/fn9s/security/check"
)

// The version and kind of the document. Fields are added within a version, never renamed or removed.
const (
	APIVersion = "fn9s/v1"
	Kind       = "ScanReport"
)

// Report is the document of a scan. Lists are present when empty; an absent field does not apply.
type Report struct {
	APIVersion  string       `json:"apiVersion"`
	Kind        string       `json:"kind"`
	GeneratedAt string       `json:"generatedAt"`
	Version     string       `json:"fn9sVersion"`
	Sources     []Source     `json:"sources"`
	Summary     Summary      `json:"summary"`
	Unreadable  []Unreadable `json:"unreadable"`
	Functions   []Function   `json:"functions"`
	Scopes      []Scope      `json:"scopes"`
	Errors      []Error      `json:"errors"`
}

// Source is where objects were read from.
type Source struct {
	Kind       string   `json:"kind"` // manifests, cluster
	Paths      []string `json:"paths,omitempty"`
	Context    string   `json:"context,omitempty"`
	Server     string   `json:"server,omitempty"`
	Namespaces []string `json:"namespaces,omitempty"`
	Error      *string  `json:"error"`
}

// Summary counts. Grades holds the letters that some function has. Fail counts the failures that grade, Unknown the
// controls that could not be decided, on functions and on scopes.
type Summary struct {
	Functions int            `json:"functions"`
	Opaque    int            `json:"opaque"`
	Grades    map[string]int `json:"grades"`
	Fail      int            `json:"fail"`
	Unknown   int            `json:"unknown"`
}

// Unreadable is something that could not be read.
type Unreadable struct {
	Context   string `json:"context,omitempty"`
	Verb      string `json:"verb"`
	Group     string `json:"group"`
	Resource  string `json:"resource"`
	Namespace string `json:"namespace,omitempty"`
	Reason    string `json:"reason"`
}

// Error is a document that could not be read.
type Error struct {
	File     string `json:"file"`
	Document int    `json:"document,omitempty"`
	Line     int    `json:"line,omitempty"`
	Message  string `json:"message"`
}

// Object names an object. Group is there when its version is not known.
type Object struct {
	APIVersion string `json:"apiVersion,omitempty"`
	Group      string `json:"group,omitempty"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace,omitempty"`
	Name       string `json:"name,omitempty"`
}

// Function is the posture of one function. An opaque one, which cannot be looked into, has no grade.
type Function struct {
	ID        string    `json:"id"`
	Context   string    `json:"context"`
	Framework string    `json:"framework"`
	Namespace string    `json:"namespace"`
	Name      string    `json:"name"`
	Object    Object    `json:"object"`
	Opaque    bool      `json:"opaque,omitempty"`
	Grade     string    `json:"grade,omitempty"`
	Capped    bool      `json:"capped"`
	Lifts     []Lift    `json:"lifts"`
	Pillars   Pillars   `json:"pillars"`
	PSS       *PSS      `json:"pss,omitempty"`
	Exposure  *Exposure `json:"exposure,omitempty"`
	Blast     *Blast    `json:"blast,omitempty"`
	Findings  []Finding `json:"findings"`
}

// Lift is a step towards a better grade.
type Lift struct {
	Control string       `json:"control"`
	Intent  check.Intent `json:"intent"`
	Grade   string       `json:"grade"`
}

// Pillars are the parts of a posture.
type Pillars struct {
	Identity   Pillar `json:"identity"`
	Network    Pillar `json:"network"`
	Secrets    Pillar `json:"secrets"`
	Pod        Pillar `json:"pod"`
	Image      Pillar `json:"image"`
	Quota      Pillar `json:"quota"`
	Provenance Pillar `json:"provenance"`
}

// Pillar is how a function stands in one pillar.
type Pillar struct {
	Grade   string `json:"grade"`
	Capped  bool   `json:"capped"`
	Fail    int    `json:"fail"`
	Unknown int    `json:"unknown"`
}

// Each visits the pillars in their order.
func (p *Pillars) Each(visit func(name string, p *Pillar)) {
	for i, at := range []*Pillar{&p.Identity, &p.Network, &p.Secrets, &p.Pod, &p.Image, &p.Quota, &p.Provenance} {
		visit(check.Pillar(i).String(), at)
	}
}

// PSS is how the pods stand against the Pod Security Standards: the checks of each level that fail.
type PSS struct {
	Level             string        `json:"level"`
	Version           string        `json:"version"`
	NamespaceEnforces string        `json:"namespaceEnforces,omitempty"`
	Baseline          []FailedCheck `json:"baseline"`
	Restricted        []FailedCheck `json:"restricted"`
}

// FailedCheck is one check of a level.
type FailedCheck struct {
	Check  string `json:"check"`
	Reason string `json:"reason"`
	Path   string `json:"path,omitempty"`
}

// Exposure says from where the function can be called.
type Exposure struct {
	Class          string  `json:"class"`
	Authentication string  `json:"authentication,omitempty"`
	TLS            bool    `json:"tls"`
	Routes         []Route `json:"routes"`
}

// Route is one way in.
type Route struct {
	Host string `json:"host"`
	Path string `json:"path"`
	Via  Object `json:"via"`
}

// Blast says what falls with the function, with a path as the proof of each.
type Blast struct {
	Level int      `json:"level"`
	Paths [][]Step `json:"paths"`
}

// Step is one edge of a path.
type Step struct {
	Edge string `json:"edge"`
	To   Object `json:"to"`
	Text string `json:"text"`
}

// Finding is one verdict of a control.
type Finding struct {
	Control     string         `json:"control"`
	Pillar      string         `json:"pillar"`
	Severity    string         `json:"severity"`
	Base        string         `json:"base"`
	Rule        string         `json:"rule,omitempty"`
	Status      string         `json:"status"`
	Scope       string         `json:"scope"`
	Limit       string         `json:"limit"`
	Cause       *string        `json:"cause"`
	Object      *Object        `json:"object,omitempty"`
	Path        string         `json:"path,omitempty"`
	Value       string         `json:"value,omitempty"`
	Message     string         `json:"message"`
	Source      *Place         `json:"source,omitempty"`
	Intents     []check.Intent `json:"intents"`
	References  []string       `json:"references"`
	Fingerprint string         `json:"fingerprint"`
	Exception   *Exception     `json:"exception,omitempty"` // of an accepted risk
	Known       bool           `json:"known,omitempty"`     // the baseline has it

	control *check.Control
	sums    bool // sums up other findings, and does not count beside them
}

// Place is where a field stands in a file, from 1.
type Place struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

// Exception is why a risk was accepted.
type Exception struct {
	Reason string `json:"reason"`
	Owner  string `json:"owner,omitempty"`
	Until  string `json:"until,omitempty"`
	From   string `json:"from,omitempty"`
}

// Scope is the posture of a namespace, a platform or the cluster.
type Scope struct {
	Kind      string    `json:"kind"`
	Context   string    `json:"context,omitempty"`
	Namespace string    `json:"namespace,omitempty"`
	Name      string    `json:"name"`
	Grade     string    `json:"grade"`
	Capped    bool      `json:"capped"`
	Findings  []Finding `json:"findings"`
	Framework string    `json:"framework,omitempty"`
	Release   string    `json:"release,omitempty"`
	Version   string    `json:"version,omitempty"`
	Shape     string    `json:"shape,omitempty"`
}

// Letter is a grade as it is shown: with a mark when it may be better than the truth.
func Letter(grade string, capped bool) string {
	switch {
	case grade == "":
		return "-"
	case capped:
		return grade + "?"
	}
	return grade
}

// Package check is what all families of security controls share: controls, verdicts, findings and the evaluation of
// one subject.
//
// Its one rule: a control that could not be decided says so. What was not read is unknown, never pass.
package check

import (
	"cmp"
	"fmt"
	"strings"
)

// Severity of a finding, at base or after the context rules.
type Severity uint8

// The severities, in rising order. Info never grades.
const (
	Info Severity = iota
	Low
	Medium
	High
	Critical
)

var severities = [...]string{"info", "low", "medium", "high", "critical"}

func (s Severity) String() string { return severities[s] }

// ParseSeverity reads the word for a severity.
func ParseSeverity(word string) (Severity, error) {
	for i, w := range severities {
		if w == strings.ToLower(word) {
			return Severity(i), nil
		}
	}
	return 0, fmt.Errorf("severity %q: there are %s", word, strings.Join(severities[:], ", "))
}

// Up and Down move a severity by one step, between low and critical.
func (s Severity) Up() Severity { return min(s+1, Critical) }

// Down is the opposite of Up.
func (s Severity) Down() Severity {
	if s <= Low {
		return s
	}
	return s - 1
}

// Pillar is the part of a posture that a control belongs to.
type Pillar uint8

// The pillars: the first four make a function's grade, the others weigh at most C.
const (
	Identity Pillar = iota
	Network
	Secrets
	Pod
	Image
	Quota
	Provenance
)

// Pillars is the number of pillars.
const Pillars = 7

var pillars = [Pillars]string{"identity", "network", "secrets", "pod", "image", "quota", "provenance"}

func (p Pillar) String() string { return pillars[p] }

// ParsePillar reads the word for a pillar.
func ParsePillar(word string) (Pillar, error) {
	for i, w := range pillars {
		if w == strings.ToLower(word) {
			return Pillar(i), nil
		}
	}
	return 0, fmt.Errorf("pillar %q: there are %s", word, strings.Join(pillars[:], ", "))
}

// Priority says how much depends on a control: an M-control that is unknown caps the grade of its pillar.
type Priority byte

// The priorities: must, should, could.
const (
	M Priority = 'M'
	S Priority = 'S'
	C Priority = 'C'
)

// Scope is what a control judges, and whose row its findings stand on.
type Scope uint8

// The scopes.
const (
	ScopeFunction Scope = iota
	ScopeNamespace
	ScopeCluster
	ScopePlatform
)

var scopes = [...]string{"function", "namespace", "cluster", "platform"}

func (s Scope) String() string { return scopes[s] }

// Offline says how far manifests suffice to decide a control.
type Offline uint8

// The ways: from manifests alone, partly, or only on a cluster. Connector: only with a REST connector.
const (
	Yes Offline = iota
	Partly
	Never
	Connector
)

// Control is one security rule.
type Control struct {
	ID       string
	Priority Priority
	Pillar   Pillar
	Scope    Scope
	Base     Severity // where nothing in the evaluation says otherwise
	Title    string
	// Detects says in a sentence or two what is looked at, Why what it means when it fails, in the words of an
	// engineer on call.
	Detects, Why string
	// References are in the words of the source: `CIS 5.1.6`, `NSA AUTH`, `OWASP K02`, `ATT&CK T1528`.
	References []string
	Intents    []Intent
	Offline    Offline
	// Opens controls look at data of Secrets, where the operator allows it.
	Opens bool
	// Rollup controls sum up others: they neither grade nor count.
	Rollup bool
	// Marks controls read who wrote the function and its objects, and their own labels: see snapshot.Mark.
	Marks bool
	// Check judges one subject of the scope. When it says nothing the control passes.
	Check func(*Eval)
	// Platform judges control planes besides, for controls of functions: what is said there, once, instead of on every
	// function. Nil: nothing is.
	Platform func(*Eval)
	// Cluster judges the cluster besides, for controls of namespaces: what belongs to none. Nil: nothing does.
	Cluster func(*Eval)
}

// Compare orders controls by family and number.
func Compare(a, b *Control) int {
	return cmp.Or(cmp.Compare(family(a.ID), family(b.ID)), cmp.Compare(a.ID, b.ID))
}

func family(id string) int {
	for i, prefix := range []string{"SA-", "NET-", "MSH-", "SEC-", "POD-", "IMG-", "RES-", "AUD-", "FW-"} {
		if strings.HasPrefix(id, prefix) {
			return i
		}
	}
	return 100
}

// Package status holds how a cluster is seen at one moment: connection, progress, what is denied, and every error.
//
// Its one rule: values only. They are made by the client and the store, and read by the board and the screens.
package status

import (
	"time"
)

// Phase is the state of a connection.
type Phase string

// The phases. Live: every reflector has an open watch and heard something in the last 75 s. Stale: the data on
// screen is as old as Connection.Since says. AuthNeeded: credentials are missing or expired.
const (
	Connecting Phase = "connecting"
	Live       Phase = "live"
	Stale      Phase = "stale"
	Denied     Phase = "denied"
	AuthNeeded Phase = "auth-needed"
)

// The phases of what is no cluster: manifests that were read, and the samples of the demo.
const (
	Files Phase = "files"
	Demo  Phase = "demo"
)

// Steady reports whether nothing is wrong, so that no time has to be counted.
func (p Phase) Steady() bool { return p == Live || p == Files || p == Demo }

// Connection is the state of one cluster's connection.
type Connection struct {
	Phase  Phase
	Since  time.Time // when the phase began; of Stale: when the first reflector broke
	Reason string    // why, in one line; empty while live
	Retry  time.Time // next attempt; zero when none is planned
	Plugin string    // the exec plugin that asks for a login, for AuthNeeded
}

// Refusal is one thing that the operator may not read.
type Refusal struct {
	Verb, Group, Resource string
	Namespace             string // empty: cluster-wide
	Reason                string // the server's words
}

// Progress is how far one kind has been listed.
type Progress struct {
	Group, Kind string
	Resource    string // as URLs have it
	Namespace   string // empty: cluster-wide
	Objects     int
	Listed      bool   // the first list is complete
	Denied      bool   // it may not be listed
	Primary     bool   // the functions table waits for it
	Trouble     string // why it cannot be read now; empty when it can, or was not tried yet
}

// Connector is how the API of a framework that is no Kubernetes API is reached.
type Connector struct {
	Framework, Name string
	Connection      Connection
	Objects         int       // of the newest complete read
	Read            time.Time // when that was; zero: never
	Warning         string    // what an operator should know although it works
}

// Tried reports whether the API was asked, with whatever outcome.
func (c *Connector) Tried() bool {
	return c.Connection.Phase != Connecting || c.Connection.Reason != ""
}

// Namespace is one namespace of a cluster as the operator may see it.
type Namespace struct {
	Name    string
	Denied  string // why nothing is seen there; empty when something is
	Watched bool
	Source  string // how it is known: list, flag, config, kubeconfig, history, typed
}

// Cluster is one cluster at one moment. It is immutable.
type Cluster struct {
	Context    string
	Server     string
	Version    string // of the server; empty until known
	Operator   string // the user name that the server sees, else that of the kubeconfig
	ReadOnly   bool
	Connection Connection
	Scope      []string // namespaces asked for; empty: all
	Namespaces []Namespace
	// NamespacesListed says whether Namespaces is all there are.
	NamespacesListed bool
	Progress         []Progress
	Refusals         []Refusal
	Absent           []string // frameworks whose APIs are not served
	Connectors       []Connector
	// Functions is how many functions are judged, in scope or not, and Unjudged how many of them wait for it.
	Functions, Unjudged int
	// Complete is true once all primary kinds are listed: the table has all its rows.
	Complete bool
}

// Settled reports whether everything that can be read has been: not only the rows are there, but all that they show.
func (c *Cluster) Settled() bool {
	for i := range c.Progress {
		if p := &c.Progress[i]; !p.Listed && !p.Denied {
			return false
		}
	}
	for i := range c.Connectors {
		if !c.Connectors[i].Tried() {
			return false
		}
	}
	return c.Complete
}

// Severity of an entry of the errors screen.
type Severity string

// The severities.
const (
	Info    Severity = "info"
	Warning Severity = "warning"
	Error   Severity = "error"
)

// Entry is one error or warning. Equal entries are counted, not repeated.
type Entry struct {
	First, Last time.Time
	Count       int
	Severity    Severity
	Context     string
	Source      string // what was being done: `watch pods`, `kubeconfig`, `klog`
	Message     string
}

// Package expose answers from where a function can be called, and how: its Services, the routes to them, and the
// shared entry of its framework.
//
// Its one rule: what could not be read or decided is said beside the answer, and never makes the answer better.
package expose

import (
	"slices"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Class is from where something can be called, in rising order.
type Class uint8

// The classes. Node means every address of the node network, Private a private load balancer.
const (
	None Class = iota
	Namespace
	Cluster
	Node
	Private
	Internet
)

var classes = [...]string{"none", "namespace", "cluster", "node", "private", "internet"}

func (c Class) String() string { return classes[c] }

// Auth is how a caller has to identify itself.
type Auth uint8

// The ways. External: an authorizer elsewhere decides. Declared: an annotation or plugin names a login that is not ours
// to judge.
const (
	NoAuth Auth = iota
	SharedSecret
	JWTUnscoped
	JWTScoped
	MTLS
	External
	Declared
	UnknownAuth
)

var auths = [...]string{"none", "shared-secret", "jwt-unscoped", "jwt-scoped", "mtls", "external", "declared", "unknown"}

func (a Auth) String() string { return auths[a] }

// strength orders ways of authentication: of several ways in, the weakest counts.
var strength = [...]uint8{NoAuth: 0, UnknownAuth: 1, SharedSecret: 2, JWTUnscoped: 3, Declared: 4, External: 5, JWTScoped: 6, MTLS: 7}

// Weaker reports whether a protects less than b.
func (a Auth) Weaker(b Auth) bool { return strength[a] < strength[b] }

// TLS is what a route does for the privacy of a host.
type TLS uint8

// The verdicts. Redirect: plain HTTP answers with a redirect to HTTPS and nothing else.
const (
	UnknownTLS TLS = iota
	Plain
	Redirect
	Terminated
	Passthrough
)

var verdicts = [...]string{"unknown", "plain", "redirect", "terminated", "passthrough"}

func (t TLS) String() string { return verdicts[t] }

// Route is one way from outside to the function: a host and a path of one object.
type Route struct {
	// Via is the object that makes the way: an Ingress, a trigger, the Service itself. Field is the place in it, Fixed
	// the same with names instead of indexes.
	Via          model.Ref
	Field, Fixed string
	Host, Path   string // Host is empty for every host
	Service      model.Ref
	Port         string
	Class        Class
	Auth         Auth
	By           string // what asks for the login
	TLS          TLS
	Beside       string // how plain HTTP is served beside TLS; empty when it is not
	Controller   string // of the ingress class or gateway class; empty when not known
	Door         Door   // the listener of a Gateway that serves the way
	PlainDoor    Door   // the one that serves plain HTTP beside it
	Shared       string // the entry that it shares with other functions: `OpenFaaS gateway`
	Assumed      string // what the class rests on, where no object says so
	rewrite      string // path that the backend sees, where the route changes it
}

// Door is a listener of a Gateway.
type Door struct {
	Gateway      model.Ref
	Field, Fixed string
	Protocol     string
	Problem      string // why it is not safe; empty when it is
}

// Direct reports whether the way is a Service itself, without a route.
func (r *Route) Direct() bool { return r.Via.Group == "" && r.Via.Kind == serviceKind.Kind }

// Exposure is from where a function can be called.
type Exposure struct {
	// Class is the worst of all ways in, Auth the weakest login of the ways of that class. TLS says that none of them is
	// plain HTTP.
	Class Class
	Auth  Auth
	TLS   bool
	// Routes lists the ways: worst class first. Services are those that select the function's pods or bear its name.
	Routes   []Route
	Services []*model.Service
	// Assumed lists what the answer rests on without having been read, Missing what could not be read.
	Assumed []string
	Missing []snapshot.Missing
}

// Open reports whether anybody in a class from min on may call the function without a login.
func (x *Exposure) Open(min Class) bool {
	return slices.ContainsFunc(x.Routes, func(r Route) bool { return r.Class >= min && r.Auth == NoAuth })
}

// Of answers from where a function can be called. The answer must not be changed.
var Of = snapshot.NewQuery("exposure", exposure, sameExposure).Passing()

func sameExposure(a, b *Exposure) bool {
	return a.Class == b.Class && a.Auth == b.Auth && a.TLS == b.TLS && slices.Equal(a.Routes, b.Routes) &&
		slices.Equal(a.Services, b.Services) && slices.Equal(a.Assumed, b.Assumed) && slices.Equal(a.Missing, b.Missing)
}

package model

import (
	"cmp"
	"strings"
	"time"
)

// FunctionKey is the identity of a function inside one cluster: the function id without its context.
type FunctionKey struct {
	Framework       string
	Group, Kind     string
	Namespace, Name string
}

// Compare orders keys by namespace, name, framework, kind and group.
func (k FunctionKey) Compare(o FunctionKey) int {
	if c := cmp.Compare(k.Namespace, o.Namespace); c != 0 {
		return c
	}
	if c := cmp.Compare(k.Name, o.Name); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(k.Framework, o.Framework), cmp.Compare(k.Kind, o.Kind), cmp.Compare(k.Group, o.Group))
}

// FunctionID is the identity of a function everywhere: rows, marks, the cursor and the journal key on it.
type FunctionID struct {
	Context string
	FunctionKey
}

// Compare orders ids by context, then as FunctionKey does.
func (id FunctionID) Compare(o FunctionID) int {
	return cmp.Or(cmp.Compare(id.Context, o.Context), id.FunctionKey.Compare(o.FunctionKey))
}

// String joins the parts by `·`: context, framework, group/kind, namespace, name.
func (id FunctionID) String() string {
	kind := id.Kind
	if id.Group != "" {
		kind = id.Group + "/" + id.Kind
	}
	return strings.Join([]string{id.Context, id.Framework, kind, id.Namespace, id.Name}, "·")
}

// State is the one word for how a function is. New words may be added.
type State string

// The states. Idle means scaled to zero and is normal. NoWorkload is a custom resource without its workload,
// Orphaned a workload whose custom resource is gone.
const (
	Ready      State = "ready"
	Building   State = "building"
	Deploying  State = "deploying"
	Failed     State = "failed"
	Idle       State = "idle"
	Paused     State = "paused"
	Deleting   State = "deleting"
	NoWorkload State = "no-workload"
	Orphaned   State = "orphaned"
	OpaqueRow  State = "opaque"
	Unknown    State = "unknown"
)

// States lists the states from the one that needs attention least to the one that needs it most.
func States() []State {
	return []State{Ready, Idle, Paused, OpaqueRow, Deleting, Building, Deploying, Unknown, Orphaned, NoWorkload, Failed}
}

// Faulty reports whether somebody should look at a function in this state.
func (s State) Faulty() bool {
	return s == Failed || s == NoWorkload || s == Orphaned || s == Unknown
}

// Origin is where a fact was read: the object, and the path of the field in it (`spec.env[0].name`).
type Origin struct {
	Ref
	Path string
}

// Role says what a workload does for its function.
type Role string

// Only workloads that run the function are judged as the function.
const (
	Run   Role = "run"
	Build Role = "build"
	Proxy Role = "proxy"
)

// WorkloadRef is a workload of a function.
type WorkloadRef struct {
	Ref
	Role   Role
	Shared bool // serves other functions too: Fn's runner, a pool
}

// TriggerType is what calls the function. Metric triggers scale it and deliver nothing.
type TriggerType string

// The trigger types.
const (
	HTTP   TriggerType = "http"
	Cron   TriggerType = "cron"
	Queue  TriggerType = "queue"
	Event  TriggerType = "event"
	Metric TriggerType = "metric"
)

// Trigger is one way in which a function is called.
type Trigger struct {
	Type     TriggerType
	Name     string
	Detail   string // schedule, topic, path, host: what an operator looks for
	Auth     string // name of what authenticates the source, where the trigger names one
	Disabled bool
	Origin   Origin
}

// URL is an address at which a function answers.
type URL struct {
	URL      string
	External bool // through a route that leads out of the cluster
	Origin   Origin
}

// How is the way in which a Secret or ConfigMap gets into a function.
type How string

// The ways.
const (
	Env     How = "env"
	File    How = "file"
	Pull    How = "pull"
	ForTrig How = "trigger"
	ForBld  How = "build"
)

// Reference is a Secret, ConfigMap or similar object that a function uses, in the namespace of Origin unless
// Namespace says otherwise.
type Reference struct {
	Kind      string
	Namespace string
	Name      string
	Key       string // empty: all keys
	How       How
	Optional  bool
	Missing   bool // the object is not there, and could have been seen
	Origin    Origin
}

// Source is where the code of a function comes from.
type Source struct {
	Kind   string // image, inline, git, archive, url, package, file
	Detail string // repository and reference, file name, checksum; never the code itself
}

// Traffic is the share of requests that one revision gets.
type Traffic struct {
	Revision string
	Percent  int32
	Tag      string
	Latest   bool
}

// Scaling is how many replicas a function may have. Nil means that nothing says so.
type Scaling struct {
	Min, Max *int32
	By       Ref    // the autoscaler, where it is an object
	Note     string // target or means in a few words: `rps 50`, `concurrency 10`
}

// Platform is the control plane that a function belongs to.
type Platform struct {
	Namespace, Release string
	Version, Shape     string // empty when it cannot be told
}

// Template is a pod spec that runs the function, and where it was read.
type Template struct {
	PodTemplate
	Origin    Origin
	Role      Role
	Container string // the function's own container; empty: not known
}

// Function is one deployed unit of one framework, in neutral words. Absent numbers are nil, not zero.
type Function struct {
	Key        FunctionKey
	Title      string // shown name; empty: Key.Name
	Object     Ref    // what declares it; a Function without Kind has none (orphans, REST)
	APIVersion string // of Object
	Record     Ref    // what a connector tells of it; none for what Kubernetes declares
	Opaque     bool   // stands for functions that cannot be seen; Reason says why
	State      State
	Reason     string // one line in the controller's own words where it has any
	Ready      *int32
	Desired    *int32
	Runtime    string
	Image      string
	Handler    string
	Source     Source

	Workloads  []WorkloadRef
	Pods       []Ref
	Templates  []Template
	Triggers   []Trigger
	URLs       []URL
	References []Reference

	ServiceAccount string
	Scaling        Scaling
	Revision       string
	Traffic        []Traffic
	Labels         Labels // of the declaring object, for selectors
	Created        time.Time
	Changed        Change
	Platform       Platform
	Notes          []string // what an operator should know and no other field says
	Call           *Call    // how it is called where its addresses do not tell all; nil: they do

	// Owners are the objects that own Object, nearest first, as far as they could be followed. An object that
	// another function's object owns is no row of its own.
	Owners []Ref
	// Claims names the workloads, or the targets that are not there, which this function says are its own. The
	// store gives every one of them to one function.
	Claims []Ref
}

// Call is how a function is called.
type Call struct {
	URL     string // of what its calls go to first, empty: its own addresses
	Missing string // why there is no URL although calls go through something else
	Path    string
	Method  string
	Host    string // that requests must name
	Headers []CallHeader
}

// CallHeader is one header that goes with every call.
type CallHeader struct{ Name, Value string }

// Name returns the name to show.
func (f *Function) Name() string {
	if f.Title != "" {
		return f.Title
	}
	return f.Key.Name
}

// Named returns what can be named of the function: what declares it, what a connector tells of it, the workload that runs
// it. It is zero where there is nothing of the kind.
func (f *Function) Named() Ref {
	switch {
	case !f.Object.IsZero():
		return f.Object
	case !f.Record.IsZero():
		return f.Record
	}
	for _, w := range f.Workloads {
		if w.Role == Run && !w.Shared {
			return w.Ref
		}
	}
	if len(f.Pods) > 0 {
		return f.Pods[0]
	}
	return Ref{}
}

// Count is a convenience for the optional numbers of Function.
func Count(n int32) *int32 { return &n }

package model

import (
	"time"

	corev1 "k8s.io/api/core/v1"
)

// PodTemplate is the template of a workload's pods. Spec must not be changed: equal specs are stored once.
type PodTemplate struct {
	Labels      Labels
	Annotations Labels
	Spec        *corev1.PodSpec
}

// Condition is one entry of an object's status.conditions.
type Condition struct {
	Type, Status, Reason, Message string
	Since                         time.Time
}

// Workload is the record of a Deployment, StatefulSet, DaemonSet, ReplicaSet, Job or CronJob.
type Workload struct {
	Header
	Template PodTemplate
	Selector Labels // matchLabels only
	// Desired is spec.replicas after defaulting, a DaemonSet's scheduled pods, a Job's parallelism while it
	// runs. A CronJob has 0.
	Desired int32
	Ready   int32
	Updated int32
	// Generation and Observed tell whether the controller has seen the newest spec; equal where unknown.
	Generation, Observed int64
	Conditions           []Condition
	Paused               bool   // spec.paused of a Deployment, spec.suspend of a Job or CronJob
	Revision             string // annotation deployment.kubernetes.io/revision
	// Settled is a hash of what it was read from, without its status; 0: unknown. It compares within one run only.
	Settled uint64
	// The rest is for Jobs and CronJobs only.
	Active, Succeeded, Failed int32
	Schedule                  string
	LastScheduled             time.Time
	LastSucceeded             time.Time
}

// Condition returns the condition of that type, and whether there is one.
func (w *Workload) Condition(kind string) (Condition, bool) { return findCondition(w.Conditions, kind) }

func findCondition(all []Condition, kind string) (Condition, bool) {
	for _, c := range all {
		if c.Type == kind {
			return c, true
		}
	}
	return Condition{}, false
}

// Container is the state of one container of a Pod.
type Container struct {
	Name, Image, ImageID string
	Init                 bool
	Ready                bool
	Restarts             int32
	State                string // waiting, running, terminated, or empty when not reported yet
	Reason, Message      string // of the state; of the last termination when the state has none
	ExitCode             int32
	Started              time.Time
	Ended                time.Time
}

// Pod is the record of a Pod.
type Pod struct {
	Header
	Phase           string // Pending, Running, Succeeded, Failed, Unknown
	Reason, Message string // of the status, else of the condition that keeps it from being scheduled or ready
	Ready           bool
	Scheduled       bool
	Node, IP        string
	ServiceAccount  string
	Started         time.Time
	Containers      []Container // init containers first
	Ephemeral       []Container // for debugging: they came later and count for nothing
	// Spec is kept for pods that no workload owns (bare pods, action pods), and for all where posture is judged; nil
	// otherwise. It names no node, and the token's volume is always kube-api-access: equal specs are stored once.
	Spec *corev1.PodSpec
}

// ServicePort is one port of a Service.
type ServicePort struct {
	Name, Protocol string
	Port, NodePort int32
	TargetPort     string // number or name
	AppProtocol    string
}

// Service is the record of a Service.
type Service struct {
	Header
	Type         string
	Selector     Labels
	Ports        []ServicePort
	ClusterIP    string
	ExternalName string
	ExternalIPs  []string
	Addresses    []string // host names and addresses of the load balancer
}

// RouteRule is one way from a host and path to a Service.
type RouteRule struct {
	Hosts   []string // empty: every host
	Path    string
	Service Ref
	Port    string // number or name
}

// Route is the record of an Ingress, HTTPRoute or another object that leads from outside to Services.
type Route struct {
	Header
	Class     string // ingress class; empty for Gateway API
	Parents   []Ref  // Gateways of a Gateway API route
	Rules     []RouteRule
	TLSHosts  []string // hosts that the object itself terminates TLS for
	TLS       bool     // the object terminates TLS for at least one host, or for all
	Addresses []string
}

// Listener is one door of a Gateway.
type Listener struct {
	Name, Hostname, Protocol string
	Port                     int32
}

// Gateway is the record of a Gateway API Gateway.
type Gateway struct {
	Header
	Class     string
	Listeners []Listener
	Addresses []string
}

// Autoscaler is the record of a HorizontalPodAutoscaler.
type Autoscaler struct {
	Header
	Target           Ref
	Min, Max         int32
	Current, Desired int32
	Targets          []Goal
	Conditions       []Condition
}

// Goal is a value that an autoscaler keeps: what it is of, what it is now (empty: not known) and what it should be.
type Goal struct{ Of, Current, Target string }

// Content are parts of the data of a Secret.
type Content uint8

// The parts: certificates, with the keys that they belong to; values, to be compared.
const (
	Certificates Content = 1 << iota
	Values
)

// Secret is the record of a Secret: metadata only. Of its data nothing is kept but what controls found out about it.
type Secret struct {
	Header
	Type string
	// Keys is the number of keys. Names lists them as far as managedFields tell, sorted.
	Keys  int
	Names []string
	// DataChanged is the latest moment at which the data can have changed; zero when no write is recorded. Writer made
	// that write. DataOnly says that it wrote nothing but data: then it did change at that moment.
	DataChanged time.Time
	Writer      string
	DataOnly    bool
	// Immutable is nil where it is not known: rows of a Table do not tell.
	Immutable *bool
	// Applied lists the keys of data whose values stand in the last-applied annotation, readable as metadata.
	Applied []string
	// Content are the parts of the data that controls have looked at: in manifests all, on a cluster those that the
	// operator allows. Refused says why they could not, where he does.
	Content Content
	Refused string
}

// Knows reports whether Names are all keys of the Secret.
func (s *Secret) Knows() bool { return len(s.Names) >= s.Keys }

// ConfigMap is the record of a ConfigMap: its keys and their sizes. Values are kept only of the ConfigMaps that
// an adapter asked for, in Facts.
type ConfigMap struct {
	Header
	Keys  []string
	Sizes []int // bytes, in the order of Keys
}

// Namespace is the record of a Namespace.
type Namespace struct {
	Header
	Phase string
}

// Package plain makes functions of built-in workloads that an operator declares to be some: by the label
// fn9s.io/function, or by a selector of the configuration.
//
// Its one rule: it never guesses. A workload that nobody declared is no function.
package plain

import (
	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/generic"
	"github.com/fn9s/fn9s/security/model"
)

// Name is the name of the framework.
const Name = "plain"

// Group and Kind stand in the key of a function that is several workloads with one name in their label.
const (
	Group = "fn9s.io"
	Kind  = "Function"
)

// Selector is an element of the configuration's key `plain`.
type Selector = generic.Selector

// Parse reads the value of the configuration's key `plain`.
func Parse(file string, node *yaml.Node) ([]Selector, []generic.Problem) {
	return generic.ParseSelectors(file, node)
}

// replicaSet is not read for everybody: ten thousand of them say nothing that their Deployments do not.
var replicaSet = schema.GroupKind{Group: "apps", Kind: "ReplicaSet"}

type adapter struct{ selectors []Selector }

var (
	_ frameworks.Framework    = (*adapter)(nil)
	_ frameworks.LabelIndexer = (*adapter)(nil)
)

// New returns the framework of declared workloads.
func New(selectors []Selector) frameworks.Framework { return &adapter{selectors} }

// Name returns "plain".
func (a *adapter) Name() string { return Name }

// IndexedLabels lists the label that declares functions.
func (a *adapter) IndexedLabels() []string { return []string{generic.Declaration} }

// Resources lists the built-in workloads. ReplicaSets are read with the label only, unless a selector names them.
func (a *adapter) Resources() []frameworks.Resource {
	core := func(gk schema.GroupKind, plural string) frameworks.Resource {
		return frameworks.Resource{
			Group: gk.Group, Kind: gk.Kind, Plural: plural, Versions: []string{"v1"}, Core: true, Function: true,
			Settled: len(a.selectors) == 0, // whose fields may be any
		}
	}
	sets := core(replicaSet, "replicasets")
	sets.Core, sets.Function, sets.Labels = false, false, generic.Declaration
	for i := range a.selectors {
		if a.selectors[i].Names(replicaSet) {
			sets.Labels = ""
		}
	}
	return []frameworks.Resource{
		core(frameworks.Deployment, "deployments"), core(frameworks.StatefulSet, "statefulsets"),
		core(frameworks.DaemonSet, "daemonsets"), core(frameworks.CronJob, "cronjobs"),
		core(frameworks.Job, "jobs"), core(frameworks.Pod, "pods"), sets,
	}
}

// declared is what is kept of a workload that is a function.
type declared struct {
	name                     string // the function's name, when the label gives one that several workloads may share
	runtime, handler, source string // as the selector gives them
}

// Decode finds out whether the workload is declared to be a function.
func (a *adapter) Decode(raw *frameworks.Raw) (any, error) {
	h := raw.Header
	label := h.Labels.Get(generic.Declaration)
	if label == "" && len(a.selectors) == 0 || label == "false" || generic.Platform(h) != "" || partOfOther(h) {
		return nil, nil
	}
	d := &declared{}
	if label != "" && label != "true" {
		d.name = label
	}
	for i := range a.selectors {
		s := &a.selectors[i]
		if !s.Match(h) {
			continue
		}
		if raw.Typed != nil {
			d.runtime, d.handler = s.Runtime.Of(raw.Typed), s.Handler.Of(raw.Typed)
			d.source = s.Source.Of(raw.Typed)
		}
		return d, nil
	}
	if label == "" {
		return nil, nil
	}
	return d, nil
}

// partOfOther reports whether the object belongs to the workload that made it, whatever labels the template gave it.
func partOfOther(h *model.Header) bool {
	switch h.GroupKind() {
	case frameworks.Pod, frameworks.Job, replicaSet:
		_, owned := h.ControllerOwner()
		return owned
	}
	return false
}

// Keys names the function that a declared workload is, or is a part of.
func (a *adapter) Keys(o model.Object) []model.FunctionKey {
	h := o.Head()
	d, ok := h.FactsOf(Name).(*declared)
	if !ok {
		return nil
	}
	if d.name != "" {
		return []model.FunctionKey{{Framework: Name, Group: Group, Kind: Kind, Namespace: h.Namespace, Name: d.name}}
	}
	return []model.FunctionKey{{
		Framework: Name, Group: h.Group, Kind: h.Kind, Namespace: h.Namespace, Name: h.Name,
	}}
}

// Build describes the function.
func (a *adapter) Build(key model.FunctionKey, x frameworks.Index) (*model.Function, bool) {
	members := frameworks.List(x.Members(key))
	if len(members) == 0 {
		return nil, false
	}
	h := members[0].Head()
	b := &builder{x: x, members: members, f: &model.Function{
		Key: key, Object: h.Ref, APIVersion: h.APIVersion(), Labels: h.Labels, Created: h.Created, Changed: h.Changed,
	}}
	b.workloads()
	b.judge()
	b.cells()
	b.triggers()
	return b.f, true
}

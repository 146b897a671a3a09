// Package fission finds the functions of Fission, whatever executor runs them: pods taken out of an Environment's
// pool, or a Deployment of their own.
//
// Its one rule: a function is more than its own object. What runs it stands in its Environment, its code in its
// Package, and with the pool manager no workload is its own: pods carry its name, or there are none and it is idle.
package fission

import (
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// Name is the framework part of the function id.
const Name = "fission"

const (
	group = "fission.io"

	poolManager = "poolmgr"
	newDeploy   = "newdeploy"
	ownPods     = "container"

	labelFunction    = "functionName"
	labelNamespace   = "functionNamespace"
	labelUID         = "functionUid"
	labelExecutor    = "executorType"
	labelEnvironment = "environmentName"
	labelEnvSpace    = "environmentNamespace"
	labelManaged     = "managed"
	labelTrigger     = "triggerName"
	labelTrigSpace   = "triggerNamespace"
	labelComponent   = "svc"
	labelVersion     = "fission.io/function-version"
)

var (
	functionKind    = schema.GroupKind{Group: group, Kind: "Function"}
	environmentKind = schema.GroupKind{Group: group, Kind: "Environment"}
	packageKind     = schema.GroupKind{Group: group, Kind: "Package"}
	httpKind        = schema.GroupKind{Group: group, Kind: "HTTPTrigger"}
	timeKind        = schema.GroupKind{Group: group, Kind: "TimeTrigger"}
	watchKind       = schema.GroupKind{Group: group, Kind: "KubernetesWatchTrigger"}
	queueKind       = schema.GroupKind{Group: group, Kind: "MessageQueueTrigger"}
)

type adapter struct{}

// New returns the adapter.
func New() frameworks.Framework { return adapter{} }

func (adapter) Name() string { return Name }

// IndexedLabels: pools are found by their Environment, the control plane by the names of its parts.
func (adapter) IndexedLabels() []string { return []string{labelEnvironment, labelComponent} }

func (adapter) Resources() []frameworks.Resource {
	resource := func(kind schema.GroupKind, plural string) frameworks.Resource {
		return frameworks.Resource{
			Group: group, Kind: kind.Kind, Plural: plural, Versions: []string{"v1"}, Function: kind == functionKind,
		}
	}
	return []frameworks.Resource{
		resource(functionKind, "functions"), resource(environmentKind, "environments"),
		resource(packageKind, "packages"), resource(httpKind, "httptriggers"), resource(timeKind, "timetriggers"),
		resource(watchKind, "kuberneteswatchtriggers"), resource(queueKind, "messagequeuetriggers"),
	}
}

func functionKey(namespace, name string) model.FunctionKey {
	return model.FunctionKey{Framework: Name, Group: group, Kind: functionKind.Kind, Namespace: namespace, Name: name}
}

func objectRef(kind schema.GroupKind, namespace, name string) model.Ref {
	return model.Ref{Group: kind.Group, Kind: kind.Kind, Namespace: namespace, Name: name}
}

// Keys: pods that idle in a pool and those of builders belong to no function.
func (adapter) Keys(o model.Object) []model.FunctionKey {
	h := o.Head()
	switch h.GroupKind() {
	case functionKind:
		return []model.FunctionKey{functionKey(h.Namespace, h.Name)}
	case httpKind, timeKind, watchKind, queueKind:
		if t, ok := h.FactsOf(Name).(*trigger); ok {
			keys := make([]model.FunctionKey, 0, len(t.functions))
			for _, f := range t.functions {
				keys = append(keys, functionKey(h.Namespace, f.name))
			}
			return keys
		}
	case frameworks.Deployment, frameworks.Pod:
		name := h.Labels.Get(labelFunction)
		if name == "" || h.Labels.Get(labelManaged) == "true" || !h.Labels.Has(labelExecutor) {
			return nil
		}
		return []model.FunctionKey{functionKey(spaceOf(h, labelNamespace), name)}
	case frameworks.Ingress, frameworks.HTTPRoute:
		if name := h.Labels.Get(labelFunction); name != "" && h.Labels.Has(labelTrigger) {
			return []model.FunctionKey{functionKey(spaceOf(h, labelTrigSpace), name)}
		}
	}
	return nil
}

// spaceOf returns the namespace that a label names: what runs a function may lie elsewhere than its object.
func spaceOf(h *model.Header, label string) string {
	if ns := h.Labels.Get(label); ns != "" {
		return ns
	}
	return h.Namespace
}

// plane is what is known of the control plane.
type plane struct {
	platform      model.Platform
	router        *model.Service
	internal      bool // functions without a trigger answer on an internal listener only
	authenticated bool // the router checks a token for every trigger
}

func controlPlane(x frameworks.Index) plane {
	p := plane{}
	for _, s := range frameworks.Typed[*model.Service](x.Labelled(frameworks.Service, "", labelComponent, "router")) {
		if s.Name == "router" && (s.Labels.Get("application") == "fission-router" || chart(&s.Header) != "") {
			p.router = s
			break
		}
	}
	if p.router == nil {
		return p
	}
	ns := p.router.Namespace
	p.platform = model.Platform{Namespace: ns, Version: chart(&p.router.Header), Shape: "router " + p.router.Type}
	p.internal = frameworks.GetService(x, ns, "router-internal") != nil
	if d := frameworks.GetWorkload(x, objectRef(frameworks.Deployment, ns, "router")); d != nil {
		c := frameworks.FunctionContainer(d.Template.Spec, "router")
		if c != nil {
			for i := range c.Env {
				p.authenticated = p.authenticated || c.Env[i].Name == "JWT_SIGNING_KEY"
			}
			if p.platform.Version == "" {
				p.platform.Version = frameworks.ImageTag(c.Image)
			}
		}
	}
	return p
}

// chart returns the version that the chart writes on what it makes.
func chart(h *model.Header) string {
	version, ok := strings.CutPrefix(h.Labels.Get("chart"), "fission-all-")
	if !ok {
		return ""
	}
	return frameworks.Line(version)
}

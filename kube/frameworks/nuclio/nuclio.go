// Package nuclio finds the functions of Nuclio: NuclioFunctions with the Deployments, Services and CronJobs that the
// controller makes of them.
//
// Its one rule: nothing that Nuclio makes names its owner. Labels and the name nuclio-NAME tell what belongs together.
package nuclio

import (
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// Name is the framework part of the function id.
const Name = "nuclio"

const (
	group   = "nuclio.io"
	version = "v1beta1"

	// prefix begins the names of everything that the controller makes.
	prefix    = "nuclio-"
	container = "nuclio"

	labelClass    = "nuclio.io/class"
	labelFunction = "nuclio.io/function-name"
	labelCronPod  = "nuclio.io/function-cron-job-pod"
)

var (
	functionKind = schema.GroupKind{Group: group, Kind: "NuclioFunction"}
	gatewayKind  = schema.GroupKind{Group: group, Kind: "NuclioAPIGateway"}
)

type adapter struct{}

// New returns the adapter.
func New() frameworks.Framework { return adapter{} }

func (adapter) Name() string { return Name }

func (adapter) Resources() []frameworks.Resource {
	return []frameworks.Resource{
		{Group: group, Kind: functionKind.Kind, Plural: "nucliofunctions", Versions: []string{version}, Function: true},
		{Group: group, Kind: gatewayKind.Kind, Plural: "nuclioapigateways", Versions: []string{version}},
	}
}

func functionKey(namespace, name string) model.FunctionKey {
	return model.FunctionKey{Framework: Name, Group: group, Kind: functionKind.Kind, Namespace: namespace, Name: name}
}

// Keys: the cron jobs' pods carry all labels of the function and are none of it.
func (adapter) Keys(o model.Object) []model.FunctionKey {
	h := o.Head()
	switch h.GroupKind() {
	case functionKind:
		return []model.FunctionKey{functionKey(h.Namespace, h.Name)}
	case gatewayKind:
		g, ok := h.FactsOf(Name).(*gateway)
		if !ok {
			return nil
		}
		keys := make([]model.FunctionKey, 0, len(g.functions))
		for _, name := range g.functions {
			keys = append(keys, functionKey(h.Namespace, name))
		}
		return keys
	case frameworks.Deployment, frameworks.CronJob, frameworks.Pod:
		name := h.Labels.Get(labelFunction)
		if name == "" || h.Labels.Get(labelClass) != "function" || h.Labels.Get(labelCronPod) == "true" {
			return nil
		}
		return []model.FunctionKey{functionKey(h.Namespace, name)}
	}
	return nil
}

// platform looks for the control plane beside the function, where it is by default, and in its usual namespace.
func platform(x frameworks.Index, namespace string, w *model.Workload) model.Platform {
	p := model.Platform{}
	if w != nil {
		p.Version = frameworks.Line(w.Annotations.Get("nuclio.io/controller-version"))
	}
	for _, ns := range []string{namespace, "nuclio"} {
		controller := frameworks.GetWorkload(x, deployment(ns, "controller"))
		if controller == nil {
			continue
		}
		p.Namespace, p.Release = ns, controller.Template.Labels.Get("release")
		if p.Version == "" {
			p.Version = frameworks.Line(controller.Template.Annotations.Get("nuclio.io/version"))
		}
		if d := frameworks.GetWorkload(x, deployment(ns, "dashboard")); d != nil {
			c := frameworks.FunctionContainer(d.Template.Spec)
			if kind, ok := frameworks.EnvValue(c, "NUCLIO_CONTAINER_BUILDER_KIND"); ok {
				p.Shape = "builds with " + frameworks.Line(kind)
			}
		}
		break
	}
	return p
}

func deployment(namespace, name string) model.Ref {
	return model.Ref{Group: "apps", Kind: frameworks.Deployment.Kind, Namespace: namespace, Name: prefix + name}
}

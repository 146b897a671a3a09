// Package openfaas finds the functions of OpenFaaS: Function resources of the operator, and the label-only
// Deployments of the Community Edition.
//
// Its one rule: what OpenFaaS serves is told by the gateway's own Deployment. Without one in sight nothing is said
// about who acts on a function.
package openfaas

import (
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// Name is the framework's name.
const Name = "openfaas"

const group = "openfaas.com"

var (
	functionKind = schema.GroupKind{Group: group, Kind: "Function"}
	ingressKind  = schema.GroupKind{Group: group, Kind: "FunctionIngress"}
	profileKind  = schema.GroupKind{Group: group, Kind: "Profile"}
)

const (
	functionLabel      = "faas_function"              // of Deployments (CE) and of pods
	controllerLabel    = "controller"                 // of pods of the operator: the Function's name
	componentLabel     = "component"                  // of the chart's objects
	specAnnotation     = "com.openfaas.function.spec" // of Deployments of the operator
	profileAnnotation  = "com.openfaas.profile"
	accountAnnotation  = "com.openfaas.serviceaccount"
	topicAnnotation    = "topic"
	scheduleAnnotation = "schedule"
	cronTopic          = "cron-function"
)

type adapter struct{}

// New returns the adapter.
func New() frameworks.Framework { return adapter{} }

// Name returns the framework's name.
func (adapter) Name() string { return Name }

// Resources lists the kinds that are read.
func (adapter) Resources() []frameworks.Resource {
	return []frameworks.Resource{
		{Group: group, Kind: functionKind.Kind, Plural: "functions", Versions: []string{"v1", "v1alpha2"}, Function: true},
		{Group: group, Kind: ingressKind.Kind, Plural: "functioningresses", Versions: []string{"v1", "v1alpha2"}},
		{Group: group, Kind: profileKind.Kind, Plural: "profiles", Versions: []string{"v1"}, Metadata: true},
		core(frameworks.Ingress, "ingresses", "v1"),
		core(frameworks.HTTPRoute, "httproutes", "v1", "v1beta1"),
	}
}

func core(k schema.GroupKind, plural string, versions ...string) frameworks.Resource {
	return frameworks.Resource{Group: k.Group, Kind: k.Kind, Plural: plural, Versions: versions, Core: true}
}

// IndexedLabels lists the labels by which the gateway is found.
func (adapter) IndexedLabels() []string { return []string{componentLabel} }

// Keys names the function of an object: a Function itself, and a Deployment's Function, or the Deployment where
// nothing but its label makes it a function.
func (adapter) Keys(o model.Object) []model.FunctionKey {
	h := o.Head()
	if h.GroupKind() == functionKind {
		return []model.FunctionKey{functionKey(h.Namespace, h.Name)}
	}
	w, ok := o.(*model.Workload)
	if !ok || w.GroupKind() != frameworks.Deployment {
		return nil
	}
	if name := declaredBy(w); name != "" {
		return []model.FunctionKey{functionKey(w.Namespace, name)}
	}
	if labelOnly(w) {
		return []model.FunctionKey{{
			Framework: Name, Group: w.Group, Kind: w.Kind, Namespace: w.Namespace, Name: w.Name,
		}}
	}
	return nil
}

func functionKey(namespace, name string) model.FunctionKey {
	return model.FunctionKey{Framework: Name, Group: group, Kind: functionKind.Kind, Namespace: namespace, Name: name}
}

// declaredBy returns the name of the Function that the operator made the Deployment for; empty when it made it not.
func declaredBy(w *model.Workload) string {
	for _, o := range w.Owners {
		if o.Group == group && o.Kind == functionKind.Kind {
			return o.Name
		}
	}
	if len(w.Owners) > 0 || !w.Template.Labels.Has(functionLabel) {
		return ""
	}
	// Without owner: the Function was deleted and its Deployment was left behind. The label is part of the
	// operator's selector, so users cannot have set it.
	if name := w.Selector.Get(controllerLabel); name != "" && w.Selector.Has("app") {
		return name
	}
	if w.Annotations.Has(specAnnotation) {
		return w.Template.Labels.Get(functionLabel)
	}
	return ""
}

// labelOnly reports whether the Deployment is a function by its labels alone. The provider lists by the label of the
// Deployment, and corrects replicas by that of the template.
func labelOnly(w *model.Workload) bool {
	return w.Labels.Get(functionLabel) != "" || w.Template.Labels.Get(functionLabel) != ""
}

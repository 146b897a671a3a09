// Package kubeless finds the functions of Kubeless.
//
// Its one rule: Kubeless is no longer maintained and rarely runs, so the Function is a record and the Deployment is
// the truth. Where the two differ, the Deployment is shown and the difference is said.
package kubeless

import (
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// Name is the framework's name.
const Name = "kubeless"

const (
	group           = "kubeless.io"
	createdBy       = "created-by" // label, with the value kubeless
	functionLabel   = "function"
	controllerLabel = "kubeless" // of the control plane's Deployments
)

var (
	functionKind = schema.GroupKind{Group: group, Kind: "Function"}
	httpKind     = schema.GroupKind{Group: group, Kind: "HTTPTrigger"}
	cronKind     = schema.GroupKind{Group: group, Kind: "CronJobTrigger"}
	kafkaKind    = schema.GroupKind{Group: group, Kind: "KafkaTrigger"}
	natsKind     = schema.GroupKind{Group: group, Kind: "NATSTrigger"}
	kinesisKind  = schema.GroupKind{Group: group, Kind: "KinesisTrigger"}
)

type adapter struct{}

// New returns the adapter.
func New() frameworks.Framework { return adapter{} }

// Name returns the framework's name.
func (adapter) Name() string { return Name }

// Resources lists the kinds that are read.
func (adapter) Resources() []frameworks.Resource {
	all := []frameworks.Resource{{Kind: functionKind.Kind, Function: true}}
	for _, k := range []schema.GroupKind{httpKind, cronKind, kafkaKind, natsKind, kinesisKind} {
		all = append(all, frameworks.Resource{Kind: k.Kind})
	}
	for i := range all {
		all[i].Group, all[i].Versions = group, []string{"v1beta1"}
		all[i].Plural = strings.ToLower(all[i].Kind) + "s"
	}
	return append(all, frameworks.Resource{Kind: frameworks.ConfigMap.Kind, Plural: "configmaps", Versions: []string{"v1"}, Core: true})
}

// IndexedLabels lists the label by which the controllers are found.
func (adapter) IndexedLabels() []string { return []string{controllerLabel} }

// Keys names the Function of a Deployment, of a build Job and of the triggers that name one.
func (adapter) Keys(o model.Object) []model.FunctionKey {
	h := o.Head()
	switch h.GroupKind() {
	case functionKind:
		return key(h.Namespace, h.Name)
	case frameworks.Deployment, frameworks.Job:
		return key(h.Namespace, madeFor(h))
	case httpKind, cronKind, kinesisKind:
		if t, ok := h.FactsOf(Name).(trigger); ok {
			return key(h.Namespace, t.function)
		}
	}
	return nil
}

func key(namespace, name string) []model.FunctionKey {
	if name == "" {
		return nil
	}
	return []model.FunctionKey{{
		Framework: Name, Group: group, Kind: functionKind.Kind, Namespace: namespace, Name: name,
	}}
}

// madeFor returns the name of the Function that the object was made for; empty when Kubeless did not make it.
func madeFor(h *model.Header) string {
	for _, o := range h.Owners {
		if o.Group == group && o.Kind == functionKind.Kind {
			return o.Name
		}
	}
	if h.Labels.Get(createdBy) == "kubeless" && len(h.Owners) == 0 {
		return h.Labels.Get(functionLabel)
	}
	return ""
}

// selectors stands for the triggers of a namespace that choose Functions by label: the store cannot look them up by
// the Functions that they choose.
func selectors(namespace string) model.Ref {
	return model.Ref{Group: group, Kind: "functionSelector", Namespace: namespace}
}

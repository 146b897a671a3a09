// Package kyma finds the functions of Kyma Serverless, of both generations: classic builds an image in a Job,
// buildless starts a stock image and hands the code over in its environment.
//
// Its one rule: labels lead from a workload to its Function, never names. The controller appends random characters
// to the names of Deployments.
package kyma

import (
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// Name is the framework's name.
const Name = "kyma"

const (
	group         = "serverless.kyma-project.io"
	functionLabel = "serverless.kyma-project.io/function-name"
	managedLabel  = "serverless.kyma-project.io/managed-by"
	managedBy     = "function-controller"
	moduleLabel   = "kyma-project.io/module"
	oldRuleSpec   = "gateway.kyma-project.io/v1beta1-spec"
	oldRule       = "gateway.kyma-project.io/original-version"
)

var (
	functionKind     = schema.GroupKind{Group: group, Kind: "Function"}
	ruleKind         = schema.GroupKind{Group: "gateway.kyma-project.io", Kind: "APIRule"}
	subscriptionKind = schema.GroupKind{Group: "eventing.kyma-project.io", Kind: "Subscription"}
	gatewayKind      = schema.GroupKind{Group: "networking.istio.io", Kind: "Gateway"}
)

type adapter struct{}

// New returns the adapter.
func New() frameworks.Framework { return adapter{} }

// Name returns the framework's name.
func (adapter) Name() string { return Name }

// Resources lists the kinds that are read. APIRules are read as v2: from api-gateway 3.10 on the old endpoint
// refuses writes, and what it would show stands in annotations.
func (adapter) Resources() []frameworks.Resource {
	return []frameworks.Resource{
		resource(functionKind, "functions", true, "v1alpha2", "v1alpha1"),
		resource(ruleKind, "apirules", false, "v2", "v2alpha1", "v1beta1"),
		resource(subscriptionKind, "subscriptions", false, "v1alpha2", "v1alpha1"),
		resource(gatewayKind, "gateways", false, "v1", "v1beta1", "v1alpha3"),
	}
}

func resource(k schema.GroupKind, plural string, function bool, versions ...string) frameworks.Resource {
	return frameworks.Resource{Group: k.Group, Kind: k.Kind, Plural: plural, Versions: versions, Function: function}
}

// IndexedLabels lists the label by which the controller is found.
func (adapter) IndexedLabels() []string { return []string{moduleLabel} }

// Keys names the Function of itself, of its Deployments and of its build Jobs.
func (adapter) Keys(o model.Object) []model.FunctionKey {
	h := o.Head()
	name := ""
	switch h.GroupKind() {
	case functionKind:
		name = h.Name
	case frameworks.Deployment, frameworks.Job:
		name = madeFor(h)
	}
	if name == "" {
		return nil
	}
	return []model.FunctionKey{{
		Framework: Name, Group: group, Kind: functionKind.Kind, Namespace: h.Namespace, Name: name,
	}}
}

// madeFor returns the name of the Function that the object was made for; empty when Kyma did not make it.
func madeFor(h *model.Header) string {
	for _, o := range h.Owners {
		if o.Group == group && o.Kind == functionKind.Kind {
			return o.Name
		}
	}
	if h.Labels.Get(managedLabel) == managedBy {
		return h.Labels.Get(functionLabel)
	}
	return ""
}

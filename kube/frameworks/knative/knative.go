// Package knative finds the functions of Knative: Knative Services, Configurations of their own, and what `func`
// deploys, with or without Serving.
//
// Its one rule: the Revisions that have traffic are the function. The newest Revision may be broken while an older
// one serves, and every one with no pods is idle, not broken.
package knative

import (
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// Name is the framework part of the function id.
const Name = "knative"

const (
	servingGroup   = "serving.knative.dev"
	eventingGroup  = "eventing.knative.dev"
	messagingGroup = "messaging.knative.dev"
	sourcesGroup   = "sources.knative.dev"
	operatorGroup  = "functions.dev"
	kedaGroup      = "http.keda.sh"

	systemNamespace = "knative-serving"

	labelService       = "serving.knative.dev/service"
	labelConfiguration = "serving.knative.dev/configuration"
	labelRevision      = "serving.knative.dev/revision"
	labelFunc          = "function.knative.dev/name"
	labelRuntime       = "function.knative.dev/runtime"
	annotationDeployer = "function.knative.dev/deployer"
	userContainer      = "user-container"
)

var (
	serviceKind       = schema.GroupKind{Group: servingGroup, Kind: "Service"}
	configurationKind = schema.GroupKind{Group: servingGroup, Kind: "Configuration"}
	routeKind         = schema.GroupKind{Group: servingGroup, Kind: "Route"}
	revisionKind      = schema.GroupKind{Group: servingGroup, Kind: "Revision"}
	mappingKind       = schema.GroupKind{Group: servingGroup, Kind: "DomainMapping"}
	sourceKind        = schema.GroupKind{Group: operatorGroup, Kind: "Function"}
	scaledKind        = schema.GroupKind{Group: kedaGroup, Kind: "HTTPScaledObject"}
)

type adapter struct{}

// New returns the adapter.
func New() frameworks.Framework { return adapter{} }

func (adapter) Name() string { return Name }

func (adapter) Resources() []frameworks.Resource {
	all := []frameworks.Resource{
		{Group: servingGroup, Kind: "Service", Plural: "services", Versions: []string{"v1"}, Function: true},
		{Group: servingGroup, Kind: "Configuration", Plural: "configurations", Versions: []string{"v1"}, Function: true},
		{Group: servingGroup, Kind: "Revision", Plural: "revisions", Versions: []string{"v1"}, Function: true},
		{Group: servingGroup, Kind: "Route", Plural: "routes", Versions: []string{"v1"}},
		{Group: servingGroup, Kind: "DomainMapping", Plural: "domainmappings", Versions: []string{"v1beta1", "v1alpha1"}},
		{Group: operatorGroup, Kind: "Function", Plural: "functions", Versions: []string{"v1alpha1"}, Function: true},
		{Group: kedaGroup, Kind: "HTTPScaledObject", Plural: "httpscaledobjects", Versions: []string{"v1alpha1"}},
		{Kind: "ConfigMap", Plural: "configmaps", Versions: []string{"v1"}, Core: true},
	}
	for _, c := range callers {
		all = append(all, frameworks.Resource{
			Group: c.group, Kind: c.kind, Plural: c.plural, Versions: []string{"v1", "v1beta2", "v1beta1"},
		})
	}
	return all
}

func objectRef(kind schema.GroupKind, namespace, name string) model.Ref {
	return model.Ref{Group: kind.Group, Kind: kind.Kind, Namespace: namespace, Name: name}
}

func functionKey(kind schema.GroupKind, namespace, name string) model.FunctionKey {
	return model.FunctionKey{Framework: Name, Group: kind.Group, Kind: kind.Kind, Namespace: namespace, Name: name}
}

func refOf(k model.FunctionKey) model.Ref {
	return model.Ref{Group: k.Group, Kind: k.Kind, Namespace: k.Namespace, Name: k.Name}
}

// platform reads what the control plane says about itself; nothing of it is needed to find functions.
func platform(x frameworks.Index) model.Platform {
	p := model.Platform{Namespace: systemNamespace}
	if d := x.Get(objectRef(frameworks.Deployment, systemNamespace, "controller")); d != nil {
		p.Version = d.Head().Labels.Get("app.kubernetes.io/version")
		p.Release = d.Head().Labels.Get("app.kubernetes.io/instance")
	}
	if c := x.Get(objectRef(frameworks.ConfigMap, systemNamespace, networkConfig)); c != nil {
		if n, ok := c.Head().FactsOf(Name).(*network); ok {
			p.Shape = n.class
		}
	}
	return p
}

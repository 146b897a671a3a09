// Package fn is the adapter of the Fn Project.
//
// Its one rule: a server pod is never a function. Functions of Fn are rows of a database that only a connector can
// read; without one a single opaque row stands for all functions of a server.
package fn

import (
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// Name is the name of the framework.
const Name = "fn"

// serverKind is the kind of the rows that stand for a server. No API serves it.
const serverKind = "Server"

type framework struct{}

// New returns the adapter.
func New() frameworks.Framework { return framework{} }

func (framework) Name() string { return Name }

// Resources lists the records of the connector. The API server serves none of them.
func (framework) Resources() []frameworks.Resource {
	return []frameworks.Resource{
		{Group: frameworks.FnGroup, Kind: "Fn", Plural: "fns", Function: true},
		{Group: frameworks.FnGroup, Kind: "App", Plural: "apps"},
		{Group: frameworks.FnGroup, Kind: "Trigger", Plural: "triggers"},
		{Group: frameworks.FnGroup, Kind: frameworks.ConnectorKind, Plural: "connectors"},
	}
}

func (framework) Keys(o model.Object) []model.FunctionKey {
	h := o.Head()
	if h.Group == frameworks.FnGroup {
		return keysOfRecord(h)
	}
	switch r := o.(type) {
	case *model.Workload:
		if name, ok := serverOfWorkload(r); ok {
			return []model.FunctionKey{serverKey(h.Namespace, name), serversKey(h.Namespace)}
		}
	case *model.Pod:
		if name, ok := serverOfPod(r); ok {
			return []model.FunctionKey{serverKey(h.Namespace, name), serversKey(h.Namespace)}
		}
	case *model.Service:
		if isFnService(r) {
			return []model.FunctionKey{serversKey(h.Namespace)}
		}
	}
	return nil
}

func keysOfRecord(h *model.Header) []model.FunctionKey {
	switch h.Kind {
	case "Fn":
		_, name, _ := strings.Cut(h.Name, "/")
		return []model.FunctionKey{functionKey(h.Namespace, name)}
	case frameworks.ConnectorKind:
		return []model.FunctionKey{
			connectorKey(h.Namespace, h.Name), frameworks.ConnectorsKey(Name, frameworks.FnGroup, h.Namespace),
		}
	}
	return nil
}

func functionKey(namespace, name string) model.FunctionKey {
	return key("Fn", namespace, name)
}

// serverKey is the row that stands for a server without connector.
func serverKey(namespace, name string) model.FunctionKey { return key(serverKind, namespace, name) }

// serversKey is no row: its members are the parts of all servers of a namespace.
func serversKey(namespace string) model.FunctionKey { return key(serverKind+"s", namespace, "") }

// connectorKey is the row that stands for what a connector does not tell.
func connectorKey(namespace, name string) model.FunctionKey {
	return key(frameworks.ConnectorKind, namespace, name)
}

func key(kind, namespace, name string) model.FunctionKey {
	return model.FunctionKey{Framework: Name, Group: frameworks.FnGroup, Kind: kind, Namespace: namespace, Name: name}
}

func (framework) Build(k model.FunctionKey, x frameworks.Index) (*model.Function, bool) {
	switch k.Kind {
	case "Fn":
		return buildFunction(k, x)
	case serverKind:
		return buildServer(k, x)
	case frameworks.ConnectorKind:
		return buildConnector(k, x)
	}
	return nil, false
}

func connectorOf(x frameworks.Index, namespace, name string) *frameworks.Connector {
	gk := frameworks.ConnectorGroupKind(frameworks.FnGroup)
	return connectorFacts(x.Get(refOf(gk, namespace, name)))
}

func connectorFacts(o model.Object) *frameworks.Connector {
	if o == nil {
		return nil
	}
	c, _ := o.Head().FactsOf(Name).(*frameworks.Connector)
	return c
}

func refOf(gk schema.GroupKind, namespace, name string) model.Ref {
	return model.Ref{Group: gk.Group, Kind: gk.Kind, Namespace: namespace, Name: name}
}

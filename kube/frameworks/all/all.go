// Package all lists the adapters.
//
// Its one rule: a framework is registered by one line here, and nowhere else.
package all

import (
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/knative"
	"github.com/fn9s/fn9s/kube/frameworks/openfaas"
)

// BuiltIn returns the adapters that need no configuration, in the order in which they claim workloads.
func BuiltIn() []frameworks.Framework {
	return []frameworks.Framework{
		openfaas.New(),
		knative.New(),
	}
}

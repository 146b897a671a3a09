// Package all lists the adapters.
//
// Its one rule: a framework is registered by one line here, and nowhere else.
package all

import (
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/fission"
	"github.com/fn9s/fn9s/kube/frameworks/fn"
	"github.com/fn9s/fn9s/kube/frameworks/generic"
	"github.com/fn9s/fn9s/kube/frameworks/knative"
	"github.com/fn9s/fn9s/kube/frameworks/kubeless"
	"github.com/fn9s/fn9s/kube/frameworks/kyma"
	"github.com/fn9s/fn9s/kube/frameworks/nuclio"
	"github.com/fn9s/fn9s/kube/frameworks/openfaas"
	"github.com/fn9s/fn9s/kube/frameworks/openwhisk"
	"github.com/fn9s/fn9s/kube/frameworks/plain"
)

// Options is what the configuration adds to the built-in adapters.
type Options struct {
	Generic []generic.Entry
	Plain   []plain.Selector
}

// New returns all adapters.
func New(o Options) []frameworks.Framework {
	all := []frameworks.Framework{
		openfaas.New(),
		kubeless.New(),
		kyma.New(),
		fission.New(),
		nuclio.New(),
		knative.New(),
		openwhisk.New(),
		fn.New(),
	}
	all = append(all, generic.New(o.Generic)...)
	return append(all, plain.New(o.Plain))
}

// BuiltIn returns the adapters without configuration.
func BuiltIn() []frameworks.Framework { return New(Options{}) }

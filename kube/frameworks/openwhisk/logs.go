package openwhisk

import (
	"bytes"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// sentinel is the line that ends the output of every activation.
var sentinel = []byte("XXX_THE_END_OF_A_WHISK_ACTIVATION_XXX")

// Logs hides what only the invoker wants to read, and says that the API keeps the output of activations when the pods are
// gone.
func (framework) Logs(f *model.Function, _ frameworks.Index) plan.LogTarget {
	return plan.LogTarget{
		Hide:        func(text []byte) bool { return bytes.HasPrefix(text, sentinel) },
		Activations: !f.Opaque && f.Record.Kind == "Action",
	}
}

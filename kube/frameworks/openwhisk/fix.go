package openwhisk

import (
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
)

// Fix answers for pods that the invoker makes, all alike, of a template that is no object: what runs cannot be changed,
// and one action has no field.
func (framework) Fix(w *plan.Wish) plan.Answer {
	switch w.Intent {
	case check.FixNoToken:
		return frameworks.FixAccount(w)
	case check.FixPinImage:
		return w.None("OpenWhisk drops the digest of an action's image and runs the tag latest", "")
	case check.FixEnvToSecret:
		return w.None("parameters of actions cannot refer to Secrets: the action must fetch the value when it runs", check.FixRotateSecret)
	case check.FixReadOnlyRoot, check.FixNonRoot:
		return w.None("the runtimes' images unpack code beside themselves, as root", check.FixNamespaceLevel)
	case check.FixLimits:
		return w.None("limits of an action are set through the API of OpenWhisk", check.FixLimitRange)
	}
	return w.None("the invoker makes the pods of all actions of its pod template, the setting whisk.kubernetes.pod-template", check.FixPlatformSetting)
}

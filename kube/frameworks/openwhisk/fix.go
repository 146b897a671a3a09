package openwhisk

import (
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
)

// Fix answers for pods that the invoker makes, all alike, of a template that is no object: what runs cannot be changed,
// and one action has no field.
func (framework) Fix(w *plan.Wish) plan.Answer {
	switch w.Intent {
	case check.FixNoToken:
		return frameworks.FixAccount(w)
	case check.FixPinImage:
		return w.None(noDigest, "")
	case check.FixEnvToSecret:
		return w.None("parameters of actions cannot refer to Secrets: the action must fetch the value when it runs", check.FixRotateSecret)
	case check.FixReadOnlyRoot, check.FixNonRoot:
		return w.None("the runtimes' images unpack code beside themselves, as root", check.FixNamespaceLevel)
	case check.FixLimits:
		return w.None("limits of an action are set through the API of OpenWhisk", check.FixLimitRange)
	}
	return w.None("the invoker makes the pods of all actions of its pod template, the setting whisk.kubernetes.pod-template", check.FixPlatformSetting)
}

const recordVersion = "v1"

const noDigest = "OpenWhisk drops a digest in exec.image and runs the tag latest instead: give the action a tag that nobody moves"

// FixRecord changes the action itself, through the API of OpenWhisk.
func (framework) FixRecord(w *plan.Wish, paths []string) plan.Answer {
	if !frameworks.OfRecord(w.Function, frameworks.WhiskGroup, "Action") {
		return plan.Answer{}
	}
	annotation := func(key string, value any, asks string) plan.Answer {
		return frameworks.FixRecord(w, recordVersion, asks, plan.Field{Path: plan.Keyed("spec.annotations", key), Value: value})
	}
	switch w.Intent {
	case check.FixCloseRoute:
		return annotation("web-export", false, "callers of its web address lose it")
	case check.FixNoToken:
		return annotation("provide-api-key", false, "calls that it makes of other actions and triggers fail")
	case check.FixPinImage:
		return w.None(noDigest, "")
	case check.FixEnvToSecret:
		return frameworks.WithoutValues(w, recordVersion, "parameters", paths)
	case check.FixRouteAuth:
		a := frameworks.FixRecord(w, recordVersion, "callers must send the new value in the header X-Require-Whisk-Auth", plan.Field{Path: plan.Keyed("spec.annotations", guard), Remove: true})
		a.Edits[0].Needs = []plan.Need{{Path: frameworks.Datum("annotations/" + guard), Generate: "hex:32"}}
		return a
	}
	return plan.Answer{}
}

// guard is the annotation that says what callers of a web action must send.
const guard = "require-whisk-auth"

// Settings are the parameters of an action: values as JSON, which its API tells and takes.
func (framework) Settings(f *model.Function, objects plan.Objects) plan.Settings {
	o := objects.Get(f.Record)
	if o == nil || !frameworks.OfRecord(f, frameworks.WhiskGroup, "Action") {
		return plan.Settings{}
	}
	facts, ok := o.Head().FactsOf(Name).(*actionFacts)
	if !ok {
		return plan.Settings{}
	}
	return plan.Settings{Object: f.Record, APIVersion: f.Record.Group + "/" + recordVersion, Names: facts.parameters, Below: "parameters/", JSON: true}
}

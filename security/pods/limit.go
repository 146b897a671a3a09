package pods

import (
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/workload"
)

// limit says whether the function's framework has a field that cures an issue. Where a patch of the Deployment stays in
// force that is no field of the framework.
func limit(f *model.Function, s *workload.Spec, i *issue) check.Limit {
	if f == nil || s.Live && f.Key.Framework != "openwhisk" {
		return check.NoLimit
	}
	limited := false
	switch f.Key.Framework {
	case "kubeless":
		limited = i.kind == workload.Init && i.container != "" || i.row == seccomp
	case "kyma":
		return kymaLimit(f, i)
	case "nuclio":
		limited = i.container == "nuclio" && (i.row == capabilities || i.row == escalation || i.row == writable)
	case "openfaas":
		limited = i.kind == workload.Main && (i.row == capabilities || i.row == escalation) && f.Object.Group == "openfaas.com" &&
			f.Platform.Shape != "pro"
	case "openwhisk":
		limited = i.row == writable || i.row == root // the runtimes' images are made for both
	case "fn":
		limited = i.row == privileged || i.row == root || i.row == escalation || i.row == capabilities || i.row == writable ||
			i.row == seccomp
	}
	if limited {
		return check.FrameworkLimit
	}
	return check.NoLimit
}

// kymaLimit: the container that fetches sources has no settings, and the first generation has none at all.
func kymaLimit(f *model.Function, i *issue) check.Limit {
	switch {
	case i.kind == workload.Init && i.container != "":
		return check.FrameworkLimit
	case f.Platform.Shape == "classic" && (i.row == escalation || i.row == root || i.row == writable):
		return check.VersionLimit
	}
	return check.NoLimit
}

// reachable is the highest level that the fields of the function's framework can bring all its pods to. A patch of a
// Deployment is none: the next function comes without it.
func reachable(f *model.Function) int {
	switch f.Key.Framework {
	case "fn":
		if f.Platform.Namespace == f.Key.Namespace { // where the runners are
			return strict("privileged")
		}
	case "nuclio", "openwhisk":
		return strict("baseline")
	case "openfaas":
		if f.Platform.Shape != "" && f.Platform.Shape != "pro" {
			return strict("baseline")
		}
	case "kyma":
		if f.Platform.Shape == "classic" || f.Source.Kind == "git" {
			return strict("baseline")
		}
	case "kubeless":
		for i := range f.Templates {
			if t := &f.Templates[i]; t.Role == model.Run && t.Spec != nil && len(t.Spec.InitContainers) > 0 {
				return strict("baseline")
			}
		}
	}
	return strict("restricted")
}

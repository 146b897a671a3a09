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
		limited = i.kind == workload.Main && (i.row == capabilities || i.row == escalation) && f.Object.Group == "openfaas.com" && openSource(f)
	case "openwhisk":
		limited = i.row == writable || i.row == root // the runtimes' images are made for both
	case "fn":
		limited = forRunners(i.row)
	default:
		framework, ok := f.Key.Component()
		limited = ok && framework == "fn" && runsFunctions(s.Spec) && forRunners(i.row)
	}
	if limited {
		return check.FrameworkLimit
	}
	return check.NoLimit
}

// forRunners reports whether a runner of Fn cannot do without what a row finds: it starts containers.
func forRunners(r row) bool {
	return r == privileged || r == root || r == escalation || r == capabilities || r == writable || r == seccomp
}

// openSource reports whether OpenFaaS is known not to be the edition that is sold, which has more settings.
func openSource(f *model.Function) bool { return f.Platform.Shape != "" && f.Platform.Shape != "pro" }

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

// reachable is the highest level that the fields of the function's framework can bring all its pods to, and what keeps
// them from more. A patch of a Deployment is none: the next function comes without it.
func reachable(f *model.Function) (level int, why check.Limit) {
	switch f.Key.Framework {
	case "fn":
		if f.Platform.Namespace == f.Key.Namespace { // where the runners are
			return strict("privileged"), check.FrameworkLimit
		}
	case "nuclio", "openwhisk", "kubeless": // Kubeless drops seccomp profiles
		return strict("baseline"), check.FrameworkLimit
	case "openfaas":
		if openSource(f) {
			return strict("baseline"), check.FrameworkLimit
		}
	case "kyma":
		if f.Platform.Shape == "classic" {
			return strict("baseline"), check.VersionLimit
		}
		if f.Source.Kind == "git" {
			return strict("baseline"), check.FrameworkLimit
		}
	default:
		if framework, ok := f.Key.Component(); ok && framework == "fn" && runsFunctions(f.Templates[0].Spec) {
			return strict("privileged"), check.FrameworkLimit
		}
	}
	return strict("restricted"), check.NoLimit
}

package pods

import (
	"strings"

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
			!strings.Contains(f.Platform.Shape, "enterprise")
	case "openwhisk":
		limited = i.row == writable
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

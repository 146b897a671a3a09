package knative

import (
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Former is the Revision before the newest, and the newest.
func (a adapter) Former(f *model.Function, live plan.Live) (earlier, now frameworks.State) {
	if !served(f) {
		return frameworks.FormerOfWorkload(f, live)
	}
	all := a.Revisions(f, live)
	if len(all) < 2 {
		return frameworks.State{}, frameworks.State{}
	}
	return revisionState(f, live, all[1].Name), revisionState(f, live, all[0].Name)
}

// revisionState is what of a Revision its Service gave it.
func revisionState(f *model.Function, live plan.Live, name string) frameworks.State {
	o := live.Object(objectRef(revisionKind, f.Key.Namespace, name))
	spec, ok := plan.Lookup(o, "spec")
	if !ok {
		return frameworks.State{}
	}
	kept := map[string]any{}
	annotations, _ := plan.Lookup(o, "metadata.annotations")
	m, _ := annotations.(map[string]any)
	for k, v := range m {
		if strings.HasPrefix(k, "autoscaling.knative.dev/") {
			kept[k] = v
		}
	}
	object := map[string]any{"kind": revisionKind.Kind, "spec": spec}
	if len(kept) > 0 {
		object["metadata"] = map[string]any{"annotations": kept}
	}
	return frameworks.State{Name: name, Object: object}
}

package frameworks

import (
	"reflect"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// State is what a function or a workload was at a time.
type State struct {
	Name   string         // "revision 3"
	Object map[string]any // what of it changes with a rollout; nil: there is none
}

// Formed is implemented by adapters whose framework keeps states of a function in objects of its own.
type Formed interface {
	// Former is the state before the newest, and the newest.
	Former(f *model.Function, live plan.Live) (earlier, now State)
}

// Former is the state of a function before the newest, and the newest: of its framework, else of the one workload that runs it.
func Former(all []Framework, f *model.Function, live plan.Live) (earlier, now State) {
	if a, ok := adapterOf(all, f).(Formed); ok {
		return a.Former(f, live)
	}
	return FormerOfWorkload(f, live)
}

// FormerOfWorkload is for what only the workload keeps states of.
func FormerOfWorkload(f *model.Function, live plan.Live) (earlier, now State) {
	refs := RunWorkloads(f)
	if len(refs) != 1 {
		return State{}, State{}
	}
	return FormerOf(live, refs[0])
}

// FormerOf is the newest state that a workload keeps and that is not the present one, and the present one.
func FormerOf(live plan.Live, ref model.Ref) (earlier, now State) {
	template, ok := plan.Lookup(live.Object(ref), "spec.template")
	if !ok {
		return State{}, State{}
	}
	present := Copied(template)
	of := func(template any) map[string]any {
		return map[string]any{"kind": ref.Kind, "metadata": map[string]any{"name": ref.Name}, "spec": map[string]any{"template": template}}
	}
	for _, k := range KeptBy(live, ref) {
		if !reflect.DeepEqual(any(k.Template), present) {
			return State{Name: "revision " + k.Name, Object: of(k.Template)}, State{Name: "live", Object: of(present)}
		}
	}
	return State{}, State{}
}

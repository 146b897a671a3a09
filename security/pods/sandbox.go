package pods

import (
	"slices"
	"strings"

	nodev1 "k8s.io/api/node/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

var runtimeKind = schema.GroupKind{Group: "node.k8s.io", Kind: "RuntimeClass"}

// sandbox marks a RuntimeClass whose pods do not share the node's kernel. One for WebAssembly takes no other images.
type sandbox struct{ general bool }

func keepRuntime(c *nodev1.RuntimeClass) any {
	for _, known := range []string{"runsc", "gvisor", "kata", "firecracker"} {
		if strings.Contains(c.Handler, known) {
			return sandbox{general: true}
		}
	}
	for _, known := range []string{"wasm", "spin", "slight"} {
		if strings.Contains(c.Handler, known) {
			return sandbox{}
		}
	}
	return nil
}

// sandboxes lists the RuntimeClasses of the cluster that are sandboxes for any image.
var sandboxes = snapshot.NewQuery("sandboxed runtimes", func(r *snapshot.Reader, _ struct{}) []string {
	var names []string
	for _, o := range r.List(runtimeKind, "") {
		if s, ok := snapshot.FactsOf[sandbox](o, reader); ok && s.general {
			names = append(names, o.Head().Name)
		}
	}
	return names
}, slices.Equal)

func sandboxed(r *snapshot.Reader, class *string) bool {
	if class == nil {
		return false
	}
	_, ok := snapshot.FactsOf[sandbox](r.Get(model.Ref{Group: runtimeKind.Group, Kind: runtimeKind.Kind, Name: *class}), reader)
	return ok
}

// unsandboxed is POD-16.
func unsandboxed(e *check.Eval) {
	offered := sandboxes.Get(e.Reader, struct{}{})
	if len(offered) == 0 {
		if e.Need(runtimeKind, "") {
			e.NA("the cluster offers no sandboxed runtime")
		}
		return
	}
	v := workload.Of.Get(e.Reader, e.F.Key)
	if len(v.Specs) == 0 {
		e.NA(noPods)
		return
	}
	for i := range v.Specs {
		s := &v.Specs[i]
		if !sandboxed(e.Reader, s.Spec.RuntimeClassName) {
			e.Fail(check.At{Object: s.Ref, Path: s.Field("runtimeClassName")},
				"the pod shares the node's kernel, although the cluster offers a sandbox: RuntimeClass "+strings.Join(offered, ", "))
			return
		}
	}
}

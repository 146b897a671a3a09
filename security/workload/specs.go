package workload

import (
	"reflect"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// PodMakers are the kinds that hold a pod spec and that nobody else makes for them, and pods.
var PodMakers = []schema.GroupKind{
	{Group: "apps", Kind: "Deployment"}, {Group: "apps", Kind: "StatefulSet"}, {Group: "apps", Kind: "DaemonSet"},
	{Group: "batch", Kind: "Job"}, {Group: "batch", Kind: "CronJob"}, {Kind: "Pod"},
}

// Held is a pod spec that an object holds.
type Held struct {
	Spec *corev1.PodSpec
	// Annotations are those of the pod.
	Annotations model.Labels
	Live        bool // a running pod
	// Maker is the workload that made it, or seems to have by its name; zero for what nothing made.
	Maker model.Ref
}

// Specs is the trait of objects that hold a pod spec.
var Specs = snapshot.NewObjectTrait(held, sameHeld)

func held(o model.Object) (h Held, ok bool) {
	switch w := o.(type) {
	case *model.Workload:
		h = Held{Spec: w.Template.Spec, Annotations: w.Template.Annotations}
	case *model.Pod:
		h = Held{Spec: w.Spec, Annotations: w.Annotations, Live: true}
	}
	if h.Spec == nil {
		return h, false
	}
	h.Maker = maker(o.Head())
	return h, true
}

// maker is the controller of an object. A ReplicaSet is named after its Deployment and the hash of the template, which
// its pods have as a label: theirs is the Deployment.
func maker(h *model.Header) model.Ref {
	if hash := h.Labels.Get("pod-template-hash"); hash != "" {
		if i := strings.Index(h.Name, "-"+hash); i > 0 {
			return model.Ref{Group: "apps", Kind: "Deployment", Namespace: h.Namespace, Name: h.Name[:i]}
		}
	}
	o, ok := h.ControllerOwner()
	if !ok {
		return model.Ref{}
	}
	return model.Ref{Group: o.Group, Kind: o.Kind, Namespace: h.Namespace, Name: o.Name}
}

func sameHeld(a, b Held) bool {
	return a.Live == b.Live && a.Maker == b.Maker && slices.Equal(a.Annotations, b.Annotations) && Same(a.Spec, b.Spec)
}

// Same reports whether two pod specs are equal. Equal ones are stored once, as a rule.
func Same(a, b *corev1.PodSpec) bool { return a == b || reflect.DeepEqual(a, b) }

// Spaces lists the namespaces that hold pods, or what makes them.
var Spaces = snapshot.NewQuery("namespaces with pod specs", func(r *snapshot.Reader, _ struct{}) []string {
	var all []string
	for _, kind := range PodMakers {
		all = append(all, r.Spaces(kind)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}, slices.Equal[[]string])

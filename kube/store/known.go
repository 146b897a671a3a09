package store

import (
	"google.golang.org/protobuf/encoding/protowire"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// The numbers of the fields that lead to the pod spec of a workload, and the tag of one that a template does not have.
const (
	objectSpec   = 2
	templateSpec = 2
	noTagAtAll   = 15<<3 | byte(protowire.BytesType)
)

// templates are the numbers of the template in the spec of the workloads that controllers write most often.
var templates = map[schema.GroupKind]protowire.Number{
	{Group: appsv1.GroupName, Kind: "Deployment"}: 3, {Group: appsv1.GroupName, Kind: "ReplicaSet"}: 3,
	{Group: appsv1.GroupName, Kind: "StatefulSet"}: 3, {Group: appsv1.GroupName, Kind: "DaemonSet"}: 2,
}

// hidePodSpec hides the pod spec of a workload on the wire from its decoder, in place, where it is a known one, and returns
// that. It is the larger part of the object, and seldom another one.
func hidePodSpec(object []byte, kind schema.GroupKind, known func(wire []byte) *corev1.PodSpec) *corev1.PodSpec {
	number, ok := templates[kind]
	if !ok {
		return nil
	}
	template := part(part(object, objectSpec), number)
	for len(template) > 0 {
		at, wire, n := protowire.ConsumeField(template)
		if n < 0 {
			return nil // the decoder says what is wrong
		}
		if at == templateSpec && wire == protowire.BytesType {
			value, _ := protowire.ConsumeBytes(template[1:n])
			s := known(value)
			if s != nil {
				template[0] = noTagAtAll
			}
			return s
		}
		template = template[n:]
	}
	return nil
}

package store

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/fn9s/fn9s/kube/record"
	"github.com/fn9s/fn9s/security/model"
)

type workload interface {
	runtime.Object
	Marshal() ([]byte, error)
	Unmarshal([]byte) error
}

// What is read with a known pod spec is what is read without.
func TestAKnownPodSpecIsNotDecodedAgain(t *testing.T) {
	t.Parallel()
	template := corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "fn"}},
		Spec:       corev1.PodSpec{ServiceAccountName: "fn", Containers: []corev1.Container{{Name: "f", Image: "registry.example.com/f:1"}}},
	}
	meta := metav1.ObjectMeta{Name: "fn", Namespace: "team"}
	other := *template.DeepCopy()
	other.Spec.Containers[0].Image = "registry.example.com/f:2"
	for _, c := range []struct {
		kind         string
		one, another workload
		into         func() workload
	}{
		{"Deployment", &appsv1.Deployment{ObjectMeta: meta, Spec: appsv1.DeploymentSpec{Template: template}},
			&appsv1.Deployment{ObjectMeta: meta, Spec: appsv1.DeploymentSpec{Template: other}}, func() workload { return &appsv1.Deployment{} }},
		{"ReplicaSet", &appsv1.ReplicaSet{ObjectMeta: meta, Spec: appsv1.ReplicaSetSpec{Template: template}},
			&appsv1.ReplicaSet{ObjectMeta: meta, Spec: appsv1.ReplicaSetSpec{Template: other}}, func() workload { return &appsv1.ReplicaSet{} }},
		{"StatefulSet", &appsv1.StatefulSet{ObjectMeta: meta, Spec: appsv1.StatefulSetSpec{Template: template}},
			&appsv1.StatefulSet{ObjectMeta: meta, Spec: appsv1.StatefulSetSpec{Template: other}}, func() workload { return &appsv1.StatefulSet{} }},
		{"DaemonSet", &appsv1.DaemonSet{ObjectMeta: meta, Spec: appsv1.DaemonSetSpec{Template: template}},
			&appsv1.DaemonSet{ObjectMeta: meta, Spec: appsv1.DaemonSetSpec{Template: other}}, func() workload { return &appsv1.DaemonSet{} }},
	} {
		decoder := record.NewDecoder(nil)
		gvk := appsv1.SchemeGroupVersion.WithKind(c.kind)
		read := func(from workload) (w *model.Workload, decoded workload, known bool) {
			wire, err := from.Marshal()
			require.NoError(t, err)
			spec := hidePodSpec(wire, gvk.GroupKind(), decoder.Known)
			decoded = c.into()
			require.NoError(t, decoded.Unmarshal(wire))
			o, err := decoder.TypedWith(decoded, gvk, spec)
			require.NoError(t, err)
			w, ok := o.(*model.Workload)
			require.True(t, ok)
			return w, decoded, spec != nil
		}
		first, _, known := read(c.one)
		assert.False(t, known, c.kind)
		second, decoded, known := read(c.one)
		assert.True(t, known, c.kind)
		assert.Equal(t, first, second, c.kind)
		assert.Same(t, first.Template.Spec, second.Template.Spec, c.kind)
		assert.Equal(t, c.one, decoded, "%s: adapters see the whole object", c.kind)
		third, _, known := read(c.another)
		assert.False(t, known, c.kind)
		assert.Equal(t, "registry.example.com/f:2", third.Template.Spec.Containers[0].Image, c.kind)
	}
	for _, odd := range [][]byte{nil, {0x12}, {0x12, 0x7f}, {0x12, 2, 0x1a, 9}, {0x12, 4, 0x1a, 2, 0x12, 9}} {
		assert.Nil(t, hidePodSpec(odd, appsv1.SchemeGroupVersion.WithKind("Deployment").GroupKind(), func([]byte) *corev1.PodSpec { return nil }))
	}
}

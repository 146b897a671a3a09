package store

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/record"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/model"
)

// renewals is a stream of workloads, and what was read of them.
type renewals struct {
	stream
	known map[model.Ref]model.Object
}

func newRenewals(kind schema.GroupVersionKind, decoder *record.Decoder) *renewals {
	r := &renewals{known: map[model.Ref]model.Object{}}
	api := client.API{GroupVersionResource: kind.GroupVersion().WithResource(""), Kind: kind.Kind}
	r.feed = &feed{decoder: decoder, query: client.Query{API: api}, before: func(ref model.Ref) model.Object { return r.known[ref] }}
	return r
}

func (r *renewals) read(t *testing.T, o workload) *model.Workload {
	wire, err := o.Marshal()
	require.NoError(t, err)
	r.events = nil
	require.NoError(t, r.typed(watch.Modified, wire))
	w, ok := r.events[0].object.(*model.Workload)
	require.True(t, ok)
	r.known[w.Ref] = w
	return w
}

// What is read of a workload that is known is what is read of it alone.
func TestAWorkloadWithANewStatusIsRenewed(t *testing.T) {
	t.Parallel()
	at := metav1.NewTime(time.Unix(1_786_000_000, 0))
	later := metav1.NewTime(at.Add(time.Hour))
	two := int32(2)
	meta := metav1.ObjectMeta{
		Name: "fn", Namespace: "team", UID: "u", ResourceVersion: "5", Generation: 1, CreationTimestamp: at,
		Labels: map[string]string{"app": "fn", "fn9s.io/function": "true"}, Annotations: map[string]string{"deployment.kubernetes.io/revision": "3"},
		OwnerReferences: []metav1.OwnerReference{{APIVersion: "openfaas.com/v1", Kind: "Function", Name: "fn", UID: "o"}},
		ManagedFields:   []metav1.ManagedFieldsEntry{{Manager: "helm", Time: &at, FieldsV1: metav1.NewFieldsV1(`{"f:spec":{}}`)}},
	}
	template := corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "fn"}, Annotations: map[string]string{"token": "ghp_abcdefghijklmnopqrstuvwxyz0123456789"}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "f", Image: "registry.example.com/f:1"}}},
	}
	deployment := &appsv1.Deployment{ObjectMeta: meta, Spec: appsv1.DeploymentSpec{Replicas: &two, Template: template}}
	replicaSet := &appsv1.ReplicaSet{ObjectMeta: meta, Spec: appsv1.ReplicaSetSpec{Replicas: &two, Template: template}}
	ready := appsv1.DeploymentStatus{
		ReadyReplicas: 2, UpdatedReplicas: 2, ObservedGeneration: 2,
		Conditions: []appsv1.DeploymentCondition{{Type: appsv1.DeploymentAvailable, Status: corev1.ConditionTrue, LastTransitionTime: at, Reason: "MinimumReplicasAvailable"}},
	}
	for name, c := range map[string]struct {
		change func(d *appsv1.Deployment, r *appsv1.ReplicaSet)
		shared bool
	}{
		"status": {func(d *appsv1.Deployment, r *appsv1.ReplicaSet) {
			d.Status, r.Status = ready, appsv1.ReplicaSetStatus{ReadyReplicas: 1, Replicas: 2}
		}, true},
		"generation and another writer": {func(d *appsv1.Deployment, r *appsv1.ReplicaSet) {
			for _, m := range []*metav1.ObjectMeta{&d.ObjectMeta, &r.ObjectMeta} {
				m.Generation, m.ResourceVersion = 4, "99"
				m.ManagedFields = append(m.ManagedFields, metav1.ManagedFieldsEntry{Manager: "edit", Time: &later, FieldsV1: metav1.NewFieldsV1(`{"f:spec":{}}`)})
			}
		}, true},
		"replicas":   {func(d *appsv1.Deployment, r *appsv1.ReplicaSet) { d.Spec.Replicas, r.Spec.Replicas = nil, nil }, false},
		"labels":     {func(d *appsv1.Deployment, r *appsv1.ReplicaSet) { d.Labels, r.Labels = nil, nil }, false},
		"annotation": {func(d *appsv1.Deployment, r *appsv1.ReplicaSet) { d.Annotations["a"], r.Annotations["a"] = "b", "b" }, false},
		"deletion": {func(d *appsv1.Deployment, r *appsv1.ReplicaSet) {
			d.DeletionTimestamp, r.DeletionTimestamp = &later, &later
		}, false},
		"template": {func(d *appsv1.Deployment, r *appsv1.ReplicaSet) {
			d.Spec.Template.Spec.Containers[0].Image, r.Spec.Template.Spec.Containers[0].Image = "x", "x"
		}, false},
		"another of the name, elsewhere": {func(d *appsv1.Deployment, r *appsv1.ReplicaSet) { d.Namespace, r.Namespace = "other", "other" }, false},
	} {
		d, r := deployment.DeepCopy(), replicaSet.DeepCopy()
		c.change(d, r)
		for _, w := range []struct {
			kind        string
			first, then workload
		}{{"Deployment", deployment, d}, {"ReplicaSet", replicaSet, r}} {
			kind := appsv1.SchemeGroupVersion.WithKind(w.kind)
			decoder := record.NewDecoder(all.New(all.Options{}), security.Kinds()...)
			s := newRenewals(kind, decoder)
			before := s.read(t, w.first)
			require.NotEmpty(t, before.Facts, "the token in an annotation")
			after := s.read(t, w.then)
			assert.Equal(t, newRenewals(kind, decoder).read(t, w.then), after, "%s: %s", w.kind, name)
			assert.Equal(t, c.shared, &before.Facts[0] == &after.Facts[0], "%s: %s is read anew", w.kind, name)
		}
	}
}

func FuzzPartsOf(f *testing.F) {
	for _, odd := range [][]byte{nil, {0x0a}, {0x0a, 0x7f}, {0x0a, 3, 0x0a, 1, 'a', 0x12, 1, 0}, {0x8a, 0x00, 3, 0x0a, 1, 'a'}, {0x0a, 4, 0x8a, 0x00, 1, 'a'}} {
		f.Add(odd)
	}
	wire, err := written().Marshal()
	require.NoError(f, err)
	f.Add(wire)
	f.Fuzz(func(t *testing.T, wire []byte) {
		var whole, rest appsv1.Deployment
		valid := whole.Unmarshal(wire) == nil
		hideManaged(wire)
		p := partsOf(wire)
		if p.settled == 0 {
			return
		}
		p.hide()
		if !valid || rest.Unmarshal(wire) != nil {
			return
		}
		assert.Equal(t, whole.ResourceVersion, rest.ResourceVersion)
		assert.Equal(t, whole.Generation, rest.Generation)
		assert.Empty(t, rest.Labels)
		assert.Empty(t, rest.Spec.Template.Spec.Containers)
	})
}

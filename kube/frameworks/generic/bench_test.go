package generic_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/generic"
	"github.com/fn9s/fn9s/security/model"
)

// BenchmarkDecodeDeployments measures what the worked examples cost for each Deployment of a cluster that is none of
// their functions: KEDA may scale it, Dapr may be enabled in it.
func BenchmarkDecodeDeployments(b *testing.B) {
	replicas := int32(1)
	d := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "a", Namespace: "ns", Labels: map[string]string{"app": "a"}},
		Spec: appsv1.DeploymentSpec{Replicas: &replicas, Template: corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{"a": "b"}},
			Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "a", Image: "i"}}},
		}},
	}
	raw := &frameworks.Raw{
		GVK:    schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "Deployment"},
		Header: &model.Header{Ref: model.Ref{Group: "apps", Kind: "Deployment", Namespace: "ns", Name: "a"}}, Typed: d,
	}
	all := generic.New(worked(b))
	b.ReportAllocs()
	for b.Loop() {
		for _, a := range all {
			if _, err := a.Decode(raw); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkDecodeScaledObject(b *testing.B) {
	raw := &frameworks.Raw{
		GVK:    schema.GroupVersionKind{Group: "keda.sh", Version: "v1alpha1", Kind: "ScaledObject"},
		Header: &model.Header{Ref: model.Ref{Group: "keda.sh", Kind: "ScaledObject", Namespace: "ns", Name: "a"}},
		JSON: []byte(`{"spec": {"scaleTargetRef": {"name": "a"}, "triggers": [{"type": "kafka", "metadata": {"topic": "t"}}]},
			"status": {"conditions": [{"type": "Ready", "status": "True"}, {"type": "Active", "status": "False"}]}}`),
	}
	all := generic.New(worked(b))
	require.Len(b, all, 7)
	b.ReportAllocs()
	for b.Loop() {
		if facts, err := all[4].Decode(raw); err != nil || facts == nil {
			b.Fatal(fmt.Sprint(facts, err))
		}
	}
}

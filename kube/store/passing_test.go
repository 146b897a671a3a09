package store

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/record"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/model"
)

// What was read into an object stays what it was when the next is read into the same one, and has nothing of the one before.
func TestRecordsKeepNothingOfTheObjectTheyAreReadInto(t *testing.T) {
	t.Parallel()
	at := metav1.NewTime(time.Unix(1_786_000_000, 0))
	yes, two, user := true, int32(2), int64(1000)
	meta := metav1.ObjectMeta{
		Name: "rich", Namespace: "team", UID: "u", ResourceVersion: "5", Generation: 3, CreationTimestamp: at, DeletionTimestamp: &at,
		Labels: map[string]string{"app": "fn", "faas_function": "rich"}, Annotations: map[string]string{"token": "ghp_abcdefghijklmnopqrstuvwxyz0123456789"},
		OwnerReferences: []metav1.OwnerReference{{APIVersion: "openfaas.com/v1", Kind: "Function", Name: "fn", UID: "o", Controller: &yes}},
		Finalizers:      []string{"example.com/wait"},
	}
	spec := corev1.PodSpec{
		NodeName: "worker", ServiceAccountName: "runner", AutomountServiceAccountToken: &yes, HostNetwork: true, ShareProcessNamespace: &yes,
		SecurityContext: &corev1.PodSecurityContext{RunAsUser: &user},
		Volumes: []corev1.Volume{{Name: "kube-api-access-abcde", VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{
			Sources: []corev1.VolumeProjection{{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{Path: "token", ExpirationSeconds: &user}}}}}}},
		InitContainers: []corev1.Container{{Name: "first", Image: "registry.example.com/first:1"}},
		Containers: []corev1.Container{{
			Name: "main", Image: "registry.example.com/main:1", Env: []corev1.EnvVar{{Name: "A", Value: "b"}},
			Ports: []corev1.ContainerPort{{ContainerPort: 8080}}, VolumeMounts: []corev1.VolumeMount{{Name: "kube-api-access-abcde", MountPath: "/var/run"}},
			Resources:      corev1.ResourceRequirements{Limits: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("100m")}},
			ReadinessProbe: &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Port: intstr.FromInt32(8080)}}},
		}},
		EphemeralContainers: []corev1.EphemeralContainer{{EphemeralContainerCommon: corev1.EphemeralContainerCommon{Name: "debug", Image: "busybox"}}},
	}
	selector := &metav1.LabelSelector{MatchLabels: map[string]string{"app": "fn"}}
	template := corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: meta.Labels, Annotations: meta.Annotations}, Spec: spec}
	bare := metav1.ObjectMeta{Name: "bare", Namespace: "team", ResourceVersion: "6"}
	for kind, objects := range map[schema.GroupVersionKind][2]workload{
		appsv1.SchemeGroupVersion.WithKind("Deployment"): {
			&appsv1.Deployment{ObjectMeta: meta, Spec: appsv1.DeploymentSpec{Replicas: &two, Selector: selector, Template: template, Paused: true},
				Status: appsv1.DeploymentStatus{ReadyReplicas: 1, ObservedGeneration: 2, Conditions: []appsv1.DeploymentCondition{{Type: appsv1.DeploymentAvailable, Status: corev1.ConditionFalse, Reason: "Slow", Message: "not yet"}}}},
			&appsv1.Deployment{ObjectMeta: bare},
		},
		appsv1.SchemeGroupVersion.WithKind("ReplicaSet"): {
			&appsv1.ReplicaSet{ObjectMeta: meta, Spec: appsv1.ReplicaSetSpec{Replicas: &two, Selector: selector, Template: template}, Status: appsv1.ReplicaSetStatus{ReadyReplicas: 1}},
			&appsv1.ReplicaSet{ObjectMeta: bare},
		},
		corev1.SchemeGroupVersion.WithKind("Pod"): {
			&corev1.Pod{ObjectMeta: meta, Spec: spec, Status: corev1.PodStatus{
				Phase: corev1.PodRunning, Reason: "Evicted", Message: "low on memory", PodIP: "10.0.0.1", StartTime: &at,
				Conditions:        []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionFalse, Reason: "ContainersNotReady"}},
				ContainerStatuses: []corev1.ContainerStatus{{Name: "main", RestartCount: 3, ImageID: "sha256:1", State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}}}},
			}},
			&corev1.Pod{ObjectMeta: bare},
		},
	} {
		require.True(t, passing[kind.GroupKind()], kind.Kind)
		decoder := record.NewDecoder(all.New(all.Options{}), security.Kinds()...)
		for _, order := range [][2]workload{{objects[0], objects[1]}, {objects[1], objects[0]}} {
			s := newRenewals(kind, decoder)
			first, then := decoded(t, s, order[0]), decoded(t, s, order[1])
			assert.Equal(t, decoded(t, newRenewals(kind, decoder), order[1]), then, "%s: nothing of the one before", kind.Kind)
			assert.Equal(t, decoded(t, newRenewals(kind, decoder), order[0]), first, "%s: as it was", kind.Kind)
		}
	}
}

func decoded(t *testing.T, s *renewals, o workload) model.Object {
	wire, err := o.Marshal()
	require.NoError(t, err)
	s.events = nil
	require.NoError(t, s.typed(watch.Modified, wire))
	return s.events[0].object
}

package record

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

var widget = schema.GroupVersionKind{Group: "test.example.com", Version: "v1", Kind: "Widget"}

// reader is an adapter that fails or panics, as its value says.
type reader struct {
	frameworks.Framework
	answer func() (any, error)
}

func (reader) Name() string { return "reader" }
func (reader) Resources() []frameworks.Resource {
	return []frameworks.Resource{{Group: widget.Group, Kind: widget.Kind, Versions: []string{"v1"}}}
}
func (r reader) Decode(*frameworks.Raw) (any, error) { return r.answer() }

func TestAPanicWhileDecodingIsAProblemOfThatObject(t *testing.T) {
	d := NewDecoder([]frameworks.Framework{reader{answer: func() (any, error) { panic("boom") }}})
	o, err := d.JSON([]byte(`{"apiVersion":"test.example.com/v1","kind":"Widget","metadata":{"name":"a"}}`), widget)
	require.NoError(t, err)
	assert.Contains(t, o.Head().Problem, "boom")
	assert.Empty(t, o.Head().Facts)
}

func TestMalformedMetadataKeepsTheName(t *testing.T) {
	d := NewDecoder(nil)
	o, err := d.JSON([]byte(`{"kind":"Widget","apiVersion":"test.example.com/v1",
		"metadata":{"name":"a","namespace":"b","labels":{"x":7}}}`), widget)
	require.NoError(t, err)
	assert.Equal(t, model.Ref{Group: widget.Group, Kind: "Widget", Namespace: "b", Name: "a"}, o.Head().Ref)
	assert.Contains(t, o.Head().Problem, "malformed metadata")
	_, err = d.JSON([]byte(`{"kind":"Widget"}`), widget)
	assert.Error(t, err, "what has no name cannot be kept")
}

func TestTheLastWriterIsNoStatusWriter(t *testing.T) {
	at := func(minute int) *metav1.Time {
		return &metav1.Time{Time: time.Date(2026, 9, 1, 0, minute, 0, 0, time.UTC)}
	}
	h := NewPool().Header(&metav1.ObjectMeta{Name: "a", ManagedFields: []metav1.ManagedFieldsEntry{
		{Manager: "helm", Time: at(1)},
		{Manager: "kubectl-edit", Time: at(5)},
		{Manager: "controller", Time: at(9), Subresource: "status"},
		{Manager: "applied-again"},
	}}, widget)
	assert.Equal(t, model.Change{Manager: "kubectl-edit", Time: at(5).Time}, h.Changed)
}

func TestSecretDataNeverStays(t *testing.T) {
	d := NewDecoder(nil)
	o, err := d.Typed(&corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "s", Annotations: map[string]string{
			lastApplied: `{"data":{"password":"aHVudGVyMg=="}}`, "kept": "yes",
		}},
		Data: map[string][]byte{"password": []byte("hunter2")}, StringData: map[string]string{"user": "admin"},
	}, SecretKind)
	require.NoError(t, err)
	s, ok := o.(*model.Secret)
	require.True(t, ok)
	assert.Equal(t, []string{"password", "user"}, s.Names)
	assert.Equal(t, 2, s.Keys)
	assert.Equal(t, model.Labels{{Key: "kept", Value: "yes"}}, s.Annotations)
}

func TestASecretRowTellsKeysAndAgeFromManagedFields(t *testing.T) {
	written := metav1.Time{Time: time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)}
	labelled := metav1.Time{Time: written.Add(time.Hour)}
	s := NewPool().SecretRow(&metav1.ObjectMeta{
		Name: "s", Namespace: "n", ManagedFields: []metav1.ManagedFieldsEntry{
			{Manager: "helm", Time: &written, FieldsV1: fields(`{"f:data":{".":{},"f:password":{},"f:user":{}}}`)},
			{Manager: "kubectl-label", Time: &labelled, FieldsV1: fields(`{"f:metadata":{"f:labels":{"f:a":{}}}}`)},
			{Manager: "broken", Time: &labelled, FieldsV1: fields(`{"f:data":`)},
		},
	}, []any{"s", "Opaque", float64(2), "3d"})
	assert.Equal(t, "Opaque", s.Type)
	assert.Equal(t, 2, s.Keys)
	assert.Equal(t, []string{"password", "user"}, s.Names)
	assert.Equal(t, written.Time, s.DataChanged, "a label says nothing about the data")
}

func TestASecretRowSaysWhoWroteDataAndWhatElse(t *testing.T) {
	early := metav1.Time{Time: time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)}
	late := metav1.Time{Time: early.Add(time.Hour)}
	row := func(entries ...metav1.ManagedFieldsEntry) *model.Secret {
		return NewPool().SecretRow(&metav1.ObjectMeta{Name: "s", ManagedFields: entries}, nil)
	}
	only := metav1.ManagedFieldsEntry{Manager: "fn9s", Time: &late, FieldsV1: fields(`{"f:data":{"f:a":{}},"f:type":{}}`)}
	more := metav1.ManagedFieldsEntry{Manager: "helm", Time: &early, FieldsV1: fields(`{"f:data":{"f:a":{}},"f:metadata":{"f:labels":{}}}`)}
	first := metav1.ManagedFieldsEntry{Manager: "before-first-apply", Time: &late, FieldsV1: fields(`{"f:data":{"f:a":{}}}`)}
	untimed := metav1.ManagedFieldsEntry{Manager: "apply", FieldsV1: fields(`{"f:data":{"f:a":{}}}`)}

	s := row(more, only, untimed)
	assert.Equal(t, "fn9s", s.Writer)
	assert.True(t, s.DataOnly)
	s = row(more, first)
	assert.Equal(t, early.Time, s.DataChanged)
	assert.Equal(t, "helm", s.Writer)
	assert.False(t, s.DataOnly, "it wrote labels too")
	assert.Zero(t, row(first, untimed).DataChanged, "no write is recorded")
}

func TestOnlyTheKeysOfALastAppliedSecretAreKept(t *testing.T) {
	s := NewPool().SecretRow(&metav1.ObjectMeta{Name: "s", Annotations: map[string]string{
		lastApplied: `{"kind":"Secret","data":{"b":"Y2FuYXJ5"},"stringData":{"a":"canary","b":"x"}}`,
	}}, nil)
	assert.Equal(t, []string{"a", "b"}, s.Applied)
	assert.NotContains(t, fmt.Sprintf("%+v", s), "canary")
}

func fields(raw string) *metav1.FieldsV1 {
	f := &metav1.FieldsV1{}
	f.SetRawBytes([]byte(raw))
	return f
}

func TestAPodBelongsToItsDeployment(t *testing.T) {
	yes := true
	pod := func(owner string) *corev1.Pod {
		return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
			Name: "a-5d8f-x", Labels: map[string]string{"pod-template-hash": "5d8f"},
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: owner, Controller: &yes}},
		}}
	}
	gvk := corev1.SchemeGroupVersion.WithKind("Pod")
	owners := func(o *corev1.Pod) (names []string) {
		r, err := NewDecoder(nil).Typed(o, gvk)
		require.NoError(t, err)
		for _, w := range r.Head().Owners {
			names = append(names, w.Kind+" "+w.Name)
		}
		return names
	}
	assert.Equal(t, []string{"ReplicaSet a-5d8f", "Deployment a"}, owners(pod("a-5d8f")))
	assert.Equal(t, []string{"ReplicaSet own"}, owners(pod("own")), "a ReplicaSet that no Deployment made")
}

func TestEqualPodSpecsAreStoredOnce(t *testing.T) {
	p := NewPool()
	spec := func(image string) *corev1.PodSpec {
		return &corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: image}}}
	}
	a := p.PodSpec(spec("x:1"))
	assert.Same(t, a, p.PodSpec(spec("x:1")))
	assert.NotSame(t, a, p.PodSpec(spec("x:2")))
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"apiVersion":"gateway.networking.k8s.io/v1","kind":"HTTPRoute","metadata":{"name":"a"},"spec":{"rules":[{"backendRefs":[{"name":"b","port":80}]}]}}`))
	f.Add([]byte(`{"apiVersion":"gateway.networking.k8s.io/v1","kind":"Gateway","metadata":{"name":"a"},"spec":{"listeners":[{"protocol":"HTTPS"}]}}`))
	f.Add([]byte(`{"metadata":{"name":"` + strings.Repeat("x", 300) + `","ownerReferences":[{}]}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		o, err := NewDecoder(nil).JSON(raw, widget)
		if err == nil && o.Head().Name == "" {
			t.Fatal("an object without a name")
		}
	})
}

func TestAPodSpecIsMadeOfFewPieces(t *testing.T) {
	spec := func(name string) *corev1.PodSpec {
		flag, number := new(bool), new(int64)
		*flag = true
		limits := func() corev1.ResourceList {
			return corev1.ResourceList{"cpu": resource.MustParse("200m"), "memory": resource.MustParse("64Mi")}
		}
		return &corev1.PodSpec{
			RestartPolicy: "Always", ServiceAccountName: name, AutomountServiceAccountToken: flag,
			Volumes: []corev1.Volume{
				{Name: "data", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: name + "-key", Optional: new(bool)}}},
				{Name: "token", VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{
					{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{Path: "token", Audience: "api"}},
					{DownwardAPI: &corev1.DownwardAPIProjection{Items: []corev1.DownwardAPIVolumeFile{
						{Path: "labels", FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.labels"}},
					}}},
				}}}},
			},
			Containers: []corev1.Container{{
				Name: name, Image: "registry.example.com/" + name + ":1", Command: []string{"node", "", "index.js"},
				Env:       []corev1.EnvVar{{Name: "UPSTREAM", Value: "http://" + name}},
				Resources: corev1.ResourceRequirements{Limits: limits(), Requests: limits()},
				SecurityContext: &corev1.SecurityContext{
					RunAsNonRoot: flag, RunAsUser: number, Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
				},
				ReadinessProbe: &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/_/health", Port: intstr.FromInt32(8080)}}},
			}},
		}
	}
	p := NewPool()
	a, b := p.PodSpec(spec("a")), p.PodSpec(spec("bcd"))
	for name, kept := range map[string]*corev1.PodSpec{"a": a, "bcd": b} {
		fresh, err := spec(name).Marshal()
		require.NoError(t, err)
		packed, err := kept.Marshal()
		require.NoError(t, err)
		assert.Equal(t, fresh, packed, "it says what it said before")
	}
	of := func(s *corev1.PodSpec) uintptr {
		return reflect.ValueOf(s.Containers[0].Resources.Limits).Pointer()
	}
	assert.Equal(t, of(a), of(b), "equal limits are one")
	assert.Same(t, a.AutomountServiceAccountToken, b.AutomountServiceAccountToken)
	assert.NotEqual(t, *a.Volumes[0].Secret.Optional, *a.AutomountServiceAccountToken)
	other := spec("a")
	other.Containers[0].Resources.Limits["memory"] = resource.MustParse("65Mi")
	assert.NotEqual(t, of(a), of(p.PodSpec(other)), "others are not")
}

func TestThePoolKeepsNoLongText(t *testing.T) {
	p := NewPool()
	long := strings.Repeat("x", maxWord+1)
	assert.Equal(t, long, p.String(long))
	assert.Empty(t, p.strings)
	spec := &corev1.PodSpec{Containers: []corev1.Container{{Resources: corev1.ResourceRequirements{
		Limits: corev1.ResourceList{corev1.ResourceName(long): resource.MustParse("1")},
	}}}}
	assert.Len(t, p.PodSpec(spec).Containers[0].Resources.Limits, 1)
	assert.Empty(t, p.lists)
}

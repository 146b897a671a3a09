package store

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func written() *appsv1.Deployment {
	at := metav1.NewTime(time.Unix(1_786_000_000, 0))
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{
			Name: "fn", Namespace: "team", Labels: map[string]string{"app": "fn"}, Finalizers: []string{"a/b"},
			ManagedFields: []metav1.ManagedFieldsEntry{
				{Manager: "helm", Operation: "Apply", APIVersion: "apps/v1", Time: &at, FieldsType: "FieldsV1", FieldsV1: metav1.NewFieldsV1(`{"f:spec":{"f:replicas":{}}}`)},
				{Manager: "controller", Operation: "Update", Time: &at, Subresource: "status", FieldsV1: metav1.NewFieldsV1(`{"f:status":{}}`)},
				{Manager: "label", Operation: "Update"},
			},
		},
	}
}

func subresource(e metav1.ManagedFieldsEntry) bool { return e.Subresource != "" }

func TestManagedFieldsAreReadWithoutTheirFields(t *testing.T) {
	t.Parallel()
	want := written()
	wire, err := want.Marshal()
	require.NoError(t, err)
	got := hideManaged(wire)
	asked := slices.DeleteFunc(slices.Clone(want.ManagedFields), subresource)
	require.Len(t, got, len(asked))
	for i, e := range asked {
		assert.Equal(t, e.Manager, got[i].Manager)
		assert.True(t, e.Time.Equal(got[i].Time), "%v %v", e.Time, got[i].Time)
		spec := e.FieldsV1 != nil && bytes.Contains(e.FieldsV1.GetRawBytes(), ownsSpec)
		assert.Equal(t, spec, got[i].FieldsV1 != nil)
	}
	var rest appsv1.Deployment
	require.NoError(t, rest.Unmarshal(wire))
	assert.Empty(t, rest.ManagedFields)
	want.ManagedFields = nil
	assert.Equal(t, want, &rest, "nothing else is lost")
}

func FuzzHidingManagedFieldsLosesNothing(f *testing.F) {
	wire, err := written().Marshal()
	require.NoError(f, err)
	f.Add(wire)
	f.Add(wire[:len(wire)/2])
	f.Fuzz(func(t *testing.T, wire []byte) {
		var whole, rest appsv1.Deployment
		broken := whole.Unmarshal(wire)
		hidden := bytes.Clone(wire)
		entries := hideManaged(hidden)
		err := rest.Unmarshal(hidden)
		if broken != nil {
			return
		}
		if again, err := whole.Marshal(); err != nil || !bytes.Equal(again, wire) {
			return // no server writes it so
		}
		require.NoError(t, err)
		asked := slices.DeleteFunc(slices.Clone(whole.ManagedFields), subresource)
		assert.Equal(t, len(asked), len(entries)+len(slices.DeleteFunc(slices.Clone(rest.ManagedFields), subresource)))
		whole.ManagedFields, rest.ManagedFields = nil, nil
		assert.Equal(t, whole, rest)
	})
}

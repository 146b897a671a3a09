package metrics

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/metrics/pkg/apis/metrics/v1beta1"
)

func TestAPodIsReadAsItsTypeReadsIt(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	quantities := []string{"0", "7655u", "123n", "2", "1500m", "64Mi", "4194304", "1e3", "-5", "3Gi"}
	for range 500 {
		pod := v1beta1.PodMetrics{
			ObjectMeta: metav1.ObjectMeta{Name: "pod", Namespace: "ns", Labels: map[string]string{"a": "b"}, ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "m"}}},
			Window:     metav1.Duration{Duration: time.Minute},
		}
		if random.IntN(4) > 0 {
			pod.Timestamp = metav1.Unix(int64(random.IntN(2_000_000_000)), 0)
		}
		for range random.IntN(4) {
			c := v1beta1.ContainerMetrics{Name: "c", Usage: corev1.ResourceList{}}
			for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory, "example.com/gpu"} {
				if random.IntN(3) > 0 {
					c.Usage[name] = resource.MustParse(quantities[random.IntN(len(quantities))])
				}
			}
			pod.Containers = append(pod.Containers, c)
		}
		raw, err := pod.Marshal()
		require.NoError(t, err)
		want, wanted := sampleOf(&pod)
		got, measured, err := wirePod(raw)
		require.NoError(t, err)
		assert.Equal(t, wanted, measured)
		assert.True(t, want.Time.Equal(got.Time), "%v, not %v", got.Time, want.Time)
		assert.Equal(t, want.Time.IsZero(), got.Time.IsZero())
		got.Time = want.Time
		assert.Equal(t, want, got)
	}
}

// FuzzWirePod holds what is read against what the type's own decoder reads, where that reads anything.
func FuzzWirePod(f *testing.F) {
	pod := v1beta1.PodMetrics{ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "n"}, Timestamp: metav1.Unix(1_790_000_000, 0),
		Containers: []v1beta1.ContainerMetrics{{Name: "c", Usage: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("5m")}}}}
	raw, err := pod.Marshal()
	require.NoError(f, err)
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, measured, err := wirePod(raw)
		var m v1beta1.PodMetrics
		if m.Unmarshal(raw) != nil || err != nil || !measured {
			return
		}
		if want, ok := sampleOf(&m); ok {
			assert.Equal(t, want.Pod, got.Pod)
			assert.Equal(t, want.Namespace, got.Namespace)
		}
	})
}

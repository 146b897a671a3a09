package metrics_test

import (
	"bytes"
	"encoding/json"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kruntime "k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/metrics/pkg/apis/metrics/v1beta1"

	"github.com/fn9s/fn9s/kube/stream/metrics"
)

const protobufType = "application/vnd.kubernetes.protobuf"

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc) //#nosec G115 -- a heap
}

func list(pods int) *v1beta1.PodMetricsList {
	l := &v1beta1.PodMetricsList{ListMeta: metav1.ListMeta{ResourceVersion: "7"}}
	for i := range pods {
		usage := corev1.ResourceList{"cpu": resource.MustParse("7654321n"), "memory": resource.MustParse("2048Ki")}
		l.Items = append(l.Items, v1beta1.PodMetrics{
			ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "pod-" + string(rune('a'+i%26)), Labels: map[string]string{"app": "x"}},
			Timestamp:  metav1.Unix(1_790_000_000+int64(i), 0), Window: metav1.Duration{Duration: 15 * time.Second},
			Containers: []v1beta1.ContainerMetrics{{Name: "one", Usage: usage}, {Name: "two", Usage: usage}},
		})
	}
	return l
}

// encoded writes a list as a server does.
func encoded(t testing.TB, l *v1beta1.PodMetricsList, contentType string) []byte {
	t.Helper()
	if contentType != protobufType {
		raw, err := json.Marshal(l)
		require.NoError(t, err)
		return raw
	}
	scheme := kruntime.NewScheme()
	require.NoError(t, v1beta1.AddToScheme(scheme))
	l.SetGroupVersionKind(v1beta1.SchemeGroupVersion.WithKind("PodMetricsList"))
	var b bytes.Buffer
	require.NoError(t, protobuf.NewSerializer(scheme, scheme).Encode(l, &b))
	return b.Bytes()
}

func TestListsAreReadAsTheyCome(t *testing.T) {
	for _, contentType := range []string{protobufType, "application/json"} {
		t.Run(contentType, func(t *testing.T) {
			var got []metrics.Sample
			raw := encoded(t, list(30), contentType)
			require.NoError(t, metrics.Decode(iotest.OneByteReader(bytes.NewReader(raw)), contentType, func(s metrics.Sample) { got = append(got, s) }))
			require.Len(t, got, 30)
			assert.Equal(t, "ns", got[2].Namespace)
			assert.Equal(t, "pod-c", got[2].Pod)
			assert.Equal(t, int64(1_790_000_002), got[2].Time.Unix())
			assert.Equal(t, metrics.Amount{CPU: 2 * 7655, Memory: 4 << 20}, got[2].Amount)
		})
	}
}

func TestAListThatBreaksOffIsAnError(t *testing.T) {
	for _, contentType := range []string{protobufType, "application/json"} {
		raw := encoded(t, list(30), contentType)
		got := 0
		err := metrics.Decode(bytes.NewReader(raw[:len(raw)/2]), contentType, func(metrics.Sample) { got++ })
		assert.ErrorIs(t, err, io.ErrUnexpectedEOF, contentType)
		assert.Greater(t, got, 10, contentType)
	}
}

func TestAnEntryWithoutEndIsNotKept(t *testing.T) {
	endless := io.MultiReader(strings.NewReader(`{"items":[{"metadata":{"name":"`), &letters{})
	before := heap()
	assert.Error(t, metrics.Decode(endless, "application/json", func(metrics.Sample) {}))
	assert.Less(t, heap()-before, int64(8<<20))
}

type letters struct{}

func (*letters) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'a'
	}
	return len(b), nil
}

func FuzzDecode(f *testing.F) {
	f.Add(encoded(f, list(2), protobufType), true)
	f.Add(encoded(f, list(2), "application/json"), false)
	f.Add([]byte(`{"items":null}`), false)
	f.Add([]byte("k8s\x00\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), true)
	f.Fuzz(func(t *testing.T, raw []byte, binary bool) {
		contentType := "application/json"
		if binary {
			contentType = protobufType
		}
		_ = metrics.Decode(bytes.NewReader(raw), contentType, func(s metrics.Sample) {
			if s.CPU < 0 || s.Memory < 0 {
				t.Fatalf("less than nothing: %+v", s)
			}
		})
	})
}

func BenchmarkDecode(b *testing.B) {
	for _, contentType := range []string{protobufType, "application/json"} {
		raw := encoded(b, list(10_000), contentType)
		b.Run(strings.TrimPrefix(contentType, "application/"), func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				if err := metrics.Decode(bytes.NewReader(raw), contentType, func(metrics.Sample) {}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

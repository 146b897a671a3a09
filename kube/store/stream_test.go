package store

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/apimachinery/pkg/watch"
	clientscheme "k8s.io/client-go/kubernetes/scheme"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/record"
	"github.com/fn9s/fn9s/security/model"
)

func deployment(name, version string) *appsv1.Deployment {
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "fns", ResourceVersion: version},
		Spec:       appsv1.DeploymentSpec{Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: strings.Repeat("x", 40_000)}}}}},
	}
}

func end(version string) *appsv1.Deployment {
	return &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{ResourceVersion: version, Annotations: map[string]string{initialEventsEnd: "true"}}}
}

var gone = &metav1.Status{Status: metav1.StatusFailure, Code: 410, Reason: metav1.StatusReasonExpired, Message: "too old"}

// wire writes events as an API server does, with its own encoders.
func wire(t testing.TB, form client.Form, events ...watch.Event) []byte {
	t.Helper()
	var out bytes.Buffer
	for _, e := range events {
		if form != client.Typed {
			object, err := json.Marshal(e.Object)
			require.NoError(t, err)
			line, err := json.Marshal(metav1.WatchEvent{Type: string(e.Type), Object: runtime.RawExtension{Raw: object}})
			require.NoError(t, err)
			out.Write(append(line, '\n'))
			continue
		}
		var object bytes.Buffer
		typed := protobuf.NewSerializer(clientscheme.Scheme, clientscheme.Scheme)
		gv := schema.GroupVersion{Group: "apps", Version: "v1"}
		if e.Type == watch.Error {
			gv = schema.GroupVersion{Version: "v1"}
		}
		require.NoError(t, clientscheme.Codecs.EncoderForVersion(typed, gv).Encode(e.Object, &object))
		framed := protobuf.LengthDelimitedFramer.NewFrameWriter(&out)
		event, err := (&metav1.WatchEvent{Type: string(e.Type), Object: runtime.RawExtension{Raw: object.Bytes()}}).Marshal()
		require.NoError(t, err)
		_, err = framed.Write(event)
		require.NoError(t, err)
	}
	return out.Bytes()
}

func streamOf(t testing.TB, form client.Form, body io.Reader) *stream {
	api := client.API{GroupVersionResource: schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}, Kind: "Deployment"}
	f := &feed{decoder: record.NewDecoder(all.BuiltIn()), query: client.Query{API: api, Form: form}}
	s := newStream(context.Background(), f, io.NopCloser(body))
	t.Cleanup(s.close)
	return s
}

func TestAStreamGivesWhatTheServerSent(t *testing.T) {
	for name, form := range map[string]client.Form{"protobuf": client.Typed, "JSON": client.Whole} {
		t.Run(name, func(t *testing.T) {
			body := wire(t, form,
				watch.Event{Type: watch.Added, Object: deployment("a", "1")}, watch.Event{Type: watch.Bookmark, Object: end("2")},
				watch.Event{Type: watch.Modified, Object: deployment("a", "3")}, watch.Event{Type: watch.Deleted, Object: deployment("a", "4")})
			s := streamOf(t, form, bytes.NewReader(body))
			ref := model.Ref{Group: "apps", Kind: "Deployment", Namespace: "fns", Name: "a"}
			for _, want := range []event{{kind: watch.Added, version: "1"}, {kind: watch.Bookmark, version: "2", listed: true}, {kind: watch.Modified, version: "3"}, {kind: watch.Deleted, version: "4"}} {
				got, err := s.next()
				require.NoError(t, err)
				if want.kind != watch.Bookmark {
					assert.Equal(t, ref, got.object.Head().Ref)
				}
				got.object = nil
				assert.Equal(t, want, got)
			}
			assert.False(t, s.more())
			_, err := s.next()
			assert.ErrorIs(t, err, io.EOF)
		})
	}
}

func TestAStreamEndsWithTheServersWords(t *testing.T) {
	for name, form := range map[string]client.Form{"protobuf": client.Typed, "JSON": client.Whole} {
		t.Run(name, func(t *testing.T) {
			s := streamOf(t, form, bytes.NewReader(wire(t, form, watch.Event{Type: watch.Error, Object: gone})))
			_, err := s.next()
			assert.True(t, apierrors.IsResourceExpired(err), "%v", err)
			assert.Equal(t, client.KindExpired, client.Classify(err))
		})
	}
}

func TestAStreamThatIsCutOffIsNoOrderlyEnd(t *testing.T) {
	for name, form := range map[string]client.Form{"protobuf": client.Typed, "JSON": client.Whole} {
		t.Run(name, func(t *testing.T) {
			body := wire(t, form, watch.Event{Type: watch.Added, Object: deployment("a", "1")})
			for _, cut := range []int{1, 3, 5, len(body) / 2, len(body) - 2} {
				_, err := streamOf(t, form, bytes.NewReader(body[:cut])).next()
				require.ErrorIs(t, err, io.ErrUnexpectedEOF, "after %d bytes", cut)
				assert.NotErrorIs(t, err, io.EOF)
			}
		})
	}
}

func TestAStreamHasMoreWhenAWholeEventIsAtHand(t *testing.T) {
	small := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "a", Namespace: "fns", ResourceVersion: "1"}}
	for name, form := range map[string]client.Form{"protobuf": client.Typed, "JSON": client.Whole} {
		t.Run(name, func(t *testing.T) {
			one := wire(t, form, watch.Event{Type: watch.Added, Object: small})
			s := streamOf(t, form, bytes.NewReader(append(bytes.Clone(one), append(bytes.Clone(one), one[:len(one)/2]...)...)))
			_, err := s.next()
			require.NoError(t, err)
			assert.True(t, s.more(), "the second is there")
			_, err = s.next()
			require.NoError(t, err)
			assert.False(t, s.more(), "the third is there in part")
		})
	}
}

func TestOneObjectWithoutANameEndsNoStream(t *testing.T) {
	body := `{"type":"ADDED","object":{"kind":"Deployment"}}` + "\n" + `{"object":{"kind":"Deployment","metadata":{"name":"b"}},"type":"ADDED"}` + "\n"
	e, err := streamOf(t, client.Whole, strings.NewReader(body)).next()
	require.NoError(t, err)
	assert.Equal(t, "b", e.object.Head().Name, "and the order of the fields is nobody's promise")
}

func TestAnEventWithoutEndIsRefused(t *testing.T) {
	_, err := streamOf(t, client.Typed, bytes.NewReader([]byte{0xff, 0xff, 0xff, 0xff, 1})).next()
	require.ErrorContains(t, err, "more than")
	_, err = streamOf(t, client.Whole, io.LimitReader(endless{}, maxFrame+streamBuffer*2)).next()
	require.ErrorContains(t, err, "more than")
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func FuzzStream(f *testing.F) {
	f.Add(wire(f, client.Typed, watch.Event{Type: watch.Added, Object: deployment("a", "1")}), true)
	f.Add(wire(f, client.Whole, watch.Event{Type: watch.Error, Object: gone}), false)
	f.Fuzz(func(t *testing.T, body []byte, typed bool) {
		form := client.Whole
		if typed {
			form = client.Typed
		}
		s := streamOf(t, form, bytes.NewReader(body))
		for range len(body) + 1 {
			s.more()
			if _, err := s.next(); err != nil {
				return
			}
		}
		t.Fatal("more events than bytes")
	})
}

func BenchmarkStream(b *testing.B) {
	small := deployment("a", "1")
	small.Spec.Template.Spec.Containers[0].Image = "x"
	for name, form := range map[string]client.Form{"protobuf": client.Typed, "JSON": client.Whole} {
		b.Run(name, func(b *testing.B) {
			one := wire(b, form, watch.Event{Type: watch.Modified, Object: small})
			body := bytes.Repeat(one, 1000)
			b.ReportAllocs()
			for b.Loop() {
				s := streamOf(b, form, bytes.NewReader(body))
				for range 1000 {
					if _, err := s.next(); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

package cluster_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/cluster"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/store"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// held is the value of every Secret of the server.
const held = "hunter2"

// server gives out Secrets of the namespace shop, but `locked`, and counts what it was asked.
func server(t *testing.T, asked map[string]int) *client.Client {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked[r.URL.Path]++
		name := strings.TrimPrefix(r.URL.Path, "/api/v1/namespaces/shop/secrets/")
		w.Header().Set("Content-Type", "application/json")
		if name == "locked" {
			w.WriteHeader(http.StatusForbidden)
			_, _ = fmt.Fprint(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","code":403,"message":"no"}`)
			return
		}
		_, _ = fmt.Fprintf(w, `{"apiVersion":"v1","kind":"Secret","type":"Opaque","metadata":{"name":%q,"namespace":"shop","resourceVersion":"7"},"data":{"password":%q}}`,
			name, base64.StdEncoding.EncodeToString([]byte(held)))
	}))
	t.Cleanup(s.Close)
	c, err := client.New("test", &rest.Config{Host: s.URL}, client.Options{})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// row is what a Table says of a Secret.
func row(c *cluster.Cluster, name, version string) *model.Secret {
	m := &metav1.ObjectMeta{Name: name, Namespace: "shop", ResourceVersion: version}
	return c.Store().Decoder().SecretRow(m, []any{name, "Opaque", float64(1), "1d"})
}

// shop is a cluster with one function that mounts Secrets.
func shop(t *testing.T, c *cluster.Cluster, secrets ...string) *store.Snapshot {
	t.Helper()
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{
		Name: "cart", Namespace: "shop", Labels: map[string]string{"fn9s.io/function": "true"},
	}}
	d.Spec.Template.Spec.Containers = []corev1.Container{{Name: "app"}}
	for _, s := range secrets {
		d.Spec.Template.Spec.Volumes = append(d.Spec.Template.Spec.Volumes, corev1.Volume{
			Name: s, VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: s}},
		})
		m := corev1.VolumeMount{Name: s, MountPath: "/" + s}
		d.Spec.Template.Spec.Containers[0].VolumeMounts = append(d.Spec.Template.Spec.Containers[0].VolumeMounts, m)
		c.Store().Upsert(row(c, s, "7"))
	}
	o, err := c.Store().Decoder().Typed(d, appsv1.SchemeGroupVersion.WithKind("Deployment"))
	require.NoError(t, err)
	c.Store().Upsert(o)
	for _, k := range append(security.GroupKinds(), frameworks.Deployment, frameworks.Secret, frameworks.Pod) {
		c.Store().SetAvailability(k, "", frameworks.Available)
	}
	var functions []*model.Function
	for _, f := range c.Store().BuildAll(c.Store().TakeDirty()) {
		if f != nil {
			functions = append(functions, f)
		}
	}
	require.Len(t, functions, 1)
	return store.NewSnapshot(c.Store(), functions)
}

func options(values bool) *snapshot.Options {
	return &snapshot.Options{CompareSecretValues: values, Target: func(string) string { return "restricted" }}
}

// said returns what SEC-19 says of the function.
func said(source *store.Snapshot, o *snapshot.Options) []string {
	p := security.Function.Get(snapshot.Once(source, o), source.Functions("")[0].Key)
	var found []string
	for _, f := range p.Findings {
		if f.Control.ID == "SEC-19" {
			found = append(found, f.Status.String()+": "+f.Message)
		}
	}
	return found
}

func TestSecretsAreLookedIntoOnlyWhenAsked(t *testing.T) {
	asked := map[string]int{}
	c := cluster.New(server(t, asked), cluster.Options{Adapters: all.BuiltIn(), Kinds: security.Kinds()})
	source := shop(t, c, "db")
	assert.Empty(t, security.Wanted(snapshot.Once(source, options(false)), nil, nil))
	assert.Empty(t, said(source, options(false)), "not asked for: it does not apply")

	wanted := security.Wanted(snapshot.Once(source, options(true)), nil, nil)
	require.Equal(t, []snapshot.Wanted{{Secret: model.Ref{Kind: "Secret", Namespace: "shop", Name: "db"}, Parts: model.Values}}, wanted)
	assert.Empty(t, security.Wanted(snapshot.Once(source, options(true)), nil, func(k *check.Control) bool { return k.ID != "SEC-19" }))
	assert.Equal(t, []string{"unknown: cannot get secrets in shop: Secret db has not been read yet"}, said(source, options(true)))

	for range 2 {
		require.NoError(t, c.LookInto(t.Context(), wanted))
	}
	assert.Equal(t, map[string]int{"/api/v1/namespaces/shop/secrets/db": 1}, asked, "one by one, and once")
	assert.Equal(t, []string{"fail: key password of Secret db holds one of the passwords that are tried first"}, said(source, options(true)))
	record, ok := c.Object(wanted[0].Secret).(*model.Secret)
	require.True(t, ok)
	assert.NotContains(t, fmt.Sprintf("%+v", *record), held)
	for _, f := range record.Facts {
		assert.NotContains(t, fmt.Sprintf("%+v", f.Value), held)
	}

	c.Store().Upsert(row(c, "db", "7"))
	assert.Len(t, said(source, options(true)), 1, "the same version again changes nothing")
	c.Store().Upsert(row(c, "db", "8"))
	assert.Equal(t, []string{"unknown: cannot get secrets in shop: Secret db has not been read yet"}, said(source, options(true)), "a new value is another one")
}

func TestARefusedSecretIsUnknown(t *testing.T) {
	c := cluster.New(server(t, map[string]int{}), cluster.Options{Adapters: all.BuiltIn(), Kinds: security.Kinds()})
	source := shop(t, c, "locked")
	require.NoError(t, c.LookInto(t.Context(), security.Wanted(snapshot.Once(source, options(true)), nil, nil)))
	assert.Equal(t, []string{"unknown: cannot get secrets in shop: forbidden"}, said(source, options(true)))
}

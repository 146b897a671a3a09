package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/fn9s/fn9s/kube/kubetest"
)

// rotated are values that no output, journal or file but the cluster may hold.
const (
	oldCanary = "0ld-cAnArY-5d2b9c71e4"
	newCanary = "n3w-cAnArY-a81f60d3b7"
)

// turn is a cluster in which Secrets are rotated.
type turn struct {
	t         *testing.T
	cluster   *kubetest.Cluster
	api       *kubernetes.Clientset
	dynamic   *dynamic.DynamicClient
	namespace string
	state     string
	config    string
	stdin     string
	output    strings.Builder // of all commands
}

func newTurn(t *testing.T) *turn {
	t.Helper()
	c := kubetest.Need(t)
	admin, _ := kubetest.Connect(t, kubetest.Kubeconfig{Path: c.Admin})
	u := &turn{t: t, cluster: c, state: t.TempDir(), config: seedConfig(t, c)}
	var err error
	u.api, err = kubernetes.NewForConfigAndClient(admin.Config(), admin.HTTP())
	require.NoError(t, err)
	u.dynamic, err = dynamic.NewForConfigAndClient(admin.Config(), admin.HTTP())
	require.NoError(t, err)
	t.Cleanup(u.searchForCanaries)
	return u
}

// own makes a namespace for the test.
func (u *turn) own() {
	u.t.Helper()
	ns, err := u.api.CoreV1().Namespaces().Create(u.t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "rotate-"}}, metav1.CreateOptions{})
	require.NoError(u.t, err)
	u.namespace = ns.Name
	u.t.Cleanup(func() {
		_ = u.api.CoreV1().Namespaces().Delete(context.Background(), ns.Name, metav1.DeleteOptions{})
	})
}

// run runs a command as the administrator, or with another kubeconfig.
func (u *turn) run(args ...string) ran { return u.runWith(u.cluster.Admin, args...) }

func (u *turn) runWith(kubeconfig string, args ...string) ran {
	u.t.Helper()
	var out, errOut bytes.Buffer
	args = append(args, "--kubeconfig", kubeconfig, "--config", u.config)
	code := execute(u.t.Context(), args, genericiooptions.IOStreams{In: strings.NewReader(u.stdin), Out: &out, ErrOut: &errOut}, u.state)
	u.output.WriteString(out.String() + errOut.String())
	return ran{code, out.String(), errOut.String()}
}

// searchForCanaries looks for secret values in everything that the commands printed and wrote.
func (u *turn) searchForCanaries() {
	forms := func(v string) []string {
		raw, err := json.Marshal([]byte(v))
		require.NoError(u.t, err)
		return []string{v, strings.Trim(string(raw), `"`)}
	}
	for _, canary := range append(forms(oldCanary), forms(newCanary)...) {
		assert.NotContains(u.t, u.output.String(), canary)
		require.NoError(u.t, filepath.WalkDir(u.state, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			assert.NotContains(u.t, string(data), canary, path)
			return err
		}))
	}
}

func (u *turn) secret(namespace, name string) *corev1.Secret {
	u.t.Helper()
	s, err := u.api.CoreV1().Secrets(namespace).Get(u.t.Context(), name, metav1.GetOptions{})
	require.NoError(u.t, err)
	return s
}

func (u *turn) make(kind, text string) {
	u.t.Helper()
	var err error
	switch kind {
	case "Secret":
		var o corev1.Secret
		require.NoError(u.t, sigsyaml.Unmarshal([]byte(text), &o))
		_, err = u.api.CoreV1().Secrets(u.namespace).Create(u.t.Context(), &o, metav1.CreateOptions{})
	case "Deployment":
		var o appsv1.Deployment
		require.NoError(u.t, sigsyaml.Unmarshal([]byte(text), &o))
		_, err = u.api.AppsV1().Deployments(u.namespace).Create(u.t.Context(), &o, metav1.CreateOptions{})
	}
	require.NoError(u.t, err)
}

const (
	dbSecret = "{metadata: {name: db}, stringData: {password: " + oldCanary + ", user: app}}"
	dbUser   = `
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "registry.example.com/web:1", envFrom: [{secretRef: {name: db}}]}]}
`
)

// objectOf reads an object without what the server counts.
func (u *turn) objectOf(gvr schema.GroupVersionResource, namespace, name string) map[string]any {
	u.t.Helper()
	o, err := u.dynamic.Resource(gvr).Namespace(namespace).Get(u.t.Context(), name, metav1.GetOptions{})
	require.NoError(u.t, err)
	for _, field := range [][]string{
		{"metadata", "resourceVersion"}, {"metadata", "generation"}, {"metadata", "managedFields"}, {"status"},
		{"metadata", "annotations", "deployment.kubernetes.io/revision"},
	} {
		unstructured.RemoveNestedField(o.Object, field...)
	}
	if len(o.GetAnnotations()) == 0 {
		unstructured.RemoveNestedField(o.Object, "metadata", "annotations")
	}
	return o.Object
}

func gvr(group, version, resource string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: group, Version: version, Resource: resource}
}

package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/credential"
	"github.com/fn9s/fn9s/kube/kubetest"
	"github.com/fn9s/fn9s/kube/rotate"
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
	t.Setenv("XDG_STATE_HOME", u.state)
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
	code := execute(u.t.Context(), args, genericiooptions.IOStreams{In: strings.NewReader(u.stdin), Out: &out, ErrOut: &errOut})
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

// TestRotateForEachFramework rotates a Secret of a function of each framework, and takes it back: object by object as
// before.
func TestRotateForEachFramework(t *testing.T) {
	u := newTurn(t)
	for _, c := range []struct {
		framework, secret, key, takes string
		user                          schema.GroupVersionResource
		name                          string
		marked                        bool // the user is changed too
	}{
		{"openfaas", "payments/charge-card-psp", "api-key", string(rotate.Follows), gvr("openfaas.com", "v1", "functions"), "charge-card", false},
		{"kubeless", "analytics/dedupe-redis", "password", string(rotate.Restarted), gvr("kubeless.io", "v1beta1", "functions"), "dedupe-events", true},
		{"kyma", "media/subtitles-git", "ssh-privatekey", string(rotate.Restarted), gvr("serverless.kyma-project.io", "v1alpha2", "functions"), "sync-subtitles", true},
		{"kyma", "checkout/partner-api", "key", string(rotate.Follows), gvr("serverless.kyma-project.io", "v1alpha2", "functions"), "take-order", false},
		{"fission", "analytics/ingest-hmac", "", string(rotate.Itself), gvr("fission.io", "v1", "functions"), "event-ingest", false},
		{"fission", "media/exif-s3", "", string(rotate.Restarted), gvr("apps", "v1", "deployments"), "container-exif-strip-media-84b2-0d361bf69793", true},
		{"nuclio", "analytics/insights-warehouse", "", string(rotate.Restarted), gvr("apps", "v1", "deployments"), "nuclio-anomaly-score", true},
		{"knative", "payments/ledger-sftp", "password", string(rotate.Restarted), gvr("serving.knative.dev", "v1", "services"), "ledger-export", true},
		{"plain", "payments/settle-db", "", string(rotate.NextStart), gvr("batch", "v1", "cronjobs"), "settle-night", false},
		{"generic", "media/geo-maps", "api-key", string(rotate.Restarted), gvr("core.spinkube.dev", "v1alpha1", "spinapps"), "geo-redirect", true},
	} {
		t.Run(c.framework+" "+c.secret, func(t *testing.T) {
			u.t = t
			namespace, name, _ := strings.Cut(c.secret, "/")
			before, user := u.objectOf(gvr("", "v1", "secrets"), namespace, name), u.objectOf(c.user, namespace, c.name)
			values := u.secret(namespace, name).Data
			args := []string{"rotate", c.secret, "--generate", "hex:32", "--yes", "--override", "*", "--wait=false", "-o", "json"}
			if c.key == "ssh-privatekey" {
				args[3] = "ed25519"
			}
			if c.key != "" {
				args = append(args, "--key", c.key)
			}
			r := u.run(args...)
			require.Equal(t, exitDone, r.code, r.err)
			validate(t, "ChangeResult", []byte(r.out))
			var result change.ResultDocument
			require.NoError(t, json.Unmarshal([]byte(r.out), &result))
			require.NotEmpty(t, result.Plan.Consumers)
			assert.Equal(t, c.takes, result.Plan.Consumers[0].Takes, "%+v", result.Plan.Consumers[0])
			changed := 0
			for k, v := range u.secret(namespace, name).Data {
				assert.NotContains(t, r.out+r.err, string(v))
				if !bytes.Equal(v, values[k]) {
					changed++
				}
			}
			assert.Equal(t, 1, changed)
			if c.marked {
				assert.NotEqual(t, user, u.objectOf(c.user, namespace, c.name))
			}
			assert.Equal(t, "Secret", result.Steps[0].Object.Kind, "the value comes before the restart")

			r = u.run("undo", "--yes", "--override", "*", "--wait=false", "-o", "json")
			require.Equal(t, exitDone, r.code, r.err)
			var undone change.ResultDocument
			require.NoError(t, json.Unmarshal([]byte(r.out), &undone))
			assert.Equal(t, "Secret", undone.Steps[0].Object.Kind, "the old value is back before anything restarts")
			assert.Equal(t, before, u.objectOf(gvr("", "v1", "secrets"), namespace, name))
			assert.Equal(t, user, u.objectOf(c.user, namespace, c.name))
		})
	}
	u.t = t
}

func TestRotateAnImmutableSecret(t *testing.T) {
	u := newTurn(t)
	u.own()
	u.make("Secret", strings.Replace(dbSecret, "{metadata", "{immutable: true, metadata", 1))
	u.make("Deployment", dbUser)
	before, user := u.objectOf(gvr("", "v1", "secrets"), u.namespace, "db"), u.objectOf(gvr("apps", "v1", "deployments"), u.namespace, "web")
	u.stdin = newCanary + "\n"
	r := u.run("rotate", u.namespace+"/db", "--from-stdin", "--yes", "-o", "json")
	require.Equal(t, exitDone, r.code, r.err)
	var result change.ResultDocument
	require.NoError(t, json.Unmarshal([]byte(r.out), &result))
	require.Len(t, result.Steps, 2)
	next := u.secret(u.namespace, result.Steps[0].Object.Name)
	assert.NotEqual(t, "db", next.Name)
	assert.True(t, *next.Immutable)
	assert.Equal(t, map[string][]byte{"password": []byte(newCanary), "user": []byte("app")}, next.Data, "what is not rotated is taken over")
	web, err := u.api.AppsV1().Deployments(u.namespace).Get(t.Context(), "web", metav1.GetOptions{})
	require.NoError(t, err)
	assert.Equal(t, next.Name, web.Spec.Template.Spec.Containers[0].EnvFrom[0].SecretRef.Name)
	require.Len(t, result.Verdicts, 1)
	assert.Equal(t, string(change.Ready), result.Verdicts[0].Verdict)

	r = u.run("undo", "--yes", "--wait=false")
	require.Equal(t, exitDone, r.code, r.err)
	assert.Equal(t, before, u.objectOf(gvr("", "v1", "secrets"), u.namespace, "db"))
	assert.Equal(t, user, u.objectOf(gvr("apps", "v1", "deployments"), u.namespace, "web"))
	_, err = u.api.CoreV1().Secrets(u.namespace).Get(t.Context(), next.Name, metav1.GetOptions{})
	assert.Error(t, err, "the new one is gone")
}

func TestRotateAnExternalSecret(t *testing.T) {
	u := newTurn(t)
	external := gvr("external-secrets.io", "v1", "externalsecrets")
	before := u.objectOf(external, "checkout", "orders-database")
	values := u.secret("checkout", "orders-database").Data
	r := u.run("rotate", "orders-database", "-n", "checkout", "--yes", "--override", "*")
	require.Equal(t, exitDone, r.code, r.err)
	assert.Contains(t, r.out, "must be in the store outside already")
	after := u.objectOf(external, "checkout", "orders-database")
	mark, _, err := unstructured.NestedString(after, "metadata", "annotations", "force-sync")
	require.NoError(t, err)
	assert.NotEmpty(t, mark)
	assert.Equal(t, values, u.secret("checkout", "orders-database").Data, "its operator fetches the value, nobody else")
	r = u.run("undo", "--yes", "--override", "*")
	require.Equal(t, exitDone, r.code, r.err)
	assert.Equal(t, before, u.objectOf(external, "checkout", "orders-database"))
	r = u.run("rotate", "payment-gateway", "-n", "payments", "--generate", "hex", "--all-keys", "--yes")
	assert.Equal(t, exitFindings, r.code)
	assert.Contains(t, r.err, "kubeseal")
}

// TestAFailedRolloutBringsTheOldValueBack has the namespace refuse new pods.
func TestAFailedRolloutBringsTheOldValueBack(t *testing.T) {
	u := newTurn(t)
	u.own()
	u.make("Secret", dbSecret)
	u.make("Deployment", dbUser)
	require.Eventually(t, func() bool {
		web, err := u.api.AppsV1().Deployments(u.namespace).Get(t.Context(), "web", metav1.GetOptions{})
		return err == nil && web.Status.ReadyReplicas == 1
	}, time.Minute, 50*time.Millisecond)
	ns, err := u.api.CoreV1().Namespaces().Get(t.Context(), u.namespace, metav1.GetOptions{})
	require.NoError(t, err)
	ns.Labels["pod-security.kubernetes.io/enforce"] = "restricted"
	_, err = u.api.CoreV1().Namespaces().Update(t.Context(), ns, metav1.UpdateOptions{})
	require.NoError(t, err)
	user := u.objectOf(gvr("apps", "v1", "deployments"), u.namespace, "web")

	u.stdin = newCanary
	r := u.run("rotate", "db", "-n", u.namespace, "--from-stdin", "--yes", "-o", "json", "--timeout", "1m")
	assert.Equal(t, exitFindings, r.code)
	assert.Contains(t, r.err, "a rollout failed, so the change was taken back")
	validate(t, "ChangeResult", []byte(r.out))
	var result change.ResultDocument
	require.NoError(t, json.Unmarshal([]byte(r.out), &result))
	require.NotNil(t, result.TakenBack)
	assert.Equal(t, "applied", result.TakenBack.Outcome)
	assert.Equal(t, "Secret", result.TakenBack.Steps[0].Object.Kind)
	assert.Equal(t, oldCanary, string(u.secret(u.namespace, "db").Data["password"]))
	assert.Equal(t, user, u.objectOf(gvr("apps", "v1", "deployments"), u.namespace, "web"))

	u.stdin = newCanary
	r = u.run("rotate", "db", "-n", u.namespace, "--from-stdin", "--yes", "--rollback=false", "--timeout", "1m")
	assert.Equal(t, exitFindings, r.code)
	assert.Contains(t, r.err, "fn9s undo takes it back")
	assert.Equal(t, newCanary, string(u.secret(u.namespace, "db").Data["password"]))
	require.Equal(t, exitDone, u.run("undo", "--yes", "--wait=false").code)
	assert.Equal(t, oldCanary, string(u.secret(u.namespace, "db").Data["password"]))
}

// TestARefusedRestartIsNamed has the API server refuse to restart one of two users, when it is meant seriously.
func TestARefusedRestartIsNamed(t *testing.T) {
	u := newTurn(t)
	u.own()
	u.make("Secret", dbSecret)
	u.make("Deployment", dbUser)
	u.make("Deployment", strings.ReplaceAll(dbUser, "web", "also"))
	proxy := kubetest.NewProxy(t, kubetest.Kubeconfig{Path: u.cluster.Admin})
	raw, err := proxy.Raw()
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "kubeconfig")
	require.NoError(t, clientcmd.WriteToFile(raw, file))
	proxy.Fail(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPatch || !strings.Contains(r.URL.Path, "/deployments/web") || r.URL.Query().Get("dryRun") != "" {
			return false
		}
		kubetest.Answer(w, http.StatusForbidden, "Forbidden", "a policy says no")
		return true
	})
	u.stdin = newCanary
	r := u.runWith(file, "rotate", "db", "-n", u.namespace, "--from-stdin", "--yes", "--wait=false")
	assert.Equal(t, exitFindings, r.code)
	assert.Contains(t, r.err, "not consistent: Deployment web of "+u.namespace+" has the old value of Secret "+u.namespace+"/db: a policy says no")
	assert.NotContains(t, r.err, "not consistent: Deployment also", "the other one was restarted first")
	assert.Equal(t, newCanary, string(u.secret(u.namespace, "db").Data["password"]))
	proxy.Fail(nil)
	r = u.runWith(file, "undo", "--yes", "--wait=false")
	require.Equal(t, exitDone, r.code, r.err)
	assert.Equal(t, oldCanary, string(u.secret(u.namespace, "db").Data["password"]))
}

func TestValuesOfFilesCertificatesAndPasswordFiles(t *testing.T) {
	u := newTurn(t)
	u.own()
	pair, err := credential.SelfSigned(credential.Recipe{Kind: credential.TLS, Length: 30}, certificate(t), time.Now())
	require.NoError(t, err)
	for _, s := range []*corev1.Secret{
		{ObjectMeta: metav1.ObjectMeta{Name: "web-tls"}, Type: corev1.SecretTypeTLS, Data: map[string][]byte{"tls.crt": pair.Public, "tls.key": pair.Private}},
		{ObjectMeta: metav1.ObjectMeta{Name: "users"}, Data: map[string][]byte{"auth": []byte("admin:x")}},
		{ObjectMeta: metav1.ObjectMeta{Name: "pull"}, Type: corev1.SecretTypeDockerConfigJson, Data: map[string][]byte{".dockerconfigjson": []byte(`{"auths":{}}`)}},
	} {
		_, err := u.api.CoreV1().Secrets(u.namespace).Create(t.Context(), s, metav1.CreateOptions{})
		require.NoError(t, err)
	}
	r := u.run("rotate", "web-tls", "-n", u.namespace, "--generate", "tls:90", "--yes")
	require.Equal(t, exitDone, r.code, r.err)
	assert.NotContains(t, r.out, "failed to find any PEM", "that is about a placeholder")
	after := u.secret(u.namespace, "web-tls").Data
	_, err = tls.X509KeyPair(after["tls.crt"], after["tls.key"])
	require.NoError(t, err)
	made, err := credential.ReadCertificate(after["tls.crt"])
	require.NoError(t, err)
	assert.Equal(t, []string{"web.example.com", "www.example.com"}, made.DNSNames)
	assert.WithinDuration(t, time.Now().AddDate(0, 0, 90), made.NotAfter, time.Hour)

	folder := t.TempDir()
	file := func(name string, data []byte) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, data, 0o600))
		return path
	}
	r = u.run("rotate", "web-tls", "-n", u.namespace, "--yes", "--from-file", "tls.crt="+file("crt", pair.Public), "--from-file", "tls.key="+file("key", after["tls.key"]))
	assert.Equal(t, exitUsage, r.code)
	assert.Contains(t, r.err, "do not belong together")
	r = u.run("rotate", "web-tls", "-n", u.namespace, "--yes", "--from-file", "tls.crt="+file("crt", pair.Public), "--from-file", "tls.key="+file("key", pair.Private))
	require.Equal(t, exitDone, r.code, r.err)
	assert.Equal(t, pair.Private, u.secret(u.namespace, "web-tls").Data["tls.key"])

	u.stdin = newCanary + "\n"
	r = u.run("rotate", "users", "-n", u.namespace, "--generate", "htpasswd:admin", "--from-stdin", "--yes")
	require.Equal(t, exitDone, r.code, r.err)
	user, hash, _ := strings.Cut(strings.TrimSpace(string(u.secret(u.namespace, "users").Data["auth"])), ":")
	assert.Equal(t, "admin", user)
	assert.NoError(t, bcrypt.CompareHashAndPassword([]byte(hash), []byte(newCanary)))

	r = u.run("rotate", "pull", "-n", u.namespace, "--yes", "--from-file", file("pull", []byte(`{"auths":{"r.example.com":{"auth":"`+newCanary+`"}}}`)))
	require.Equal(t, exitDone, r.code, r.err)
	assert.Contains(t, string(u.secret(u.namespace, "pull").Data[".dockerconfigjson"]), newCanary)
}

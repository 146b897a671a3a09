package main

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/credential"
	"github.com/fn9s/fn9s/kube/kubetest"
	"github.com/fn9s/fn9s/kube/rotate"
)

// rotatedOf are Secrets of the seed, and one that uses each.
var rotatedOf = []struct {
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
	{"knative", "payments/ledger-sftp", "password", string(rotate.Restarted), gvr("apps", "v1", "deployments"), "ledger-export-00004-deployment", true},
	{"knative", "checkout/cart-all", "DB_PASSWORD", string(rotate.Restarted), gvr("serving.knative.dev", "v1", "services"), "cart-pricing", true},
	{"plain", "payments/settle-db", "", string(rotate.NextStart), gvr("batch", "v1", "cronjobs"), "settle-night", false},
	{"generic", "media/geo-maps", "api-key", string(rotate.Restarted), gvr("core.spinkube.dev", "v1alpha1", "spinapps"), "geo-redirect", true},
}

// TestRotateForEachFramework rotates a Secret of a function of each framework, and takes it back: object by object as
// before.
func TestRotateForEachFramework(t *testing.T) {
	t.Parallel()
	u := newTurn(t)
	for _, c := range rotatedOf {
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
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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
	assert.Contains(t, r.err, "not consistent: Deployment web of "+u.namespace+" has the old value of Secret "+u.namespace+"/db: a policy says no; new with: kubectl rollout restart deployment/web -n "+u.namespace)
	assert.NotContains(t, r.err, "not consistent: Deployment also", "the other one was restarted first")
	assert.Equal(t, newCanary, string(u.secret(u.namespace, "db").Data["password"]))
	proxy.Fail(nil)
	r = u.runWith(file, "undo", "--yes", "--wait=false")
	require.Equal(t, exitDone, r.code, r.err)
	assert.Equal(t, oldCanary, string(u.secret(u.namespace, "db").Data["password"]))
}

func TestValuesOfFilesCertificatesAndPasswordFiles(t *testing.T) {
	t.Parallel()
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

	u.stdin = string(u.secret(u.namespace, "web-tls").Data["tls.key"]) + "\n"
	r = u.run("rotate", "web-tls", "-n", u.namespace, "--key", "tls.key", "--from-stdin", "--yes")
	assert.Equal(t, exitFindings, r.code)
	assert.Contains(t, r.err, "is the one that is there already")

	r = u.run("rotate", "pull", "-n", u.namespace, "--yes", "--from-file", file("pull", []byte(`{"auths":{"r.example.com":{"auth":"`+newCanary+`"}}}`)))
	require.Equal(t, exitDone, r.code, r.err)
	assert.Contains(t, string(u.secret(u.namespace, "pull").Data[".dockerconfigjson"]), newCanary)
}

// TestWhoMayRotate holds that what is not allowed is said before anything is asked for.
func TestWhoMayRotate(t *testing.T) {
	t.Parallel()
	u := newTurn(t)
	r := u.runWith(u.cluster.Two, "rotate", "dispute-model-token", "-n", "payments", "--generate", "hex", "--dry-run")
	assert.Equal(t, exitDone, r.code, r.err)
	assert.Contains(t, r.out, "function score-dispute (file) sees it within a minute or so")
	r = u.runWith(u.cluster.ReadOnly, "rotate", "dispute-model-token", "-n", "payments", "--generate", "hex", "--yes")
	assert.Equal(t, exitFindings, r.code)
	assert.Contains(t, r.err, `cannot get resource "secrets"`)
	r = u.run("rotate", "dispute-model-token", "-n", "payments", "--generate", "hex", "--yes", "--read-only")
	assert.Equal(t, exitFindings, r.code)
	assert.Contains(t, r.err, "read-only")
	r = u.run("rotate", "dispute-model-token", "-n", "payments", "--yes")
	assert.Equal(t, exitUsage, r.code, "nobody gives a value")
	assert.Contains(t, r.err, "there is no value")
	r = u.run("rotate", "registry-pull", "-n", "payments", "--yes")
	assert.Equal(t, exitUsage, r.code)
	assert.Contains(t, r.err, "several lines")
	r = u.run("rotate", "ledger-db", "-A", "--generate", "hex", "--dry-run")
	assert.Equal(t, exitUsage, r.code)
	assert.Contains(t, r.err, "say in which namespace")
}

func TestManySecretsAreRotatedByAge(t *testing.T) {
	t.Parallel()
	u := newTurn(t)
	u.own()
	u.make("Secret", dbSecret)
	u.make("Secret", strings.ReplaceAll(dbSecret, "{name: db}", "{name: young, annotations: {posture.fn9s.io/rotated-at: '2999-01-01T00:00:00Z'}}"))
	u.make("Secret", strings.Replace(dbSecret, "{name: db}", "{name: unused}", 1))
	u.make("Deployment", dbUser)
	u.make("Deployment", strings.NewReplacer("web", "other", "name: db", "name: young").Replace(dbUser))
	r := u.run("rotate", "--older-than", "1h", "-n", u.namespace, "--generate", "base64:24", "--yes", "-o", "json", "--now", time.Now().Add(48*time.Hour).UTC().Format(time.RFC3339))
	require.Equal(t, exitDone, r.code, r.err)
	var result change.ResultDocument
	require.NoError(t, json.Unmarshal([]byte(r.out), &result))
	require.Len(t, result.Steps, 2)
	assert.Equal(t, "db", result.Steps[0].Object.Name)
	assert.Equal(t, "web", result.Steps[1].Object.Name)
	assert.NotEqual(t, oldCanary, string(u.secret(u.namespace, "db").Data["password"]))
	assert.Equal(t, "app", string(u.secret(u.namespace, "db").Data["user"]), "it is no credential")
	assert.Equal(t, oldCanary, string(u.secret(u.namespace, "young").Data["password"]))
	assert.Equal(t, oldCanary, string(u.secret(u.namespace, "unused").Data["password"]))
	backups, err := u.api.CoreV1().Secrets(u.namespace).List(t.Context(), metav1.ListOptions{LabelSelector: change.BackupLabel + "=true"})
	require.NoError(t, err)
	require.Len(t, backups.Items, 1)
	expires, err := time.Parse(time.RFC3339, backups.Items[0].Annotations[change.ExpiresAnnotation])
	require.NoError(t, err)
	assert.WithinDuration(t, time.Now().Add(7*24*time.Hour), expires, time.Hour)
}

// TestASavedRotationIsCarriedOut holds that a saved plan has no value, and gets it when it is applied.
func TestASavedRotationIsCarriedOut(t *testing.T) {
	t.Parallel()
	u := newTurn(t)
	u.own()
	u.make("Secret", dbSecret)
	u.make("Deployment", dbUser)
	saved := filepath.Join(t.TempDir(), "plan.json")
	plan := func(args ...string) {
		r := u.run(append([]string{"rotate", "db", "-n", u.namespace, "--dry-run", "-o", "json"}, args...)...)
		require.Equal(t, exitDone, r.code, r.err)
		validate(t, "Plan", []byte(r.out))
		require.NoError(t, os.WriteFile(saved, []byte(r.out), 0o600))
	}
	plan("--generate", "hex:32")
	r := u.run("apply", saved, "--yes")
	require.Equal(t, exitDone, r.code, r.err)
	assert.Len(t, u.secret(u.namespace, "db").Data["password"], 64)
	plan()
	u.stdin = newCanary
	r = u.run("apply", saved, "--yes", "--from-stdin")
	require.Equal(t, exitDone, r.code, r.err)
	assert.Equal(t, newCanary, string(u.secret(u.namespace, "db").Data["password"]))
	plan("--generate", "ed25519")
	u.stdin = ""
	r = u.run("apply", saved, "--yes")
	assert.Equal(t, exitFindings, r.code)
	assert.Contains(t, r.err, "plan it anew with fn9s rotate")
	assert.Equal(t, newCanary, string(u.secret(u.namespace, "db").Data["password"]))
}

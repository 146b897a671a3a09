package secrets_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/kube/samples"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/secrets"
)

func TestEveryWayIn(t *testing.T) {
	w := offlinetest.Text(t, function(`
env: [{name: A, valueFrom: {secretKeyRef: {name: by-env, key: k}}}]
envFrom: [{secretRef: {name: by-envfrom, optional: true}}]
volumeMounts:
- {name: v, mountPath: /v}
- {name: p, mountPath: /p}
- {name: s, mountPath: /s, subPath: k}
- {name: c, mountPath: /c}
- {name: a, mountPath: /a}
- {name: f, mountPath: /f}`, `
serviceAccountName: runner
initContainers: [{name: prepare, image: x, env: [{name: B, valueFrom: {secretKeyRef: {name: by-init, key: k}}}]}]
ephemeralContainers: [{name: debug, image: x, env: [{name: B, valueFrom: {secretKeyRef: {name: by-debugger, key: k}}}]}]
volumes:
- {name: v, secret: {secretName: by-volume}}
- {name: p, projected: {sources: [{secret: {name: by-projection, items: [{key: k, path: k}]}}]}}
- {name: s, secret: {secretName: by-subpath}}
- {name: c, csi: {driver: secrets-store.csi.k8s.io, volumeAttributes: {secretProviderClass: by-class}, nodePublishSecretRef: {name: by-publisher}}}
- {name: a, azureFile: {secretName: by-share, shareName: x}}
- {name: f, flexVolume: {driver: x, secretRef: {name: by-flex}}}
- {name: u, secret: {secretName: not-mounted}}`),
		"apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: runner, namespace: shop}\nimagePullSecrets: [{name: by-account}]")
	ways := []string{}
	for _, u := range secrets.UsesOf.Get(w.Reader, w.Find("shop", "cart").Key) {
		ways = append(ways, fmt.Sprintf("%s %d %s %s", u.Secret.Name, u.Way, u.Container, u.Key))
	}
	assert.ElementsMatch(t, []string{
		fmt.Sprintf("by-env %d app k", secrets.Env), fmt.Sprintf("by-envfrom %d app ", secrets.EnvFrom),
		fmt.Sprintf("by-init %d prepare k", secrets.Env), fmt.Sprintf("by-debugger %d debug k", secrets.Env),
		fmt.Sprintf("by-volume %d app ", secrets.File), fmt.Sprintf("by-projection %d app k", secrets.File),
		fmt.Sprintf("by-subpath %d app ", secrets.SubPath), fmt.Sprintf("by-class %d app ", secrets.External),
		fmt.Sprintf("by-publisher %d app ", secrets.Storage), fmt.Sprintf("by-share %d app ", secrets.Storage),
		fmt.Sprintf("by-flex %d app ", secrets.Storage), fmt.Sprintf("not-mounted %d  ", secrets.File),
		fmt.Sprintf("by-account %d  ", secrets.Pull),
	}, ways)
}

// The account's pull secrets count only where the pod names none.
func TestPullSecretsOfTheAccount(t *testing.T) {
	account := "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: runner, namespace: shop}\nimagePullSecrets: [{name: by-account}]"
	w := offlinetest.Text(t, function("", "serviceAccountName: runner\nimagePullSecrets: [{name: by-pod}]"), account)
	uses := secrets.UsesOf.Get(w.Reader, w.Find("shop", "cart").Key)
	if assert.Len(t, uses, 1) {
		assert.Equal(t, "by-pod", uses[0].Secret.Name)
	}
}

// Fission hands Secrets over without a trace in the pod.
func TestWhatFrameworksHandOver(t *testing.T) {
	w := offlinetest.Text(t, `apiVersion: fission.io/v1
kind: Function
metadata: {name: cart, namespace: shop}
spec: {environment: {name: node, namespace: shop}, secrets: [{name: stripe, namespace: shop}]}`,
		`apiVersion: fission.io/v1
kind: Environment
metadata: {name: node, namespace: shop}
spec: {runtime: {image: x, container: {env: [{name: A, valueFrom: {secretKeyRef: {name: mongo, key: k}}}]}}}`)
	found := map[string]secrets.Way{}
	for _, u := range secrets.UsesOf.Get(w.Reader, w.Find("shop", "cart").Key) {
		found[u.Secret.Name] = u.Way
	}
	assert.Equal(t, map[string]secrets.Way{"stripe": secrets.Handed, "mongo": secrets.Env}, found)
}

const twoKeys = "stringData: {a: x, b: x}"

func TestHowSecretsGetIn(t *testing.T) {
	db := secret("db", twoKeys)
	mount := func(more, volume string) string {
		return function("volumeMounts: [{name: v, mountPath: /v"+more+"}]", "volumes: [{name: v, secret: {secretName: db"+volume+"}}]")
	}
	two := func(user string) string {
		return function("volumeMounts: [{name: v, mountPath: /v}]\nsecurityContext: {runAsUser: 1000}",
			"initContainers: [{name: prepare, image: x, securityContext: {runAsUser: "+user+"}, volumeMounts: [{name: v, mountPath: /v}]}]\n"+
				"volumes: [{name: v, secret: {secretName: db}}]")
	}
	env := function("env: [{name: A, valueFrom: {secretKeyRef: {name: db, key: a}}}]", "")
	judge(t, []aCase{
		{name: "variable", control: "SEC-05", documents: []string{env, db}, want: "fail", severity: check.Medium, says: "key a of Secret db is a variable of container app",
			path: "spec.template.spec.containers[0].env[0].valueFrom.secretKeyRef"},
		{name: "file", control: "SEC-05", documents: []string{mount("", ""), db}, want: "pass"},
		{name: "none", control: "SEC-05", documents: []string{function("", "")}, want: "na"},
		{name: "whole", control: "SEC-06", documents: []string{function("envFrom: [{secretRef: {name: db}}]", ""), db}, want: "fail", severity: check.Medium,
			says: "every key of Secret db"},
		{name: "one key", control: "SEC-06", documents: []string{env, db}, want: "pass"},
		{name: "different users", control: "SEC-07", documents: []string{two("0"), db}, want: "fail", severity: check.Info, says: "all 2 keys of Secret db"},
		{name: "same user", control: "SEC-07", documents: []string{two("1000"), db}, want: "pass"},
		{name: "one key only", control: "SEC-07", documents: []string{two("0"), secret("db", "stringData: {a: x}")}, want: "pass"},
		{name: "subPath", control: "SEC-08", documents: []string{mount(", subPath: a", ""), db}, want: "fail", severity: check.Medium, says: "mounted with a subPath",
			path: "spec.template.spec.containers[0].volumeMounts[0].subPath"},
		{name: "folder", control: "SEC-08", documents: []string{mount("", ""), db}, want: "pass"},
	})
}

func TestMissingSecrets(t *testing.T) {
	env := func(more string) string {
		return function("env: [{name: A, valueFrom: {secretKeyRef: {name: db, key: a"+more+"}}}]", "")
	}
	item := function("volumeMounts: [{name: v, mountPath: /v}]", "volumes: [{name: v, secret: {secretName: db, items: [{key: c, path: c}]}}]")
	class := function("", "volumes: [{name: v, csi: {driver: secrets-store.csi.k8s.io, volumeAttributes: {secretProviderClass: vault}}}]")
	db := secret("db", twoKeys)
	judge(t, []aCase{
		{name: "Secret", control: "SEC-10", documents: []string{env("")}, want: "fail", severity: check.Medium, says: "Secret db is not there: new pods do not start"},
		{name: "optional", control: "SEC-10", documents: []string{env(", optional: true")}, want: "pass"},
		{name: "there", control: "SEC-10", documents: []string{env(""), db}, want: "pass"},
		{name: "key", control: "SEC-10", documents: []string{item, db}, want: "fail", severity: check.Medium, says: "Secret db has no key c"},
		{name: "provider class", control: "SEC-10", documents: []string{class}, want: "fail", severity: check.Medium, says: "SecretProviderClass vault"},
		{name: "elsewhere", control: "SEC-10", documents: []string{env("")}, options: partial, want: "unknown"},
		{name: "made by a source", control: "SEC-10", want: "pass", documents: []string{env(""), `apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: shop-db, namespace: shop}
spec: {target: {name: db}}`}},
		{name: "no Secret", control: "SEC-10", documents: []string{function("", "")}, want: "na"},
	})
}

func TestPullSecrets(t *testing.T) {
	pod := function("", "imagePullSecrets: [{name: pull}]")
	login := secret("pull", "type: kubernetes.io/dockerconfigjson\nstringData: {.dockerconfigjson: '{}'}")
	account := "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default, namespace: shop}\nimagePullSecrets: [{name: pull}]"
	both := function("volumeMounts: [{name: v, mountPath: /v}]", "imagePullSecrets: [{name: pull}]\nvolumes: [{name: v, secret: {secretName: pull}}]")
	judge(t, []aCase{
		{name: "good", control: "SEC-17", documents: []string{pod, login}, want: "pass"},
		{name: "missing", control: "SEC-17", documents: []string{pod}, want: "fail", severity: check.Medium, says: "pull secret pull is not there"},
		{name: "wrong type", control: "SEC-17", documents: []string{pod, secret("pull", "type: Opaque")}, want: "fail", severity: check.Medium, says: "of type Opaque"},
		{name: "default account", control: "SEC-17", documents: []string{function("", ""), login, account}, want: "fail", severity: check.Medium,
			says: "comes from the ServiceAccount default"},
		{name: "mounted", control: "SEC-17", documents: []string{both, login}, want: "fail", severity: check.Medium, says: "readable by the function itself"},
		{name: "none", control: "SEC-17", documents: []string{function("", "")}, want: "na"},
	})
}

func TestPowerfulSecrets(t *testing.T) {
	mount := function("volumeMounts: [{name: v, mountPath: /v}]", "volumes: [{name: v, secret: {secretName: x}}]")
	item := function("volumeMounts: [{name: v, mountPath: /v}]", "volumes: [{name: v, secret: {secretName: x, items: [{key: a, path: a}]}}]")
	judge(t, []aCase{
		{name: "registry login", control: "SEC-18", documents: []string{mount, secret("x", "type: kubernetes.io/dockerconfigjson")}, want: "fail", severity: check.High,
			says: "the login to an image registry"},
		{name: "API token", control: "SEC-18", documents: []string{mount, secret("x", "type: kubernetes.io/service-account-token")}, want: "fail", severity: check.High,
			says: "a token of the API server"},
		{name: "kubeconfig", control: "SEC-18", documents: []string{mount, secret("x", "stringData: {kubeconfig: x}")}, want: "fail", severity: check.High,
			says: "key kubeconfig of Secret x"},
		{name: "another key", control: "SEC-18", documents: []string{item, secret("x", "stringData: {kubeconfig: x, a: x}")}, want: "pass"},
		{name: "ordinary", control: "SEC-18", documents: []string{mount, secret("x", twoKeys)}, want: "pass"},
		{name: "authority", control: "SEC-18", documents: []string{mount, secret("x", "type: kubernetes.io/tls\nstringData:\n  tls.key: x\n  tls.crt: |\n"+
			indent(certificateOf(t, true, 400), 4))}, want: "fail", severity: check.High, says: "the key of a certificate authority"},
	})
}

func TestBuildCredentials(t *testing.T) {
	kubeless := "apiVersion: kubeless.io/v1beta1\nkind: Function\nmetadata: {name: cart, namespace: shop}\nspec: {handler: a.b, function: x, function-content-type: text}"
	judge(t, []aCase{
		{name: "registry", control: "SEC-23", documents: []string{kubeless, secret("kubeless-registry-credentials", "type: kubernetes.io/dockerconfigjson")},
			want: "fail", severity: check.Medium, says: "kubeless-registry-credentials"},
		{name: "none", control: "SEC-23", documents: []string{kubeless}, want: "na"},
		{name: "built elsewhere", control: "SEC-23", documents: []string{function("envFrom: [{secretRef: {name: db}}]", ""), secret("db", twoKeys)}, want: "pass"},
	})
}

// TestVariablesOfSpin: an application of Spin has no other way to get a Secret.
func TestVariablesOfSpin(t *testing.T) {
	const env = `env: [{name: SPIN_VARIABLE_KEY, valueFrom: {secretKeyRef: {name: keys, key: key}}}]`
	owned := strings.Replace(function(env, ""), `labels: {fn9s.io/function: "true"}`,
		`ownerReferences: [{apiVersion: core.spinkube.dev/v1alpha1, kind: SpinApp, name: cart, controller: true}]`, 1)
	app := `{apiVersion: core.spinkube.dev/v1alpha1, kind: SpinApp, metadata: {name: cart, namespace: shop}, spec: {image: "registry.example.com/cart:1"}}`
	data, err := samples.Config("frameworks.yaml")
	require.NoError(t, err)
	w := offlinetest.TextFor(t, offlinetest.Configured(t, "frameworks.yaml", data), app, owned, secret("keys", "stringData: {key: k}"))
	found := offlinetest.Of(w.Judge("shop", "cart"), "SEC-05")
	require.Len(t, found, 1)
	assert.Equal(t, check.FrameworkLimit, found[0].Limit)

	found = offlinetest.Of(offlinetest.Text(t, function(env, ""), secret("keys", "stringData: {key: k}")).Judge("shop", "cart"), "SEC-05")
	require.Len(t, found, 1)
	assert.Equal(t, check.NoLimit, found[0].Limit, "others can mount it")
}

package secrets_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/snapshot"
)

func TestPlaintextInSettings(t *testing.T) {
	env := func(name, value string) []string {
		return []string{function("env: [{name: "+name+", value: '"+value+"'}]", "")}
	}
	judge(t, []aCase{
		{name: "password", control: "SEC-01", documents: env("DB_PASSWORD", "hunter2"), want: "fail", severity: check.High,
			says: "variable DB_PASSWORD of container app", path: "spec.template.spec.containers[0].env[0].value"},
		{name: "login in a URL", control: "SEC-01", documents: env("DB", "postgres://u:hunter2@db/x"), want: "fail", severity: check.High, says: "password in a URL"},
		{name: "ordinary", control: "SEC-01", documents: env("LOG_LEVEL", "debug"), want: "pass"},
		{name: "path", control: "SEC-01", documents: env("DB_PASSWORD_FILE", "/run/secrets/db"), want: "pass"},
		{name: "expansion", control: "SEC-01", documents: env("DB_PASSWORD", "$(OTHER)"), want: "pass"},
		{name: "name of a Secret that is used", control: "SEC-01", want: "pass", documents: []string{
			function("env: [{name: DB_TOKEN, value: storecreds}]\nenvFrom: [{secretRef: {name: storecreds}}]", "")}},
		{name: "operator's own name", control: "SEC-01", documents: env("MAGIC_WORD", "abracadabra"), want: "fail", severity: check.High, says: "MAGIC_WORD",
			options: func(o *snapshot.Options) { o.SensitiveNames = []string{"(?i)magic"} }},
		{name: "init container", control: "SEC-01", want: "fail", severity: check.High, says: "container prepare", documents: []string{
			function("", "initContainers: [{name: prepare, image: x, env: [{name: API_TOKEN, value: hunter2}]}]")}},
	})
}

func TestPlaintextInConfigMaps(t *testing.T) {
	reads := function("envFrom: [{configMapRef: {name: settings}}]", "")
	settings := func(data string) string {
		return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: shop}\ndata:\n" + indent(data, 2)
	}
	file := settings("application.properties: |\n  spring.datasource.password=hunter2\n  server.port=8080")
	judge(t, []aCase{
		{name: "literal", control: "SEC-02", documents: []string{reads, settings("API_KEY: hunter2")}, want: "fail", severity: check.High,
			says: "key API_KEY of ConfigMap settings"},
		{name: "line of a file", control: "SEC-02", documents: []string{reads, file}, want: "fail", severity: check.High, says: "(line 1)"},
		{name: "ordinary", control: "SEC-02", documents: []string{reads, settings("MODE: fast")}, want: "pass"},
		{name: "another key is read", control: "SEC-02", want: "pass", documents: []string{settings("API_KEY: hunter2\nMODE: fast"),
			function("env: [{name: M, valueFrom: {configMapKeyRef: {name: settings, key: MODE}}}]", "")}},
		{name: "not read", control: "SEC-02", documents: []string{function("", ""), settings("API_KEY: hunter2")}, want: "na"},
		{name: "operator's own name", control: "SEC-02", documents: []string{reads, settings("MAGIC: abracadabra")}, want: "fail", severity: check.High,
			says: "key MAGIC", options: func(o *snapshot.Options) { o.SensitiveNames = []string{"MAGIC"} }},
	})
}

func TestPlaintextElsewhere(t *testing.T) {
	applied := `apiVersion: v1
kind: Secret
metadata:
  name: db
  namespace: shop
  annotations: {kubectl.kubernetes.io/last-applied-configuration: '{"data":{"password":"aHVudGVyMg=="}}'}
data: {password: aHVudGVyMg==}`
	uses := function("envFrom: [{secretRef: {name: db}}]", "")
	annotated := function("", "") // annotations of the template
	judge(t, []aCase{
		{name: "flag and value", control: "SEC-04", documents: []string{function("args: [--token, hunter2]", "")}, want: "fail", severity: check.High,
			says: "--token in the args of container app", path: "spec.template.spec.containers[0].args[1]"},
		{name: "flag with value", control: "SEC-04", documents: []string{function("command: [app, --db-password=hunter2]", "")}, want: "fail",
			severity: check.High, says: "--db-password in the command"},
		{name: "script", control: "SEC-04", want: "fail", severity: check.High, says: "the args of container app", documents: []string{
			function("command: [sh, -c]\nargs: ['export API_TOKEN=hunter2; ./run']", "")}},
		{name: "ordinary", control: "SEC-04", documents: []string{function("args: [--token-file, /run/token, --port=8080]", "")}, want: "pass"},
		{name: "last applied Secret", control: "SEC-04", documents: []string{uses, applied}, want: "fail", severity: check.High,
			says: "the last-applied annotation of Secret db holds its data as text: password"},
		{name: "clean metadata", control: "SEC-04", documents: []string{annotated}, want: "pass"},
	})
}

// A variable that OpenFaaS made of a field is reported once, at the field; the copy that the operator keeps in an
// annotation outlives the fix, and is reported too.
func TestCopiesOfTheSpecification(t *testing.T) {
	w := offlinetest.Text(t, `apiVersion: openfaas.com/v1
kind: Function
metadata: {name: refund, namespace: shop}
spec: {name: refund, image: "x:1", environment: {DATABASE_URL: "postgres://u:hunter2@db/x"}}`,
		`apiVersion: apps/v1
kind: Deployment
metadata:
  name: refund
  namespace: shop
  labels: {faas_function: refund}
  annotations: {com.openfaas.function.spec: '{"environment":{"DATABASE_URL":"postgres://u:hunter2@db/x"}}'}
  ownerReferences: [{apiVersion: openfaas.com/v1, kind: Function, name: refund, controller: true, uid: ""}]
spec:
  selector: {matchLabels: {faas_function: refund}}
  template:
    metadata: {labels: {faas_function: refund}}
    spec: {containers: [{name: refund, image: "x:1", env: [{name: DATABASE_URL, value: "postgres://u:hunter2@db/x"}]}]}`)
	p := w.Judge("shop", "refund")
	settings := offlinetest.Of(p, "SEC-01")
	require.Len(t, settings, 1)
	assert.Equal(t, "spec.environment.DATABASE_URL", settings[0].Path)
	assert.Equal(t, "Function", settings[0].Object().Kind)
	assert.Contains(t, settings[0].Message, "copied to Deployment refund")
	copies := offlinetest.Of(p, "SEC-04")
	require.Len(t, copies, 1)
	assert.Equal(t, "SEC-01", copies[0].Cause())
}

func TestPlaintextInSource(t *testing.T) {
	kubeless := func(content, source string) []string {
		return []string{"apiVersion: kubeless.io/v1beta1\nkind: Function\nmetadata: {name: cart, namespace: shop}\nspec:\n" +
			"  handler: cart.main\n  runtime: python3.7\n  function-content-type: " + content + "\n  function: " + source}
	}
	bad := "DB_PASSWORD = 'hunter2'\n"
	fission := func(literal string) []string {
		return []string{`apiVersion: fission.io/v1
kind: Function
metadata: {name: cart, namespace: shop}
spec: {environment: {name: node, namespace: shop}, package: {packageref: {name: cart, namespace: shop}}}`,
			"apiVersion: fission.io/v1\nkind: Package\nmetadata: {name: cart, namespace: shop}\nspec: {deployment: {type: literal, literal: " + literal + "}}"}
	}
	judge(t, []aCase{
		{name: "text", control: "SEC-03", documents: kubeless("text", `"import os\nDB_PASSWORD = 'hunter2'\n"`), want: "fail", severity: check.High,
			says: "spec.function (line 2)"},
		{name: "clean", control: "SEC-03", documents: kubeless("text", `"import os\nDB_PASSWORD = os.environ['DB_PASSWORD']\n"`), want: "pass"},
		{name: "base64", control: "SEC-03", documents: kubeless("base64", encoded([]byte(bad))), want: "fail", severity: check.High, says: "line 1"},
		{name: "zip", control: "SEC-03", documents: kubeless("base64+zip", encoded(zipped(t, "cart.py", bad))), want: "fail", severity: check.High,
			says: "cart.py line 1"},
		{name: "package", control: "SEC-03", documents: fission(encoded([]byte(bad))), want: "fail", severity: check.High, says: "spec.deployment.literal"},
		{name: "broken archive", control: "SEC-03", documents: fission(encoded([]byte("PK\x03\x04broken"))), want: "unknown"},
		{name: "bomb", control: "SEC-03", documents: fission(encoded(zipped(t, "big.txt", string(make([]byte, 4<<20))))), want: "unknown"},
		{name: "signed address", control: "SEC-04", documents: kubeless("url+zip", `"https://b.example.com/x.zip?X-Amz-Signature=0123456789abcdef"`), want: "fail",
			severity: check.High, says: "spec.function"},
		{name: "none in the cluster", control: "SEC-03", documents: []string{function("", "")}, want: "pass"},
	})
}

func encoded(data []byte) string { return base64.StdEncoding.EncodeToString(data) }

func zipped(t *testing.T, name, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create(name)
	require.NoError(t, err)
	_, err = f.Write([]byte(content))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

func TestOldCopies(t *testing.T) {
	now := `apiVersion: apps/v1
kind: Deployment
metadata:
  name: cart
  namespace: shop
  labels: {fn9s.io/function: "true"}
spec:
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
    spec: {containers: [{name: app, image: "x:2", env: [`
	old := `apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: cart-1, namespace: shop, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: cart, controller: true, uid: ""}]}
spec:
  replicas: 0
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
    spec: {containers: [{name: app, image: "x:1", env: [{name: API_TOKEN, value: hunter2}]}]}`
	still := now + `{name: API_TOKEN, value: hunter2}]}]}`
	judge(t, []aCase{
		{name: "kept ReplicaSet", control: "SEC-27", documents: []string{now + "]}]}", old}, options: onCluster, want: "fail", severity: check.Medium,
			says: "API_TOKEN is gone from the function, and ReplicaSet cart-1 still holds it"},
		{name: "still in the specification", control: "SEC-27", documents: []string{still, old}, options: onCluster, want: "pass"},
		{name: "manifests", control: "SEC-27", documents: []string{now + "]}]}", old}, want: "na"},
		{name: "Helm's records", control: "SEC-27", options: onCluster, want: "fail", severity: check.Medium,
			says: "ReplicaSet cart-1 still holds it: value of a sensitive name; Helm's records of release web may hold it too: Secrets sh.helm.release.v1.web.v1 in namespace shop",
			documents: []string{replace(now, "fn9s.io/function: \"true\"}", "fn9s.io/function: \"true\"}\n  annotations: {meta.helm.sh/release-name: web, meta.helm.sh/release-namespace: shop}") + "]}]}", old,
				"apiVersion: v1\nkind: Secret\nmetadata: {name: sh.helm.release.v1.web.v1, namespace: shop, labels: {owner: helm, name: web}}\ntype: helm.sh/release.v1",
				"apiVersion: v1\nkind: Secret\nmetadata: {name: sh.helm.release.v1.db.v1, namespace: shop, labels: {owner: helm, name: db}}\ntype: helm.sh/release.v1"}},
		{name: "last applied", control: "SEC-27", options: onCluster, want: "fail", severity: check.Medium, says: "last-applied annotation of Deployment cart",
			documents: []string{`apiVersion: apps/v1
kind: Deployment
metadata:
  name: cart
  namespace: shop
  labels: {fn9s.io/function: "true"}
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: '{"spec":{"template":{"spec":{"containers":[{"env":[{"name":"API_TOKEN","value":"hunter2"}]}]}}}}'
spec:
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
    spec: {containers: [{name: app, image: "x:2"}]}`}},
	})
}

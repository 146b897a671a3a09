package secrets_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/snapshot"
)

const usesDB = "envFrom: [{secretRef: {name: db}}]"

func TestSharedSecrets(t *testing.T) {
	db := secret("db", twoKeys)
	route := `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: checkout, namespace: shop}
spec: {rules: [{host: a.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: checkout, port: {number: 80}}}}]}}]}`
	service := "apiVersion: v1\nkind: Service\nmetadata: {name: checkout, namespace: shop}\nspec: {selector: {app: checkout}, ports: [{port: 80}]}"
	stranger := `apiVersion: apps/v1
kind: Deployment
metadata: {name: reports, namespace: shop}
spec:
  selector: {matchLabels: {app: reports}}
  template:
    metadata: {labels: {app: reports}}
    spec: {containers: [{name: app, image: x, envFrom: [{secretRef: {name: db}}]}]}`
	judge(t, []aCase{
		{name: "other function", control: "SEC-13", documents: []string{function(usesDB, ""), named("checkout", usesDB, ""), db}, want: "fail", severity: check.Low,
			says: "used by 1 other as well: function checkout"},
		{name: "exposed sharer", control: "SEC-13", documents: []string{function(usesDB, ""), named("checkout", usesDB, ""), db, service, route}, want: "fail",
			severity: check.Medium, says: "reached from outside"},
		{name: "workload", control: "SEC-13", documents: []string{function(usesDB, ""), stranger, db}, want: "fail", severity: check.Low, says: "Deployment reports"},
		{name: "its own pods", control: "SEC-13", documents: []string{function(usesDB, ""), db, pod(1)}, want: "pass"},
		{name: "pull secret", control: "SEC-13", want: "pass", documents: []string{function("", "imagePullSecrets: [{name: db}]"), db,
			named("checkout", "", "imagePullSecrets: [{name: db}]")}},
		{name: "authorities", control: "SEC-13", want: "pass", documents: []string{function(usesDB, ""), named("checkout", usesDB, ""),
			secret("db", "stringData: {ca.crt: x}")}},
	})
}

func TestManagedSecrets(t *testing.T) {
	with := func(metadata string) []string {
		return []string{function(usesDB, ""), "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop, " + metadata + "}\nstringData: {a: x}"}
	}
	external := `apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: shop-db, namespace: shop}
spec: {refreshPolicy: POLICY, refreshInterval: INTERVAL, target: {name: db}}
status: {conditions: [{type: Ready, status: "STATUS", reason: SecretSyncedError}]}`
	source := func(policy, interval, status string) []string {
		return append(with("labels: {}"), replace(external, "POLICY", policy, "INTERVAL", interval, "STATUS", status))
	}
	judge(t, []aCase{
		{name: "owner", control: "SEC-20", documents: with("ownerReferences: [{apiVersion: bitnami.com/v1alpha1, kind: SealedSecret, name: db, uid: ''}]"),
			want: "fail", severity: check.Info, says: "SealedSecret db"},
		{name: "Helm", control: "SEC-20", documents: with("labels: {app.kubernetes.io/managed-by: Helm}, annotations: {meta.helm.sh/release-name: web}"), want: "fail",
			severity: check.Info, says: "Helm release web"},
		{name: "consumer as owner", control: "SEC-20", documents: with("ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: x, uid: ''}]"), want: "pass"},
		{name: "CSI driver", control: "SEC-20", documents: with(`labels: {secrets-store.csi.k8s.io/managed: "true"}`), want: "fail", severity: check.Info,
			says: "the Secrets Store CSI driver"},
		{name: "by hand", control: "SEC-20", documents: with("labels: {}"), want: "pass"},
		{name: "target of a source", control: "SEC-20", documents: source("Periodic", "1h", "True"), want: "fail", severity: check.Info, says: "ExternalSecret shop-db"},
		{name: "in step", control: "SEC-28", documents: source("Periodic", "1h", "True"), want: "pass"},
		{name: "failing", control: "SEC-28", documents: source("Periodic", "1h", "False"), want: "fail", severity: check.Medium, says: "SecretSyncedError"},
		{name: "once", control: "SEC-28", documents: source("CreatedOnce", "1h", "True"), want: "fail", severity: check.Medium, says: "fills Secret db once"},
		{name: "no refresh", control: "SEC-28", documents: source("Periodic", `"0"`, "True"), want: "fail", severity: check.Medium, says: "refresh interval is zero"},
		{name: "sealed for all", control: "SEC-25", want: "fail", severity: check.Low, says: "in any namespace", documents: append(with("labels: {}"),
			`{apiVersion: bitnami.com/v1alpha1, kind: SealedSecret, metadata: {name: db, namespace: shop, annotations: {sealedsecrets.bitnami.com/cluster-wide: "true"}}, spec: {}}`)},
		{name: "sealed for one", control: "SEC-25", want: "pass", documents: append(with("labels: {}"),
			`{apiVersion: bitnami.com/v1alpha1, kind: SealedSecret, metadata: {name: db, namespace: shop}, spec: {}}`)},
		{name: "reflected", control: "SEC-26", documents: with(`annotations: {reflector.v1.k8s.emberstack.com/reflection-allowed: "true"}`), want: "fail",
			severity: check.Medium, says: "every namespace that asks for it"},
		{name: "replicated", control: "SEC-26", documents: with(`annotations: {replicator.v1.mittwald.de/replicate-to: "a,b"}`), want: "fail", severity: check.Medium,
			says: "namespaces a,b"},
		{name: "exported", control: "SEC-26", want: "fail", severity: check.Medium, says: "every namespace", documents: append(with("labels: {}"),
			`{apiVersion: secretgen.carvel.dev/v1alpha1, kind: SecretExport, metadata: {name: db, namespace: shop}, spec: {toNamespaces: ["*"]}}`)},
		{name: "stays", control: "SEC-26", documents: with("labels: {}"), want: "pass"},
	})
}

const reads = `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: shop}
rules: [{apiGroups: [""], resources: [RESOURCE], verbs: [VERB]NAMES}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [SUBJECT]`

func TestReaders(t *testing.T) {
	grant := func(verb, resource, names, subject string) string {
		return replace(reads, "VERB", verb, "RESOURCE", resource, "NAMES", names, "SUBJECT", subject)
	}
	binds := func(role, kind, subject string) string {
		return "apiVersion: rbac.authorization.k8s.io/v1\nkind: " + kind + "\nmetadata: {name: strong, namespace: shop}\n" +
			"roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: " + role + "}\nsubjects: [" + subject + "]"
	}
	runner := "{kind: ServiceAccount, name: runner, namespace: shop}"
	group := func(name string) string {
		return "{kind: Group, apiGroup: rbac.authorization.k8s.io, name: '" + name + "'}"
	}
	other := replace(named("checkout", "", "serviceAccountName: runner"), "automountServiceAccountToken: false", "automountServiceAccountToken: true")
	account := "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: runner, namespace: shop}"
	world := func(more ...string) []string {
		return append([]string{function(usesDB, ""), secret("db", twoKeys), account}, more...)
	}
	judge(t, []aCase{
		{name: "other function", control: "SEC-15", documents: world(other, grant("get", "secrets", "", runner)), want: "fail", severity: check.High,
			says: "Secret db can be read by function shop/checkout, as ServiceAccount shop/runner"},
		{name: "by a dry run of a patch", control: "SEC-15", documents: world(other, grant("patch", "secrets", "", runner)), want: "fail", severity: check.High,
			says: "can be read by"},
		{name: "only this one", control: "SEC-15", documents: world(other, grant("get", "secrets", ", resourceNames: [db]", runner)), want: "fail",
			severity: check.High, says: "Secret db can be read by function shop/checkout"},
		{name: "only another one", control: "SEC-15", documents: world(other, grant("get", "secrets", ", resourceNames: [x]", runner)), want: "pass"},
		{name: "by starting pods", control: "SEC-15", documents: world(other, grant("create", "pods", "", runner)), want: "fail", severity: check.High,
			says: "through other pods or functions"},
		{name: "verb that returns nothing", control: "SEC-15", documents: world(other, grant("delete", "secrets", "", runner)), want: "pass"},
		{name: "account without token", control: "SEC-15", documents: world(named("checkout", "", "serviceAccountName: runner"), grant("get", "secrets", "", runner)),
			want: "fail", severity: check.Info, says: "can be got at by ServiceAccount shop/runner"},
		{name: "all accounts", control: "SEC-15", documents: world(grant("list", "secrets", "", group("system:serviceaccounts:shop"))), want: "fail",
			severity: check.High, says: "every function with a token", cause: "SA-13"},
		{name: "people", control: "SEC-15", documents: world(grant("get", "secrets", "", group("developers"))), want: "fail", severity: check.Info,
			says: "Group developers"},
		{name: "administrator of the cluster", control: "SEC-15", documents: world(other, binds("cluster-admin", "ClusterRoleBinding", runner)), want: "fail",
			severity: check.High, says: "as ServiceAccount shop/runner, which gets to everything in the cluster", cause: "SA-10"},
		{name: "administrator of the namespace", control: "SEC-15", documents: world(other, binds("edit", "RoleBinding", runner)), want: "fail",
			severity: check.High, says: "which administers the namespace", cause: "SA-11"},
		{name: "everybody with a login", control: "SEC-15", documents: world(grant("list", "secrets", "", group("system:authenticated"))), want: "fail",
			severity: check.High, says: "every function with a token", cause: "SA-14"},
		{name: "nobody", control: "SEC-15", documents: world(other), want: "pass"},
		{name: "no Secret", control: "SEC-15", documents: []string{function("", "")}, want: "na"},
	})
}

func TestUnusedSecrets(t *testing.T) {
	shop := check.Subject{Scope: check.ScopeNamespace, Namespace: "shop"}
	granted := replace(reads, "VERB", "get", "RESOURCE", "secrets", "NAMES", "", "SUBJECT", "{kind: ServiceAccount, name: default, namespace: shop}")
	for name, c := range map[string]struct {
		documents []string
		want      string
	}{
		"unused":              {[]string{function("", ""), secret("old", twoKeys)}, "fail"},
		"used":                {[]string{function(usesDB, ""), secret("db", twoKeys)}, "pass"},
		"pull secret":         {[]string{secret("db", twoKeys), "{apiVersion: v1, kind: ServiceAccount, metadata: {name: a, namespace: shop}, imagePullSecrets: [{name: db}]}"}, "pass"},
		"TLS of a route":      {[]string{secret("db", twoKeys), "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: a, namespace: shop}, spec: {tls: [{secretName: db}]}}"}, "pass"},
		"another object":      {[]string{secret("db", twoKeys), "{apiVersion: keda.sh/v1alpha1, kind: TriggerAuthentication, metadata: {name: a, namespace: shop}, spec: {secretTargetRef: [{parameter: p, name: db, key: k}]}}"}, "pass"},
		"Helm release":        {[]string{secret("db", "type: helm.sh/release.v1")}, "pass"},
		"account may read it": {[]string{secret("db", twoKeys), granted}, "unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			p := offlinetest.Text(t, append(c.documents, "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}")...).Scope(shop)
			assert.Equal(t, c.want, offlinetest.Verdict(t, p, "SEC-14"), "%v", offlinetest.Of(p, "SEC-14"))
		})
	}
}

func TestOpenStores(t *testing.T) {
	open := func(spec string) string {
		return "apiVersion: external-secrets.io/v1\nkind: ClusterSecretStore\nmetadata: {name: vault}\nspec: " + spec
	}
	labeller := `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: labeller}
rules: [{apiGroups: [""], resources: [namespaces], verbs: [patch]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: labeller}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: labeller}
subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: developers}]`
	byLabel := open("{conditions: [{namespaceSelector: {matchLabels: {team: shop}}}]}")
	for name, c := range map[string]struct {
		documents []string
		want      string
	}{
		"no conditions":           {[]string{open("{}")}, "fail"},
		"named namespaces":        {[]string{open("{conditions: [{namespaces: [shop]}]}")}, "pass"},
		"label":                   {[]string{byLabel}, "pass"},
		"label that others set":   {[]string{byLabel, labeller}, "fail"},
		"label of the API server": {[]string{open("{conditions: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}}]}"), labeller}, "pass"},
		"no store":                {[]string{function("", "")}, "na"},
	} {
		t.Run(name, func(t *testing.T) {
			p := offlinetest.Text(t, c.documents...).Scope(check.Subject{Scope: check.ScopeCluster})
			assert.Equal(t, c.want, offlinetest.Verdict(t, p, "SEC-24"), "%v", offlinetest.Of(p, "SEC-24"))
		})
	}
}

func TestWhatCannotBeReadIsUnknown(t *testing.T) {
	w := offlinetest.Text(t, function(usesDB+"\nenv: [{name: A, valueFrom: {configMapKeyRef: {name: c, key: k}}}]", "imagePullSecrets: [{name: pull}]"))
	o := offlinetest.Options()
	o.Manifests = false
	r := snapshot.Once(offlinetest.HideNamed(w.World, "Secret", "ConfigMap", "RoleBinding"), o)
	p := security.Function.Get(r, w.Find("shop", "cart").Key)
	for _, id := range []string{"SEC-02", "SEC-10", "SEC-11", "SEC-12", "SEC-13", "SEC-15", "SEC-17", "SEC-18"} {
		assert.Equal(t, "unknown", offlinetest.Verdict(t, p, id), id)
	}
	ns := security.Scope.Get(r, check.Subject{Scope: check.ScopeNamespace, Namespace: "shop"})
	assert.Equal(t, "unknown", offlinetest.Verdict(t, ns, "SEC-14"))
}

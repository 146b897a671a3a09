package secrets_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/check"
)

// certificateOf is a certificate that ends in so many days.
func certificateOf(t *testing.T, authority bool, days int) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: offlinetest.Now.AddDate(-1, 0, 0), NotAfter: offlinetest.Now.AddDate(0, 0, days),
		IsCA: authority, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func ago(days int) string { return offlinetest.Now.AddDate(0, 0, -days).Format(time.RFC3339) }

// written is a Secret whose data a manager wrote so many days ago; more is further JSON in that record.
func written(days int, more, annotations string) string {
	return `apiVersion: v1
kind: Secret
metadata:
  name: db
  namespace: shop
  creationTimestamp: "` + ago(1000) + `"
  annotations: {` + annotations + `}
  managedFields:
  - {manager: helm, operation: Update, apiVersion: v1, time: "` + ago(days) + `", fieldsType: FieldsV1, fieldsV1: {"f:data": {"f:a": {}}` + more + `}}
  - {manager: before-first-apply, operation: Update, apiVersion: v1, time: "` + ago(0) + `", fieldsType: FieldsV1, fieldsV1: {"f:data": {"f:a": {}}}}
data: {a: eA==}`
}

func TestNotRotated(t *testing.T) {
	uses := function("envFrom: [{secretRef: {name: db}}]", "")
	created := "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop, creationTimestamp: \"" + ago(200) + "\"}\nstringData: {a: x}"
	judge(t, []aCase{
		{name: "old", control: "SEC-11", documents: []string{uses, written(100, "", "")}, want: "fail", severity: check.Medium, says: "has not changed for 100 days"},
		{name: "very old", control: "SEC-11", documents: []string{uses, written(400, "", "")}, want: "fail", severity: check.High, says: "400 days"},
		{name: "young", control: "SEC-11", documents: []string{uses, written(10, "", "")}, want: "pass"},
		{name: "own limit", control: "SEC-11", documents: []string{uses, written(10, "", "posture.fn9s.io/rotation-age: 7d")}, want: "fail", severity: check.Medium,
			says: "the limit is 7 days"},
		{name: "noted rotation", control: "SEC-11", documents: []string{uses, written(10, "", `posture.fn9s.io/rotated-at: "`+ago(300)+`"`)}, want: "fail",
			severity: check.Medium, says: "300 days"},
		{name: "no times", control: "SEC-11", documents: []string{uses, secret("db", twoKeys)}, want: "na"},
		{name: "no record in manifests", control: "SEC-11", documents: []string{uses, created}, want: "fail", severity: check.Medium, says: "200 days"},
		{name: "no record on a cluster", control: "SEC-11", documents: []string{uses, created}, options: onCluster, want: "unknown"},
		{name: "registry login", control: "SEC-11", want: "fail", severity: check.High, says: "200 days", documents: []string{
			function("", "imagePullSecrets: [{name: db}]"), created + "\ntype: kubernetes.io/dockerconfigjson"}},
		{name: "authorities", control: "SEC-11", want: "pass", documents: []string{uses,
			"apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop, creationTimestamp: \"" + ago(900) + "\"}\nstringData: {ca.crt: x}"}},
	})
}

// pod is a running pod of shop/cart whose container was started so many days ago.
func pod(days int) string {
	return `apiVersion: v1
kind: Pod
metadata:
  name: cart-1
  namespace: shop
  labels: {app: cart, pod-template-hash: abc}
  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: cart-abc, controller: true, uid: ""}]
spec: {containers: [{name: app, image: "registry.example.com/shop/cart:1"}]}
status:
  phase: Running
  containerStatuses: [{name: app, ready: true, image: x, imageID: x, restartCount: 0, state: {running: {startedAt: "` + ago(days) + `"}}}]`
}

func TestRotatedButNotPickedUp(t *testing.T) {
	env := function("envFrom: [{secretRef: {name: db}}]", "")
	file := function("volumeMounts: [{name: v, mountPath: /v}]", "volumes: [{name: v, secret: {secretName: db}}]")
	labels := `, "f:metadata": {"f:labels": {"f:x": {}}}`
	judge(t, []aCase{
		{name: "started before", control: "SEC-12", documents: []string{env, written(10, "", ""), pod(20)}, options: onCluster, want: "fail", severity: check.Medium,
			says: "container app of pod cart-1 was started before the data of Secret db changed"},
		{name: "possibly", control: "SEC-12", documents: []string{env, written(10, labels, ""), pod(20)}, options: onCluster, want: "fail", severity: check.Low,
			says: "possibly"},
		{name: "started after", control: "SEC-12", documents: []string{env, written(10, "", ""), pod(5)}, options: onCluster, want: "pass"},
		{name: "file", control: "SEC-12", documents: []string{file, written(10, "", ""), pod(20)}, options: onCluster, want: "na"},
		{name: "immutable", control: "SEC-12", documents: []string{env, written(10, "", "") + "\nimmutable: true", pod(20)}, options: onCluster, want: "pass"},
		{name: "manifests", control: "SEC-12", documents: []string{env, written(10, "", ""), pod(20)}, want: "na"},
		{name: "key that OpenFaaS never delivers", control: "SEC-12", options: onCluster, want: "fail", severity: check.Medium, says: "never delivered: Secret db got b",
			documents: []string{secret("db", twoKeys), `apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop, labels: {faas_function: cart}}
spec:
  selector: {matchLabels: {faas_function: cart}}
  template:
    metadata: {labels: {faas_function: cart}}
    spec:
      containers: [{name: cart, image: x, volumeMounts: [{name: s, mountPath: /var/openfaas/secrets}]}]
      volumes: [{name: s, projected: {sources: [{secret: {name: db, items: [{key: a, path: a}]}}]}}]`}},
	})
}

func TestExpiringCertificates(t *testing.T) {
	uses := function("volumeMounts: [{name: v, mountPath: /v}]", "volumes: [{name: v, secret: {secretName: tls}}]")
	holding := func(days int) []string {
		return []string{uses, secret("tls", "type: kubernetes.io/tls\nstringData:\n  tls.key: x\n  tls.crt: |\n"+indent(certificateOf(t, false, days), 4))}
	}
	managed := []string{uses, `apiVersion: v1
kind: Secret
metadata: {name: tls, namespace: shop, annotations: {cert-manager.io/certificate-name: web}}
type: kubernetes.io/tls`, `apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: web, namespace: shop}
spec: {secretName: tls}
status: {notBefore: "` + ago(60) + `", notAfter: "` + ago(-10) + `"}`}
	judge(t, []aCase{
		{name: "soon", control: "SEC-22", documents: holding(20), want: "fail", severity: check.Medium, says: "in 20 days"},
		{name: "over", control: "SEC-22", documents: holding(-2), want: "fail", severity: check.Medium, says: "expired on 2026-08-30"},
		{name: "later", control: "SEC-22", documents: holding(60), want: "pass"},
		{name: "no certificate", control: "SEC-22", documents: []string{uses, secret("tls", twoKeys)}, want: "na"},
		{name: "status of the Certificate", control: "SEC-22", documents: managed, options: onCluster, want: "fail", severity: check.Medium, says: "in 10 days"},
		{name: "not read on a cluster", control: "SEC-22", documents: []string{uses, secret("tls", twoKeys)}, options: onCluster, want: "na"},
	})
}

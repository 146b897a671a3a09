package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/connectivity"
)

// labKinds are the kinds that these tests make and look at.
var labKinds = map[string]schema.GroupVersionResource{
	"Deployment": gvr("apps", "v1", "deployments"), "Service": gvr("", "v1", "services"), "ServiceAccount": gvr("", "v1", "serviceaccounts"),
	"Secret": gvr("", "v1", "secrets"), "Ingress": gvr("networking.k8s.io", "v1", "ingresses"),
	"IngressRoute": gvr("traefik.io", "v1alpha1", "ingressroutes"), "Middleware": gvr("traefik.io", "v1alpha1", "middlewares"),
	"HTTPProxy": gvr("projectcontour.io", "v1", "httpproxies"), "HTTPRoute": gvr("gateway.networking.k8s.io", "v1", "httproutes"),
	"Gateway": gvr("gateway.networking.k8s.io", "v1", "gateways"), "APIRule": gvr("gateway.kyma-project.io", "v2", "apirules"),
	"PeerAuthentication": gvr("security.istio.io", "v1", "peerauthentications"), "RequestAuthentication": gvr("security.istio.io", "v1", "requestauthentications"),
	"AuthorizationPolicy": gvr("security.istio.io", "v1", "authorizationpolicies"), "Server": gvr("policy.linkerd.io", "v1beta1", "servers"),
	"MeshTLSAuthentication": gvr("policy.linkerd.io", "v1alpha1", "meshtlsauthentications"), "NetworkPolicy": gvr("networking.k8s.io", "v1", "networkpolicies"),
	"Role": gvr("rbac.authorization.k8s.io", "v1", "roles"), "RoleBinding": gvr("rbac.authorization.k8s.io", "v1", "rolebindings"),
}

// lab is a namespace with one badly secured function.
type lab struct {
	*turn
	before map[string]map[string]any
}

// newLab makes the objects of a text in a namespace of its own, which stands for NS in it.
func newLab(t *testing.T, text string) *lab { return newLabIn(t, "{}", text) }

// newLabIn has a namespace with this metadata.
func newLabIn(t *testing.T, metadata, text string) *lab {
	t.Helper()
	l := &lab{turn: newTurn(t), before: map[string]map[string]any{}}
	l.own()
	patch, err := sigsyaml.YAMLToJSON([]byte("metadata: " + metadata))
	require.NoError(t, err)
	_, err = l.api.CoreV1().Namespaces().Patch(t.Context(), l.namespace, types.MergePatchType, patch, metav1.PatchOptions{})
	require.NoError(t, err)
	for _, doc := range strings.Split(strings.ReplaceAll(text, "NS", l.namespace), "\n---\n") {
		o := &unstructured.Unstructured{}
		require.NoError(t, sigsyaml.Unmarshal([]byte(doc), &o.Object))
		kind, ok := labKinds[o.GetKind()]
		require.True(t, ok, o.GetKind())
		_, err := l.dynamic.Resource(kind).Namespace(l.namespace).Create(t.Context(), o, metav1.CreateOptions{})
		require.NoError(t, err, o.GetKind()+" "+o.GetName())
		if o.GetKind() == "Deployment" {
			o.SetNamespace(l.namespace)
			l.stamp(o.GetName())
		}
		l.before[o.GetKind()+"/"+o.GetName()] = l.objectOf(kind, l.namespace, o.GetName())
	}
	return l
}

// stamp waits until the Deployment's controller has written what it writes once.
func (l *lab) stamp(name string) {
	l.t.Helper()
	require.EventuallyWithT(l.t, func(c *assert.CollectT) {
		d, err := l.api.AppsV1().Deployments(l.namespace).Get(context.Background(), name, metav1.GetOptions{})
		assert.NoError(c, err)
		assert.NotEmpty(c, d.Annotations["deployment.kubernetes.io/revision"])
	}, 20*time.Second, 50*time.Millisecond)
}

// get reads an object, nil when there is none.
func (l *lab) get(kind, name string) map[string]any {
	l.t.Helper()
	o, err := l.dynamic.Resource(labKinds[kind]).Namespace(l.namespace).Get(l.t.Context(), name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	require.NoError(l.t, err)
	return o.Object
}

// failing lists the controls that the function fails.
func (l *lab) failing() []string {
	l.t.Helper()
	r := l.run("scan", "-n", l.namespace, "-o", "json", "--fail-on", "none")
	require.Equal(l.t, exitDone, r.code, r.err)
	var report struct {
		Functions []struct {
			Findings []struct{ Control, Status string }
		}
	}
	require.NoError(l.t, json.Unmarshal([]byte(r.out), &report))
	var all []string
	for _, f := range report.Functions {
		for _, x := range f.Findings {
			if x.Status == "fail" {
				all = append(all, x.Control)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// tighten plans an intent, has the server try it, applies it, looks, and takes it back: object by object as before.
func (l *lab) tighten(function, intent string, cures []string, look func(), more ...string) *change.PlanDocument {
	l.t.Helper()
	for _, c := range cures {
		assert.Contains(l.t, l.failing(), c, "before")
	}
	args := append([]string{"tighten", function, "-n", l.namespace, "--intent", intent, "-o", "json", "--override", "*"}, more...)
	r := l.run(append(args, "--dry-run")...)
	require.Equal(l.t, exitDone, r.code, r.err)
	validate(l.t, "Plan", []byte(r.out))
	var p change.PlanDocument
	require.NoError(l.t, json.Unmarshal([]byte(r.out), &p))
	require.NotEmpty(l.t, p.Steps, r.err)
	for _, s := range p.Steps {
		assert.Empty(l.t, s.Blocked, s.Object.Name)
	}
	r = l.run(append(args, "--yes", "--timeout", "20s", "--wait=false")...)
	require.Equal(l.t, exitDone, r.code, r.err+r.out)
	for _, c := range cures {
		assert.NotContains(l.t, l.failing(), c, "afterwards")
	}
	look()
	r = l.run("undo", "--yes", "--wait=false", "--override", "*")
	require.Equal(l.t, exitDone, r.code, r.err+r.out)
	for _, s := range p.Steps {
		if s.Verb == "create" {
			assert.Nil(l.t, l.get(s.Object.Kind, s.Object.Name), "%s %s is gone again", s.Object.Kind, s.Object.Name)
		}
	}
	for name, before := range l.before {
		kind, object, _ := strings.Cut(name, "/")
		after := l.objectOf(labKinds[kind], l.namespace, object)
		for _, o := range []map[string]any{before, after} { // what was deleted is made anew
			unstructured.RemoveNestedField(o, "metadata", "uid")
			unstructured.RemoveNestedField(o, "metadata", "creationTimestamp")
		}
		assert.Equal(l.t, before, after, name)
	}
	return &p
}

const cropper = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: crop, labels: {fn9s.io/function: "true"}}
spec:
  replicas: 0
  selector: {matchLabels: {app: crop}}
  template:
    metadata: {labels: {app: crop}}
    spec:
      serviceAccountName: crop
      containers: [{name: crop, image: "registry.example.com/media/crop:1", ports: [{containerPort: 8080}]}]
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: crop}`

// The rights of the account shrink to what the API server wrote down of it.
func TestTightenTheRoleToAnAuditLog(t *testing.T) {
	t.Parallel()
	l := newLab(t, cropper+`
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: crop-admin}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: admin}
subjects: [{kind: ServiceAccount, name: crop, namespace: NS}]`)
	var log strings.Builder
	for _, e := range []struct{ verb, resource, name, at string }{
		{"get", "configmaps", "settings", "2026-03-01T10:00:00Z"}, {"list", "pods", "", "2026-03-09T10:00:00Z"},
	} {
		fmt.Fprintf(&log, `{"kind":"Event","apiVersion":"audit.k8s.io/v1","stage":"ResponseComplete","verb":%q,"user":{"username":"system:serviceaccount:%s:crop"},`+
			`"objectRef":{"resource":%q,"namespace":%q,"name":%q},"responseStatus":{"code":200},"stageTimestamp":%q}`+"\n", e.verb, l.namespace, e.resource, l.namespace, e.name, e.at)
	}
	file := filepath.Join(t.TempDir(), "audit.log")
	require.NoError(t, os.WriteFile(file, []byte(log.String()), 0o600))

	r := l.run("tighten", "crop", "-n", l.namespace, "--intent", "minimal-role", "--dry-run")
	assert.Contains(t, r.err, "--audit-log FILE", "without a log it says what it needs")
	r = l.run("tighten", "crop", "-n", l.namespace, "--dry-run", "--audit-log", file)
	assert.Contains(t, r.err, "minimal-role: asks: ", "rights are narrowed when that is asked for")
	assert.Contains(t, r.err, "2 events from 2026-03-01 10:00 to 2026-03-09 10:00 UTC")

	p := l.tighten("crop", "minimal-role", []string{"SA-11"}, func() {
		role := l.get("Role", "crop-used")
		require.NotNil(t, role)
		assert.Equal(t, []any{
			map[string]any{"apiGroups": []any{""}, "resources": []any{"configmaps"}, "resourceNames": []any{"settings"}, "verbs": []any{"get"}},
			map[string]any{"apiGroups": []any{""}, "resources": []any{"pods"}, "verbs": []any{"list"}},
		}, role["rules"])
		assert.Nil(t, l.get("RoleBinding", "crop-admin"))
		assert.NotNil(t, l.get("RoleBinding", "crop-used"))
	}, "--audit-log", file)
	require.Len(t, p.Steps, 3, "first the new rights, then the old ones")
	assert.Equal(t, "delete", p.Steps[2].Verb)
	assert.Contains(t, p.Steps[2].Asks[0], "8 days (2026-03-01 10:00 to 2026-03-09 10:00, UTC), 2 requests")
}

// Before a policy is made the plan says who can reach the function now, and who afterwards.
func TestTightenShowsConnectionsBeforeAndAfter(t *testing.T) {
	t.Parallel()
	l := newLab(t, cropper+`
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: resize}
spec:
  replicas: 0
  selector: {matchLabels: {app: resize}}
  template: {metadata: {labels: {app: resize}}, spec: {containers: [{name: resize, image: "registry.example.com/media/resize:1"}]}}`)
	p := l.tighten("crop", "isolate-ingress", []string{"NET-01"}, func() {})
	require.Len(t, p.Connectivity, 1)
	c := p.Connectivity[0]
	assert.Contains(t, c.In, connectivity.Line{Peer: "Deployment resize in " + l.namespace, Before: "all", After: "TCP 8080"}, "its neighbours may go on")
	assert.Contains(t, c.In, connectivity.Line{Peer: "addresses that are no pods, all", Before: "all", After: "none"})

	r := l.run("tighten", "crop", "-n", l.namespace, "--intent", "isolate-ingress", "--dry-run")
	require.Equal(t, exitDone, r.code, r.err)
	assert.Regexp(t, l.namespace+`/crop: who can reach it, before → after\n(  .*\n)*  addresses that are no pods, all +all +→ none\n`, r.out)
	assert.Regexp(t, `  Deployment resize in `+l.namespace+` +all +→ TCP 8080\n`, r.out)
	assert.NotContains(t, r.out, "whom it reaches", "which stays as it is")
}

const cropService = `
---
apiVersion: v1
kind: Service
metadata: {name: crop}
spec: {selector: {app: crop}, ports: [{port: 80, targetPort: 8080}]}
---
{apiVersion: v1, kind: Secret, metadata: {name: crop-cert}, type: kubernetes.io/tls, data: {tls.crt: "", tls.key: ""}}
---
{apiVersion: v1, kind: Secret, metadata: {name: crop-users}, data: {auth: ""}}
---`

// Every kind of object that protects a route or a mesh is planned, tried by the server, applied, looked at and taken back.
func TestTightenEveryKind(t *testing.T) {
	t.Parallel()
	const (
		traefik  = "{apiVersion: traefik.io/v1alpha1, kind: IngressRoute, metadata: {name: crop}, spec: {entryPoints: [web], routes: [{match: Host(`NS.example.com`), kind: Rule, services: [{name: crop, port: 80}]}]}}"
		ingress  = `{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: crop}, spec: {ingressClassName: nginx, rules: [{host: NS.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: crop, port: {number: 80}}}}]}}]}}`
		proxy    = `{apiVersion: projectcontour.io/v1, kind: HTTPProxy, metadata: {name: crop}, spec: {virtualhost: {fqdn: NS.example.com, tls: {secretName: crop-cert}}, routes: [{services: [{name: crop, port: 80}]}]}}`
		route    = `{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: crop}, spec: {parentRefs: [{name: edge}], hostnames: [NS.example.com], rules: [{backendRefs: [{name: crop, port: 80}]}]}}`
		gateway  = "\n---\n{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: edge}, spec: {gatewayClassName: x, listeners: [{name: web, port: 80, protocol: HTTP}]}}"
		rule     = `{apiVersion: gateway.kyma-project.io/v2, kind: APIRule, metadata: {name: crop}, spec: {hosts: [NS], gateway: kyma-system/kyma-gateway, service: {name: crop, port: 80}, rules: [{path: /, methods: [GET], noAuth: true}]}}`
		istio    = "{labels: {istio-injection: enabled}}"
		linkerd  = "{annotations: {linkerd.io/inject: enabled}}"
		issuer   = "--with=issuer=https://id.example.com/"
		keys     = "--with=jwks=https://id.example.com/keys"
		callers  = "--with=callers=shop/cart"
		users    = "--with=auth-secret=crop-users"
		noLabels = "{}"
	)
	for _, x := range []struct {
		namespace, route, intent, cures string
		with                            []string
		kinds                           []string // of the steps
	}{
		{noLabels, ingress, "route-tls", "NET-30", nil, []string{"patch Ingress"}},
		{noLabels, ingress, "route-auth", "NET-32", []string{users}, []string{"patch Ingress"}},
		{noLabels, traefik, "route-auth", "NET-32", []string{users}, []string{"create Middleware", "patch IngressRoute"}},
		{noLabels, proxy, "route-auth", "NET-32", []string{issuer, keys}, []string{"patch HTTPProxy"}},
		{noLabels, route + gateway, "route-tls", "NET-30", nil, []string{"patch Gateway", "patch HTTPRoute"}},
		{istio, rule, "route-auth", "NET-40", []string{issuer, keys, "--with=scopes=crop"}, []string{"patch APIRule"}},
		{istio, "", "mesh-mtls", "MSH-02", nil, []string{"create PeerAuthentication"}},
		{istio, "", "mesh-authz", "MSH-04", []string{callers}, []string{"create AuthorizationPolicy"}},
		{linkerd, "", "mesh-authz", "MSH-09", []string{callers}, []string{"create MeshTLSAuthentication", "create AuthorizationPolicy", "create Server"}},
	} {
		t.Run(x.intent+" "+x.kinds[0], func(t *testing.T) {
			t.Parallel()
			l := newLabIn(t, x.namespace, strings.TrimSuffix(cropper+cropService+"\n"+x.route, "\n---\n"))
			p := l.tighten("crop", x.intent, []string{x.cures}, func() {}, x.with...)
			var steps []string
			for _, s := range p.Steps {
				steps = append(steps, s.Verb+" "+s.Object.Kind)
			}
			assert.Equal(t, x.kinds, steps)
		})
	}
}

// A shared Secret gets a sister with the same values, which no output or journal has; a token of a week lives for an hour.
func TestTightenSecretsAndTokens(t *testing.T) {
	t.Parallel()
	user := func(name string) string {
		return strings.ReplaceAll(strings.NewReplacer("serviceAccountName: crop", "volumes: [{name: mine, projected: {sources: [{serviceAccountToken: {path: token, expirationSeconds: 604800}}]}}]\n      serviceAccountName: crop",
			"ports: [{containerPort: 8080}]", "env: [{name: PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}], volumeMounts: [{name: mine, mountPath: /token}]").Replace(cropper), "crop", name)
	}
	l := newLab(t, user("crop")+"\n---\n"+user("resize")+"\n---\n{apiVersion: v1, kind: Secret, metadata: {name: db}, stringData: {password: "+oldCanary+"}}"+`
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: view}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}, subjects: [{kind: ServiceAccount, name: crop, namespace: NS}]}`)
	l.tighten("crop", "split-secret", nil, func() {
		assert.Equal(t, oldCanary, string(l.secret(l.namespace, "crop-db").Data["password"]))
		d := l.get("Deployment", "crop")
		containers, _, err := unstructured.NestedSlice(d, "spec", "template", "spec", "containers")
		require.NoError(t, err)
		assert.Contains(t, fmt.Sprint(containers), "name:crop-db")
	})
	l.tighten("crop", "narrow-token", nil, func() {
		assert.Contains(t, fmt.Sprint(l.get("Deployment", "crop")), "expirationSeconds:3600")
	})
}

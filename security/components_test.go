package security_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/blast"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/snapshot"
)

// kubeless is a control plane of two workloads, as well secured as it can be but for what replaces its marks.
const kubeless = `
{apiVersion: v1, kind: Namespace, metadata: {name: kubeless, labels: {pod-security.kubernetes.io/enforce: restricted}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: kubeless-controller-manager, namespace: kubeless, labels: {kubeless: controller}}
spec:
  selector: {matchLabels: {kubeless: controller}}
  template:
    metadata: {labels: {kubeless: controller}}
    spec:
      serviceAccountName: controller-acct
      securityContext: {runAsNonRoot: true, runAsUser: 20000, seccompProfile: {type: RuntimeDefault}}
      POD
      containers:
      - name: kubeless-function-controller
        image: kubeless/function-controller:v1.0.8
        ENV
        securityContext: {CONTAINER}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: kafka, namespace: kubeless, labels: {kubeless: kafka}}
spec:
  serviceName: broker
  selector: {matchLabels: {kubeless: kafka}}
  template:
    metadata: {labels: {kubeless: kafka}}
    spec:
      serviceAccountName: kafka
      automountServiceAccountToken: false
      securityContext: {runAsNonRoot: true, runAsUser: 20000, seccompProfile: {type: RuntimeDefault}}
      containers:
      - name: broker
        image: kafka:3
        env: [{name: SASL, value: "on"}]
        securityContext: {CONTAINER}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: controller-acct, namespace: kubeless}}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: kafka, namespace: kubeless}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: deny, namespace: kubeless}, spec: {podSelector: {}, policyTypes: [Ingress, Egress]}}
---
{apiVersion: kubeless.io/v1beta1, kind: Function, metadata: {name: mail, namespace: shop}, spec: {runtime: python3.9, handler: a.b, function: "x", function-content-type: text}}
`

const hardened = "allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}"

// plane fills in the marks of kubeless: `NAME=text`, and adds documents.
func plane(marks map[string]string, documents ...string) []string {
	text := kubeless
	for _, m := range []struct{ mark, usual string }{{"POD", ""}, {"ENV", ""}, {"CONTAINER", hardened}} {
		value, ok := marks[m.mark]
		if !ok {
			value = m.usual
		}
		text = strings.ReplaceAll(text, m.mark, value)
	}
	return append([]string{text}, documents...)
}

var kubelessPlane = check.Subject{Scope: check.ScopePlatform, Namespace: "kubeless", Framework: "kubeless"}

func bind(kind, namespace, name, rules string, account string) string {
	if kind == "ClusterRole" {
		return `
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: ` + name + `}, rules: [` + rules + `]}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: ` + name + `}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ` + name + `}, subjects: [{kind: ServiceAccount, name: ` + account + `, namespace: kubeless}]}`
	}
	return `
{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: ` + name + `, namespace: ` + namespace + `}, rules: [` + rules + `]}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: ` + name + `, namespace: ` + namespace + `}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: ` + name + `}, subjects: [{kind: ServiceAccount, name: ` + account + `, namespace: kubeless}]}`
}

const (
	secretRule = `{verbs: [get, list], apiGroups: [""], resources: [secrets]}`
	allRule    = `{verbs: ["*"], apiGroups: ["*"], resources: ["*"]}`
)

func TestControlsOfFunctionsJudgeControlPlanes(t *testing.T) {
	for _, c := range []struct {
		name      string
		documents []string
		id, want  string // severity and words of the one finding; empty: none
		limit     check.Limit
	}{
		{"credential", plane(map[string]string{"ENV": `env: [{name: KAFKA_PASSWORD, value: "hunter2hunter2"}]`}), "SEC-01", "high Deployment kubeless-controller-manager: variable KAFKA_PASSWORD", 0},
		{"no credential", plane(nil), "SEC-01", "", 0},
		{"settings", plane(nil, `{apiVersion: v1, kind: ConfigMap, metadata: {name: kubeless-config, namespace: kubeless}, data: {registry-password: "hunter2hunter2"}}`), "SEC-02", "high key registry-password of ConfigMap kubeless-config", 0},
		{"settings of others", plane(nil, `{apiVersion: v1, kind: ConfigMap, metadata: {name: other, namespace: kubeless}, data: {registry-password: "hunter2hunter2"}}`), "SEC-02", "", 0},
		{"privileged", plane(map[string]string{"CONTAINER": "privileged: true"}), "POD-04", "critical is privileged: whoever gets into it owns the node; likewise StatefulSet kafka", 0},
		{"not privileged", plane(nil), "POD-04", "", 0},
		{"socket", plane(map[string]string{"POD": "volumes: [{name: s, hostPath: {path: /var/run/docker.sock}}]"}), "POD-07", "critical Deployment kubeless-controller-manager: mounts the container runtime's socket", 0},
		{"escalation", plane(map[string]string{"CONTAINER": ""}), "POD-10", "low likewise StatefulSet kafka", 0},
		{"hardened", plane(nil), "POD-10", "", 0},
		{"host network", plane(map[string]string{"POD": "hostNetwork: true"}), "NET-12", "high Deployment kubeless-controller-manager: its pods use the network of their node", 0},
		{"year-long token", plane(nil), "SA-06", "low Deployment kubeless-controller-manager: the token", 0},
		{"no token", plane(map[string]string{"POD": "automountServiceAccountToken: false"}), "SA-06", "", 0},
		{"needless token", plane(nil), "SA-02", "low which may do nothing", 0},
		{"default account", []string{strings.ReplaceAll(plane(nil)[0], "serviceAccountName: kafka", "")}, "SA-01", "low StatefulSet kafka", 0},
		{"administrator", plane(nil, bind("ClusterRole", "", "everything", allRule, "controller-acct")), "SA-10", "critical administers the cluster", 0},
		{"no administrator", plane(nil), "SA-10", "", 0},
		{"what an administrator may do is not said again", plane(nil, bind("ClusterRole", "", "everything", allRule, "controller-acct")), "SA-20", "", 0},
		{"Secrets everywhere", plane(nil, bind("ClusterRole", "", "extra", secretRule, "controller-acct")), "SA-20", "critical read Secrets in every namespace", 0},
		{"Secrets everywhere as it comes", plane(nil, bind("ClusterRole", "", "kubeless-controller-deployer", secretRule, "controller-acct")), "SA-20", "critical read Secrets in every namespace", check.FrameworkLimit},
		{"Secrets of its functions", plane(nil, bind("Role", "shop", "extra", secretRule, "controller-acct")), "SA-20", "", 0},
		{"Secrets of its own", plane(nil, bind("Role", "kubeless", "extra", secretRule, "controller-acct")), "SA-20", "", 0},
		{"Secrets of others", plane(nil, bind("Role", "bank", "extra", secretRule, "controller-acct")), "SA-20", "high in namespace bank", 0},
		{"floor", []string{strings.ReplaceAll(plane(nil)[0], "enforce: restricted", "enforce: privileged")}, "POD-02", "medium the API server accepts pods of any power in namespace kubeless", 0},
		{"floor in place", plane(nil), "POD-02", "", 0},
		{"open to the node's network", plane(nil, `{apiVersion: v1, kind: Service, metadata: {name: broker, namespace: kubeless}, spec: {type: NodePort, selector: {kubeless: kafka}, ports: [{port: 9092, nodePort: 30092}]}}`), "NET-20", "high StatefulSet kafka: Service broker listens on every address of every node", 0},
		{"inside", plane(nil, `{apiVersion: v1, kind: Service, metadata: {name: broker, namespace: kubeless}, spec: {selector: {kubeless: kafka}, ports: [{port: 9092}]}}`), "NET-20", "", 0},
		{"no policy", []string{strings.ReplaceAll(plane(nil)[0], "podSelector: {}", "podSelector: {matchLabels: {kubeless: controller}}")}, "NET-02", "medium StatefulSet kafka: no network policy applies", 0},
		{"policy", plane(nil), "NET-02", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := offlinetest.Text(t, c.documents...).Scope(kubelessPlane)
			found := offlinetest.Of(p, c.id)
			if c.want == "" {
				require.Empty(t, found)
				assert.Contains(t, []string{"pass", "na"}, offlinetest.Verdict(t, p, c.id))
				return
			}
			require.Len(t, found, 1, "one of a platform")
			severity, text, _ := strings.Cut(c.want, " ")
			assert.Equal(t, severity, found[0].Severity.String())
			assert.Contains(t, found[0].Message, text)
			assert.Equal(t, c.limit.String(), found[0].Limit.String())
			assert.Equal(t, "fail", offlinetest.Verdict(t, p, c.id))
		})
	}
}

func TestWellSecuredControlPlaneHasNothingAboveLow(t *testing.T) {
	p := offlinetest.Text(t, plane(map[string]string{"POD": "automountServiceAccountToken: false"})...).Scope(kubelessPlane)
	for _, f := range p.Findings {
		assert.True(t, f.Severity <= check.Low || f.Limit != check.NoLimit, "%s %s: %s", f.Control.ID, f.Severity, f.Message)
	}
}

func TestSumOfPlatformDoesNotCountBesideItsParts(t *testing.T) {
	p := offlinetest.Text(t, plane(map[string]string{"CONTAINER": "privileged: true"})...).Scope(kubelessPlane)
	require.NotEmpty(t, offlinetest.Of(p, "POD-20"))
	assert.Equal(t, 1, p.Counts[check.Critical], "POD-04 counts, the sum of it does not")
	assert.Equal(t, security.F, p.Grade)
}

func TestFrameworksOwnFindingOfTheSameFieldStandsAlone(t *testing.T) {
	edge := `
apiVersion: apps/v1
kind: Deployment
metadata: {name: owdev-nginx, namespace: ow, labels: &l {name: owdev-nginx, chart: openwhisk-1.0.1, release: owdev}}
spec:
  selector: {matchLabels: {name: owdev-nginx}}
  template: {metadata: {labels: *l}, spec: {containers: [{name: nginx, image: "nginx:1", volumeMounts: [{name: c, mountPath: /c}]}], volumes: [{name: c, configMap: {name: owdev-gen-certs}}]}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: owdev-gen-certs, namespace: ow}
data:
  tls.key: |
    -----BEGIN PRIVATE KEY-----
    MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj
    -----END PRIVATE KEY-----
  PLACE: "hunter2hunter2"
`
	subject := check.Subject{Scope: check.ScopePlatform, Namespace: "ow", Framework: "openwhisk", Release: "owdev"}
	own := offlinetest.Text(t, strings.ReplaceAll(edge, "PLACE", "colour")).Scope(subject)
	require.Len(t, offlinetest.Of(own, "FW-OW-05"), 1)
	assert.Empty(t, offlinetest.Of(own, "SEC-02"), "the same key")
	both := offlinetest.Text(t, strings.ReplaceAll(edge, "PLACE", "password")).Scope(subject)
	require.Len(t, offlinetest.Of(both, "SEC-02"), 1, "another key")
	assert.Contains(t, offlinetest.Of(both, "SEC-02")[0].Path, "password")
}

func TestHowAPlatformIsSecuredSaysNothingOfItsFunctions(t *testing.T) {
	open := `{apiVersion: v1, kind: Service, metadata: {name: broker, namespace: kubeless}, spec: {type: NodePort, selector: {kubeless: kafka}, ports: [{port: 9092, nodePort: 30092}]}}`
	pods := `
apiVersion: apps/v1
kind: Deployment
metadata: {name: mail, namespace: shop, labels: {function: mail, created-by: kubeless}}
spec: {selector: {matchLabels: {function: mail}}, template: {metadata: {labels: {function: mail}}, spec: {containers: [{name: mail, image: "m:1"}]}}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: deny, namespace: shop}, spec: {podSelector: {}, policyTypes: [Egress]}}`
	w := offlinetest.Text(t, plane(nil, open, pods)...)
	require.NotEmpty(t, offlinetest.Of(w.Scope(kubelessPlane), "NET-20"))
	for _, f := range w.Judge("shop", "mail").Findings {
		assert.NotEqual(t, check.OpenToAll, f.Rule(), "%s", f.Control.ID)
	}
	free := strings.ReplaceAll(plane(nil)[0], "policyTypes: [Ingress, Egress]", "policyTypes: [Ingress]")
	w = offlinetest.Text(t, free, pods)
	require.NotEmpty(t, offlinetest.Of(w.Scope(kubelessPlane), "NET-02"))
	assert.Less(t, security.Radius.Get(w.Reader, w.Find("shop", "mail").Key).Level, blast.Cluster)
}

func TestHiddenControlPlaneIsUnknown(t *testing.T) {
	w := offlinetest.Text(t, plane(nil)...)
	o := offlinetest.Options()
	o.Manifests = false
	p := security.Scope.Get(snapshot.Once(offlinetest.Hide(w.World, schema.GroupKind{Group: "apps", Kind: "Deployment"}), o), kubelessPlane)
	for _, id := range []string{"SEC-01", "POD-04", "POD-20", "SA-10", "NET-12"} {
		require.Equal(t, "unknown", offlinetest.Verdict(t, p, id), id)
		assert.Contains(t, offlinetest.Of(p, id)[0].Message, "cannot list deployments.apps in kubeless: forbidden")
	}
	assert.True(t, p.Capped)
	none := offlinetest.Text(t, strings.Split(plane(nil)[0], "---\n")[6]).Scope(kubelessPlane)
	assert.Equal(t, "na", offlinetest.Verdict(t, none, "POD-04"), "no workload of it is there")
}

package deploy_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/deploy"
	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/samples"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

const digest = "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func maker() *deploy.Maker {
	return deploy.New(all.New(all.Options{}), security.Kinds(), &snapshot.Options{Now: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), ServerMinor: 36})
}

// setting is a namespace of a cluster with the platform of one framework.
func setting(t testing.TB, framework string, texts ...string) *deploy.Setting {
	t.Helper()
	s := &deploy.Setting{Context: "test"}
	read := func(name, text string) {
		docs, problems := manifest.Read(name, []byte(text))
		require.Empty(t, problems)
		s.Documents = append(s.Documents, docs...)
	}
	read("namespace", `
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {kubernetes.io/metadata.name: shop, pod-security.kubernetes.io/enforce: restricted}}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: room, namespace: shop}
spec: {hard: {pods: "20", limits.memory: 4Gi}}
status: {hard: {pods: "20", limits.memory: 4Gi}, used: {pods: "1", limits.memory: 3Gi}}
---
apiVersion: v1
kind: LimitRange
metadata: {name: room, namespace: shop}
spec: {limits: [{type: Container, default: {memory: 512Mi, cpu: "1"}, defaultRequest: {memory: 64Mi, cpu: 50m}, max: {memory: 2Gi}}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: coredns, namespace: kube-system, labels: {k8s-app: kube-dns}}
spec:
  selector: {matchLabels: {k8s-app: kube-dns}}
  template: {metadata: {labels: {k8s-app: kube-dns}}, spec: {containers: [{name: coredns, image: registry.k8s.io/coredns:v1.12.0, ports: [{containerPort: 53, protocol: UDP}]}]}}
`)
	for _, f := range samples.Seed() {
		if f.Framework == framework && strings.Contains(f.Path, "/0") {
			read(f.Path, string(f.Data))
		}
	}
	for _, text := range texts {
		read("text", text)
	}
	return s
}

func request(framework string) *plan.DeployRequest {
	return &plan.DeployRequest{Framework: framework, Namespace: "shop", Name: "crop", Source: plan.Source{Image: "registry.example.com/shop/crop" + digest}}
}

func make1(t testing.TB, s *deploy.Setting, r *plan.DeployRequest, o deploy.Options) *deploy.Result {
	t.Helper()
	results, err := maker().Make(t.Context(), s, []*plan.DeployRequest{r}, o)
	require.NoError(t, err)
	require.Len(t, results, 1)
	return results[0]
}

// defaults are requests of the fewest words, one for each framework in which functions can be made.
var defaults = map[string]*plan.DeployRequest{
	"plain":   request("plain"),
	"knative": request("knative"),
}

func TestDefaultsGradeAOrAsFarAsTheFrameworkLets(t *testing.T) {
	for name, r := range defaults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := make1(t, setting(t, name), r, deploy.Options{})
			require.Empty(t, result.Problems)
			require.NotNil(t, result.Posture, "nothing tells how secure it will be")
			for _, f := range result.Pending() {
				assert.Equal(t, check.FrameworkLimit, f.Limit, "%s %s: %s (%v)", f.Control.ID, f.Severity, f.Message, f.Object())
			}
			if len(result.Pending()) == 0 {
				assert.Equal(t, "A", result.Grade())
			}
		})
	}
}

func TestEveryDefaultCanBeGivenUpByName(t *testing.T) {
	t.Parallel()
	s := setting(t, "knative")
	all := make1(t, s, request("knative"), deploy.Options{Insecure: deploy.Defaults()})
	assert.Empty(t, all.Done)
	assert.Len(t, all.Edits, 1, "what kn makes, and nothing else")
	assert.Contains(t, all.GivenUp, check.FixIsolateEgress)
	one := make1(t, s, request("knative"), deploy.Options{Insecure: []check.Intent{check.FixReadOnlyRoot}})
	assert.Equal(t, []check.Intent{check.FixReadOnlyRoot}, one.GivenUp)
	text, err := one.Text()
	require.NoError(t, err)
	assert.NotContains(t, text, "readOnlyRootFilesystem")
	assert.Contains(t, text, "runAsNonRoot: true")
}

func TestCredentialsOfVariablesGoIntoASecretAndStandNowhere(t *testing.T) {
	t.Parallel()
	r := request("plain")
	r.Env = []plan.Variable{{Name: "LOG", Value: "debug"}, {Name: "DB_PASSWORD", Value: "hunter2hunter2"}}
	result := make1(t, setting(t, "plain"), r, deploy.Options{})
	require.Empty(t, result.Problems)
	raw, err := json.Marshal(result.Edits)
	require.NoError(t, err)
	assert.NotContains(t, string(raw), "hunter2", "the value is given when the plan is carried out")
	text, err := result.Text()
	require.NoError(t, err)
	assert.NotContains(t, text, "hunter2")
	secret := model.Ref{Kind: "Secret", Namespace: "shop", Name: "crop-env"}
	value, err := deploy.Values([]*deploy.Result{result})(t.Context(), &change.Step{Ref: secret}, plan.Need{Path: "data.DB_PASSWORD"})
	require.NoError(t, err)
	assert.Equal(t, "hunter2hunter2", string(value))
	assert.Contains(t, text, "value: debug")
	for _, f := range result.Pending() {
		assert.NotEqual(t, "SEC-10", f.Control.ID, "the key will be there")
	}
}

// A new function gets nothing of the rights that the namespace's default account has.
func TestNoRightsAreInherited(t *testing.T) {
	t.Parallel()
	s := setting(t, "plain", `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: everything, namespace: shop}
rules: [{apiGroups: [""], resources: [secrets], verbs: [get, list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: everything, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: everything}
subjects: [{kind: ServiceAccount, name: default, namespace: shop}]
`)
	result := make1(t, s, request("plain"), deploy.Options{})
	require.Empty(t, result.Problems)
	for _, e := range result.Edits {
		assert.NotEqual(t, "RoleBinding", e.Object.Kind)
		if e.Object.Kind == "ServiceAccount" {
			assert.Equal(t, false, e.New["automountServiceAccountToken"])
		}
	}
	assert.Equal(t, "A", result.Grade())
}

func TestImagesArePinnedToWhatTheClusterRuns(t *testing.T) {
	t.Parallel()
	s := setting(t, "plain")
	s.Digests = map[string]string{"registry.example.com/shop/crop:7": digest[1:]}
	r := request("plain")
	r.Source.Image = "registry.example.com/shop/crop:7"
	text, err := make1(t, s, r, deploy.Options{}).Text()
	require.NoError(t, err)
	assert.Contains(t, text, "image: registry.example.com/shop/crop"+digest)
}

// live has what was made by an earlier result, as a cluster would.
func live(t testing.TB, s *deploy.Setting, r *deploy.Result) {
	t.Helper()
	for _, o := range r.Objects() {
		meta, _ := o["metadata"].(map[string]any)
		meta["uid"], meta["resourceVersion"] = "1", "2"
		raw, err := json.Marshal(o)
		require.NoError(t, err)
		d, err := manifest.Object(raw)
		require.NoError(t, err)
		s.Documents = append(s.Documents, d)
	}
}

func TestWhatIsThereIsChangedWhereItDiffers(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(defaults)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setting(t, name)
			first := make1(t, s, defaults[name], deploy.Options{})
			require.Empty(t, first.Problems)
			live(t, s, first)
			again := make1(t, s, defaults[name], deploy.Options{})
			assert.Empty(t, again.Problems)
			assert.True(t, again.Exists)
			assert.Empty(t, again.Edits, "nothing is different")
			other := *defaults[name]
			if other.Source.Image == "" {
				return
			}
			other.Source.Image = "registry.example.com/shop/crop@sha256:" + strings.Repeat("f", 64)
			changed := make1(t, s, &other, deploy.Options{})
			require.Empty(t, changed.Problems)
			require.Len(t, changed.Edits, 1)
			assert.Equal(t, plan.Patch, changed.Edits[0].Verb)
			for _, f := range changed.Edits[0].Fields {
				assert.True(t, strings.HasSuffix(f.Path, "image"), f.Path)
			}
		})
	}
}

func TestWhatIsOfOthersIsNeverOverwritten(t *testing.T) {
	t.Parallel()
	s := setting(t, "plain", `
apiVersion: v1
kind: Service
metadata: {name: crop, namespace: shop}
spec: {selector: {app: other}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: resize, namespace: shop, ownerReferences: [{apiVersion: openfaas.com/v1, kind: Function, name: resize, uid: "1", controller: true}]}
spec: {selector: {matchLabels: {app: resize}}, template: {metadata: {labels: {app: resize}}, spec: {containers: [{name: a, image: b}]}}}
`)
	result := make1(t, s, request("plain"), deploy.Options{})
	assert.Equal(t, []plan.Problem{{Field: "name", Text: "Service shop/crop exists already and is not of this function: choose another name"}}, result.Problems)
	assert.Empty(t, result.Edits)
	r := request("plain")
	r.Name = "resize"
	result = make1(t, s, r, deploy.Options{})
	require.Len(t, result.Problems, 1)
	assert.Contains(t, result.Problems[0].Text, "is made by Function resize")
}

package deploy_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/deploy"
	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
)

// connected is the namespace of a platform, bounded and guarded, in which a connector c tells of these records too.
func connected(t testing.TB, framework string, records ...object) *deploy.Setting {
	t.Helper()
	s := setting(t, framework, `
apiVersion: v1
kind: Namespace
metadata: {name: `+framework+`, labels: {pod-security.kubernetes.io/enforce: restricted}}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: room, namespace: `+framework+`}
spec: {hard: {pods: "20", limits.memory: 4Gi, limits.cpu: "4"}}
---
apiVersion: v1
kind: LimitRange
metadata: {name: room, namespace: `+framework+`}
spec: {limits: [{type: Container, default: {memory: 512Mi, cpu: "1"}}]}
`)
	records = append(records, object{"kind": "Connector", "metadata": object{"name": "c"}, "name": "c", "phase": "live", "reached": true, "tenant": "guest"})
	for _, r := range records {
		r["apiVersion"] = map[string]string{"openwhisk": "openwhisk.apache.org/v1", "fn": "fnproject.io/v2"}[framework]
		r["metadata"].(object)["namespace"] = framework
		raw, err := json.Marshal(r)
		require.NoError(t, err)
		d, _ := manifest.Object(raw) // which takes exception at the slashes of its name
		require.NotEmpty(t, d.Ref().Name)
		s.Documents = append(s.Documents, d)
	}
	return s
}

type object = map[string]any

// asked are requests for a function of an API that is no Kubernetes API.
func asked(framework string, edit func(*plan.DeployRequest)) *plan.DeployRequest {
	r := &plan.DeployRequest{
		Framework: framework, Namespace: framework, Name: "crop", Runtime: "nodejs:22", Options: map[string]string{"connector": "c"},
		Source: plan.Source{Code: &plan.Code{Name: "crop.js", Files: map[string][]byte{"crop.js": []byte("function main() {}\n")}}},
	}
	if framework == "fn" {
		r.Name, r.Runtime, r.Source = "shop/crop", "", plan.Source{Image: "registry.example.com/shop/crop:1" + digest}
	}
	if edit != nil {
		edit(r)
	}
	return r
}

// own are the pending findings about the function itself, and no pods or namespaces.
func own(r *deploy.Result) map[string]string {
	found := map[string]string{}
	for _, f := range r.Pending() {
		if f.Object() == r.Declares && f.Limit != check.FrameworkLimit {
			found[f.Control.ID] = f.Severity.String() + ": " + f.Message
		}
	}
	return found
}

const unsourced = "low: nothing leads from the function to its source: no commit, no image digest, no tool that deploys it"

// TestAFunctionOfAConnectorIsJudgedAsWhatItBecomes holds that what only an API of a platform has is judged as a draft too.
func TestAFunctionOfAConnectorIsJudgedAsWhatItBecomes(t *testing.T) {
	web := func(auth string) func(*plan.DeployRequest) {
		return func(r *plan.DeployRequest) {
			r.Triggers = []plan.Trigger{{Type: "http"}}
			if auth != "" {
				r.Triggers[0].Options = map[string]string{"auth": auth}
			}
		}
	}
	password := func(r *plan.DeployRequest) {
		r.Env = []plan.Variable{{Name: "LOG", Value: "debug"}, {Name: "DB_PASSWORD", Value: "hunter2hunter2"}}
	}
	for name, c := range map[string]struct {
		request *plan.DeployRequest
		grade   string
		want    map[string]string
	}{
		"an action":  {asked("openwhisk", nil), "C", map[string]string{"AUD-05": unsourced}},
		"a function": {asked("fn", nil), "F", map[string]string{}},
		"a web action that everybody may call": {asked("openwhisk", web("")), "D", map[string]string{
			"AUD-05": unsourced, "FW-OW-06": "high: anybody who reaches the edge calls this web action without a login",
		}},
		"a web action that any tenant may call": {asked("openwhisk", web("tenants")), "C", map[string]string{
			"AUD-05": unsourced, "FW-OW-06": "medium: the key of any tenant of the platform passes at this web action",
		}},
		"a credential among parameters": {asked("openwhisk", password), "D", map[string]string{
			"AUD-05": unsourced, "FW-OW-08": "high: parameter DB_PASSWORD holds a credential in plaintext (value of a sensitive name)",
		}},
		"a credential in configuration": {asked("fn", password), "F", map[string]string{
			"FW-FN-04": "high: configuration DB_PASSWORD holds a credential in plaintext (value of a sensitive name)",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := make1(t, connected(t, c.request.Framework), c.request, deploy.Options{})
			require.Empty(t, result.Problems)
			require.NotNil(t, result.Posture)
			assert.Equal(t, c.want, own(result))
			assert.Equal(t, c.grade, result.Grade())
		})
	}
}

func TestDefaultsOfAnActionStayWithinIt(t *testing.T) {
	t.Parallel()
	result := make1(t, connected(t, "openwhisk"), asked("openwhisk", nil), deploy.Options{})
	assert.Equal(t, []deploy.Step{{Intent: check.FixNoToken}}, result.Done)
	require.Len(t, result.Edits, 1)
	assert.Equal(t, false, result.Edits[0].New["spec"].(object)["annotations"].(object)["provide-api-key"])
	for _, f := range result.Pending() {
		assert.True(t, f.Limit == check.FrameworkLimit || f.Control.ID == "AUD-05", "%s: %s", f.Control.ID, f.Message)
	}
	bare := make1(t, connected(t, "openwhisk"), asked("openwhisk", nil), deploy.Options{Insecure: deploy.Defaults()})
	assert.Equal(t, []check.Intent{check.FixNoToken}, bare.GivenUp)
	assert.Contains(t, own(bare), "FW-OW-07")
	assert.Greater(t, bare.Grade(), result.Grade(), "a worse letter")
}

func TestACredentialOfAnActionIsNotTakenAwayUnasked(t *testing.T) {
	t.Parallel()
	r := asked("openwhisk", func(r *plan.DeployRequest) {
		r.Env = []plan.Variable{{Name: "DB_PASSWORD", Value: "hunter2hunter2"}}
	})
	result := make1(t, connected(t, "openwhisk"), r, deploy.Options{})
	assert.Equal(t, `"hunter2hunter2"`, result.Edits[0].New["data"].(object)["parameters/DB_PASSWORD"], "it is sent as asked for")
	i := slices.IndexFunc(result.Left, func(s deploy.Step) bool { return s.Intent == check.FixEnvToSecret })
	require.GreaterOrEqual(t, i, 0)
	assert.Contains(t, result.Left[i].Why, "fetch it when it runs")
	told, err := json.Marshal(result.Document())
	require.NoError(t, err)
	assert.Contains(t, string(told), "FW-OW-08")
	for _, f := range result.Posture.Findings {
		told = append(told, f.Message+f.Value...)
	}
	assert.NotContains(t, string(told), "hunter2")
}

// TestAnActionThatIsThereIsJudgedOnceAsItWillBe holds that its record gives way to the draft, which keeps what only the
// server knows of it, and that nothing that other actions have too is made for it.
func TestAnActionThatIsThereIsJudgedOnceAsItWillBe(t *testing.T) {
	t.Parallel()
	open := []any{object{"key": "web-export", "value": true}, object{"key": "provide-api-key", "value": false}}
	parameters := []any{object{"key": "DB_PASSWORD", "encryption": "aes-256", "credential": "a password"}}
	s := connected(t, "openwhisk", object{
		"kind": "Action", "metadata": object{"name": "c/guest/crop"}, "namespace": "guest", "name": "crop", "version": "0.0.7",
		"exec": object{"kind": "nodejs:22"}, "annotations": open, "parameters": parameters,
	})
	ref := model.Ref{Group: "openwhisk.apache.org", Kind: "Action", Namespace: "openwhisk", Name: "c/guest/crop"}
	s.Look = func(context.Context, []model.Ref) (map[model.Ref]map[string]any, error) {
		return map[model.Ref]map[string]any{ref: {
			"apiVersion": "openwhisk.apache.org/v1", "kind": "Action", "metadata": object{"name": ref.Name, "namespace": ref.Namespace, "resourceVersion": "0.0.7/1"},
			"spec": object{"exec": object{"kind": "nodejs:22", "binary": false}, "annotations": object{"web-export": true, "provide-api-key": false}},
			"data": object{"code": "old", "parameters/DB_PASSWORD": `"hunter2hunter2"`},
		}}, nil
	}
	r := asked("openwhisk", func(r *plan.DeployRequest) {
		r.Triggers = []plan.Trigger{{Type: "http", Options: map[string]string{"auth": "tenants"}}}
	})
	result := make1(t, s, r, deploy.Options{})
	require.Empty(t, result.Problems)
	assert.True(t, result.Exists)
	found := own(result)
	assert.Contains(t, found["FW-OW-06"], "the key of any tenant", "it was open to everybody")
	assert.NotContains(t, found, "FW-OW-08", "the server keeps it encrypted")
	for _, e := range result.Edits {
		assert.Equal(t, ref, e.Object)
	}
}

func TestCodeThatIsTooLargeToBeReadIsNotReplaced(t *testing.T) {
	t.Parallel()
	s := connected(t, "openwhisk")
	ref := model.Ref{Group: "openwhisk.apache.org", Kind: "Action", Namespace: "openwhisk", Name: "c/guest/crop"}
	has := object{"kind": "nodejs:22"}
	s.Look = func(context.Context, []model.Ref) (map[model.Ref]map[string]any, error) {
		return map[model.Ref]map[string]any{ref: {
			"apiVersion": "openwhisk.apache.org/v1", "kind": "Action", "metadata": object{"name": ref.Name, "namespace": ref.Namespace}, "spec": object{"exec": has},
		}}, nil
	}
	result := make1(t, s, asked("openwhisk", nil), deploy.Options{})
	require.Len(t, result.Problems, 1)
	assert.Equal(t, "code", result.Problems[0].Field)
	assert.Contains(t, result.Problems[0].Text, "too large to be read and kept for an undo")
	has["kind"], has["image"] = "blackbox", "shop/crop:1"
	assert.Empty(t, make1(t, s, asked("openwhisk", nil), deploy.Options{}).Problems, "an image has no code")
}

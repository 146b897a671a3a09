package artifact_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/check"
)

// rewriting is a policy of the API server, and its binding, with these fields in their specs.
func rewriting(version, spec, binding string) []string {
	kind := "{apiVersion: admissionregistration.k8s.io/" + version + ", kind: MutatingAdmissionPolicy"
	return []string{
		kind + ", metadata: {name: harden}, spec: {" + spec + "}}",
		kind + "Binding, metadata: {name: harden}, spec: {policyName: harden" + binding + "}}",
	}
}

func TestPoliciesThatRewriteTheFunction(t *testing.T) {
	const (
		pods    = `matchConstraints: {resourceRules: [{operations: [CREATE], apiGroups: [""], apiVersions: [v1], resources: [pods]}]}, `
		labels  = `mutations: [{patchType: ApplyConfiguration, applyConfiguration: {expression: 'Object{metadata: Object.metadata{labels: {"a": "b"}}}'}}]`
		harden  = `mutations: [{patchType: ApplyConfiguration, applyConfiguration: {expression: 'Object{spec: Object.spec{securityContext: Object.spec.securityContext{runAsNonRoot: true}}}'}}]`
		patch   = `mutations: [{patchType: JSONPatch, jsonPatch: {expression: '[JSONPatch{op: "add", path: "/spec/automountServiceAccountToken", value: false}]'}}]`
		ignored = ", failurePolicy: Ignore"
		params  = `, paramKind: {apiVersion: v1, kind: ConfigMap}`
		gone    = `, paramRef: {name: limits, namespace: fns`
	)
	for name, c := range map[string]struct {
		documents []string
		want      string
		severity  check.Severity
		says      string
	}{
		"refuses when it fails":        {rewriting("v1", pods+harden, ""), "pass", 0, ""},
		"skipped when it fails":        {rewriting("v1", pods+harden+ignored, ""), "fail", check.Medium, "MutatingAdmissionPolicy harden rewrites the function's objects to harden them, and is skipped"},
		"a patch":                      {rewriting("v1", pods+patch+ignored, ""), "fail", check.Medium, "skipped whenever it fails"},
		"of an older server":           {rewriting("v1beta1", pods+harden+ignored, ""), "fail", check.Medium, "skipped"},
		"labels alone":                 {rewriting("v1", pods+labels+ignored, ""), "pass", 0, ""},
		"with conditions":              {rewriting("v1", pods+harden+ignored+", matchConditions: [{name: a, expression: 'true'}]", ""), "fail", check.Medium, "may rewrite"},
		"not bound":                    {rewriting("v1", pods+harden+ignored, "")[:1], "na", 0, ""},
		"bound to another policy":      {[]string{rewriting("v1", pods+harden+ignored, "")[0], `{apiVersion: admissionregistration.k8s.io/v1, kind: MutatingAdmissionPolicyBinding, metadata: {name: x}, spec: {policyName: other}}`}, "na", 0, ""},
		"bound to other namespaces":    {rewriting("v1", pods+harden+ignored, ", matchResources: {namespaceSelector: {matchLabels: {stage: prod}}}"), "na", 0, ""},
		"bound to other kinds":         {rewriting("v1", pods+harden+ignored, `, matchResources: {resourceRules: [{operations: ["*"], apiGroups: [""], apiVersions: [v1], resources: [services]}]}`), "na", 0, ""},
		"other objects":                {rewriting("v1", `matchConstraints: {objectSelector: {matchLabels: {app: other}}, resourceRules: [{operations: [CREATE], apiGroups: [""], apiVersions: [v1], resources: [pods]}]}, `+harden+ignored, ""), "na", 0, ""},
		"pods are excepted":            {rewriting("v1", `matchConstraints: {resourceRules: [{operations: [CREATE], apiGroups: [""], apiVersions: [v1], resources: ["*"]}], excludeResourceRules: [{operations: ["*"], apiGroups: ["*"], apiVersions: ["*"], resources: [pods]}]}, `+harden+ignored, ""), "na", 0, ""},
		"an object of another name":    {rewriting("v1", `matchConstraints: {resourceRules: [{operations: [CREATE], apiGroups: [apps], apiVersions: [v1], resources: [deployments], resourceNames: [other]}]}, `+harden+ignored, ""), "na", 0, ""},
		"the Deployment by its name":   {rewriting("v1", `matchConstraints: {resourceRules: [{operations: [CREATE], apiGroups: [apps], apiVersions: [v1], resources: [deployments], resourceNames: [fn]}]}, `+harden+ignored, ""), "fail", check.Medium, "skipped"},
		"parameters are missing":       {rewriting("v1", pods+labels+params, gone+"}"), "fail", check.Info, "nothing of the function can be made"},
		"skipped without parameters":   {rewriting("v1", pods+labels+params, gone+", parameterNotFoundAction: Allow}"), "fail", check.Info, "whoever makes the ConfigMap"},
		"parameters of the namespace":  {append(rewriting("v1", pods+labels+params, ", paramRef: {name: limits}"), "{apiVersion: v1, kind: ConfigMap, metadata: {name: limits, namespace: fns}}"), "pass", 0, ""},
		"parameters by their labels":   {rewriting("v1", pods+labels+params, ", paramRef: {selector: {}}"), "pass", 0, ""},
		"it says nothing of what":      {rewriting("v1", labels, ""), "na", 0, ""},
		"it has a webhook's neighbour": {append(rewriting("v1", pods+harden, ""), webhook("MutatingWebhookConfiguration", "a.example.com", `clientConfig: {url: "https://hooks.example.com/x"}, `+onPods)), "fail", check.Medium, "outside the cluster"},
	} {
		t.Run(name, func(t *testing.T) {
			p := judge(t, append(c.documents, image("fn:1"))...)
			found := offlinetest.Of(p, "AUD-12")
			require.Equal(t, c.want, offlinetest.Verdict(t, p, "AUD-12"), "%v", found)
			if c.want == "fail" {
				require.Len(t, found, 1)
				assert.Equal(t, c.severity, found[0].Severity)
				assert.Contains(t, found[0].Message, c.says)
			}
		})
	}
}

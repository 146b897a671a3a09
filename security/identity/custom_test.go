package identity_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/identity"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/snapshot"
)

const podSchema = "replicas: {type: object, additionalProperties: {type: object, properties: {template: {type: object, properties: {spec: {type: object, properties: " +
	"{serviceAccountName: {type: string}, volumes: {type: array, items: {type: object}}, " +
	"containers: {type: array, items: {type: object, properties: {image: {type: string}}}}}}}}}}}"

// definition is that of trainings.ml.example.com, with these properties of its spec.
func definition(spec string) string {
	return `
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: trainings.ml.example.com}
spec:
  group: ml.example.com
  scope: Namespaced
  names: {plural: trainings, kind: Training}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {` + spec + `}}}}}}`
}

// verdictWithout judges the function of documents by one control, where kinds may not be listed.
func verdictWithout(t *testing.T, id, documents string, kinds ...hiding) check.Status {
	t.Helper()
	w := offlinetest.Text(t, documents)
	var source snapshot.Source = w.World
	for _, k := range kinds {
		k.Source = source
		source = k
	}
	o := offlinetest.Options()
	o.Manifests = false
	f := w.World.Functions("fns")[0]
	e := &check.Eval{Reader: snapshot.Once(source, o), Subject: check.Subject{Scope: check.ScopeFunction, Namespace: "fns", Function: f.Key}, F: f}
	for _, c := range identity.Controls() {
		if c.ID == id {
			return e.Judge(&c)
		}
	}
	t.Fatalf("no control %s", id)
	return 0
}

func TestCustomResourcesAreNotKnownWithoutTheirDefinitions(t *testing.T) {
	hidden := hiding{kinds: []schema.GroupKind{rbac.DefinitionKind}}
	grant := func(group, verb string) string { return mine() + inNamespace("fns", rule(group, "trainings", verb)) }
	assert.Equal(t, check.Unknown, verdictWithout(t, "SA-37", grant("ml.example.com", "create"), hidden))
	assert.Equal(t, check.Pass, verdictWithout(t, "SA-37", grant("ml.example.com", "get"), hidden))
	assert.Equal(t, check.Pass, verdictWithout(t, "SA-37", grant("apps", "create"), hidden))
	assert.Equal(t, check.Pass, verdictWithout(t, "SA-37", grant("ml.example.com", "create"), hiding{}))
}

func TestParametersOfAdmissionPolicies(t *testing.T) {
	policy := func(paramKind, paramRef string) string {
		return `
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: limits}
spec: {paramKind: ` + paramKind + `, validations: [{expression: "true"}]}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: limits}
spec: {policyName: limits, validationActions: [Deny], paramRef: ` + paramRef + `}
`
	}
	settings := policy("{apiVersion: v1, kind: ConfigMap}", "{name: limits, namespace: policies, parameterNotFoundAction: Deny}")
	trainings := policy("{apiVersion: ml.example.com/v1, kind: Training}", "{selector: {}, parameterNotFoundAction: Deny}")
	for _, tc := range []struct{ name, objects, want string }{
		{"writes them", inNamespace("policies", rule("", "configmaps", "update")) + settings, "high"},
		{"deletes them", inNamespace("policies", rule("", "configmaps", "delete")) + settings, "high"},
		{"by name", inNamespace("policies", only("", "configmaps", "patch", "limits")) + settings, "high"},
		{"by another name", inNamespace("policies", only("", "configmaps", "patch", "other")) + settings, "pass"},
		{"in another namespace", inNamespace("fns", rule("", "configmaps", "update")) + settings, "pass"},
		{"everywhere", clusterWide(rule("", "configmaps", "update")) + settings, "high"},
		{"reads them", inNamespace("policies", rule("", "configmaps", "get")) + settings, "pass"},
		{"a custom resource that a selector chooses", inNamespace("fns", rule("ml.example.com", "trainings", "create")) + definition("size: {type: integer}") + trainings, "high"},
		{"another policy's", inNamespace("policies", rule("", "secrets", "update")) + settings, "pass"},
		{"no parameters", inNamespace("policies", rule("", "configmaps", "update")), "pass"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			assert.Equal(t, tc.want, worst(t, judge(t, mine(), tc.objects), "SA-45"))
		})
	}
	hidden := hiding{kinds: []schema.GroupKind{{Group: "admissionregistration.k8s.io", Kind: "ValidatingAdmissionPolicy"}}}
	grant := mine() + inNamespace("policies", rule("", "configmaps", "update"))
	assert.Equal(t, check.Unknown, verdictWithout(t, "SA-45", grant, hidden))
}

package artifact_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
)

// webhook is a configuration with one webhook, with these fields besides.
func webhook(kind, name, fields string) string {
	return "{apiVersion: admissionregistration.k8s.io/v1, kind: " + kind + ", metadata: {name: x}, webhooks: [{name: " + name + ", " + fields + "}]}"
}

func namespace(labels string) string {
	return "{apiVersion: v1, kind: Namespace, metadata: {name: fns, labels: {" + labels + "}}}"
}

const (
	onPods    = `rules: [{operations: [CREATE], apiGroups: [""], apiVersions: [v1], resources: [pods]}]`
	guarded   = `clientConfig: {service: {namespace: fns, name: guard}}`
	guardHome = `{apiVersion: v1, kind: Service, metadata: {name: guard, namespace: fns}, spec: {ports: [{port: 443}]}}`
)

func TestWebhooksThatSeeTheFunction(t *testing.T) {
	const validating, mutating = "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"
	for name, c := range map[string]struct {
		hook     string
		want     string
		severity check.Severity
		says     string
	}{
		"none":                   {namespace(""), "na", 0, ""},
		"in the cluster":         {webhook(validating, "guard.kyverno.svc", guarded+", "+onPods), "pass", 0, ""},
		"outside":                {webhook(mutating, "a.example.com", `clientConfig: {url: "https://u:p@hooks.example.com/x"}, `+onPods), "fail", check.Medium, "outside the cluster, at hooks.example.com"},
		"by URL, inside":         {webhook(mutating, "a.example.com", `clientConfig: {url: "https://a.b.svc/x"}, `+onPods), "pass", 0, ""},
		"its Service is missing": {webhook(validating, "a.example.com", `clientConfig: {service: {namespace: fns, name: gone}}, `+onPods), "fail", check.Info, "nothing of the function can be made"},
		"skipped guard":          {webhook(validating, "validate.kyverno.svc", guarded+", failurePolicy: Ignore, "+onPods), "fail", check.Medium, "skipped whenever it does not answer"},
		"skipped, no guard":      {webhook(validating, "defaults.example.com", guarded+", failurePolicy: Ignore, "+onPods), "pass", 0, ""},
		"other namespaces":       {webhook(mutating, "a.example.com", `clientConfig: {url: "https://hooks.example.com/x"}, namespaceSelector: {matchLabels: {team: a}}, `+onPods), "na", 0, ""},
		"but this one":           {webhook(mutating, "a.example.com", `clientConfig: {url: "https://hooks.example.com/x"}, namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [fns]}]}, `+onPods), "na", 0, ""},
		"other objects":          {webhook(mutating, "a.example.com", `clientConfig: {url: "https://hooks.example.com/x"}, objectSelector: {matchLabels: {app: other}}, `+onPods), "na", 0, ""},
		"other kinds":            {webhook(mutating, "a.example.com", `clientConfig: {url: "https://hooks.example.com/x"}, rules: [{operations: ["*"], apiGroups: [""], apiVersions: [v1], resources: [configmaps]}]`), "na", 0, ""},
		"the Deployment":         {webhook(mutating, "a.example.com", `clientConfig: {url: "https://hooks.example.com/x"}, rules: [{operations: ["*"], apiGroups: ["*"], apiVersions: ["*"], resources: [deployments]}]`), "fail", check.Medium, ""},
		"deletion alone":         {webhook(mutating, "a.example.com", `clientConfig: {url: "https://hooks.example.com/x"}, rules: [{operations: [DELETE], apiGroups: [""], apiVersions: [v1], resources: [pods]}]`), "na", 0, ""},
		"with conditions":        {webhook(mutating, "a.example.com", `clientConfig: {url: "https://hooks.example.com/x"}, matchConditions: [{name: a, expression: "true"}], `+onPods), "fail", check.Medium, "may be called"},
	} {
		t.Run(name, func(t *testing.T) {
			p := judge(t, image("fn:1"), guardHome, c.hook)
			found := offlinetest.Of(p, "AUD-12")
			require.Equal(t, c.want, offlinetest.Verdict(t, p, "AUD-12"), "%v", found)
			if c.want == "fail" {
				assert.Equal(t, c.severity, found[0].Severity)
				assert.Contains(t, found[0].Message, c.says)
				assert.NotContains(t, found[0].Message, "u:p")
			}
		})
	}
}

func TestWebhooksWithoutAnAuthority(t *testing.T) {
	hook := func(more string) string {
		return webhook("ValidatingWebhookConfiguration", "a.example.com", "clientConfig: {service: {namespace: fns, name: guard}"+more+", "+onPods)
	}
	live := func(document string) *security.Posture {
		o := offlinetest.Options()
		o.Manifests = false
		return offlinetest.With(t, o, image("fn:1"), guardHome, document).Judge("fns", "fn")
	}
	p := live(hook("}"))
	found := offlinetest.Of(p, "AUD-12")
	require.Len(t, found, 1)
	assert.Equal(t, check.Info, found[0].Severity)
	assert.Equal(t, "webhooks[a.example.com].clientConfig.caBundle", found[0].Fixed)
	assert.Contains(t, found[0].Message, "nothing of the function can be made")
	assert.Contains(t, offlinetest.Of(live(hook("}, failurePolicy: Ignore")), "AUD-12")[0].Message, "it is skipped")
	assert.Equal(t, "pass", offlinetest.Verdict(t, live(hook(", caBundle: Q0E=}")), "AUD-12"))
	assert.Equal(t, "pass", offlinetest.Verdict(t, judge(t, image("fn:1"), guardHome, hook("}")), "AUD-12"), "in manifests it is written later")
}

// scope judges the namespace of the function.
func scope(t *testing.T, id string, documents ...string) string {
	t.Helper()
	p := offlinetest.Text(t, append(documents, image("fn:1"))...).Scope(check.Subject{Scope: check.ScopeNamespace, Namespace: "fns"})
	return offlinetest.Verdict(t, p, id)
}

func TestPolicyEngines(t *testing.T) {
	policy := func(resource string) string {
		return "{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicy, metadata: {name: p}, spec: {matchConstraints: {resourceRules: [{operations: [CREATE], apiGroups: [apps], apiVersions: [v1], resources: [" + resource + "]}]}}}"
	}
	binding := func(action, selector string) string {
		return "{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicyBinding, metadata: {name: b}, spec: {policyName: p, validationActions: [" + action + "]" + selector + "}}"
	}
	gatekeeper := webhook("ValidatingWebhookConfiguration", "validation.gatekeeper.sh", guarded+", "+onPods)
	for name, c := range map[string]struct {
		documents []string
		want      string
	}{
		"nothing":                      {[]string{namespace("")}, "fail"},
		"pod security":                 {[]string{namespace("pod-security.kubernetes.io/enforce: baseline")}, "pass"},
		"pod security of no use":       {[]string{namespace("pod-security.kubernetes.io/enforce: privileged")}, "fail"},
		"only a warning":               {[]string{namespace("pod-security.kubernetes.io/warn: restricted")}, "fail"},
		"an engine":                    {[]string{namespace(""), webhook("ValidatingWebhookConfiguration", "validate.kyverno.svc-fail", guarded+", "+onPods)}, "pass"},
		"an engine that mutates":       {[]string{namespace(""), webhook("MutatingWebhookConfiguration", "inject.example.com", guarded+", "+onPods)}, "fail"},
		"an engine without a rule":     {[]string{namespace(""), gatekeeper}, "fail"},
		"an engine with rules":         {[]string{namespace(""), gatekeeper, "{apiVersion: templates.gatekeeper.sh/v1, kind: ConstraintTemplate, metadata: {name: t}}"}, "pass"},
		"policy of the server":         {[]string{namespace(""), policy("deployments"), binding("Deny", "")}, "pass"},
		"policy of other kinds":        {[]string{namespace(""), policy("replicasets"), binding("Deny", "")}, "fail"},
		"policy that audits":           {[]string{namespace(""), policy("deployments"), binding("Audit", "")}, "fail"},
		"policy elsewhere":             {[]string{namespace(""), policy("deployments"), binding("Deny", ", matchResources: {namespaceSelector: {matchLabels: {a: b}}}")}, "fail"},
		"policy without its own rules": {[]string{namespace(""), binding("Deny", "")}, "fail"},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, c.want, scope(t, "AUD-10", c.documents...)) })
	}
}

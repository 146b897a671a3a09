package framework_test

import "testing"

const kedaControl = `apiVersion: apps/v1
kind: Deployment
metadata: {name: keda-operator, namespace: keda, labels: {app.kubernetes.io/part-of: keda-operator}}
spec:
  selector: {matchLabels: {app: keda-operator}}
  template:
    metadata: {labels: {app: keda-operator}}
    spec: {serviceAccountName: keda-operator, containers: [{name: keda-operator, image: "keda:2.20.2"}]}
`

const kedaLogin = `apiVersion: keda.sh/v1alpha1
kind: ClusterTriggerAuthentication
metadata: {name: kafka}
spec: {FROM}
`

const kedaWriter = `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: w, namespace: shop}
rules: [{apiGroups: [keda.sh], resources: [scaledobjects], verbs: [create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: w, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: w}
subjects: [{kind: Group, name: shop-team, apiGroup: rbac.authorization.k8s.io}]
`

const plainFunction = `apiVersion: apps/v1
kind: Deployment
metadata: {name: card, namespace: NS, labels: {fn9s.io/function: "true"}}
spec:
  selector: {matchLabels: {app: card}}
  template: {metadata: {labels: {app: card}}, spec: {containers: [{name: c, image: "c:1"}]}}
---
apiVersion: http.keda.sh/v1alpha1
kind: HTTPScaledObject
metadata: {name: card, namespace: NS}
spec: {HOSTS scaleTargetRef: {name: card, service: card, port: 8080}}
`

func TestSharedCredentialsOfKEDA(t *testing.T) {
	t.Parallel()
	plane := platform("keda", "keda", "")
	login := replace(kedaLogin, "FROM", "secretTargetRef: [{parameter: p, name: s, key: k}]")
	card := replace(plainFunction, "NS", "shop", "HOSTS", "hosts: [a.example.com],")
	judge(t, "FW-GE-05", []row{
		{name: "none", yaml: kedaControl, subject: plane, want: "pass"},
		{name: "nobody else", yaml: join(kedaControl, login), subject: plane, want: "fail info"},
		{name: "a team", yaml: join(kedaControl, login, card, kedaWriter), subject: plane, want: "fail high", says: "Group shop-team"},
		{name: "without a credential", yaml: join(kedaControl, replace(kedaLogin, "FROM", "env: [{parameter: p, name: N}]"), card, kedaWriter), subject: plane, want: "pass"},
		{name: "pod identity", yaml: join(kedaControl, replace(kedaLogin, "FROM", "podIdentity: {provider: aws}"), card, kedaWriter), subject: plane, want: "fail high"},
	})
}

func TestHostsOfTheHTTPAddOn(t *testing.T) {
	t.Parallel()
	with := func(ns, hosts string) string { return replace(plainFunction, "NS", ns, "HOSTS", hosts) }
	card := function("shop", "card")
	judge(t, "FW-GE-06", []row{
		{name: "its own", yaml: with("shop", "hosts: [a.example.com],"), subject: card, want: "pass"},
		{name: "none", yaml: with("shop", ""), subject: card, want: "fail medium", says: "every host"},
		{name: "any", yaml: with("shop", `hosts: ["*"],`), subject: card, want: "fail medium"},
		{name: "twice", yaml: join(with("shop", "hosts: [a.example.com],"), with("media", "hosts: [A.example.com],")), subject: card, want: "fail high", says: "namespace media"},
		{name: "twice in one namespace", yaml: join(with("shop", "hosts: [a.example.com],"), replace(with("shop", "hosts: [a.example.com],"), "name: card", "name: other")), subject: card, want: "pass"},
		{name: "another path", yaml: join(with("shop", "hosts: [a.example.com], pathPrefixes: [/v1],"), with("media", "hosts: [a.example.com], pathPrefixes: [/v2],")), subject: card, want: "pass"},
		{name: "not routed", yaml: daprWith("", ""), subject: dapr, want: "na"},
	})
}

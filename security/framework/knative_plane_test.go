package framework_test

import (
	"testing"
)

const knativeActivator = `apiVersion: apps/v1
kind: Deployment
metadata: {name: activator, namespace: knative-serving}
spec:
  selector: {matchLabels: {app: activator}}
  template: {metadata: {labels: {app: activator}}, spec: {containers: [{name: activator, image: a}]}}
`

// taxPods is what Knative makes of the function.
const taxPods = `apiVersion: apps/v1
kind: Deployment
metadata: {name: tax-00002-deployment, namespace: shop, labels: {serving.knative.dev/service: tax, serving.knative.dev/revision: tax-00002, app: tax}}
spec:
  selector: {matchLabels: {serving.knative.dev/revisionUID: u}}
  template:
    metadata: {labels: {serving.knative.dev/service: tax, serving.knative.dev/revision: tax-00002, serving.knative.dev/revisionUID: u, app: tax}}
    spec: {containers: [{name: user-container, image: i}, {name: queue-proxy, image: q}]}
`

func TestTheActivatorCallsAnyRevision(t *testing.T) {
	t.Parallel()
	base := join(knativeController, knativeActivator, taxPods)
	const closed = "policyTypes: [Ingress], ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kourier-system}}}]}]"
	judge(t, "FW-KN-01", []row{
		{name: "open", yaml: join(base, knativeService), subject: serving, want: "fail medium", says: "shop/tax reaches"},
		{name: "a private function", yaml: join(base, knativeLocal), subject: serving, want: "fail high", says: "cluster-local"},
		{name: "an isolated function", yaml: join(base, knativeService, policy("shop", "tax", "policyTypes: [Ingress]")), subject: serving, want: "fail high", says: "isolated"},
		{name: "closed", yaml: join(base, knativeLocal, policy("knative-serving", "activator", closed)), subject: serving, want: "pass"},
		{name: "one port is enough", yaml: join(base, knativeService, policy("knative-serving", "activator", "ingress: [{ports: [{port: 8013}]}]")), subject: serving, want: "fail medium"},
		{name: "another port does not count", yaml: join(base, knativeService, policy("knative-serving", "activator", "ingress: [{ports: [{port: 9090}]}]")), subject: serving, want: "pass"},
		{name: "no activator", yaml: join(knativeController, knativeService), subject: serving, want: "na"},
	})
}

func TestAnyNamespaceClaimsAnyHost(t *testing.T) {
	t.Parallel()
	claims := config("config-network", `autocreate-cluster-domain-claims: "true"`)
	base := join(knativeController, claims, knativeService, replace(knativeService, "namespace: shop", "namespace: bank"))
	create := rule("serving.knative.dev", "domainmappings", "create")
	inShop := grant("shop", create, "{kind: User, name: alice}")
	inBank := replace(grant("bank", create, "{kind: User, name: bob}"), "granted", "other")
	judge(t, "FW-KN-05", []row{
		{name: "off", yaml: join(knativeController, config("config-network", "ingress-class: kourier")), subject: serving, want: "pass"},
		{name: "only an example", yaml: join(knativeController, config("config-network", `_example: "autocreate-cluster-domain-claims: true"`)), subject: serving, want: "pass"},
		{name: "on, nobody but administrators", yaml: base, subject: serving, want: "fail medium"},
		{name: "one team", yaml: join(base, inShop), subject: serving, want: "fail medium", says: "alice in shop"},
		{name: "two teams", yaml: join(base, inShop, inBank), subject: serving, want: "fail high", says: "bob in bank"},
		{name: "everybody", yaml: join(base, grant("", create, everybody)), subject: serving, want: "fail high", says: "everywhere"},
		{name: "no configuration", yaml: knativeController, subject: serving, want: "na"},
	})
}

func TestAnyoneMayPostEvents(t *testing.T) {
	t.Parallel()
	const door = `apiVersion: apps/v1
kind: Deployment
metadata: {name: mt-broker-ingress, namespace: knative-eventing}
spec:
  selector: {matchLabels: {app: mt-broker-ingress}}
  template: {metadata: {labels: {app: mt-broker-ingress}}, spec: {containers: [{name: ingress, image: i}]}}
`
	const trigger = `apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: {name: paid, namespace: shop}
spec: {broker: default, subscriber: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: tax}}}
`
	const eventPolicy = `apiVersion: eventing.knative.dev/v1alpha1
kind: EventPolicy
metadata: {name: p, namespace: shop}
spec: {to: [{ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: BROKER}}], from: [{sub: "system:serviceaccount:shop:till"}]}
`
	features := func(data string) string {
		return replace(config("config-features", data), "namespace: knative-serving", "namespace: knative-eventing")
	}
	base := join(knativeController, taxPods, door, trigger)
	identified := features("authentication-oidc: enabled")
	everyone := features("authentication-oidc: enabled, default-authorization-mode: allow-all")
	judge(t, "FW-KN-08", []row{
		{name: "the default", yaml: join(base, knativeService), subject: serving, want: "fail medium", says: "trigger shop/paid to shop/tax"},
		{name: "to a private function", yaml: join(base, knativeLocal, features("authentication-oidc: disabled")), subject: serving, want: "fail high"},
		{name: "to a private function by address", yaml: join(replace(base, "{ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: tax}}",
			"{uri: http://tax.shop.svc.cluster.local/x}"), knativeLocal), subject: serving, want: "fail high"},
		{name: "senders are known", yaml: join(base, knativeService, identified), subject: serving, want: "pass"},
		{name: "known, and all may", yaml: join(base, knativeService, everyone), subject: serving, want: "fail medium"},
		{name: "known, and a policy for the broker", yaml: join(base, knativeService, everyone, replace(eventPolicy, "BROKER", "default")), subject: serving, want: "pass"},
		{name: "known, and a policy for another", yaml: join(base, knativeService, everyone, replace(eventPolicy, "BROKER", "other")), subject: serving, want: "fail medium"},
		{name: "nobody reaches the broker", yaml: join(base, knativeService, policy("knative-eventing", "mt-broker-ingress", "policyTypes: [Ingress]")), subject: serving, want: "pass"},
		{name: "only the control plane reaches the broker", yaml: join(base, knativeService, policy("knative-eventing", "mt-broker-ingress", "ingress: [{from: [{podSelector: {}}]}]")), subject: serving, want: "pass"},
		{name: "no events", yaml: join(knativeController, door, knativeService), subject: serving, want: "na"},
	})
}

func TestSourcesShowMoreThanTheirSinkMaySee(t *testing.T) {
	t.Parallel()
	const source = `apiVersion: sources.knative.dev/v1
kind: ApiServerSource
metadata: {name: watch, namespace: shop}
spec:
  serviceAccountName: watcher
  mode: Reference
  resources: [{apiVersion: v1, kind: Event}]
  sink: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: tax}}
`
	const container = `apiVersion: sources.knative.dev/v1
kind: ContainerSource
metadata: {name: poll, namespace: shop}
spec:
  template: {spec: {serviceAccountName: watcher, containers: [{name: c, image: i}]}}
  sink: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: tax}}
`
	const watcher = "{kind: ServiceAccount, name: watcher, namespace: shop}"
	base := join(knativeService, source)
	events := grant("shop", rule("", "events", "get, list, watch"), watcher)
	secrets := grant("shop", rule("", "secrets", "list"), watcher)
	judge(t, "FW-KN-09", []row{
		{name: "none", yaml: knativeService, subject: tax, want: "na"},
		{name: "as much as it sends", yaml: join(base, events), subject: tax, want: "pass"},
		{name: "Secrets", yaml: join(base, secrets), subject: tax, want: "fail high", says: "shop/watcher"},
		{name: "everything", yaml: join(base, grant("", rule("*", "'*'", "'*'"), watcher)), subject: tax, want: "fail high"},
		{name: "more kinds", yaml: join(base, grant("shop", rule("", "events, pods", "list, watch"), watcher)), subject: tax, want: "fail medium", says: "pods"},
		{name: "whole objects", yaml: join(replace(base, "Reference", "Resource"), events), subject: tax, want: "fail medium", says: "whole objects"},
		{name: "a container with Secrets", yaml: join(knativeService, container, secrets), subject: tax, want: "fail high", says: "poll"},
		{name: "a container without", yaml: join(knativeService, container, events), subject: tax, want: "pass"},
		{name: "to another function", yaml: join(knativeService, replace(source, "name: tax}", "name: other}"), secrets), subject: tax, want: "na"},
	})
}

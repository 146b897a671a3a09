package network_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
)

// nameFor is a Service that stands for a host.
func nameFor(namespace, name, host string) string {
	return "apiVersion: v1\nkind: Service\nmetadata: {name: " + name + ", namespace: " + namespace + "}\nspec: {type: ExternalName, externalName: " + host + "}\n"
}

func TestServicesOfOtherNamespacesThatStandForTheFunction(t *testing.T) {
	for _, c := range []struct {
		name      string
		documents []string
		want      string
	}{
		{"its own Service", []string{resizerService}, "pass"},
		{"no Service", nil, "na"},
		{"an alias", []string{resizerService, nameFor("web", "img", "resize.media.svc.cluster.local")}, "fail"},
		{"an alias of another Service", []string{resizerService, nameFor("web", "img", "other.media.svc.cluster.local")}, "pass"},
		{"an alias in its own namespace", []string{resizerService, nameFor("media", "img", "resize.media.svc.cluster.local")}, "pass"},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, offlinetest.Verdict(t, judgeResizer(t, c.documents...), "NET-23"))
		})
	}
}

// named is a function whose framework calls it by the name of its Service, whatever that leads to.
const named = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: pay, namespace: openfaas-fn, labels: {faas_function: pay}}\nspec:\n" +
	"  selector: {matchLabels: {faas_function: pay}}\n  template:\n    metadata: {labels: {faas_function: pay}}\n    spec: {containers: [{name: pay, image: 'x:1'}]}\n"

func TestTheServiceOfAFunctionThatStandsForAName(t *testing.T) {
	function := named
	for host, want := range map[string]string{
		"localhost": "fail", "pay.other.svc.cluster.local": "fail", "127.0.0.1": "fail", "10.0.0.1": "fail", "db.corp.internal": "fail",
		"api.example.com": "pass", "keda-add-ons-http-interceptor-proxy.keda.svc.cluster.local": "pass",
	} {
		p := offlinetest.Text(t, function, nameFor("openfaas-fn", "pay", host)).Judge("openfaas-fn", "pay")
		assert.Equal(t, want, offlinetest.Verdict(t, p, "NET-23"), host)
	}
	byHand := strings.Replace(nameFor("openfaas-fn", "pay", ""), "type: ExternalName, externalName: ", "ports: [{port: 8080}]", 1)
	assert.Equal(t, "unknown", offlinetest.Verdict(t, offlinetest.Text(t, function, byHand).Judge("openfaas-fn", "pay"), "NET-23"))
	owned := strings.Replace(byHand, "namespace: openfaas-fn", "namespace: openfaas-fn, ownerReferences: [{apiVersion: openfaas.com/v1, kind: Function, name: pay, uid: '1'}]", 1)
	assert.Equal(t, "pass", offlinetest.Verdict(t, offlinetest.Text(t, function, owned).Judge("openfaas-fn", "pay"), "NET-23"))
}

func TestPermissionsAcrossNamespaces(t *testing.T) {
	gateway := func(from string) string {
		return "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: public, namespace: edge}\nspec:\n  gatewayClassName: envoy\n" +
			"  listeners: [{name: web, port: 80, protocol: HTTP, allowedRoutes: {namespaces: " + from + "}}]\n"
	}
	route := "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: resize, namespace: media}\n" +
		"spec: {parentRefs: [{name: public, namespace: edge}], hostnames: [img.example.com], rules: [{backendRefs: [{name: resize, port: 80}]}]}\n"
	grant := func(to string) string {
		return "apiVersion: gateway.networking.k8s.io/v1beta1\nkind: ReferenceGrant\nmetadata: {name: web, namespace: media}\n" +
			"spec: {from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: web}], to: [{group: '', kind: Service" + to + "}]}\n"
	}
	virtual := func(to string) string {
		return "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: resize, namespace: media}\n" +
			"spec: {hosts: [img.example.com], gateways: [edge/public], exportTo: [" + to + "], http: [{route: [{destination: {host: resize}}]}]}\n---\n" +
			"apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: public, namespace: edge}\n" +
			"spec: {selector: {istio: ingressgateway}, servers: [{hosts: ['*'], port: {name: http, number: 80, protocol: HTTP}}]}\n"
	}
	some := "{from: Selector, selector: {matchLabels: {kubernetes.io/metadata.name: media}}}"
	for _, c := range []struct {
		name      string
		documents []string
		want      string
		says      string
	}{
		{"a listener for all", []string{resizerService, route, gateway("{from: All}")}, "fail", "takes routes of every namespace for img.example.com"},
		{"a listener for some", []string{resizerService, route, gateway(some)}, "pass", ""},
		{"a grant for all Services", []string{resizerService, route, gateway(some), grant("")}, "fail", "lets routes of namespace web lead to every Service"},
		{"a grant for one", []string{resizerService, route, gateway(some), grant(", name: resize")}, "pass", ""},
		{"exported to all", []string{resizerService, virtual("'*'")}, "fail", "exported to every namespace"},
		{"exported to some", []string{resizerService, virtual("., edge")}, "pass", ""},
		{"no route", []string{resizerService}, "na", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := judgeResizer(t, c.documents...)
			require.Equal(t, c.want, offlinetest.Verdict(t, p, "NET-37"))
			if c.want == "fail" {
				assert.Equal(t, "low", severities(p, "NET-37"))
				assert.Contains(t, offlinetest.Of(p, "NET-37")[0].Message, c.says)
			}
		})
	}
}

// sliceOf is a set of addresses of a Service.
func sliceOf(namespace, service, writer, endpoint string) string {
	if writer != "" {
		writer = ", endpointslice.kubernetes.io/managed-by: " + writer
	}
	return "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: by-hand, namespace: " + namespace + ", labels: {kubernetes.io/service-name: " + service + writer + "}}\n" +
		"addressType: IPv4\nendpoints: [" + endpoint + "]\nports: [{port: 8080}]\n"
}

func TestAddressesThatSomebodyWritesByHand(t *testing.T) {
	const (
		own    = "endpointslice-controller.k8s.io"
		pod    = "{addresses: [10.0.0.7], targetRef: {kind: Pod, name: spy, namespace: openfaas-fn}}"
		bare   = "{addresses: [10.0.0.7]}"
		abroad = "{addresses: [203.0.113.7]}"
	)
	to := func(metadata, selector string) string {
		return "apiVersion: v1\nkind: Service\nmetadata: {name: pay, namespace: openfaas-fn" + metadata + "}\nspec: {" + selector + "ports: [{port: 8080}]}\n"
	}
	slice := func(service, writer, endpoint string) string {
		return sliceOf("openfaas-fn", service, writer, endpoint)
	}
	selecting, byHand := to("", "selector: {faas_function: pay}, "), to("", "")
	const owner = ", ownerReferences: [{apiVersion: openfaas.com/v1, kind: Function, name: pay, uid: '1'}]"
	for name, c := range map[string]struct {
		documents []string
		want      string
		says      string
	}{
		"the cluster's own slice":         {[]string{selecting, slice("pay", own, pod)}, "pass", ""},
		"added beside the selector":       {[]string{selecting, slice("pay", "", abroad)}, "fail medium", "beside the pods that it selects"},
		"though the Service has an owner": {[]string{to(owner, "selector: {faas_function: pay}, "), slice("pay", "", abroad)}, "fail medium", "beside the pods that it selects"},
		"added by another controller":     {[]string{selecting, slice("pay", "mesh.example.com", pod)}, "fail info", "mesh.example.com writes addresses"},
		"of another Service":              {[]string{selecting, slice("other", "", pod)}, "pass", ""},
		"to a pod instead of a selector":  {[]string{byHand, slice("pay", "", pod)}, "fail medium", "leads to pod openfaas-fn/spy"},
		"to an inner address":             {[]string{byHand, slice("pay", "", bare)}, "fail medium", "leads to 10.0.0.7"},
		"copied from Endpoints":           {[]string{byHand, slice("pay", "endpointslicemirroring-controller.k8s.io", bare)}, "fail medium", "leads to 10.0.0.7"},
		"to the outside":                  {[]string{byHand, slice("pay", "", abroad)}, "pass", ""},
		"its owner writes":                {[]string{to(owner, ""), slice("pay", "", pod)}, "pass", ""},
		"not in the manifests":            {[]string{byHand}, "unknown", ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := offlinetest.Text(t, append(c.documents, named)...).Judge("openfaas-fn", "pay")
			verdict, severity, _ := strings.Cut(c.want, " ")
			require.Equal(t, verdict, offlinetest.Verdict(t, p, "NET-23"), "%v", offlinetest.Of(p, "NET-23"))
			if verdict == "fail" {
				assert.Equal(t, severity, severities(p, "NET-23"))
				assert.Contains(t, offlinetest.Of(p, "NET-23")[0].Message, c.says)
			}
		})
	}
}

func TestAServiceWithoutSelectorThatLeadsToAPodExposesIt(t *testing.T) {
	open := "apiVersion: v1\nkind: Service\nmetadata: {name: back-door, namespace: media}\nspec: {type: NodePort, ports: [{port: 80, nodePort: 30080}]}\n"
	running := "apiVersion: v1\nkind: Pod\nmetadata: {name: resize-abc-1, namespace: media, labels: {app: resize, pod-template-hash: abc}, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: resize-abc, uid: u, controller: true}]}\n" +
		"spec: {containers: [{name: resize, image: 'x:1'}]}\nstatus: {phase: Running, podIP: 10.0.0.9}\n"
	for name, c := range map[string]struct{ endpoint, want string }{
		"by the name of the pod": {"{addresses: [10.9.9.9], targetRef: {kind: Pod, name: resize-abc-1}}", "high"},
		"by its address":         {"{addresses: [10.0.0.9]}", "high"},
		"another pod":            {"{addresses: [10.0.0.8], targetRef: {kind: Pod, name: other}}", ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := judgeResizer(t, resizerService, open, running, sliceOf("media", "back-door", "", c.endpoint))
			assert.Equal(t, c.want, severities(p, "NET-20"))
		})
	}
}

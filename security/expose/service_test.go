package expose_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/expose"
	"github.com/fn9s/fn9s/security/model"
)

// resize is a function without any way in.
const resize = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: resize, namespace: media, labels: {app: resize, fn9s.io/function: "true"}}
spec:
  selector: {matchLabels: {app: resize}}
  template:
    metadata: {labels: {app: resize, tier: fn}}
    spec:
      containers:
      - name: fn
        image: registry.example.com/resize:1.4.0
        ports: [{name: http, containerPort: 8080}]
`

// clusterIP is its Service.
const clusterIP = `
apiVersion: v1
kind: Service
metadata: {name: resize, namespace: media}
spec:
  selector: {app: resize}
  ports: [{name: http, port: 80, targetPort: http}]
`

func exposureOf(t *testing.T, documents ...string) *expose.Exposure {
	t.Helper()
	w := offlinetest.Text(t, documents...)
	return expose.Of.Get(w.Reader, w.Find("media", "resize").Key)
}

func balancer(rest string) string {
	return "apiVersion: v1\nkind: Service\nmetadata:\n  name: resize\n  namespace: media\n" + rest
}

var services = []struct {
	name    string
	service string
	want    expose.Class
	assumed bool
}{
	{"none", "", expose.None, false},
	{"cluster address", clusterIP, expose.Cluster, false},
	{"selects others", strings.Replace(clusterIP, "selector: {app: resize}", "selector: {app: resize, tier: other}", 1), expose.None, false},
	{"selects by two labels", strings.Replace(clusterIP, "selector: {app: resize}", "selector: {app: resize, tier: fn}", 1), expose.Cluster, false},
	{"of another namespace", strings.Replace(clusterIP, "namespace: media", "namespace: other", 1), expose.None, false},
	{"without selector", strings.Replace(clusterIP, "  selector: {app: resize}\n", "", 1), expose.None, false},
	{"node port", balancer("spec: {type: NodePort, selector: {app: resize}, ports: [{port: 80}]}"), expose.Node, false},
	{"external address", balancer("spec: {selector: {app: resize}, externalIPs: [198.51.100.7], ports: [{port: 80}]}"), expose.Internet, true},
	{"private external address", balancer("spec: {selector: {app: resize}, externalIPs: [10.1.2.3], ports: [{port: 80}]}"), expose.Private, true},
	{"balancer without address", balancer("spec: {type: LoadBalancer, selector: {app: resize}, ports: [{port: 80}]}"), expose.Internet, true},
	{
		"balancer with a private address", balancer(
			"spec: {type: LoadBalancer, selector: {app: resize}, ports: [{port: 80}]}\nstatus: {loadBalancer: {ingress: [{ip: 10.20.0.5}]}}"),
		expose.Private, false,
	},
	{
		"balancer with a shared address", balancer(
			"spec: {type: LoadBalancer, selector: {app: resize}, ports: [{port: 80}]}\nstatus: {loadBalancer: {ingress: [{ip: 100.64.3.1}]}}"),
		expose.Private, false,
	},
	{
		"balancer with two addresses", balancer(
			"spec: {type: LoadBalancer, selector: {app: resize}, ports: [{port: 80}]}\nstatus: {loadBalancer: {ingress: [{ip: 10.20.0.5}, {ip: 203.0.113.9}]}}"),
		expose.Internet, false,
	},
	{
		"balancer with a unique local address", balancer(
			"spec: {type: LoadBalancer, selector: {app: resize}, ports: [{port: 80}]}\nstatus: {loadBalancer: {ingress: [{ip: 'fd00:20::5'}]}}"),
		expose.Private, false,
	},
	{
		"the address counts more than the annotation", balancer(
			"  annotations: {cloud.google.com/load-balancer-type: Internal}\nspec: {type: LoadBalancer, selector: {app: resize}, ports: [{port: 80}]}\nstatus: {loadBalancer: {ingress: [{ip: 203.0.113.9}]}}"),
		expose.Internet, false,
	},
	{
		"host name of an internal load balancer of AWS", balancer(
			"spec: {type: LoadBalancer, selector: {app: resize}, ports: [{port: 80}]}\nstatus: {loadBalancer: {ingress: [{hostname: internal-a1.eu-west-1.elb.amazonaws.com}]}}"),
		expose.Private, false,
	},
	{
		"ranges all private", balancer(
			"spec: {type: LoadBalancer, selector: {app: resize}, loadBalancerSourceRanges: [10.0.0.0/8, 192.168.0.0/16], ports: [{port: 80}]}"),
		expose.Private, false,
	},
	{
		"a range that ends in public addresses", balancer(
			"spec: {type: LoadBalancer, selector: {app: resize}, loadBalancerSourceRanges: [10.0.0.0/7], ports: [{port: 80}]}"),
		expose.Internet, true,
	},
}

func TestServicesOfAFunction(t *testing.T) {
	for _, c := range services {
		t.Run(c.name, func(t *testing.T) {
			documents := []string{resize}
			if c.service != "" {
				documents = append(documents, c.service)
			}
			x := exposureOf(t, documents...)
			assert.Equal(t, c.want.String(), x.Class.String())
			assert.Equal(t, c.assumed, len(x.Assumed) > 0, x.Assumed)
		})
	}
}

func TestCloudsSayWhatIsInternal(t *testing.T) {
	const aws, gke = "service.beta.kubernetes.io/aws-load-balancer-", "networking.gke.io/load-balancer-type"
	for _, c := range []struct {
		annotations, class string
		want               expose.Class
	}{
		{aws + `scheme: internal`, "", expose.Private},
		{aws + `scheme: internet-facing`, "service.k8s.aws/nlb", expose.Internet},
		{aws + `internal: "true"`, "", expose.Private},
		{aws + `internal: 0.0.0.0/0`, "", expose.Private},
		{aws + `internal: "false"`, "", expose.Internet},
		{aws + `type: external`, "", expose.Private},
		{aws + `type: nlb-ip`, "", expose.Private},
		{aws + `type: nlb`, "", expose.Internet},
		{`a: b`, "service.k8s.aws/nlb", expose.Private},
		{`a: b`, "eks.amazonaws.com/nlb", expose.Private},
		{gke + `: internal`, "", expose.Private},
		{`cloud.google.com/load-balancer-type: Internal`, "", expose.Private},
		{gke + `: External`, "", expose.Internet},
		{`service.beta.kubernetes.io/azure-load-balancer-internal: "true"`, "", expose.Private},
		{`service.beta.kubernetes.io/azure-load-balancer-internal: "false"`, "", expose.Internet},
		{`service.beta.kubernetes.io/openstack-internal-load-balancer: "true"`, "", expose.Private},
	} {
		class := ""
		if c.class != "" {
			class = "  loadBalancerClass: " + c.class + "\n"
		}
		x := exposureOf(t, resize, "apiVersion: v1\nkind: Service\nmetadata:\n  name: lb\n  namespace: media\n  annotations: {"+c.annotations+
			"}\nspec:\n  type: LoadBalancer\n"+class+"  selector: {app: resize}\n  ports: [{port: 80}]\n")
		assert.Equal(t, c.want.String(), x.Class.String(), "%s %s", c.annotations, c.class)
	}
}

func TestGatesTellNodePortsAndRangesApart(t *testing.T) {
	w := offlinetest.Text(t, `
apiVersion: v1
kind: Service
metadata: {name: a, namespace: media}
spec: {type: LoadBalancer, selector: {app: a}, loadBalancerSourceRanges: [198.51.100.0/24], ports: [{port: 80}]}
`, `
apiVersion: v1
kind: Service
metadata: {name: b, namespace: media, annotations: {service.beta.kubernetes.io/load-balancer-source-ranges: "10.0.0.0/8, 0.0.0.0/0"}}
spec: {type: LoadBalancer, selector: {app: a}, allocateLoadBalancerNodePorts: false, ports: [{port: 80}]}
`)
	look := func(name string) expose.Gate {
		s, ok := w.World.Get(model.Ref{Kind: "Service", Namespace: "media", Name: name}).(*model.Service)
		require.True(t, ok)
		return expose.Look(s)
	}
	a, b := look("a"), look("b")
	assert.True(t, a.Restricted)
	assert.True(t, a.NodePorts)
	assert.False(t, b.Restricted, "one range that admits everybody admits everybody")
	assert.False(t, b.NodePorts)
}

func TestHostPortsAndHostNetworkAreWaysIn(t *testing.T) {
	port := strings.Replace(resize, "containerPort: 8080", "containerPort: 8080, hostPort: 8080", 1)
	assert.Equal(t, expose.Node, exposureOf(t, port).Class)
	local := strings.Replace(resize, "containerPort: 8080", "containerPort: 8080, hostPort: 8080, hostIP: 127.0.0.1", 1)
	assert.Equal(t, expose.None, exposureOf(t, local).Class)
	network := strings.Replace(resize, "      containers:", "      hostNetwork: true\n      containers:", 1)
	assert.Equal(t, expose.Node, exposureOf(t, network).Class)
}

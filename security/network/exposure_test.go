package network_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/snapshot"
)

// resizer is a function, and the Service that leads to it.
const (
	resizer = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: resize, namespace: media, labels: {app: resize, fn9s.io/function: "true"}}
spec:
  selector: {matchLabels: {app: resize}}
  template:
    metadata: {labels: {app: resize}}
    spec:
      containers:
      - name: fn
        image: registry.example.com/resize:1.4.0
        ports: [{name: http, containerPort: 8080}]
`
	resizerService = `
apiVersion: v1
kind: Service
metadata: {name: resize, namespace: media}
spec: {selector: {app: resize}, ports: [{name: http, port: 80, targetPort: http}]}
`
)

func judgeResizer(t *testing.T, documents ...string) *security.Posture {
	t.Helper()
	return offlinetest.Text(t, append([]string{resizer}, documents...)...).Judge("media", "resize")
}

// severities lists those of a control's failures, worst first.
func severities(p *security.Posture, id string) string {
	var all []string
	for _, f := range offlinetest.Of(p, id) {
		if f.Status == check.Fail {
			all = append(all, f.Severity.String())
		}
	}
	return strings.Join(all, " ")
}

func TestServicesThatOpenAFunction(t *testing.T) {
	service := func(spec string) string {
		return "apiVersion: v1\nkind: Service\nmetadata: {name: resize, namespace: media}\nspec: {selector: {app: resize}, ports: [{name: http, port: 80}], " + spec + "}\n"
	}
	for _, c := range []struct {
		name, service                 string
		nodePort, balancer, addresses string
	}{
		{"cluster address", service("type: ClusterIP"), "", "", ""},
		{"node port", service("type: NodePort"), "high", "", ""},
		{"public load balancer", service("type: LoadBalancer"), "info", "high", ""},
		{"without node ports", service("type: LoadBalancer, allocateLoadBalancerNodePorts: false"), "", "high", ""},
		{"source ranges protect the balancer alone", service("type: LoadBalancer, loadBalancerSourceRanges: [198.51.100.0/24]"), "low", "", ""},
		{"range of everybody", service("type: LoadBalancer, loadBalancerSourceRanges: [0.0.0.0/0]"), "info", "high", ""},
		{"private load balancer", service("type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/8]"), "low", "", ""},
		{"external addresses", service("externalIPs: [203.0.113.5]"), "", "", "high"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := judgeResizer(t, c.service)
			assert.Equal(t, c.nodePort, severities(p, "NET-20"))
			assert.Equal(t, c.balancer, severities(p, "NET-21"))
			assert.Equal(t, c.addresses, severities(p, "NET-22"))
		})
	}
	alone := judgeResizer(t)
	for _, id := range []string{"NET-20", "NET-21", "NET-22"} {
		assert.Equal(t, "na", offlinetest.Verdict(t, alone, id))
	}
}

func TestHostPorts(t *testing.T) {
	with := func(port string) *security.Posture {
		return offlinetest.Text(t, strings.Replace(resizer, "containerPort: 8080", "containerPort: 8080"+port, 1)).Judge("media", "resize")
	}
	p := with(", hostPort: 8080")
	assert.Contains(t, severities(p, "NET-24"), "medium")
	found := offlinetest.Of(p, "NET-24")[0]
	assert.Equal(t, "spec.template.spec.containers[0].ports[0].hostPort", found.Path)
	assert.Equal(t, "spec.template.spec.containers[fn].ports[http].hostPort", found.Fixed)
	assert.Equal(t, "low", severities(with(", hostPort: 8080, hostIP: 127.0.0.1"), "NET-24"))
	assert.Equal(t, "pass", offlinetest.Verdict(t, with(""), "NET-24"))
	network := strings.NewReplacer("containerPort: 8080", "containerPort: 8080, hostPort: 8080", "    spec:\n", "    spec:\n      hostNetwork: true\n").Replace(resizer)
	assert.Equal(t, "pass", offlinetest.Verdict(t, offlinetest.Text(t, network).Judge("media", "resize"), "NET-24"), "NET-12 names it")
}

// denied is a source of which nothing may be listed but functions.
type denied struct{ snapshot.Source }

func (denied) Coverage(schema.GroupKind, string) snapshot.Coverage { return snapshot.Denied }

func TestWhatMayNotBeListedIsUnknown(t *testing.T) {
	w := offlinetest.Text(t, resizer)
	f := w.Find("media", "resize")
	p := security.Function.Get(snapshot.Once(denied{w.World}, offlinetest.Options()), f.Key)
	for _, id := range []string{"NET-20", "NET-21", "NET-22", "NET-30", "NET-32", "NET-40"} {
		assert.Equal(t, "unknown", offlinetest.Verdict(t, p, id), id)
	}
	found := offlinetest.Of(p, "NET-20")
	require.NotEmpty(t, found)
	assert.Contains(t, found[0].Message, "cannot list services in media")
}

func TestOnlyWaysFromTheInternetMakeOtherFindingsWorse(t *testing.T) {
	rule := func(p *security.Posture) string { return offlinetest.Of(p, "POD-11")[0].Rule() }
	public := judgeResizer(t, resizerService, ingressOf("", withTLS, hostRule))
	require.Equal(t, "high", severities(public, "NET-32"))
	assert.Equal(t, check.OpenToAll, rule(public))
	private := judgeResizer(t, resizerService, ingressOf(nginx+"whitelist-source-range: 10.0.0.0/8", withTLS, hostRule))
	require.Equal(t, "medium", severities(private, "NET-32"))
	assert.Empty(t, rule(private))
}

package fleet_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	metrics "k8s.io/metrics/pkg/client/clientset/versioned"

	"github.com/fn9s/fn9s/kube/kubetest"
)

// What the pods of the samples use comes from a real metrics-server, and differs from pod to pod.
func TestThePodsOfTheSamplesUseSomething(t *testing.T) {
	c := kubetest.Need(t)
	config, err := clientcmd.BuildConfigFromFlags("", c.Admin)
	require.NoError(t, err)
	connection, err := rest.HTTPClientFor(config)
	require.NoError(t, err)
	t.Cleanup(func() { utilnet.CloseIdleConnectionsFor(connection.Transport) })
	client, err := metrics.NewForConfigAndClient(config, connection)
	require.NoError(t, err)
	used := func() map[string]bool {
		pods, err := client.MetricsV1beta1().PodMetricses("payments").List(t.Context(), metav1.ListOptions{})
		if err != nil {
			return nil // the server is still collecting
		}
		values := map[string]bool{}
		for _, p := range pods.Items {
			for _, container := range p.Containers {
				values[container.Usage.Cpu().String()] = true
			}
		}
		return values
	}
	assert.Eventually(t, func() bool { return len(used()) >= 3 }, 2*time.Minute, 500*time.Millisecond)
}

package framework_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/framework"
)

const seed = "../../kube/samples/seed"

func TestPlatformsOfTheSeed(t *testing.T) {
	t.Parallel()
	w := offlinetest.Files(t, seed)
	var got []string
	for _, p := range framework.Platforms.Get(w.Reader, struct{}{}) {
		got = append(got, fmt.Sprintf("%s %s %q %q %q: %d workloads, %d services, %d accounts", p.Framework, p.Namespace,
			p.Release, p.Shape, p.Version, len(p.Workloads), len(p.Services), len(p.Accounts)))
	}
	assert.Equal(t, []string{
		`fission fission "" "router LoadBalancer" "v1.27.0": 8 workloads, 5 services, 8 accounts`,
		`fn fn "fn" "split" "0.3.753": 3 workloads, 2 services, 2 accounts`,
		`keda keda "" "" "2.20.2": 2 workloads, 1 services, 2 accounts`,
		`knative func-operator-system "" "" "": 0 workloads, 0 services, 0 accounts`,
		`knative knative-serving "" "kourier" "1.23.0": 10 workloads, 7 services, 8 accounts`,
		`kubeless kubeless "" "" "v1.0.8": 3 workloads, 1 services, 2 accounts`,
		`kyma kyma-system "" "" "1.13.0": 5 workloads, 2 services, 4 accounts`,
		`nuclio nuclio "nuclio" "builds with docker" "1.14.1-amd64": 4 workloads, 2 services, 1 accounts`,
		`openfaas openfaas "openfaas" "pro" "0.5.72": 7 workloads, 4 services, 4 accounts`,
		`openfaas openfaas-ce "openfaas-ce" "ce" "0.18.9": 5 workloads, 5 services, 2 accounts`,
		`openwhisk openwhisk "owdev" "kubernetes" "ef725a6": 10 workloads, 7 services, 3 accounts`,
	}, got)
}

func TestFunctionsNameThePlatformsThatAreThere(t *testing.T) {
	t.Parallel()
	w := offlinetest.Files(t, seed)
	known := map[check.Subject]bool{}
	for _, p := range framework.Platforms.Get(w.Reader, struct{}{}) {
		known[p.Subject] = true
	}
	for _, f := range w.World.Functions("") {
		if s, ok := check.Platform(f); ok {
			assert.True(t, known[s], "%s names %v", f.Key.Name, s)
			assert.Contains(t, framework.Served.Get(w.Reader, s), f.Key)
		}
	}
}

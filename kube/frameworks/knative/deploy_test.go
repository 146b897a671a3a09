package knative

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/frameworkstest"
	"github.com/fn9s/fn9s/kube/plan"
)

func atMost(n int) *int { return &n }

func draft(r plan.DeployRequest, served func(group, kind string) []string) plan.Draft {
	r.Framework, r.Namespace = Name, "shop"
	return New().(frameworks.Deployer).Deploy(&r, plan.Surroundings{Served: served})
}

func TestDraftsAreWhatKnMakes(t *testing.T) {
	frameworkstest.Drafted(t, "testdata/deploy/smallest.yaml", draft(plan.DeployRequest{Name: "quote", Source: plan.Source{Image: "registry.example.com/shop/quote:7"}}, nil))
	frameworkstest.Drafted(t, "testdata/deploy/service.yaml", draft(plan.DeployRequest{
		Name: "quote", Source: plan.Source{Image: "registry.example.com/shop/quote:7"}, Port: 9000, ServiceAccount: "seller",
		Labels: map[string]string{"team": "checkout"}, Annotations: map[string]string{"owner": "checkout"}, PullSecrets: []string{"registry"},
		Command: []string{"/quote"}, Args: []string{"--verbose"}, Min: atMost(1), Max: atMost(10), Timeout: 90 * time.Second,
		Env:    []plan.Variable{{Name: "LOG", Value: "debug"}, {Name: "STRIPE", Secret: "stripe", Key: "key"}},
		Mounts: []plan.Mount{{Secret: "tls", Path: "/etc/tls"}}, Requests: map[string]string{"cpu": "100m"}, Limits: map[string]string{"memory": "128Mi"},
		Triggers: []plan.Trigger{
			{Type: "http", Host: "quote.example.com"},
			{Type: "cron", Schedule: "*/5 * * * *", Options: map[string]string{"data": `{"warm": true}`}},
			{Type: "event", Name: "orders", Topic: "order.placed", Options: map[string]string{"filter.source": "web"}},
		},
		Options: map[string]string{"cluster-local": "true", "concurrency-limit": "100", "concurrency-target": "50", "revision-name": "v1", "http2": "true"},
	}, nil))
}

func TestWhatTheClusterHasNotIsRefused(t *testing.T) {
	none := func(string, string) []string { return nil }
	r := plan.DeployRequest{Name: "quote", Source: plan.Source{Image: "a"}, Options: map[string]string{"concurrency-limit": "-1"}, Triggers: []plan.Trigger{
		{Type: "http", Host: "quote.example.com", Path: "/a"}, {Type: "cron", Schedule: "* * * * *"}, {Type: "event", Topic: "a"},
	}}
	assert.Equal(t, []string{
		"option: concurrency-limit=-1: a number from 0 on is expected",
		"path: Knative sends all paths of a host to one function",
		"host: the cluster has no DomainMappings: Knative gives the function its own address only",
		"schedule: the cluster has no PingSources: Knative Eventing is not installed",
		"topic: the cluster has no Triggers: Knative Eventing is not installed",
	}, frameworkstest.Problems(t, draft(r, none)))
}

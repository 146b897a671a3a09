package plain

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/frameworkstest"
	"github.com/fn9s/fn9s/kube/plan"
)

func number(n int) *int { return &n }

func draft(r plan.DeployRequest) plan.Draft {
	r.Framework, r.Namespace = Name, "shop"
	return New(nil).(frameworks.Deployer).Deploy(&r, plan.Surroundings{})
}

func TestDraftsAreWhatKubectlMakes(t *testing.T) {
	frameworkstest.Drafted(t, "testdata/deploy/smallest.yaml", draft(plan.DeployRequest{Name: "cart", Source: plan.Source{Image: "nginx"}}))
	frameworkstest.Drafted(t, "testdata/deploy/deployment.yaml", draft(plan.DeployRequest{
		Name: "cart", Source: plan.Source{Image: "registry.example.com/shop/web:7"}, Port: 9000, Runtime: "go1.26", ServiceAccount: "seller",
		Labels: map[string]string{"team": "checkout"}, Annotations: map[string]string{"owner": "checkout"}, PullSecrets: []string{"registry"},
		Command: []string{"/web"}, Args: []string{"--verbose"}, Min: number(2), Max: number(5),
		Env: []plan.Variable{
			{Name: "LOG", Value: "debug"}, {Name: "STRIPE", Secret: "stripe", Key: "key"}, {Name: "RATE", ConfigMap: "rates", Key: "eur"},
		},
		Mounts:   []plan.Mount{{Secret: "all"}, {Secret: "tls.web", Path: "/etc/tls"}, {ConfigMap: "rates", Path: "/etc/rates"}},
		Requests: map[string]string{"cpu": "100m", "memory": "64Mi"}, Limits: map[string]string{"cpu": "200m", "memory": "128Mi"},
		Triggers: []plan.Trigger{{Type: "http", Host: "cart.example.com", Path: "/api*"}},
		Options:  map[string]string{"service-port": "80", "ingress-class": "public"},
	}))
	frameworkstest.Drafted(t, "testdata/deploy/cronjob.yaml", draft(plan.DeployRequest{
		Name: "report", Source: plan.Source{Image: "registry.example.com/shop/report:3"},
		Triggers: []plan.Trigger{{Type: "cron", Schedule: "0 5 * * 1", Options: map[string]string{"timezone": "Europe/Berlin"}}},
	}))
}

func TestWhatAPlainFunctionCannotBeIsRefused(t *testing.T) {
	image := plan.Source{Image: "nginx"}
	cron := plan.Trigger{Type: "cron", Schedule: "0 5 * * 1"}
	assert.Equal(t, []string{"trigger: what runs by a schedule answers no calls: make two functions"},
		frameworkstest.Problems(t, draft(plan.DeployRequest{Name: "a", Source: image, Triggers: []plan.Trigger{cron, {Type: "http"}}})))
	assert.Equal(t, []string{"schedule: a CronJob has one schedule"},
		frameworkstest.Problems(t, draft(plan.DeployRequest{Name: "a", Source: image, Triggers: []plan.Trigger{cron, cron}})))
	assert.Equal(t, []string{"min: nothing wakes a Deployment that was scaled to zero: at least 1, or no max"},
		frameworkstest.Problems(t, draft(plan.DeployRequest{Name: "a", Source: image, Min: number(0), Max: number(3)})))
	assert.Equal(t, []string{"option: service-port=x: it is no port"},
		frameworkstest.Problems(t, draft(plan.DeployRequest{Name: "a", Source: image, Options: map[string]string{"service-port": "x"}})))
}

func TestContainersAreNamedAsKubectlNamesThem(t *testing.T) {
	for image, want := range map[string]string{
		"nginx": "nginx", "registry.example.com:5000/a/My_Web:1.2": "my-web", "a/b@sha256:00": "b", "a/b:1@sha256:00": "b",
	} {
		assert.Equal(t, want, containerName(image), image)
	}
}

package fn_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/fn"
	"github.com/fn9s/fn9s/kube/frameworks/frameworkstest"
	"github.com/fn9s/fn9s/kube/plan"
)

func draft(r plan.DeployRequest) plan.Draft {
	return fn.New().(frameworks.Deployer).Deploy(&r, plan.Surroundings{})
}

func checkout() plan.DeployRequest {
	return plan.DeployRequest{
		Framework: "fn", Namespace: "fn", Name: "market/checkout", Source: plan.Source{Image: "registry.example.com/checkout:3"}, Timeout: 20 * time.Second,
		Limits: map[string]string{"memory": "256Mi"}, Env: []plan.Variable{{Name: "MOOD", Value: "good"}}, Options: map[string]string{"connector": "c"},
		Triggers: []plan.Trigger{{Type: "http", Name: "checkout", Path: "/checkout"}},
	}
}

func TestADraftIsWhatTheToolOfFnSends(t *testing.T) {
	d := draft(checkout())
	frameworkstest.Drafted(t, "testdata/deploy/checkout.yaml", d)
	assert.Equal(t, []string{
		"the values are kept as text, and read by everybody who reaches the API of Fn",
		"everybody who reaches Fn may call /t/market/checkout: Fn asks nobody who he is",
	}, d.Notes)
	r := checkout()
	r.Name, r.Options["app"] = "checkout", "market"
	frameworkstest.Drafted(t, "testdata/deploy/checkout.yaml", draft(r))
}

func TestWhatFnCannotDoIsSaidAtTheField(t *testing.T) {
	const built = "the tool of Fn builds it where it runs (`fn build`, `fn push`): give the image"
	digest := "@sha256:" + strings.Repeat("0", 64)
	for name, c := range map[string]struct {
		change func(r *plan.DeployRequest)
		want   string
	}{
		"no connector":       {func(r *plan.DeployRequest) { delete(r.Options, "connector") }, "connector: say through which connector of namespace fn"},
		"no app":             {func(r *plan.DeployRequest) { r.Name = "checkout" }, `app: "": 255 characters at most, without / and spaces`},
		"no image":           {func(r *plan.DeployRequest) { r.Source.Image = "" }, "image: a function is an image"},
		"spaces in an image": {func(r *plan.DeployRequest) { r.Source.Image = "a b" }, `image: "a b" has spaces`},
		"a digest after a port": {func(r *plan.DeployRequest) { r.Source.Image = "reg.example.com:5000/app" + digest },
			"image: Fn cuts a digest at the last colon when the registry has a port: write a tag before it, as in reg.example.com:5000/…:1.0@sha256:…"},
		"code": {func(r *plan.DeployRequest) {
			r.Source = plan.Source{Code: &plan.Code{Files: map[string][]byte{"a": {1}}}}
		}, "code: " + built},
		"a runtime":       {func(r *plan.DeployRequest) { r.Runtime = "go" }, "runtime: " + built},
		"too much memory": {func(r *plan.DeployRequest) { r.Limits["memory"] = "9Gi" }, "limits: memory: Fn gives 8192 MB at most"},
		"too long":        {func(r *plan.DeployRequest) { r.Timeout = 10 * time.Minute }, "timeout: Fn waits 300 seconds at most"},
		"a Secret":        {func(r *plan.DeployRequest) { r.Env = []plan.Variable{{Name: "A", Secret: "s", Key: "k"}} }, "env: A: configuration cannot refer to objects of Kubernetes: the function must fetch the value when it runs"},
		"an empty value":  {func(r *plan.DeployRequest) { r.Env = []plan.Variable{{Name: "A"}} }, "env: A: Fn takes an empty value as none"},
		"a host":          {func(r *plan.DeployRequest) { r.Triggers[0].Host = "a.example.com" }, "trigger: Fn tells no hosts and methods apart: they are those of the Ingress before it"},
		"a queue":         {func(r *plan.DeployRequest) { r.Triggers = []plan.Trigger{{Type: "queue", Topic: "a"}} }, "trigger: Fn reads no queue"},
	} {
		t.Run(name, func(t *testing.T) {
			r := checkout()
			c.change(&r)
			assert.Contains(t, frameworkstest.Problems(t, draft(r)), c.want)
		})
	}
	r := checkout()
	r.Source.Image = "reg.example.com:5000/app:1.0" + digest
	assert.Empty(t, draft(r).Problems, "with a tag the digest is read")
}

package openfaas_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/deploytest"
	"github.com/fn9s/fn9s/kube/frameworks/openfaas"
	"github.com/fn9s/fn9s/kube/plan"
)

const digest = "@sha256:39d6dc8e67d88ac5733d668adaf0503a340b0ef0007cad09481f74de8d8ec3fe"

func count(n int) *int { return &n }

// settle is the least that a function of OpenFaaS takes, where the operator of Pro serves.
func settle() *plan.DeployRequest {
	return &plan.DeployRequest{
		Framework: openfaas.Name, Namespace: "payments", Name: "settle",
		Source: plan.Source{Image: "registry.example.com/payments/settle:1.4.2"},
	}
}

func platform(t *testing.T, more ...string) *deploytest.Place {
	t.Helper()
	return deploytest.Platform(t, openfaas.Name, more...)
}

// What faas-cli has made of the same flags, through each kind of gateway.
func TestDraftsAreWhatTheGatewayMakes(t *testing.T) {
	p := platform(t, "{apiVersion: v1, kind: Secret, metadata: {name: rates-key, namespace: checkout}, stringData: {rates-key: dummy}}")
	deploytest.Golden(t, "testdata/deploy/minimal.yaml", p.Draft(settle()))

	r := settle()
	r.Handler = "./settle --batch"
	r.Env = []plan.Variable{{Name: "currency", Value: "EUR"}, {Name: "read_timeout", Value: "20s"}}
	r.Timeout = 30 * time.Second
	r.Mounts = []plan.Mount{{Secret: "charge-card-psp"}, {Secret: "charge-card-psp", Path: "/var/openfaas/secrets"}}
	r.PullSecrets = []string{"registry-pull"}
	r.Labels = map[string]string{"team": "payments"}
	r.Annotations = map[string]string{"com.openfaas.git-repo-url": "https://git.example.com/payments/settle"}
	r.Limits, r.Requests = map[string]string{"cpu": "500m", "memory": "256Mi"}, map[string]string{"cpu": "50m", "memory": "64Mi"}
	r.Min, r.Max, r.ServiceAccount = count(2), count(10), "settle"
	r.Options = map[string]string{"read-only-root": "true", "constraints": "kubernetes.io/arch=amd64, pool=functions", "profile": "restricted"}
	r.Triggers = []plan.Trigger{
		{Type: "http"},
		{Type: "http", Host: "settle.example.com", Path: "/v1/(.*)", Options: map[string]string{"ingress-type": "traefik", "tls-issuer": "ClusterIssuer/letsencrypt"}},
		{Type: "cron", Schedule: "*/5 * * * *"}, {Type: "cron", Schedule: "0 3 * * 1"}, {Type: "queue", Topic: "payments.settled", Broker: "kafka"},
	}
	d := p.Draft(r)
	deploytest.Golden(t, "testdata/deploy/operator.yaml", d)
	assert.Contains(t, strings.Join(d.Notes, "\n"), "kafka is not written anywhere")

	deploytest.Golden(t, "testdata/deploy/community.yaml", p.Draft(quote()))
}

// quote is a function where the Community Edition serves.
func quote() *plan.DeployRequest {
	return &plan.DeployRequest{
		Framework: openfaas.Name, Namespace: "checkout", Name: "quote", Source: plan.Source{Image: "registry.example.com/checkout/quote:7"},
		Handler: "node index.js", Env: []plan.Variable{{Name: "z_last", Value: "9"}, {Name: "b_second", Value: "2"}},
		Mounts: []plan.Mount{{Secret: "rates-key"}}, Labels: map[string]string{"team": "checkout"}, Annotations: map[string]string{"owner": "checkout"},
		Limits: map[string]string{"memory": "128Mi"}, Requests: map[string]string{"memory": "64Mi"}, Min: count(2), Max: count(5),
		ServiceAccount: "quote", Options: map[string]string{"read-only-root": "true"},
		Triggers: []plan.Trigger{{Type: "cron", Schedule: "0 * * * *"}},
	}
}

// Which objects are made depends on the gateway of the namespace, and says so.
func TestTheGatewayDecidesTheShape(t *testing.T) {
	kinds := func(d plan.Draft) (all []string) {
		for _, e := range d.Edits {
			all = append(all, e.Object.Kind)
		}
		return all
	}
	p := platform(t)
	d := p.Draft(quote())
	assert.Equal(t, []string{"Deployment", "Service"}, kinds(d))
	assert.Contains(t, d.Notes[len(d.Notes)-2:], "the account is written into the Deployment: faas-cli has no word for it, and keeps it at an update")
	assert.Contains(t, strings.Join(d.Notes, "\n"), "the gateway of openfaas-ce reads no Functions")

	alone := deploytest.Platform(t, "none")
	d = alone.Draft(settle())
	assert.Equal(t, []string{"Function"}, kinds(d))
	assert.Contains(t, strings.Join(d.Notes, "\n"), "nothing acts on the Function")
	r := settle()
	r.Options = map[string]string{"shape": "deployment"}
	assert.Equal(t, []string{"Deployment", "Service"}, kinds(alone.Draft(r)))

	deploy := func(s plan.Surroundings, r *plan.DeployRequest) plan.Draft {
		return openfaas.New().(frameworks.Deployer).Deploy(r, s)
	}
	none := func(string, string) []string { return nil }
	assert.Contains(t, deploytest.Problems(t, deploy(alone.Around(none), settle()))["namespace"], "OpenFaaS is not seen")
	old := func(string, string) []string { return []string{"v1alpha2"} }
	assert.Equal(t, "openfaas.com/v1alpha2", deploy(p.Around(old), settle()).Edits[0].APIVersion)

	elsewhere := settle()
	elsewhere.Namespace = "orders" // the paid gateway has rights everywhere, and asks for an annotation
	assert.Contains(t, strings.Join(platform(t).Draft(elsewhere).Notes, "\n"), "only with the annotation openfaas on the Namespace")
	assert.Empty(t, platform(t, deploytest.KeptAs("orders", "restricted")).Draft(elsewhere).Notes)
}

// What is wrong is said at its field, and nothing is made.
func TestProblemsOfRequests(t *testing.T) {
	p := platform(t)
	for name, test := range map[string]struct {
		of          func() *plan.DeployRequest
		wrong       func(r *plan.DeployRequest)
		field, text string
	}{
		"no image":   {settle, func(r *plan.DeployRequest) { r.Source.Image = "" }, "image", "needed"},
		"spaces":     {settle, func(r *plan.DeployRequest) { r.Source.Image = "my image:1" }, "image", "no spaces"},
		"upper case": {settle, func(r *plan.DeployRequest) { r.Source.Image = "Shop/Cart:1" }, "image", "lowercase"},
		"code":       {settle, func(r *plan.DeployRequest) { r.Source = plan.Source{Code: &plan.Code{}} }, "code", "build one"},
		"repository": {settle, func(r *plan.DeployRequest) { r.Source = plan.Source{Git: &plan.Git{URL: "https://git.example.com/a"}} }, "git", "build one"},
		"credentials": {settle, func(r *plan.DeployRequest) {
			r.Source = plan.Source{Git: &plan.Git{URL: "https://me:pw@git.example.com/a"}}
		}, "git", "OpenFaaS runs images"},
		"name":               {settle, func(r *plan.DeployRequest) { r.Name = "1st" }, "name", "cannot be used"},
		"env of a Secret":    {settle, func(r *plan.DeployRequest) { r.Env = []plan.Variable{{Name: "KEY", Secret: "psp", Key: "key"}} }, "env", "/var/openfaas/secrets/key"},
		"env of a ConfigMap": {settle, func(r *plan.DeployRequest) { r.Env = []plan.Variable{{Name: "KEY", ConfigMap: "c", Key: "key"}} }, "env", "ConfigMaps"},
		"two processes":      {settle, func(r *plan.DeployRequest) { r.Handler = "a"; r.Env = []plan.Variable{{Name: "fprocess", Value: "b"}} }, "env", "one of the two"},
		"ConfigMap":          {settle, func(r *plan.DeployRequest) { r.Mounts = []plan.Mount{{ConfigMap: "c"}} }, "config", "Secrets only"},
		"folder":             {settle, func(r *plan.DeployRequest) { r.Mounts = []plan.Mount{{Secret: "s", Path: "/etc/s"}} }, "secret", "nowhere else"},
		"storage":            {settle, func(r *plan.DeployRequest) { r.Limits = map[string]string{"ephemeral-storage": "1Gi"} }, "limits", "no ephemeral-storage"},
		"another's calls":    {settle, func(r *plan.DeployRequest) { r.Labels = map[string]string{"faas_function": "charge-card"} }, "label", "whose calls"},
		"another's pods":     {settle, func(r *plan.DeployRequest) { r.Labels = map[string]string{"controller": "charge-card"} }, "label", "finds its pods"},
		"node":               {settle, func(r *plan.DeployRequest) { r.Options = map[string]string{"constraints": "amd64"} }, "constraints", "KEY=VALUE"},
		"event":              {settle, func(r *plan.DeployRequest) { r.Triggers = []plan.Trigger{{Type: "event", Topic: "a"}} }, "trigger", "type queue"},
		"methods": {settle, func(r *plan.DeployRequest) {
			r.Triggers = []plan.Trigger{{Type: "http", Host: "a.example.com", Methods: []string{"GET"}}}
		}, "trigger", "no field for methods"},
		"path without host": {settle, func(r *plan.DeployRequest) { r.Triggers = []plan.Trigger{{Type: "http", Path: "/a"}} }, "trigger", "needs a host"},
		"issuer": {settle, func(r *plan.DeployRequest) {
			r.Triggers = []plan.Trigger{{Type: "http", Host: "a.example.com", Options: map[string]string{"tls-issuer": "letsencrypt"}}}
		}, "trigger", "ClusterIssuer/NAME"},
		"bypass": {settle, func(r *plan.DeployRequest) {
			r.Triggers = []plan.Trigger{{Type: "http", Host: "a.example.com", Options: map[string]string{"bypassGateway": "true"}}}
		}, "trigger", "no option"},
		"topic twice said": {settle, func(r *plan.DeployRequest) {
			r.Annotations = map[string]string{"topic": "a"}
			r.Triggers = []plan.Trigger{{Type: "queue", Topic: "b"}}
		}, "annotation", "topic"},
		"CE: zero":           {quote, func(r *plan.DeployRequest) { r.Min = count(0) }, "min", "only OpenFaaS Pro"},
		"CE: most":           {quote, func(r *plan.DeployRequest) { r.Max = count(6) }, "max", "at most 5"},
		"CE: least":          {quote, func(r *plan.DeployRequest) { r.Min, r.Max = count(6), count(6) }, "min", "at most 5"},
		"CE: private image":  {quote, func(r *plan.DeployRequest) { r.PullSecrets = []string{"registry"} }, "pull-secret", "public images only"},
		"CE: nodes":          {quote, func(r *plan.DeployRequest) { r.Options = map[string]string{"constraints": "a=b"} }, "constraints", "ignores"},
		"CE: profile":        {quote, func(r *plan.DeployRequest) { r.Options = map[string]string{"profile": "restricted"} }, "profile", "no Profiles"},
		"CE: several topics": {quote, func(r *plan.DeployRequest) { r.Triggers = append(r.Triggers, plan.Trigger{Type: "queue", Topic: "a"}) }, "trigger", "Pro"},
		"CE: label":          {quote, func(r *plan.DeployRequest) { r.Labels = map[string]string{"faas_function": "other"} }, "label", "found by"},
	} {
		t.Run(name, func(t *testing.T) {
			r := test.of()
			test.wrong(r)
			problems := deploytest.Problems(t, p.Draft(r))
			assert.Contains(t, problems[test.field], test.text, "%v", problems)
			for _, text := range problems {
				assert.NotContains(t, text, "pw@", "credentials are not repeated")
			}
		})
	}
}

// An operator of the open source has less: no accounts since 0.14, no scaling to zero, no dropped capabilities.
func TestTheOpenSourceOperator(t *testing.T) {
	in := func(version, level string, change func(r *plan.DeployRequest)) map[string]string {
		p := deploytest.Platform(t, "none", deploytest.KeptAs("fns", level), strings.ReplaceAll(openSource, "VERSION", version))
		r := settle()
		r.Namespace = "fns"
		change(r)
		return deploytest.Problems(t, p.Draft(r))
	}
	account := func(r *plan.DeployRequest) { r.ServiceAccount = "settle" }
	assert.Contains(t, in("0.16.0", "baseline", account)["service-account"], "reads no account")
	assert.Empty(t, in("0.13.8", "baseline", account))
	assert.Contains(t, in("0.16.0", "baseline", func(r *plan.DeployRequest) { r.Min = count(0) })["min"], "only OpenFaaS Pro")
	assert.Contains(t, in("0.16.0", "restricted", func(*plan.DeployRequest) {})["namespace"], "drops no capabilities")
	two := func(r *plan.DeployRequest) {
		r.Triggers = []plan.Trigger{{Type: "queue", Topic: "a"}, {Type: "queue", Topic: "b"}}
	}
	assert.Contains(t, in("0.16.0", "baseline", two)["trigger"], "Pro")
}

const openSource = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: gateway, namespace: openfaas, labels: {app: openfaas, component: gateway}}
spec:
  selector: {matchLabels: {app: gateway}}
  template:
    metadata: {labels: {app: gateway}}
    spec:
      containers:
      - {name: gateway, image: 'openfaas/gateway:0.20', env: [{name: function_namespace, value: fns}]}
      - {name: operator, image: 'openfaas/faas-netes:VERSION'}
`

// With one of the open source only what it has no field for is left.
func TestADraftForTheOpenSourceOperator(t *testing.T) {
	p := deploytest.Platform(t, "none", deploytest.KeptAs("fns", "baseline"), strings.ReplaceAll(openSource, "VERSION", "0.16.0"))
	r := settle()
	r.Namespace, r.Source.Image = "fns", "registry.example.com/payments/settle"+digest
	o := p.Secure(r)
	for _, f := range o.Failing() {
		assert.Contains(t, f, "limit=framework")
	}
	assert.Equal(t, "C", o.Posture.Letter(), "its pods keep capabilities, and their namespace cannot ask for less")
}

// With the operator of Pro a function that asks for nothing gets the best grade that there is.
func TestADraftIsSecuredInFull(t *testing.T) {
	for _, ns := range []string{"orders", "checkout"} { // served by the operator, and by the Community Edition
		p := platform(t, deploytest.KeptAs(ns, "restricted"))
		r := settle()
		r.Namespace, r.Source.Image = ns, "registry.example.com/payments/settle"+digest
		o := p.Secure(r)
		assert.Equal(t, "A", o.Posture.Letter())
		assert.Empty(t, o.Failing())
		require.NotEmpty(t, o.Done)
	}
}

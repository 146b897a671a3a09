package kyma_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/deploytest"
	"github.com/fn9s/fn9s/kube/frameworks/kyma"
	"github.com/fn9s/fn9s/kube/plan"
)

const python = "def main(event, context):\n    return \"ok\"\n"

func count(n int) *int { return &n }

func code(files ...string) plan.Source {
	c := &plan.Code{Files: map[string][]byte{}}
	for i := 0; i < len(files); i += 2 {
		c.Files[files[i]] = []byte(files[i+1])
	}
	return plan.Source{Code: c}
}

func thumbs() *plan.DeployRequest {
	return &plan.DeployRequest{Framework: kyma.Name, Namespace: "media", Name: "thumbs", Runtime: "python312", Source: code("handler.py", python)}
}

func repository() plan.Source {
	return plan.Source{Git: &plan.Git{
		URL: "git@git.example.com:media/functions.git", Ref: "3f1c2ab9d5e07c413f1c2ab9d5e07c413f1c2ab9", Folder: "thumbs", Secret: "git-key",
	}}
}

// What the CLI makes, and what is written by hand beside it.
func TestDraftsAreWhatTheCLIMakes(t *testing.T) {
	p := deploytest.Platform(t, kyma.Name)
	deploytest.Golden(t, "testdata/deploy/minimal.yaml", p.Draft(thumbs()))

	r := thumbs()
	r.Namespace, r.Runtime, r.Handler = "checkout", "nodejs22", "main"
	r.Source = code("handler.js", "module.exports = { main: () => \"ok\" };\n", "package.json", `{"dependencies": {"sharp": "0.33.4"}}`)
	r.Labels, r.Annotations = map[string]string{"team": "media", "sidecar.istio.io/inject": "true"}, map[string]string{"owner": "media"}
	r.Env = []plan.Variable{{Name: "Z_FIRST", Value: "1"}, {Name: "KEY", Secret: "store", Key: "key"}, {Name: "HOST", ConfigMap: "store", Key: "host"}}
	r.Mounts = []plan.Mount{{Secret: "store"}, {Secret: "users", Path: "/run/users"}}
	r.Requests, r.Limits = map[string]string{"cpu": "50m", "memory": "64Mi"}, map[string]string{"cpu": "200m", "memory": "256Mi"}
	r.Min, r.Max, r.Timeout = count(2), count(6), 30*time.Second
	r.Options = map[string]string{"runtime-image-override": "registry.example.com/runtimes/nodejs22:5"}
	r.Triggers = []plan.Trigger{
		{Type: "http"},
		{Type: "http", Host: "thumbs.kyma.example.com", Path: "/thumbs/{**}", Methods: []string{"POST"}, Options: map[string]string{
			"jwt-issuer": "https://login.example.com", "jwks-uri": "https://login.example.com/keys", "jwt-scopes": "thumbs.write", "jwt-audiences": "thumbs, media",
		}},
		{Type: "event", Broker: "media", Topic: "image.uploaded.v1", Options: map[string]string{"max-in-flight": "5"}},
	}
	deploytest.Golden(t, "testdata/deploy/inline.yaml", p.Draft(r))

	r = thumbs()
	r.Source, r.Options = repository(), map[string]string{"profile": "S"}
	deploytest.Golden(t, "testdata/deploy/git.yaml", p.Draft(r))
}

// Each strategy of a rule is one of three, and an open one says that it is.
func TestRulesOfRoutes(t *testing.T) {
	p := deploytest.Platform(t, kyma.Name, deploytest.KeptAs("orders", "restricted"))
	rule := func(options map[string]string) (map[string]any, string) {
		r := thumbs()
		r.Labels = map[string]string{"sidecar.istio.io/inject": "true"}
		r.Triggers = []plan.Trigger{{Type: "http", Host: "thumbs", Options: options}}
		d := p.Draft(r)
		spec := deploytest.Objects(t, d)[1]["spec"].(map[string]any)
		return spec["rules"].([]any)[0].(map[string]any), strings.Join(d.Notes, "\n")
	}
	open, notes := rule(nil)
	assert.Equal(t, map[string]any{"path": "/*", "methods": []any{"GET", "POST"}, "noAuth": true}, open)
	assert.Contains(t, notes, "open to everybody")
	token, notes := rule(map[string]string{"jwt-issuer": "https://login.example.com", "jwks-uri": "https://login.example.com/keys"})
	assert.NotContains(t, token["jwt"], "authorizations")
	assert.Contains(t, notes, "every token of the issuer is accepted")
	external, _ := rule(map[string]string{"authorizers": "oauth2-proxy"})
	assert.Equal(t, map[string]any{"authorizers": []any{"oauth2-proxy"}}, external["extAuth"])

	r := thumbs()
	r.Labels = map[string]string{"sidecar.istio.io/inject": "true"}
	r.Triggers = []plan.Trigger{{Type: "http", Host: "thumbs"}, {Type: "http", Host: "small.example.com"}}
	two := deploytest.Objects(t, p.Draft(r))
	assert.Equal(t, "thumbs", two[1]["metadata"].(map[string]any)["name"])
	assert.Equal(t, "thumbs-small-example-com", two[2]["metadata"].(map[string]any)["name"])
	r.Triggers[1].Name = "thumbs"
	assert.Contains(t, deploytest.Problems(t, p.Draft(r))["trigger"], "made twice")
	r.Triggers = r.Triggers[:1]
	only := func(versions ...string) plan.Surroundings {
		return p.Around(func(string, string) []string { return versions })
	}
	deploy := p.Adapter(kyma.Name).(frameworks.Deployer).Deploy
	assert.Equal(t, "gateway.kyma-project.io/v2alpha1", deploy(r, only("v2alpha1", "v1beta1")).Edits[1].APIVersion)
	assert.Contains(t, deploytest.Problems(t, deploy(r, only("v1beta1")))["trigger"], "not reconciled any more")
	r.Namespace, r.Labels = "orders", nil
	assert.Contains(t, deploytest.Problems(t, p.Draft(r))["trigger"], "sidecar.istio.io/inject=true")
}

// What is wrong is said at its field, and nothing is made.
func TestProblemsOfRequests(t *testing.T) {
	p := deploytest.Platform(t, kyma.Name, deploytest.KeptAs("strict", "restricted"))
	for name, test := range wrongRequests {
		t.Run(name, func(t *testing.T) {
			r := thumbs()
			test.wrong(r)
			problems := deploytest.Problems(t, p.Draft(r))
			assert.Contains(t, problems[test.field], test.text, "%v", problems)
			for _, text := range problems {
				assert.NotContains(t, text, "hunter2", "credentials are not repeated")
			}
		})
	}
}

var wrongRequests = map[string]struct {
	wrong       func(r *plan.DeployRequest)
	field, text string
}{
	"nothing":            {func(r *plan.DeployRequest) { r.Source = plan.Source{} }, "code", "needed"},
	"image":              {func(r *plan.DeployRequest) { r.Source = plan.Source{Image: "a:1"} }, "image", "runtime-image-override"},
	"no runtime":         {func(r *plan.DeployRequest) { r.Runtime = "" }, "runtime", "needed"},
	"handler":            {func(r *plan.DeployRequest) { r.Handler = "thumbs.run" }, "handler", "main"},
	"binary":             {func(r *plan.DeployRequest) { r.Source = code("handler.py", "\x00\x01") }, "code", "no text"},
	"too large":          {func(r *plan.DeployRequest) { r.Source = code("handler.py", strings.Repeat("#", 128<<10)) }, "code", "holds 128"},
	"two files":          {func(r *plan.DeployRequest) { r.Source = code("handler.py", python, "parts.py", "x = 1") }, "code", "one file"},
	"dependencies alone": {func(r *plan.DeployRequest) { r.Source = code("requirements.txt", "requests") }, "code", "no code beside it"},
	"dependencies twice": {func(r *plan.DeployRequest) {
		r.Source = code("handler.py", python, "requirements.txt", "a")
		r.Options = map[string]string{"dependencies": "b"}
	}, "dependencies", "beside the code"},
	"override":      {func(r *plan.DeployRequest) { r.Options = map[string]string{"runtime-image-override": "a b"} }, "runtime-image-override", "no spaces"},
	"reserved":      {func(r *plan.DeployRequest) { r.Env = []plan.Variable{{Name: "PYTHONPATH", Value: "x"}} }, "env", "set by Kyma"},
	"half a second": {func(r *plan.DeployRequest) { r.Timeout = 1500 * time.Millisecond }, "timeout", "whole seconds"},
	"ConfigMap":     {func(r *plan.DeployRequest) { r.Mounts = []plan.Mount{{ConfigMap: "c"}} }, "config", "single keys"},
	"mounted twice": {func(r *plan.DeployRequest) {
		r.Mounts = []plan.Mount{{Secret: "s", Path: "/a"}, {Secret: "s", Path: "/b"}}
	}, "secret", "each once"},
	"profile and numbers": {func(r *plan.DeployRequest) {
		r.Options = map[string]string{"profile": "S"}
		r.Limits = map[string]string{"cpu": "1"}
	}, "profile", "exclude"},
	"too little":         {func(r *plan.DeployRequest) { r.Requests = map[string]string{"memory": "8Mi"} }, "requests", "16Mi"},
	"label of Kyma":      {func(r *plan.DeployRequest) { r.Labels = map[string]string{"serverless.kyma-project.io/uuid": "x"} }, "label", "Kyma's own"},
	"annotation of mesh": {func(r *plan.DeployRequest) { r.Annotations = map[string]string{"proxy.istio.io/config": "{}"} }, "annotation", "Kyma's own"},
	"zero, scaled":       {func(r *plan.DeployRequest) { r.Min, r.Max = count(0), count(3) }, "min", "one replica"},
	"schedule":           {func(r *plan.DeployRequest) { r.Triggers = []plan.Trigger{{Type: "cron", Schedule: "0 * * * *"}} }, "trigger", "CronJob of your own"},
	"queue":              {func(r *plan.DeployRequest) { r.Triggers = []plan.Trigger{{Type: "queue", Topic: "a"}} }, "trigger", "type event"},
	"event of no source": {func(r *plan.DeployRequest) { r.Triggers = []plan.Trigger{{Type: "event", Topic: "a"}} }, "trigger", "no source"},
	"git: credentials":   {git(func(g *plan.Git, _ *plan.DeployRequest) { g.URL = "https://me:hunter2@git.example.com/a.git" }), "git", "credentials"},
	"git: no branch":     {git(func(g *plan.Git, _ *plan.DeployRequest) { g.Ref = "" }), "git", "branch"},
	"git: key for https": {git(func(g *plan.Git, r *plan.DeployRequest) {
		g.URL = "https://git.example.com/a.git"
		r.Options["git-auth"] = "key"
	}), "git-auth", "ssh takes a key"},
	"git: no Secret":    {git(func(g *plan.Git, r *plan.DeployRequest) { g.Secret = ""; r.Options["git-auth"] = "key" }), "git-auth", "not said"},
	"git: level":        {git(func(_ *plan.Git, r *plan.DeployRequest) { r.Namespace = "strict" }), "git", "give the code"},
	"git: dependencies": {git(func(_ *plan.Git, r *plan.DeployRequest) { r.Options["dependencies"] = "a" }), "dependencies", "in its folder"},
	"route: gateway":    {route(func(t *plan.Trigger) { t.Options["gateway"] = "kyma-gateway" }), "trigger", "NAMESPACE/NAME"},
	"route: method":     {route(func(t *plan.Trigger) { t.Methods = []string{"FETCH"} }), "trigger", "no method"},
	"route: path":       {route(func(t *plan.Trigger) { t.Path = "thumbs" }), "trigger", "begins with /"},
	"route: token":      {route(func(t *plan.Trigger) { t.Options["auth"] = "jwt" }), "trigger", "jwks-uri"},
	"route: provider":   {route(func(t *plan.Trigger) { t.Options["auth"] = "extAuth" }), "trigger", "needs authorizers"},
	"route: strategy":   {route(func(t *plan.Trigger) { t.Options["auth"] = "allow" }), "trigger", "noAuth, jwt or extAuth"},
	"route: option":     {route(func(t *plan.Trigger) { t.Options["accessStrategies"] = "allow" }), "trigger", "no option"},
	"route: no host":    {route(func(t *plan.Trigger) { t.Host, t.Path = "", "/a" }), "trigger", "needs a host"},
}

func git(change func(g *plan.Git, r *plan.DeployRequest)) func(r *plan.DeployRequest) {
	return func(r *plan.DeployRequest) {
		r.Source, r.Options = repository(), map[string]string{}
		change(r.Source.Git, r)
	}
}

func route(change func(t *plan.Trigger)) func(r *plan.DeployRequest) {
	return func(r *plan.DeployRequest) {
		r.Labels = map[string]string{"sidecar.istio.io/inject": "true"}
		r.Triggers = []plan.Trigger{{Type: "http", Host: "a.example.com", Options: map[string]string{}}}
		change(&r.Triggers[0])
	}
}

// What runs otherwise than it looks is said.
func TestNotesOfDrafts(t *testing.T) {
	p := deploytest.Platform(t, kyma.Name)
	notes := func(change func(r *plan.DeployRequest)) string {
		r := thumbs()
		change(r)
		return strings.Join(p.Draft(r).Notes, "\n")
	}
	assert.Empty(t, notes(func(*plan.DeployRequest) {}))
	assert.Contains(t, notes(func(r *plan.DeployRequest) { r.Source = code("h.py", "x = '\\n'\n") }), "backslashes")
	assert.Contains(t, notes(func(r *plan.DeployRequest) { r.Source = repository(); r.Source.Git.Ref = "main" }), "main may move")
	assert.Contains(t, notes(func(r *plan.DeployRequest) {
		r.Source = plan.Source{Git: &plan.Git{URL: "http://git.example.com/a.git", Ref: "main"}}
	}), "without TLS")
	assert.Contains(t, notes(func(r *plan.DeployRequest) { r.Min = count(0) }), "nothing wakes it")
	assert.Contains(t, notes(func(r *plan.DeployRequest) { r.Runtime = "nodejs20" }), "deprecated")
	assert.Contains(t, notes(func(r *plan.DeployRequest) { r.Max = count(3) }), "one of its own")
}

// What is left after all is secured has no field in a Function.
func TestADraftIsSecuredAsFarAsKymaGoes(t *testing.T) {
	r := thumbs()
	r.Namespace = "orders"
	r.Annotations = map[string]string{"org.opencontainers.image.revision": "3f1c2ab9d5e07c413f1c2ab9d5e07c413f1c2ab9"}
	o := deploytest.Platform(t, kyma.Name, deploytest.KeptAs("orders", "restricted")).Secure(r)
	require.NotEmpty(t, o.Done)
	for _, f := range o.Failing() {
		assert.Contains(t, f, "limit=framework")
	}
	assert.Equal(t, "C", o.Posture.Letter(), "every function mounts the namespace's credentials of the package registry, by a subPath")
}

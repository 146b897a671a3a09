package nuclio_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/frameworkstest"
	"github.com/fn9s/fn9s/kube/frameworks/nuclio"
	"github.com/fn9s/fn9s/kube/plan"
)

const handler = "def handler(c, e):\n    return \"ok\"\n"

func number(n int) *int { return &n }

func draft(r plan.DeployRequest) plan.Draft {
	return nuclio.New().(frameworks.Deployer).Deploy(&r, plan.Surroundings{})
}

func file(name, text string) *plan.Code {
	return &plan.Code{Name: name, Files: map[string][]byte{name: []byte(text)}}
}

func hello(s plan.Source) plan.DeployRequest {
	return plan.DeployRequest{
		Framework: "nuclio", Namespace: "shop", Name: "hello", Source: s, Runtime: "python:3.11", Handler: "hello:handler", Options: map[string]string{},
	}
}

// requests are what the golden files are made of.
func requests() map[string]plan.DeployRequest {
	code := hello(plan.Source{Code: file("hello.py", handler)})
	code.Options = map[string]string{"registry": "registry.example.com/nuclio", "baseimage": "python:3.11-slim", "buildcommands": "pip install requests\npip check\n"}
	return map[string]plan.DeployRequest{
		"image": hello(plan.Source{Image: "registry.example.com/nuclio/hello:3"}),
		"code":  code,
		"git":   hello(plan.Source{Git: &plan.Git{URL: "https://git.example.com/shop/functions.git", Ref: "refs/tags/v3", Folder: "hello"}}),
		"whole": {
			Framework: "nuclio", Namespace: "media", Name: "preview", Runtime: "golang", Handler: "main:Handler",
			Source: plan.Source{Image: "registry.example.com/media/preview@sha256:3abd807250d1b53741c345896f2d79faf6e7dcdb75860e98a2f84e38e874c236"},
			Labels: map[string]string{"team": "media"}, Annotations: map[string]string{"example.com/owner": "ada"}, PullSecrets: []string{"media-pull"},
			Min: number(0), Max: number(6), Timeout: 30 * time.Second, ServiceAccount: "preview",
			Requests: map[string]string{"cpu": "100m", "memory": "64Mi"}, Limits: map[string]string{"cpu": "500m", "memory": "256Mi"},
			Env:    []plan.Variable{{Name: "BUCKET", Value: "previews"}, {Name: "TOKEN", Secret: "store", Key: "token"}, {Name: "LEVEL", ConfigMap: "settings", Key: "level"}},
			Mounts: []plan.Mount{{Secret: "more"}, {Secret: "preview-store", Path: "/var/run/s3"}, {ConfigMap: "settings", Path: "/etc/preview"}},
			Options: map[string]string{
				"project": "streaming", "description": "Previews of uploads", "pullpolicy": "IfNotPresent", "servicetype": "ClusterIP",
				"targetcpu": "60", "scaletozero": "5m", "readinesstimeout": "60",
			},
			Triggers: []plan.Trigger{
				{Type: "http", Host: "preview.example.com", Options: map[string]string{
					"servicetype": "ClusterIP", "tls": "preview-tls", "workers": "4", "annotations.nginx.ingress.kubernetes.io/auth-url": "http://auth.example.com",
				}},
				{Type: "cron", Name: "nightly", Schedule: "0 3 * * *", Options: map[string]string{"body": "{}"}},
				{Type: "cron", Name: "often", Schedule: "@every 5m"},
				{Type: "queue", Name: "uploads", Broker: "kafka-cluster", Topic: "uploads", Options: map[string]string{
					"workers": "2", "brokers": "kafka-0:9092,kafka-1:9092", "attributes.consumerGroup": "preview", "attributes.secretPath": "/var/run/kafka",
				}},
				{Type: "queue", Name: "jobs", Broker: "rabbit-mq", Topic: "jobs", Options: map[string]string{"url": "amqp://mq.media:5672"}},
			},
		},
	}
}

func TestADraftIsWhatTheToolOfNuclioMakes(t *testing.T) {
	for name, r := range requests() {
		t.Run(name, func(t *testing.T) {
			frameworkstest.Drafted(t, "testdata/deploy/"+name+".yaml", draft(r))
		})
	}
}

func TestWhatIsToBeBuiltSaysWhoBuildsIt(t *testing.T) {
	const told = "nothing runs before its image is built: Nuclio builds with a container engine beside nuctl or in its dashboard, never by its controller; " +
		"run `nuctl deploy hello -n shop`, or deploy it in the dashboard"
	assert.Equal(t, []string{told}, draft(requests()["code"]).Notes)
	assert.Equal(t, []string{told}, draft(requests()["git"]).Notes)
	assert.Empty(t, draft(requests()["image"]).Notes)
	assert.Equal(t, []string{"it goes to zero, and wakes, only where Nuclio's autoscaler and dlx run"}, draft(requests()["whole"]).Notes)
}

func TestWhatNuclioCannotDoIsSaidAtTheField(t *testing.T) {
	for name, c := range map[string]struct {
		change func(r *plan.DeployRequest)
		want   string
	}{
		"a name of its own parts":     {func(r *plan.DeployRequest) { r.Name = "dashboard" }, "name: nuclio-dashboard is a part of Nuclio itself"},
		"a long name":                 {func(r *plan.DeployRequest) { r.Name = strings.Repeat("a", 57) }, `name: "` + strings.Repeat("a", 57) + `" has 57 characters: 56 fit`},
		"a wrong runtime":             {func(r *plan.DeployRequest) { r.Runtime = "cobol" }, `runtime: "cobol" is none of: dotnetcore golang java nodejs python ruby shell`},
		"python of no version":        {func(r *plan.DeployRequest) { r.Runtime = "python" }, "runtime: say which version of python: python:3.11"},
		"a version of another":        {func(r *plan.DeployRequest) { r.Runtime = "golang:1.22" }, `runtime: "golang:1.22": only python has a version, python:3.11`},
		"no handler":                  {func(r *plan.DeployRequest) { r.Handler = "" }, "handler: say where the function is, MODULE:ENTRY"},
		"a handler of another form":   {func(r *plan.DeployRequest) { r.Handler = "hello.handler" }, `handler: "hello.handler": MODULE:ENTRY, as in main:handler`},
		"a handler out of its folder": {func(r *plan.DeployRequest) { r.Handler = "../../etc:passwd" }, `handler: "../../etc:passwd" has spaces, or leaves its folder`},
		"an image with spaces":        {func(r *plan.DeployRequest) { r.Source.Image = "hello world" }, `image: "hello world" has spaces`},
		"nothing to run":              {func(r *plan.DeployRequest) { r.Source = plan.Source{} }, "image: a function is made of an image, code, git or an archive"},
		"too much code":               {func(r *plan.DeployRequest) { r.Source = plan.Source{Code: file("a.py", strings.Repeat("x", 200<<10))} }, "code: the function has 268 KiB: Nuclio writes it whole into an annotation, which holds 256"},
		"a binary as code":            {func(r *plan.DeployRequest) { r.Source = plan.Source{Code: file("a.py", "\x00\x01")} }, "code: a.py is a binary file: code in the object is text"},
		"a folder as code": {func(r *plan.DeployRequest) {
			r.Source = plan.Source{Code: &plan.Code{Files: map[string][]byte{"a": {1}, "b": {2}}}}
		}, "code: code in the object is one file: give an archive (archive) or a repository"},
		"credentials in an address": {func(r *plan.DeployRequest) {
			r.Source = plan.Source{Git: &plan.Git{URL: "https://me:hunter2@git.example.com/a", Ref: "main"}}
		}, "git: the address holds credentials: put them into a Secret and name that"},
		"a Secret for a repository": {func(r *plan.DeployRequest) {
			r.Source = plan.Source{Git: &plan.Git{URL: "https://git.example.com/a", Ref: "main", Secret: "s"}}
		}, "git: Nuclio keeps the password of a repository in the object, and reads no Secret for it"},
		"two pull secrets":            {func(r *plan.DeployRequest) { r.PullSecrets = []string{"a", "b"} }, "pullSecrets: a function of Nuclio has one"},
		"a command":                   {func(r *plan.DeployRequest) { r.Command = []string{"sh"} }, "command: Nuclio starts its processor"},
		"a label of its own":          {func(r *plan.DeployRequest) { r.Labels = map[string]string{"nuclio.io/function-name": "x"} }, "labels: nuclio.io/function-name is a label that Nuclio sets"},
		"methods":                     {func(r *plan.DeployRequest) { r.Triggers = []plan.Trigger{{Type: "http", Methods: []string{"GET"}}} }, "trigger: Nuclio tells no methods apart: its handler must"},
		"a topic without broker":      {func(r *plan.DeployRequest) { r.Triggers = []plan.Trigger{{Type: "queue", Topic: "a"}} }, `trigger: topic "a": say from which broker`},
		"a topic of a strange broker": {func(r *plan.DeployRequest) { r.Triggers = []plan.Trigger{{Type: "queue", Topic: "a", Broker: "post"}} }, `trigger: broker "post" is none of: eventhub iotCoreMqtt kafka-cluster kinesis mqtt nats pubsub rabbit-mq v3ioStream`},
		"Kafka of nowhere": {func(r *plan.DeployRequest) {
			r.Triggers = []plan.Trigger{{Type: "queue", Topic: "a", Broker: "kafka-cluster"}}
		}, `trigger: topic "a": give the addresses of the brokers, brokers=HOST:PORT,…`},
		"a password of a trigger": {func(r *plan.DeployRequest) {
			r.Triggers = []plan.Trigger{{Type: "queue", Topic: "a", Broker: "kinesis", Options: map[string]string{"attributes.secretAccessKey": "x"}}}
		}, "trigger: a password would stand in the function, its ConfigMap, its Deployment and its ReplicaSets: name a file of a mounted Secret (attributes.secretPath)"},
		"a password in an address": {func(r *plan.DeployRequest) {
			r.Triggers = []plan.Trigger{{Type: "queue", Topic: "a", Broker: "nats", Options: map[string]string{"url": "nats://u:hunter2@n"}}}
		}, "trigger: the address holds a password, which would stand in four objects"},
		"none at most":                 {func(r *plan.DeployRequest) { r.Max = number(0) }, "max: 0: one at least, and no less than min"},
		"an unknown type of a trigger": {func(r *plan.DeployRequest) { r.Triggers = []plan.Trigger{{Type: "smoke"}} }, `trigger: "smoke" is none of: http cron queue`},
	} {
		t.Run(name, func(t *testing.T) {
			r := hello(plan.Source{Image: "registry.example.com/nuclio/hello:3"})
			c.change(&r)
			found := frameworkstest.Problems(t, draft(r))
			assert.Contains(t, found, c.want)
			assert.NotContains(t, strings.Join(found, "\n"), "hunter2")
		})
	}
}

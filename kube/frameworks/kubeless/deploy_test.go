package kubeless_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/deploytest"
	"github.com/fn9s/fn9s/kube/frameworks/kubeless"
	"github.com/fn9s/fn9s/kube/plan"
)

const python = "def run(event, context):\n    return event[\"data\"]\n"

func count(n int) *int { return &n }

func code(files ...string) plan.Source {
	c := &plan.Code{Files: map[string][]byte{}}
	for i := 0; i < len(files); i += 2 {
		c.Files[files[i]] = []byte(files[i+1])
	}
	return plan.Source{Code: c}
}

func report() *plan.DeployRequest {
	return &plan.DeployRequest{
		Framework: kubeless.Name, Namespace: "media", Name: "report", Runtime: "python3.7", Handler: "report.run",
		Source: code("report.py", python),
	}
}

// What the CLI makes of the same flags.
func TestDraftsAreWhatTheCLIMakes(t *testing.T) {
	p := deploytest.Platform(t, kubeless.Name)
	deploytest.Golden(t, "testdata/deploy/minimal.yaml", p.Draft(report()))

	r := report()
	r.Source = code("report.py", python, "requirements.txt", "requests==2.32.3\n")
	r.Labels, r.Annotations = map[string]string{"team": "media"}, map[string]string{"owner": "media"}
	r.Env = []plan.Variable{
		{Name: "MODE", Value: "fast"}, {Name: "KEY", Secret: "mail-key", Key: "key"}, {Name: "HOST", ConfigMap: "mail", Key: "host"},
	}
	r.Mounts = []plan.Mount{{Secret: "mail-key"}, {ConfigMap: "mail.settings", Path: "/etc/mail"}}
	r.Limits, r.Requests = map[string]string{"memory": "128Mi"}, map[string]string{"cpu": "200m"}
	r.ServiceAccount, r.Timeout, r.Port = "report", time.Minute, 9000
	r.Options = map[string]string{"service-port": "80", "node-selectors": "pool=functions"}
	r.Triggers = []plan.Trigger{
		{Type: "http"},
		{Type: "http", Host: "report.example.com", Path: "/daily", Options: map[string]string{"tls-secret": "report-tls", "basic-auth-secret": "report-users"}},
		{Type: "cron", Schedule: "0 6 * * 1-5", Options: map[string]string{"payload": `{"kind": "daily"}`}},
		{Type: "queue", Broker: "kafka", Topic: "Media.Uploaded"}, {Type: "queue", Broker: "nats", Topic: "media.deleted", Name: "on-delete"},
		{Type: "queue", Broker: "kinesis", Topic: "clicks", Options: map[string]string{"aws-region": "eu-central-1", "shard": "shardId-000000000000", "secret": "aws"}},
	}
	deploytest.Golden(t, "testdata/deploy/text.yaml", p.Draft(r))

	r = report()
	r.Source = code("report.tar.gz", "not really a tar")
	deploytest.Golden(t, "testdata/deploy/archive.yaml", p.Draft(r))

	r = report()
	r.Source = plan.Source{}
	sum := sha256.Sum256([]byte("not really a tar"))
	r.Options = map[string]string{"url": "https://code.example.com/report.zip", "checksum": "sha256:" + hex.EncodeToString(sum[:]), "headless": "true"}
	deploytest.Golden(t, "testdata/deploy/url.yaml", p.Draft(r))

	r = &plan.DeployRequest{
		Framework: kubeless.Name, Namespace: "media", Name: "report", Source: plan.Source{Image: "registry.example.com/media/report:3"},
		Limits: map[string]string{"cpu": "100m"}, Min: count(2), Max: count(6), Options: map[string]string{"image-pull-policy": "IfNotPresent", "scale-cpu": "70"},
	}
	deploytest.Golden(t, "testdata/deploy/image.yaml", p.Draft(r))
}

// Several files become an archive, always the same one, with the dependencies in it.
func TestSeveralFilesBecomeAnArchive(t *testing.T) {
	p := deploytest.Platform(t, kubeless.Name)
	r := report()
	files := map[string]string{"report.py": python, "lib/parts.py": "x = 1\n", "requirements.txt": "requests==2.32.3\n"}
	r.Source = code("report.py", python, "lib/parts.py", files["lib/parts.py"], "requirements.txt", files["requirements.txt"])
	objects := deploytest.Objects(t, p.Draft(r))
	spec := objects[0]["spec"].(map[string]any)
	assert.Equal(t, "base64+zip+deps", spec["function-content-type"])
	assert.Empty(t, spec["deps"])
	data, err := base64.StdEncoding.DecodeString(spec["function"].(string))
	require.NoError(t, err)
	sum := sha256.Sum256(data)
	assert.Equal(t, "sha256:"+hex.EncodeToString(sum[:]), spec["checksum"], "the checksum is of what is decoded")
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	got := map[string]string{}
	for _, f := range z.File {
		in, err := f.Open()
		require.NoError(t, err)
		text, err := io.ReadAll(in)
		require.NoError(t, err)
		got[f.Name] = string(text)
	}
	assert.Equal(t, files, got)
	assert.Equal(t, objects, deploytest.Objects(t, p.Draft(r)), "the same files give the same archive")

	r.Handler = "parts.run"
	assert.Contains(t, deploytest.Problems(t, p.Draft(r))["handler"], "no file parts")
}

// Where the cluster still serves it the autoscaler is a part of the Function, as Kubeless has it.
func TestTheAutoscalerOfOldClusters(t *testing.T) {
	p := deploytest.Platform(t, kubeless.Name)
	r := report()
	r.Max = count(3)
	old := p.Around(func(group, _ string) []string {
		if group == "autoscaling" {
			return []string{"v1", "v2beta1"}
		}
		return []string{"v1beta1"}
	})
	d := p.Adapter(kubeless.Name).(frameworks.Deployer).Deploy(r, old)
	objects := deploytest.Objects(t, d)
	require.Len(t, objects, 1)
	scaler := objects[0]["spec"].(map[string]any)["horizontalPodAutoscaler"].(map[string]any)
	assert.Equal(t, "autoscaling/v2beta1", scaler["apiVersion"])
	assert.Equal(t, "report", scaler["metadata"].(map[string]any)["name"])
	r.Min, r.Max = count(0), nil
	d = p.Draft(r)
	assert.Contains(t, strings.Join(d.Notes, "\n"), "nothing wakes it")
	deployment := deploytest.Objects(t, d)[0]["spec"].(map[string]any)["deployment"].(map[string]any)
	assert.Equal(t, map[string]any{"replicas": float64(0), "template": map[string]any{"spec": map[string]any{"containers": []any{map[string]any{"imagePullPolicy": "Always"}}}}}, deployment["spec"])
}

// What is wrong is said at its field, and nothing is made.
func TestProblemsOfRequests(t *testing.T) {
	p := deploytest.Platform(t, kubeless.Name, deploytest.KeptAs("strict", "restricted"))
	for name, test := range wrongRequests {
		t.Run(name, func(t *testing.T) {
			r := report()
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
	"nothing":               {func(r *plan.DeployRequest) { r.Source = plan.Source{} }, "code", "needed"},
	"repository":            {func(r *plan.DeployRequest) { r.Source = plan.Source{Git: &plan.Git{URL: "https://git.example.com/a"}} }, "git", "no repositories"},
	"binary":                {func(r *plan.DeployRequest) { r.Source = code("report", "\x7fELF\x00\x01") }, "code", "no text, and no archive"},
	"too large":             {func(r *plan.DeployRequest) { r.Source = code("report.py", strings.Repeat("#", 1<<20)) }, "code", "1024 KiB"},
	"no runtime":            {func(r *plan.DeployRequest) { r.Runtime = "" }, "runtime", "needed"},
	"runtime not installed": {func(r *plan.DeployRequest) { r.Runtime = "nodejs14" }, "runtime", "none of those in kubeless-config: python3.7"},
	"no handler":            {func(r *plan.DeployRequest) { r.Handler = "" }, "handler", "MODULE.FUNCTION"},
	"handler of one word":   {func(r *plan.DeployRequest) { r.Handler = "run" }, "handler", "one dot"},
	"handler with folders":  {func(r *plan.DeployRequest) { r.Handler = "lib/report.run" }, "handler", "one dot"},
	"handler of three":      {func(r *plan.DeployRequest) { r.Handler = "lib.report.run" }, "handler", "one dot"},
	"spaces":                {func(r *plan.DeployRequest) { r.Source = plan.Source{Image: "my image"} }, "image", "no spaces"},
	"half a second":         {func(r *plan.DeployRequest) { r.Timeout = 1500 * time.Millisecond }, "timeout", "whole seconds"},
	"label of Kubeless":     {func(r *plan.DeployRequest) { r.Labels = map[string]string{"function": "other"} }, "label", "must be report"},
	"variable of Kubeless":  {func(r *plan.DeployRequest) { r.Env = []plan.Variable{{Name: "MOD_NAME", Value: "x"}} }, "env", "set by Kubeless"},
	"its folder":            {func(r *plan.DeployRequest) { r.Mounts = []plan.Mount{{Secret: "s", Path: "/kubeless/s"}} }, "secret", "puts the code"},
	"command":               {func(r *plan.DeployRequest) { r.Command = []string{"sh"} }, "command", "give an image"},
	"pull secret, image":    {func(r *plan.DeployRequest) { r.Source = plan.Source{Image: "a:1"}; r.PullSecrets = []string{"s"} }, "pull-secret", "ServiceAccount"},
	"image and code": {func(r *plan.DeployRequest) {
		r.Source.Image = "a:1"
		r.Options = map[string]string{"runtime-image": "b:1"}
	}, "runtime-image", "already"},
	"port": {func(r *plan.DeployRequest) { r.Options = map[string]string{"service-port": "http"} }, "service-port", "no port"},
	"node": {func(r *plan.DeployRequest) { r.Options = map[string]string{"node-selectors": "pool"} }, "node-selectors", "KEY=VALUE"},
	"archive as text": {func(r *plan.DeployRequest) {
		r.Options = map[string]string{"content-type": "base64+zip"}
		r.Source = code("a.py", "x", "report.py", "y")
		r.Options["content-type"] = "text"
	}, "content-type", "not text"},
	"checksum of code":      {func(r *plan.DeployRequest) { r.Options = map[string]string{"checksum": "sha256:00"} }, "checksum", "computed"},
	"address and code":      {func(r *plan.DeployRequest) { r.Options = map[string]string{"url": "https://a.example.com/b"} }, "url", "an address"},
	"address with password": {url("https://me:hunter2@a.example.com/b.zip", ""), "url", "credentials"},
	"signed address":        {url("https://a.example.com/b.zip?X-Amz-Signature=hunter2", ""), "url", "credential"},
	"address with a quote":  {url("https://a.example.com/b';reboot'", ""), "url", "no quotes"},
	"address of a file":     {url("file:///etc/passwd", ""), "url", "https://"},
	"checksum":              {url("https://a.example.com/b.zip", "md5:00"), "checksum", "64 hexadecimal"},
	"level":                 {func(r *plan.DeployRequest) { r.Namespace = "strict" }, "namespace", "no seccomp profile"},
	"zero, scaled":          {func(r *plan.DeployRequest) { r.Min, r.Max = count(0), count(3) }, "min", "one replica"},
	"event":                 {func(r *plan.DeployRequest) { r.Triggers = []plan.Trigger{{Type: "event", Topic: "a"}} }, "trigger", "type queue"},
	"topic without broker":  {queue(plan.Trigger{Topic: "a"}), "trigger", "names no broker"},
	"broker":                {queue(plan.Trigger{Topic: "a", Broker: "rabbitmq"}), "trigger", "none of the brokers"},
	"stream":                {queue(plan.Trigger{Topic: "a", Broker: "kinesis"}), "trigger", "aws-region"},
	"two schedules":         {cron(plan.Trigger{Type: "cron", Schedule: "0 * * * *"}, plan.Trigger{Type: "cron", Schedule: "5 * * * *", Name: "b"}), "trigger", "one schedule"},
	"payload with a quote":  {cron(plan.Trigger{Type: "cron", Schedule: "0 * * * *", Options: map[string]string{"payload": "it's"}}), "trigger", "part of the command"},
	"both certificates":     {route(map[string]string{"tls": "true", "tls-secret": "s"}), "trigger", "no Ingress"},
	"users with kong":       {route(map[string]string{"gateway": "kong", "basic-auth-secret": "s"}), "trigger", "no basic authentication"},
	"other gateway":         {route(map[string]string{"gateway": "haproxy", "basic-auth-secret": "s"}), "trigger", "nginx, traefik or kong"},
	"option of a route":     {route(map[string]string{"tls_secret": "s"}), "trigger", "no option"},
}

func queue(t plan.Trigger) func(r *plan.DeployRequest) {
	return func(r *plan.DeployRequest) { t.Type = "queue"; r.Triggers = []plan.Trigger{t} }
}

func route(options map[string]string) func(r *plan.DeployRequest) {
	return func(r *plan.DeployRequest) {
		r.Triggers = []plan.Trigger{{Type: "http", Host: "a.example.com", Options: options}}
	}
}

func cron(of ...plan.Trigger) func(r *plan.DeployRequest) {
	return func(r *plan.DeployRequest) { r.Triggers = of }
}

func url(address, checksum string) func(r *plan.DeployRequest) {
	return func(r *plan.DeployRequest) {
		r.Source, r.Options = plan.Source{}, map[string]string{"url": address, "checksum": checksum}
	}
}

// Without settings to read, a runtime is one that Kubeless has images for; and that nothing acts on a Function is said.
func TestWithoutAController(t *testing.T) {
	p := deploytest.Platform(t, "none")
	r := report()
	r.Runtime = "nodejs14"
	assert.Contains(t, p.Draft(r).Notes, "no controller of Kubeless is seen: nothing is made of the Function until one runs")
	r.Runtime = "cobol85"
	assert.Contains(t, deploytest.Problems(t, p.Draft(r))["runtime"], "none of the languages")
	r.Runtime = "python"
	assert.Contains(t, deploytest.Problems(t, p.Draft(r))["runtime"], "with a version")

	d := deploytest.Platform(t, kubeless.Name).Draft(report())
	assert.Contains(t, strings.Join(d.Notes, "\n"), "does not run", "that of the samples ends at once")
	r = report()
	r.Source, r.Options = plan.Source{}, map[string]string{"url": "http://code.example.com/report.py"}
	assert.Contains(t, strings.Join(deploytest.Platform(t, kubeless.Name).Draft(r).Notes, "\n"), "whatever the address answers")
}

// What is left after all is secured has no field in a Function: an image of its own comes without the containers that take
// no settings.
func TestADraftIsSecuredAsFarAsKubelessGoes(t *testing.T) {
	annotations := map[string]string{"org.opencontainers.image.revision": "3f1c2ab9d5e07c413f1c2ab9d5e07c413f1c2ab9"}
	r := report()
	r.Namespace, r.Annotations = "orders", annotations
	o := deploytest.Platform(t, kubeless.Name, deploytest.KeptAs("orders", "baseline")).Secure(r)
	require.NotEmpty(t, o.Failing(), "its init containers have no security context, and nobody maintains it")
	for _, f := range o.Failing() {
		assert.Contains(t, f, "limit=framework")
	}
	assert.Equal(t, "C", o.Posture.Letter())
	assert.Contains(t, o.Left["seccomp"], "the controller drops it")

	r.Runtime, r.Handler = "", ""
	r.Source = plan.Source{Image: "registry.example.com/media/report@sha256:39d6dc8e67d88ac5733d668adaf0503a340b0ef0007cad09481f74de8d8ec3fe"}
	image := deploytest.Platform(t, kubeless.Name, deploytest.KeptAs("orders", "baseline")).Secure(r)
	assert.Less(t, len(image.Failing()), len(o.Failing()))
	for _, f := range image.Failing() {
		if !strings.Contains(f, "IMG-06") { // that it has an image of its own was asked for
			assert.Contains(t, f, "limit=framework")
		}
	}
}

package fission_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/fission"
	"github.com/fn9s/fn9s/kube/frameworks/frameworkstest"
	"github.com/fn9s/fn9s/kube/plan"
)

const script = "def main():\n    return \"ok\"\n"

func number(n int) *int { return &n }

func draft(t *testing.T, r plan.DeployRequest) plan.Draft {
	t.Helper()
	return fission.New().(frameworks.Deployer).Deploy(&r, frameworkstest.Load(t, adapters(), seed).Around(nil))
}

func file(name, text string) *plan.Code {
	return &plan.Code{Name: name, Files: map[string][]byte{name: []byte(text)}}
}

// requests are what the golden files are made of.
func requests() map[string]plan.DeployRequest {
	return map[string]plan.DeployRequest{
		"pool": {
			Framework: "fission", Namespace: "shop", Name: "hello", Runtime: "python", Handler: "hello.main",
			Source: plan.Source{Code: file("hello.py", script)}, Options: map[string]string{"envimage": "ghcr.io/fission/python-env:1.9"},
			Labels: map[string]string{"team": "shop"}, Annotations: map[string]string{"example.com/owner": "ada"},
			Mounts:   []plan.Mount{{Secret: "dsn"}, {ConfigMap: "settings"}},
			Triggers: []plan.Trigger{{Type: "http", Path: "/hello"}},
		},
		"newdeploy": {
			Framework: "fission", Namespace: "analytics", Name: "report", Runtime: "go", Handler: "Handler", Min: number(0), Max: number(4),
			Timeout: 30 * time.Second, Requests: map[string]string{"cpu": "100m", "memory": "128Mi"}, Limits: map[string]string{"cpu": "1", "memory": "256Mi"},
			Env: []plan.Variable{{Name: "MODE", Value: "fast"}, {Name: "DSN", Secret: "warehouse-reader", Key: "dsn"}},
			Options: map[string]string{
				"executortype": "newdeploy", "sourcearchive": "https://files.example.com/report-src.zip", "buildcmd": "./build.sh",
				"srcchecksum": "c330ec504d82c24fcd10be978fa74b8a3185a8df719604a85443bb9ca279f5a2",
			},
			Triggers: []plan.Trigger{
				{Type: "cron", Name: "weekly", Schedule: "0 6 * * 1"},
				{Type: "queue", Broker: "kafka", Topic: "clicks", Options: map[string]string{
					"errortopic": "clicks-failed", "maxretries": "3", "secret": "kafka-sasl", "metadata.bootstrapServers": "kafka.analytics.svc:9093",
				}},
				{Type: "event", Topic: "job", Options: map[string]string{"labels.app": "loader"}},
			},
		},
		"container": {
			Framework: "fission", Namespace: "media", Name: "exif", Source: plan.Source{Image: "registry.example.com/media/exif:1.4"}, Port: 8080,
			Command: []string{"/exif", "serve"}, Env: []plan.Variable{{Name: "LEVEL", Value: "info"}}, Mounts: []plan.Mount{{Secret: "exif-s3"}},
			PullSecrets: []string{"registry"},
			Triggers: []plan.Trigger{{Type: "http", Path: "/exif", Methods: []string{"POST"}, Options: map[string]string{
				"prefix": "true", "keepprefix": "true", "createingress": "true", "ingressrule": "exif.example.com=/exif", "ingresstls": "exif-tls",
				"ingressannotation.a.example.com/b": "c",
			}}},
		},
		"image": {
			Framework: "fission", Namespace: "analytics", Name: "daily", Runtime: "python", Handler: "daily.main",
			Source: plan.Source{Image: "registry.example.com/insights/daily:7"}, Options: map[string]string{"executortype": "newdeploy"},
			PullSecrets: []string{"registry"},
		},
	}
}

var sum = regexp.MustCompile(`^[a-z]+-[0-9a-f]{8}$`)

func TestADraftIsWhatTheToolOfFissionMakes(t *testing.T) {
	for name, r := range requests() {
		t.Run(name, func(t *testing.T) {
			d := draft(t, r)
			// The tool names Packages at random; here the contents do.
			for i := range d.Edits {
				e := &d.Edits[i]
				if e.Object.Kind == "Package" {
					require.Regexp(t, sum, e.Object.Name)
					e.New["metadata"].(map[string]any)["name"] = r.Name + "-$SUM"
				}
				if e.Object.Kind == "Function" && r.Name != "exif" {
					e.New["spec"].(map[string]any)["package"].(map[string]any)["packageref"].(map[string]any)["name"] = r.Name + "-$SUM"
				}
			}
			frameworkstest.Drafted(t, "testdata/deploy/"+name+".yaml", d)
		})
	}
}

func TestThePackageOfOtherCodeHasAnotherName(t *testing.T) {
	name := func(text string) string {
		r := requests()["pool"]
		r.Source.Code = file("hello.py", text)
		d := draft(t, r)
		require.Len(t, d.Edits, 4)
		return d.Edits[1].Object.Name
	}
	assert.Equal(t, name(script), name(script))
	assert.NotEqual(t, name(script), name(script+"#"), "so that the executor loads it")
	r := requests()["pool"]
	r.Name = strings.Repeat("a", 63)
	assert.Len(t, draft(t, r).Edits[1].Object.Name, 63)
}

func TestSeveralFilesBecomeAnArchive(t *testing.T) {
	r := requests()["pool"]
	r.Source.Code = &plan.Code{Files: map[string][]byte{"hello.py": []byte(script), "lib/util.py": []byte("x = 1\n")}}
	d := draft(t, r)
	require.Empty(t, d.Problems)
	literal := d.Edits[1].New["spec"].(map[string]any)["deployment"].(map[string]any)["literal"].(string)
	raw, err := base64.StdEncoding.DecodeString(literal)
	require.NoError(t, err)
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	require.NoError(t, err)
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
	}
	assert.Equal(t, []string{"hello.py", "lib/util.py"}, names)

	t.Run("to be built where there is a builder", func(t *testing.T) {
		r := r
		r.Options = map[string]string{"envimage": "e:1", "builder": "b:1", "buildcmd": "./build.sh"}
		d := draft(t, r)
		require.Empty(t, d.Problems)
		assert.Equal(t, "literal", d.Edits[1].New["spec"].(map[string]any)["source"].(map[string]any)["type"])
		assert.Equal(t, "build", d.Edits[0].New["spec"].(map[string]any)["builder"].(map[string]any)["command"])
	})
}

func TestWhatFissionCannotDoIsSaidAtTheField(t *testing.T) {
	big := strings.Repeat("x", 300<<10)
	for name, c := range map[string]struct {
		change func(r *plan.DeployRequest)
		want   string
	}{
		"no Environment":              {func(r *plan.DeployRequest) { r.Options = nil }, "runtime: namespace shop has no Environment python: give envimage to make it"},
		"no runtime":                  {func(r *plan.DeployRequest) { r.Runtime = "" }, "runtime: say in which Environment it runs"},
		"an Environment of elsewhere": {func(r *plan.DeployRequest) { r.Namespace, r.Options = "media", nil }, "runtime: namespace media has no Environment python: give envimage to make it"},
		"an Environment is there":     {func(r *plan.DeployRequest) { r.Namespace = "analytics" }, "envimage: Environment python is there: it is not changed with one of its functions"},
		"spaces in an image":          {func(r *plan.DeployRequest) { r.Options["envimage"] = "a b" }, `envimage: "a b" has spaces`},
		"too much code":               {func(r *plan.DeployRequest) { r.Source.Code = file("a.py", big) }, "code: 300 KiB: a Package takes 256. Fission's own tool sends more to its storage service; take an image, or an archive at an address (deployarchive)"},
		"a binary as code":            {func(r *plan.DeployRequest) { r.Source.Code = file("a.py", "\x7fELF\x00\x01") }, "code: a.py is a binary file, and neither an archive nor a module that a runtime loads"},
		"no code":                     {func(r *plan.DeployRequest) { r.Source.Code = nil }, "code: a function has one of: code, image, deployarchive, sourcearchive, pkg"},
		"two sources": {func(r *plan.DeployRequest) {
			r.Options["deployarchive"] = "https://a.example.com/b.zip"
			r.Options["insecure"] = "true"
		}, "code: a function has one of: code, image, deployarchive, sourcearchive, pkg"},
		"no checksum": {func(r *plan.DeployRequest) {
			r.Source.Code = nil
			r.Options["deployarchive"] = "https://a.example.com/b.zip"
		}, "deploychecksum: give the SHA-256 of the archive: it is not downloaded here"},
		"no handler in an archive": {func(r *plan.DeployRequest) { r.Handler = ""; r.Source.Code.Files["b.py"] = []byte("x") }, "handler: say where in its 2 files the function is"},
		"nothing builds":           {func(r *plan.DeployRequest) { r.Options["buildcmd"] = "make" }, "runtime: Environment python has no builder: it takes code that is ready to run only"},
		"git": {func(r *plan.DeployRequest) {
			r.Source = plan.Source{Git: &plan.Git{URL: "https://git.example.com/a"}}
			r.Options["pkg"] = ""
		}, "git: Fission clones nothing: give the address of an archive (sourcearchive) and its checksum"},
		"an account":          {func(r *plan.DeployRequest) { r.ServiceAccount = "mine" }, "serviceAccount: Fission refuses accounts of functions: pods run as fission-fetcher, or as default with the container executor"},
		"replicas of a pool":  {func(r *plan.DeployRequest) { r.Min = number(1) }, "min: a pool has no replicas: take executortype=newdeploy"},
		"variables in a pool": {func(r *plan.DeployRequest) { r.Env = []plan.Variable{{Name: "A", Value: "b"}} }, "env: functions in a pool have no variables of their own, those of the Environment are everybody's: take executortype=newdeploy"},
		"a reserved variable": {func(r *plan.DeployRequest) {
			r.Options["executortype"] = "newdeploy"
			r.Env = []plan.Variable{{Name: "LD_PRELOAD"}}
		}, "env: LD_PRELOAD is reserved by Fission"},
		"a label of the selector": {func(r *plan.DeployRequest) { r.Labels["functionName"] = "x" }, "labels: functionName is a label that Fission sets"},
		"a command in a pool":     {func(r *plan.DeployRequest) { r.Command = []string{"a"} }, "command: only a container of its own has it (executortype=container)"},
		"nothing at most":         {func(r *plan.DeployRequest) { r.Options["executortype"] = "newdeploy"; r.Max = number(0) }, "max: Fission refuses 0: to go to zero take min 0"},
		"the root path":           {func(r *plan.DeployRequest) { r.Triggers[0].Path = "/" }, "trigger: Fission refuses the path /"},
		"a topic without broker":  {func(r *plan.DeployRequest) { r.Triggers = []plan.Trigger{{Type: "queue", Topic: "a"}} }, `trigger: topic "a": say from which broker`},
		"a strange broker": {func(r *plan.DeployRequest) {
			r.Triggers = []plan.Trigger{{Type: "queue", Topic: "a", Broker: "carrier-pigeon"}}
		}, `trigger: broker "carrier-pigeon": triggers of kind keda read kafka aws-sqs-queue aws-kinesis-stream gcp-pubsub stan nats-jetstream rabbitmq redis`},
		"answers as questions": {func(r *plan.DeployRequest) {
			r.Triggers = []plan.Trigger{{Type: "queue", Topic: "a", Broker: "kafka", Options: map[string]string{"resptopic": "a"}}}
		}, `trigger: topic "a" would call the function with its own answers`},
		"no schedule":       {func(r *plan.DeployRequest) { r.Triggers = []plan.Trigger{{Type: "cron", Schedule: "often"}} }, `trigger: schedule "often": five fields such as "0 6 * * 1", or @hourly, @every 5m`},
		"an empty pool":     {func(r *plan.DeployRequest) { r.Options["poolsize"] = "0" }, "poolsize: a pool of none runs no function: take executortype=newdeploy"},
		"an unknown option": {func(r *plan.DeployRequest) { r.Options["colour"] = "red" }, "colour: fission has no option of that name"},
	} {
		t.Run(name, func(t *testing.T) {
			r := requests()["pool"]
			c.change(&r)
			assert.Contains(t, frameworkstest.Problems(t, draft(t, r)), c.want)
		})
	}
}

func TestWhatHappensOtherwiseThanAskedIsNoted(t *testing.T) {
	r := requests()["pool"]
	r.Requests = map[string]string{"cpu": "1"}
	r.Mounts = []plan.Mount{{Secret: "dsn", Path: "/etc/dsn"}}
	assert.Equal(t, []string{
		"pods of the pool have the resources of their Environment: those of the function count only with another executor",
		"the path of dsn is read by versions newer than 1.27 only; before, it is under /secrets or /configs by namespace and name",
	}, draft(t, r).Notes)
	assert.Contains(t, draft(t, requests()["newdeploy"]).Notes, "KEDA makes a connector of its own for topic clicks: it runs as the default account, and where Fission checks internal calls it is refused")
	assert.Contains(t, draft(t, requests()["container"]).Notes, "Secret exif-tls of the trigger's Ingress is looked for in the namespace of Fission's router")
}

func TestNativeFieldsComeLastAndObjectsComeAlong(t *testing.T) {
	r := requests()["pool"]
	r.Native = []plan.Field{{Path: "spec.streaming.protocol", Value: "sse"}, {Path: "spec.concurrency", Value: int64(5)}}
	r.Extra = []map[string]any{{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "settings", "namespace": "shop"}}}
	d := draft(t, r)
	require.Len(t, d.Edits, 5)
	spec := d.Edits[2].New["spec"].(map[string]any)
	assert.Equal(t, map[string]any{"protocol": "sse"}, spec["streaming"])
	assert.EqualValues(t, 5, spec["concurrency"])
	assert.Equal(t, "ConfigMap", d.Edits[4].Object.Kind)
}

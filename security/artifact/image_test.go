package artifact_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/artifact"
	"github.com/fn9s/fn9s/security/check"
)

const digest = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

// function is a Deployment with these fields of the container and the pod, in flow style.
func function(container, pod string) string {
	if container != "" {
		container = ", " + container
	}
	if pod != "" {
		pod = ", " + pod
	}
	return `
apiVersion: apps/v1
kind: Deployment
metadata: {name: fn, namespace: fns, labels: {fn9s.io/function: "true"}}
spec:
  selector: {matchLabels: {app: fn}}
  template:
    metadata: {labels: {app: fn}}
    spec: {containers: [{name: fn` + container + `}]` + pod + `}
`
}

func image(name string) string { return function(`image: "`+name+`"`, "") }

func judge(t *testing.T, documents ...string) *security.Posture {
	t.Helper()
	return offlinetest.Text(t, documents...).Judge("fns", "fn")
}

func TestImageNames(t *testing.T) {
	for text, want := range map[string]artifact.Image{
		"nginx":                           {Name: "docker.io/library/nginx"},
		"team/fn:1.2":                     {Name: "docker.io/team/fn", Tag: "1.2"},
		"index.docker.io/team/fn":         {Name: "docker.io/team/fn"},
		"localhost:5000/fn":               {Name: "localhost:5000/fn"},
		"registry.example.com:443/a/b:v1": {Name: "registry.example.com:443/a/b", Tag: "v1"},
		"example.com/fn@" + digest:        {Name: "example.com/fn", Digest: digest},
		"example.com/fn:latest@" + digest: {Name: "example.com/fn", Tag: "latest", Digest: digest},
	} {
		got, err := artifact.Parse(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "team/Fn", "fn:", "fn@sha256:12", "https://example.com/fn", "fn fn", strings.Repeat("a", 300)} {
		_, err := artifact.Parse(text)
		assert.Error(t, err, text)
	}
}

func TestTagsAndDigests(t *testing.T) {
	for name, want := range map[string][2]string{
		"fn":                             {"fail", "pass"},
		"fn:latest":                      {"fail", "pass"},
		"registry.example.com:5000/fn":   {"fail", "pass"},
		"fn:1.2":                         {"pass", "fail"},
		"fn:latest@" + digest:            {"pass", "pass"},
		"fn@" + digest:                   {"pass", "pass"},
		"fn:" + strings.Repeat("0a", 32): {"pass", "pass"},
		"Not/A/Name":                     {"unknown", "unknown"},
	} {
		p := judge(t, image(name))
		assert.Equal(t, want[0], offlinetest.Verdict(t, p, "IMG-01"), name)
		assert.Equal(t, want[1], offlinetest.Verdict(t, p, "IMG-02"), name)
	}
	found := offlinetest.Of(judge(t, image("fn:latest")), "IMG-01")
	require.Len(t, found, 1)
	assert.Equal(t, "spec.template.spec.containers[0].image", found[0].Path)
	assert.Equal(t, "spec.template.spec.containers[fn].image", found[0].Fixed)
	assert.Equal(t, "fn:latest", found[0].Value)
}

func TestAllowedRegistries(t *testing.T) {
	for name, test := range map[string]struct {
		allowed []string
		image   string
		want    string
	}{
		"no list":              {nil, "fn", "na"},
		"whole segment":        {[]string{"registry.example.com/team"}, "registry.example.com/team/fn:1", "pass"},
		"trailing slash":       {[]string{"registry.example.com/team/"}, "registry.example.com/team/fn:1", "pass"},
		"longer segment":       {[]string{"registry.example.com/team"}, "registry.example.com/teams/fn:1", "fail"},
		"longer host":          {[]string{"registry.example.com"}, "registry.example.com.evil/team/fn:1", "fail"},
		"short name":           {[]string{"docker.io/library"}, "nginx:1", "pass"},
		"short name elsewhere": {[]string{"registry.example.com"}, "nginx:1", "fail"},
		"other name of hub":    {[]string{"index.docker.io/team"}, "team/fn:1", "pass"},
		"port":                 {[]string{"localhost:5000"}, "localhost:5000/fn:1", "pass"},
		"another port":         {[]string{"localhost:5000"}, "localhost:5001/fn:1", "fail"},
	} {
		t.Run(name, func(t *testing.T) {
			o := offlinetest.Options()
			o.AllowedRegistries = test.allowed
			p := offlinetest.With(t, o, image(test.image)).Judge("fns", "fn")
			assert.Equal(t, test.want, offlinetest.Verdict(t, p, "IMG-03"))
		})
	}
}

func TestPullPolicy(t *testing.T) {
	for fields, want := range map[string]string{
		`image: "fn:latest", imagePullPolicy: IfNotPresent`: "fail",
		`image: "fn", imagePullPolicy: Never`:               "fail",
		`image: "fn:latest", imagePullPolicy: Always`:       "pass",
		`image: "fn:latest"`:                                "pass",
		`image: "fn:1", imagePullPolicy: IfNotPresent`:      "pass",
	} {
		p := judge(t, function(fields, ""))
		assert.Equal(t, want, offlinetest.Verdict(t, p, "IMG-04"), fields)
	}
}

func TestReplicasWithDifferentDigests(t *testing.T) {
	pod := func(name, node, digest string) string {
		return `{apiVersion: v1, kind: Pod, metadata: {name: ` + name + `, namespace: fns, labels: {app: fn, pod-template-hash: abc}, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: fn-abc, uid: u, controller: true}]}, spec: {nodeName: ` + node + `, containers: [{name: fn, image: "fn:1"}]}, status: {phase: Running, containerStatuses: [{name: fn, image: "fn:1", imageID: "docker.io/library/fn@sha256:` + digest + `"}]}}`
	}
	node := func(name, arch string) string {
		return `{apiVersion: v1, kind: Node, metadata: {name: ` + name + `}, status: {nodeInfo: {operatingSystem: linux, architecture: ` + arch + `, containerRuntimeVersion: "containerd://2.0"}}}`
	}
	for name, test := range map[string]struct {
		documents []string
		want      string
	}{
		"same":              {[]string{node("a", "amd64"), pod("fn-abc-1", "a", "1"), pod("fn-abc-2", "a", "1")}, "pass"},
		"moved tag":         {[]string{node("a", "amd64"), pod("fn-abc-1", "a", "1"), pod("fn-abc-2", "a", "2")}, "fail"},
		"two architectures": {[]string{node("a", "amd64"), node("b", "arm64"), pod("fn-abc-1", "a", "1"), pod("fn-abc-2", "b", "2")}, "pass"},
		"nothing runs":      {nil, "na"},
	} {
		t.Run(name, func(t *testing.T) {
			o := offlinetest.Options()
			o.Manifests = false
			p := offlinetest.With(t, o, append(test.documents, image("fn:1"))...).Judge("fns", "fn")
			assert.Equal(t, test.want, offlinetest.Verdict(t, p, "IMG-05"))
		})
	}
}

func TestPodsThatRunAnotherDigestThanThePinnedOne(t *testing.T) {
	const other = "sha256:aaaa81884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08aa"
	node := func(runtime string) string {
		return `{apiVersion: v1, kind: Node, metadata: {name: a}, status: {nodeInfo: {operatingSystem: linux, architecture: amd64, containerRuntimeVersion: "` + runtime + `://2.0"}}}`
	}
	pod := func(named, runs, state string) string {
		return `{apiVersion: v1, kind: Pod, metadata: {name: fn-abc-1, namespace: fns, labels: {app: fn, pod-template-hash: abc}, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: fn-abc, uid: u, controller: true}]}, spec: {nodeName: a, containers: [{name: fn, image: "` + named + `"}]}, status: {phase: Running, containerStatuses: [{name: fn, image: "` + named + `", imageID: "` + runs + `", state: {` + state + `}}]}}`
	}
	const pinned, running = "example.com/fn:1@" + digest, `running: {startedAt: "2026-08-01T00:00:00Z"}`
	for name, test := range map[string]struct{ node, pod, want, says string }{
		"the pinned one":      {node("containerd"), pod(pinned, "example.com/fn@"+digest, running), "pass", ""},
		"another one":         {node("containerd"), pod(pinned, "example.com/fn@"+other, running), "fail", "runs sha256:aaaa81884c7d, and its specification pins sha256:9f86d081884c"},
		"other runtime":       {node("cri-o"), pod(pinned, "example.com/fn@"+other, running), "unknown", "one architecture"},
		"same bytes, mirror":  {node("containerd"), pod(pinned, "mirror.example.com/fn@"+other, running), "pass", ""},
		"no pin":              {node("containerd"), pod("example.com/fn:1", "example.com/fn@"+other, running), "pass", ""},
		"not running":         {node("containerd"), pod(pinned, "example.com/fn@"+other, "waiting: {reason: x}"), "pass", ""},
		"local image, no sum": {node("containerd"), pod(pinned, "sha256:aaaa", running), "pass", ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := offlinetest.Options()
			o.Manifests = false
			p := offlinetest.With(t, o, test.node, test.pod, image("example.com/fn:1@"+digest)).Judge("fns", "fn")
			assert.Equal(t, test.want, offlinetest.Verdict(t, p, "IMG-05"))
			if found := offlinetest.Of(p, "IMG-05"); test.says != "" && assert.NotEmpty(t, found) {
				assert.Contains(t, found[0].Message, test.says)
			}
		})
	}
}

func TestImageVolumes(t *testing.T) {
	volume := func(reference string) string {
		return function(`image: "fn:1"`, `volumes: [{name: model, image: {reference: "`+reference+`"}}]`)
	}
	for reference, want := range map[string]string{
		"example.com/model:latest":    "fail",
		"example.com/model:3":         "fail",
		"example.com/model@" + digest: "pass",
	} {
		assert.Equal(t, want, offlinetest.Verdict(t, judge(t, volume(reference)), "IMG-11"), reference)
	}
	assert.Equal(t, "na", offlinetest.Verdict(t, judge(t, image("fn:1")), "IMG-11"))
	o := offlinetest.Options()
	o.AllowedRegistries = []string{"registry.example.com"}
	p := offlinetest.With(t, o, volume("example.com/model@"+digest)).Judge("fns", "fn")
	assert.Equal(t, "fail", offlinetest.Verdict(t, p, "IMG-11"), "not from an allowed registry")
}

func TestRuntimes(t *testing.T) {
	runtime := func(name string) string {
		return strings.Replace(image("example.com/fn:1"), `labels: {fn9s`, `annotations: {fn9s.io/runtime: "`+name+`"}, labels: {fn9s`, 1)
	}
	for name, want := range map[string]check.Severity{
		"python2.7": check.High, "python312": check.Info, "python39": check.Medium, "nodejs14": check.High, "nodejs20": check.Medium,
		"nodejs22": check.Info, "nodejs:18.20": check.High, "go1.23": check.High, "dotnetcore2.1": check.High, "dotnet6": check.High,
		"php:8.1": check.Medium, "ruby2.6": check.High, "java11": check.Info, "shell": check.Info, "": check.Info, "python": check.Info,
	} {
		found := offlinetest.Of(judge(t, runtime(name)), "IMG-07")
		if want == check.Info {
			assert.Empty(t, found, name)
			continue
		}
		require.Len(t, found, 1, name)
		assert.Equal(t, want, found[0].Severity, name)
	}
	assert.Len(t, offlinetest.Of(judge(t, image("python:3.7-slim")), "IMG-07"), 1, "a language's own image names the runtime")
	assert.Empty(t, offlinetest.Of(judge(t, image("example.com/python:3.7")), "IMG-07"), "another image may mean anything")
}

func TestARuntimeThatDoesNotRunIsNotJudged(t *testing.T) {
	kubeless := `{apiVersion: kubeless.io/v1beta1, kind: Function, metadata: {name: fn, namespace: fns}, spec: {runtime: python3.7DEPLOYMENT}}`
	own := `, deployment: {spec: {template: {spec: {containers: [{image: "example.com/f:1"}]}}}}`
	found := offlinetest.Of(judge(t, strings.Replace(kubeless, "DEPLOYMENT", "", 1)), "IMG-07")
	require.Len(t, found, 2, "the runtime and the framework")
	for _, f := range found {
		assert.Equal(t, check.FrameworkLimit, f.Limit, f.Message)
	}
	assert.Len(t, offlinetest.Of(judge(t, strings.Replace(kubeless, "DEPLOYMENT", own, 1)), "IMG-07"), 1, "the framework alone")
}

// TestSidecarsOfNuclio: the function names the images of its sidecars, so that it can name better ones.
func TestSidecarsOfNuclio(t *testing.T) {
	p := judge(t, `{apiVersion: nuclio.io/v1beta1, kind: NuclioFunction, metadata: {name: fn, namespace: fns}, spec: {image: "example.com/fn:1"}}`, `
apiVersion: apps/v1
kind: Deployment
metadata: {name: nuclio-fn, namespace: fns, labels: {nuclio.io/class: function, nuclio.io/function-name: fn}}
spec:
  selector: {matchLabels: {nuclio.io/function-name: fn}}
  template:
    metadata: {labels: {nuclio.io/class: function, nuclio.io/function-name: fn}}
    spec: {containers: [{name: nuclio, image: "example.com/fn:1"}, {name: debug, image: "example.com/debug:latest"}]}
`)
	found := offlinetest.Of(p, "IMG-01")
	require.Len(t, found, 1)
	assert.Contains(t, found[0].Message, "debug:latest")
	assert.Equal(t, check.NoLimit, found[0].Limit)
}

// TestImagesOfFn: its runners start the function's image, which no pod spec names.
func TestImagesOfFn(t *testing.T) {
	const world = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: fn-fn-runner, namespace: fn, labels: {app: fn-fn, chart: fn-0.1.0, release: fn}}
spec:
  selector: {matchLabels: {role: runner}}
  template:
    metadata: {labels: {app: fn-fn, role: runner, chart: fn-0.1.0, release: fn}}
    spec: {containers: [{name: runner, image: "fnproject/fnserver:0.3.753", env: [{name: FN_NODE_TYPE, value: pure-runner}]}]}
---
{apiVersion: fnproject.io/v2, kind: Connector, metadata: {name: c, namespace: fn}, name: c, phase: live, reached: true}
---
{apiVersion: fnproject.io/v2, kind: App, metadata: {name: "c:tools", namespace: fn}}
---
{apiVersion: fnproject.io/v2, kind: Fn, metadata: {name: "c:tools:export", namespace: fn}, id: f1, image: IMAGE}
`
	for image, want := range map[string]int{"somebody/export": 1, "somebody/export:1": 0} {
		found := offlinetest.Of(offlinetest.Text(t, strings.Replace(world, "IMAGE", image, 1)).Judge("fn", "tools/export"), "IMG-01")
		require.Len(t, found, want, image)
		for _, f := range found {
			assert.Contains(t, f.Message, image)
			assert.Equal(t, check.NoLimit, f.Limit)
		}
	}
}

package openwhisk_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/frameworkstest"
	"github.com/fn9s/fn9s/kube/frameworks/openwhisk"
	"github.com/fn9s/fn9s/kube/plan"
)

func draft(r plan.DeployRequest) plan.Draft {
	return openwhisk.New().(frameworks.Deployer).Deploy(&r, plan.Surroundings{})
}

func script(name, text string) plan.Source {
	return plan.Source{Code: &plan.Code{Name: name, Files: map[string][]byte{name: []byte(text)}}}
}

func asked(name string, s plan.Source, options ...string) plan.DeployRequest {
	r := plan.DeployRequest{Framework: "openwhisk", Namespace: "openwhisk", Name: name, Source: s, Options: map[string]string{"connector": "c", "tenant": "guest"}}
	for i := 0; i < len(options); i += 2 {
		r.Options[options[i]] = options[i+1]
	}
	return r
}

func hello() plan.DeployRequest {
	r := asked("hello", script("hello.js", "function main() { return {ok: true} }\n"), "package", "tools")
	r.Runtime, r.Handler, r.Timeout = "nodejs:20", "main", 30*time.Second
	r.Env, r.Limits = []plan.Variable{{Name: "MOOD", Value: "good"}}, map[string]string{"memory": "512Mi"}
	r.Annotations = map[string]string{"team": "shop"}
	r.Triggers = []plan.Trigger{{Type: "http"}, {Type: "event", Topic: "uploads"}}
	return r
}

func TestADraftIsWhatTheToolOfOpenWhiskSends(t *testing.T) {
	for name, r := range map[string]plan.DeployRequest{
		"code":     hello(),
		"image":    asked("resize", plan.Source{Image: "registry.example.com/media/resize:3"}),
		"sequence": asked("both", plan.Source{}, "sequence", "a, /whisk.system/utils/echo"),
	} {
		t.Run(name, func(t *testing.T) { frameworkstest.Drafted(t, "testdata/deploy/"+name+".yaml", draft(r)) })
	}
}

func TestWhoMayReadAndCallAnActionIsNoted(t *testing.T) {
	assert.Equal(t, []string{
		"everybody who reaches OpenWhisk may call it: ask for a key with auth=tenants, or for a secret of its own with `fn9s tighten --intent route-auth`",
		"the 1 values are kept as text, and read by everybody who has the key of guest",
	}, draft(hello()).Notes)
	r := hello()
	r.Triggers[0].Options = map[string]string{"auth": "tenants"}
	spec := draft(r).Edits[1].New["spec"].(map[string]any)
	assert.Equal(t, true, spec["annotations"].(map[string]any)["require-whisk-auth"])
}

func TestArchivesAreSentAsBinaries(t *testing.T) {
	r := hello()
	r.Source = script("hello.zip", "PK\x03\x04 and so on")
	e := draft(r).Edits[1]
	assert.Equal(t, true, e.New["spec"].(map[string]any)["exec"].(map[string]any)["binary"])
	assert.Equal(t, "UEsDBCBhbmQgc28gb24=", e.New["data"].(map[string]any)["code"])
}

func TestWhatOpenWhiskCannotDoIsSaidAtTheField(t *testing.T) {
	for name, c := range map[string]struct {
		change func(r *plan.DeployRequest)
		want   string
	}{
		"no connector": {func(r *plan.DeployRequest) { delete(r.Options, "connector") }, "connector: say through which connector of namespace openwhisk"},
		"no tenant":    {func(r *plan.DeployRequest) { delete(r.Options, "tenant") }, "tenant: the connector has not told it: say which"},
		"no name":      {func(r *plan.DeployRequest) { r.Name = "a/b?c" }, `name: "a/b?c": letters, digits and _ @ . - and spaces, 256 at most`},
		"a runtime":    {func(r *plan.DeployRequest) { r.Runtime = "nodejs" }, `runtime: "nodejs": LANGUAGE:VERSION, as in nodejs:20`},
		"a digest": {func(r *plan.DeployRequest) {
			r.Runtime, r.Source = "", plan.Source{Image: "a:1@sha256:" + strings.Repeat("0", 64)}
		}, "image: OpenWhisk drops the digest and runs the tag latest: give a tag"},
		"a binary as code": {func(r *plan.DeployRequest) { r.Source = script("a.js", "\x00\x01") }, "code: a.js is a binary file, and no archive"},
		"Java as text":     {func(r *plan.DeployRequest) { r.Runtime = "java:8" }, "code: Java comes as an archive (.jar)"},
		"Java without class": {func(r *plan.DeployRequest) {
			r.Runtime, r.Handler, r.Source = "java:8", "", script("a.jar", "PK\x03\x04")
		}, "handler: say which class of a.jar has the function"},
		"a Secret":       {func(r *plan.DeployRequest) { r.Env = []plan.Variable{{Name: "A", Secret: "s", Key: "k"}} }, "env: A: parameters cannot refer to objects of Kubernetes: the function must fetch the value when it runs"},
		"a volume":       {func(r *plan.DeployRequest) { r.Mounts = []plan.Mount{{Secret: "s"}} }, "mounts: actions have no volumes"},
		"processor time": {func(r *plan.DeployRequest) { r.Limits["cpu"] = "1" }, "limits: OpenWhisk has no limit of processor time"},
		"a path":         {func(r *plan.DeployRequest) { r.Triggers[0].Path = "/x" }, "trigger: the address of a web action is made of its name: hosts, paths and methods are those of an API gateway (`wsk api create`)"},
		"a clock":        {func(r *plan.DeployRequest) { r.Triggers = []plan.Trigger{{Type: "cron", Schedule: "* * * * *"}} }, "trigger: its clock is a feed: give an event with feed=/whisk.system/alarms/alarm and param.cron, or a trigger that is there"},
		"half a feed":    {func(r *plan.DeployRequest) { r.Triggers[1].Options = map[string]string{"feed": "alarm/x/y"} }, "trigger: feed \"/guest/alarm/x/y\": /NAMESPACE/PACKAGE/ACTION"},
		"no feed":        {func(r *plan.DeployRequest) { r.Triggers[1].Options = map[string]string{"param.cron": "x"} }, "trigger: what a feed is told needs a feed"},
		"a key": {func(r *plan.DeployRequest) {
			r.Triggers[1].Options = map[string]string{"feed": "/a/b", "param.authKey": "x"}
		}, "trigger: authKey is told to every feed by itself"},
		"nothing": {func(r *plan.DeployRequest) { r.Source = plan.Source{} }, "code: an action is made of code, an image, or other actions (sequence)"},
	} {
		t.Run(name, func(t *testing.T) {
			r := hello()
			c.change(&r)
			assert.Contains(t, frameworkstest.Problems(t, draft(r)), c.want)
		})
	}
}

// A trigger with a feed is made by calling the action that it is, with what it is told and nothing else shows.
func TestATriggerWithAFeedSaysWhatItIsTold(t *testing.T) {
	r := hello()
	r.Triggers = []plan.Trigger{{Type: "event", Topic: "nightly", Options: map[string]string{"feed": "clock/alarm", "param.cron": "0 2 * * *", "param.minutes": "5"}}}
	d := draft(r)
	require.Empty(t, d.Problems)
	trigger := d.Edits[2].New
	assert.Equal(t, map[string]any{"feed": "/guest/clock/alarm"}, trigger["spec"])
	assert.Equal(t, map[string]any{"cron": `"0 2 * * *"`, "minutes": "5"}, trigger["sent"])
	assert.Equal(t, "Rule", d.Edits[3].Object.Kind)
	assert.Contains(t, strings.Join(d.Notes, "\n"), "the feed /guest/clock/alarm is called with the key of guest")
}

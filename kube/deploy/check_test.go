package deploy_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/deploy"
	"github.com/fn9s/fn9s/kube/plan"
)

func number(n int) *int { return &n }

func TestBadRequestsAreRefusedAtTheirField(t *testing.T) {
	offer := &plan.Offer{
		Sources: []string{"image", "code", "git"}, Runtimes: []string{"python3.12", "node22"}, Triggers: []string{"http", "cron"},
		Options: []plan.Option{{Key: "type", Choices: []string{"deployment", "pool"}}}, Without: map[string]string{"timeout": "it bounds no call"},
	}
	code := func(name, text string) *plan.Code {
		return &plan.Code{Name: name, Files: map[string][]byte{name: []byte(text)}}
	}
	for name, c := range map[string]struct {
		change func(*plan.DeployRequest)
		field  string
		says   string
	}{
		"no name":              {func(r *plan.DeployRequest) { r.Name = "" }, "name", "needs a name"},
		"a name with capitals": {func(r *plan.DeployRequest) { r.Name = "Crop" }, "name", "lower"},
		"a name that is long":  {func(r *plan.DeployRequest) { r.Name = strings.Repeat("a", 64) }, "name", "63"},
		"a namespace":          {func(r *plan.DeployRequest) { r.Namespace = "a b" }, "namespace", "RFC 1123"},
		"an image with spaces": {func(r *plan.DeployRequest) { r.Source.Image = "a b" }, "image", "no spaces"},
		"an image in capitals": {func(r *plan.DeployRequest) { r.Source.Image = "example/Crop" }, "image", "no valid image"},
		"nothing":              {func(r *plan.DeployRequest) { r.Source.Image = "" }, "image", "made of"},
		"two sources":          {func(r *plan.DeployRequest) { r.Source.Code = code("a.py", "x") }, "code", "one thing"},
		"a runtime":            {func(r *plan.DeployRequest) { r.Runtime = "cobol" }, "runtime", "python3.12"},
		"code without runtime": {func(r *plan.DeployRequest) { r.Source = plan.Source{Code: code("a.py", "x")} }, "runtime", "code needs one"},
		"binary code": {func(r *plan.DeployRequest) {
			r.Source = plan.Source{Code: code("a.py", "\x7fELF\x00")}
			r.Runtime = "node22"
		}, "code", "no text"},
		"1 MiB of code": {func(r *plan.DeployRequest) { r.Source = plan.Source{Code: code("a.py", strings.Repeat("x", 1<<20+1))} }, "code", "1 MiB"},
		"1 MiB of an action": {func(r *plan.DeployRequest) {
			r.Framework, r.Source = "openwhisk", plan.Source{Code: code("a.py", strings.Repeat("x", 1<<20+1))}
		}, "code", "OpenWhisk takes up to 48 MB"},
		"empty code":            {func(r *plan.DeployRequest) { r.Source = plan.Source{Code: code("a.py", "")} }, "code", "empty"},
		"a way to git":          {func(r *plan.DeployRequest) { r.Source = plan.Source{Git: &plan.Git{URL: "file:///etc"}} }, "git", "address"},
		"a variable":            {func(r *plan.DeployRequest) { r.Env = []plan.Variable{{Name: "A B"}} }, "env", "no name"},
		"a variable twice":      {func(r *plan.DeployRequest) { r.Env = []plan.Variable{{Name: "A"}, {Name: "A"}} }, "env", "twice"},
		"a key that is missing": {func(r *plan.DeployRequest) { r.Env = []plan.Variable{{Name: "A", Secret: "s"}} }, "env", "which key"},
		"a mount":               {func(r *plan.DeployRequest) { r.Mounts = []plan.Mount{{Secret: "s", Path: "etc"}} }, "secret", "folder"},
		"a quantity":            {func(r *plan.DeployRequest) { r.Limits = map[string]string{"cpu": "much"} }, "cpu", "no quantity"},
		"more than the limit": {func(r *plan.DeployRequest) {
			r.Limits, r.Requests = map[string]string{"memory": "1Mi"}, map[string]string{"memory": "1Gi"}
		}, "memory", "its limit"},
		"a port":              {func(r *plan.DeployRequest) { r.Port = 70000 }, "port", "70000"},
		"min above max":       {func(r *plan.DeployRequest) { r.Min, r.Max = number(3), number(1) }, "min", "3"},
		"what it has not":     {func(r *plan.DeployRequest) { r.Timeout = time.Second }, "timeout", "bounds no call"},
		"a label":             {func(r *plan.DeployRequest) { r.Labels = map[string]string{"a": "b c"} }, "label", "a=b c"},
		"a trigger":           {func(r *plan.DeployRequest) { r.Triggers = []plan.Trigger{{Type: "queue"}} }, "trigger", "http, cron"},
		"a schedule":          {func(r *plan.DeployRequest) { r.Triggers = []plan.Trigger{{Type: "cron", Schedule: "61 * * * *"}} }, "schedule", "field 1"},
		"words as a schedule": {func(r *plan.DeployRequest) { r.Triggers = []plan.Trigger{{Type: "cron", Schedule: "at noon"}} }, "schedule", "five fields"},
		"a host":              {func(r *plan.DeployRequest) { r.Triggers = []plan.Trigger{{Type: "http", Host: "A_B"}} }, "host", "A_B"},
		"an option":           {func(r *plan.DeployRequest) { r.Options = map[string]string{"x": "1"} }, "option", "type"},
		"an option's value":   {func(r *plan.DeployRequest) { r.Options = map[string]string{"type": "x"} }, "option", "deployment, pool"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := request("any")
			c.change(r)
			problems := deploy.Check(r, offer)
			require.NotEmpty(t, problems)
			assert.Equal(t, c.field, problems[0].Field, problems)
			assert.Contains(t, problems[0].Text, c.says)
		})
	}
	assert.Empty(t, deploy.Check(request("any"), offer))
}

func TestCredentialsInAnAddressAreRefusedAndNotRepeated(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"https://me:hunter2@git.example.com/a", "https://hunter2@git.example.com/a", "https://git.example.com/a?token=hunter2", "ssh://git:hunter2@git.example.com/a"} {
		r := request("any")
		r.Source = plan.Source{Git: &plan.Git{URL: url}}
		problems := deploy.Check(r, &plan.Offer{Sources: []string{"git"}})
		require.Len(t, problems, 1, url)
		assert.Contains(t, problems[0].Text, "holds credentials")
		assert.NotContains(t, fmt.Sprint(problems), "hunter2")
	}
	for _, url := range []string{"https://git.example.com/a.git", "git@git.example.com:a/b.git", "ssh://git@git.example.com/a"} {
		r := request("any")
		r.Source = plan.Source{Git: &plan.Git{URL: url}}
		assert.Empty(t, deploy.Check(r, &plan.Offer{Sources: []string{"git"}}), url)
	}
}

func TestQuotasAndRangesRefuseBeforeAnythingIsMade(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*plan.DeployRequest)
		says   string
	}{
		"more pods than are left":   {func(r *plan.DeployRequest) { r.Min = number(20) }, "ResourceQuota room: 1 of 20 pods are used, and it needs 20 more"},
		"more memory than is left":  {func(r *plan.DeployRequest) { r.Min = number(2); r.Limits = map[string]string{"memory": "1Gi"} }, "ResourceQuota room: 3Gi of 4Gi limits.memory are used, and it needs 2Gi more"},
		"more than a container has": {func(r *plan.DeployRequest) { r.Limits = map[string]string{"memory": "3Gi"} }, "LimitRange room: a container's limit of memory is at most 2Gi, and crop has 3Gi"},
	} {
		r := request("plain")
		c.change(r)
		result := make1(t, setting(t, "plain"), r, deploy.Options{})
		assert.Contains(t, fmt.Sprint(result.Problems), c.says, name)
		assert.Empty(t, result.Edits, name)
	}
}

// Functions of one file share what is left of a quota.
func TestFunctionsOfOneFileCountTogether(t *testing.T) {
	t.Parallel()
	var all []*plan.DeployRequest
	for i := range 3 {
		r := request("plain")
		r.Name, r.Limits = fmt.Sprintf("crop%d", i), map[string]string{"memory": "400Mi"}
		all = append(all, r)
	}
	results, err := maker().Make(t.Context(), setting(t, "plain"), all, deploy.Options{})
	require.NoError(t, err)
	assert.Empty(t, results[0].Problems)
	assert.Empty(t, results[1].Problems)
	assert.Contains(t, fmt.Sprint(results[2].Problems), "limits.memory")
}

func TestWhatIsNamedMustBeThere(t *testing.T) {
	t.Parallel()
	r := request("plain")
	r.ServiceAccount, r.PullSecrets = "nobody", []string{"login"}
	r.Env, r.Mounts = []plan.Variable{{Name: "A", Secret: "stripe", Key: "key"}}, []plan.Mount{{ConfigMap: "rates"}}
	result := make1(t, setting(t, "plain"), r, deploy.Options{})
	var fields []string
	for _, p := range result.Problems {
		fields = append(fields, p.Field)
	}
	assert.Equal(t, []string{"service-account", "env", "config", "pull-secret"}, fields)
	r = request("plain")
	r.Namespace = "nowhere"
	assert.Equal(t, []plan.Problem{{Field: "namespace", Text: "there is no namespace nowhere"}}, make1(t, setting(t, "plain"), r, deploy.Options{}).Problems)
}

// Judging and securing 200 functions takes a small part of the half minute in which they are to be deployed.
func BenchmarkTwoHundred(b *testing.B) {
	s := setting(b, "knative")
	s.Documents = s.Documents[:1]
	var all []*plan.DeployRequest
	for i := range 200 {
		r := request("knative")
		r.Name = fmt.Sprintf("f%d", i)
		all = append(all, r)
	}
	for b.Loop() {
		_, err := maker().Make(b.Context(), s, all, deploy.Options{})
		require.NoError(b, err)
	}
}

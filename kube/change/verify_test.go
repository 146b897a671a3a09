package change

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

func (b *bench) roll(name string, fields ...plan.Field) (*Plan, *Result) {
	b.t.Helper()
	p, err := b.Plan(b.t.Context(), Request{Action: "x", Wishes: []Wish{{Effect: plan.Rollout, Edit: plan.Edit{
		Verb: plan.Patch, Object: b.ref("apps", "Deployment", name), Fields: fields}}}})
	require.NoError(b.t, err)
	r := b.do(b.Engine, p)
	require.Equal(b.t, journal.Applied, r.Outcome, r.Reason)
	return p, r
}

func (b *bench) deployment(name, replicas, more string) {
	b.apply("tests", strings.NewReplacer("name: web, labels", "name: "+name+", labels", "replicas: 0", "replicas: "+replicas,
		"app: web", "app: "+name, "    spec:\n", "    spec:\n"+more).Replace(web))
}

func TestVerdicts(t *testing.T) {
	b := newBench(t)
	mark := plan.Field{Path: `spec.template.metadata.annotations["fn9s.io/x"]`, Value: "1"}
	b.deployment("ready", "2", "")
	b.deployment("idle", "0", "")
	b.deployment("nowhere", "1", "      nodeSelector: {no: such}\n")
	b.deployment("refused", "1", "")
	for name, c := range map[string]struct {
		fields  []plan.Field
		limit   time.Duration
		want    Verdict
		because string
	}{
		"ready":   {[]plan.Field{mark}, time.Minute, Ready, "2 of 2 pods are ready"},
		"idle":    {[]plan.Field{mark}, time.Minute, Idle, "scaled to zero"},
		"nowhere": {[]plan.Field{mark}, 2 * time.Second, TimedOut, "1 of 1 pods are new"},
		"refused": {[]plan.Field{{Path: "spec.template.spec.serviceAccountName", Value: "none-of-that-name"}}, time.Minute, RolloutFailed, "serviceaccount \"none-of-that-name\" not found"},
	} {
		p, r := b.roll(name, c.fields...)
		seen := b.Verify(t.Context(), r, Subjects(p), c.limit, nil)
		require.Len(t, seen, 1, name)
		assert.Equal(t, c.want, seen[0].Verdict, "%s: %s", name, seen[0].Reason)
		assert.Contains(t, seen[0].Reason, c.because, name)
	}
}

func TestWhatNobodyTakesNoticeOfIsNotObservable(t *testing.T) {
	b := newBench(t)
	b.deployment("web", "1", "")
	var done time.Time
	require.Eventually(t, func() bool { // its controller is done with it
		status, _ := b.live(b.ref("apps", "Deployment", "web"))["status"].(map[string]any)
		done = time.Now()
		return fmt.Sprint(status["readyReplicas"]) == "1"
	}, time.Minute, 20*time.Millisecond)
	// Who wrote what is kept by the second: what comes now must be of a later one.
	require.Eventually(t, func() bool { return time.Now().Truncate(time.Second).After(done) }, 2*time.Second, 10*time.Millisecond)
	p, err := b.Plan(t.Context(), b.configMaps(1))
	require.NoError(t, err)
	p.Steps[0].Effect = plan.Rollout
	r := b.do(b.Engine, p)
	began := time.Now()
	b.Engine.o.Now = func() time.Time { return time.Now().Add(10 * time.Since(began)) } // grace is over ten times as fast
	seen := b.Verify(t.Context(), r, []Subject{
		{Function: p.Steps[0].Functions[0], Object: p.Steps[0].Ref, Workloads: []model.Ref{b.ref("apps", "Deployment", "web")}},
		{Unseen: "it is elsewhere"}, {},
	}, time.Minute, nil)
	for i, want := range []string{"no controller took notice", "it is elsewhere", "no workload of it is known"} {
		assert.Equal(t, NotObservable, seen[i].Verdict)
		assert.Contains(t, seen[i].Reason, want)
	}
}

func TestASavedPlanIsPlannedAgain(t *testing.T) {
	b := newBench(t)
	b.apply("kubectl", web)
	request := b.tighten()
	request.Wishes = append(request.Wishes, Wish{Edit: plan.Edit{Verb: plan.Create, Object: b.ref("", "Secret", "web"), New: map[string]any{
		"apiVersion": "v1", "kind": "Secret", "type": "Opaque"}, Needs: []plan.Need{
		{Path: "data.password", From: plan.Literal{Object: b.ref("apps", "Deployment", "web"), Path: "spec.template.spec.containers[name=web].env[name=DB_PASSWORD].value"}},
		{Path: "data.salt", Generate: "alnum:20"}}}})
	request.Wishes[0], request.Wishes[len(request.Wishes)-1] = request.Wishes[len(request.Wishes)-1], request.Wishes[0]
	p, err := b.Plan(t.Context(), request)
	require.NoError(t, err)
	require.Empty(t, p.Blocked())
	d, err := p.Document("v1")
	require.NoError(t, err)
	raw := marshalled(t, d)
	assert.NotContains(t, raw, canary)
	saved, err := ParsePlan([]byte(raw))
	require.NoError(t, err)
	again, err := b.PlanSaved(t.Context(), saved)
	require.NoError(t, err)

	b.apply("kubectl", strings.Replace(web, canary, canary+"2", 1))
	_, err = b.PlanSaved(t.Context(), saved)
	var different *DifferentError
	require.ErrorAs(t, err, &different)
	assert.Contains(t, err.Error(), "env[name=DB_PASSWORD] has another value than it had")
	assert.NotContains(t, err.Error(), canary)
	b.apply("kubectl", web)

	r := b.do(b.Engine, again)
	require.Equal(t, journal.Applied, r.Outcome, r.Reason)
	secret := b.live(b.ref("", "Secret", "web"))
	assert.Equal(t, "czNjcjN0LWNBbkFyWS05ZjhlN2Q2YzViNGE=", text(secret, "data", "password"), "the plaintext moved")
	assert.Len(t, text(secret, "data", "salt"), 28)
	_, err = b.PlanSaved(t.Context(), saved)
	assert.ErrorAs(t, err, &different, "it was carried out already")
	b.searchForCanary()
	undone := b.undo(b.Engine, "")
	require.Equal(t, journal.Applied, undone.Outcome, undone.Reason)
	redo, err := b.PlanUndo(t.Context(), b.newest().ID)
	require.NoError(t, err, "the value of the Secret that was taken back is kept too")
	require.Equal(t, journal.Applied, b.do(b.Engine, redo).Outcome)
	assert.Equal(t, secret["data"], b.live(b.ref("", "Secret", "web"))["data"])

	other := *saved
	other.Cluster.UID, other.Cluster.Server = "another", "https://other"
	_, err = b.PlanSaved(t.Context(), &other)
	assert.ErrorContains(t, err, "another cluster")
}

// TestAnExportIsWhatTheChangeWouldBe builds the exported component over the live object.
func TestAnExportIsWhatTheChangeWouldBe(t *testing.T) {
	b := newBench(t)
	before := b.apply("kubectl", web)
	b.apply("tests", `{apiVersion: v1, kind: ConfigMap, metadata: {name: old}, data: {a: "1"}}`)
	request := b.tighten()
	request.Wishes = append(request.Wishes,
		Wish{Edit: plan.Edit{Verb: plan.Delete, Object: b.ref("", "ConfigMap", "old")}},
		Wish{Edit: plan.Edit{Verb: plan.Create, Object: b.ref("", "Secret", "s"), New: map[string]any{"apiVersion": "v1", "kind": "Secret"}, Needs: []plan.Need{{Path: "data.x", Generate: "hex:16"}}}})
	p, err := b.Plan(t.Context(), request)
	require.NoError(t, err)
	files, left, err := p.Export()
	require.NoError(t, err)
	require.Len(t, left, 1)
	assert.Contains(t, left[0], "Secret")
	folder := t.TempDir()
	writeFiles(t, folder, before, b.live(b.ref("", "ConfigMap", "old")), files)
	built := kustomized(t, folder)
	assert.NotContains(t, built, "ConfigMap")
	require.Contains(t, built, "Deployment")
	require.Contains(t, built, "ServiceAccount")
	r := b.do(b.Engine, p)
	require.Equal(t, journal.Applied, r.Outcome, r.Reason)
	after := own(b.live(b.ref("apps", "Deployment", "web")))
	assert.True(t, within(built["Deployment"]["spec"], after["spec"]), "%v\n%v", built["Deployment"], after)
}

func marshalled(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	require.NoError(t, err)
	return string(raw)
}

// writeFiles writes a kustomization of live objects, and the export as a component of it.
func writeFiles(t *testing.T, folder string, one, two object, files []File) {
	t.Helper()
	for i, o := range []object{own(one), own(two)} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, []string{"one.yaml", "two.yaml"}[i]), []byte(marshalled(t, o)), 0o600))
	}
	require.NoError(t, os.WriteFile(filepath.Join(folder, "kustomization.yaml"), []byte("resources: [one.yaml, two.yaml]\ncomponents: [fix]\n"), 0o600))
	require.NoError(t, os.Mkdir(filepath.Join(folder, "fix"), 0o700))
	for _, f := range files {
		require.NoError(t, os.WriteFile(filepath.Join(folder, "fix", f.Name), f.Data, 0o600))
	}
}

// kustomized builds a folder, and returns its objects by kind.
func kustomized(t *testing.T, folder string) map[string]object {
	t.Helper()
	m, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	require.NoError(t, err)
	all := map[string]object{}
	for _, r := range m.Resources() {
		raw, err := r.MarshalJSON()
		require.NoError(t, err)
		o, err := parseObject(raw)
		require.NoError(t, err)
		all[text(o, "kind")] = o
	}
	return all
}

//go:build unix

package change

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/kubetest"
	"github.com/fn9s/fn9s/kube/plan"
)

const victim = "FN9S_TEST_CHANGE_VICTIM"

// life is what the process that is killed is to do.
type life struct {
	Folder, Namespace, Kubeconfig, Undo string
	KillAt                              int // the moment, counted over all moments between two steps
}

func TestMain(m *testing.M) {
	if text := os.Getenv(victim); text != "" {
		var l life
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			panic(err)
		}
		l.live()
	}
	os.Exit(m.Run())
}

// live carries out a change and is killed in the middle of it, without a word.
func (l *life) live() {
	config, name, err := kubetest.Kubeconfig{Path: l.Kubeconfig}.Rest("")
	must(err)
	c, err := client.New(name, config, client.Options{})
	must(err)
	ctx := context.Background()
	apis, err := c.Discover(ctx)
	must(err)
	e := New(Options{Client: c, APIs: apis, Journal: journal.In(l.Folder, time.Now)})
	var p *Plan
	if l.Undo != "" {
		p, err = e.PlanUndo(ctx, l.Undo)
	} else {
		p, err = e.Plan(ctx, murdered(l.Namespace))
	}
	must(err)
	moment := 0
	kill := func() {
		if moment == l.KillAt {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
		moment++
	}
	e.between = kill
	_, err = e.Apply(ctx, p, Approval{Confirmed: p.Confirmations()}, nil)
	must(err)
	os.Exit(0)
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
}

// murdered is a change of every verb, with secret values.
func murdered(namespace string) Request {
	b := &bench{namespace: namespace}
	return Request{Action: "tighten", Title: "in one go", Wishes: []Wish{
		{Edit: plan.Edit{Verb: plan.Create, Object: b.ref("", "ServiceAccount", "web"), New: map[string]any{"apiVersion": "v1", "kind": "ServiceAccount"}}},
		{Edit: plan.Edit{Verb: plan.Patch, Object: b.ref("", "Secret", "db"), Fields: []plan.Field{{Path: "data.password", Value: "bmV3LXZhbHVl"}}}},
		{Edit: plan.Edit{Verb: plan.Patch, Object: b.ref("apps", "Deployment", "web"), Fields: []plan.Field{
			{Path: "spec.template.spec.serviceAccountName", Value: "web"}, {Path: "spec.template.spec.containers[name=web].env[name=DB_PASSWORD]", Remove: true}}}},
		{Edit: plan.Edit{Verb: plan.Delete, Object: b.ref("", "ConfigMap", "old")}},
	}}
}

func (b *bench) state() map[string]object {
	all := map[string]object{}
	for kind, name := range map[string]string{"Secret": "db", "ConfigMap": "old", "ServiceAccount": "web"} {
		if o := b.live(b.ref("", kind, name)); o != nil {
			all[kind] = own(o)
		}
	}
	all["Deployment"] = own(b.live(b.ref("apps", "Deployment", "web")))
	return all
}

// kill runs a life in a process of its own, and reports whether it was killed.
func (b *bench) kill(l life) bool {
	b.t.Helper()
	l.Folder, l.Namespace, l.Kubeconfig = b.folder, b.namespace, b.cluster.Admin
	text, err := json.Marshal(l)
	require.NoError(b.t, err)
	cmd := exec.CommandContext(b.t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), victim+"="+string(text))
	out, err := cmd.CombinedOutput()
	if err == nil {
		return false
	}
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	require.True(b.t, ok && status.Signaled(), "%v: %s", err, out)
	return true
}

// TestKilledBetweenAnyTwoSteps kills the program at every moment of a change, and of its undo: what is there can always be
// taken back whole.
func TestKilledBetweenAnyTwoSteps(t *testing.T) {
	b := newBench(t)
	b.apply("tests", web)
	b.apply("tests", `{apiVersion: v1, kind: Secret, metadata: {name: db}, stringData: {password: `+canary+`}}`)
	b.apply("tests", `{apiVersion: v1, kind: ConfigMap, metadata: {name: old}, data: {a: "1"}}`)
	before := b.state()
	moments := 0
	for killed := true; killed; moments++ {
		killed = b.kill(life{KillAt: moments})
		entry := b.newest()
		b.truthful(entry)
		// The undo is killed too, half way, and done again.
		b.kill(life{Undo: entry.ID, KillAt: moments / 2})
		b.truthful(b.newest())
		p, err := b.PlanUndo(t.Context(), entry.ID)
		if err != nil {
			assert.ErrorContains(t, err, "was undone by", strconv.Itoa(moments))
		} else {
			r := b.do(b.Engine, p)
			assert.Equal(t, journal.Applied, r.Outcome, r.Reason)
		}
		require.Equal(t, before, b.state(), "killed at moment %d", moments)
	}
	assert.Equal(t, 17, moments, "four moments in each of four steps, and one life to the end")
	b.searchForCanary()
	files, err := filepath.Glob(filepath.Join(b.folder, "*"))
	require.NoError(t, err)
	assert.Len(t, files, 2, "the journal and its lock")
}

// truthful compares what the journal says of every step with the cluster.
func (b *bench) truthful(e *journal.Entry) {
	b.t.Helper()
	v := &veil{key: e.Key}
	for i := range e.Steps {
		s := &e.Steps[i]
		ref, err := refOf(&ObjectDocument{s.Object.APIVersion, s.Object.Kind, s.Object.Namespace, s.Object.Name, ""})
		require.NoError(b.t, err)
		touches, err := readTouches(s.Touches)
		require.NoError(b.t, err)
		was, is, _ := compareRecorded(v, b.live(ref), s.Touches, touches)
		switch s.Outcome {
		case journal.Applied:
			assert.True(b.t, is, "%s was written", s.Object)
		case journal.Begun:
			assert.True(b.t, was || is, "%s is as before or as after, and nothing between", s.Object)
		default:
			assert.Fail(b.t, "no other outcome is possible", s.Outcome)
		}
	}
}

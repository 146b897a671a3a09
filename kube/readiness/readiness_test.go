package readiness

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/kube/inspect"
	"github.com/fn9s/fn9s/security/model"
)

var now = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

func ref(kind, name string) model.Ref {
	return model.Ref{Kind: kind, Namespace: "payments", Name: name}
}

// pod is one that is not ready, with these containers.
func pod(name string, containers ...model.Container) *model.Pod {
	return &model.Pod{Header: model.Header{Ref: ref("Pod", name), Created: now.Add(-3 * time.Minute)}, Phase: "Pending", Scheduled: true, Containers: containers}
}

func waiting(name, reason, message string, restarts, code int32) model.Container {
	return model.Container{Name: name, Image: "payments/charge:v9", State: "waiting", Reason: reason, Message: message, Restarts: restarts, ExitCode: code}
}

func event(kind, name, reason, message string, n int32) inspect.Event {
	return inspect.Event{Type: "Warning", Reason: reason, Message: message, Object: ref(kind, name), Count: n,
		First: now.Add(-3 * time.Minute).Unix(), Last: now.Unix()}
}

func workload(kind, name, condition, status, message string) *model.Workload {
	return &model.Workload{Header: model.Header{Ref: ref(kind, name)}, Conditions: []model.Condition{{Type: condition, Status: status, Message: message}}}
}

func TestWhyAFunctionIsNotReady(t *testing.T) {
	t.Parallel()
	gone := pod("gone", waiting("f", "CrashLoopBackOff", "", 9, 1))
	gone.Deleting = now
	unplaced := pod("p")
	unplaced.Scheduled = false
	running := pod("p", model.Container{Name: "user-container", State: "running"}, model.Container{Name: "queue-proxy", State: "running", Ready: true})
	for name, c := range map[string]struct {
		framework string
		state     model.State
		reason    string
		pods      []*model.Pod
		workload  *model.Workload
		role      model.Role
		missing   string
		events    []inspect.Event
		want      string
	}{
		"image, unauthorized": {framework: "openfaas", state: model.Failed, reason: "Deployment does not have minimum availability.",
			pods:   []*model.Pod{pod("a", waiting("charge", "ImagePullBackOff", "Back-off pulling image", 0, 0)), pod("b", waiting("charge", "ErrImagePull", "401 Unauthorized", 0, 0))},
			events: []inspect.Event{event("Pod", "a", "Failed", "failed to pull: 401 Unauthorized", 2), event("Pod", "b", "Failed", "failed to authorize: 401 Unauthorized", 2)},
			want:   "charge-card is not ready: image payments/charge:v9 cannot be pulled (unauthorized), 4 tries in 3m, on 2 of 2 pods"},
		"image, no such tag": {framework: "knative", state: model.Deploying, pods: []*model.Pod{pod("a", waiting("user-container", "ImagePullBackOff", "manifest unknown", 0, 0)), running},
			want: "charge-card is not ready: image payments/charge:v9 cannot be pulled (no such tag), on 1 of 2 pods"},
		"crash": {framework: "kubeless", state: model.Failed, pods: []*model.Pod{pod("a", waiting("fn", "CrashLoopBackOff", "back-off 5m0s", 7, 1)), gone},
			want: "charge-card is not ready: container fn crashes (exit code 1), 7 tries in 3m, on 1 of 1 pod"},
		"out of memory": {framework: "nuclio", state: model.Failed, pods: []*model.Pod{pod("a", model.Container{Name: "nuclio", State: "terminated", Reason: "OOMKilled", ExitCode: 137})},
			want: "charge-card is not ready: container nuclio ended with exit code 137, out of memory, on 1 of 1 pod"},
		"secret of a container": {framework: "kyma", state: model.Deploying, pods: []*model.Pod{pod("a", waiting("function", "CreateContainerConfigError", `secret "api" not found`, 0, 0))},
			want: `charge-card is not ready: container function cannot be started: secret "api" not found, on 1 of 1 pod`},
		"volume": {framework: "openfaas", state: model.Deploying, pods: []*model.Pod{pod("a", waiting("f", "ContainerCreating", "", 0, 0))},
			events: []inspect.Event{event("Pod", "a", "FailedMount", `MountVolume.SetUp failed for volume "psp" : secret "psp" not found`, 12)},
			want:   `charge-card is not ready: a volume cannot be mounted: volume "psp" : secret "psp" not found, 12 tries in 3m, on 1 of 1 pod`},
		"no node": {framework: "plain", state: model.Deploying, pods: []*model.Pod{unplaced},
			events: []inspect.Event{event("Pod", "p", "FailedScheduling", "0/3 nodes are available: 3 Insufficient memory.", 4)},
			want:   "charge-card is not ready: no node takes it: 0/3 nodes are available: 3 Insufficient memory, on 1 of 1 pod"},
		"probe": {framework: "knative", state: model.Deploying, pods: []*model.Pod{running},
			events: []inspect.Event{event("Pod", "p", "Unhealthy", "Readiness probe failed: HTTP 503", 20)},
			want:   "charge-card is not ready: container user-container does not pass its probe: Readiness probe failed: HTTP 503, 20 tries in 3m, on 1 of 1 pod"},
		"init": {framework: "fission", state: model.Deploying, pods: []*model.Pod{pod("a", model.Container{Name: "fetch", Init: true, State: "terminated", ExitCode: 127}, waiting("f", "PodInitializing", "", 0, 0))},
			want: "charge-card is not ready: init container fetch ended with exit code 127, its command was not found, on 1 of 1 pod"},
		"admission": {framework: "plain", state: model.Failed, workload: workload("Deployment", "d", "ReplicaFailure", "True",
			`pods "d-x" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true`),
			want: `charge-card is not ready: no pod can be made: violates PodSecurity "restricted:latest": runAsNonRoot != true`},
		"build": {framework: "kyma", state: model.Building, role: model.Build, workload: workload("Job", "build-1", "Failed", "True", "Job has reached the specified backoff limit"),
			want: "charge-card is being built: its build build-1 failed: Job has reached the specified backoff limit"},
		"missing reference":         {framework: "openwhisk", state: model.Failed, missing: "psp", reason: "unknown", want: "charge-card is not ready: Secret psp is missing"},
		"the controller's words":    {framework: "fission", state: model.Failed, reason: "package build failed: exit 2", want: "charge-card is not ready: package build failed: exit 2"},
		"nobody knows":              {framework: "fn", state: model.Unknown, want: ""},
		"no workload":               {framework: "kubeless", state: model.NoWorkload, want: "charge-card is not ready: its controller made no workload for it"},
		"ready":                     {framework: "nuclio", state: model.Ready, pods: []*model.Pod{pod("a", waiting("f", "CrashLoopBackOff", "", 7, 1))}, want: ""},
		"scaled to zero on purpose": {framework: "knative", state: model.Idle, reason: "NoTraffic", want: ""},
	} {
		records := map[model.Ref]model.Object{}
		f := &model.Function{Key: model.FunctionKey{Framework: c.framework, Namespace: "payments", Name: "charge-card"}, State: c.state, Reason: c.reason}
		for _, p := range c.pods {
			f.Pods, records[p.Ref] = append(f.Pods, p.Ref), p
		}
		if c.workload != nil {
			f.Workloads = []model.WorkloadRef{{Ref: c.workload.Ref, Role: c.role}}
			records[c.workload.Ref] = c.workload
		}
		if c.missing != "" {
			f.References = []model.Reference{{Kind: "Secret", Name: c.missing, Missing: true}}
		}
		got := Why(f, func(r model.Ref) model.Object { return records[r] }, c.events, now)
		assert.Equal(t, c.want, got, name)
		cause := Cause(f, func(r model.Ref) model.Object { return records[r] })
		assert.Equal(t, got == "", cause == "", name)
		assert.NotContains(t, cause, " in 3m", "%s: a cell does not count time", name)
		if got != "" && len(c.events) == 0 {
			_, said, _ := strings.Cut(got, ": ")
			assert.Equal(t, strings.Replace(said, " in 3m", "", 1), cause, name)
		}
	}
}

func TestWordsOfOthersAreBounded(t *testing.T) {
	t.Parallel()
	f := &model.Function{Key: model.FunctionKey{Name: "f"}, State: model.Failed, Reason: strings.Repeat("日", 10_000) + "\nsecond line"}
	why := Why(f, func(model.Ref) model.Object { return nil }, nil, now)
	assert.Less(t, len(why), 300)
	assert.NotContains(t, why, "second")
	assert.Contains(t, why, "…")
}

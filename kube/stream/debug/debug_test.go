package debug

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/kubetest"
	"github.com/fn9s/fn9s/kube/stream/tunnel"
	"github.com/fn9s/fn9s/security/model"
)

func TestAContainerIsStartedAsTheUserBesideIt(t *testing.T) {
	t.Parallel()
	id := func(n int64) *int64 { return &n }
	pod := &corev1.Pod{Spec: corev1.PodSpec{SecurityContext: &corev1.PodSecurityContext{RunAsUser: id(1000)}, Containers: []corev1.Container{
		{Name: "plain"}, {Name: "own", SecurityContext: &corev1.SecurityContext{RunAsUser: id(2000)}},
		{Name: "root", SecurityContext: &corev1.SecurityContext{RunAsUser: id(0)}}}}}
	assert.Equal(t, int64(1000), userOf(pod, "plain"))
	assert.Equal(t, int64(2000), userOf(pod, "own"))
	assert.Equal(t, int64(nobody), userOf(pod, "root"), "root is not taken over")
	assert.Equal(t, int64(nobody), userOf(&corev1.Pod{}, "plain"))
}

func TestWhatAPodSaysOfItsDebugContainer(t *testing.T) {
	t.Parallel()
	x := &Container{Name: "d"}
	with := func(s corev1.ContainerState) *corev1.Pod {
		return &corev1.Pod{Status: corev1.PodStatus{EphemeralContainerStatuses: []corev1.ContainerStatus{{Name: "other", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}, {Name: "d", State: s}}}}
	}
	waiting := func(reason, message string) *corev1.Pod {
		return with(corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}})
	}
	deleted := with(corev1.ContainerState{Running: &corev1.ContainerStateRunning{}})
	deleted.DeletionTimestamp = &metav1.Time{Time: time.Now()}
	for name, tc := range map[string]struct {
		pod            *corev1.Pod
		running, final bool
		why            string
	}{
		"nothing yet":       {&corev1.Pod{}, false, false, ""},
		"running":           {with(corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}), true, false, ""},
		"being made":        {waiting("ContainerCreating", ""), false, false, "ContainerCreating"},
		"pulled once more":  {waiting("ErrImagePull", "no such host"), false, false, "ErrImagePull: no such host"},
		"no image":          {waiting("ImagePullBackOff", "Back-off pulling image\nand more"), false, true, "ImagePullBackOff: Back-off pulling image"},
		"root in its image": {waiting("CreateContainerConfigError", "container has runAsNonRoot and image will run as root"), false, true, "CreateContainerConfigError: container has runAsNonRoot and image will run as root"},
		"ended":             {with(corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 127, Reason: "Error"}}), false, true, "it ended with code 127: Error"},
		"pod goes":          {deleted, false, true, "the pod is being deleted"},
		"pod is over":       {&corev1.Pod{Status: corev1.PodStatus{Phase: corev1.PodFailed, Reason: "Evicted"}}, false, true, "the pod is over: Evicted"},
	} {
		running, final, why := x.state(tc.pod)
		assert.Equal(t, []any{tc.running, tc.final, tc.why}, []any{running, final, why}, name)
	}
}

// bench is a pod on a real API server, in a namespace that enforces the restricted Pod Security level.
type bench struct {
	api    *kubernetes.Clientset
	client *client.Client
	apis   *client.APIs
	pod    model.Ref
	folder string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	c, _ := kubetest.Connect(t, kubetest.Kubeconfig{Path: kubetest.Need(t).Admin})
	api, err := kubernetes.NewForConfigAndClient(c.Config(), c.HTTP())
	require.NoError(t, err)
	ns, err := api.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "debug-",
		Labels: map[string]string{"pod-security.kubernetes.io/enforce": "restricted"}}}, metav1.CreateOptions{})
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = api.CoreV1().Namespaces().Delete(context.Background(), ns.Name, metav1.DeleteOptions{})
	})
	yes, no, user := true, false, int64(12000)
	_, err = api.CoreV1().Pods(ns.Name).Create(t.Context(), &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "charge"}, Spec: corev1.PodSpec{
		SchedulerName: "nobody", AutomountServiceAccountToken: &no,
		Containers: []corev1.Container{{Name: "charge", Image: "registry.example.com/charge:1", SecurityContext: &corev1.SecurityContext{
			RunAsNonRoot: &yes, RunAsUser: &user, AllowPrivilegeEscalation: &no, Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
			SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault}}}}}}, metav1.CreateOptions{})
	require.NoError(t, err)
	apis, err := c.Discover(t.Context())
	require.NoError(t, err)
	return &bench{api, c, apis, model.Ref{Kind: "Pod", Namespace: ns.Name, Name: "charge"}, t.TempDir()}
}

func (b *bench) engine() *change.Engine {
	return change.New(change.Options{Client: b.client, APIs: b.apis, Journal: journal.In(b.folder, time.Now)})
}

func TestADebugContainerIsAChangeThatStays(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	x, err := New(t.Context(), b.client, b.apis, b.pod, "charge", DefaultImage, true)
	require.NoError(t, err)
	e := b.engine()
	p, err := e.Plan(t.Context(), x.Request())
	require.NoError(t, err)
	require.Empty(t, p.Blocked(), "the restricted level lets it in")
	require.Equal(t, change.Passed, p.Steps[0].Checked)
	require.Len(t, p.Confirmations(), 1)
	assert.Contains(t, p.Confirmations()[0].Text, "cannot be undone: "+change.Stays)
	_, err = e.Apply(t.Context(), p, change.Approval{}, nil)
	require.ErrorContains(t, err, "not confirmed", "it is agreed to by itself")

	r, err := e.Apply(t.Context(), p, change.Approval{Confirmed: p.Confirmations()}, nil)
	require.NoError(t, err)
	require.Equal(t, journal.Applied, r.Outcome, r.Reason)
	got, err := b.api.CoreV1().Pods(b.pod.Namespace).Get(t.Context(), b.pod.Name, metav1.GetOptions{})
	require.NoError(t, err)
	require.Len(t, got.Spec.EphemeralContainers, 1)
	made := got.Spec.EphemeralContainers[0]
	assert.Equal(t, []any{x.Name, DefaultImage, "charge", true, true}, []any{made.Name, made.Image, made.TargetContainerName, made.Stdin, made.TTY})
	assert.Equal(t, int64(12000), *made.SecurityContext.RunAsUser)

	_, err = e.PlanUndo(t.Context(), r.ID)
	assert.ErrorContains(t, err, change.Stays)
	document, err := p.Document("test")
	require.NoError(t, err)
	assert.Empty(t, r.Document(document, nil).Undo, "no undo is offered")
}

func TestASecondDebugContainerStandsBesideTheFirst(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for range 2 {
		x, err := New(t.Context(), b.client, b.apis, b.pod, "charge", DefaultImage, false)
		require.NoError(t, err)
		e := b.engine()
		p, err := e.Plan(t.Context(), x.Request())
		require.NoError(t, err)
		r, err := e.Apply(t.Context(), p, change.Approval{Confirmed: p.Confirmations()}, nil)
		require.NoError(t, err)
		require.Equal(t, journal.Applied, r.Outcome, r.Reason)
	}
	got, err := b.api.CoreV1().Pods(b.pod.Namespace).Get(t.Context(), b.pod.Name, metav1.GetOptions{})
	require.NoError(t, err)
	assert.Len(t, got.Spec.EphemeralContainers, 2)
}

func TestWaitingEndsWithTheWordsOfThePod(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	x, err := New(t.Context(), b.client, b.apis, b.pod, "charge", DefaultImage, false)
	require.NoError(t, err)
	soon, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	err = x.Wait(soon, b.client, b.apis)
	var not *NotRunningError
	require.ErrorAs(t, err, &not)
	assert.Contains(t, err.Error(), "does not run: its node has said nothing of it; "+change.Stays)

	says := func(s corev1.ContainerState) {
		raw, err := json.Marshal(map[string]any{"status": map[string]any{"ephemeralContainerStatuses": []corev1.ContainerStatus{{Name: x.Name, State: s}}}})
		require.NoError(t, err)
		_, err = b.api.CoreV1().Pods(b.pod.Namespace).Patch(t.Context(), b.pod.Name, types.MergePatchType, raw, metav1.PatchOptions{}, "status")
		require.NoError(t, err)
	}
	says(corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "InvalidImageName", Message: "couldn't parse image"}})
	assert.ErrorContains(t, x.Wait(t.Context(), b.client, b.apis), "does not run: InvalidImageName: couldn't parse image; ")
	says(corev1.ContainerState{Running: &corev1.ContainerStateRunning{}})
	assert.NoError(t, x.Wait(t.Context(), b.client, b.apis))
}

func TestWhoMayNotIsToldBeforeAnythingIsPlanned(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	reader, _ := kubetest.Connect(t, kubetest.Kubeconfig{Path: kubetest.Need(t).ReadOnly})
	_, err := New(t.Context(), reader, b.apis, b.pod, "charge", DefaultImage, true)
	var denied *tunnel.DeniedError
	require.ErrorAs(t, err, &denied)
	assert.Contains(t, err.Error(), "you may not patch pods/ephemeralcontainers in "+b.pod.Namespace)

	for _, bad := range []string{"", "-x", "a b", "busybox\n", "$(x)"} {
		_, err = New(t.Context(), b.client, b.apis, b.pod, "charge", bad, true)
		assert.ErrorContains(t, err, "is no name of an image", "%q", bad)
	}
	b.client.Gate().SetReadOnly(true)
	_, err = New(t.Context(), b.client, b.apis, b.pod, "charge", DefaultImage, true)
	assert.Equal(t, client.KindReadOnly, client.Classify(err))
}

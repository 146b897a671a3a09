// Package debug puts a container with a shell beside one of a pod that has none.
//
// Its one rule: the container gets no more than the restricted Pod Security level allows, whatever its neighbour has.
package debug

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/stream/tunnel"
	"github.com/fn9s/fn9s/security/model"
)

const (
	// DefaultImage is small and has a shell.
	DefaultImage = "busybox:1.37"
	// Images is what the name of an image looks like.
	Images = `^[A-Za-z0-9][-A-Za-z0-9._/:@]{0,254}$`
	// part is the subresource that is patched.
	part = "ephemeralcontainers"
	// nobody is the user where the neighbour's is not known: the one of images that run without a shell.
	nobody = 65532
	every  = 500 * time.Millisecond
)

var image = regexp.MustCompile(Images)

// Container is a debug container that is to be, or is.
type Container struct {
	Pod    model.Ref
	Name   string
	Target string // the container whose processes it sees
	Image  string
	TTY    bool
	user   int64
}

// May says whether the operator may put one into a pod and attach to it, as the gate and the server have it.
func May(ctx context.Context, c *client.Client, pod model.Ref) error {
	if err := tunnel.May(ctx, c, pod, part, "patch"); err != nil {
		return err
	}
	return tunnel.May(ctx, c, pod, "attach", "create")
}

// New reads the pod, and says what would be put into it.
func New(ctx context.Context, c *client.Client, apis *client.APIs, pod model.Ref, target, from string, tty bool) (*Container, error) {
	if !image.MatchString(from) {
		return nil, fmt.Errorf("%.100q is no name of an image", from)
	}
	if err := May(ctx, c, pod); err != nil {
		return nil, err
	}
	p, err := read(ctx, c, apis, pod)
	if err != nil {
		return nil, err
	}
	tail := make([]byte, 3)
	_, _ = rand.Read(tail) // never fails: it ends the program instead
	return &Container{Pod: pod, Name: "fn9s-debug-" + hex.EncodeToString(tail), Target: target, Image: from, TTY: tty, user: userOf(p, target)}, nil
}

func read(ctx context.Context, c *client.Client, apis *client.APIs, pod model.Ref) (*corev1.Pod, error) {
	api, ok := apis.Find(schema.GroupKind{Kind: "Pod"}, nil)
	if !ok {
		return nil, fmt.Errorf("%s serves no pods", c.Context)
	}
	raw, err := c.Get(ctx, client.Query{API: api, Namespace: pod.Namespace}, pod.Name)
	if err != nil {
		return nil, err
	}
	var p corev1.Pod
	if err := json.Unmarshal(raw, &p); err != nil {
		return nil, fmt.Errorf("read pod %s/%s: %w", pod.Namespace, pod.Name, err)
	}
	return &p, nil
}

// userOf is the user of the neighbour: only the same one may look into its files. Root is not taken over.
func userOf(p *corev1.Pod, target string) int64 {
	user := int64(0)
	if s := p.Spec.SecurityContext; s != nil && s.RunAsUser != nil {
		user = *s.RunAsUser
	}
	for i := range p.Spec.Containers {
		if s := p.Spec.Containers[i].SecurityContext; p.Spec.Containers[i].Name == target && s != nil && s.RunAsUser != nil {
			user = *s.RunAsUser
		}
	}
	if user <= 0 {
		return nobody
	}
	return user
}

// Request is the change that puts it there.
func (x *Container) Request(functions ...model.FunctionID) change.Request {
	why := "a shell beside " + x.Target
	return change.Request{Action: "debug", Title: "debug container " + x.Name + " in " + x.Pod.Namespace + "/" + x.Pod.Name, Wishes: []change.Wish{{
		Functions: functions, Effect: plan.AtOnce,
		Edit: plan.Edit{Verb: plan.Patch, Object: x.Pod, APIVersion: "v1", Part: part, Why: why, Lasting: change.Stays,
			Fields: []plan.Field{{Path: "spec.ephemeralContainers[name=" + x.Name + "]", Value: x.spec()}}},
	}}}
}

func (x *Container) spec() map[string]any {
	spec := map[string]any{
		"image": x.Image, "imagePullPolicy": "IfNotPresent", "stdin": true, "targetContainerName": x.Target,
		"terminationMessagePolicy": "File",
		"securityContext": map[string]any{
			"allowPrivilegeEscalation": false, "runAsNonRoot": true, "runAsUser": x.user,
			"capabilities": map[string]any{"drop": []any{"ALL"}}, "seccompProfile": map[string]any{"type": "RuntimeDefault"},
		},
	}
	if x.TTY {
		spec["tty"] = true
	}
	return spec
}

// NotRunningError says that the container is there and does not run.
type NotRunningError struct {
	Container Container
	Why       string // in the words of the pod
}

func (e *NotRunningError) Error() string {
	return fmt.Sprintf("debug container %s of pod %s/%s does not run: %s; %s", e.Container.Name, e.Container.Pod.Namespace, e.Container.Pod.Name,
		e.Why, change.Stays)
}

// Wait waits until it runs, at most until the context ends.
func (x *Container) Wait(ctx context.Context, c *client.Client, apis *client.APIs) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	said := "its node has said nothing of it"
	for {
		p, err := read(ctx, c, apis, x.Pod)
		switch {
		case err != nil && ctx.Err() == nil:
			return fmt.Errorf("wait for debug container %s: %w", x.Name, err)
		case err == nil:
			running, final, why := x.state(p)
			if running {
				return nil
			}
			if why != "" {
				said = why
			}
			if final {
				return &NotRunningError{*x, said}
			}
		}
		select {
		case <-ctx.Done():
			return &NotRunningError{*x, said}
		case <-tick.C:
		}
	}
}

// fatal are the reasons for which a container waits and that do not pass soon.
var fatal = []string{"ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "CreateContainerConfigError", "CreateContainerError", "RunContainerError"}

// state says whether the container runs, whether that cannot change any more, and what the pod says of it.
func (x *Container) state(p *corev1.Pod) (running, final bool, why string) {
	i := slices.IndexFunc(p.Status.EphemeralContainerStatuses, func(s corev1.ContainerStatus) bool { return s.Name == x.Name })
	switch {
	case p.DeletionTimestamp != nil:
		return false, true, "the pod is being deleted"
	case p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed:
		return false, true, "the pod is over: " + frameworks.Sentence(p.Status.Reason, p.Status.Message)
	case i < 0:
		return false, false, ""
	}
	s := &p.Status.EphemeralContainerStatuses[i].State
	switch {
	case s.Running != nil:
		return true, false, ""
	case s.Terminated != nil:
		why = fmt.Sprintf("it ended with code %d: %s", s.Terminated.ExitCode, frameworks.Sentence(s.Terminated.Reason, s.Terminated.Message))
		return false, true, strings.TrimSuffix(why, ": ")
	case s.Waiting != nil:
		return false, slices.Contains(fatal, s.Waiting.Reason), frameworks.Sentence(s.Waiting.Reason, s.Waiting.Message)
	}
	return false, false, ""
}

package e2e

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fn9s/fn9s/cmd/terminal"
	"github.com/fn9s/fn9s/kube/kubetest"
)

// workshop is a namespace of a test's own, with a function in it whose pod is ready.
func workshop(t *testing.T, name string) (namespace string) {
	t.Helper()
	k := clientset(t)
	ns, err := k.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "workshop-"}}, metav1.CreateOptions{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = k.CoreV1().Namespaces().Delete(context.Background(), ns.Name, metav1.DeleteOptions{}) })
	labels := map[string]string{"app": name}
	_, err = k.AppsV1().Deployments(ns.Name).Create(t.Context(), &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"fn9s.io/function": "true"}, Annotations: map[string]string{"fn9s.io/function": "true"}},
		Spec: appsv1.DeploymentSpec{Selector: &metav1.LabelSelector{MatchLabels: labels}, Template: corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Labels: labels},
			Spec: corev1.PodSpec{Containers: []corev1.Container{
				{Name: "main", Image: "registry.example.com/shop/" + name + ":1"}, {Name: "proxy", Image: "registry.example.com/mesh/proxy:1"}}},
		}},
	}, metav1.CreateOptions{})
	require.NoError(t, err)
	return ns.Name
}

// A container whose image has no shell gets one beside it: planned, agreed to, started by the node and attached to. What it
// writes comes to the terminal, ctrl-] leaves it, and afterwards the console is there as before.
func TestADebugContainerIsMadeAndAttachedTo(t *testing.T) {
	namespace := workshop(t, "distroless")
	c := run(t, terminal.Options{}, "--kubeconfig", kubetest.Need(t).Admin, "-n", namespace)
	c.live()
	c.until("a ready pod", func(s *terminal.Screen) bool { return s.Contains("1/1") })
	c.press("s")
	c.see("Shell in", "debug container beside main")
	require.NoError(t, c.Type("debug container beside main"))
	c.press("enter")
	c.see("Put a debug container beside main?", "restricted Pod Security level", "Make it (m)")
	c.press("m")
	c.see("The debug container runs", "fn9s-debug-")
	c.press("a")
	c.until("what the container writes, in place of the console", func(s *terminal.Screen) bool {
		return !s.Alt && strings.Contains(s.String(), "(request ")
	})
	c.press("ctrl-]")
	c.until("the console", func(s *terminal.Screen) bool {
		return s.Alt && s.Contains("back from fn9s-debug-") && s.Contains("distroless")
	})
	pods, err := clientset(t).CoreV1().Pods(namespace).List(t.Context(), metav1.ListOptions{})
	require.NoError(t, err)
	require.Len(t, pods.Items, 1)
	made := pods.Items[0].Spec.EphemeralContainers
	require.Len(t, made, 1)
	require.Equal(t, "main", made[0].TargetContainerName)
	c.quit()
}

// The same from the command line: the terminal is the container's until ctrl-] gives it back.
func TestADebugContainerIsAttachedToFromTheCommandLine(t *testing.T) {
	namespace := workshop(t, "scratch")
	c := run(t, terminal.Options{}, "shell", "scratch", "-n", namespace, "--kubeconfig", kubetest.Need(t).Admin, "--debug")
	c.see("debug container fn9s-debug-")
	c.see("Agree? [y/N]")
	require.NoError(t, c.Type("y\r"))
	c.see("Apply 1 step? [y/N]")
	require.NoError(t, c.Type("y\r"))
	c.see("waiting for debug container fn9s-debug-", "ctrl-] leaves it", "(request ")
	c.press("ctrl-]")
	end, err := c.Wait(patience)
	require.NoError(t, err)
	require.Zero(t, end.Code)
}

package shell

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/kubetest"
	"github.com/fn9s/fn9s/kube/stream/tunnel"
	"github.com/fn9s/fn9s/security/model"
)

// room is a container of the seed.
func room(t *testing.T, c *client.Client) (model.Ref, string) {
	t.Helper()
	api, err := kubernetes.NewForConfigAndClient(c.Config(), c.HTTP())
	require.NoError(t, err)
	list, err := api.CoreV1().Pods("payments").List(t.Context(), metav1.ListOptions{FieldSelector: "status.phase=Running"})
	require.NoError(t, err)
	require.NotEmpty(t, list.Items)
	p := &list.Items[0]
	return model.Ref{Kind: "Pod", Namespace: p.Namespace, Name: p.Name}, p.Spec.Containers[0].Name
}

// until calls stop when it has been written text.
type until struct {
	text string
	stop func()
	got  *bytes.Buffer
}

func (u until) Write(b []byte) (int, error) {
	n, err := u.got.Write(b)
	if strings.Contains(u.got.String(), u.text) {
		u.stop()
	}
	return n, err
}

// TestCommandsRunInContainers has a cluster of its own: any local user can reach the port behind which it runs commands.
func TestCommandsRunInContainers(t *testing.T) {
	call := kubetest.Own(t, "fn9s-shell", "--seed", "--exec")
	c, _ := kubetest.Connect(t, kubetest.Kubeconfig{Path: call("kubeconfig")})
	pod, container := room(t, c)
	var out bytes.Buffer
	r := &Request{Pod: pod, Container: container, Command: []string{"sh", "-c", "echo said; exit 3"}}
	err := Run(t.Context(), c, r, Streams{Out: &out})
	var code *ExitError
	require.ErrorAs(t, err, &code)
	assert.Equal(t, 3, code.Code)
	assert.Equal(t, "said\n", out.String())

	// What comes in is passed on. This node never tells a command that its input ended, so it is the context that ends it.
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	echo := until{"from a pipe", stop, &bytes.Buffer{}}
	r = &Request{Pod: pod, Container: container, Command: []string{"cat"}}
	err = Run(ctx, c, r, Streams{In: strings.NewReader("from a pipe"), Out: echo})
	assert.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, "from a pipe", echo.got.String())

	found, err := Find(t.Context(), c, pod, container)
	require.NoError(t, err)
	assert.Regexp(t, `/(bash|ash|sh)$`, found[0])
	r = &Request{Pod: pod, Container: container, Command: []string{"no-such-program"}}
	assert.Error(t, Run(t.Context(), c, r, Streams{Out: &out}))
}

func TestWhoMayNotEnterIsTold(t *testing.T) {
	cluster := kubetest.Need(t)
	admin, _ := kubetest.Connect(t, kubetest.Kubeconfig{Path: cluster.Admin})
	c, _ := kubetest.Connect(t, kubetest.Kubeconfig{Path: cluster.ReadOnly})
	pod, container := room(t, admin)
	_, err := Find(t.Context(), c, pod, container)
	var denied *tunnel.DeniedError
	require.ErrorAs(t, err, &denied)
	assert.Equal(t, "you may not create pods/exec in payments", err.Error())
	err = Run(t.Context(), c, &Request{Pod: pod, Container: container}, Streams{})
	assert.ErrorContains(t, err, "pods/attach")
	admin.Gate().SetReadOnly(true)
	_, err = Find(t.Context(), admin, pod, container)
	assert.Equal(t, client.KindReadOnly, client.Classify(err))
}

func TestOnlyPathsOfShellsAreTaken(t *testing.T) {
	for said, want := range map[string]string{
		"/usr/bin/bash\n": "/usr/bin/bash", "/bin/ash\nmore": "/bin/ash", "": "sh", "bash": "sh", "/bin/rm": "sh",
		"/bin/\x1b[2Jbash": "sh", "/a b/bash": "sh",
	} {
		assert.Equal(t, want, named(said, "sh"), "%q", said)
	}
}

func TestAMissingProgramIsToldFromARefusal(t *testing.T) {
	for text, want := range map[string]bool{
		`exec: "sh": executable file not found in $PATH`: true, "fork/exec /bin/sh: no such file or directory": true,
		"container is not running": false, "i/o timeout": false,
	} {
		assert.Equal(t, want, missing(errors.New(text)), text)
	}
	assert.True(t, missing(&ExitError{Code: 127}))
	assert.Contains(t, (&NoShellError{Pod: model.Ref{Namespace: "n", Name: "p"}, Container: "c"}).Error(), "fn9s shell --debug")
}

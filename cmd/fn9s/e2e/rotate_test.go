package e2e

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fn9s/fn9s/cmd/terminal"
	"github.com/fn9s/fn9s/kube/kubetest"
)

const (
	oldValue = "0ld-cAnArY-1e5c"
	newValue = "n3w-cAnArY-8b2f"
)

// stored makes a Secret in a namespace of its own, and returns what it holds now.
func stored(t *testing.T) (namespace string, value func() string) {
	t.Helper()
	k := clientset(t)
	ns, err := k.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "rotate-"}}, metav1.CreateOptions{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = k.CoreV1().Namespaces().Delete(context.Background(), ns.Name, metav1.DeleteOptions{}) })
	_, err = k.CoreV1().Secrets(ns.Name).Create(t.Context(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "db"}, StringData: map[string]string{"password": oldValue},
	}, metav1.CreateOptions{})
	require.NoError(t, err)
	return ns.Name, func() string {
		s, err := k.CoreV1().Secrets(ns.Name).Get(t.Context(), "db", metav1.GetOptions{})
		require.NoError(t, err)
		return string(s.Data["password"])
	}
}

// unseen looks for the values in all that fn9s showed and wrote.
func (c *console) unseen() {
	c.t.Helper()
	for _, v := range []string{oldValue, newValue} {
		assert.NotContains(c.t, c.Screen().String(), v)
	}
	require.NoError(c.t, filepath.WalkDir(c.home, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || d.Name() == "editor" {
			return err
		}
		data, err := os.ReadFile(path)
		assert.NotContains(c.t, string(data), newValue, path)
		assert.NotContains(c.t, string(data), oldValue, path)
		return err
	}))
}

func (c *console) ends(code int) {
	c.t.Helper()
	exit, err := c.Wait(patience)
	require.NoError(c.t, err)
	assert.Equal(c.t, code, exit.Code, c.Screen().String())
}

func TestAValueIsTypedUnseen(t *testing.T) {
	cluster := kubetest.Need(t)
	namespace, value := stored(t)
	c := run(t, terminal.Options{Cols: 140, Rows: 60}, "rotate", "db", "-n", namespace, "--kubeconfig", cluster.Admin)
	c.see("Apply 1 step? [y/N]")
	assert.Equal(t, oldValue, value())
	require.NoError(t, c.Type("y\r"))
	c.see("New value of password in Secret " + namespace + "/db:")
	require.NoError(t, c.Type("mistake\x15"+newValue+"x\x7f\r"))
	c.see("Once more:")
	require.NoError(t, c.Type(newValue+"\r"))
	c.see("Take it back with: fn9s undo")
	c.unseen()
	c.ends(0)
	assert.Equal(t, newValue, value())
}

func TestARotationIsStoppedAtThePrompt(t *testing.T) {
	cluster := kubetest.Need(t)
	namespace, value := stored(t)
	c := run(t, terminal.Options{Cols: 140, Rows: 60}, "rotate", "db", "-n", namespace, "--yes", "--kubeconfig", cluster.Admin)
	c.see("New value of password")
	require.NoError(t, c.Type(newValue+"\x03"))
	c.see("Nothing was changed.")
	c.ends(130)
	c.unseen()
	assert.Equal(t, oldValue, value())
}

func TestAValueIsWrittenInAnEditor(t *testing.T) {
	cluster := kubetest.Need(t)
	namespace, value := stored(t)
	editor := filepath.Join(t.TempDir(), "editor")
	require.NoError(t, os.WriteFile(editor, []byte("#!/bin/sh\necho \"file $1\"\nprintf '%s\\n' "+newValue+" > \"$1\"\n"), 0o700)) // it is run
	c := run(t, terminal.Options{Cols: 140, Rows: 60, Env: []string{"EDITOR=" + editor, "XDG_RUNTIME_DIR="}},
		"rotate", "db", "-n", namespace, "--edit", "--yes", "--kubeconfig", cluster.Admin)
	s := c.see("Take it back with: fn9s undo")
	c.unseen()
	c.ends(0)
	assert.Equal(t, newValue, value())
	line := s.Line(s.Find("file /dev/shm/fn9s-"))
	_, file, _ := strings.Cut(strings.TrimSpace(line), "file ")
	_, err := os.Stat(file)
	assert.ErrorIs(t, err, fs.ErrNotExist, "the file in memory is gone")
}

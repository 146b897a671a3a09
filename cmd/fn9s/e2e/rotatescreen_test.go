package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/cmd/terminal"
	"github.com/fn9s/fn9s/kube/kubetest"
)

// seen looks for values in every frame.
type seen struct {
	values []string
	frames atomic.Int64
	found  atomic.Int64
}

func (s *seen) frame(f *terminal.Screen) {
	s.frames.Add(1)
	for _, v := range s.values {
		if strings.Contains(f.String(), v) {
			s.found.Add(1)
		}
	}
}

// formOf opens the form of the Secret of a function.
func (c *console) formOf(function, secret string) {
	c.t.Helper()
	c.live()
	c.filter(function)
	c.judged()
	c.press("R")
	c.see("Secret "+secret, "▌ [x]", "▸ Show the plan")
}

// A Secret of the seed gets a value that is typed, its user is restarted, and after the undo all is as it was. The value is
// in no frame and in no file.
func TestASecretIsRotatedInTheConsoleAndTakenBack(t *testing.T) {
	cluster := kubetest.Need(t)
	direct, _ := kubetest.Connect(t, kubetest.Kubeconfig{Path: cluster.Admin})
	apis, err := direct.Discover(t.Context())
	require.NoError(t, err)
	state := func() []map[string]any {
		return []map[string]any{
			object(t, direct, apis, "", "Secret", "analytics", "dedupe-redis"),
			object(t, direct, apis, "kubeless.io", "Function", "analytics", "dedupe-events"),
			object(t, direct, apis, "apps", "Deployment", "analytics", "dedupe-events"),
		}
	}
	before := state()
	w := &seen{values: []string{newValue}}
	c := run(t, terminal.Options{Cols: 140, Rows: 40, Frame: w.frame}, "--kubeconfig", cluster.Admin, "-A")
	t.Cleanup(func() { // when the test ends before the undo
		undo := exec.Command(binary, "undo", "--yes", "--override=*", "--kubeconfig", cluster.Admin)
		undo.Env = environment(c.home)
		_ = undo.Run()
	})
	c.formOf("dedupe-events", "analytics/dedupe-redis")
	c.see("function dedupe-events (env): is restarted by this plan")
	c.press("enter")
	c.see("type it", "unseen, and once more")
	c.press("enter")
	c.see("New value of password", "Once more")
	require.NoError(t, c.Type(newValue))
	c.see("15 characters")
	c.press("enter")
	require.NoError(t, c.Type("mistake\x15"+newValue))
	c.until("both", func(s *terminal.Screen) bool { return strings.Count(s.String(), "15 characters") == 2 })
	c.press("enter")
	c.see("✓ typed, 15 characters", "▌ ▸ Show the plan", "every value is there")
	c.press("enter")
	c.see("overview", "Secret analytics/dedupe-redis", "Function analytics/dedupe-events", "is restarted by this plan")
	s := c.agree()
	require.True(t, s.Contains("applied: "), s.String())
	c.until("the end of the rollout", func(s *terminal.Screen) bool { return s.Contains(" now") && !s.Contains("being watched") })
	after := state()
	assert.NotEqual(t, before[0]["data"], after[0]["data"])
	assert.NotEqual(t, before[1:], after[1:], "its user is restarted")
	c.leave("plan rotate", "rotate dedupe-events")
	c.see("rotated by change", "the new value of password is missing")
	c.press("u")
	c.see("plan undo", "overview", "checked by the server")
	s = c.agree()
	require.True(t, s.Contains("applied: "), s.String())
	assert.Equal(t, before[:2], state()[:2], "object by object as before")
	c.press("!")
	c.see("errors(")
	c.unseen()
	c.leave("errors(", "plan undo")
	c.quitAll()
	assert.Positive(t, w.frames.Load())
	assert.Zero(t, w.found.Load(), "of %d frames", w.frames.Load())
}

// quitAll goes back to the first screen, and quits.
func (c *console) quitAll() {
	c.t.Helper()
	c.command("fn")
	c.see("functions(")
	c.press("ctrl-c")
	c.ends(0)
}

// A value that is written in an editor is shown for some seconds, and gone when the form is left.
func TestAValueIsWrittenInAnEditorOfTheConsole(t *testing.T) {
	cluster := kubetest.Need(t)
	editor := filepath.Join(t.TempDir(), "editor")
	require.NoError(t, os.WriteFile(editor, []byte("#!/bin/sh\nprintf '%s\\n' "+newValue+" > \"$1\"\n"), 0o700)) // it is run
	c := run(t, terminal.Options{Cols: 140, Rows: 40, Env: []string{"EDITOR=" + editor, "XDG_RUNTIME_DIR="}}, "--kubeconfig", cluster.Admin, "-A")
	c.formOf("dedupe-events", "analytics/dedupe-redis")
	c.press("enter")
	c.see("write it in $EDITOR")
	require.NoError(t, c.Type("editor"))
	c.press("enter")
	c.see("✓ written in the editor, 15 characters")
	c.unseen()
	c.press("P")
	c.see(newValue, "shown for 5 s")
	c.gone(newValue)
	c.see("✓ written in the editor, 15 characters")
	c.leave("rotate dedupe-events", "functions(")
	c.press("]")
	c.see("rotate dedupe-events", "the new value of password is missing")
	c.unseen()
	c.quitAll()
}

// What an operator may not do is shown, with the reason, and nothing is asked for.
func TestOperatorsWithFewerRightsAreAskedForNoValue(t *testing.T) {
	cluster := kubetest.Need(t)
	t.Run("read-only mode", func(t *testing.T) {
		c := run(t, terminal.Options{}, "--kubeconfig", cluster.Admin, "-A", "--read-only")
		c.formOf("dedupe-events", "analytics/dedupe-redis")
		c.see("read-only: the plan can be looked at", "is not asked for")
		c.press("enter")
		c.until("the reason", func(s *terminal.Screen) bool { return strings.Contains(last(s), "no value is asked for: read-only") })
		c.press("j", "j", "j", "j", "enter")
		c.see("overview", "Secret analytics/dedupe-redis")
		c.press("A")
		c.until("the reason", func(s *terminal.Screen) bool { return strings.Contains(last(s), "apply: read-only") })
		c.quitAll()
	})
	t.Run("the reading operator", func(t *testing.T) {
		c := run(t, terminal.Options{}, "--kubeconfig", cluster.ReadOnly, "-A")
		c.live()
		c.filter("charge-card")
		c.judged()
		c.press("R")
		s := c.see("Secret payments/charge-card-psp", "not rotated by you: no get on secrets payments")
		assert.False(t, s.Contains("Show the plan"))
		c.press("enter")
		c.command("jobs")
		c.see("jobs(0)")
		c.quitAll()
	})
}

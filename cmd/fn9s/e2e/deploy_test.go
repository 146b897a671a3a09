package e2e

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/cmd/terminal"
	"github.com/fn9s/fn9s/kube/kubetest"
)

// formImage is an image that is the same tomorrow.
const formImage = "registry.example.com/shop/crop@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// Functions are made in the form, with what they come to beside it, and taken back.
func TestFunctionsAreMadeInTheForm(t *testing.T) {
	cluster := kubetest.Need(t)
	direct, _ := kubetest.Connect(t, kubetest.Kubeconfig{Path: cluster.Admin})
	apis, err := direct.Discover(t.Context())
	require.NoError(t, err)
	for framework, of := range map[string]struct{ group, kind string }{
		"plain":   {"apps", "Deployment"},
		"knative": {"serving.knative.dev", "Service"},
	} {
		t.Run(framework, func(t *testing.T) {
			name := "form-" + framework
			made := func() map[string]any { return object(t, direct, apis, of.group, of.kind, "checkout", name) }
			require.Nil(t, made(), "it is new")
			c := run(t, terminal.Options{Cols: 150, Rows: 50}, "--kubeconfig", cluster.Admin, "-n", "checkout")
			t.Cleanup(func() { // when the test ends before the undo
				undo := exec.Command(binary, "undo", "--yes", "--override=*", "--kubeconfig", cluster.Admin)
				undo.Env = environment(c.home)
				_ = undo.Run()
			})
			c.live()
			c.command("new " + framework)
			c.see(framework+" function", "typing: tab next")
			require.NoError(t, c.Type("Form_"))
			c.see("not judged yet")
			require.NoError(t, c.Type("\x15"+name+"\t"+formImage))
			c.see("Posture of the result", "kind: ServiceAccount", "name: "+name)
			c.press("esc") // alone: a key behind it would be one with alt
			c.gone("typing: tab next")
			c.press("M")
			c.see("plan deploy", "overview", "checked by the server", of.kind+" checkout/"+name)
			require.Nil(t, made(), "a plan makes nothing")
			s := c.agree()
			require.True(t, s.Contains("applied: ") || s.Contains("▲ applied"), s.String())
			c.until("the end of the rollout", func(s *terminal.Screen) bool { return !s.Contains("being watched") })
			o := made()
			require.NotNil(t, o)
			assert.Contains(t, textOf(t, o), `"allowPrivilegeEscalation":false`, "it has the secure defaults")
			c.leave("plan deploy", "new "+name)
			c.command("journal")
			c.see("journal(1)", "deploy "+framework+" "+name)
			c.press("u")
			c.see("plan undo", "checked by the server")
			s = c.agree()
			require.True(t, s.Contains("applied: "), s.String())
			assert.Nil(t, made(), "it is as before")
			c.quitAll()
		})
	}
}

// Who may not create anything sees the form, what it comes to and why it cannot be applied; who may only look does too.
func TestWhoMayNotDeploySeesWhy(t *testing.T) {
	cluster := kubetest.Need(t)
	for name, o := range map[string]struct {
		kubeconfig string
		args       []string
	}{
		"read-only mode":       {cluster.Admin, []string{"--read-only"}},
		"the reading operator": {cluster.ReadOnly, nil},
	} {
		t.Run(name, func(t *testing.T) {
			c := run(t, terminal.Options{Cols: 150, Rows: 50}, append([]string{"--kubeconfig", o.kubeconfig, "-n", "checkout"}, o.args...)...)
			c.live()
			c.command("new plain")
			c.see("typing: tab next")
			require.NoError(t, c.Type("form-denied\t"+formImage))
			c.see("Posture of the result")
			c.press("esc") // alone: a key behind it would be one with alt
			c.gone("typing: tab next")
			c.press("M")
			c.see("plan deploy", "overview", "Deployment checkout/form-denied")
			c.press("A")
			c.until("the reason", func(s *terminal.Screen) bool {
				return strings.Contains(last(s), "read-only") || strings.Contains(last(s), "no create on")
			})
			assert.False(t, c.Screen().Contains("applying"))
			c.command("jobs")
			c.see("jobs(0)")
			c.quitAll()
		})
	}
}

func textOf(t *testing.T, o map[string]any) string {
	t.Helper()
	raw, err := json.Marshal(o)
	require.NoError(t, err)
	return string(raw)
}

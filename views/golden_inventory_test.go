package views

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/exp/golden"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/views/viewtest"
)

// withoutSecrets hides what an operator with few rights cannot list.
func withoutSecrets(kind schema.GroupKind, _ string) snapshot.Coverage {
	if kind.Kind == "Secret" || kind.Group == "rbac.authorization.k8s.io" || kind.Kind == "NetworkPolicy" {
		return snapshot.Denied
	}
	return snapshot.Seen
}

// inventory are frames of the lists of Secrets and policies, of the sample functions.
var inventory = map[string]struct {
	denied bool
	script func(*console)
}{
	"secrets":          {script: command("secrets")},
	"secrets filtered": {script: command("secrets how=env readers>0 -n payments")},
	"secrets faults":   {script: func(c *console) { command("secrets")(c); c.press("z") }},
	"secrets none":     {script: command("secrets -n knative-serving")},
	"secrets loading":  {script: func(c *console) { c.press(":").write("secrets").held(keyOf("enter")) }},
	"secrets denied":   {denied: true, script: command("secrets")},
	"secret":           {script: func(c *console) { command("secrets name=charge-card-psp")(c); c.press("enter") }},
	"secret denied":    {denied: true, script: func(c *console) { command("secrets name=charge-card-psp")(c); c.press("enter") }},
	"policies":         {script: command("policies")},
	"policies faults":  {script: func(c *console) { command("policies")(c); c.press("z") }},
	"policies denied":  {denied: true, script: command("policies -n payments")},
	"policy":           {script: func(c *console) { command("policies name=fraud-score about=istio")(c); c.press("enter") }},
	"policy absent":    {script: func(c *console) { command("policies -n analytics")(c); c.press("enter") }},
}

func TestInventoryFrames(t *testing.T) {
	t.Parallel()
	worlds := map[bool]*viewtest.World{false: viewtest.Seed(t, nil), true: viewtest.Seed(t, withoutSecrets)}
	for name, tc := range inventory {
		for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 50}} {
			t.Run(fmt.Sprintf("%s/%dx%d", name, size[0], size[1]), func(t *testing.T) {
				var all strings.Builder
				for _, theme := range []string{"none", "mono", "default"} {
					c := start(t, worlds[tc.denied], size[0], size[1], theme, nil)
					tc.script(c)
					frame := c.frame()
					requireFits(t, frame, size[0], size[1])
					require.Equal(t, frame, c.frame(), "a second draw of the same is the same")
					all.WriteString("── " + theme + "\n" + visible(frame))
				}
				golden.RequireEqual(t, []byte(all.String()))
			})
		}
	}
}

// What cannot be read is said, and never counted as none.
func TestHiddenSecretsAreSaid(t *testing.T) {
	t.Parallel()
	c := start(t, viewtest.Seed(t, withoutSecrets), 160, 40, "none", nil)
	command("secrets")(c)
	frame := c.frame()
	require.Contains(t, frame, "cannot list secrets")
	require.NotContains(t, frame, "✗ missing")
	command("policies")(c)
	frame = c.frame()
	require.Contains(t, frame, "cannot list networkpolicies")
	require.NotContains(t, frame, "(no policy)")
}

// A change of the cluster is on the screen with the next look.
func TestInventoryFollowsTheScope(t *testing.T) {
	t.Parallel()
	c := start(t, viewtest.Seed(t, nil), 160, 40, "none", nil)
	command("secrets")(c)
	require.Contains(t, c.frame(), "fraud-model-key")
	command("ns media")(c)
	frame := c.frame()
	require.Contains(t, frame, "media-pull")
	require.NotContains(t, frame, "fraud-model-key")
	c.press("enter")
	require.Contains(t, c.frame(), "May be read by")
	c.press("esc")
	c.send(c.world.Step([]*board.Row{}, nil))
	require.Contains(t, c.frame(), "media-pull")
}

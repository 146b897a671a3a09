package views

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/exp/golden"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/views/viewtest"
)

// hidden hides roles, bindings and policies outside of a namespace, as from somebody who may read that one alone.
func hidden(kind schema.GroupKind, namespace string) snapshot.Coverage {
	switch kind {
	case rbac.ClusterRoleBindingKind, rbac.ClusterRoleKind, rbac.RoleBindingKind, rbac.RoleKind:
		return snapshot.Denied
	}
	if kind.Group == "networking.k8s.io" || kind.Kind == "Service" {
		return snapshot.Denied
	}
	return snapshot.Seen
}

// about goes to a screen about a function of the seed.
func about(name string, pressed ...string) func(*console) {
	return func(c *console) { c.press("/").write(name).press("enter").press(pressed...) }
}

// reachFrames are the screens about what a function reaches and who reaches it.
var reachFrames = map[string]struct {
	hidden bool
	script func(*console)
}{
	"blast":           {script: about("charge", "b")},
	"blast unknown":   {hidden: true, script: about("charge", "b")},
	"network":         {script: about("charge", "v")},
	"network unknown": {hidden: true, script: about("charge", "v")},
	"access":          {script: about("charge", "a")},
	"access unknown":  {hidden: true, script: about("charge", "a")},
	"who-can":         {script: command("who-can get secrets -n payments")},
	"can-i":           {script: command("can-i delete pods -n payments")},
	"can-i all":       {script: command("can-i")},
}

func TestReachFrames(t *testing.T) {
	t.Parallel()
	worlds := map[bool]*viewtest.World{false: viewtest.Seed(t, nil), true: viewtest.Seed(t, hidden)}
	for name, tc := range reachFrames {
		for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 50}} {
			t.Run(fmt.Sprintf("%s/%dx%d", name, size[0], size[1]), func(t *testing.T) {
				var all strings.Builder
				for _, theme := range []string{"none", "mono", "default"} {
					c := start(t, worlds[tc.hidden], size[0], size[1], theme, nil)
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

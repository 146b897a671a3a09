package e2e

import (
	"encoding/json"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/cmd/terminal"
	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/kubetest"
)

// judged waits until nothing is left to judge, and returns the only row of the table.
func (c *console) judged() string {
	c.t.Helper()
	var found []string
	c.until("one judged row", func(s *terminal.Screen) bool {
		found = rows(s)
		for i := len(found) - 1; i >= 0; i-- {
			if strings.TrimSpace(found[i]) == "" {
				found = append(found[:i], found[i+1:]...)
			}
		}
		return len(found) == 1 && !strings.Contains(s.Line(0), "to judge") && letter.MatchString(found[0])
	})
	return found[0]
}

// letter is a grade in a row of the functions table.
var letter = regexp.MustCompile(` [ABCDF]\??  `)

func grade(row string) string { return strings.TrimSpace(letter.FindString(row)) }

// agree answers every question of a plan, until it was carried out.
func (c *console) agree() *terminal.Screen {
	c.t.Helper()
	c.press("A")
	for range 20 {
		s := c.until("a question, or the end", func(s *terminal.Screen) bool {
			return s.Contains("[ Back ]") || s.Contains("✓ applied:") || s.Contains("▲ applied") || s.Contains("✗ ")
		})
		if !s.Contains("[ Back ]") {
			return s
		}
		question := s.String()
		c.press("A")
		c.until("another question", func(s *terminal.Screen) bool { return s.String() != question })
	}
	require.Fail(c.t, "there is no end of questions")
	return nil
}

// leave goes back, one screen at a time.
func (c *console) leave(from, to string) *terminal.Screen {
	c.t.Helper()
	c.press("esc")
	return c.until("back from "+from, func(s *terminal.Screen) bool {
		return !strings.Contains(s.Line(0), from) && strings.Contains(s.Line(0), to)
	})
}

// object is what an object says but for what the server keeps for itself.
func object(t *testing.T, c *client.Client, apis *client.APIs, group, kind, namespace, name string) map[string]any {
	t.Helper()
	api, ok := apis.Find(schema.GroupKind{Group: group, Kind: kind}, nil)
	require.True(t, ok, kind)
	raw, err := c.Get(t.Context(), client.Query{API: api, Namespace: namespace}, name)
	if client.Classify(err) == client.KindNotFound {
		return nil
	}
	require.NoError(t, err)
	var o map[string]any
	require.NoError(t, json.Unmarshal(raw, &o))
	meta, _ := o["metadata"].(map[string]any)
	for _, k := range []string{"resourceVersion", "generation", "managedFields", "uid", "creationTimestamp"} {
		delete(meta, k)
	}
	if notes, ok := meta["annotations"].(map[string]any); ok {
		delete(notes, "deployment.kubernetes.io/revision")
	}
	delete(o, "status")
	return o
}

// A badly secured function is tightened, its grade rises, and after the undo it is as it was.
func TestAFunctionIsTightenedAndTakenBack(t *testing.T) {
	direct, _ := kubetest.Connect(t, kubetest.Kubeconfig{Path: kubetest.Need(t).Admin})
	apis, err := direct.Discover(t.Context())
	require.NoError(t, err)
	state := func() []map[string]any {
		return []map[string]any{
			object(t, direct, apis, "kubeless.io", "Function", "analytics", "import-catalog"),
			object(t, direct, apis, "apps", "Deployment", "analytics", "import-catalog"),
			object(t, direct, apis, "", "Namespace", "", "analytics"),
			object(t, direct, apis, "networking.k8s.io", "NetworkPolicy", "analytics", "import-catalog-metadata"),
		}
	}
	before := state()
	require.Nil(t, before[3], "the policy is new")

	c := open(t)
	t.Cleanup(func() { // when the test ends before the undo
		undo := exec.Command(binary, "undo", "--yes", "--override=*", "--kubeconfig", kubetest.Need(t).Admin)
		undo.Env = environment(c.home)
		_ = undo.Run()
	})
	c.filter("import-catalog")
	require.Equal(t, "F", grade(c.judged()))
	c.press("T")
	c.see("fixes on", "F → D expected", "namespace-level")
	c.press("enter")
	c.see("overview", "F → D expected", "Namespace analytics")
	c.press("tab")
	c.see("step 1 of", "Takes effect")
	c.press("D")
	c.see(" │ ")
	s := c.agree()
	require.True(t, s.Contains("applied: "), s.String())
	c.until("the end of the rollout, and a better grade", func(s *terminal.Screen) bool {
		return s.Contains("F → D now") && !s.Contains("being watched")
	})
	assert.NotEqual(t, before, state())
	c.leave("plan tighten", "tighten import-catalog")
	c.leave("tighten import-catalog", "functions(")
	assert.Equal(t, "D", grade(c.judged()))

	c.undone()
	assert.Equal(t, before, state(), "object by object as before")
	c.quit()
}

// undone takes back by the journal what was done.
func (c *console) undone() {
	t := c.t
	t.Helper()
	c.command("jobs")
	c.see("jobs(1)", "✓ applied")
	c.command("journal")
	c.see("journal(1)", "tighten import-catalog in analytics", "✓ applied")
	c.press("enter")
	c.see("Outcome    applied", "create NetworkPolicy analytics/import-catalog-metadata: applied")
	c.press("G")
	c.see("Namespace analytics: applied")
	c.leave("change 20", "journal(1)")
	c.press("u")
	c.see("plan undo", "overview", "checked by the server")
	c.press("tab", "space")
	c.see("an undo is done whole or not at all")
	s := c.agree()
	require.True(t, s.Contains("applied: "), s.String())
	c.until("the grade from before", func(s *terminal.Screen) bool { return s.Contains("D → F now") })
	c.leave("plan undo", "journal(2)")
	c.see("○ undone")
}

// What an operator may not do is shown, with the reason, and cannot be begun.
func TestOperatorsWithFewerRightsSeeWhyTheyMayNot(t *testing.T) {
	cluster := kubetest.Need(t)
	for name, o := range map[string]struct {
		kubeconfig, function, say string
		args                      []string
	}{
		"read-only mode":       {cluster.Admin, "charge-card", "apply: read-only", []string{"--read-only"}},
		"the reading operator": {cluster.ReadOnly, "charge-card", "no step can be applied: no patch on namespaces payments", nil},
	} {
		t.Run(name, func(t *testing.T) {
			c := run(t, terminal.Options{}, append([]string{"--kubeconfig", o.kubeconfig, "-A"}, o.args...)...)
			c.live()
			c.filter(o.function)
			c.judged()
			c.press("T")
			c.see("fixes on", "[x]  namespace-level")
			c.press("enter")
			c.see("overview", "Namespace payments")
			c.press("A")
			c.until("the reason", func(s *terminal.Screen) bool { return strings.Contains(last(s), o.say) })
			assert.False(t, c.Screen().Contains("applying"))
			c.leave("plan tighten", "tighten charge-card")
			c.command("jobs")
			c.see("jobs(0)")
			c.command("journal")
			c.see("journal(0)")
			c.quit()
		})
	}
}

// An operator of two namespaces may change workloads and no bindings: a fix that needs both is refused whole, with the
// reason, and the others can be had without it.
func TestWhatAnOperatorMayDoIsLeftWhenTheRestIsNot(t *testing.T) {
	c := run(t, terminal.Options{}, "--kubeconfig", kubetest.Need(t).Two, "-A")
	c.live()
	c.filter("mask-report")
	c.judged()
	c.press("T")
	c.see("fixes on", "[x]  own-account")
	c.press("enter")
	c.see("overview", "RoleBinding", "Cannot be applied", "no create on rolebindings payments")
	c.press("A")
	c.until("the reason", func(s *terminal.Screen) bool {
		return strings.Contains(last(s), "every step belongs to one that cannot be applied")
	})
	c.leave("plan tighten", "tighten mask-report")
	c.press("space")
	c.see("[ ]  own-account")
	c.press("enter")
	s := c.until("a plan that can be applied", func(s *terminal.Screen) bool { return s.Contains("A applies it") || s.Contains("A asks about") })
	assert.False(t, s.Contains("RoleBinding"))
	c.leave("plan tighten", "tighten mask-report")
	c.command("journal")
	c.see("journal(0)")
	c.quit()
}

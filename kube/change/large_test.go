package change

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/kubetest"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/rest"
	"github.com/fn9s/fn9s/security/model"
)

func incompressible(t testing.TB, bytes int) string {
	t.Helper()
	raw := make([]byte, bytes)
	_, err := rand.Read(raw)
	require.NoError(t, err)
	return base64.StdEncoding.EncodeToString(raw)
}

func TestOldValuesArePackedAndUnpacked(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{"small": "hunter2", "code": strings.Repeat("function main() { return {} }\n", 100_000), "noise": incompressible(t, 100_000)} {
		old := map[string]any{"data.code": value, "data.n": int64(3)}
		packed, err := pack(old)
		require.NoError(t, err)
		if name == "code" {
			assert.Less(t, len(packed), mostKept)
		}
		got, err := unpack(packed)
		require.NoError(t, err, name)
		assert.Equal(t, old, map[string]any(got), name)
		_, err = unpack(packed[:len(packed)-1])
		assert.Error(t, err, "a part of it is none: %s", name)
	}
}

// TestStepsWhoseOldValuesHaveNoRoomCannotBeUndone holds that those which fit together can, in the order of the steps.
func TestStepsWhoseOldValuesHaveNoRoomCannotBeUndone(t *testing.T) {
	t.Parallel()
	step := func(namespace string, bytes int) *Step {
		path, err := parsePath("data.code")
		require.NoError(t, err)
		return &Step{Ref: model.Ref{Kind: "Secret", Namespace: namespace, Name: "s"}, touches: []touch{{path: path, secret: true, hadOld: true, old: incompressible(t, bytes)}}}
	}
	p := &Plan{Steps: []*Step{step("a", 600<<10), step("a", 600<<10), step("a", 300<<10), step("b", 600<<10), step("b", 2<<20)}}
	require.NoError(t, p.fit())
	var lasting []string
	for _, s := range p.Steps {
		lasting = append(lasting, s.Lasting)
	}
	assert.Empty(t, lasting[0]+lasting[2]+lasting[3])
	assert.Contains(t, lasting[1], "with what this change keeps besides")
	assert.Contains(t, lasting[4], "KiB compressed, and a Secret holds 1024")
}

// TestLargeCodeOfAnActionComesBackOrIsSaidNotTo replaces code that only shrunk fits into a Secret, and code that does not.
func TestLargeCodeOfAnActionComesBackOrIsSaidNotTo(t *testing.T) {
	b := newBench(t)
	w := b.writer(rest.OpenWhisk)
	e := b.engine(kubetest.Kubeconfig{Path: b.cluster.Admin}, Options{Remotes: []Remote{w}})
	ref := model.Ref{Group: "openwhisk.apache.org", Kind: "Action", Namespace: "openwhisk", Name: "c/guest/large"}
	code := func() any {
		live, err := w.Get(t.Context(), ref)
		require.NoError(t, err)
		return live["data"].(map[string]any)["code"]
	}
	turn := func(from, to string) (*Plan, *Result) {
		require.NoError(t, w.Make(t.Context(), ref, map[string]any{"spec": map[string]any{"exec": map[string]any{"kind": "nodejs:20", "binary": false}, "limits": map[string]any{}}, "data": map[string]any{"code": from}}))
		t.Cleanup(func() {
			if live, err := w.Get(context.WithoutCancel(t.Context()), ref); err == nil {
				_ = w.Remove(context.WithoutCancel(t.Context()), ref, live)
			}
		})
		p, err := e.Plan(t.Context(), Request{Action: "deploy", Title: "deploy", Wishes: []Wish{{Edit: plan.Edit{
			Verb: plan.Patch, Object: ref, APIVersion: ref.Group + "/v1", Fields: []plan.Field{{Path: plan.Keyed("data", "code"), Value: to, Secret: true}},
		}}}})
		require.NoError(t, err)
		require.Len(t, p.Steps, 1)
		require.Empty(t, p.Steps[0].Blocked)
		r := b.do(e, p)
		require.Equal(t, journal.Applied, r.Outcome, r.Reason)
		assert.Equal(t, to, code())
		return p, r
	}
	script := "function main() { return {ok: true} }\n"
	large := strings.Repeat(script, 60_000)
	p, _ := turn(large, script)
	assert.Empty(t, p.Steps[0].Lasting, "it shrinks")
	undo, err := e.PlanUndo(t.Context(), "")
	require.NoError(t, err)
	require.Equal(t, journal.Applied, b.do(e, undo).Outcome)
	assert.Equal(t, large, code())
	live, err := w.Get(t.Context(), ref)
	require.NoError(t, err)
	require.NoError(t, w.Remove(t.Context(), ref, live))

	p, _ = turn("//"+incompressible(t, 1200<<10)+"\n"+script, script)
	assert.Contains(t, p.Steps[0].Lasting, "cannot be kept")
	assert.Contains(t, p.Confirmations()[len(p.Confirmations())-1].Text+p.Confirmations()[0].Text, "cannot be undone", "it is said before it is done")
	_, err = e.PlanUndo(t.Context(), p.ID)
	assert.ErrorContains(t, err, "was not kept")
}

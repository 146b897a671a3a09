package change

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// TestOldValuesComeBackBeforeAnythingRestarts holds the order of an undo: pods that start earlier would read the value
// that goes.
func TestOldValuesComeBackBeforeAnythingRestarts(t *testing.T) {
	b := newBench(t)
	b.apply("kubectl", "{apiVersion: v1, kind: Secret, metadata: {name: db}, stringData: {password: "+canary+", user: app}}")
	b.apply("kubectl", web)
	secret, deployment := b.ref("", "Secret", "db"), b.ref("apps", "Deployment", "web")
	before := b.live(secret)
	who := []model.FunctionID{{Context: "c", FunctionKey: model.FunctionKey{Framework: "plain", Namespace: b.namespace, Name: "web"}}}
	request := Request{Action: "rotate", Wishes: []Wish{
		{Functions: who, Edit: plan.Edit{Verb: plan.Patch, Object: secret, Needs: []plan.Need{{Path: "data.password"}}}},
		{Functions: who, Effect: plan.Rollout, Edit: plan.Edit{Verb: plan.Patch, Object: deployment, Fields: []plan.Field{{Path: "spec.template.metadata.annotations.at", Value: "now"}}}},
	}}
	give := func(value string) *Result {
		p, err := b.Plan(t.Context(), request)
		require.NoError(t, err)
		r, err := b.Apply(t.Context(), p, Approval{Confirmed: p.Confirmations(), Values: func(context.Context, *Step, plan.Need) ([]byte, error) {
			return []byte(value), nil
		}}, nil)
		require.NoError(t, err)
		return r
	}
	r := give(canary)
	assert.Equal(t, journal.Failed, r.Outcome)
	assert.Contains(t, r.Reason, "is the one that is there already")
	assert.Equal(t, journal.Skipped, r.Steps[1].Outcome, "nothing restarts for nothing")
	assert.Equal(t, own(before), own(b.live(secret)))

	require.Equal(t, journal.Applied, give(canary+"2").Outcome)
	p, err := b.PlanUndo(t.Context(), "")
	require.NoError(t, err)
	require.Len(t, p.Steps, 2)
	assert.Equal(t, []model.Ref{secret, deployment}, []model.Ref{p.Steps[0].Ref, p.Steps[1].Ref})
	require.Equal(t, journal.Applied, b.do(b.Engine, p).Outcome)
	asBefore(t, before, b.live(secret))
	b.searchForCanary()
}

// TestAValueMovesFromOneSecretToAnother holds that it arrives as it is: Secrets have their values in base64.
func TestAValueMovesFromOneSecretToAnother(t *testing.T) {
	b := newBench(t)
	b.apply("kubectl", "{apiVersion: v1, kind: Secret, metadata: {name: db}, stringData: {password: "+canary+"}}")
	from := plan.Literal{Object: b.ref("", "Secret", "db"), Path: "data.password"}
	r := b.carry(b.Engine, Request{Action: "rotate", Wishes: []Wish{{Edit: plan.Edit{
		Verb: plan.Create, Object: b.ref("", "Secret", "next"), New: map[string]any{"apiVersion": "v1", "kind": "Secret", "immutable": true},
		Needs: []plan.Need{{Path: "data.password", From: from}},
	}}}})
	require.Equal(t, journal.Applied, r.Outcome, r.Reason)
	assert.Equal(t, b.live(from.Object)["data"], b.live(b.ref("", "Secret", "next"))["data"])
	b.searchForCanary()
}

// TestAPlaceholderForPullingImagesIsTaken holds that the server can try what it reads as JSON.
func TestAPlaceholderForPullingImagesIsTaken(t *testing.T) {
	b := newBench(t)
	b.apply("kubectl", `{apiVersion: v1, kind: Secret, metadata: {name: pull}, type: kubernetes.io/dockerconfigjson, stringData: {.dockerconfigjson: '{"auths":{}}'}}`)
	p, err := b.Plan(t.Context(), Request{Action: "rotate", Wishes: []Wish{{Edit: plan.Edit{
		Verb: plan.Patch, Object: b.ref("", "Secret", "pull"), Needs: []plan.Need{{Path: `data[".dockerconfigjson"]`}}}}}})
	require.NoError(t, err)
	assert.Empty(t, p.Blocked())
}

package board

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/security/model"
)

// one is a store with one function and its pod.
type one struct {
	dirty []model.FunctionKey
	f     *model.Function
	pod   *model.Pod
	looks int
}

func (o *one) TakeDirty() []model.FunctionKey {
	all := o.dirty
	o.dirty = nil
	return all
}
func (o *one) Build(model.FunctionKey) *model.Function { f := *o.f; return &f }
func (o *one) Rank(string) int                         { return 0 }
func (o *one) Object(ref model.Ref) model.Object {
	o.looks++
	if ref == o.pod.Ref {
		return o.pod
	}
	return nil
}

// The function stays the same while its pod gets worse: the row must say so all the same.
func TestARowSaysWhyItsFunctionIsNotReady(t *testing.T) {
	ref := model.Ref{Kind: "Pod", Namespace: "a", Name: "pay-1"}
	key := model.FunctionKey{Framework: "plain", Namespace: "a", Name: "pay"}
	o := &one{f: &model.Function{Key: key, State: model.Deploying, Pods: []model.Ref{ref}}}
	a := newAssembler("c", o)
	round := func(container model.Container) *Row {
		o.pod = &model.Pod{Header: model.Header{Ref: ref}, Phase: "Pending", Scheduled: true, Containers: []model.Container{container}}
		o.dirty = []model.FunctionKey{key}
		out := changes{}
		require.False(t, a.advance(time.Minute, false, out))
		return out[model.FunctionID{Context: "c", FunctionKey: key}]
	}
	r := round(model.Container{Name: "f", State: "waiting", Reason: "ContainerCreating"})
	require.NotNil(t, r)
	assert.Equal(t, "container f is being made, on 1 of 1 pod", r.Why)
	assert.Nil(t, round(model.Container{Name: "f", State: "waiting", Reason: "ContainerCreating"}), "nothing is different")
	r = round(model.Container{Name: "f", Image: "pay:9", State: "waiting", Reason: "ImagePullBackOff", Message: "manifest unknown"})
	require.NotNil(t, r)
	assert.Equal(t, "image pay:9 cannot be pulled (no such tag), on 1 of 1 pod", r.Why)
	o.f.State, o.looks = model.Ready, 0
	r = round(model.Container{Name: "f", State: "running", Ready: true})
	require.NotNil(t, r)
	assert.Empty(t, r.Why)
	assert.Zero(t, o.looks, "the pods of what is ready are not looked at")
}

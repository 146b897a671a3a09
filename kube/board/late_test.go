package board

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

func TestPodsWaitAndNothingElseDoes(t *testing.T) {
	pod, secret := model.Ref{Kind: "Pod", Namespace: "a", Name: "p"}, model.Ref{Kind: "Secret", Namespace: "a", Name: "s"}
	metrics := model.Ref{Group: "metrics.k8s.io", Kind: "Pod", Namespace: "a", Name: "p"}
	woken := make(chan struct{}, 1)
	l := newLate(func() { woken <- struct{}{} })
	assert.False(t, l.due())
	c := snapshot.Changes{Objects: []model.Ref{pod, secret, metrics}}
	l.hold(&c)
	assert.Equal(t, []model.Ref{secret, metrics}, c.Objects)
	x, y := model.FunctionKey{Name: "x"}, model.FunctionKey{Name: "y"}
	l.keep(x, &model.Function{Key: x, Image: "held"})
	l.keep(y, &model.Function{Key: y})
	l.drop(y)
	<-woken
	assert.True(t, l.due())
	c = snapshot.Changes{}
	newer := map[model.FunctionKey]*model.Function{x: {Key: x, Image: "newer"}}
	l.release(&c, newer)
	assert.Equal(t, []model.Ref{pod}, c.Objects)
	assert.Len(t, newer, 1)
	assert.Equal(t, "newer", newer[x].Image, "what came later counts")
	assert.False(t, l.due())
	assert.Empty(t, l.pods)
	assert.Empty(t, l.functions)
}

package openwhisk_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/openwhisk"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/tighten"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
)

// An image of an action's own cannot be pinned: the action says so itself, and the pods are not asked.
func TestAnImageOfAnActionIsNotPinned(t *testing.T) {
	f := &model.Function{Record: model.Ref{Group: frameworks.WhiskGroup, Kind: "Action", Namespace: "openwhisk", Name: "c/guest/resize"}}
	a := openwhisk.New().(tighten.Recorder).FixRecord(&plan.Wish{Function: f, Intent: check.FixPinImage}, []string{"exec.image"})
	assert.Empty(t, a.Edits)
	assert.Contains(t, a.None, "drops a digest in exec.image and runs the tag latest")
}

package service_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/service"
)

const function = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: resize, namespace: media, labels: {app: resize, fn9s.io/function: "true"}}
spec:
  selector: {matchLabels: {app: resize}}
  template:
    metadata: {labels: {app: resize}}
    spec: {containers: [{name: fn, image: registry.example.com/resize:1}]}
`

func named(name, selector string) string {
	return "apiVersion: v1\nkind: Service\nmetadata: {name: " + name + ", namespace: media}\nspec: {" + selector + "ports: [{port: 80}]}\n"
}

func TestServicesOfAFunction(t *testing.T) {
	pod := `
apiVersion: v1
kind: Pod
metadata:
  name: resize-5d4f-x2x4q
  namespace: media
  labels: {app: resize, pod-template-hash: 5d4f, canary: "true"}
  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: resize-5d4f, uid: u, controller: true}]
spec: {containers: [{name: fn, image: a}]}
status: {phase: Running}
`
	w := offlinetest.Text(t, function, pod, named("b", "selector: {app: resize}, "), named("a", "selector: {canary: 'true'}, "),
		named("c", ""), named("d", "type: ExternalName, externalName: x.example.com, selector: {app: resize}, "), named("e", "selector: {app: other}, "))
	var names []string
	for _, s := range service.Of.Get(w.Reader, w.Find("media", "resize").Key) {
		names = append(names, s.Name)
	}
	assert.Equal(t, "a b", strings.Join(names, " "), "those of the template, and those of a pod that somebody labelled")
}

func TestAnIndexFindsWhatAFullSearchFinds(t *testing.T) {
	var selectors []model.Labels
	for i := range 200 {
		l := model.Labels{{Key: "app", Value: fmt.Sprint(i % 7)}, {Key: "tier", Value: fmt.Sprint(i % 3)}, {Key: "zone", Value: fmt.Sprint(i % 5)}}
		selectors = append(selectors, l[:i%4])
	}
	x := service.NewIndex(selectors, func(l model.Labels) model.Labels { return l })
	for i := range 210 {
		pod := model.Labels{{Key: "app", Value: fmt.Sprint(i % 7)}, {Key: "tier", Value: fmt.Sprint(i % 3)}, {Key: "zone", Value: fmt.Sprint(i % 6)}}
		var want []model.Labels
		for _, s := range selectors {
			if len(s) == 0 || service.Selects(s, pod) {
				want = append(want, s)
			}
		}
		assert.Equal(t, want, x.For(pod))
	}
}

package openwhisk

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// guessedPods returns the pods without labels that can belong to no other action than this one.
func guessedPods(x frameworks.Index, k model.FunctionKey, namespace string) []*model.Pod {
	guess := guessOfAction(k.Name)
	if guess == "" {
		return nil
	}
	pods := frameworks.Typed[*model.Pod](x.Members(guessKey(namespace, guess)))
	if len(guess) >= bucketLength {
		for _, p := range frameworks.Typed[*model.Pod](x.Members(key(bucketKind, namespace, guess[:bucketLength]))) {
			if part, _ := guessOfPod(p); part != guess && strings.HasPrefix(guess, part) {
				pods = append(pods, p)
			}
		}
	}
	return slices.DeleteFunc(pods, func(p *model.Pod) bool {
		owner, _ := ownerOf(x, p)
		return owner != k.Name
	})
}

// ownerOf finds the one action of the connectors' lists that a pod without labels belongs to, and all that its name
// fits. Where the platform labels its pods, an action that could be labelled would be.
func ownerOf(x frameworks.Index, p *model.Pod) (owner string, fitting []string) {
	guess, cut := guessOfPod(p)
	spaces := []string{p.Namespace}
	labels := true
	for _, at := range platformsOf(x, p.Labels.Get(releaseLabel)) {
		labels = labels && !at.scheduler
		if !slices.Contains(spaces, at.namespace) {
			spaces = append(spaces, at.namespace)
		}
	}
	for _, namespace := range spaces {
		found := x.Members(guessKey(namespace, guess))
		if cut && len(guess) >= bucketLength {
			found = append(found[:len(found):len(found)], x.Members(key(bucketKind, namespace, guess[:bucketLength]))...)
		}
		for _, c := range frameworks.Typed[*model.Custom](found) {
			_, name, _ := strings.Cut(c.Name, "/")
			fits := guessOfAction(name) == guess || cut && strings.HasPrefix(guessOfAction(name), guess)
			if c.Kind == "Action" && fits && !slices.Contains(fitting, name) {
				fitting = append(fitting, name)
			}
		}
	}
	likely := fitting
	if labels && len(fitting) > 1 {
		likely = slices.DeleteFunc(slices.Clone(fitting), labelled)
	}
	if len(likely) == 1 {
		return likely[0], fitting
	}
	return "", fitting
}

// buildGuess makes the row of pods whose action is only known from their names.
func buildGuess(k model.FunctionKey, x frameworks.Index) (*model.Function, bool) {
	pods := frameworks.Typed[*model.Pod](x.Members(k))
	var fitting []string
	pods = slices.DeleteFunc(pods, func(p *model.Pod) bool {
		owner, all := ownerOf(x, p)
		fitting = all
		return owner != ""
	})
	if len(pods) == 0 {
		return nil, false
	}
	f := &model.Function{Key: k, Platform: model.Platform{Namespace: k.Namespace}}
	homes := homesOf(x, pods)
	fromPods(f, x, k, homes, pods)
	f.Notes = append(f.Notes, guessNote(pods[0], fitting))
	tenant, _, _ := strings.Cut(k.Name, "/")
	if len(fitting) == 0 {
		absent(f, x, homes, k.Namespace, pods, func(c *frameworks.Connector) bool { return flat(c.Tenant) == tenant })
	}
	return f, true
}

func guessNote(p *model.Pod, fitting []string) string {
	_, cut := restOfName(p)
	switch {
	case len(fitting) > 1:
		return frameworks.Text(fmt.Sprintf("the name is a guess from the pod's name, which fits %s", strings.Join(frameworks.List(fitting), ", ")))
	case cut:
		return "the name is a guess from the pod's name, which was cut at 63 characters"
	}
	return "the name is a guess from the pod's name: the pod has no labels of its action, and the package is not in the name"
}

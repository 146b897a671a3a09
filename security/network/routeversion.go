package network

import (
	"slices"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/reach"
	"github.com/fn9s/fn9s/security/snapshot"
)

// oldController is an ingress-nginx whose admission webhook runs code for whoever reaches it.
type oldController struct {
	workload model.Ref
	image    string
	port     int32
}

// oldControllers answers which ingress-nginx controllers of the cluster are that old.
var oldControllers = snapshot.NewQuery("old ingress-nginx", func(r *snapshot.Reader, _ struct{}) []oldController {
	var all []oldController
	for _, kind := range deploymentKinds {
		for _, old := range unfixedIn.List(r, kind, "") {
			all = append(all, old.Trait...)
		}
	}
	return all
}, slices.Equal[[]oldController])

// unfixedIn is the trait of workloads that run one.
var unfixedIn = snapshot.NewObjectTrait(func(o model.Object) (all []oldController, ok bool) {
	w, ok := o.(*model.Workload)
	if !ok || w.Template.Spec == nil {
		return nil, false
	}
	for i := range w.Template.Spec.Containers {
		c := &w.Template.Spec.Containers[i]
		if !strings.Contains(c.Image, "ingress-nginx/controller") && !strings.Contains(c.Image, "nginx-ingress-controller") || !unfixed(c.Image) {
			continue
		}
		for _, arg := range c.Args {
			if listen, ok := strings.CutPrefix(arg, "--validating-webhook="); ok {
				port, err := strconv.ParseInt(listen[strings.LastIndexByte(listen, ':')+1:], 10, 32)
				if err == nil {
					all = append(all, oldController{w.Ref, c.Image, int32(port)})
				}
			}
		}
	}
	return all, all != nil
}, slices.Equal[[]oldController])

// unfixed reads the version out of the tag: before 1.11.5, and 1.12.0.
func unfixed(image string) bool {
	image, _, _ = strings.Cut(image, "@")
	tag := strings.TrimPrefix(image[strings.LastIndexByte(image, ':')+1:], "v")
	parts := strings.SplitN(tag, ".", 3)
	if len(parts) != 3 {
		return false
	}
	var n [3]int
	for i, p := range parts {
		p, _, _ = strings.Cut(p, "-")
		v, err := strconv.Atoi(p)
		if err != nil {
			return false
		}
		n[i] = v
	}
	major, minor, patch := n[0], n[1], n[2]
	return major < 1 || major == 1 && (minor < 11 || minor == 11 && patch < 5 || minor == 12 && patch == 0)
}

// openAdmission returns the first old controller whose admission port pods of the function can reach.
func openAdmission(e *check.Eval) (oldController, bool) {
	all := oldControllers.Get(e.Reader, struct{}{})
	if len(all) == 0 {
		return oldController{}, false
	}
	sources := reach.OfFunction.Get(e.Reader, e.F.Key)
	if len(sources) == 0 {
		sources = []reach.Pod{reach.Stranger(e.F.Key.Namespace)}
	}
	for _, c := range all {
		w, ok := e.Get(c.workload).(*model.Workload)
		if !ok {
			continue
		}
		to := reach.New(w.Ref, w.Namespace, w.Template.Labels, w.Template.Annotations, w.Template.Spec)
		if reach.Flow(e.Reader, sources[0], to, c.port, reach.TCP).Result == reach.Allowed {
			return c, true
		}
	}
	return oldController{}, false
}

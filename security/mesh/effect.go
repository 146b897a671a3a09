package mesh

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/service"
	"github.com/fn9s/fn9s/security/snapshot"
)

var templateKinds = []schema.GroupKind{
	{Kind: "Pod"}, {Group: "apps", Kind: "Deployment"}, {Group: "apps", Kind: "StatefulSet"}, {Group: "apps", Kind: "DaemonSet"},
	{Group: "batch", Kind: "Job"}, {Group: "batch", Kind: "CronJob"},
}

// labelled answers which sets of labels pods and templates of a namespace have. Frameworks make pods of templates that
// are nobody's workload: those of functions count, too.
var labelled = snapshot.NewQuery("labels of pods", func(r *snapshot.Reader, namespace string) *labelSets {
	s := &labelSets{by: map[model.Label][]int{}}
	for _, kind := range templateKinds {
		for _, o := range r.List(kind, namespace) {
			if w, ok := o.(*model.Workload); ok {
				s.add(w.Template.Labels)
			} else {
				s.add(o.Head().Labels)
			}
		}
	}
	for _, f := range r.Functions(namespace) {
		for i := range f.Templates {
			s.add(f.Templates[i].Labels)
		}
	}
	return s
}, func(a, b *labelSets) bool {
	return slices.EqualFunc(a.sets, b.sets, func(x, y model.Labels) bool { return slices.Equal(x, y) })
})

// labelSets are sets of labels, by each of their pairs.
type labelSets struct {
	sets []model.Labels
	by   map[model.Label][]int
}

func (s *labelSets) add(l model.Labels) {
	for _, pair := range l {
		s.by[pair] = append(s.by[pair], len(s.sets))
	}
	s.sets = append(s.sets, l)
}

// any reports whether one of the sets has all the pairs and matches.
func (s *labelSets) any(pairs model.Labels, matches func(model.Labels) bool) bool {
	if len(pairs) == 0 {
		return slices.ContainsFunc(s.sets, matches)
	}
	rarest := pairs[0]
	for _, p := range pairs[1:] {
		if len(s.by[p]) < len(s.by[rarest]) {
			rarest = p
		}
	}
	return slices.ContainsFunc(s.by[rarest], func(i int) bool { return service.Selects(pairs, s.sets[i]) && matches(s.sets[i]) })
}

// attachment is what all policies of Istio say about where they apply.
type attachment struct {
	model.Ref
	scope
	http   bool   // it has rules about requests
	needs  bool   // without them it does nothing: a RequestAuthentication
	action string // of an AuthorizationPolicy
}

func attachments(r *snapshot.Reader, namespace string) []attachment {
	var all []attachment
	for _, o := range read[*peer](r.List(peerKind, namespace)) {
		all = append(all, attachment{Ref: o.Ref, scope: o.value.scope})
	}
	for _, o := range read[*policy](r.List(policyKind, namespace)) {
		http := slices.ContainsFunc(o.value.rules, func(x rule) bool { return x.http() })
		all = append(all, attachment{Ref: o.Ref, scope: o.value.scope, http: http, action: o.value.action})
	}
	for _, o := range read[*request](r.List(requestKind, namespace)) {
		all = append(all, attachment{Ref: o.Ref, scope: o.value.scope, http: true, needs: true})
	}
	return all
}

// noEffect judges the policies of a namespace: whether anything reads them.
func noEffect(e *check.Eval) {
	namespace := e.Subject.Namespace
	if p := Meshes.Get(e.Reader, struct{}{}); !p.Istio && !p.Linkerd {
		noMesh(e)
		return
	}
	for _, kind := range templateKinds {
		if !e.Need(kind, namespace) {
			return
		}
	}
	root := Root(e.Reader)
	ambient := namespaceOf(e.Reader, namespace).Labels.Get(dataplane) == "ambient"
	for _, a := range attachments(e.Reader, namespace) {
		at := check.At{Object: a.Ref, Path: "spec.selector"}
		who := a.Kind + " " + a.Name
		switch {
		case len(a.targets) > 0:
			targetsNobody(e, &a, ambient)
		case len(a.selector) > 0 && namespace == root && a.Kind == peerKind.Kind:
			e.Fail(at, who+" selects workloads in the root namespace of Istio, where that is ignored")
		case len(a.selector) == 0 && namespace == istioNamespace && root != istioNamespace && a.Kind == peerKind.Kind:
			e.Fail(check.At{Object: a.Ref, Path: "metadata.namespace", Value: namespace}, who+" holds for its own namespace alone: the root namespace of Istio is "+root)
		case len(a.selector) > 0 && namespace != root && !selectsAny(e.Reader, namespace, a.selector):
			undecidedOrFail(e, at, who+" selects no pod and no template")
		case ambient && a.http && (a.needs || a.action == "ALLOW"):
			e.Fail(check.At{Object: a.Ref, Path: "spec.targetRefs"},
				who+" has rules about requests and is attached to no waypoint: ztunnel does not look at requests")
		}
	}
	serversWithoutPods(e, namespace)
}

// undecidedOrFail: with a part of the manifests, what is selected may be elsewhere.
func undecidedOrFail(e *check.Eval, at check.At, text string) {
	if e.Options().Partial {
		e.Undecided(at, text+" among these manifests")
		return
	}
	e.Fail(at, text)
}

func selectsAny(r *snapshot.Reader, namespace string, selector model.Labels) bool {
	return labelled.Get(r, namespace).any(selector, func(model.Labels) bool { return true })
}

// targetsNobody: what is attached by targetRefs is read by gateways and waypoints alone.
func targetsNobody(e *check.Eval, a *attachment, ambient bool) {
	for i, t := range a.targets {
		at := check.At{Object: a.Ref, Path: fmt.Sprintf("spec.targetRefs[%d]", i), Fixed: "spec.targetRefs[" + t.name + "]", Value: t.name}
		who := a.Kind + " " + a.Name
		ref := model.Ref{Group: strings.TrimPrefix(t.group, "core"), Kind: t.kind, Namespace: a.Namespace, Name: t.name}
		switch t.kind {
		case "Gateway":
			if e.Get(ref) == nil && e.Need(ref.GroupKind(), a.Namespace) {
				undecidedOrFail(e, at, who+" is attached to Gateway "+t.name+", which does not exist")
			}
		case "Service":
			s := e.Get(ref)
			switch {
			case s == nil:
				if e.Need(ref.GroupKind(), a.Namespace) {
					undecidedOrFail(e, at, who+" is attached to Service "+t.name+", which does not exist")
				}
			case s.Head().Labels.Get(waypointLabel) == "" && namespaceOf(e.Reader, a.Namespace).Labels.Get(waypointLabel) == "":
				text := "which uses no waypoint"
				if !ambient {
					text = "whose pods have sidecars, which do not read it"
				}
				e.Fail(at, who+" is attached to Service "+t.name+", "+text)
			}
		}
	}
}

func serversWithoutPods(e *check.Eval, namespace string) {
	for _, o := range read[*server](e.List(serverKind, namespace)) {
		if o.value.selector == nil {
			continue // for what is outside the cluster
		}
		if !labelled.Get(e.Reader, namespace).any(o.value.pairs, func(l model.Labels) bool { return o.value.selector.Matches(l) }) {
			undecidedOrFail(e, check.At{Object: o.Ref, Path: "spec.podSelector"}, "Server "+o.Name+" selects no pod and no template")
		}
	}
	for _, o := range read[*authorization](e.List(linkerdPolicyKind, namespace)) {
		name := o.value.server
		if name == "" || e.Get(model.Ref{Group: linkerdGroup, Kind: serverKind.Kind, Namespace: namespace, Name: name}) != nil {
			continue
		}
		if e.Need(serverKind, namespace) {
			undecidedOrFail(e, check.At{Object: o.Ref, Path: "spec.targetRef", Value: name}, "AuthorizationPolicy "+o.Name+" is for Server "+strconv.Quote(name)+", which does not exist")
		}
	}
}
